"""A library model of the workspace's own counts as it stands on the disk, without a restart: written by whom ever, also from the editor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from lsprotocol import types

from .client import REAL, Editor

MODEL = ".eventlens/libraries/own.yaml"
EMITS = """\
library: in-house
broker: kafka
languages: [typescript]
packages: ["@shop/events"]
publishes:
  - call: emit
    channel: "0"
"""
ANNOUNCES = EMITS.replace("call: emit", "call: announce")
BROKEN = EMITS.replace("broker:", "brokr:")
CODE = (
    "import { announce, emit } from '@shop/events';\n"
    "export const place = () => emit('orders.placed', 1);\n"
    "export const tell = () => announce('orders.told', 1);\n"
)


@pytest_asyncio.fixture
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    (tmp_path / "package.json").write_text('{"name": "shop", "dependencies": {"@shop/events": "1"}}')
    (tmp_path / "place.ts").write_text(CODE)
    editor = await Editor.start(tmp_path, REAL)
    editor.open("place.ts")
    await editor.mapped()
    process = editor.server.pid
    yield editor
    assert editor.server.pid == process and editor.server.returncode is None, "it is the server that was started"
    assert await editor.stop() == 0


async def sites(editor: Editor) -> list[str]:
    """The names of the sites of the code."""
    params = types.DocumentSymbolParams(types.TextDocumentIdentifier(editor.uri("place.ts")))
    return [symbol.name for symbol in await editor.client.text_document_document_symbol_async(params) or []]


async def until_lost(editor: Editor, *channels: str) -> None:
    """Wait until the code publishes exactly to these channels, which nobody consumes, and the findings say the same as the sites."""
    await editor.until_shown("place.ts", *(f"nobody in this workspace consumes {name}" for name in channels))
    assert await sites(editor) == [f"→ {name}" for name in channels]


async def test_a_model_on_disk_comes_changes_breaks_and_goes(editor: Editor) -> None:
    assert await sites(editor) == []
    editor.write(MODEL, EMITS)
    await until_lost(editor, "orders.placed")
    editor.write(MODEL, ANNOUNCES)
    await until_lost(editor, "orders.told")
    editor.write(MODEL, BROKEN)
    (problem,) = await editor.until_shown(MODEL, "brokr: unknown field")
    assert problem.range.start.line == 1
    await until_lost(editor)
    editor.write(MODEL, EMITS)
    await editor.until_shown(MODEL)
    await until_lost(editor, "orders.placed")
    (editor.root / MODEL).unlink()
    gone = types.FileEvent(editor.uri(MODEL), types.FileChangeType.Deleted)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([gone]))
    await until_lost(editor)


async def test_a_model_that_is_open_counts_when_it_is_saved(editor: Editor) -> None:
    editor.write(MODEL, EMITS)
    await until_lost(editor, "orders.placed")
    editor.open(MODEL)
    for text, channels in ((ANNOUNCES, ["orders.told"]), (BROKEN, []), (EMITS, ["orders.placed"])):
        before = await sites(editor)
        editor.edit(MODEL, text)
        assert await sites(editor) == before, "what is not saved does not count yet"
        (editor.root / MODEL).write_text(text)
        saved = types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(editor.uri(MODEL)))
        editor.client.text_document_did_save(saved)
        await until_lost(editor, *channels)
        is_broken = text == BROKEN
        await editor.until(lambda is_broken=is_broken: bool(editor.shown(MODEL)) == is_broken, "the model's mistake")
