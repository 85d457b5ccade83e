"""The tables of libraries are current, and no cell of theirs is empty."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eventlens.knowledge.catalogue import documents, main, readme_with_list
from eventlens.knowledge.examples import examples_in
from eventlens.knowledge.library_rows import Page, effect_rows, empty_cells, models_in, pages_of

ROOT = Path(__file__).resolve().parents[2]
PAGES = pages_of(ROOT)


def name(page: Page) -> str:
    return page.loaded.model.library


@pytest.mark.parametrize(
    ("path", "text"), documents(ROOT).items(), ids=lambda value: value.name if isinstance(value, Path) else ""
)
def test_each_document_is_current(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, f"{path.name} is not current; run `make models`"


def test_no_cell_is_empty() -> None:
    assert not empty_cells(PAGES)


def test_every_effect_has_an_example() -> None:
    lacking = [
        f"{loaded.model.library}: {call}"
        for loaded in models_in(ROOT, "effects")
        for call, _, _, example in effect_rows(ROOT, loaded)
        if not example
    ]
    assert not lacking


def test_an_entry_without_example_counter_example_or_default_is_reported(tmp_path: Path) -> None:
    model = tmp_path / "rules" / "libraries" / "kafka" / "acme.yaml"
    model.parent.mkdir(parents=True)
    model.write_text(
        "library: acme\nbroker: kafka\nlanguages: [python]\npackages: [acme]\npublishes: [{call: send, channel: '0'}]\n"
    )
    complaints = empty_cells(pages_of(tmp_path))
    assert [text for text in complaints if "publish `send`" in text] == [
        f"acme: publish `send`: {cell} is empty" for cell in ("example", "counter_example", "default")
    ]
    assert "acme: subscribe: no entry, and no reason under `forms: {subscribe: …}`" in complaints


def test_alternatives_need_examples_of_their_own(tmp_path: Path) -> None:
    model = tmp_path / "rules" / "libraries" / "kafka" / "acme.yaml"
    model.parent.mkdir(parents=True)
    entry = "{call: send, channel: '0', docs: 'https://acme.example', default: None.%s}"
    both = f"{entry % ', when: {arity: 1}'}, {entry % ''}"
    model.write_text(f"library: acme\nbroker: kafka\nlanguages: [python]\npackages: [acme]\npublishes: [{both}]\n")
    example = tmp_path / "fixtures" / "libraries" / "acme" / "use.py"
    example.parent.mkdir(parents=True)
    example.write_text("# form: send [publishes=2]\nsend(a, b)\nshop.send(a)  # not-form: send — a shop\n")
    first, second = pages_of(tmp_path)[0].rows
    assert not first.example and first.counter_example.endswith("`shop.send(a)`: a shop")
    assert second.example.endswith("use.py#L2) `send(a, b)`")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_point_at_lines_that_show_what_they_say(page: Page) -> None:
    for row in page.rows:
        for cell in (row.example, row.counter_example):
            file, line, code = re.match(r"\[.*?\]\(\.\./(.*?)#L(\d+)\)(?: `+ ?(.*?)(?:…|`))?", cell).groups()  # type: ignore[union-attr]
            text = (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
            assert code is None or code.replace("\\|", "|").strip() in text, cell


def test_options_are_set_where_they_are_said_to_be() -> None:
    for page in PAGES:
        for example in examples_in(ROOT / "fixtures" / "libraries" / page.loaded.path.stem):
            if example.kind == "option":
                last = re.findall(r"[\w-]+(?:\.[\w-]+)*(?='\])|[A-Za-z][\w-]*", example.subject)[-1]
                assert last in example.code, f"{example.path}:{example.line}: {example.subject}"
                assert any(f"`{example.subject}`" in row.entry for row in page.rows), (
                    f"{example.subject} is no option of {name(page)}"
                )


def test_languages_without_a_front_end_are_listed_as_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "not read yet" not in documents(ROOT)[ROOT / "docs" / "libraries.md"]
    monkeypatch.setattr("eventlens.knowledge.library_rows.READ_LANGUAGES", frozenset(("python",)))
    text = documents(ROOT)[ROOT / "docs" / "libraries.md"]
    waiting = next(line for line in text.splitlines() if line.startswith("Modelled, not read yet"))
    assert "masstransit (csharp)" in waiting and "sarama (go)" in waiting
    assert "## masstransit" not in text


def test_a_readme_without_marks_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="put them where the list of libraries belongs"):
        readme_with_list("# Shop\n", ROOT)


def test_check_writes_nothing_and_says_what_is_not_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rules" / "libraries").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("<!-- libraries -->\n<!-- end of libraries -->\n")
    monkeypatch.setattr("eventlens.knowledge.catalogue.rules_root", lambda: tmp_path / "rules")
    assert main(["--check"]) == 1
    assert "libraries.md is not current; run `make models`" in capsys.readouterr().err
    assert not (tmp_path / "docs" / "libraries.md").exists()
    assert main([]) == 0 and main(["--check"]) == 0
