"""Modifiers and annotations."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.java.reader import SKIPPED, Reader, lowers_value, value
from eventlens.syntax.reader import part


@dataclass(frozen=True, slots=True)
class Modifiers:
    """What stands before a declaration."""

    words: frozenset[str] = frozenset()
    annotations: tuple[ir.Value, ...] = ()

    @property
    def visibility(self) -> str:
        """Without a word it is public: whoever is in the package may look it up."""
        return "private" if "private" in self.words else "protected" if "protected" in self.words else "public"


_NONE = Modifiers()


def modifiers(reader: Reader, node: Node) -> Modifiers:
    """The modifiers of a declaration."""
    for child in node.children:
        if child.type == "modifiers":
            annotations = tuple(value(reader, each) for each in child.named_children if each.type in _ANNOTATIONS)
            return Modifiers(frozenset(each.type for each in child.children if not each.is_named), annotations)
        if child.is_named and child.type not in SKIPPED:
            break
    return _NONE


@lowers_value("marker_annotation")
def marker(reader: Reader, node: Node) -> ir.Value:
    """``@A``"""
    return _annotation_name(reader, part(node, "name"))


@lowers_value("annotation")
def annotation(reader: Reader, node: Node) -> ir.Value:
    """``@A(x)``, ``@A(k = x)``"""
    named = _annotation_name(reader, part(node, "name"))
    written = node.child_by_field_name("arguments")
    given: list[ir.Argument] = []
    for child in written.named_children if written is not None else ():
        start, end = child.start_byte, child.end_byte
        if child.type == "element_value_pair":
            content = value(reader, part(child, "value"))
            given.append(ir.Argument(start, end, content, reader.of(part(child, "key"))))
        elif child.type not in SKIPPED:
            given.append(ir.Argument(start, end, value(reader, child)))
    return ir.Call(node.start_byte, node.end_byte, named, tuple(given))


def _annotation_name(reader: Reader, node: Node) -> ir.Value:
    if node.type == "scoped_identifier":
        return value(reader, node)
    return ir.Name(node.start_byte, node.end_byte, reader.of(node))


_ANNOTATIONS = frozenset({"marker_annotation", "annotation"})
