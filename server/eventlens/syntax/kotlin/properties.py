"""Properties, at the top of a file, in functions and in classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.annotations import Modifiers, modifiers
from eventlens.syntax.kotlin.documentation import doc
from eventlens.syntax.kotlin.functions import Head, function, lowered_function, pattern
from eventlens.syntax.kotlin.reader import (
    SETTLERS,
    Frame,
    Reader,
    Sink,
    after,
    contents,
    first,
    lowers_statement,
    settle,
    value,
)
from eventlens.syntax.kotlin.type_refs import TYPES, bare_name, type_ref


@dataclass(frozen=True, slots=True)
class Property:
    """The parts of a ``property_declaration``; ``receiver`` is the type that an extension property extends."""

    node: Node
    name: str
    name_node: Node
    type: ir.TypeRef | None
    modifiers: Modifiers
    initial: Node | None
    delegate: Node | None
    getter: Node | None
    setter: Node | None
    receiver: Node | None
    is_constant: bool


def read_property(reader: Reader, node: Node) -> Property:
    """Take a declaration of one name apart; nothing is lowered but its type and what stands before it."""
    bound = first(node, "variable_declaration") or node
    name_node = first(bound, "identifier") or bound
    written = first(bound, *TYPES) if bound is not node else None
    return Property(
        node,
        reader.named(name_node),
        name_node,
        type_ref(reader, written) if written is not None else None,
        modifiers(reader, node),
        after(node, "="),
        first(node, "property_delegate"),
        first(node, "getter"),
        first(node, "setter"),
        first(node, *TYPES),
        first(node, "val") is not None,
    )


def initial_value(reader: Reader, found: Property) -> ir.Value | None:
    """What a property holds at first: its initialiser, or what ``lazy`` works out."""
    if found.initial is not None:
        return value(reader, found.initial)
    delegates = contents(found.delegate) if found.delegate is not None else []
    return _delegated(reader, delegates[0]) if delegates else None


def _delegated(reader: Reader, node: Node) -> ir.Value:
    lowered = value(reader, node)
    if isinstance(lowered, ir.Call) and isinstance(lowered.callee, ir.Name) and lowered.callee.name == "lazy":
        last = lowered.args[-1].value if lowered.args else None
        if isinstance(last, ir.Lambda):
            body = last.function.body
            if body is not None and len(body) == 1 and isinstance(body[0], ir.Return) and body[0].value is not None:
                return body[0].value
            return ir.Call(lowered.start, lowered.end, last, ())
    return ir.Unknown(node.start_byte, node.end_byte, "property_delegate", (lowered,))


@lowers_statement("property_declaration")
def local_property(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """A property of a file or a function: a name that is assigned."""
    several = first(node, "multi_variable_declaration")
    constant = first(node, "val") is not None
    if several is not None:
        initial = after(node, "=")
        target = pattern(reader, several)
        _declared(reader, node, initial, lowered, target, constant, None)
        return
    found = read_property(reader, node)
    if found.receiver is not None:
        lowered.append(extension_property(reader, found))
        return
    name_node = found.name_node
    name = ir.Name(name_node.start_byte, name_node.end_byte, found.name)
    if found.initial is not None:
        _declared(reader, node, found.initial, lowered, name, constant, found.type)
    else:
        content = initial_value(reader, found)
        if content is None and found.getter is not None:
            content = _computed(reader, found, found.getter)
        lowered.append(ir.Assign(node.start_byte, node.end_byte, name, content, "", True, constant, found.type))
    reader.declare(found.name)


def _declared(
    reader: Reader,
    node: Node,
    initial: Node | None,
    lowered: list[ir.Statement],
    target: ir.Value,
    constant: bool,
    annotation: ir.TypeRef | None,
) -> None:
    """The declaration; where its value takes statements, the name is declared first and assigned in them."""
    start, end = node.start_byte, node.end_byte

    def declaring(content: ir.Value | None) -> ir.Assign:
        return ir.Assign(start, end, target, content, "", True, constant, annotation)

    if initial is None or initial.type not in SETTLERS:
        lowered.append(declaring(value(reader, initial) if initial is not None else None))
        return
    inside: list[ir.Statement] = []
    settle(reader, initial, inside, Sink("store", _assigning(target), target))
    given = [position for position, each in enumerate(inside) if isinstance(each, ir.Assign) and each.target is target]
    for position in given:
        assigned = inside[position]
        inside[position] = declaring(assigned.value if isinstance(assigned, ir.Assign) else None)
    lowered.extend(inside if given else (declaring(None), *inside))


def _assigning(target: ir.Value) -> Callable[[ir.Value], ir.Statement]:
    return lambda content: ir.Assign(content.start, content.end, target, content)


def _computed(reader: Reader, found: Property, getter: Node) -> ir.Value | None:
    """What a getter at the top of a file gives."""
    written = accessor(reader, found, getter, "getter")
    body = written.body
    if body is not None and len(body) == 1 and isinstance(body[0], ir.Return):
        return body[0].value
    return ir.Call(getter.start_byte, getter.end_byte, ir.Lambda(getter.start_byte, getter.end_byte, written), ())


def accessor(reader: Reader, found: Property, node: Node, kind: str) -> ir.Function:
    """A property's getter or setter, in which ``field`` is the property itself."""
    outer = reader.backing
    reader.backing = found.name
    named = found.name_node
    head = Head(
        kind,
        found.name,
        reader.qualified(found.name),
        named.start_byte,
        named.end_byte,
        Modifiers(modifiers(reader, node).decorators, frozenset(), found.modifiers.visibility),
        doc(reader, found.node.start_byte),
    )
    written = lowered_function(reader, node, head)
    reader.backing = outer
    return written


# ------------------------------------------------------------------------------------------------------ extensions


def extension_property(reader: Reader, found: Property) -> ir.ClassDeclaration:
    """``val T.x get() = …``: a part of T that has the accessor."""
    owner = found.receiver or found.node

    def accessors() -> tuple[ir.Function, ...]:
        pairs = ((found.getter, "getter"), (found.setter, "setter"))
        return tuple(accessor(reader, found, node, kind) for node, kind in pairs if node is not None)

    return _part(reader, found.node, owner, accessors)


@lowers_statement("function_declaration")
def function_declaration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    receiver = receiver_of(node)
    if receiver is not None:
        lowered.append(extension_function(reader, node, receiver))
        return
    named = node.child_by_field_name("name")
    if named is not None:
        reader.declare(reader.named(named))
    written = function(reader, node, "function")
    lowered.append(ir.FunctionDeclaration(written.start, written.end, written))


def receiver_of(node: Node) -> Node | None:
    """The type that a function extends: the type before its name."""
    for child in node.children:
        if child.type in TYPES:
            return child
        if child.type == "function_value_parameters":
            return None
    return None


def extension_function(reader: Reader, node: Node, receiver: Node) -> ir.ClassDeclaration:
    """``fun T.f()``: a part of T that has the method f."""
    return _part(reader, node, receiver, lambda: (function(reader, node, "method"),))


def _part(
    reader: Reader, node: Node, receiver: Node, read: Callable[[], tuple[ir.Function, ...]]
) -> ir.ClassDeclaration:
    name = bare_name(reader, receiver)
    outer = reader.scope
    reader.scope = qualname = reader.qualified(name)
    reader.frames.append(Frame(owner=name))
    methods = read()
    reader.frames.pop()
    reader.scope = outer
    start, end = node.start_byte, node.end_byte
    definition = ir.Class(
        start, end, name, qualname, "extension", methods=methods, name_start=receiver.start_byte,
        name_end=receiver.end_byte,
    )  # fmt: skip
    return ir.ClassDeclaration(start, end, definition)
