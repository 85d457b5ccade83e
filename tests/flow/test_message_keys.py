"""What the map says that a message's key is."""

from __future__ import annotations

import pytest

from flow.conftest import Find

_KAFKAJS = """\
import { Kafka } from 'kafkajs';
const producer = new Kafka({ brokers: ['kafka:9092'] }).producer();
export async function placed(order: Order, message: { value: string }, text: string): Promise<void> {
  await producer.send({ topic: 'orders', messages: [MESSAGE] });
}
"""


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ("{ key: order.id, value: text }", "id"),
        ("{ key: order.getId(), value: text }", "getId()"),
        ("{ key: order.id.toString(), value: text }", "id"),
        ("{ key: 'all', value: text }", "all"),
        ("{ key: `${order.region}-${order.id}`, value: text }", "(computed)"),
        ("{ value: text }", None),
        ("message", None),
    ],
)
def test_key_as_it_is_written(find: Find, message: str, key: str | None) -> None:
    (site,) = find({"src/orders.ts": _KAFKAJS.replace("MESSAGE", message)}).sites
    assert site.key == key


def test_library_for_several_brokers_sends_no_key_where_the_broker_has_none(find: Find) -> None:
    code = """\
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
const client = ClientProxyFactory.create({ transport: Transport.RMQ, options: { queue: 'orders' } });
export function placed(order: { id: string }): void {
  client.emit('order.placed', { key: order.id, value: order });
}
"""
    (site,) = find({"src/orders.ts": code}).sites
    assert (site.broker, site.key) == ("rabbitmq", None)
