"""What a consumer's own types say of the parts of a message that it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.flow import class_hierarchy, schema_zod
from eventlens.flow.declared_parts import (
    Part,
    classes_of,
    folded,
    has_tags,
    inline_parts,
    is_open,
    kinds_of,
    parts_of,
    types_in,
)
from eventlens.flow.denotations import ClassRef, External
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.model import PayloadField
from eventlens.flow.module_index import decorator_name
from eventlens.flow.noted_reads import NotedRead, Path
from eventlens.flow.schema_reads import Reading, Stated
from eventlens.flow.schema_types import Written
from eventlens.flow.scopes import ClassIndex, Frame


class Taken(NamedTuple):
    """A part that a consumer counts on. ``names`` are those under which it may travel, folded; ``wire`` the one that is meant."""

    names: frozenset[str]
    wire: str
    kinds: frozenset[str] = frozenset()
    """What it must be on the wire, as `kinds_of`; empty where that is not certain."""
    is_typed: bool = True
    """Whether a type declares it: else it is read by just the name."""
    is_strict: bool = False
    """Whether numbers are not taken for texts, nor texts for numbers."""


_MODEL = "BaseModel"
"""The base of the classes that refuse what lacks a field."""
_REWRITING = frozenset(("model_validator", "root_validator"))
"""Decorators of methods that may put a message into another form first."""


class TakenParts:
    """The parts that one handler reads, as its types declare them."""

    def __init__(self, evaluator: Evaluator, reading: Reading) -> None:
        self._evaluator = evaluator
        self._stated = reading.stated

    def part(self, path: Path, reads: Sequence[NotedRead]) -> Taken | None:
        """The part at a path, where the handler counts on it; None where it asks for it first, or its type says that it may be missing,
        or is no field of the message."""
        if "[]" in path or not all(one.is_sure for one in reads) or any(map(self._is_asked_behind, reads)):
            return None
        declared = self._declared(path[:-1])
        if declared is None:
            return None
        parts = [one[folded(path[-1])] for one in declared if folded(path[-1]) in one]
        if not declared:
            return self._by_name(path, reads)
        if len(parts) != len(declared) or any(one.is_optional for one in parts):
            return None
        return self._taken(parts)

    def _by_name(self, path: Path, reads: Sequence[NotedRead]) -> Taken | None:
        """A part that no type declares: only where members of an object are just what it holds."""
        workspace = self._evaluator.program.workspace
        if any(one.by_method or workspace.finds_by_package(one.frame.module.path) for one in reads):
            return None
        return Taken(frozenset((folded(path[-1]),)), path[-1], is_typed=False)

    def _taken(self, parts: Sequence[Part]) -> Taken:
        each = [kinds_of(self._evaluator, one.field.type, one.frame) for one in parts]
        return Taken(
            frozenset[str]().union(*(one.names for one in parts)),
            parts[0].wire,
            frozenset[str]().union(*each) if all(each) else frozenset(),
            is_strict=all(has_tags(one.field) for one in parts),
        )

    def needed(self) -> Iterator[tuple[Path, tuple[Frame, ir.Node], list[Taken]]]:
        """The parts without which a model or schema refuses every message, with where each message is made into one of it."""
        for stated in self._stated:
            if stated.at is not None:
                taken = self._needed_by(stated)
                if taken:
                    yield stated.path, stated.at, taken

    def _needed_by(self, stated: Stated) -> list[Taken]:
        if isinstance(stated.type, Written):
            return []
        if isinstance(stated.type, ClassRef):
            index = stated.type.index
            parts = parts_of(self._evaluator, index).values() if self._refuses(index) else ()
            return [self._taken([one]) for one in parts if not one.is_optional]
        found: list[Taken] = []
        for call, frame in schema_zod.schema_calls((stated.type,)):
            fields = schema_zod.fields_of(self._evaluator, call, frame)
            found.extend(
                Taken(frozenset((folded(one.name),)), one.name, _kinds_of_schema(one), is_strict=True)
                for one in fields
                if not one.optional
                and one.default is None
                and one.type not in ("any", "unknown", "undefined", "void", "never")
            )
        return found

    def names_at(self, path: Path) -> frozenset[str]:
        """The folded names of the fields that the types declare for what is at a path."""
        return frozenset(folded(part.wire) for one in self._declared(path) or () for part in one.values())

    def _refuses(self, index: ClassIndex) -> bool:
        """Whether a class is a model that is made of a message as it is, and of none that lacks a field."""
        outside = [found for found, _, _ in class_hierarchy.external_bases(self._evaluator, index)]
        methods = [
            one for current in class_hierarchy.bases(self._evaluator, index) for one in current.definition.methods
        ]
        is_model = any(isinstance(one, External) and one.path[-1:] == (_MODEL,) for one in outside)
        return is_model and not any(
            decorator_name(one) in _REWRITING for method in methods for one in method.decorators
        )

    def _is_asked_behind(self, read: NotedRead) -> bool:
        """Whether the code goes on only where the part is there (``order.total?.toFixed()``, ``order.total!!``)."""
        return self._follows(read).startswith((b"?", b"!!"))

    def _follows(self, read: NotedRead) -> bytes:
        try:
            text = self._evaluator.program.workspace.text(read.frame.module.path)
        except (OSError, KeyError):
            return b""
        return text[read.node.end : read.node.end + 40].lstrip()

    def _declared(self, path: Path) -> list[dict[str, Part]] | None:
        """The fields that each type stated for what is at a path has; None where one of the types is not known."""
        found: list[dict[str, Part]] = []
        for stated in self._stated:
            if stated.path == path:
                parts = self._parts_of(stated)
                if parts is None:
                    return None
                found.extend(parts)
        if path:
            inner = self._declared_inside(path)
            if inner is None:
                return None
            found.extend(inner)
        return found

    def _declared_inside(self, path: Path) -> list[dict[str, Part]] | None:
        around = self._declared(path[:-1])
        if around is None:
            return None
        found: list[dict[str, Part]] = []
        for one in around:
            part = one.get(folded(path[-1]))
            if part is None:
                return None
            parts = self._parts_of_type(part.field.type, part.frame)
            if parts is None:
                return None
            found.extend(parts)
        return found

    def _parts_of(self, stated: Stated) -> Iterable[dict[str, Part]] | None:
        if isinstance(stated.type, Written):
            return self._parts_of_type(stated.type.ref, stated.type.frame)
        if isinstance(stated.type, ClassRef):
            return [parts_of(self._evaluator, stated.type.index)]
        return None

    def _parts_of_type(self, written: ir.TypeRef | None, frame: Frame) -> list[dict[str, Part]] | None:
        """The fields of a type; [] where it leaves open what is inside, None where it is not known."""
        if written is None or is_open(written):
            return []
        found: list[dict[str, Part]] = []
        for one in types_in(written):
            if one.name == "{}":
                found.append(inline_parts(self._evaluator, one, frame))
                continue
            classes = [
                each
                for each in classes_of(self._evaluator, one, frame)
                if each.definition.kind in ("class", "interface")
            ]
            if not classes:
                return None
            found.extend(parts_of(self._evaluator, each) for each in classes)
        return found


_SCHEMA_KINDS = {"string": "text", "number": "number", "boolean": "truth"}


def _kinds_of_schema(field: PayloadField) -> frozenset[str]:
    kind = "list" if field.repeated else "object" if field.fields else _SCHEMA_KINDS.get(field.type, "")
    return frozenset((kind,)) if kind else frozenset()
