"""What navigating requests point at, in each unit of columns: behind astral, combining and wide characters, tabs and odd line ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import client_capabilities

from eventlens.lsp.positions import Encoding, units

from .client import REAL, Editor

BEFORE = "/* 👩‍👩‍👧 é 漢字 */ "
TOPICS = f"export const {'ORDERS'} = 'orders.placed';\n"
ORDERS = (
    "import { Kafka } from 'kafkajs';\n"
    "import { ORDERS } from './topics';\n"
    "const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();\r\n"
    "export async function place(order: { id: string }): Promise<void> {\r"
    f"\t{BEFORE}await producer.send({{ topic: ORDERS, messages: [{{ value: JSON.stringify(order) }}] }});\n"
    "}\n"
)
LINE = 4
MAILS = (
    "import { Kafka } from 'kafkajs';\n"
    "const consumer = new Kafka({ brokers: ['localhost:9092'] }).consumer({ groupId: 'mails' });\n"
    f"{BEFORE}export async function sendMail(message: unknown): Promise<void> {{ console.log(message); }}\n"
    "export async function start(): Promise<void> {\n"
    "  await consumer.subscribe({ topic: 'orders.placed' });\n"
    "  await consumer.run({ eachMessage: sendMail });\n"
    "}\n"
)
TEXTS = {"orders/src/place.ts": ORDERS, "orders/src/topics.ts": TOPICS, "mails/src/mails.ts": "\ufeff" + MAILS}
PLACE, MAIL = "orders/src/place.ts", "mails/src/mails.ts"


@pytest_asyncio.fixture(params=["utf-8", "utf-16", "utf-32"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Editor, Encoding]]:
    for path, text in TEXTS.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(text.encode())
    for service in ("orders", "mails"):
        (tmp_path / service / "package.json").write_text(f'{{"name": "{service}", "dependencies": {{"kafkajs": "2"}}}}')
    capabilities = client_capabilities("visual-studio-code")
    capabilities.general = types.GeneralClientCapabilities(
        position_encodings=[types.PositionEncodingKind(request.param)]
    )
    editor = await Editor.start(tmp_path, REAL, capabilities)
    editor.open(PLACE, ORDERS)
    await editor.mapped()
    yield editor, request.param
    await editor.stop()


def line_of(path: str, number: int) -> str:
    text = TEXTS[path].removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")[number]


def selected(path: str, place: types.Range, encoding: Encoding) -> str:
    """The text of a range on one line, read as the client reads it."""
    assert place.start.line == place.end.line
    codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    line = line_of(path, place.start.line).encode(codec)
    return line[place.start.character * width : place.end.character * width].decode(codec)


def column(word: str, encoding: Encoding) -> int:
    line = line_of(PLACE, LINE)
    return units(line[: line.index(word)], encoding)


async def test_a_jump_starts_and_lands_on_whole_words(shop: tuple[Editor, Encoding]) -> None:
    editor, encoding = shop
    (link,) = await editor.definition(PLACE, LINE, column("ORDERS", encoding))
    assert selected(PLACE, link.origin_selection_range, encoding) == "ORDERS"
    assert selected(MAIL, link.target_selection_range, encoding) == "sendMail"
    assert selected(MAIL, link.target_range, encoding).startswith("async function sendMail")
    (link,) = await editor.definition(PLACE, LINE, column("send(", encoding))
    assert selected(PLACE, link.origin_selection_range, encoding) == "producer.send"


async def test_references_and_highlights_select_whole_words(shop: tuple[Editor, Encoding]) -> None:
    editor, encoding = shop
    found = await editor.references(PLACE, LINE, column("ORDERS", encoding))
    texts = {one.uri.rpartition("/")[2]: one.range for one in found}
    assert selected(PLACE, texts["place.ts"], encoding) == "producer.send"
    assert selected("orders/src/topics.ts", texts["topics.ts"], encoding) == TOPICS.strip()
    params = types.DocumentHighlightParams(**editor.at(PLACE, LINE, column("send(", encoding)))
    (mark,) = await editor.client.text_document_document_highlight_async(params) or []
    assert selected(PLACE, mark.range, encoding) == "producer.send"


async def test_a_hint_stands_behind_the_constant(shop: tuple[Editor, Encoding]) -> None:
    editor, encoding = shop
    lines = types.Range(types.Position(LINE, 0), types.Position(LINE, 0))
    params = types.InlayHintParams(types.TextDocumentIdentifier(editor.uri(PLACE)), lines)
    (hint,) = await editor.client.text_document_inlay_hint_async(params) or []
    assert (hint.label, hint.position.character) == ("= orders.placed", column("ORDERS", encoding) + len("ORDERS"))


async def test_a_completion_replaces_what_stands_in_the_string(shop: tuple[Editor, Encoding]) -> None:
    editor, encoding = shop
    editor.edit(
        PLACE, "'or'", types.Range(*(types.Position(LINE, column(word, encoding)) for word in ("ORDERS", ", messages")))
    )
    begin = column("ORDERS", encoding) + 1
    params = types.CompletionParams(**editor.at(PLACE, LINE, begin + 2))
    found = await editor.client.text_document_completion_async(params)
    assert isinstance(found, types.CompletionList)
    (item,) = found.items
    expected = types.Range(types.Position(LINE, begin), types.Position(LINE, begin + 2))
    assert (item.label, item.text_edit) == ("orders.placed", types.TextEdit(expected, "orders.placed"))


async def test_a_hierarchy_selects_names(shop: tuple[Editor, Encoding]) -> None:
    editor, encoding = shop
    at = editor.at(PLACE, LINE, column("send(", encoding))
    (item,) = (
        await editor.client.text_document_prepare_call_hierarchy_async(types.CallHierarchyPrepareParams(**at)) or []
    )
    assert selected(PLACE, item.selection_range, encoding) == "producer.send"
    (call,) = (
        await editor.client.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(item)) or []
    )
    assert selected(MAIL, call.to.selection_range, encoding) == "sendMail"
    assert [selected(PLACE, one, encoding) for one in call.from_ranges] == ["producer.send"]
