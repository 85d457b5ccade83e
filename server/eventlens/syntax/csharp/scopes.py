"""Which bare names mean members of a type of this file: C# lets the receiver be left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

TYPES = frozenset(
    {"class_declaration", "struct_declaration", "record_declaration", "interface_declaration", "enum_declaration"}
)
"""Declarations whose members may be named without a receiver inside them."""
_LISTS = frozenset(
    {
        *("declaration_list", "namespace_declaration", "file_scoped_namespace_declaration", "preproc_if"),
        *("preproc_else", "preproc_elif", "ERROR", *TYPES),
    }
)
_NAMED = frozenset({"property_declaration", "method_declaration", "event_declaration"})
_FIELDS = frozenset({"field_declaration", "event_field_declaration"})
_MOST_BASES = 20


@dataclass(slots=True)
class _Declared:
    members: set[str] = field(default_factory=set)
    bases: dict[str, None] = field(default_factory=dict)
    """In their order: the parts of a type name the same ones again."""


@dataclass(frozen=True, slots=True)
class ClassNames:
    """A type around the place that is read."""

    name: str
    members: frozenset[str]
    has_bases: bool
    is_enum: bool = False


class FileNames:
    """The members of the types that a file declares, those of bases in the same file included."""

    __slots__ = ("_known", "_types")

    def __init__(self, types: dict[str, _Declared]) -> None:
        self._types = types
        self._known: dict[tuple[str, bool], ClassNames] = {}

    def of(self, name: str, is_enum: bool) -> ClassNames:
        """What the type ``name`` has."""
        known = self._known.get((name, is_enum))
        if known is None:
            known = self._known[(name, is_enum)] = self._find(name, is_enum)
        return known

    def _find(self, name: str, is_enum: bool) -> ClassNames:
        found: set[str] = set()
        waiting, seen = [name], {name}
        while waiting and len(seen) < _MOST_BASES:
            declared = self._types.get(waiting.pop())
            if declared is not None:
                found |= declared.members
                fresh = [base for base in declared.bases if base not in seen]
                waiting.extend(fresh)
                seen.update(fresh)
        own = self._types.get(name)
        return ClassNames(name, frozenset(found), own is not None and bool(own.bases), is_enum)


def file_names(root: Node, text: str) -> FileNames:
    """The types below a tree's root; parts of one type are taken together."""
    types: dict[str, _Declared] = {}
    waiting: list[tuple[Node, _Declared]] = [(root, _Declared())]
    while waiting:
        node, around = waiting.pop()
        for child in node.named_children:
            kind = child.type
            if kind in TYPES:
                named = child.child_by_field_name("name")
                name = _word(named, text) if named is not None else ""
                declared = types.setdefault(name, _Declared())
                _add_head(child, text, declared)
                waiting.append((child, declared))
            elif kind in _LISTS:
                waiting.append((child, around))
            elif kind in _NAMED or kind in _FIELDS:
                around.members.update(_names(child, kind, text))
            elif kind == "enum_member_declaration_list":
                members = (each for each in child.named_children if each.type == "enum_member_declaration")
                around.members.update(_named(members, text))
    return FileNames(types)


def _add_head(node: Node, text: str, declared: _Declared) -> None:
    """The parameters and bases in a type's head."""
    for child in node.named_children:
        kind = child.type
        if kind == "parameter_list":
            declared.members.update(_named((each for each in child.named_children if each.type == "parameter"), text))
        elif kind == "base_list":
            declared.bases.update(dict.fromkeys(_base_names(child, text)))


def _base_names(node: Node, text: str) -> Iterator[str]:
    for child in node.named_children:
        if child.type in ("identifier", "generic_name", "qualified_name", "primary_constructor_base_type"):
            written = text[child.start_byte : child.end_byte]
            yield written.partition("<")[0].partition("(")[0].rpartition(".")[2].strip()


def _names(node: Node, kind: str, text: str) -> Iterator[str]:
    if kind in _NAMED:
        yield from _named((node,), text)
        return
    for child in node.named_children:
        if child.type == "variable_declaration":
            yield from _named((each for each in child.named_children if each.type == "variable_declarator"), text)


def _named(nodes: Iterable[Node], text: str) -> Iterator[str]:
    for node in nodes:
        named = node.child_by_field_name("name")
        if named is not None:
            yield _word(named, text)


def _word(node: Node, text: str) -> str:
    return text[node.start_byte : node.end_byte].removeprefix("@")
