"""Bare names: locals, members of the types around, everything else."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.reader import Reader, lowers_value
from eventlens.syntax.csharp.types import type_value


@lowers_value("identifier", "discard", "implicit_parameter")
def name(reader: Reader, node: Node) -> ir.Value:
    return resolved(reader, node.start_byte, node.end_byte, reader.word(node), is_called=False)


def resolved(reader: Reader, start: int, end: int, text: str, is_called: bool) -> ir.Value:
    """What a bare name means: a local, a member of the receiver or of an outer type, or a name that is looked up elsewhere.

    What is called without a receiver and is nothing of this file is a method of a base class. So is a field, which its
    lower-case initial tells from a type.
    """
    if text in reader.locals or text == "_":
        return ir.This(start, end) if text == reader.receiver else ir.Name(start, end, text)
    for distance, around in enumerate(reversed(reader.classes)):
        if text in around.members:
            if distance or around.is_enum:
                return ir.Member(start, end, ir.Name(start, start, around.name), text, start)
            return ir.Member(start, end, ir.This(start, start), text, start)
    if not reader.classes or reader.receiver or not text:
        return ir.Name(start, end, text)
    if is_called and not reader.static_imports:
        return ir.Member(start, end, ir.This(start, start), text, start)
    if reader.classes[-1].has_bases and (text[0].islower() or (text[0] == "_" and len(text) > 1)):
        return ir.Member(start, end, ir.This(start, start), text, start)
    return ir.Name(start, end, text)


def bound(reader: Reader, node: Node) -> ir.Name:
    """A name that is declared here and known from here on."""
    text = reader.word(node)
    reader.locals.add(text)
    return ir.Name(node.start_byte, node.end_byte, text)


@lowers_value("generic_name")
def generic_name(reader: Reader, node: Node) -> ir.Value:
    return called(reader, node, is_called=False)


def called(reader: Reader, node: Node, is_called: bool = True) -> ir.Value:
    """A name that stands before an argument list."""
    written = node.children[0] if node.type == "generic_name" and node.children else node
    return resolved(reader, written.start_byte, written.end_byte, reader.word(written), is_called)


@lowers_value("predefined_type", "qualified_name", "alias_qualified_name")
@lowers_value("array_type", "nullable_type", "pointer_type", "tuple_type", "implicit_type")
def type_name(reader: Reader, node: Node) -> ir.Value:
    return type_value(reader, node)


@lowers_value("this")
def this(reader: Reader, node: Node) -> ir.This:
    return ir.This(node.start_byte, node.end_byte)


@lowers_value("base")
def base(reader: Reader, node: Node) -> ir.Super:
    return ir.Super(node.start_byte, node.end_byte)
