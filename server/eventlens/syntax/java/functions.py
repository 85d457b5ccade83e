"""Methods, constructors and lambdas."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.java.documentation import doc
from eventlens.syntax.java.modifiers import Modifiers, modifiers
from eventlens.syntax.java.reader import COMMENTS, Reader, returned, value
from eventlens.syntax.java.statement_lists import statements
from eventlens.syntax.java.type_refs import declared_type, is_type, type_parameters, type_ref, with_dimensions
from eventlens.syntax.reader import part


def method(reader: Reader, node: Node) -> ir.Function:
    """A method of a class or interface."""
    written = modifiers(reader, node)
    named = part(node, "name")
    returns = node.child_by_field_name("type")
    lowered = with_dimensions(reader, type_ref(reader, returns), node) if returns is not None else None
    kind = "static" if "static" in written.words else "method"
    return _function(reader, node, reader.of(named), named, kind, written, lowered)


def constructor(reader: Reader, node: Node) -> ir.Function:
    """A constructor, written in full."""
    return _function(reader, node, "constructor", part(node, "name"), "constructor", modifiers(reader, node), None)


def _function(
    reader: Reader, node: Node, name: str, named: Node, kind: str, written: Modifiers, returns: ir.TypeRef | None
) -> ir.Function:
    text = doc(reader, node.start_byte)
    qualname = reader.qualified(name)
    outer_scope, known = reader.scope, len(reader.scopes.locals)
    outer_yields, reader.yields = reader.yields, returned
    reader.scope = qualname
    parameters = _parameters(reader, node.child_by_field_name("parameters"))
    body = node.child_by_field_name("body")
    lowered = statements(reader, body.named_children) if body is not None else None
    reader.scope, reader.yields = outer_scope, outer_yields
    reader.scopes.forget(known)
    return ir.Function(
        node.start_byte, node.end_byte, name, qualname, kind, parameters, lowered, returns, written.annotations,
        name_start=named.start_byte, name_end=named.end_byte, visibility=written.visibility, doc=text,
        type_parameters=type_parameters(reader, node),
    )  # fmt: skip


def lambda_function(reader: Reader, node: Node) -> ir.Function:
    """The function that a lambda is."""
    start = node.start_byte
    qualname = reader.qualified(f"<lambda@{start}>")
    outer_scope, known = reader.scope, len(reader.scopes.locals)
    outer_yields, reader.yields = reader.yields, returned
    reader.scope = qualname
    parameters = _parameters(reader, node.child_by_field_name("parameters"))
    body, is_expression = _lambda_body(reader, node.child_by_field_name("body"))
    reader.scope, reader.yields = outer_scope, outer_yields
    reader.scopes.forget(known)
    return ir.Function(
        start, node.end_byte, "", qualname, "lambda", parameters, body,
        name_start=start, name_end=start, expression_body=is_expression,
    )  # fmt: skip


def _lambda_body(reader: Reader, body: Node | None) -> tuple[tuple[ir.Statement, ...], bool]:
    if body is None:
        return (), False
    if body.type == "block":
        return statements(reader, body.named_children), False
    content = value(reader, body)
    return (ir.Return(content.start, content.end, content),), True


def _parameters(reader: Reader, node: Node | None) -> tuple[ir.Parameter, ...]:
    if node is None:
        return ()
    if node.type == "identifier":
        return (_bare_parameter(reader, node),)
    return tuple(
        _bare_parameter(reader, child) if child.type == "identifier" else parameter(reader, child)
        for child in parameters_of(node)
    )


def parameters_of(node: Node) -> Iterator[Node]:
    """The parameters in a list of them, a receiver left out."""
    wanted = ("formal_parameter", "spread_parameter", "identifier", "underscore_pattern")
    return (child for child in node.named_children if child.type in wanted)


def _bare_parameter(reader: Reader, node: Node) -> ir.Parameter:
    text = reader.of(node)
    reader.scopes.declare(text)
    return ir.Parameter(node.start_byte, node.end_byte, text)


def parameter(reader: Reader, node: Node, is_property: bool = False) -> ir.Parameter:
    """A typed parameter; that of a record is also a field."""
    written = modifiers(reader, node)
    start, end = node.start_byte, node.end_byte
    declarator = next((child for child in node.named_children if child.type == "variable_declarator"), node)
    text = reader.of(part(declarator, "name")) if node.type != "underscore_pattern" else "_"
    lowered = declared_type(reader, node, declarator)
    kind = "normal"
    if node.type == "spread_parameter":
        kind = "rest"
        lowered = next((type_ref(reader, child) for child in node.named_children if is_type(child)), None)
    if not is_property:
        reader.scopes.declare(text)
    return ir.Parameter(start, end, text, lowered, None, kind, None, written.annotations, is_property)


def note_comments(reader: Reader, node: Node) -> bool:
    """Whether a node is a comment; it may be the doc of what follows."""
    if node.type not in COMMENTS:
        return False
    reader.comment = node
    return True
