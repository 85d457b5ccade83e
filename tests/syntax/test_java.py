"""Java: what its front end alone decides, where things are, damage, depth, and that no node type is overlooked."""

from __future__ import annotations

import sys

import pytest

from eventlens import ir
from eventlens.syntax import java
from eventlens.syntax.grammars import parser
from eventlens.syntax.java.reader import STATEMENTS, VALUES
from eventlens.syntax.lowering import line_starts, lower

from .damaging import lower_damaged, unnamed_kinds
from .rendering import render
from .walking import nodes, of_type

SERVICE = """\
package shop.orders;
import static shop.Topics.ORDERS;
import org.springframework.kafka.core.KafkaTemplate;

/** Places orders. */
@Service
@RequiredArgsConstructor
public class Orders extends Base implements Placing {
  private final KafkaTemplate<String, Order> template;
  private static final String TOPIC = "orders" + ".placed";

  @KafkaListener(topics = {TOPIC, ORDERS}, groupId = "a")
  void on(@Payload Order order) {
    template.send(String.format("%s.%d", TOPIC, 1), order);
    publish(order);
    items.forEach(each -> java.util.List.of(each));
  }
}
"""

SILENT = {
    *(
        "module_declaration",
        "module_body",
        "requires_module_directive",
        "requires_modifier",
        "exports_module_directive",
    ),
    *("opens_module_directive", "uses_module_directive", "provides_module_directive"),
    *(
        "permits",
        "throws",
        "type_bound",
        "receiver_parameter",
        "inferred_parameters",
        "formal_parameters",
        "dimensions",
    ),
    *("string_fragment", "multiline_string_fragment", "escape_sequence", "argument_list", "annotation_argument_list"),
    *("switch_block", "asterisk", "resource_specification", "type_pattern"),
}
"""They say nothing, or their parent reads their children or their text."""

FRAGMENTS = (
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    '"""',
    "/*",
    "//",
    "->",
    "<",
    ">",
    ";",
    ",",
    "@",
    "::",
    "class ",
    "case ",
)
FRAGMENTS += ("new ", "switch ", "try ", "\x00", "😀")
MANY = 3000
NESTED = {
    "calls": "a" + ".b(x -> y)" * MANY,
    "members": "x = a" + ".b" * MANY,
    "indices": "x = a" + "[b]" * MANY,
    "mixed operators": "x = a" + " + b - c * d" * MANY,
    "conjunction": "x = " + " && ".join(["f()"] * 10_000),
    "conditional values": "x = " + "a ? b : " * MANY + "c",
    "assignments": "a = " * MANY + "b",
    "negations": "x = " + "!" * MANY + "a",
    "casts": "x = " + "(A) " * MANY + "a",
    "constructions": "x = " + "new A(" * MANY + ")" * MANY,
    "anonymous classes": "x = " + "new A() { B b = " * MANY + "1" + "; }" * MANY,
    "arrays": "A x = " + "{" * MANY + "}" * MANY,
    "types": "A" + "<A" * MANY + ">" * MANY + " x",
    "try": "try {" * MANY + "} finally {}" * MANY,
    "labels": "a: " * MANY + "b()",
    "switch": "switch (a) {" + "".join(f"case {each}: f(); break;" for each in range(MANY)) + "}",
    "switch that falls through": "switch (a) {" + "".join(f"case {each}: f();" for each in range(MANY)) + "}",
    "switch in switch": "x = " + "switch (a) { default -> " * MANY + "1" + "; }" * MANY,
    "switch that yields early": "x = " + "switch (a) { default: if (b) yield 1; yield " * 60 + "1" + "; }" * 60,
    "sum with text": '"a"' + " + b" * MANY,
    "parentheses": "f(" + "(" * MANY + "a" + ")" * MANY + ")",
    "lambdas": "f(" * MANY + ")" * MANY,
    "blocks": "if (a) {" * MANY + "}" * MANY,
    "else if": "if (a) b();" + " else if (a) b();" * MANY,
}


def test_a_service_lowers() -> None:
    assert render(lower("A.java", SERVICE.encode())) == (
        "import ORDERS = shop.Topics:ORDERS\n"
        "import KafkaTemplate = org.springframework.kafka.core:KafkaTemplate\n"
        "import * = shop.orders:*\n"
        "@Service\n"
        "@RequiredArgsConstructor\n"
        "class Orders(Base, Placing):  # Places orders.\n"
        "  field template: KafkaTemplate<String, Order>\n"
        '  field static TOPIC: String = "orders.placed"\n'
        "  constructor constructor(property template: KafkaTemplate<String, Order>):\n"
        "    pass\n"
        '  @call(KafkaListener, topics=[mem(this, TOPIC), ORDERS], groupId="a")\n'
        "  method on(@Payload order: Order) -> void:\n"
        "    call(mem(mem(this, template), send), `${mem(this, TOPIC)}.${1}`, order)\n"
        "    call(mem(this, publish), order)\n"
        "    call(mem(mem(this, items), forEach), lambda(each) => call(mem(mem(mem(java, util), List), of), each))"
    )


def test_an_annotation_gives_a_logger() -> None:
    quiet = lower("A.java", b'@Slf4j class A { void f() { log.info("x"); } }')
    assert render(quiet) == (
        "@Slf4j\nclass A:\n  field static log: org.slf4j.Logger\n  method f() -> void:\n"
        '    call(mem(mem(this, log), info), "x")'
    )
    own = lower("A.java", b"@Slf4j class A { private Log log; }")
    (definition,) = of_type(own, ir.Class)
    assert [each.type.name for each in definition.fields if each.type is not None] == ["Log"]


def test_places_are_bytes() -> None:
    source = 'class Ä { void größe() { f("é"); } }'.encode()
    module = lower("A.java", source)
    (definition,) = of_type(module, ir.Class)
    (method,) = definition.methods
    assert source[definition.name_start : definition.name_end].decode() == "Ä"
    assert source[method.name_start : method.name_end].decode() == "größe" and method.qualname == "Ä.größe"


@pytest.mark.parametrize("damage", ["(", ")", "{", "}", '"', ";;(", "@"])
def test_damage_costs_little(damage: str, caplog: pytest.LogCaptureFixture) -> None:
    at = SERVICE.index("    publish(order)")
    module = lower("A.java", (SERVICE[:at] + damage + "\n" + SERVICE[at:]).encode())
    assert not caplog.records
    called = {getattr(each.callee, "name", "") for each in of_type(module, ir.Call)}
    assert "send" in called and called & {"publish", "forEach"}


def lowered(source: bytes) -> ir.Module:
    """Lower without the net that catches a failing front end."""
    return java.lower_tree(parser("java").parse(source), source, "A.java", line_starts(source))


def test_no_damage_makes_lowering_fail() -> None:
    lower_damaged(lowered, SERVICE, FRAGMENTS)


@pytest.mark.parametrize(
    "broken",
    [
        "class A { void b() { bus.send(1, x\n } }",
        "class A { void b() { bus.\n } }",
        "class A {\n int a = ;\n}",
        'class A {\n @On("a" void b() { }\n}',
        "class A {\n void a() { b(); } }\n void c() { d(); }\n}",
        'class A { void b() { c("d); } }',
    ],
)
def test_what_follows_a_broken_declaration_is_still_there(broken: str) -> None:
    module = lowered(f"{broken}\nclass Later {{\n  void go() {{ sendLater(); }}\n}}\n".encode())
    assert "sendLater" in render(module)
    assert module.errors


def test_valid_code_is_no_error() -> None:
    module = lower("A.java", SERVICE.encode())
    assert not module.errors
    assert not of_type(module, ir.Unknown)


def test_qualified_names() -> None:
    source = b"class A { void b() { c(() -> new D() { void e() {} }); } class F { F() {} } }"
    module = lower("A.java", source)
    arrow, body = source.index(b"() ->"), source.index(b"{ void e")
    assert [each.qualname for each in of_type(module, ir.Function)] == [
        "A.b", f"A.b.<lambda@{arrow}>", f"A.b.<lambda@{arrow}>.<class@{body}>.e", "A.F.constructor",
    ]  # fmt: skip


@pytest.mark.parametrize("construct", NESTED)
def test_deep_nesting_lowers_and_stores(construct: str, caplog: pytest.LogCaptureFixture) -> None:
    module = lower("A.java", f"class A {{ void f() {{ {NESTED[construct]}; later(); }} }}".encode())
    assert not caplog.records
    assert ir.encode(ir.decode(ir.encode(module))) == ir.encode(module)
    assert max(depth for _, depth in nodes(module)) < sys.getrecursionlimit() // 2


def test_every_node_type_is_accounted_for() -> None:
    overlooked = unnamed_kinds("java", java) - VALUES.keys() - STATEMENTS.keys() - SILENT
    assert not {kind for kind in overlooked if not kind.startswith("_") and kind not in ("expression", "statement")}
