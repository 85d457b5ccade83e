"""Writes ``docs/libraries.md``, ``docs/effects.md`` and the README's list of libraries from the models and their annotated examples.

``python -m eventlens.knowledge.catalogue`` writes them; with ``--check`` nothing is written and the exit code is 1 when they are not
current. It runs in a checkout, beside whose ``server/`` the folders ``rules``, ``fixtures`` and ``docs`` stand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from eventlens.knowledge.library_rows import (
    Page,
    code_cell,
    effect_rows,
    is_broker_library,
    is_read,
    models_in,
    pages_of,
)
from eventlens.knowledge.loading import LoadedModel, rules_root
from eventlens.knowledge.schema import Model, Publish, Subscribe

_MARKS = ("<!-- libraries -->", "<!-- end of libraries -->")
_DOCS = re.compile(r"\(\[docs\]\((\S+?)\)\)$")


def libraries_page(root: Path) -> str:
    """The text of ``docs/libraries.md``."""
    models = models_in(root, "libraries")
    waiting = [one.model for one in models if not is_read(one.model)]
    lines = [
        "# Libraries",
        "",
        "What Eventlens knows of each library, written by `make models` from the models in `rules/` and their annotated examples in",
        "`fixtures/libraries/`. An example line is what the form looks like; a counter-example looks like it and is not reported. An entry",
        "`Type.method` is a method of a value that the model knows how to come by; `0`, `1.name` are arguments: see",
        "[writing-models.md](writing-models.md). What handlers do is in [effects.md](effects.md).",
    ]  # fmt: skip
    if waiting:
        names = ", ".join(f"{model.library} ({', '.join(model.languages)})" for model in waiting)
        lines += ["", f"Modelled, not read yet (there is no front end for the language): {names}."]
    for page in pages_of(root):
        lines += _library_section(page)
    return "\n".join(lines) + "\n"


def effects_page(root: Path) -> str:
    """The text of ``docs/effects.md``."""
    lines = [
        "# Effects",
        "",
        "What the calls of data, HTTP, mail and payment libraries do that a second run of a handler would do again, written by",
        "`make models` from the models in `rules/effects/`. The example is a line of `fixtures/libraries/` with that effect.",
    ]
    for loaded in models_in(root, "effects"):
        lines += _effects_section(root, loaded)
    return "\n".join(lines) + "\n"


def _library_section(page: Page) -> Iterator[str]:
    model = page.loaded.model
    brokers = model.broker or ", ".join(sorted(_brokers(model))) or "decided by configuration"
    yield from ("", f"## {model.library}", "")
    yield f"Packages: {', '.join(map(code_cell, model.packages))} · broker: {brokers} · {', '.join(model.languages)} · [documentation]({model.docs})"
    yield from (
        "",
        "| form | entry | example | counter-example | documented default |",
        "| --- | --- | --- | --- | --- |",
    )
    pages = list(dict.fromkeys(link for row in page.rows for link in _DOCS.findall(row.default)))
    for row in page.rows:
        yield f"| {' | '.join(row._replace(default=_DOCS.sub(lambda found: f'([docs][{_label(model, pages, found[1])}])', row.default)))} |"
    if page.reasons:
        yield from (
            "",
            *(f"- No {'further ' if _has(page, form) else ''}{form}: {reason}" for form, reason in page.reasons),
        )
    if model.notes:
        yield from ("", *(f"- {note}" for note in model.notes))
    yield from ("", *(f"[{_label(model, pages, link)}]: {link}" for link in pages))


def _label(model: Model, pages: Sequence[str], link: str) -> str:
    return f"{model.library} {pages.index(link) + 1}"


def _has(page: Page, form: str) -> bool:
    return any(row.form == form for row in page.rows)


def _brokers(model: Model) -> Iterator[str]:
    entries: list[Publish | Subscribe] = [*model.publishes, *model.subscribes]
    for entry in entries:
        for broker in (entry.broker, entry.channel.broker):
            yield from (broker,) if isinstance(broker, str) else broker.map.values() if broker else ()


def _effects_section(root: Path, loaded: LoadedModel) -> Iterator[str]:
    model = loaded.model
    yield from (
        "",
        f"## {model.library}",
        "",
        f"Packages: {', '.join(map(code_cell, model.packages)) or 'none'} · [documentation]({model.docs})",
        "",
    )
    yield from ("| call | effect | entity, keys | example |", "| --- | --- | --- | --- |")
    for row in effect_rows(root, loaded):
        yield f"| {' | '.join(cell or '–' for cell in row)} |"


_COLUMNS = (
    ("TypeScript, JavaScript", frozenset(("typescript", "javascript"))),
    ("Python", frozenset(("python",))),
    ("Java, Kotlin", frozenset(("java", "kotlin"))),
    ("Go", frozenset(("go",))),
    ("C#", frozenset(("csharp",))),
)
"""Rows of the README's list."""


def readme_list(root: Path) -> str:
    """The libraries by language, for the README."""
    lines = []
    for name, languages in _COLUMNS:
        brokers = _names(
            one.model
            for one in models_in(root, "libraries")
            if is_broker_library(one.model) and languages & set(one.model.languages)
        )
        effects = _names(one.model for one in models_in(root, "effects") if languages & set(one.model.languages))
        lines.append(f"| {name} | {brokers} | {effects} |")
    return "\n".join(["| | messaging | databases, HTTP, mail, payments, caches |", "| --- | --- | --- |", *lines])


def _names(models: Iterable[Model]) -> str:
    return ", ".join(sorted({model.library for model in models}, key=str.lower))


def readme_with_list(text: str, root: Path) -> str:
    """The README's text with the list between its two marks renewed; raises ValueError when they are missing."""
    begin, end = _MARKS
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(
            f"README.md: the lines {begin} and {end} are missing; put them where the list of libraries belongs"
        )
    return f"{before}{begin}\n{readme_list(root)}\n{end}{after}"


def documents(root: Path) -> dict[Path, str]:
    """Each generated file and the text that it should have."""
    readme = root / "README.md"
    return {
        root / "docs" / "libraries.md": libraries_page(root),
        root / "docs" / "effects.md": effects_page(root),
        readme: readme_with_list(readme.read_text(encoding="utf-8"), root),
    }


def main(arguments: Sequence[str]) -> int:
    """Write the documents, or with ``--check`` only say which are not current. The exit code."""
    stale = [
        (path, text)
        for path, text in documents(rules_root().parent).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        if "--check" in arguments:
            sys.stderr.write(f"{path} is not current; run `make models`\n")
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
