"""C#: damage, depth, places and the grammar's node types."""

from __future__ import annotations

import sys

import pytest

from eventlens import ir
from eventlens.syntax import csharp, grammars, lowering
from eventlens.syntax.csharp.reader import STATEMENTS, VALUES
from eventlens.syntax.lowering import lower

from .damaging import lower_damaged, unnamed_kinds
from .rendering import render
from .walking import nodes, of_type

SERVICE = """\
using Confluent.Kafka;
using static System.Math;
namespace Shop.Orders;

/// <summary>Places orders.</summary>
[ApiController, Route("orders", Name = "o")]
public partial class OrderService(IBus bus, ILogger<OrderService> logger) : Base<Order>(bus), IPlacing
{
    private readonly Dictionary<string, object> _headers = new() { ["x-kind"] = "order" };
    public required string Topic { get; init; } = "orders";

    [Topic("pubsub", "order.created")]
    public async Task<int> Place([FromBody] Order order, params string[] tags)
    {
        await using var scope = bus.Open();
        foreach (var (key, item) in order.Items)
        {
            try { await bus.Publish($"orders.{order.Region}", new Placed(item) { Id = key }); }
            catch (IOException e) when (e.Data is { Count: > 0 }) { throw; }
        }
        return order switch { { Total: > 10 } => 1, null => throw new ArgumentNullException(nameof(order)), _ => 0 };
    }

    private static void Later() { SendLater("later"); }
}
"""
FRAGMENTS = (
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    "$",
    "/*",
    "//",
    "=>",
    "<",
    ">",
    ";",
    ",",
    "#if",
    "class ",
    "\x00",
    "😀",
    '"""',
)
MANY = 3000


def lowered(source: bytes) -> ir.Module:
    """Lower without the net that catches a failing front end."""
    tree = grammars.parser("csharp").parse(source)
    return csharp.lower_tree(tree, source, "a.cs", lowering.line_starts(source))


def test_no_damage_makes_lowering_fail() -> None:
    lower_damaged(lowered, SERVICE, FRAGMENTS, 300)


@pytest.mark.parametrize(
    "broken",
    [
        "class A { void B() { bus.Send(1, x\n } }",
        "class A { void B() { bus.\n } }",
        "class A { int a = ; }",
        'class A { [Topic("a" void B() { } }',
    ],
)
def test_what_follows_a_broken_class_is_still_there(broken: str) -> None:
    module = lowered(f"{broken}\nclass Later {{ void Go() {{ SendLater(); }} }}\n".encode())
    assert "SendLater" in render(module)
    assert module.errors


def test_directives_in_the_midst_of_a_value_break_nothing() -> None:
    module = lowered(b"class A { void B() { C(1,\n#if DEBUG\n2\n#else\n3\n#endif\n); D(); } }")
    assert not module.errors
    assert "call(mem(this, C), 1, choice(2, 3))" in render(module)


NESTED = {
    "parentheses": "x = " + "(" * MANY + "a" + ")" * MANY,
    "sum of names": "x = " + " + ".join(["a"] * 10_000),
    "sum with text": "x = " + " + ".join(['"a"', "b"] * 5_000),
    "fallbacks": "x = " + " ?? ".join(["a"] * MANY),
    "builder chain": "a" + ".B(x => F(x))" * MANY,
    "conditional chain": "a" + "?.B(1)" * MANY,
    "calls in calls": "f(" * MANY + ")" * MANY,
    "blocks": "{" * MANY + "}" * MANY,
    "else if": "if (a) b();" + " else if (a) b();" * MANY,
    "conditional values": "x = " + "a ? b : " * MANY + "c",
    "lambdas": "x = " + "y => " * MANY + "1",
    "patterns": "x = a is " + " or ".join(str(each) for each in range(MANY)),
    "nested patterns": "x = a is " + "{ B: " * MANY + "1" + "}" * MANY,
    "collections": "x = " + "[" * MANY + "]" * MANY,
    "using declarations": "using var a = b(); " * MANY,
    "types": "A<" * MANY + "B" + ">" * MANY + " x = y",
    "classes": "class A {" * MANY + "}" * MANY,
    "switch": "switch (a) {" + "".join(f"case {each}: f(); break;" for each in range(MANY)) + "}",
    "switch expression": "x = a switch {" + "".join(f"{each} => f()," for each in range(MANY)) + "}",
}


@pytest.mark.parametrize("construct", NESTED)
def test_deep_nesting_lowers_and_stores(construct: str, caplog: pytest.LogCaptureFixture) -> None:
    module = lower("deep.cs", f"{NESTED[construct]};\nlater();\n".encode())
    assert not caplog.records
    stored = ir.encode(module)
    assert ir.encode(ir.decode(stored)) == stored
    assert max(depth for _, depth in nodes(module)) < sys.getrecursionlimit() // 2


def test_places() -> None:
    source = SERVICE.encode()
    module = lower("a.cs", source)
    (definition,) = of_type(module, ir.Class)
    assert source[definition.name_start : definition.name_end] == b"OrderService"
    assert source[definition.start :].startswith(b"[ApiController")
    for each in definition.methods[1:]:
        assert source[each.name_start : each.name_end].decode() == each.name
    for each in of_type(module, ir.Member):
        assert source[each.name_start :].startswith(each.name.encode())


SILENT = {
    "shebang_directive": "is for the shell",
    "attribute_target_specifier": "says what an attribute is put on",
    "accessor_list": "is passed through by its property",
    "bracketed_argument_list": "is passed through by its access",
    "bracketed_parameter_list": "is read as the parameters of its indexer",
    "calling_convention": "of a pointer to a function",
    "collection_element": "is passed through by its list",
    "constructor_constraint": "a type parameter's, of which only the name is kept",
    "type_parameter_constraint": "a type parameter's",
    "escape_sequence": "is decoded from the text of its literal",
    "string_content": "is decoded from the text of its literal",
    "string_literal_content": "is decoded from the text of its literal",
    "string_literal_encoding": "is decoded from the text of its literal",
    "character_literal_content": "is decoded from the text of its literal",
    "raw_string_start": "is decoded from the text of its literal",
    "raw_string_content": "is decoded from the text of its literal",
    "raw_string_end": "is decoded from the text of its literal",
    "interpolation_start": "is decoded from the text of its literal",
    "interpolation_brace": "is decoded from the text of its literal",
    "interpolation_alignment_clause": "says how a value is written",
    "interpolation_format_clause": "says how a value is written",
    "preproc_arg": "belongs to a directive",
    "preproc_if_in_attribute_list": "is masked or passed over",
}


def test_every_node_type_is_accounted_for() -> None:
    overlooked = unnamed_kinds("csharp", csharp) - VALUES.keys() - STATEMENTS.keys() - SILENT.keys()
    assert not overlooked


def test_the_module_says_its_namespace_and_its_parts() -> None:
    module = lower("a.cs", b"namespace A.B { partial class C { } } namespace A.D { class E { } }")
    assert module.package == "A.B"
    assert [each.module for each in module.imports] == ["A.B", "A", "A.D"]
    assert [(each.qualname, each.is_part) for each in of_type(module, ir.Class)] == [("C", True), ("E", False)]


def test_bare_calls_may_mean_static_imports() -> None:
    module = lower("a.cs", b"using static A.B; class C { void D() { E(); D(); } }")
    assert "call(E)" in render(module)
    assert "call(mem(this, D))" in render(module)


def test_a_number_beyond_all_numbers_stays_as_it_is_written() -> None:
    module = lower("A.cs", b"var a = " + b"9" * 400 + b";\n")
    assert [one.value for one in of_type(module, ir.Literal)] == ["9" * 400] and not module.errors


def test_a_comment_before_the_value_of_a_member_is_not_its_value() -> None:
    module = lower("A.cs", b"class A { Task B() =>\n// why\nC(); void C() { } }")
    assert "return call(mem(this, C))" in render(module)
