"""The same answers after any edits as from scratch."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from eventlens import ir
from eventlens.workspace.snapshot import Workspace

PATHS = ("a.ts", "lib/index.ts", "lib/b.ts", "app/__init__.py", "app/c.py", "d.py", "tsconfig.json", "lib/package.json")
TEXTS = {
    "ts": (
        "import './lib';",
        "import '@/b'; export * from './b';",
        "require('lib'); require('./a')",
        "const kafka = 1;",
    ),
    "py": ("from app import c", "from . import c\nimport d", "import app.c", "KAFKA = 'kafka'"),
    "json": ('{"name": "lib", "main": "b.js"}', '{"compilerOptions": {"paths": {"@/*": ["./lib/*"]}}}', "{"),
}

edits = st.lists(
    st.sampled_from(PATHS).flatmap(
        lambda path: st.tuples(st.just(path), st.one_of(st.none(), st.sampled_from(TEXTS[path.rpartition(".")[2]]))),
    ),
    max_size=12,
)


def answers(workspace: Workspace) -> dict[str, object]:
    """Everything that can be asked of every file."""
    found: dict[str, object] = {}
    for path in workspace.sources():
        survey = workspace.survey(path)
        module = workspace.module(path)
        assert module is not None
        resolved = {name: workspace.resolve(path, name) for name in survey.imports}
        found[path] = (survey, ir.encode(module), resolved, workspace.importers_of(path))
    return found


def write(folder: Path, texts: dict[str, str]) -> Path:
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


@settings(max_examples=60, deadline=None)
@given(before=edits, after=edits)
def test_overlays_answer_as_the_same_files_on_disk_would(
    before: list[tuple[str, str | None]], after: list[tuple[str, str | None]]
) -> None:
    on_disk = {path: text for path, text in before if text is not None}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        workspace = Workspace.open(write(Path(one), on_disk), [b"kafka"], cached=False)
        answers(workspace)
        overlays: dict[str, str] = {}
        for path, text in after:
            workspace = workspace.with_overlay(path, None if text is None else text.encode())
            overlays = {known: kept for known, kept in overlays.items() if known != path} | (
                {} if text is None else {path: text}
            )
            workspace.importers_of("lib/b.ts")
        fresh = Workspace.open(write(Path(other), on_disk | overlays), [b"kafka"], cached=False)
        assert answers(workspace) == answers(fresh)


@settings(max_examples=60, deadline=None)
@given(before=edits, after=edits)
def test_refresh_answers_as_a_new_start_would(
    before: list[tuple[str, str | None]], after: list[tuple[str, str | None]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name), {path: text for path, text in before if text is not None})
        workspace = Workspace.open(folder, [b"kafka"], cached=False)
        answers(workspace)
        for path, text in after:
            if text is None:
                (folder / path).unlink(missing_ok=True)
            else:
                write(folder, {path: text + " "})
        assert answers(workspace.refresh()) == answers(Workspace.open(folder, [b"kafka"], cached=False))
