"""What a bare name means in one file: a local variable, a member of the enclosing class, or of a class around that."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from tree_sitter import Node


@dataclass(slots=True)
class ClassScope:
    """A class whose body is being read; ``name`` is "" for an anonymous one."""

    name: str
    fields: frozenset[str]
    methods: frozenset[str]
    has_bases: bool
    outer_locals: dict[str, None]
    """The locals around a class that is declared among statements."""


@dataclass(slots=True)
class Scopes:
    """The names that are known where the reading stands."""

    classes: list[ClassScope] = field(default_factory=list)
    locals: dict[str, None] = field(default_factory=dict)
    """Local variables and parameters, in the order in which they came into being."""
    imported: set[str] = field(default_factory=set)
    """The names of static imports."""
    imports_all: bool = False
    """Whether all static members of some class are imported."""

    def known(self) -> tuple[Hashable, ...]:
        """All that the meaning of a bare name depends on, to compare."""
        around = tuple(
            [(each.name, each.fields, each.methods, each.has_bases, *each.outer_locals) for each in self.classes]
        )
        return around, tuple(self.locals), frozenset(self.imported), self.imports_all

    def declare(self, name: str) -> None:
        self.locals[name] = None

    def forget(self, count: int) -> None:
        """Leave a block: only the first ``count`` locals stay."""
        while len(self.locals) > count:
            self.locals.popitem()

    def enter(self, name: str, members: tuple[frozenset[str], frozenset[str]], has_bases: bool) -> None:
        """Enter a class that has these fields and methods."""
        self.classes.append(ClassScope(name, members[0], members[1], has_bases, self.locals))
        self.locals = {}

    def leave(self) -> None:
        self.locals = self.classes.pop().outer_locals

    def field_owner(self, name: str) -> str | None:
        """Whose field a bare name is: "this", the name of a class around, or None for a local or what this file does not say."""
        if name in self.locals:
            return None
        for depth, scope in enumerate(reversed(self.classes)):
            if name in scope.fields:
                return (scope.name or None) if depth else "this"
            if name in scope.outer_locals:
                return None
        if name in self.imported or not name.lstrip("_")[:1].islower() or not self.classes:
            return None
        return "this" if self.classes[-1].has_bases else None

    def method_owner(self, name: str) -> str | None:
        """Whose method a bare call calls, in the same words; None for a static import."""
        for depth, scope in enumerate(reversed(self.classes)):
            if name in scope.methods:
                return (scope.name or None) if depth else "this"
        if not self.classes or name in self.imported:
            return None
        return None if self.imports_all and not self.classes[-1].has_bases else "this"


def members_of(nodes: list[Node], text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the fields and of the methods among the nodes of a class's body; ``text`` has one character a byte."""
    fields: set[str] = set()
    methods: set[str] = set()
    for node in nodes:
        kind = node.type
        if kind in ("field_declaration", "constant_declaration"):
            fields.update(_name(child, text) for child in node.named_children if child.type == "variable_declarator")
        elif kind in ("enum_constant", "formal_parameter"):
            fields.add(_name(node, text))
        elif kind == "spread_parameter":
            fields.update(_name(child, text) for child in node.named_children if child.type == "variable_declarator")
        elif kind == "method_declaration":
            methods.add(_name(node, text))
    return frozenset(fields), frozenset(methods)


def _name(node: Node, text: str) -> str:
    named = node.child_by_field_name("name")
    return text[named.start_byte : named.end_byte].encode("latin-1").decode("utf-8", "replace") if named else ""
