"""Classes, interfaces, type aliases and enums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.documentation import doc
from eventlens.syntax.ecmascript.functions import decorator, method
from eventlens.syntax.ecmascript.reader import Reader, lowers_statement, value
from eventlens.syntax.ecmascript.salvage import salvaged
from eventlens.syntax.ecmascript.statement_lists import block
from eventlens.syntax.ecmascript.type_refs import (
    annotation,
    property_name,
    shape_fields,
    type_arguments,
    type_parameters,
    type_ref,
)
from eventlens.syntax.reader import part

_SKIPPED = frozenset({"comment", "ERROR"})
_METHODS = frozenset({"method_definition", "abstract_method_signature", "method_signature"})
_FIELDS = frozenset({"public_field_definition", "field_definition"})


def class_definition(reader: Reader, node: Node, before: Sequence[Node] = ()) -> ir.Class:
    """A class. ``before`` are decorators outside the node."""
    start = before[0].start_byte if before else node.start_byte
    named = node.child_by_field_name("name")
    name = reader.of(named) if named is not None else ""
    text = doc(reader, start)
    decorators = [decorator(reader, each) for each in before]
    bases: list[ir.TypeRef] = []
    base_calls: list[ir.Call] = []
    generic: tuple[str, ...] = ()
    is_abstract = False
    outer = reader.scope
    qualname = reader.qualified(name or f"<class@{node.start_byte}>")
    reader.scope = qualname
    reader.depth += 1
    members = _Members()
    for child in node.children:
        kind = child.type
        if kind == "decorator":
            decorators.append(decorator(reader, child))
        elif kind == "abstract":
            is_abstract = True
        elif kind == "type_parameters":
            generic = type_parameters(reader, child)
        elif kind == "class_heritage":
            _heritage(reader, child, bases, base_calls)
        elif kind == "class_body":
            members.read(reader, child)
    reader.depth -= 1
    reader.scope = outer
    name_start, name_end = (named.start_byte, named.end_byte) if named is not None else (start, start)
    return ir.Class(
        start, node.end_byte, name, qualname, "class", tuple(bases), tuple(members.fields), tuple(members.methods),
        tuple(decorators), is_abstract, None, tuple(base_calls), name_start, name_end, text, generic, tuple(members.body),
    )  # fmt: skip


def _heritage(reader: Reader, node: Node, bases: list[ir.TypeRef], base_calls: list[ir.Call]) -> None:
    for child in node.named_children:
        kind = child.type
        if kind == "extends_clause":
            types = type_arguments(reader, child)
            written = [
                each for each in child.named_children if each.type not in _SKIPPED and each.type != "type_arguments"
            ]
            bases.extend(_base(reader, each, base_calls, types) for each in written)
        elif kind == "implements_clause":
            bases.extend(type_ref(reader, each) for each in child.named_children if each.type not in _SKIPPED)
        elif kind not in _SKIPPED:
            bases.append(_base(reader, child, base_calls, ()))


def _base(reader: Reader, node: Node, base_calls: list[ir.Call], types: tuple[ir.TypeRef, ...]) -> ir.TypeRef:
    start = node.start_byte
    end = max([node.end_byte, *(each.end for each in types)])
    lowered = value(reader, node)
    if isinstance(lowered, ir.Call):
        base_calls.append(lowered)
        return ir.TypeRef(start, end, _dotted_name(lowered.callee), lowered.type_args or types)
    return ir.TypeRef(start, end, _dotted_name(lowered), types)


def _dotted_name(node: ir.Value) -> str:
    names: list[str] = []
    while isinstance(node, ir.Member):
        names.append(node.name)
        node = node.object
    if isinstance(node, ir.Name):
        return ".".join([node.name, *reversed(names)])
    return "?"


class _Members:
    """The members of a class body as they are read; a decorator stands before the member that it belongs to."""

    def __init__(self) -> None:
        self.fields: list[ir.ClassField] = []
        self.methods: list[ir.Function] = []
        self.body: list[ir.Statement] = []

    def read(self, reader: Reader, node: Node) -> None:
        before: list[Node] = []
        begin = node.start_byte
        for child in node.named_children:
            kind = child.type
            if kind == "comment":
                reader.comment = child
            elif kind == "decorator":
                before.append(child)
            else:
                self._read_member(reader, child, before, begin)
                before = []
                begin = child.end_byte

    def _read_member(self, reader: Reader, node: Node, before: list[Node], begin: int) -> None:
        """Read one member, unless an edit left it alone. ``begin`` is where the one before it ends."""
        if reader.kept is None:
            self._read_afresh(reader, node, node.type, before)
            return
        state = (reader.scope, reader.depth, reader.disposes)

        def apart() -> tuple[list[Any], ...]:
            one = _Members()
            one._read_afresh(reader, node, node.type, before)
            return one.lists()

        reader.kept.collect(node, state, self.lists(), apart, begin)

    def lists(self) -> tuple[list[Any], ...]:
        return self.fields, self.methods, self.body

    def _read_afresh(self, reader: Reader, node: Node, kind: str, before: list[Node]) -> None:
        start = before[0].start_byte if before else node.start_byte
        if kind in _METHODS:
            decorators = tuple(decorator(reader, each) for each in before)
            self.methods.append(method(reader, node, decorators, start))
        elif kind in _FIELDS:
            self.fields.append(_field(reader, node, before, start))
        elif kind == "class_static_block":
            written = block(reader, part(node, "body"))
            self.body.append(ir.Block(node.start_byte, node.end_byte, written, "static"))
        elif kind == "ERROR":
            self.body.append(salvaged(reader, node))


def _field(reader: Reader, node: Node, before: Sequence[Node], start: int) -> ir.ClassField:
    text = doc(reader, start)
    decorators = [decorator(reader, each) for each in before]
    lowered: ir.TypeRef | None = None
    optional = static = False
    for child in node.children:
        kind = child.type
        if kind == "type_annotation":
            lowered = annotation(reader, child)
        elif kind == "static":
            static = True
        elif kind == "?":
            optional = True
        elif kind == "decorator":
            decorators.append(decorator(reader, child))
    written = node.child_by_field_name("value")
    content = value(reader, written) if written is not None else None
    name = property_name(reader, node)
    return ir.ClassField(start, node.end_byte, name, lowered, content, optional, static, tuple(decorators), text)


# ------------------------------------------------------------------------------------- interfaces, aliases, enums


def interface(reader: Reader, node: Node) -> ir.Class:
    """An interface: its properties are fields, its methods functions without a body."""
    start = node.start_byte
    text = doc(reader, start)
    named = part(node, "name")
    outer = reader.scope
    name = reader.of(named)
    qualname = reader.qualified(name)
    reader.scope = qualname
    bases: list[ir.TypeRef] = []
    fields: tuple[ir.ClassField, ...] = ()
    methods: list[ir.Function] = []
    generic: tuple[str, ...] = ()
    for child in node.named_children:
        kind = child.type
        if kind == "extends_type_clause":
            bases.extend(type_ref(reader, each) for each in child.named_children if each.type not in _SKIPPED)
        elif kind == "type_parameters":
            generic = type_parameters(reader, child)
        elif kind in ("interface_body", "object_type"):
            fields = shape_fields(reader, child)
            methods = _signatures(reader, child)
    reader.scope = outer
    return ir.Class(
        start, node.end_byte, name, qualname, "interface", tuple(bases), fields, tuple(methods),
        name_start=named.start_byte, name_end=named.end_byte, doc=text, type_parameters=generic,
    )  # fmt: skip


def _signatures(reader: Reader, node: Node) -> list[ir.Function]:
    methods: list[ir.Function] = []
    for child in node.named_children:
        if child.type == "comment":
            reader.comment = child
        elif child.type == "method_signature":
            methods.append(method(reader, child))
    return methods


def alias(reader: Reader, node: Node) -> ir.Class:
    """A type alias."""
    start = node.start_byte
    text = doc(reader, start)
    named = part(node, "name")
    name = reader.of(named)
    generic = node.child_by_field_name("type_parameters")
    aliased = type_ref(reader, part(node, "value"))
    return ir.Class(
        start, node.end_byte, name, reader.qualified(name), "alias",
        aliased=aliased, name_start=named.start_byte, name_end=named.end_byte, doc=text,
        type_parameters=type_parameters(reader, generic) if generic is not None else (),
    )  # fmt: skip


def enumeration(reader: Reader, node: Node) -> ir.Class:
    """An enum; ``const`` and ``declare`` ones too."""
    start = node.start_byte
    text = doc(reader, start)
    named = part(node, "name")
    name = reader.of(named)
    members: list[ir.ClassField] = []
    for child in part(node, "body").named_children:
        kind = child.type
        if kind == "comment":
            reader.comment = child
        elif kind not in _SKIPPED:
            members.append(_enum_member(reader, child))
    return ir.Class(
        start, node.end_byte, name, reader.qualified(name), "enum", fields=tuple(members),
        name_start=named.start_byte, name_end=named.end_byte, doc=text,
    )  # fmt: skip


def _enum_member(reader: Reader, node: Node) -> ir.ClassField:
    start, end = node.start_byte, node.end_byte
    text = doc(reader, start)
    if node.type != "enum_assignment":
        name = value(reader, node)
        written = name.value if isinstance(name, ir.Literal) else reader.of(node)
        return ir.ClassField(start, end, str(written), doc=text)
    content = value(reader, part(node, "value"))
    return ir.ClassField(start, end, property_name(reader, node), None, content, doc=text)


# ------------------------------------------------------------------------------------------------- as statements


@lowers_statement("class_declaration", "abstract_class_declaration")
def class_declaration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(declared_class(reader, node))


def declared_class(reader: Reader, node: Node, before: Sequence[Node] = ()) -> ir.ClassDeclaration:
    definition = class_definition(reader, node, before)
    return ir.ClassDeclaration(definition.start, definition.end, definition)


_SHAPES = {"interface_declaration": interface, "type_alias_declaration": alias, "enum_declaration": enumeration}


@lowers_statement(*_SHAPES)
def shape_declaration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    definition = _SHAPES[node.type](reader, node)
    lowered.append(ir.ClassDeclaration(definition.start, definition.end, definition))


@lowers_statement("method_definition")
def stray_method(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """A method whose class was lost to a syntax error."""
    written = method(reader, node)
    lowered.append(ir.FunctionDeclaration(written.start, written.end, written))


@lowers_statement("public_field_definition", "field_definition", "pair")
def stray_field(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """A field whose class or object was lost to a syntax error: what it holds stays."""
    written = node.child_by_field_name("value")
    if written is not None:
        content = value(reader, written)
        lowered.append(ir.Evaluate(content.start, content.end, content))


@lowers_statement("decorator")
def stray_decorator(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """A decorator whose member was lost to a syntax error."""
    content = decorator(reader, node)
    lowered.append(ir.Evaluate(content.start, content.end, content))
