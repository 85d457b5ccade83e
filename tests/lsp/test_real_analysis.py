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
    await editor.mapped()
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
    assert text.startswith("Publishes to kafka topic **orders**") and "at-least-once" in text
    assert "**payments**" in text and "payments/index.js" in text
    assert found is not None and found.range is not None
    start = utf_16(SEND[: SEND.index("producer")])
    assert found.range.start == types.Position(7, start), "the emoji before the call counts two units"


async def test_hover_on_the_subscription(shop: Editor) -> None:
    text = hover_text(await shop.hover("payments/index.js", *SUBSCRIBE_PLACE))
    assert (
        text.startswith("Consumes kafka topic **orders**")
        and "**orders**" in text
        and "consumer group `payments`" in text
    )


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


async def test_the_storefronts_wrapped_ends_lead_to_each_other_across_services() -> None:
    """Neither end calls the client library: both go through wrappers in a shared package."""
    editor = await Editor.start(STOREFRONT, REAL)
    publish, subscribe = "services/orders/src/orders/cancel-order.ts", "services/payments/src/consumers/order-events.ts"
    place = (await outline(editor, publish, "→ order-events")).range.start
    references = await editor.references(publish, place.line, place.character)
    assert editor.uri(subscribe) in {location.uri for location in references}
    handlers = {file for file, _ in places(await editor.definition(publish, place.line, place.character))}
    assert handlers == {"consumers/order-events.ts", "inventory/reservations.py"}
    place = (await outline(editor, subscribe, "← order-events")).range.start
    found = await editor.definition(subscribe, place.line, place.character)
    assert {file for file, _ in places(found)} == {"orders/cancel-order.ts", "outbox/relay.ts"}
    assert await editor.stop() == 0


async def outline(editor: Editor, path: str, name: str) -> types.DocumentSymbol:
    """The symbol of a file whose name begins with ``name``."""
    params = types.DocumentSymbolParams(types.TextDocumentIdentifier(editor.uri(path)))
    found = await editor.client.text_document_document_symbol_async(params)
    return next(
        symbol for symbol in found or [] if isinstance(symbol, types.DocumentSymbol) and symbol.name.startswith(name)
    )


async def test_an_edit_brings_a_finding_and_another_takes_it_away(shop: Editor) -> None:
    """Without its `await` a failed publish goes unseen."""
    start = utf_16(SEND[: SEND.index("await")])
    awaited = types.Range(types.Position(7, start), types.Position(7, start + len("await ")))

    def unawaited() -> list[types.Diagnostic]:
        return [d for d in shop.shown("orders/index.ts") or [] if d.code == "unawaited-publish"]

    await shop.hover("orders/index.ts", *SEND_PLACE)
    assert unawaited() == []
    version = shop.edit("orders/index.ts", "", awaited)
    await shop.until(lambda: len(unawaited()) == 1, "the dropped publish is reported")
    (diagnostic,) = unawaited()
    assert diagnostic.range.start == types.Position(7, start) and diagnostic.source == "eventlens"
    assert shop.sent("orders/index.ts")[-1].version == version
    shop.edit("orders/index.ts", "await ", types.Range(types.Position(7, start), types.Position(7, start)))
    await shop.until(lambda: unawaited() == [], "it is gone again")


async def test_the_storefronts_findings_carry_their_evidence() -> None:
    editor = await Editor.start(STOREFRONT, REAL)
    path = "services/payments/src/consumers/order-events.ts"

    def dual_writes() -> list[types.Diagnostic]:
        return [d for d in editor.shown(path) or [] if d.code == "dual-write"]

    await editor.until(lambda: dual_writes() != [], "the dual write is reported in a file that is not open")
    related = dual_writes()[0].related_information or []
    assert {place.location.uri for place in related} == {editor.uri(path)} and len(related) >= 2
    assert await editor.stop() == 0
