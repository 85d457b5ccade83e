"""An open document belongs to the innermost folder, also when folders come and go."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from .client import REAL, Editor

SEND = """import { Kafka } from 'kafkajs';
const producer = new Kafka({ brokers: [] }).producer();
export const send = () => producer.send({ topic: 'orders', messages: [] });
"""


async def test_a_document_edited_while_an_inner_folder_was_open(tmp_path: Path) -> None:
    inner = tmp_path / "shop"
    inner.mkdir()
    (inner / "package.json").write_text('{"name": "shop", "dependencies": {"kafkajs": "2"}}')
    (inner / "send.ts").write_text(SEND)
    editor = await Editor.start(tmp_path, REAL)
    editor.open("shop/send.ts")
    for edited, added, removed in (("parcels", [inner], []), ("crates", [], [inner])):
        editor.edit("shop/send.ts", SEND.replace("orders", edited))
        await editor.until_shown("shop/send.ts", f"nobody in this workspace consumes {edited}")
        folders = ([types.WorkspaceFolder(one.as_uri(), one.name) for one in each] for each in (added, removed))
        editor.client.workspace_did_change_workspace_folders(
            types.DidChangeWorkspaceFoldersParams(types.WorkspaceFoldersChangeEvent(*folders))
        )
        editor.published.clear()
        await editor.until(lambda: bool(editor.sent("shop/send.ts")), "the file is sent by its folder")
        await editor.until_shown("shop/send.ts", f"nobody in this workspace consumes {edited}")
    assert await editor.stop() == 0
