"""Annotations and the other modifiers of a declaration."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.chains import arguments
from eventlens.syntax.kotlin.reader import Reader, first
from eventlens.syntax.kotlin.type_refs import type_value

_VISIBILITIES = {"private": "private", "protected": "protected"}


@dataclass(frozen=True, slots=True)
class Modifiers:
    """What stands before a declaration; ``words`` are its modifiers as written."""

    decorators: tuple[ir.Value, ...] = ()
    words: frozenset[str] = frozenset()
    visibility: str = "public"


UNMODIFIED = Modifiers()


def modifiers(reader: Reader, node: Node) -> Modifiers:
    """The annotations and modifiers of a declaration node."""
    written = first(node, "modifiers")
    return read_modifiers(reader, written) if written is not None else UNMODIFIED


def read_modifiers(reader: Reader, node: Node) -> Modifiers:
    """The content of a ``modifiers`` or ``parameter_modifiers`` node. ``internal`` counts as public."""
    decorators: list[ir.Value] = []
    words: set[str] = set()
    for child in node.named_children:
        if child.type == "annotation":
            decorators.extend(annotation(reader, child))
        else:
            words.add(reader.of(child))
    visibility = next((_VISIBILITIES[word] for word in words if word in _VISIBILITIES), "public")
    return Modifiers(tuple(decorators), frozenset(words), visibility)


def annotation(reader: Reader, node: Node) -> list[ir.Value]:
    """``@A``, ``@A(x)`` or ``@[A B(x)]``; what it is put on (``@field:``) is dropped."""
    found: list[ir.Value] = []
    for child in node.named_children:
        if child.type == "user_type":
            found.append(type_value(reader, child))
        elif child.type == "constructor_invocation":
            found.append(invocation(reader, child))
    return found


def invocation(reader: Reader, node: Node) -> ir.Value:
    """``A(x)`` as it stands in annotations."""
    named = first(node, "user_type")
    given = first(node, "value_arguments")
    callee = type_value(reader, named) if named is not None else ir.Unknown(node.start_byte, node.end_byte, node.type)
    args = arguments(reader, given) if given is not None else ()
    return ir.Call(node.start_byte, node.end_byte, callee, args)
