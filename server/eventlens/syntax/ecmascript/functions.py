"""Functions, methods and their parameters."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.documentation import doc
from eventlens.syntax.ecmascript.reader import STATEMENTS, Reader, value
from eventlens.syntax.ecmascript.statement_lists import block
from eventlens.syntax.ecmascript.type_refs import annotation, property_name, type_parameters
from eventlens.syntax.reader import part

_SKIPPED = frozenset({"comment", "ERROR"})
_RETURNS = frozenset({"type_annotation", "asserts_annotation", "type_predicate_annotation"})


def function(reader: Reader, node: Node, kind: str) -> ir.Function:
    """A function declaration, function expression or arrow function."""
    start = node.start_byte
    named = node.child_by_field_name("name")
    name = reader.of(named) if named is not None else ""
    unnamed = kind == "lambda" or not name
    return _function(reader, node, kind, name, named, f"<lambda@{start}>" if unnamed else name, (), start)


def method(
    reader: Reader, node: Node, decorators: tuple[ir.Value, ...] = (), start: int | None = None, in_object: bool = False
) -> ir.Function:
    """A method of a class, interface or object literal; an object's has a lambda's qualified name.

    ``decorators`` are those that stand before the node, ``start`` the byte where the first of them begins.
    """
    start = node.start_byte if start is None else start
    name = property_name(reader, node)
    named = node.child_by_field_name("name")
    last = f"<lambda@{node.start_byte}>" if in_object else name
    return _function(reader, node, _method_kind(node, name, in_object), name, named, last, decorators, start)


def _method_kind(node: Node, name: str, in_object: bool) -> str:
    kind = "method"
    for child in node.children:
        word = child.type
        if word == "get":
            return "getter"
        if word == "set":
            return "setter"
        if word == "static":
            kind = "static"
        elif word == "formal_parameters":
            break
    return "constructor" if name == "constructor" and kind == "method" and not in_object else kind


def _function(
    reader: Reader,
    node: Node,
    kind: str,
    name: str,
    named: Node | None,
    last: str,
    decorators: tuple[ir.Value, ...],
    start: int,
) -> ir.Function:
    text = doc(reader, start) if kind != "lambda" else ""
    outer = reader.scope
    qualname = f"{outer}.{last}" if outer else last
    reader.scope = qualname
    reader.depth += 1
    is_async = is_generator = False
    returns: ir.TypeRef | None = None
    parameters: tuple[ir.Parameter, ...] = ()
    generic: tuple[str, ...] = ()
    visibility = "private" if name.startswith("#") else "public"
    for child in node.children:
        word = child.type
        if word == "formal_parameters":
            parameters = _parameters(reader, child)
        elif word == "async":
            is_async = True
        elif word == "*":
            is_generator = True
        elif word in _RETURNS:
            returns = annotation(reader, child) if word == "type_annotation" else _predicate(child)
        elif word == "type_parameters":
            generic = type_parameters(reader, child)
        elif word == "accessibility_modifier":
            visibility = reader.of(child)
        elif word == "decorator":
            decorators = (*decorators, decorator(reader, child))
    single = node.child_by_field_name("parameter") if node.type == "arrow_function" else None
    if single is not None:
        parameters = (ir.Parameter(single.start_byte, single.end_byte, reader.of(single)),)
    body, is_expression = _body(reader, node)
    reader.depth -= 1
    reader.scope = outer
    name_start, name_end = (named.start_byte, named.end_byte) if named is not None else (start, start)
    return ir.Function(
        start, node.end_byte, name, qualname, kind, parameters, body, returns, decorators, is_async, is_generator,
        name_start, name_end, visibility, is_expression, text, generic,
    )  # fmt: skip


def _predicate(node: Node) -> ir.TypeRef:
    return ir.TypeRef(node.start_byte, node.end_byte, "void" if node.type == "asserts_annotation" else "boolean")


def _body(reader: Reader, node: Node) -> tuple[tuple[ir.Statement, ...] | None, bool]:
    """The statements, None where there is no body; and whether the body is one value."""
    body = node.child_by_field_name("body")
    if body is None:
        return None, False
    if body.type in STATEMENTS:
        return block(reader, body), False
    content = value(reader, body)
    return (ir.Return(content.start, content.end, content),), True


def _parameters(reader: Reader, node: Node) -> tuple[ir.Parameter, ...]:
    found: list[ir.Parameter] = []
    for child in node.named_children:
        if child.type in ("required_parameter", "optional_parameter"):
            parameter = _typed_parameter(reader, child)
            if parameter is not None:
                found.append(parameter)
        elif child.type not in _SKIPPED:
            found.append(_bound(reader, child, child))
    return tuple(found)


def _typed_parameter(reader: Reader, node: Node) -> ir.Parameter | None:
    """A parameter of TypeScript's grammar; None for a ``this`` parameter, which only states a type."""
    pattern = part(node, "pattern")
    if pattern.type == "this":
        return None
    lowered: ir.TypeRef | None = None
    default: ir.Value | None = None
    decorators: list[ir.Value] = []
    is_property = False
    for child in node.children:
        word = child.type
        if word == "type_annotation":
            lowered = annotation(reader, child)
        elif word == "decorator":
            decorators.append(decorator(reader, child))
        elif word in ("accessibility_modifier", "readonly", "override_modifier"):
            is_property = True
    written = node.child_by_field_name("value")
    if written is not None:
        default = value(reader, written)
    optional = node.type == "optional_parameter"
    return _bound(reader, node, pattern, lowered, default, tuple(decorators), is_property, optional)


def _bound(
    reader: Reader,
    node: Node,
    pattern: Node,
    lowered: ir.TypeRef | None = None,
    default: ir.Value | None = None,
    decorators: tuple[ir.Value, ...] = (),
    is_property: bool = False,
    optional: bool = False,
) -> ir.Parameter:
    kind = "normal"
    if pattern.type == "assignment_pattern":
        default = value(reader, part(pattern, "right"))
        pattern = part(pattern, "left")
    if pattern.type == "rest_pattern":
        kind = "rest"
        pattern = next((child for child in pattern.named_children if child.type not in _SKIPPED), pattern)
    start, end = node.start_byte, node.end_byte
    if pattern.type == "identifier":
        return ir.Parameter(
            start, end, reader.of(pattern), lowered, default, kind, None, decorators, is_property, optional
        )
    target = value(reader, pattern)
    return ir.Parameter(start, end, "", lowered, default, kind, target, decorators, is_property, optional)


def decorator(reader: Reader, node: Node) -> ir.Value:
    """The value after the ``@``."""
    for child in node.named_children:
        if child.type not in _SKIPPED:
            return value(reader, child)
    return ir.Unknown(node.start_byte, node.end_byte, node.type)
