"""What is open around the cursor (``|``) in text that does not parse."""

from __future__ import annotations

import pytest

from eventlens.ide.call_text import OpenCall, end_of_string, string_at


@pytest.mark.parametrize(
    ("text", "calls", "key"),
    [
        ("publish('|", [OpenCall("publish", "0")], ""),
        ("await bus.publish(ORDERS, '|')", [OpenCall("publish", "1")], ""),
        ("producer.send({ topic: '|' })", [OpenCall("send", "0.topic")], "topic"),
        ("producer.send({\n  acks: 1, // it's all\n  topic: \"|", [OpenCall("send", "0.topic")], "topic"),
        ("consumer.subscribe({ topics: ['a', '|'] })", [OpenCall("subscribe", "0.topics")], ""),
        ("createConsumer<OrderEvent>('|", [OpenCall("createConsumer", "0")], ""),
        ("client.emit<\n  string,\n  Order['data']\n>('|", [OpenCall("emit", "0")], ""),
        ("this.#producer.send({ topic: '|", [OpenCall("send", "0.topic")], "topic"),
        ("channel.basic_publish(exchange='', routing_key='|", [OpenCall("basic_publish", "routing_key")], "routing_key"),
        ("send(topic, {'type': '|", [OpenCall("send", "1.type")], "type"),
        ("send({ messages: [{ value: encode({ type: '|", [OpenCall("encode", "0.type"), OpenCall("send", "0.messages.value")], "type"),
        ("# don't\nproducer.produce('|", [OpenCall("produce", "0")], ""),
        ("const x = 'a('; const y = '|", [], ""),
        ("if (event.type === '|", [OpenCall("if", "0")], ""),
        ("items.map((one) => publish('|", [OpenCall("publish", "0"), OpenCall("map", "0")], ""),
        ("f(a); g(b, '|", [OpenCall("g", "1")], ""),
        ("f(\n  (x => { y = 1; })('|", [OpenCall("f", "0")], ""),
        ("<p>don't</p>\npublish('|", [OpenCall("publish", "0")], ""),
    ],
)  # fmt: skip
def test_the_calls_around_a_string(text: str, calls: list[OpenCall], key: str) -> None:
    offset = text.index("|")
    found = string_at(text.replace("|", ""), offset)
    assert found is not None
    assert found.calls == calls
    assert (found.key if calls else "") == key


@pytest.mark.parametrize(
    "text", ["publish(|", "publish('a'|)", "publish(`a.${|", "// publish('a' is called|", "'''\npublish|", "|", "a\n|b"]
)
def test_no_string_is_open(text: str) -> None:
    assert string_at(text.replace("|", ""), text.index("|")) is None


def test_only_a_window_is_read() -> None:
    text = "x = [\n" + "  'something quite long', 'and more of it',\n" * 100_000 + "]\npublish('"
    found = string_at(text, len(text))
    assert found is not None and found.calls == [OpenCall("publish", "0")]


@pytest.mark.parametrize(
    ("text", "end"), [("'ord|ers'", 7), ("'ord|ers\n'", 4), ("'|'", 1), ("'ord|", 4), ("'a|\r\n'", 2)]
)
def test_the_end_of_a_string(text: str, end: int) -> None:
    assert end_of_string(text.replace("|", ""), text.index("|"), "'") == end
