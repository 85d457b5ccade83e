"""Classes, interfaces, enums, objects and type aliases."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.annotations import modifiers
from eventlens.syntax.kotlin.constructors import primary_parameters, properties_of, supertypes
from eventlens.syntax.kotlin.documentation import doc
from eventlens.syntax.kotlin.members import Members, own_names, read_members
from eventlens.syntax.kotlin.reader import Frame, Reader, contents, first, lowers_statement, lowers_value
from eventlens.syntax.kotlin.type_refs import TYPES, type_parameters, type_ref


@lowers_statement("class_declaration", "object_declaration", "companion_object")
def class_declaration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    definition = class_definition(reader, node)
    lowered.append(ir.ClassDeclaration(definition.start, definition.end, definition))


def class_definition(reader: Reader, node: Node) -> ir.Class:
    """A class, interface, enum or object under its name."""
    named = node.child_by_field_name("name") or node
    name = reader.named(named) if named is not node else "Companion"
    found = modifiers(reader, node)
    kind = "class"
    if "enum" in found.words:
        kind = "enum"
    elif first(node, "interface") is not None:
        kind = "interface"
    text = doc(reader, node.start_byte)
    members, bases = _content(reader, node, name, kind)
    name_end = named.end_byte if named is not node else node.start_byte
    return ir.Class(
        node.start_byte, node.end_byte, name, reader.qualified(name), kind, bases, tuple(members.fields),
        tuple(members.methods), found.decorators, bool(found.words & {"abstract", "sealed"}), None, (),
        named.start_byte, name_end, text, type_parameters(reader, node), tuple(members.body),
    )  # fmt: skip


def _content(reader: Reader, node: Node, name: str, kind: str) -> tuple[Members, tuple[ir.TypeRef, ...]]:
    """The members and bases of a class whose name is ``name``."""
    outer = reader.scope
    outer_backing, reader.backing = reader.backing, ""
    reader.scope = reader.qualified(name)
    body = first(node, "class_body", "enum_class_body")
    primary = first(node, "primary_constructor")
    names = own_names(reader, body) | properties_of(reader, primary)
    reader.depth += 1
    reader.frames.append(Frame(names, owner=name))
    parameters_frame = Frame()
    reader.frames.append(parameters_frame)
    parameters = primary_parameters(reader, primary)
    parameters_frame.names = {each.name for each in parameters if not each.property}
    inherited = supertypes(reader, node)
    reader.frames.pop()
    is_static = node.type in ("object_declaration", "companion_object")
    members = Members(name, kind, is_static, parameters_frame)
    read_members(reader, body, members)
    members.construct(reader, node, primary, parameters, inherited.calls)
    reader.frames.pop()
    reader.depth -= 1
    reader.scope = outer
    reader.backing = outer_backing
    return members, inherited.bases


@lowers_value("object_literal")
def anonymous_object(reader: Reader, node: Node) -> ir.Call:
    """``object : A(x) { … }``: a new instance of a class without a name."""
    start, end = node.start_byte, node.end_byte
    name = f"<class@{start}>"
    members, bases = _content(reader, node, name, "class")
    given: tuple[ir.Argument, ...] = ()
    if members.base_arguments:
        given = members.base_arguments
    definition = ir.Class(
        start, end, "", reader.qualified(name), "class", bases, tuple(members.fields), tuple(members.methods),
        name_start=start, name_end=start, body=tuple(members.body),
    )  # fmt: skip
    return ir.Call(start, end, ir.ClassValue(start, end, definition), given, True)


@lowers_statement("type_alias")
def type_alias(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    named = first(node, "identifier")
    written = [child for child in contents(node) if child.type in TYPES]
    if named is None:
        return
    name = reader.named(named)
    start, end = node.start_byte, node.end_byte
    aliased = type_ref(reader, written[-1]) if written else None
    definition = ir.Class(
        start, end, name, reader.qualified(name), "alias", decorators=modifiers(reader, node).decorators,
        aliased=aliased, name_start=named.start_byte, name_end=named.end_byte, doc=doc(reader, start),
        type_parameters=type_parameters(reader, node),
    )  # fmt: skip
    lowered.append(ir.ClassDeclaration(start, end, definition))
