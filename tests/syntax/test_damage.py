"""A syntax error costs the statement that it stands in, not the rest of the file."""

from __future__ import annotations

import random

import pytest

from eventlens import ir
from eventlens.syntax import ecmascript, grammars, lowering

from .damaging import assert_whole
from .rendering import render
from .walking import of_type

SERVICE = """\
import { Kafka, type Producer } from 'kafkajs';
const kafka = new Kafka({ brokers: [process.env.BROKER ?? 'localhost:9092'] });

/** Places orders. */
@Injectable()
export class OrderService extends Base<Order> implements Placing {
  private readonly producer: Producer = kafka.producer();
  static #count = 0;

  constructor(@Inject('DB') private readonly db: Database, private log = (text: string) => console.log(`> ${text}`)) {
    super(db);
  }

  @OnEvent('order.created', { async: true })
  async place(order: Order, { retries = 3, ...rest }: Options = {}): Promise<void> {
    for (const item of order.items) {
      try {
        await this.producer.send({ topic: `orders.${order.region}`, messages: [{ key: order.id, value: JSON.stringify(item) }] });
      } catch (error) {
        switch (error.code) {
          case 'A': this.log('a' + error.message); break;
          default: throw error;
        }
      }
    }
  }
}

export enum Topic { Orders = 'orders', Payments = 'payments' }
export type Handler<T> = (event: T) => Promise<void> | void;
export const handlers = { [Topic.Orders]: async (m) => { if (m?.value) await f(m!.value as Order); else return; } };
module.exports.other = function* other(a, [b]) { yield* g(a?.[b]); };
export function later() { sendLater('later'); }
"""

ELEMENTS = """\
const { useState } = require('react');
export default function Orders({ items, onSend }) {
  const [open, setOpen] = useState(false);
  return <List kind="x" {...rest}>{items.map((i) => <Item key={i.id} onClick={() => onSend(i)}>text & more</Item>)}</List>;
}
"""

FRAGMENTS = (
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "`",
    '"',
    "'",
    "${",
    "/*",
    "//",
    "=>",
    "@",
    "<",
    ">",
    ";",
    ",",
    "=",
    ".",
    "...",
    "?.",
    "class ",
)
FRAGMENTS += ("export ", "import ", "default ", "async ", "using ", "case ", "function ", "\x00", "\xff", "😀")


def lowered(source: bytes, suffix: str) -> ir.Module:
    """Lower without the net that catches a failing front end."""
    known = grammars.language_of(suffix)
    assert known is not None
    tree = grammars.parser(known[1]).parse(source)
    return ecmascript.lower_tree(tree, source, f"damaged{suffix}", lowering.line_starts(source))


def damaged(source: bytes, chance: random.Random) -> bytes:
    """The source with something deleted from it, put into it, or changed in it."""
    place = chance.randrange(len(source))
    kind = chance.randrange(3)
    if kind == 0:
        return source[:place] + source[place + chance.choice((1, 1, 2, 10, 100)) :]
    if kind == 1:
        return source[:place] + chance.choice(FRAGMENTS).encode() + source[place:]
    return source[:place] + bytes([chance.randrange(256)]) + source[place + 1 :]


@pytest.mark.parametrize(
    ("source", "suffix"), [(SERVICE, ".ts"), (SERVICE, ".js"), (ELEMENTS, ".tsx"), (ELEMENTS, ".jsx")]
)
def test_no_damage_makes_lowering_fail(source: str, suffix: str) -> None:
    chance = random.Random(suffix)
    for _ in range(400):
        text = source.encode()
        for _ in range(chance.choice((1, 1, 3))):
            text = damaged(text, chance)
        assert_whole(lowered(text, suffix), text)


def test_every_single_deletion_keeps_the_call_in_the_last_function() -> None:
    source = SERVICE.encode()
    end = source.index(b"export function later")
    lost = [
        place
        for place in range(0, end, 3)
        if "sendLater" not in render(lowered(source[:place] + source[place + 1 :], ".ts"))
        and source[place : place + 1] not in (b"'", b"`", b"/")
    ]
    assert not lost


CASES = {
    "an argument list left open": "class A {\n  async a(x) {\n    await this.bus.emit('a', x\n  }\n  b() { c(); }\n}",
    "a member access left open": "function a() {\n  bus.\n}",
    "an assignment without a value": "const a = ;\nb();",
    "a block left open": "function a() {\n  if (b) {\n    c();\n  d();\n}",
    "a template left open": "function a() {\n  send(`a${b);\n}",
    "a string left open": "function a() {\n  send('a);\n}",
    "a brace too many": "class A {\n  a() { b(); } }\n  c() { d(); }\n}",
    "a misspelt keyword": "try { a(); } cath (e) { b(); }",
    "a decorator left open": "class A {\n  @On('a'\n  b() { c(); }\n\n  @On('d')\n  e() { f(); }\n}",
    "an object value left out": "send('a', { topic: 'b', key: });",
    "a switch left open": "switch (a) { case 1: b(); case 2: c();",
    "parentheses left open": "(((\na();",
    "an import list left open": "import { a from 'b';\n",
}


@pytest.mark.parametrize("construct", CASES)
def test_what_follows_a_broken_construct_is_still_there(construct: str) -> None:
    module = lowered(f"{CASES[construct]}\nfunction later() {{ sendLater(); }}\n".encode(), ".ts")
    assert "later" in [each.name for each in of_type(module, ir.Function)]
    assert "call(sendLater)" in render(module)
    assert module.errors


@pytest.mark.parametrize(
    ("construct", "kept"),
    [
        ("an argument list left open", 'await(call(mem(mem(this, bus), emit), "a", x))'),
        ("an argument list left open", "call(c)"),
        ("an assignment without a value", "call(b)"),
        ("a block left open", "function a():"),
        ("a block left open", "call(d)"),
        ("a brace too many", "call(d)"),
        ("a misspelt keyword", "call(b)"),
        ("a switch left open", "call(c)"),
        ("parentheses left open", "call(a)"),
    ],
)
def test_what_stands_in_a_broken_construct_is_salvaged(construct: str, kept: str) -> None:
    assert kept in render(lowered(CASES[construct].encode(), ".ts"))


def test_error_ranges_say_where() -> None:
    module = lowered(b"a();\nb(.);\nc();\n", ".ts")
    assert [(each.start, each.end) for each in module.errors] == [(7, 8)]


def test_salvaged_statements_stand_in_a_block_labelled_error() -> None:
    module = lowered(b"class A {\n  a() { send('a', b\n  }\n}\n", ".ts")
    assert [each.label for each in of_type(module, ir.Block)] == ["error"]


def test_code_that_only_the_grammar_takes_for_an_error_is_none() -> None:
    source = "interface A {\n  a: string\n  in_stock: number\n}\nabstract class B { abstract override c: string; }\nf<typeof import('m')>();\n"
    module = lowered(source.encode(), ".ts")
    assert not module.errors
    assert [each.name for each in of_type(module, ir.ClassField)] == ["a", "in_stock", "c"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.ts", "function f() { if (orders.size(  { send(1); } }"),
        ("A.java", "class A { void f() { if (orders.size( != 1) { send(1); } } }"),
        ("A.cs", "class A { void F() { if (orders.size( != 1) { send(1); } } }"),
    ],
)
def test_a_call_whose_arguments_are_never_closed_is_still_a_call(path: str, source: str) -> None:
    module = lowering.lower(path, source.encode())
    called = [call.callee for call in of_type(module, ir.Call)]
    assert "size" in [callee.name for callee in called if isinstance(callee, ir.Member)]
