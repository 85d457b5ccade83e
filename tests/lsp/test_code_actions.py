"""Quick fixes over the protocol: offered, resolved, applied, and the finding is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from .client import REAL, Editor

REFUNDS = """\
import { Kafka } from 'kafkajs';

const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();

export async function announce(refundId: string): Promise<void> {
  /* 😀é */ producer.send({ topic: 'refund.granted', messages: [{ value: refundId }] });
}
"""
LINE = 5
CALL = REFUNDS.split("\n")[LINE].index("producer")


@pytest_asyncio.fixture
async def refunds(tmp_path: Path) -> AsyncIterator[Editor]:
    editor = await _editor(tmp_path)
    yield editor
    if editor.server.returncode is None:
        await editor.stop()


async def _editor(root: Path, capabilities: types.ClientCapabilities | None = None) -> Editor:
    (root / "package.json").write_text('{"name": "refunds", "dependencies": {"kafkajs": "^2.2.4"}}')
    (root / "refunds.ts").write_text(REFUNDS, encoding="utf-8")
    (root / "eventlens.toml").write_text('[[external]]\nchannel = "refund.granted"\n')
    editor = await Editor.start(root, REAL, capabilities)
    editor.open("refunds.ts")
    await editor.until_shown("refunds.ts", "a failure to send to refund.granted")
    return editor


async def offered(editor: Editor, line: int = LINE) -> dict[str, types.CodeAction]:
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(editor.uri("refunds.ts")),
        types.Range(types.Position(line, 0), types.Position(line, 0)),
        types.CodeActionContext(diagnostics=[]),
    )
    found = await editor.client.text_document_code_action_async(params) or []
    assert all(isinstance(one, types.CodeAction) for one in found)
    return {one.title: one for one in found if isinstance(one, types.CodeAction)}


async def test_an_action_is_offered_without_its_edit_and_resolved(refunds: Editor) -> None:
    actions = await offered(refunds)
    assert list(actions) == ["Await the publish", "Ignore unawaited-publish here, with a reason"]
    action = actions["Await the publish"]
    assert action.edit is None and action.is_preferred and action.kind == types.CodeActionKind.QuickFix
    assert action.diagnostics and action.diagnostics[0].code == "unawaited-publish"
    resolved = await refunds.client.code_action_resolve_async(action)
    assert resolved.edit is not None and resolved.edit.document_changes is not None
    (change,) = resolved.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit) and change.text_document.version == 1
    # The emoji takes two UTF-16 units, which are what this client counts in.
    place = types.Position(LINE, CALL + 1)
    assert list(change.edits) == [types.TextEdit(types.Range(place, place), "await ")]
    refunds.edit("refunds.ts", "await ", types.Range(place, place))
    await refunds.until_shown("refunds.ts")


async def test_nothing_is_offered_where_nothing_is_found(refunds: Editor) -> None:
    assert await offered(refunds, 0) == {}


async def test_other_kinds_are_not_answered(refunds: Editor) -> None:
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(refunds.uri("refunds.ts")),
        types.Range(types.Position(LINE, 0), types.Position(LINE, 0)),
        types.CodeActionContext(diagnostics=[], only=[types.CodeActionKind.SourceOrganizeImports]),
    )
    assert await refunds.client.text_document_code_action_async(params) is None


async def test_an_action_of_another_text_is_refused(refunds: Editor) -> None:
    action = (await offered(refunds))["Await the publish"]
    refunds.edit("refunds.ts", REFUNDS.replace("producer.send", "await producer.send"))
    with pytest.raises(JsonRpcException) as refused:
        await refunds.client.code_action_resolve_async(action)
    assert refused.value.code == types.LSPErrorCodes.ContentModified


async def test_a_client_that_cannot_resolve_gets_plain_edits_at_once(tmp_path: Path) -> None:
    editor = await _editor(tmp_path, types.ClientCapabilities())
    action = (await offered(editor))["Await the publish"]
    assert action.edit is not None and action.edit.document_changes is None and action.edit.changes is not None
    assert [edit.new_text for edit in action.edit.changes[editor.uri("refunds.ts")]] == ["await "]
    await editor.stop()
