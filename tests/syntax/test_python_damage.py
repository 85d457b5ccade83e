"""Damaged Python: lowering never raises, and what stands after the damage is still read."""

from __future__ import annotations

import random

import pytest

from eventlens import ir
from eventlens.syntax import grammars, python
from eventlens.syntax.lowering import line_starts

from .rendering import render
from .table import cells
from .test_python_offsets import misplaced, nodes

SOURCE = '''\
"""Orders."""
import json
from kafka import KafkaProducer

producer = KafkaProducer(
    bootstrap_servers=["localhost:9092"],
    value_serializer=lambda value: json.dumps(value).encode(),
)


def publish(order, *, topic="orders"):
    """Publish one order."""
    payload = {"id": order.id, "lines": [line.to_dict() for line in order.lines]}
    if order.is_urgent:
        topic = f"{topic}.{'urgent'}"
    producer.send(topic, payload)


class Handler:
    """Handles orders."""

    topics = ("orders", "payments")

    def __init__(self, store):
        self.store = store

    async def handle(self, message):
        try:
            await self.store.save(message["id"], text="""
                several lines
            """)
        except (KeyError, ValueError) as error:
            raise Rejected(message) from error

    @property
    def name(self):
        return "handler"


def main():
    while True:
        match receive():
            case {"type": "order", "id": identifier}:
                Handler(None).handle(identifier)
            case _:
                break
'''
FUNCTIONS = {"publish", "Handler.__init__", "Handler.handle", "Handler.name", "main"}


def lowered(source: bytes) -> ir.Module:
    """Lowered without the net that `lowering.lower` spreads under a front end."""
    tree = grammars.parser("python").parse(source)
    return python.lower_tree(tree, source, "example.py", line_starts(source))


def functions(module: ir.Module) -> set[str]:
    found = [node for node in nodes(module.body) if isinstance(node, ir.Function)]
    return {each.qualname for each in found if each.kind != "lambda"}


def damaged(before: str, after: str) -> ir.Module:
    assert SOURCE.count(before) == 1
    return lowered(SOURCE.replace(before, after).encode())


def test_the_whole_file_is_read_without_damage() -> None:
    module = lowered(SOURCE.encode())
    assert functions(module) == FUNCTIONS
    assert not module.errors


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    producer.send(topic, payload)\n", "    producer.send(topic, \n"),
        ("    producer.send(topic, payload)\n", '    producer.send("orders\n'),
        ("    producer.send(topic, payload)\n", "    producer.\n"),
        ("    producer.send(topic, payload)\n", "    producer.send(topic, payload))\n"),
        ("    producer.send(topic, payload)\n", "    x = \n"),
        ("    producer.send(topic, payload)\n", "    if x\n        producer.send(topic, payload)\n"),
        ("    producer.send(topic, payload)\n", '    producer.send(topic, {"a": [payload)\n'),
        ('    payload = {"id"', '    payload = "id"'),
        ("order.lines]}", "order.lines}"),
        ('"""Publish one order."""', '"""Publish one order.'),
        ('"""Publish one order."""', "'''Publish one order."),
        ('    bootstrap_servers=["localhost:9092"],\n', '    bootstrap_servers=["localhost:9092",\n'),
        ("json.dumps(value).encode(),\n)", "json.dumps(value).encode(),\n"),
        ('    topics = ("orders", "payments")\n', '    topics = ("orders", "payments"\n'),
        ('def publish(order, *, topic="orders"):\n', 'def publish(order, *, topic="orders")\n'),
        ("class Handler:\n", "class Handler\n"),
        ("    async def handle(self, message):\n", "    async def handle(self, message)\n"),
        ("        try:\n", "        try\n"),
        ("            raise Rejected(message) from error\n", "            raise Rejected(message from error\n"),
        ("    while True:\n", "    while True\n"),
        ("import json\n", "import\n"),
        ("from kafka import KafkaProducer\n", "from kafka import (KafkaProducer\n"),
        ("    topics", "    @\n    topics"),
    ],
)
def test_every_function_is_still_there(before: str, after: str) -> None:
    module = damaged(before, after)
    assert functions(module) == FUNCTIONS
    assert module.errors


@pytest.mark.parametrize("name", ["publish", "handle", "main"])
def test_a_function_whose_parameters_are_being_typed_loses_no_other(name: str) -> None:
    start = SOURCE.index(f"def {name}(") + len(f"def {name}(")
    end = SOURCE.index("\n", start)
    module = lowered((SOURCE[:start] + SOURCE[end:]).encode())
    assert {each for each in FUNCTIONS if not each.endswith(name)} <= functions(module)


def test_a_call_being_typed_is_a_call() -> None:
    module = lowered(b'producer.send("orders", payload\n\ndef after():\n    pass\n')
    assert render(module) == 'call(mem(producer, send), "orders", payload)\nfunction after():\n  pass'


def test_what_cannot_be_placed_is_kept_in_an_error_block() -> None:
    module = lowered(b"a()\n@f(1)\nb()\n")
    assert render(module) == "call(a)\nblock error:\n  call(f, 1)\ncall(b)"


def test_damage_inside_a_method_keeps_its_receiver() -> None:
    module = lowered(b"class A:\n    def b(self):\n        )self.c()\n        self.d()\n")
    assert functions(module) == {"A.b"}
    assert "call(mem(this, d))" in render(module)


def test_errors_say_where_the_damage_is() -> None:
    source = b"a = 1\nb = (1 2)\nc = 3\n"
    assert [source[each.start : each.end] for each in lowered(source).errors] == [b"2"]


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_never_raises(seed: int) -> None:
    chance = random.Random(seed)
    whole = SOURCE.encode()
    for _ in range(12):
        source = whole
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(source))
            removed = chance.choice([0, 1, 7, 40])
            added = chance.choice(
                [b"", b"(", b"]", b"{", b'"', b"'''", b":", b"def ", b"\n", b"@", b"\\", b"\xff", b"\x00", b"=", b"#"]
            )
            source = source[:place] + added + source[place + removed :]
        module = lowered(source)
        assert not [node for node in nodes(module.body) if not 0 <= node.start <= node.end <= len(source)]
        assert len(ir.encode(module)) > 0


@pytest.mark.parametrize("source", [each.source for each in cells() if each.language == "python" and each.source])
def test_no_construct_raises_when_it_is_cut_short(source: str) -> None:
    whole = source.encode()
    for end in range(len(whole)):
        module = lowered(whole[:end])
        assert module.size == end


@pytest.mark.parametrize(
    "source", [b"", b"\n", b"\xef\xbb\xbf", b"\x00", b"\xff\xfe", b"\\", b"'", b'"""', b"(", b")", b"f'{", b"\t", b"#"]
)
def test_scraps_lower_to_something(source: bytes) -> None:
    module = lowered(source)
    assert ir.encode(ir.decode(ir.encode(module))) == ir.encode(module)
    assert not misplaced(module, source)
