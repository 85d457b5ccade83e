"""Java: what its front end alone decides, where things are, damage, depth, and that no node type is overlooked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from eventlens import ir
from eventlens.syntax import java
from eventlens.syntax.grammars import grammar
from eventlens.syntax.java.reader import STATEMENTS, VALUES
from eventlens.syntax.lowering import lower

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

MANY = 3000
NESTED = {
    "calls": "a" + ".b(x -> y)" * MANY,
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


@pytest.mark.parametrize("construct", NESTED)
def test_deep_nesting_lowers_and_stores(construct: str, caplog: pytest.LogCaptureFixture) -> None:
    module = lower("A.java", f"class A {{ void f() {{ {NESTED[construct]}; later(); }} }}".encode())
    assert not caplog.records
    assert ir.encode(ir.decode(ir.encode(module))) == ir.encode(module)
    assert max(depth for _, depth in nodes(module)) < sys.getrecursionlimit() // 2


def test_every_node_type_is_accounted_for() -> None:
    language = grammar("java")
    kinds = {
        language.node_kind_for_id(each)
        for each in range(language.node_kind_count)
        if language.node_kind_is_named(each) and language.node_kind_is_visible(each)
    }
    source = "".join(file.read_text(encoding="utf-8") for file in Path(java.__file__).parent.glob("*.py"))
    overlooked = {kind for kind in kinds - VALUES.keys() - STATEMENTS.keys() - SILENT if f'"{kind}"' not in source}
    assert not {kind for kind in overlooked if not kind.startswith("_") and kind not in ("expression", "statement")}
