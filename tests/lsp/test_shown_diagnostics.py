"""What a diagnostic carries, and whose it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities

from .client import REAL, Editor

pytestmark = pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")

PRODUCER = 'publish("orders");\n'
LOST = "nobody consumes orders"


async def test_a_suppression_that_silences_nothing_is_faded(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "shop", "dependencies": {"kafkajs": "2"}}')
    (tmp_path / "a.ts").write_text(
        "import { Kafka } from 'kafkajs';\n"
        "const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();\n"
        "// eventlens: ignore[dual-write,orphan-publish] long gone\n"
        "export const lose = () => producer.send({ topic: 'lost', messages: [{ value: 'v' }] });\n"
    )
    able, plain = client_capabilities("visual-studio-code"), client_capabilities("visual-studio-code")
    assert plain.text_document is not None
    plain.text_document.publish_diagnostics = None
    for capabilities in (able, plain):
        editor = await Editor.start(tmp_path, REAL, capabilities)
        await editor.until(lambda editor=editor: bool(editor.shown("a.ts")), "the comment is found")
        (found,) = (one for one in editor.shown("a.ts") or [] if one.code == "unused-suppression")
        assert found.data["id"]
        if capabilities is able:
            assert list(found.tags or []) == [types.DiagnosticTag.Unnecessary] and found.code_description is not None
        else:
            assert (found.tags, found.code_description, found.related_information) == (None, None, None)
        await editor.stop()


async def test_a_folder_within_a_folder_has_its_files_to_itself(tmp_path: Path) -> None:
    """Two folders of one workspace do not answer for one file in turns."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/a.ts").write_text(PRODUCER)
    (tmp_path / "b.ts").write_text(PRODUCER + 'subscribe("orders");\n')
    editor = await Editor.start(tmp_path)
    await editor.hover("b.ts", 0, 0)
    assert not editor.sent("inner/a.ts"), "there is a consumer in the folder"
    inner = types.WorkspaceFolder(editor.uri("inner"), "inner")
    for added, removed, expected in (([inner], [], [LOST]), ([], [inner], [])):
        change = types.WorkspaceFoldersChangeEvent(added, removed)
        editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(change))
        await editor.until_shown("inner/a.ts", *expected)
    (tmp_path / "b.ts").write_text("nothing\n")
    editor.write("b.ts", "nothing\n")
    await editor.until_shown("inner/a.ts", LOST)
    change = types.WorkspaceFoldersChangeEvent([inner], [])
    before = len(editor.sent("inner/a.ts"))
    editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(change))
    await editor.until(lambda: len(editor.sent("inner/a.ts")) > before + 1, "taken back by one, sent by the other")
    await editor.until_shown("inner/a.ts", LOST)
    editor.write("b.ts", "nothing at all\n")
    await editor.hover("b.ts", 0, 0)
    assert len(editor.shown("inner/a.ts") or []) == 1
    await editor.stop()
