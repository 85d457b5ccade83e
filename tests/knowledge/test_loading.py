"""Models load, mistakes name their line, and the cache is believed only when it is the one that was written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from eventlens.knowledge.kept_models import BUILT_IN_FOLDERS
from eventlens.knowledge.loading import (
    load_models,
    read_model,
    rules_root,
    ship_models,
    workspace_model_files,
)

GOOD = """\
library: in-house
broker: kafka
languages: [typescript]
packages: ["@acme/events"]
values:
  Producer: [{new: Producer}]
publishes:
  - call: Producer.produce
    channel: "0.topic"
subscribes:
  - call: Producer.listen
    channel: "0"
    handler: {argument: "1", on: same-function}
"""


def problems_of(text: str) -> list[str]:
    return [str(problem) for problem in read_model(Path("m.yaml"), text.encode())[1]]


def test_a_good_model_has_no_problems() -> None:
    model, problems = read_model(Path("m.yaml"), GOOD.encode())
    assert model is not None and not problems
    assert model.publishes[0].channel.name == ["0.topic"]
    assert model.subscribes[0].handler.on == "same-function"


@pytest.mark.parametrize(
    ("wrong", "right", "expected"),
    [
        ("channel: \"0.topic\"", "chanel: x", "m.yaml:9: publishes[0].chanel: unknown field; did you mean `channel`?"),
        ("channel: \"0.topic\"", "payload: x", "m.yaml:8: publishes[0].channel: is missing; add `channel: …`"),
        ("broker: kafka", "broker: kafkaa", "m.yaml:2: broker: 'kafkaa' is not a known value; did you mean `kafka`?"),
        ("Producer.produce", "Producr.produce", "m.yaml:8: publishes[0].call: 'Producr' is not declared under `values`; did you mean `Producer`?"),
        ("\"0.topic\"", "Client.topic", "m.yaml:9: publishes[0].channel: 'Client' is not declared under `values`; declare it: `values: {Client: [{new: …}]}`"),
        ("\"0.topic\"", "\"0..topic\"", "m.yaml:9: publishes[0].channel: access path '0..topic': cannot read '..topic'; a step is .name"),
        ("\"0.topic\"", "{name: \"0\", kind: quue}", "m.yaml:9: publishes[0].channel.kind: 'quue' is not a known value; did you mean `queue`?"),
        ("broker: kafka", "library: twice", "m.yaml:2: library: is given twice; only the last would count; merge the two"),
        ("packages: [\"@acme/events\"]", "packages: x", "m.yaml:4: packages: 'x' stands where a list belongs; write a list"),
        ("languages: [typescript]", "languages: [typescript", "m.yaml:4: not YAML: did not find expected ',' or ']'; mend the syntax on this line"),
        ("{new: Producer}", "{new: Producer, call: f}", "m.yaml:6: values.Producer[0]: a value has exactly one origin"),
    ],
)  # fmt: skip
def test_a_mistake_names_line_field_and_remedy(wrong: str, right: str, expected: str) -> None:
    assert wrong in GOOD
    found = problems_of(GOOD.replace(wrong, right, 1))
    assert any(line.startswith(expected) for line in found), found


def test_an_entry_may_take_another_one_in_and_say_what_is_else() -> None:
    text = GOOD.replace("  - call: Producer.produce\n", "  - &one\n    call: Producer.produce\n").replace(
        "subscribes:\n", "  - {<<: *one, call: Producer.send}\nsubscribes:\n"
    )
    model, problems = read_model(Path("m.yaml"), text.encode())
    assert model is not None and not problems
    assert [(one.call, one.channel.name) for one in model.publishes] == [
        ("Producer.produce", ["0.topic"]),
        ("Producer.send", ["0.topic"]),
    ]
    assert problems_of(text.replace("call: Producer.send}", "call: Producer.send, call: Producer.post}"))


def test_a_method_of_a_global_needs_no_declaration() -> None:
    assert problems_of(GOOD.replace("Producer.produce", "Outbox.emit"))
    assert not problems_of(
        GOOD.replace("Producer.produce", "Outbox.emit").replace("broker:", "globals: [Outbox]\nbroker:")
    )


def test_two_value_types_with_mistakes_are_both_reported() -> None:
    text = GOOD.replace("Producer: [{new: Producer}]", "Producer: [{nwe: Producer}]\n  Client: [{nwe: Client}]")
    assert sum("unknown field" in line for line in problems_of(text)) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"- a",
        b"\xff\xfe\x00",
        b"a: &a [*a]",
        b"&a [*a]",
        b"{[a]: b}",
        b"a: !!python/object:os.system x",
        b"[" * 5000,
    ],
)
def test_no_content_raises(content: bytes) -> None:
    model, problems = read_model(Path("m.yaml"), content)
    assert model is None and problems


def test_nested_aliases_cost_what_their_text_costs() -> None:
    levels = "\n".join(f"  - &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40))
    model, problems = read_model(Path("m.yaml"), f"{GOOD}notes:\n  - &a0 text\n{levels}\n".encode())
    assert model is None and problems


def test_the_rules_are_found_inside_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "eventlens"
    (package / "rules" / "libraries").mkdir(parents=True)
    monkeypatch.setattr("eventlens.__file__", str(package / "__init__.py"))
    assert rules_root() == package / "rules"
    (package / "rules" / "libraries").rmdir()
    with pytest.raises(FileNotFoundError, match="install eventlens again"):
        rules_root()


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    own = tmp_path / ".eventlens" / "libraries"
    own.mkdir(parents=True)
    (own / "a.yaml").write_text("library: [")
    (own / "b.yaml").write_text(GOOD)
    files = workspace_model_files(tmp_path, [Path("gone.yaml")])
    loaded, problems = load_models(rules_root(), files)
    assert [model.model.library for model in loaded if not model.built_in] == ["in-house"]
    assert [problem.path.name for problem in problems] == ["a.yaml", "gone.yaml"]


def test_what_a_model_hands_out_of_another_library_is_declared_there(tmp_path: Path) -> None:
    texts = {
        "channel.yaml": "provides: {amqplib: {Channel: [{call: openChannel}]}}",
        "library.yaml": "provides:\n  amqlib: {Channel: [{call: openChannel}]}",
        "type.yaml": "provides:\n  amqplib:\n    Chanel: [{call: openChannel}]",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(GOOD + text)
    loaded, problems = load_models(rules_root(), sorted(tmp_path.iterdir()))
    assert [one.path.name for one in loaded if not one.built_in] == ["channel.yaml"]
    line = GOOD.count("\n") + 2
    assert [(one.path.name, one.line, one.message, one.remedy) for one in problems] == [
        ("library.yaml", line, "there is no model of 'amqlib'", "did you mean `amqplib`?"),
        ("type.yaml", line + 1, "amqplib declares no values of type 'Chanel'", "did you mean `Channel`?"),
    ]


def test_settings_name_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    for name in ("b.yaml", "a.yml", "notes.txt"):
        (tmp_path / "tools" / name).write_text(GOOD)
    files = workspace_model_files(tmp_path, [Path("tools"), Path("tools/b.yaml")])
    assert [path.relative_to(tmp_path).as_posix() for path in files] == ["tools/a.yml", "tools/b.yaml"]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    root = tmp_path / "rules"
    (root / "libraries" / "kafka").mkdir(parents=True)
    (root / "libraries" / "kafka" / "one.yaml").write_text(GOOD)
    return root


def test_the_cache_gives_the_same_models(rules: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cold = load_models(rules, cache_folder=cache)
    (kept,) = cache.iterdir()
    assert load_models(rules, cache_folder=cache) == cold
    kept.write_text("[]\nbroken")
    assert load_models(rules, cache_folder=cache) == cold


def test_all_models_that_ship_are_right_as_a_user_would_be_told() -> None:
    """Once they are shipped, not all of that is looked at again."""
    files = [path for folder in BUILT_IN_FOLDERS for path in (rules_root() / folder).rglob("*.yaml")]
    assert len(files) > 100
    for path in files:
        assert read_model(path, path.read_bytes())[1] == []


def test_all_models_that_ship_are_remembered_as_they_are(tmp_path: Path) -> None:
    rules, cache = tmp_path / "rules", tmp_path / "cache"
    for folder in BUILT_IN_FOLDERS:
        shutil.copytree(rules_root() / folder, rules / folder)
    cold, problems = load_models(rules, cache_folder=cache)
    assert not problems and len(cold) > 100
    assert load_models(rules, cache_folder=cache) == (cold, ())
    ship_models(rules)
    assert load_models(rules) == (cold, ())


def test_an_installation_brings_the_validated_models_along(rules: Path, tmp_path: Path) -> None:
    cold = load_models(rules)
    cache = tmp_path / "cache"
    shipped = ship_models(rules)
    assert shipped.parent == rules and shipped.stat().st_mode & 0o444 == 0o444
    assert load_models(rules, cache_folder=cache) == cold
    assert not cache.exists()


def test_models_that_were_edited_since_are_validated_anew(rules: Path, tmp_path: Path) -> None:
    before = ship_models(rules)
    (rules / "libraries" / "kafka" / "one.yaml").write_text(GOOD.replace("in-house", "in-mouse"))
    ((model, *_),), _ = load_models(rules, cache_folder=tmp_path / "cache")
    assert model.library == "in-mouse"
    assert len(list((tmp_path / "cache").iterdir())) == 1
    assert ship_models(rules) != before and not before.exists()


def test_a_wrong_model_is_not_shipped(rules: Path) -> None:
    (rules / "libraries" / "kafka" / "two.yaml").write_text("library: two\nlanguages: [cobol]\n")
    with pytest.raises(ValueError, match=r"two\.yaml:2: languages\[0\]"):
        ship_models(rules)
    assert [path.name for path in rules.iterdir()] == ["libraries"]


def test_one_changed_letter_of_the_cache_is_noticed(rules: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cold = load_models(rules, cache_folder=cache)
    (kept,) = cache.iterdir()
    sound = kept.read_bytes()
    assert b"in-house" in sound
    kept.write_bytes(sound.replace(b"in-house", b"in-mouse"))
    assert load_models(rules, cache_folder=cache) == cold
    assert kept.read_bytes() == sound


def test_the_models_of_other_versions_go_after_a_week(rules: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    names = ("models-" + "a" * 32 + ".json", "models-" + "b" * 32 + ".json", "models-of-somebody-else.json")
    for name in names:
        (cache / name).write_text("")
    for name in (names[0], names[2]):
        os.utime(cache / name, (0, 0))
    load_models(rules, cache_folder=cache)
    left = {path.name for path in cache.iterdir()}
    assert names[0] not in left and {names[1], names[2]} < left and len(left) == 3


def test_a_changed_rule_is_not_read_from_the_cache(rules: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    load_models(rules, cache_folder=cache)
    (rules / "libraries" / "kafka" / "one.yaml").write_text(GOOD.replace("in-house", "renamed"))
    (loaded,), _ = load_models(rules, cache_folder=cache)
    assert loaded.model.library == "renamed"


def test_broken_built_in_rules_are_not_cached(rules: Path, tmp_path: Path) -> None:
    (rules / "libraries" / "kafka" / "two.yaml").write_text("library: x")
    for _ in range(2):
        loaded, problems = load_models(rules, cache_folder=tmp_path / "cache")
        assert len(loaded) == 1 and problems


@pytest.mark.parametrize("value", ["!!int ''", "!!float ''", "!!bool x", "!!timestamp x"])
def test_a_value_that_is_not_what_its_tag_says_is_a_mistake(value: str) -> None:
    model, problems = read_model(Path("m.yaml"), f"library: {value}\n".encode())
    assert model is None and len(problems) == 1 and "tag" in problems[0].remedy


def test_a_number_too_long_to_be_shown_is_a_mistake() -> None:
    model, problems = read_model(Path("m.yaml"), b"library: 0x" + b"f" * 6_000)
    assert model is None and problems
