"""Go: damage, depth, places, what its classes say beside their members, and the grammar's node types."""

from __future__ import annotations

import sys

import pytest

from eventlens import ir
from eventlens.syntax import go, grammars, lowering
from eventlens.syntax.go.reader import STATEMENTS, VALUES
from eventlens.syntax.lowering import lower

from .damaging import lower_damaged, unnamed_kinds
from .rendering import render
from .walking import nodes, of_type

SERVICE = """\
package orders

import (
	"context"
	"fmt"

	"github.com/segmentio/kafka-go"
	. "shop/shared"
	_ "github.com/lib/pq"
)

const Topic = "orders" + ".placed"

type Status int

const (
	Open Status = iota
	Paid
)

// Service places orders.
type Service[T any] struct {
	Base
	writer *kafka.Writer `inject:"writer"`
	items  map[string][]T
}

type Placing interface {
	Place(ctx context.Context, order Order) (int, error)
}

// Place sends one order.
func (s *Service[T]) Place(ctx context.Context, order Order) (count int, err error) {
	defer s.Close()
	for key, item := range order.Items {
		switch item.Kind {
		case "a", Paid:
			fallthrough
		case `b`:
			continue
		default:
			s.items[key] = append(s.items[key], T{})
		}
	}
	message := kafka.Message{Topic: fmt.Sprintf("%s.%d", Topic, 1), Value: []byte(order.ID)}
	if err := s.writer.WriteMessages(ctx, message); err != nil {
		return 0, fmt.Errorf("place %s: %w", order.ID, err)
	}
	go func() {
		select {
		case done := <-s.done:
			s.sent <- done
		case <-ctx.Done():
		}
	}()
	return len(order.Items), nil
}

func later() { sendLater("later") }
"""
FRAGMENTS = ("(", ")", "{", "}", "[", "]", '"', "'", "`", "/*", "//", ":=", "<-", ",", ";", ".", "*", "func ", "type ")
FRAGMENTS += ("case ", "go ", "defer ", "if err != nil {", "\x00", "😀")
MANY = 3000


def lowered(source: bytes) -> ir.Module:
    """Lower without the net that catches a failing front end."""
    tree = grammars.parser("go").parse(source)
    return go.lower_tree(tree, source, "a.go", lowering.line_starts(source))


def test_no_damage_makes_lowering_fail() -> None:
    lower_damaged(lowered, SERVICE, FRAGMENTS)


def test_every_single_deletion_keeps_the_call_in_the_last_function() -> None:
    source = SERVICE.encode()
    lost = [
        place
        for place in range(0, source.index(b"func later") - 1, 3)
        if "sendLater" not in render(lowered(source[:place] + source[place + 1 :]))
        and source[place : place + 1] != b"/"
    ]
    assert not lost


@pytest.mark.parametrize(
    "broken",
    [
        "func a() {\n\tbus.Send(1, x\n}",
        "func a() {\n\tbus.\n}",
        "func a() {\n\tb :=\n}",
        "func a() {\n\tif b {\n\t\tc()\n}",
        "type A struct {\n\tb string `json\n}",
        "type A struct {\n\tb\n\tc int int\n}",
        "func a() { switch b {\n\tcase 1: c()",
        'func a() {\n\tb("c)\n}',
        'import (\n\t"a\n)',
    ],
)
def test_what_follows_a_broken_declaration_is_still_there(broken: str) -> None:
    module = lowered(f"package p\n\n{broken}\n\nfunc later() {{\n\tsendLater()\n}}\n".encode())
    assert "call(sendLater)" in render(module)
    assert module.errors


def test_the_call_in_a_broken_statement_is_salvaged() -> None:
    text = render(lowered(b"package p\n\nfunc a() {\n\tbus.Send(topic, x\n\td()\n}\n\nfunc b() { c() }\n"))
    assert "mem(bus, Send)" in text
    assert "call(c)" in text


def test_valid_code_is_no_error() -> None:
    module = lower("a.go", SERVICE.encode())
    assert not module.errors
    assert not of_type(module, ir.Unknown)


NESTED = {
    "parentheses": "x = " + "(" * MANY + "a" + ")" * MANY,
    "sum of names": "x = " + " + ".join(["a"] * 10_000),
    "sum with text": "x = " + " + ".join(['"a"', "b"] * 5_000),
    "mixed operators": "x = a" + " + b - c * d" * MANY,
    "conjunction": "x = " + " && ".join(["f()"] * 10_000),
    "builder chain": "a" + ".b(func() { f() })" * MANY,
    "indices": "x = a" + "[b]" * MANY,
    "negations": "x = " + "!" * MANY + "a",
    "pointers": "x = " + "&" * MANY + "a",
    "calls in calls": "f(" * MANY + ")" * MANY,
    "curried calls": "f" + "()" * MANY,
    "closures": "func() {" * MANY + "}()" * MANY,
    "else if": "if a { b() }" + " else if a { b() }" * MANY,
    "conditions": "if a {" * MANY + "}" * MANY,
    "errors": "if err := a(); err != nil {" * MANY + "}" * MANY,
    "loops": "for a {" * MANY + "}" * MANY,
    "switch": "switch a {\n" + "".join(f"case {each}:\nf()\n" for each in range(MANY)) + "}",
    "switch that falls through": "switch a {\n"
    + "".join(f"case {each}:\nf()\nfallthrough\n" for each in range(MANY))
    + "case -1:\n}",
    "switch in switch": "switch a {\ndefault:\n" * MANY + "}\n" * MANY,
    "selections": "select {\n" + "case <-a:\nf()\n" * MANY + "}",
    "deferred calls": "defer f()\n" * MANY,
    "checked errors": "a, err := b()\nif err != nil { return }\n" * MANY,
    "literals": "x = []A" + "{" * MANY + "}" * MANY,
    "types": "var x " + "[]" * MANY + "A",
    "maps": "var x " + "map[A]" * MANY + "B",
    "blocks": "{" * MANY + "}" * MANY,
}


@pytest.mark.parametrize("construct", NESTED)
def test_deep_nesting_lowers_and_stores(construct: str, caplog: pytest.LogCaptureFixture) -> None:
    source = f"package p\n\nfunc deep() {{\n{NESTED[construct]}\n}}\n\nfunc later() {{ sendLater() }}\n"
    module = lower("deep.go", source.encode())
    assert not caplog.records
    assert "sendLater" in [each.callee.name for each in of_type(module, ir.Call) if isinstance(each.callee, ir.Name)]
    stored = ir.encode(module)
    assert ir.encode(ir.decode(stored)) == stored
    assert max(depth for _, depth in nodes(module)) < sys.getrecursionlimit() // 2


def test_a_long_chain_keeps_every_closure() -> None:
    module = lower("deep.go", f"package p\n\nfunc f() {{\n{NESTED['builder chain']}\n}}".encode())
    assert len(of_type(module, ir.Lambda)) == MANY


def test_places() -> None:
    source = ("// é\n" + SERVICE).encode()
    module = lower("a.go", source)
    status, service, placing = of_type(module, ir.Class)
    assert [source[each.name_start : each.name_end] for each in (status, service, placing)] == [
        b"Status", b"Service", b"Placing",
    ]  # fmt: skip
    assert source[service.start :].startswith(b"type Service[T any] struct {")
    assert service.doc == "Service places orders."
    for each in of_type(module, ir.Function):
        if each.name:
            assert source[each.name_start : each.name_end].decode() == each.name
    for member in of_type(module, ir.Member):
        assert source[member.name_start :].startswith(member.name.encode())
    for call in of_type(module, ir.Call):
        assert source[call.start : call.end].endswith((b")", b"}", b"`"))


def test_qualified_names() -> None:
    source = b"package p\n\nfunc (a *A) b() { c(func() { type D struct{} }) }\n\ntype A interface{ E() }\n"
    module = lower("a.go", source)
    closure = source.index(b"func() {")
    assert [each.qualname for each in of_type(module, ir.Function)] == ["A.b", f"A.b.<lambda@{closure}>", "A.E"]
    assert [each.qualname for each in of_type(module, ir.Class)] == [f"A.b.<lambda@{closure}>.D", "A"]


def test_the_module_says_its_package_and_imports() -> None:
    module = lower("a.go", SERVICE.encode())
    assert module.package == "orders"
    assert [(each.local, each.module, each.name) for each in module.imports] == [
        ("context", "context", "*"),
        ("fmt", "fmt", "*"),
        ("kafka", "github.com/segmentio/kafka-go", "*"),
        ("*", "shop/shared", "*"),
        ("", "github.com/lib/pq", "*"),
        ("*", ".", "*"),
    ]


def test_types_may_have_more_in_other_files_and_interfaces_are_implemented_unsaid() -> None:
    module = lower("a.go", SERVICE.encode() + b"\nfunc (o *Other) Run() {}\n")
    assert {each.name: (each.is_part, each.is_structural) for each in of_type(module, ir.Class)} == {
        "Status": (True, False), "Service": (True, False), "Placing": (False, True), "Other": (True, False),
    }  # fmt: skip


def test_a_conversion_says_the_type_of_a_call() -> None:
    module = lower("a.go", b"package p\n\nvar a, b, c = d().(*e.F), Topic(g()), h()\n\ntype Topic string\n")
    asserted = [each.asserted.name if each.asserted else None for each in of_type(module, ir.Call)]
    assert asserted == ["e.F", "Topic", None]


SILENT = {
    "argument_list": "is passed through by its call",
    "escape_sequence": "is decoded from the text of its literal",
    "interpreted_string_literal_content": "is decoded from the text of its literal",
    "raw_string_literal_content": "is decoded from the text of its literal",
    "import_spec": "is read by its declaration",
    "import_spec_list": "is passed through by its declaration",
    "label_name": "is read as the text of what it marks",
    "source_file": "is the whole",
    "type_parameter_list": "is read by what it stands in",
}


def test_every_node_type_is_accounted_for() -> None:
    overlooked = unnamed_kinds("go", go) - VALUES.keys() - STATEMENTS.keys() - SILENT.keys()
    assert not overlooked


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("", False),
        ("bool", False),
        ("error", True),
        ("(int, error)", True),
        ("(n int, err error)", True),
        ("*shop.Error", True),
    ],
)
def test_functions_say_whether_they_give_errors(result: str, expected: bool) -> None:
    module = lower("a.go", f"package a\n\nfunc f() {result} {{\n\treturn g()\n}}\n".encode())
    declared = of_type(module.body, ir.FunctionDeclaration)
    assert [(one.function.gives_errors, one.function.says_errors) for one in declared] == [(expected, expected)]
