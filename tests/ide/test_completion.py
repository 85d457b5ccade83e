"""Completion amid typing: the cursor is ``|`` in a text that was analysed without what is being typed."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from eventlens.analysis import Analysis, analyse, open_workspace
from eventlens.ide.code_places import CodePlaces
from eventlens.ide.completion import Suggestion, Typing, suggestions
from eventlens.ide.index import FlowIndex

FILES = {
    "orders/package.json": '{"name": "orders", "dependencies": {"kafkajs": "2"}}',
    "orders/publish.js": """\
        const { Kafka } = require('kafkajs');
        const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();

        async function publishEvent(topic, event) {
          await producer.send({ topic, messages: [{ value: JSON.stringify(event) }] });
        }

        async function place(order) {
          await publishEvent('orders.placed', { type: 'OrderPlaced', orderId: order.id, customer: { name: order.name } });
        }

        async function cancel(order) {
          await publishEvent('orders.cancelled', { type: 'OrderCancelled', orderId: order.id });
        }

        module.exports = { cancel, place, publishEvent };
        """,
    "mails/requirements.txt": "pika\n",
    "mails/mails.py": """\
        import json
        import pika

        channel = pika.BlockingConnection(pika.ConnectionParameters("localhost")).channel()
        channel.queue_declare(queue="mail-requests")


        def on_request(ch, method, properties, body):
            request = json.loads(body)
            print(request["address"])
            ch.basic_ack(method.delivery_tag)


        def ask(address):
            channel.basic_publish(exchange="", routing_key="mail-requests", body=json.dumps({"address": address, "text": "hello"}))


        channel.basic_consume(queue="mail-requests", on_message_callback=on_request)
        """,
    "fresh/package.json": '{"name": "fresh", "dependencies": {"kafkajs": "2"}}',
    "fresh/index.js": """\
        const { Kafka } = require('kafkajs');
        const kafka = new Kafka({ brokers: ['localhost:9092'] });
        """,
    "fresh/plain.js": "console.log('ready');\n",
}


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> tuple[FlowIndex, Analysis, Path]:
    root = tmp_path_factory.mktemp("shop")
    for path, text in FILES.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(textwrap.dedent(text), encoding="utf-8")
    analysis = analyse(open_workspace(root).workspace)
    assert analysis.checks is not None
    return FlowIndex(analysis.flow_map, CodePlaces(analysis.checks.graph)), analysis, root


def typed(analysed: tuple[FlowIndex, Analysis, Path], path: str, after: str, line: str) -> list[Suggestion]:
    """What is suggested when ``line`` is typed below the line that holds ``after``."""
    index, analysis, root = analysed
    lines = (root / path).read_text(encoding="utf-8").split("\n")
    at = next(number for number, one in enumerate(lines) if after in one) + 1
    lines.insert(at, line.replace("|", ""))
    text = "\n".join(lines)
    offset = sum(len(one) + 1 for one in lines[:at]) + line.index("|")
    assert analysis.inputs is not None
    found = suggestions(index, analysis.inputs.catalogue, Typing(path, text, offset, at + 1, 1))
    for one in found:
        assert one.begin <= offset <= one.end or one.kind == "field"
    return found


def names(found: list[Suggestion]) -> list[str]:
    return [one.name for one in found]


TOPICS = ["orders.cancelled", "orders.placed"]


@pytest.mark.parametrize(
    "line",
    [
        "  await publishEvent('|",
        "  await publishEvent('|');",
        '  await publishEvent("ord|", order)',
        "  return publishEvent(`|`)",
        "  producer.send({ topic: '|",
        "  producer.send({ acks: 1, topic: '|', messages: [] })",
        "  consumer.subscribe({ topics: ['a', '|",
    ],
)
def test_channels_in_channel_positions(analysed: tuple[FlowIndex, Analysis, Path], line: str) -> None:
    assert names(typed(analysed, "orders/publish.js", "async function place", line)) == TOPICS


@pytest.mark.parametrize(
    "line",
    [
        "  await publishEvent(|",
        "  await publishEvent('orders.placed', '|",
        "  await saveOrder('|",
        "  producer.send({ topic: 'x', messages: [{ key: '|",
        "  const name = '|",
        "  // publishEvent('|",
        "  await publishEvent(`${|",
        "  order.|",
        "  order['|",
    ],
)
def test_nothing_in_ordinary_code(analysed: tuple[FlowIndex, Analysis, Path], line: str) -> None:
    assert typed(analysed, "orders/publish.js", "async function place", line) == []


def test_a_library_that_is_imported_is_known_before_its_first_call(analysed: tuple[FlowIndex, Analysis, Path]) -> None:
    line = "kafka.producer().send({ topic: '|"
    assert names(typed(analysed, "fresh/index.js", "new Kafka", line)) == TOPICS
    assert typed(analysed, "fresh/plain.js", "ready", "bus.sendBatch({ topicMessages: [{ topic: '|") == []


def test_channels_of_another_broker_do_not_fit(analysed: tuple[FlowIndex, Analysis, Path]) -> None:
    line = 'channel.basic_consume(queue="|'
    assert names(typed(analysed, "mails/mails.py", "def ask", "    " + line)) == ["mail-requests"]


def test_the_whole_string_is_replaced(analysed: tuple[FlowIndex, Analysis, Path]) -> None:
    found = typed(analysed, "orders/publish.js", "async function place", "  await publishEvent('or|ders', order)")
    assert [one.end - one.begin for one in found] == [6, 6]
    assert found[0].detail == "kafka topic · 1 producer, 0 consumers"


def test_the_site_that_is_being_typed_suggests_nothing_of_itself(analysed: tuple[FlowIndex, Analysis, Path]) -> None:
    index, analysis, root = analysed
    text = (root / "orders/publish.js").read_text(encoding="utf-8")
    offset = text.index("orders.cancelled") + 3
    assert analysis.inputs is not None
    at = Typing("orders/publish.js", text, offset, text.count("\n", 0, offset) + 1)
    assert names(suggestions(index, analysis.inputs.catalogue, at)) == ["orders.placed"]


def test_events_where_a_published_object_names_its_type(analysed: tuple[FlowIndex, Analysis, Path]) -> None:
    line = "  await publishEvent('orders.placed', { type: '|"
    assert names(typed(analysed, "orders/publish.js", "async function place", line)) == [
        "OrderCancelled",
        "OrderPlaced",
    ]
    assert typed(analysed, "orders/publish.js", "async function place", "  show({ type: '|") == []


@pytest.mark.parametrize("line", ['    print(request["|', '    print(request.get("te|"))', "    if request['|'] == 1:"])
def test_fields_of_the_message_in_its_handler(analysed: tuple[FlowIndex, Analysis, Path], line: str) -> None:
    assert names(typed(analysed, "mails/mails.py", "request = json.loads", line)) == ["address", "text"]


@pytest.mark.parametrize("line", ['    print(method["|', "    print(body.|", '    print(requests["|'])
def test_no_fields_of_what_is_not_the_message(analysed: tuple[FlowIndex, Analysis, Path], line: str) -> None:
    assert typed(analysed, "mails/mails.py", "request = json.loads", line) == []


def test_no_fields_outside_the_handler(analysed: tuple[FlowIndex, Analysis, Path]) -> None:
    assert typed(analysed, "mails/mails.py", "def ask", '    print(request["|') == []


def test_the_field_that_is_being_typed_suggests_nothing_of_itself(tmp_path: Path) -> None:
    text = textwrap.dedent(FILES["mails/mails.py"]).replace(
        '    print(request["address"])\n', '    print(request["address"])\n    print(request.get("room"))\n'
    )
    (tmp_path / "mails.py").write_text(text, encoding="utf-8")
    analysis = analyse(open_workspace(tmp_path).workspace)
    assert analysis.checks is not None
    index = FlowIndex(analysis.flow_map, CodePlaces(analysis.checks.graph))

    def offered(present: str, offset: int, grown: int) -> list[str]:
        line = present.count("\n", 0, offset) + 1
        return names(suggestions(index, None, Typing("mails.py", present, offset, line, grown)))

    assert offered(text, text.index("room") + 2, 0) == ["address", "text"]
    another = text.replace("    ch.basic_ack", '    print(request["\n    ch.basic_ack')
    assert offered(another, another.index('(request["\n') + len('(request["'), 1) == ["address", "text", "room"]
