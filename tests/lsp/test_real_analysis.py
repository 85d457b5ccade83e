"""The server over the real analysis: a small workspace of two services, and the storefront fixture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from lsprotocol import types

from .client import REAL, Editor

STOREFRONT = Path(__file__).parent.parent.parent / "fixtures" / "storefront"

ORDERS = """\
import { Kafka } from 'kafkajs';

const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();

interface OrderPlaced { orderId: string; note?: string }

export async function announce(order: OrderPlaced): Promise<void> {
  /* 😀 */ await producer.send({ topic: 'orders', messages: [{ value: JSON.stringify(order) }] });
}
"""
PAYMENTS = """\
const { Kafka } = require('kafkajs');

const consumer = new Kafka({ brokers: ['localhost:9092'] }).consumer({ groupId: 'payments' });

async function start() {
  await consumer.subscribe({ topic: 'orders' });
  await consumer.run({ eachMessage: onOrder });
}

async function onOrder({ message }) {
  console.log(JSON.parse(message.value.toString()).orderId);
}

start();
"""
SEND = ORDERS.split("\n")[7]


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Editor]:
    """An editor on a workspace with one producer and one consumer."""
    for service, name, text in (("orders", "index.ts", ORDERS), ("payments", "index.js", PAYMENTS)):
        (tmp_path / service).mkdir()
        (tmp_path / service / name).write_text(text, encoding="utf-8")
        (tmp_path / service / "package.json").write_text(
            f'{{"name": "{service}", "dependencies": {{"kafkajs": "^2.2.4"}}}}'
        )
    editor = await Editor.start(tmp_path, REAL)
    editor.open("orders/index.ts")
    editor.open("payments/index.js")
    yield editor
    if editor.server.returncode is None:
        await editor.stop()


def utf_16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def hover_text(found: types.Hover | None) -> str:
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    return found.contents.value


def places(found: Any) -> list[tuple[str, int]]:
    """File name and 0-based line of each target."""
    targets = [
        (t.target_uri, t.target_range) if isinstance(t, types.LocationLink) else (t.uri, t.range) for t in found or []
    ]
    return [("/".join(uri.split("/")[-2:]), place.start.line) for uri, place in targets]


SEND_PLACE = (7, utf_16(SEND[: SEND.index("send")]))
SUBSCRIBE_PLACE = (5, 20)


async def test_hover_on_the_publish(shop: Editor) -> None:
    found = await shop.hover("orders/index.ts", *SEND_PLACE)
    text = hover_text(found)
    assert text.startswith("**publish** `orders` · kafka topic") and "at-least-once" in text
    assert "**payments**" in text and "payments/index.js" in text
    assert found is not None and found.range is not None
    start = utf_16(SEND[: SEND.index("producer")])
    assert found.range.start == types.Position(7, start), "the emoji before the call counts two units"


async def test_hover_on_the_subscription(shop: Editor) -> None:
    text = hover_text(await shop.hover("payments/index.js", *SUBSCRIBE_PLACE))
    assert text.startswith("**subscribe** `orders`") and "**orders**" in text and "consumer group `payments`" in text


async def test_definition_goes_across_the_broker_both_ways(shop: Editor) -> None:
    assert places(await shop.definition("orders/index.ts", *SEND_PLACE)) == [("payments/index.js", 9)]
    assert places(await shop.definition("payments/index.js", *SUBSCRIBE_PLACE)) == [("orders/index.ts", 7)]


async def test_references_are_both_ends(shop: Editor) -> None:
    found = await shop.references("payments/index.js", *SUBSCRIBE_PLACE)
    assert {("orders/index.ts", 7), ("payments/index.js", 5)} <= set(places(found))


async def test_a_lens_counts_the_other_end(shop: Editor) -> None:
    params = types.CodeLensParams(types.TextDocumentIdentifier(shop.uri("orders/index.ts")))
    lenses = await shop.client.text_document_code_lens_async(params)
    assert [lens.command.title for lens in lenses or [] if lens.command] == ["→ 1 consumer (payments)"]


async def test_an_edit_moves_the_link(shop: Editor) -> None:
    await shop.hover("orders/index.ts", *SEND_PLACE)
    line = types.Range(types.Position(5, 0), types.Position(6, 0))
    shop.edit("payments/index.js", "  await consumer.subscribe({ topic: 'refunds' });\n", line)
    text = hover_text(await shop.hover("orders/index.ts", *SEND_PLACE))
    assert text.endswith("Nobody consumes this in this workspace.")
    shop.edit("payments/index.js", "  await consumer.subscribe({ topic: 'orders' });\n", line)
    assert "**payments**" in hover_text(await shop.hover("orders/index.ts", *SEND_PLACE))


async def test_a_broken_settings_file_is_a_diagnostic_and_the_rest_goes_on(shop: Editor) -> None:
    shop.write("eventlens.toml", "[values]\nA = 'b'\n[ruels]\n")
    (problem,) = await shop.until_shown("eventlens.toml", "ruels")
    assert problem.range.start.line == 2 and problem.code == "configuration"
    assert "**payments**" in hover_text(await shop.hover("orders/index.ts", *SEND_PLACE))
    shop.write("eventlens.toml", "[values]\nA = 'b'\n")
    await shop.until_shown("eventlens.toml")


async def test_a_broken_model_of_the_users_own_is_a_diagnostic_in_it(shop: Editor) -> None:
    shop.write(
        ".eventlens/libraries/own.yaml", "library: own\nbrokr: kafka\nlanguages: [typescript]\npackages: [own]\n"
    )
    (problem,) = await shop.until_shown(".eventlens/libraries/own.yaml", "brokr: unknown field")
    assert problem.range.start.line == 1


async def test_the_storefronts_wrapped_publish_leads_to_its_consumer_in_another_service() -> None:
    editor = await Editor.start(STOREFRONT, REAL)
    path = "services/orders/src/orders/cancel-order.ts"
    outline = types.DocumentSymbolParams(types.TextDocumentIdentifier(editor.uri(path)))
    symbols = await editor.client.text_document_document_symbol_async(outline)
    assert symbols and isinstance(symbols[0], types.DocumentSymbol) and symbols[0].name.startswith("→ order-events")
    place = symbols[0].range.start
    found = await editor.definition(path, place.line, place.character)
    assert [file for file, _ in places(found)] == ["consumers/order-events.ts"]
    assert await editor.stop() == 0
