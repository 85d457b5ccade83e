"""Mistakes in the workspace's own settings are diagnostics where they stand; everything else goes on with the defaults."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from lsprotocol import types

from .client import REAL, Editor

LOST = "nobody in this workspace consumes lost"
FILES = {
    "package.json": '{"name": "shop", "dependencies": {"kafkajs": "2"}}',
    "lost.ts": "import { Kafka } from 'kafkajs';\n"
    "const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();\n"
    "export const lose = () => producer.send({ topic: 'lost', messages: [{ value: 'v' }] });\n",
}


@pytest_asyncio.fixture
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    for path, text in FILES.items():
        (tmp_path / path).write_text(text)
    editor = await Editor.start(tmp_path, REAL)
    await editor.until_shown("lost.ts", LOST)
    yield editor
    assert await editor.stop() == 0


async def problem(editor: Editor, path: str) -> types.Diagnostic:
    await editor.until(lambda: bool(editor.shown(path)), f"a mistake in {path} is shown")
    (found,) = editor.shown(path) or []
    assert (found.severity, found.code) == (types.DiagnosticSeverity.Error, "configuration")
    return found


async def test_settings_that_are_no_toml(editor: Editor) -> None:
    editor.write("eventlens.toml", "# settings\n[rules\n")
    found = await problem(editor, "eventlens.toml")
    assert found.range.start.line == 1
    await editor.until_shown("lost.ts", LOST)
    editor.write("eventlens.toml", '[rules]\norphan-publish = "off"\n')
    await editor.until_shown("eventlens.toml")
    await editor.until_shown("lost.ts")
    (editor.root / "eventlens.toml").unlink()
    gone = types.FileEvent(editor.uri("eventlens.toml"), types.FileChangeType.Deleted)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([gone]))
    await editor.until_shown("lost.ts", LOST)


async def test_a_wrong_value_stands_where_it_is(editor: Editor) -> None:
    editor.write("eventlens.toml", '# ö😀\n\n[rules]\n  orphan-publish = "loud" # 😀\n')
    found = await problem(editor, "eventlens.toml")
    assert found.range == types.Range(types.Position(3, 2), types.Position(3, 30)), "in UTF-16"
    assert "orphan-publish" in found.message


async def test_settings_in_pyproject(editor: Editor) -> None:
    editor.write("pyproject.toml", '[project]\nname = "shop"\n\n[tool.eventlens]\nexclude = 3\n')
    assert (await problem(editor, "pyproject.toml")).range.start.line == 4
    editor.write("pyproject.toml", '[tool.eventlens]\nexclude = ["lost.ts"]\n')
    await editor.until_shown("pyproject.toml")
    await editor.until_shown("lost.ts")


async def test_settings_that_are_no_utf_8(editor: Editor) -> None:
    (editor.root / "eventlens.toml").write_bytes(b"# \xff\xfe\n")
    changed = types.FileEvent(editor.uri("eventlens.toml"), types.FileChangeType.Created)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
    assert "UTF-8" in (await problem(editor, "eventlens.toml")).message
    await editor.until_shown("lost.ts", LOST)


async def test_a_library_model_that_cannot_be_read(editor: Editor) -> None:
    path = ".eventlens/libraries/own.yaml"
    editor.write(path, "library: own\nlanguage: [\n")
    await editor.until(lambda: bool(editor.shown(path)), "the mistake is shown")
    assert all(found.code == "configuration" for found in editor.shown(path) or [])
    await editor.until_shown("lost.ts", LOST)
    (editor.root / path).unlink()
    gone = types.FileEvent(editor.uri(path), types.FileChangeType.Deleted)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([gone]))
    await editor.until_shown(path)


async def test_library_models_elsewhere_are_read_again_too(editor: Editor) -> None:
    path = "tools/eventlens/own.yaml"
    editor.write(path, "library: own\nlanguage: [\n")
    editor.write("eventlens.toml", '[libraries]\npaths = ["tools/eventlens"]\n')
    await editor.until(lambda: bool(editor.shown(path)), "the mistake is shown")
    (editor.root / path).unlink()
    gone = types.FileEvent(editor.uri(path), types.FileChangeType.Deleted)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([gone]))
    await editor.until_shown(path)


async def test_a_library_model_that_is_not_there(editor: Editor) -> None:
    editor.write("eventlens.toml", '[libraries]\npaths = ["own.yaml"]\n')
    assert "cannot be read" in (await problem(editor, "own.yaml")).message
    await editor.until_shown("lost.ts", LOST)


async def test_a_saved_settings_file_counts_although_it_is_open(editor: Editor) -> None:
    (editor.root / "eventlens.toml").write_text("")
    editor.open("eventlens.toml")
    text = '[rules]\norphan-publish = "off"\n'
    editor.edit("eventlens.toml", text)
    (editor.root / "eventlens.toml").write_text(text)
    saved = types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(editor.uri("eventlens.toml")))
    editor.client.text_document_did_save(saved)
    await editor.until_shown("lost.ts")
