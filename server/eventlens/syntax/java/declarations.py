"""Classes, records, interfaces, enums and annotation types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec
from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.java.arguments import arguments
from eventlens.syntax.java.constructors import canonical, logger, with_lombok
from eventlens.syntax.java.documentation import doc
from eventlens.syntax.java.functions import constructor, method, note_comments, parameters_of
from eventlens.syntax.java.modifiers import Modifiers, modifiers
from eventlens.syntax.java.reader import Reader, lowers_statement, value
from eventlens.syntax.java.salvage import salvage_inside, salvaged, statement
from eventlens.syntax.java.scopes import members_of
from eventlens.syntax.java.statement_lists import block
from eventlens.syntax.java.type_refs import declared_type, type_parameters, type_ref, types_in
from eventlens.syntax.kept_parts import KeptParts
from eventlens.syntax.reader import part

_KINDS = {
    "class_declaration": "class",
    "record_declaration": "class",
    "interface_declaration": "interface",
    "annotation_type_declaration": "interface",
    "enum_declaration": "enum",
}
_BASES = frozenset({"superclass", "super_interfaces", "extends_interfaces"})


class _Members:
    """What the body of a class has shown so far."""

    __slots__ = ("body", "fields", "is_interface", "methods", "name")

    def __init__(self, name: str, is_interface: bool) -> None:
        self.name = name
        self.is_interface = is_interface
        self.fields: list[ir.ClassField] = []
        self.methods: list[ir.Function] = []
        self.body: list[ir.Statement] = []

    def lists(self) -> tuple[list[Any], ...]:
        return self.fields, self.methods, self.body


_MemberHandler: TypeAlias = Callable[[Reader, Node, _Members], None]


@lowers_statement(*_KINDS)
def declaration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    definition = _definition(reader, node)
    lowered.append(ir.ClassDeclaration(definition.start, definition.end, definition))


def _definition(reader: Reader, node: Node) -> ir.Class:
    text = doc(reader, node.start_byte)
    written = modifiers(reader, node)
    named = part(node, "name")
    name = reader.of(named)
    qualname = reader.qualified(name)
    bases = tuple(base for child in node.named_children if child.type in _BASES for base in types_in(reader, child))
    components = node.child_by_field_name("parameters")
    body = node.child_by_field_name("body")
    nodes = _body_nodes(body) if body is not None else []
    parameters = list(parameters_of(components)) if components is not None else []
    members = _Members(name, _KINDS[node.type] == "interface")
    given = logger(named, written)
    known, called = members_of([*parameters, *nodes], reader.text)
    reader.scopes.enter(name, (known | {each.name for each in given}, called), bool(bases))
    _read_body(reader, nodes, qualname, members)
    methods = tuple(members.methods)
    fields = (*members.fields, *(each for each in given if each.name not in known))
    if node.type == "record_declaration":
        own_fields, methods = canonical(reader, node, parameters, qualname, methods)
        fields = (*own_fields, *fields)
    reader.scopes.leave()
    if node.type == "class_declaration":
        methods = with_lombok(reader, node, qualname, written, fields, methods)
    return ir.Class(
        node.start_byte, node.end_byte, name, qualname, _KINDS[node.type], bases, fields, methods, written.annotations,
        "abstract" in written.words, None, (), named.start_byte, named.end_byte, text, type_parameters(reader, node),
        tuple(members.body),
    )  # fmt: skip


def anonymous_class(reader: Reader, base: Node, body: Node) -> ir.Class:
    """The class of a ``new T() { … }``; ``base`` is the T."""
    return _nameless(reader, body, type_ref(reader, base))


def _nameless(reader: Reader, body: Node, base: ir.TypeRef) -> ir.Class:
    start = min(base.start, body.start_byte)
    qualname = reader.qualified(f"<class@{body.start_byte}>")
    members = _Members("", False)
    nodes = _body_nodes(body)
    reader.scopes.enter("", members_of(nodes, reader.text), True)
    reader.depth += 1
    _read_body(reader, nodes, qualname, members)
    reader.depth -= 1
    reader.scopes.leave()
    return ir.Class(
        start, body.end_byte, "", qualname, "class", (base,), tuple(members.fields), tuple(members.methods),
        name_start=start, name_end=start, body=tuple(members.body),
    )  # fmt: skip


def _body_nodes(body: Node) -> list[Node]:
    """What stands in a body; the members of an enum and what follows them are one run."""
    nodes: list[Node] = []
    for child in body.named_children:
        if child.type == "enum_body_declarations":
            nodes.extend(child.named_children)
        else:
            nodes.append(child)
    return nodes


def _read_body(reader: Reader, nodes: Sequence[Node], qualname: str, members: _Members) -> None:
    outer = reader.scope
    reader.scope = qualname
    begin = nodes[0].start_byte if nodes else 0
    for node in nodes:
        if note_comments(reader, node):
            continue
        if reader.kept is None:
            _read_member(reader, node, members)
        else:
            _take_member(reader, reader.kept, node, members, begin)
        begin = node.end_byte
    reader.scope = outer


def _take_member(reader: Reader, kept: KeptParts, node: Node, members: _Members, begin: int) -> None:
    """Read one member, unless an edit left it alone. ``begin`` is where the one before it ends."""
    state = (reader.scope, reader.depth, members.name, members.is_interface, *reader.scopes.known())

    def apart() -> tuple[list[Any], ...]:
        one = _Members(members.name, members.is_interface)
        _read_member(reader, node, one)
        return one.lists()

    kept.collect(node, state, members.lists(), apart, begin)


def _read_member(reader: Reader, node: Node, members: _Members) -> None:
    handler = _MEMBERS.get(node.type)
    if node.type == "ERROR":
        _add(members, [salvaged(reader, node)])
    elif handler is None:
        _read_other(reader, node, members)
    else:
        handler(reader, node, members)
        if reader.damaged and node.has_error:
            _salvage(reader, node, members)


def _read_other(reader: Reader, node: Node, members: _Members) -> None:
    """A nested class; in a damaged body any statement."""
    lowered: list[ir.Statement] = []
    statement(reader, node, lowered)
    members.body.extend(lowered)


def _salvage(reader: Reader, node: Node, members: _Members) -> None:
    lowered: list[ir.Statement] = []
    salvage_inside(reader, node, lowered)
    _add(members, lowered)


def _add(members: _Members, lowered: Sequence[ir.Statement]) -> None:
    members.body.extend(each for each in lowered if not isinstance(each, ir.Block) or each.body)


# --------------------------------------------------------------------------------------------------------- members


def _field(reader: Reader, node: Node, members: _Members) -> None:
    text = doc(reader, node.start_byte)
    written = modifiers(reader, node)
    is_static = "static" in written.words or members.is_interface
    declarators = [child for child in node.named_children if child.type == "variable_declarator"]
    for position, declarator in enumerate(declarators):
        start = declarator.start_byte if position else node.start_byte
        end = declarator.end_byte if position < len(declarators) - 1 else node.end_byte
        content = declarator.child_by_field_name("value")
        members.fields.append(
            ir.ClassField(
                start,
                end,
                reader.of(part(declarator, "name")),
                declared_type(reader, node, declarator),
                value(reader, content) if content is not None else None,
                False,
                is_static,
                written.annotations,
                text,
            )
        )


def _method(reader: Reader, node: Node, members: _Members) -> None:
    members.methods.append(method(reader, node))


def _constructor(reader: Reader, node: Node, members: _Members) -> None:
    members.methods.append(constructor(reader, node))


def _initializer(reader: Reader, node: Node, members: _Members) -> None:
    """A block that runs when the class is loaded (``static``) or an instance is made."""
    is_static = node.type == "static_initializer"
    inner = next((child for child in node.named_children if child.type == "block"), node)
    label = "static" if is_static else ""
    members.body.append(ir.Block(node.start_byte, node.end_byte, block(reader, inner), label))


def _element(reader: Reader, node: Node, members: _Members) -> None:
    """An element of an annotation type, with its default."""
    text = doc(reader, node.start_byte)
    written = modifiers(reader, node)
    default = node.child_by_field_name("value")
    members.fields.append(
        ir.ClassField(
            node.start_byte,
            node.end_byte,
            reader.of(part(node, "name")),
            declared_type(reader, node),
            value(reader, default) if default is not None else None,
            default is not None,
            False,
            written.annotations,
            text,
        )
    )


def _enum_constant(reader: Reader, node: Node, members: _Members) -> None:
    """A constant with arguments or a body is a construction, of the enum or of a class that extends it."""
    text = doc(reader, node.start_byte)
    written: Modifiers = modifiers(reader, node)
    named = part(node, "name")
    start, end = named.start_byte, node.end_byte
    given = node.child_by_field_name("arguments")
    body = node.child_by_field_name("body")
    content: ir.Value | None = None
    if given is not None or body is not None:
        callee: ir.Value = ir.Name(start, named.end_byte, members.name)
        if body is not None:
            definition = _nameless(reader, body, ir.TypeRef(start, named.end_byte, members.name))
            definition = msgspec.structs.replace(definition, start=start)
            callee = ir.ClassValue(start, end, definition)
        passed = arguments(reader, given) if given is not None else ()
        content = ir.Call(start, end, callee, passed, True)
    members.fields.append(
        ir.ClassField(node.start_byte, end, reader.of(named), None, content, False, False, written.annotations, text)
    )


_MEMBERS: dict[str, _MemberHandler] = {
    "field_declaration": _field,
    "constant_declaration": _field,
    "method_declaration": _method,
    "constructor_declaration": _constructor,
    "static_initializer": _initializer,
    "block": _initializer,
    "annotation_type_element_declaration": _element,
    "enum_constant": _enum_constant,
    "compact_constructor_declaration": lambda reader, node, members: None,
}
