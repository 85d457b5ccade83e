"""All safe fixes of a document at once, for a client that asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types

from .client import REAL, Editor

FIX_ALL = "source.fixAll.eventlens"
BEFORE = """\
import { Kafka } from 'kafkajs';

const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();

export async function announce(refundId: string): Promise<void> {
  /* 😀é */ producer.send({ topic: 'refund.granted', messages: [{ value: refundId }] });
  // eventlens: ignore[unbounded-retry] nothing retries here
  void producer.send({ topic: 'refund.granted', messages: [{ value: refundId }] });
}

export function remember(refundId: string): void {
  producer.send({ topic: 'refund.granted', messages: [{ value: refundId }] });
}
"""
AFTER = (
    BEFORE.replace("*/ producer", "*/ await producer")
    .replace("  // eventlens: ignore[unbounded-retry] nothing retries here\n", "")
    .replace("  void producer", "  await producer")
)
Start = Callable[..., Awaitable[Editor]]


@pytest_asyncio.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    started: list[Editor] = []

    async def begin(capabilities: types.ClientCapabilities | None = None, text: str = BEFORE) -> Editor:
        (tmp_path / "package.json").write_text('{"name": "refunds", "dependencies": {"kafkajs": "^2.2.4"}}')
        (tmp_path / "refunds.ts").write_text(text, encoding="utf-8")
        (tmp_path / "eventlens.toml").write_text('[[external]]\nchannel = "refund.granted"\n')
        editor = await Editor.start(tmp_path, REAL, capabilities)
        editor.open("refunds.ts")
        await editor.mapped()
        started.append(editor)
        return editor

    yield begin
    for editor in started:
        await editor.stop()


async def asked(editor: Editor, *only: str, line: int = 0) -> list[types.CodeAction]:
    """The source actions that are answered."""
    place = types.Range(types.Position(line, 0), types.Position(line, 0))
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(editor.uri("refunds.ts")), place, types.CodeActionContext([], list(only) or None)
    )
    found = await editor.client.text_document_code_action_async(params) or []
    return [one for one in found if isinstance(one, types.CodeAction) and one.kind != types.CodeActionKind.QuickFix]


def applied(text: str, edits: list[types.TextEdit]) -> str:
    """The text after edits in UTF-16 columns, last first."""
    for edit in sorted(edits, key=lambda one: (one.range.start.line, one.range.start.character), reverse=True):
        start, end = (_offset(text, at) for at in (edit.range.start, edit.range.end))
        text = text[:start] + edit.new_text + text[end:]
    return text


def _offset(text: str, at: types.Position) -> int:
    lines = text.split("\n")
    in_line = lines[at.line].encode("utf-16-le")[: 2 * at.character].decode("utf-16-le")
    return sum(len(line) + 1 for line in lines[: at.line]) + len(in_line)


async def test_what_is_safe_is_mended_and_what_wants_a_look_is_left(start: Start) -> None:
    editor = await start()
    (action,) = await asked(editor, FIX_ALL)
    assert action.kind == FIX_ALL and action.edit is not None and action.edit.document_changes is not None
    (change,) = action.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit) and change.text_document.version == 1
    assert applied(BEFORE, list(change.edits)) == AFTER  # type: ignore[arg-type]
    assert await editor.client.code_action_resolve_async(action) == action
    editor.edit("refunds.ts", AFTER)
    assert await asked(editor, FIX_ALL) == []


@pytest.mark.parametrize(
    ("only", "is_offered"),
    [
        ((), False),
        (("",), False),
        (("quickfix",), False),
        (("source.organizeImports",), False),
        (("source.fix",), False),
        (("source.fixAll.eslint",), False),
        (("source",), True),
        (("source.fixAll",), True),
        (("quickfix", FIX_ALL), True),
    ],
)
async def test_it_is_offered_to_who_asks_for_it_only(start: Start, only: tuple[str, ...], is_offered: bool) -> None:
    editor = await start()
    assert bool(await asked(editor, *only, line=5)) == is_offered


async def test_the_kind_is_advertised(start: Start) -> None:
    provider = (await start()).initialized.capabilities.code_action_provider
    assert isinstance(provider, types.CodeActionOptions)
    assert list(provider.code_action_kinds or ()) == [types.CodeActionKind.QuickFix, FIX_ALL]


async def test_a_client_without_versions_gets_plain_edits(start: Start) -> None:
    editor = await start(types.ClientCapabilities())
    (action,) = await asked(editor, "source.fixAll")
    assert action.edit is not None and action.edit.changes is not None
    assert applied(BEFORE, list(action.edit.changes[editor.uri("refunds.ts")])) == AFTER


async def test_an_import_that_several_fixes_need_is_written_once(start: Start) -> None:
    text = """\
import { Injectable } from '@nestjs/common';
import { ClientProxy } from '@nestjs/microservices';

@Injectable()
export class Refunds {
  constructor(private readonly client: ClientProxy) {}

  async grant(id: string): Promise<void> {
    this.client.emit('refund.granted', { id });
    this.client.emit('refund.granted', { id, again: true });
  }
}
"""
    editor = await start(text=text)
    (action,) = await asked(editor, FIX_ALL)
    assert action.edit is not None and action.edit.document_changes is not None
    (change,) = action.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    mended = applied(text, list(change.edits))  # type: ignore[arg-type]
    assert mended.count("import { lastValueFrom } from 'rxjs';\n") == 1
    assert mended.count("await lastValueFrom(this.client.emit('refund.granted', { id") == 2
