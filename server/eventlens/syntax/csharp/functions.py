"""Functions of every kind: their parameters, their bodies, and what a body knows of names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.attributes import attributes
from eventlens.syntax.csharp.creations import typed_value
from eventlens.syntax.csharp.reader import SKIPPED, STATEMENTS, Reader, value
from eventlens.syntax.csharp.statement_lists import block
from eventlens.syntax.csharp.switches import returned
from eventlens.syntax.csharp.types import annotation, type_parameters
from eventlens.syntax.reader import part

_TASKS = frozenset({"Task", "ValueTask", "System.Threading.Tasks.Task", "System.Threading.Tasks.ValueTask"})


@dataclass(slots=True)
class Body:
    """What was read of a function: its statements (None where it has none), and whether they yield or are one value."""

    statements: tuple[ir.Statement, ...] | None = None
    is_generator: bool = False
    is_expression: bool = False


@contextmanager
def inside(reader: Reader, qualname: str, returned: ir.TypeRef | None = None) -> Iterator[None]:
    """Within a function: its names end with it."""
    outer = (reader.scope, reader.locals, reader.returned, reader.yields)
    reader.scope, reader.locals, reader.returned, reader.yields = qualname, set(reader.locals), returned, False
    reader.depth += 1
    try:
        yield
    finally:
        reader.depth -= 1
        reader.scope, reader.locals, reader.returned, reader.yields = outer


def body_of(reader: Reader, node: Node | None) -> Body:
    """The body of a function around `inside`: a block, ``=> value``, or a lambda's bare value."""
    if node is None:
        return Body()
    if node.type == "arrow_expression_clause":
        written = [child for child in node.named_children if child.type not in SKIPPED]
        if written and written[0].type == "assignment_expression":
            return Body((_assigned(reader, written[0]),))
        return Body((), False, True) if not written else body_of_value(reader, written[0])
    if node.type in STATEMENTS:
        return Body(block(reader, node), reader.yields)
    return body_of_value(reader, node)


def _assigned(reader: Reader, node: Node) -> ir.Assign:
    """A body that is one assignment, as of setters and constructors."""
    target, content = value(reader, part(node, "left")), value(reader, part(node, "right"))
    operator = part(node, "operator").type.removesuffix("=")
    return ir.Assign(node.start_byte, node.end_byte, target, content, operator)


def body_of_value(reader: Reader, node: Node) -> Body:
    """A body that is one value; thrown errors and ``switch``es stay statements."""
    if node.type in ("throw_expression", "switch_expression"):
        return Body(returned(reader, node))
    content = typed_value(reader, node, result_type(reader.returned))
    return Body((ir.Return(content.start, content.end, content),), False, True)


def result_type(returned: ir.TypeRef | None) -> ir.TypeRef | None:
    """What a function with this return type returns in its body."""
    if returned is not None and returned.name in _TASKS and len(returned.args) == 1:
        return returned.args[0]
    return returned


# ------------------------------------------------------------------------------------------------------ parameters


def parameters(reader: Reader, node: Node | None, is_property: bool = False) -> tuple[ir.Parameter, ...]:
    """The parameters of a list; their names are known from here on. ``is_property``: they are fields as well."""
    if node is None:
        return ()
    if node.type == "implicit_parameter":
        name = reader.word(node)
        reader.locals.add(name)
        return (ir.Parameter(node.start_byte, node.end_byte, name),)
    found = [_parameter(reader, child, is_property) for child in node.named_children if child.type == "parameter"]
    rest = _rest(reader, node, is_property)
    return (*found, rest) if rest is not None else tuple(found)


def _parameter(reader: Reader, node: Node, is_property: bool) -> ir.Parameter:
    named = node.child_by_field_name("name")
    name = reader.word(named) if named is not None else ""
    if not is_property:
        reader.locals.add(name)
    typed = annotation(reader, node.child_by_field_name("type"))
    default: ir.Value | None = None
    children = node.children
    for position, child in enumerate(children):
        if child.type == "=" and position + 1 < len(children):
            default = value(reader, children[position + 1])
    return ir.Parameter(
        node.start_byte, node.end_byte, name, typed, default,
        decorators=attributes(reader, node), property=is_property, optional=default is not None,
    )  # fmt: skip


def _rest(reader: Reader, node: Node, is_property: bool) -> ir.Parameter | None:
    """``params T[] name``, whose parts stand in the list itself."""
    words = [child.type for child in node.children]
    if "params" not in words:
        return None
    mark = node.children[words.index("params")]
    named = node.child_by_field_name("name")
    name = reader.word(named) if named is not None else ""
    if not is_property:
        reader.locals.add(name)
    typed = annotation(reader, node.child_by_field_name("type"))
    end = named.end_byte if named is not None else mark.end_byte
    return ir.Parameter(
        mark.start_byte, end, name, typed, kind="rest", decorators=attributes(reader, node), property=is_property
    )


# --------------------------------------------------------------------------------------- lambdas and local functions


def lambda_function(reader: Reader, node: Node) -> ir.Function:
    """A lambda or an anonymous method."""
    start, end = node.start_byte, node.end_byte
    qualname = reader.qualified(f"<lambda@{start}>")
    is_async = any(child.type in ("modifier", "async") and reader.of(child) == "async" for child in node.children)
    returns = annotation(reader, node.child_by_field_name("type"))
    with inside(reader, qualname, returns):
        taken = parameters(reader, node.child_by_field_name("parameters"))
        written = node.child_by_field_name("body")
        if written is None:
            written = next((child for child in node.named_children if child.type == "block"), None)
        body = body_of(reader, written)
    return ir.Function(
        start, end, "", qualname, "lambda", taken, body.statements or (), returns, attributes(reader, node),
        is_async, body.is_generator, start, start, expression_body=body.is_expression,
    )  # fmt: skip


def local_function(reader: Reader, node: Node) -> ir.Function:
    """A function among statements."""
    start, end = node.start_byte, node.end_byte
    named = part(node, "name")
    name = reader.word(named)
    reader.locals.add(name)
    qualname = reader.qualified(name)
    is_async = any(child.type == "modifier" and reader.of(child) == "async" for child in node.children)
    returns = annotation(reader, node.child_by_field_name("type"))
    generic = node.child_by_field_name("type_parameters")
    with inside(reader, qualname, returns):
        taken = parameters(reader, node.child_by_field_name("parameters"))
        body = body_of(reader, node.child_by_field_name("body"))
    return ir.Function(
        start, end, name, qualname, "function", taken, body.statements, returns, attributes(reader, node),
        is_async, body.is_generator, named.start_byte, named.end_byte,
        type_parameters=type_parameters(reader, generic) if generic is not None else (),
    )  # fmt: skip
