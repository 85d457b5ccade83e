"""Kotlin: damage, depth, places, what bare names mean, and the grammar's node types."""

from __future__ import annotations

import sys

import pytest

from eventlens import ir
from eventlens.syntax import grammars, kotlin, lowering
from eventlens.syntax.kotlin.reader import SETTLERS, STATEMENTS, VALUES
from eventlens.syntax.lowering import lower

from .damaging import lower_damaged, unnamed_kinds
from .rendering import render
from .walking import nodes, of_type

SERVICE = """\
@file:Suppress("unused")
package shop.orders

import org.springframework.kafka.core.KafkaTemplate
import shop.shared.Topics as T

/** Places orders. */
@Service
class OrderService(
  private val template: KafkaTemplate<String, Any>,
  properties: OrderProperties,
) : Base<Order>(properties), Placing {
  private val topic = properties.topic
  private val mapper by lazy { JsonMapper() }

  @KafkaListener(topics = ["orders.created", T.PAID], groupId = "g")
  suspend fun place(order: Order, vararg tags: String = arrayOf("a")): Int {
    val found = repository.find(order.id) ?: throw NotFound("no ${order.id}")
    for ((key, item) in order.items) {
      try {
        template.send(topic, key, mapper.write(item))
      } catch (e: IOException) {
        log.error("failed $key", e)
        throw e
      }
    }
    return when (found) {
      is Paid, is Sent -> 1
      else -> tags.map { it.length }.sum()
    }
  }

  companion object {
    const val KIND = "order"
    private fun later() { sendLater("later") }
  }
}

enum class Topic(val wire: String) { ORDERS("orders"), PAID("paid") { override fun f() = 1 } }
fun Order.key(): String = "${this.id}-$region"
"""
FRAGMENTS = ("(", ")", "{", "}", "[", "]", '"', "'", "$", "${", "/*", "//", "->", "<", ">", ";", ",", "@", "?:")
FRAGMENTS += ("class ", "fun ", "val ", "when ", "\x00", "😀", '"""')
MANY = 3000


def lowered(source: bytes) -> ir.Module:
    """Lower without the net that catches a failing front end."""
    tree = grammars.parser("kotlin").parse(source)
    return kotlin.lower_tree(tree, source, "a.kt", lowering.line_starts(source))


def test_no_damage_makes_lowering_fail() -> None:
    lower_damaged(lowered, SERVICE, FRAGMENTS)


@pytest.mark.parametrize(
    "broken",
    [
        "class A { fun b() { bus.send(1, x\n } }",
        "class A { fun b() { bus.\n } }",
        "class A {\n val a = \n}",
        'class A {\n @On("a" fun b() { }\n}',
        "class A {\n fun a() { b() } }\n fun c() { d() }\n}",
        "fun a() { when (b) { 1 -> c()",
    ],
)
def test_what_follows_a_broken_declaration_is_still_there(broken: str) -> None:
    module = lowered(f"{broken}\nclass Later {{\n  fun go() {{ sendLater() }}\n}}\n".encode())
    assert "sendLater" in render(module)
    assert module.errors


def test_the_call_in_a_broken_statement_is_salvaged() -> None:
    source = b"class A {\n  fun a() {\n    bus.send(topic, x\n  }\n\n  fun b() { c() }\n}\n"
    text = render(lowered(source))
    assert "call(mem(bus, send), topic, x)" in text
    assert "call(c)" in text


def test_valid_code_is_no_error() -> None:
    module = lower("a.kt", SERVICE.encode())
    assert not module.errors
    assert not of_type(module, ir.Unknown)
    for source in (
        "class A { val x = 1 }",
        "fun interface F { fun q() }",
        "class A { fun f() = 1 }",
        'val a = $$"${b}"',
    ):
        assert not lower("a.kt", source.encode()).errors, source


NESTED = {
    "parentheses": "x = " + "(" * MANY + "a" + ")" * MANY,
    "sum of names": "x = " + " + ".join(["a"] * 10_000),
    "sum with text": "x = " + " + ".join(['"a"', "b"] * 5_000),
    "mixed operators": "x = a" + " + b - c * d" * MANY,
    "conjunction": "x = " + " && ".join(["f()"] * 10_000),
    "fallbacks": "x = " + " ?: ".join(["a"] * MANY),
    "infix calls": "x = " + " shl ".join(["a"] * MANY),
    "different infix calls": "x = a" + " shl b xor c" * MANY,
    "infix calls and tests": "x = a" + " is B xor c in d" * MANY,
    "pairs": "x = a" + " to b" * MANY,
    "casts": "x = a" + " as A" * MANY,
    "builder chain": "a" + ".b { f(it) }" * MANY,
    "safe chain": "a" + "?.b(1)" * MANY,
    "not null": "a" + "!!" * MANY,
    "negations": "x = " + "!" * MANY + "a",
    "calls in calls": "f(" * MANY + ")" * MANY,
    "lambdas": "f { " * MANY + "}" * MANY,
    "else if": "if (a) b()" + " else if (a) b()" * MANY,
    "conditional values": "x = " + "if (a) b else " * MANY + "c",
    "conditions": "if (a) {" * MANY + "}" * MANY,
    "when": "when (a) {\n" + "".join(f"{each} -> f()\n" for each in range(MANY)) + "}",
    "when in when": "when (a) { else -> " * MANY + "1" + "}" * MANY,
    "declared try": "val x = try { " * MANY + "1" + "} catch (e: E) { 2 }" * MANY,
    "templates": 'x = "' + '${"' * MANY + "a" + '"}' * MANY + '"',
    "types": "val x: " + "A<" * MANY + "B" + ">" * MANY + " = y",
    "functions": "fun f() {" * MANY + "}" * MANY,
    "classes": "class A {" * MANY + "}" * MANY,
    "objects": "x = " + "object : A { val b = " * MANY + "1" + "\n}" * MANY,
}


@pytest.mark.parametrize("construct", NESTED)
def test_deep_nesting_lowers_and_stores(construct: str, caplog: pytest.LogCaptureFixture) -> None:
    source = f"fun deep() {{\n{NESTED[construct]}\n}}\nfun later() {{ sendLater() }}\n".encode()
    module = lower("deep.kt", source)
    assert not caplog.records
    stored = ir.encode(module)
    assert len(stored) < 40 * len(source)
    assert ir.encode(ir.decode(stored)) == stored
    assert max(depth for _, depth in nodes(module)) < sys.getrecursionlimit() // 2


def test_a_long_chain_keeps_every_lambda() -> None:
    module = lower("deep.kt", f"fun f() {{\n{NESTED['builder chain']}\n}}".encode())
    assert len(of_type(module, ir.Lambda)) == MANY


def test_places() -> None:
    source = ("// é\n" + SERVICE).encode()
    module = lower("a.kt", source)
    definition = of_type(module, ir.Class)[0]
    assert source[definition.name_start : definition.name_end] == b"OrderService"
    assert source[definition.start :].startswith(b"@Service")
    assert definition.doc == "Places orders."
    for each in of_type(module, ir.Function):
        if each.name and each.kind != "constructor":
            assert source[each.name_start : each.name_end].decode() == each.name
    for member in of_type(module, ir.Member):
        assert source[member.name_start :].startswith(member.name.encode())


def test_qualified_names() -> None:
    source = b"class A {\n  fun b() { val c = { d() } }\n  companion object { fun e() {} }\n  class F { fun g() {} }\n}\nfun String.h() {}\n"
    module = lower("a.kt", source)
    arrow = source.index(b"{ d()")
    assert [each.qualname for each in of_type(module, ir.Function)] == [
        "A.b", f"A.b.<lambda@{arrow}>", "A.e", "A.F.g", "String.h",
    ]  # fmt: skip


def test_the_module_says_its_package_and_imports() -> None:
    module = lower("a.kt", SERVICE.encode())
    assert module.package == "shop.orders"
    assert [(each.local, each.module, each.name) for each in module.imports] == [
        ("KafkaTemplate", "org.springframework.kafka.core", "KafkaTemplate"),
        ("T", "shop.shared", "Topics"),
        ("*", "shop.orders", "*"),
    ]


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        ("topic", "mem(this, topic)"),
        ("val topic = 1; topic", "topic"),
        ("f { topic -> topic }", "lambda(topic) => topic"),
        ("f { topic }", "lambda() => mem(this, topic)"),
        ("x.apply { topic }", "lambda() => topic"),
        ("with(x) { topic }", "lambda() => topic"),
        ("x.also { it.topic }", "lambda(it) => mem(it, topic)"),
        ("go()", "call(mem(this, go))"),
        ("KIND", "mem(this, KIND)"),
        ("other()", "call(other)"),
        ("this@A.topic", "mem(this, topic)"),
        ("x.run { this }", "lambda() => this"),
        ("::go", "mem(this, go)"),
        ('"$topic"', "`${mem(this, topic)}`"),
        ("object : B { fun c() { topic } }", "mem(A, topic)"),
    ],
)
def test_what_a_bare_name_means(body: str, meaning: str) -> None:
    members = 'val topic = "a"\nfun go() {}\ncompanion object { const val KIND = "k" }'
    module = lower("a.kt", f"class A {{\n{members}\nfun b() {{ {body} }}\n}}".encode())
    assert not module.errors
    assert meaning in render(module)


SILENT = {
    "escape_sequence": "is decoded from the text of its literal",
    "string_content": "is decoded from the text of its literal",
    "class_modifier": "is read as a word",
    "function_modifier": "is read as a word",
    "inheritance_modifier": "is read as a word",
    "member_modifier": "is read as a word",
    "parameter_modifier": "is read as a word",
    "platform_modifier": "is read as a word",
    "property_modifier": "is read as a word",
    "visibility_modifier": "is read as a word",
    "reification_modifier": "changes nothing of a type parameter's name",
    "variance_modifier": "is dropped from a type",
    "type_modifiers": "says suspend, or annotates a type",
    "type_parameter_modifiers": "annotates a type parameter",
    "type_constraint": "a type parameter's, of which only the name is kept",
    "type_constraints": "a type parameter's, of which only the name is kept",
    "use_site_target": "says what an annotation is put on",
    "label": "is read as the text of what it marks",
    "delegation_specifier": "is passed through by its list",
}


def test_every_node_type_is_accounted_for() -> None:
    overlooked = unnamed_kinds("kotlin", kotlin) - VALUES.keys() - STATEMENTS.keys() - SETTLERS.keys() - SILENT.keys()
    assert not overlooked
