"""Functions, lambdas, anonymous functions and their parameters."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.annotations import UNMODIFIED, Modifiers, modifiers, read_modifiers
from eventlens.syntax.kotlin.documentation import doc
from eventlens.syntax.kotlin.reader import COMMENTS, GIVE, Frame, Reader, contents, first, lowers_value, value
from eventlens.syntax.kotlin.statement_lists import block, statements
from eventlens.syntax.kotlin.type_refs import TYPES, type_parameters, type_ref


@dataclass(frozen=True, slots=True)
class Head:
    """What a function is called, and what is known about it before it is read."""

    kind: str
    name: str
    qualname: str
    name_start: int
    name_end: int
    modifiers: Modifiers = UNMODIFIED
    doc: str = ""


def function(reader: Reader, node: Node, kind: str) -> ir.Function:
    """Lower a ``function_declaration`` as a function of this kind."""
    named = node.child_by_field_name("name") or node
    name = reader.named(named)
    found = modifiers(reader, node)
    head = Head(
        kind, name, reader.qualified(name), named.start_byte, named.end_byte, found, doc(reader, node.start_byte)
    )
    return lowered_function(reader, node, head)


def lowered_function(reader: Reader, node: Node, head: Head) -> ir.Function:
    """The function whose parameters, result type and body stand among the children of ``node``."""
    outer = reader.scope
    reader.scope = head.qualname
    reader.frames.append(Frame())
    written = first(node, "function_value_parameters")
    parameters = function_parameters(reader, written) if written is not None else _setter_parameter(reader, node)
    returns = result_type(reader, node)
    body, is_expression = _body(reader, first(node, "function_body"))
    reader.frames.pop()
    reader.scope = outer
    found = head.modifiers
    return ir.Function(
        node.start_byte, node.end_byte, head.name, head.qualname, head.kind, parameters, body, returns,
        found.decorators, False, False, head.name_start, head.name_end, found.visibility, is_expression, head.doc,
        type_parameters(reader, node),
    )  # fmt: skip


def result_type(reader: Reader, node: Node) -> ir.TypeRef | None:
    """The type after the colon that follows the parameters."""
    children = node.children
    for position, child in enumerate(children):
        if child.type == ":" and position + 1 < len(children) and children[position + 1].type in TYPES:
            return type_ref(reader, children[position + 1])
    return None


def _setter_parameter(reader: Reader, node: Node) -> tuple[ir.Parameter, ...]:
    """A setter's parameter stands between the parentheses by itself."""
    named = first(node, "identifier", "parameter") if node.type == "setter" else None
    if named is None:
        return ()
    name_node = first(named, "identifier") or named
    name = reader.named(name_node)
    reader.declare(name)
    return (ir.Parameter(named.start_byte, named.end_byte, name),)


def _body(reader: Reader, node: Node | None) -> tuple[tuple[ir.Statement, ...] | None, bool]:
    """The statements, None where there is no body; and whether the body is one value."""
    inner = contents(node) if node is not None else []
    if node is None or not inner:
        return (None if node is None or not node.has_error else ()), False
    if inner[0].type == "block":
        return block(reader, inner[0]), False
    body = block(reader, inner[0], GIVE)
    return body, len(body) == 1 and isinstance(body[0], ir.Return)


def function_parameters(reader: Reader, node: Node) -> tuple[ir.Parameter, ...]:
    """The parameters between parentheses; modifiers and defaults are their siblings."""
    found: list[ir.Parameter] = []
    pending = UNMODIFIED
    start = node.start_byte
    children = node.children
    for position, child in enumerate(children):
        if child.type == "parameter_modifiers":
            pending, start = read_modifiers(reader, child), child.start_byte
        elif child.type == "parameter":
            start = start if pending.words or pending.decorators else child.start_byte
            default = _default(children, position)
            content = value(reader, default) if default is not None else None
            end = default.end_byte if default is not None else child.end_byte
            found.append(_parameter(reader, child, start, end, pending, content))
            pending = UNMODIFIED
    return tuple(found)


def _default(children: list[Node], position: int) -> Node | None:
    rest = [child for child in children[position + 1 : position + 4] if child.type not in COMMENTS]
    return rest[1] if len(rest) > 1 and rest[0].type == "=" else None


def _parameter(
    reader: Reader, node: Node, start: int, end: int, found: Modifiers, default: ir.Value | None
) -> ir.Parameter:
    named = first(node, "identifier")
    written = first(node, *TYPES)
    name = reader.named(named) if named is not None else ""
    reader.declare(name)
    kind = "rest" if "vararg" in found.words else "normal"
    lowered = type_ref(reader, written) if written is not None else None
    return ir.Parameter(start, end, name, lowered, default, kind, None, found.decorators)


# --------------------------------------------------------------------------------------------- functions as values


@lowers_value("anonymous_function")
def anonymous_function(reader: Reader, node: Node) -> ir.Lambda:
    start, end = node.start_byte, node.end_byte
    head = Head("lambda", "", reader.qualified(f"<lambda@{start}>"), start, start)
    if first(node, *TYPES) is not None and first(node, ".") is not None:
        reader.frames.append(Frame(has_receiver=True))
        written = lowered_function(reader, node, head)
        reader.frames.pop()
    else:
        written = lowered_function(reader, node, head)
    return ir.Lambda(start, end, written)


@lowers_value("lambda_literal")
def lambda_literal(reader: Reader, node: Node) -> ir.Lambda:
    """A lambda; ``it`` is its parameter where it names none and something in it says ``it``."""
    start = node.start_byte
    outer = reader.scope
    reader.scope = qualname = reader.qualified(f"<lambda@{start}>")
    frame = Frame()
    reader.frames.append(frame)
    arrow = first(node, "->")
    parameters = first(node, "lambda_parameters")
    found = _lambda_parameters(reader, parameters) if parameters is not None else []
    if arrow is None:
        frame.names.add("it")
    body_nodes = [child for child in node.named_children if child.type != "lambda_parameters"]
    body = statements(reader, body_nodes, GIVE)
    if "it" in frame.taken and arrow is None:
        found = [ir.Parameter(start + 1, start + 1, "it")]
    reader.frames.pop()
    reader.scope = outer
    is_expression = len(body) == 1 and isinstance(body[0], ir.Return)
    written = ir.Function(
        start, node.end_byte, "", qualname, "lambda", tuple(found), body, None, (), False, False, start, start,
        "public", is_expression,
    )  # fmt: skip
    return ir.Lambda(start, node.end_byte, written)


def _lambda_parameters(reader: Reader, node: Node) -> list[ir.Parameter]:
    found: list[ir.Parameter] = []
    for child in contents(node):
        start, end = child.start_byte, child.end_byte
        if child.type == "variable_declaration":
            name, lowered = variable(reader, child)
            found.append(ir.Parameter(start, end, name, lowered))
        elif child.type == "multi_variable_declaration":
            found.append(ir.Parameter(start, end, "", pattern=pattern(reader, child)))
    return found


def variable(reader: Reader, node: Node) -> tuple[str, ir.TypeRef | None]:
    """The name and type of a ``variable_declaration``, whose name is known from here on."""
    named = first(node, "identifier")
    written = first(node, *TYPES)
    name = reader.named(named) if named is not None else ""
    reader.declare(name)
    return name, type_ref(reader, written) if written is not None else None


def pattern(reader: Reader, node: Node) -> ir.Sequence:
    """What a ``multi_variable_declaration`` binds, by position."""
    items: list[ir.Value] = []
    for child in contents(node):
        if child.type == "variable_declaration":
            named = first(child, "identifier") or child
            name, _ = variable(reader, child)
            items.append(ir.Name(named.start_byte, named.end_byte, name))
    return ir.Sequence(node.start_byte, node.end_byte, tuple(items))


def immediate(reader: Reader, node: Node) -> ir.Call:
    """An expression made of statements where only a value may stand: a function that is called at once."""
    start, end = node.start_byte, node.end_byte
    outer = reader.scope
    reader.scope = qualname = reader.qualified(f"<lambda@{start}>")
    reader.frames.append(Frame())
    body = statements(reader, [node], GIVE)
    reader.frames.pop()
    reader.scope = outer
    written = ir.Function(start, end, "", qualname, "lambda", (), body, name_start=start, name_end=start)
    return ir.Call(start, end, ir.Lambda(start, end, written), ())
