"""Steps of the call hierarchy that markers do not show: keys that outlive an edit, names of what has none, and where nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.analysis import analyse, open_workspace
from eventlens.ide.call_hierarchy import CallHierarchy, Item
from eventlens.ide.code_places import CodePlaces
from eventlens.ide.cycles import cycles
from eventlens.ide.index import FlowIndex

ORDERS = """\
const { Kafka } = require('kafkajs');
const kafka = new Kafka({ brokers: ['localhost:9092'] });
const producer = kafka.producer();

const announce = async (order) => {
  await producer.send({ topic: 'orders', messages: [{ value: JSON.stringify(order) }] });
};

class Orders {
  async place(order) {
    await announce(order);
    [order].forEach((one) => announce(one));
  }
}

async function listen() {
  const consumer = kafka.consumer({ groupId: 'orders' });
  await consumer.subscribe({ topic: 'orders' });
  await consumer.run({ eachMessage: async ({ message }) => {
    const order = JSON.parse(message.value.toString());
    if (order.attempts < 3) await producer.send({ topic: 'orders', messages: [{ value: JSON.stringify({ ...order, attempts: order.attempts + 1 }) }] });
  } });
}
module.exports = { Orders, listen };
"""


class Asked:
    """A hierarchy over one text of one file."""

    def __init__(self, root: Path, text: str) -> None:
        (root / "package.json").write_text('{"name": "orders", "dependencies": {"kafkajs": "2"}}')
        (root / "orders.js").write_text(text)
        analysis = analyse(open_workspace(root).workspace)
        assert analysis.checks is not None
        self.text = text
        self.index = FlowIndex(analysis.flow_map, CodePlaces(analysis.checks.graph))
        self.hierarchy = CallHierarchy(self.index, analysis.checks.graph)

    def at(self, written: str) -> list[Item]:
        offset = self.text.index(written)
        line = self.text.count("\n", 0, offset) + 1
        return self.hierarchy.at("orders.js", line, offset - self.text.rfind("\n", 0, offset))

    def callers(self, key: str) -> list[str]:
        return [step.item.name for step in self.hierarchy.incoming(key)]

    def callees(self, key: str) -> list[str]:
        return [step.item.name for step in self.hierarchy.outgoing(key)]


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return Asked(tmp_path, ORDERS)


def test_a_lambda_is_called_by_the_name_that_it_is_known_by(asked: Asked) -> None:
    (send,) = asked.at("send({ topic: 'orders', messages: [{ value: JSON.stringify(order)")
    assert asked.callers(send.key) == ["announce"]
    (announce,) = asked.hierarchy.incoming(send.key)
    assert asked.callers(announce.item.key) == ["Orders.place"]


def test_calls_in_a_callback_count_to_the_function_around_it(asked: Asked) -> None:
    (place,) = asked.at("place(order)")
    steps = asked.hierarchy.outgoing(place.key)
    assert [(step.item.name, call.line) for step in steps for call in step.calls] == [
        ("→ orders", 11),
        ("→ orders", 12),
    ]
    assert asked.callees(steps[0].item.key) == ["announce", "eachMessage"]


def test_a_subscription_is_its_handler_and_a_handler_calls_what_it_publishes(asked: Asked) -> None:
    (handler,) = asked.at("subscribe({")
    assert handler.name == "eachMessage"
    assert asked.callees(handler.key) == ["→ orders"]
    assert [step.item.at.line for step in asked.hierarchy.incoming(handler.key)] == [11, 12, 21]


def test_the_handler_is_found_at_its_head_too(asked: Asked) -> None:
    assert asked.at("({ message })") == asked.at("subscribe({")


def test_nothing_is_found_in_between(asked: Asked) -> None:
    assert asked.at("JSON.parse") == [] and asked.at("module.exports") == []
    assert asked.hierarchy.at("gone.js", 1, 1) == []


@pytest.mark.parametrize(
    "key", ["", "site:gone", "function:gone.js:0:", "function:orders.js:7:gone", "else", "registration:orders.js:3"]
)
def test_a_key_of_something_that_is_gone_has_no_calls(asked: Asked, key: str) -> None:
    assert asked.hierarchy.incoming(key) == [] and asked.hierarchy.outgoing(key) == []


def test_a_key_outlives_an_edit(tmp_path: Path, asked: Asked) -> None:
    (place,) = asked.at("place(order)")
    (handler,) = asked.at("subscribe({")
    (send,) = asked.at("send({ topic: 'orders', messages: [{ value: JSON.stringify(order)")
    later = Asked(tmp_path, "// a line\n" + ORDERS)
    assert later.callees(place.key) == ["→ orders", "→ orders"]
    assert later.callers(send.key) == ["announce"]
    assert later.hierarchy.incoming(handler.key) != []


def test_a_handler_that_publishes_to_itself_under_a_condition_is_part_of_a_cycle(asked: Asked) -> None:
    found = cycles(asked.index)
    sites = {site.id: (site.role, site.line) for site in asked.index.flow_map.sites}
    assert sorted(sites[key] for key in found) == [("publish", 21), ("subscribe", 18)]
    assert not any(cycle.reported for cycle in found.values())
