"""All fields of declared types, where the types say all that travels."""

from __future__ import annotations

from typing import NamedTuple

from eventlens import ir
from eventlens.flow import class_members, written_types
from eventlens.flow.declared_parts import (
    Part,
    folded,
    inline_parts,
    is_whole,
    kinds_of,
    may_travel_too,
    names_all,
    parts_of,
)
from eventlens.flow.denotations import ClassRef, Parameter
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.plain_types import CONTAINERS, SAME_OR_LESS, SCALARS
from eventlens.flow.program import ClassIndex, Frame
from eventlens.flow.sent_fields import Sent, SentField, joined
from eventlens.flow.type_texts import is_nothing

_MAX_DEPTH = 4


class _Content(NamedTuple):
    """What a value of a type holds: objects of which all fields are known, or nothing that has fields."""

    objects: tuple[Sent, ...] = ()


class WholeTypes:
    """Reads the fields of the types of one program."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def of_class(self, index: ClassIndex, is_made: bool, depth: int = 1) -> Sent | None:
        """The fields of an object of a class, which the code constructs (``is_made``) or says that it is; None where there may be others."""
        if depth > _MAX_DEPTH or not is_whole(self._evaluator, index, is_made):
            return None
        parts = parts_of(self._evaluator, index)
        maybe = may_travel_too(self._evaluator, index).union(*(part.names for part in parts.values()))
        fields = {folded(part.wire): self._field(part, depth) for part in parts.values()}
        for name in self._assigned(index):
            fields.setdefault(folded(name), SentField(name, is_open=True))
        made_by = tuple(class_members.bases(self._evaluator, index))
        return Sent(fields, maybe, frozenset(), self._is_open_at_run_time(index, is_made), made_by) if fields else None

    def untyped(self, index: ClassIndex) -> frozenset[str]:
        """The folded names of the fields of which no type is written."""
        parts = parts_of(self._evaluator, index).values()
        return frozenset(folded(part.wire) for part in parts if part.field.type is None).union(
            folded(name) for name in self._assigned(index)
        )

    def _assigned(self, index: ClassIndex) -> frozenset[str]:
        """The fields that methods make, where a language has them so."""
        if self._evaluator.program.workspace.finds_by_package(index.module.path):
            return frozenset()
        return frozenset(
            name
            for current in class_members.bases(self._evaluator, index)
            for name in current.assigned
            if not name.startswith(("_", "#")) and name not in current.fields
        )

    def of_parameter(self, value: Parameter) -> Sent | None:
        """The fields of what a function is given, where its type is written out or called otherwise (``type Placed = {…}``)."""
        function = value.frame.function
        for position, one in enumerate(function.parameters if function is not None else ()):
            if value.name in (one.name, f"#{position}") and one.type is not None:
                content = self._content(one.type, value.frame.outside, 1)
                return joined(content.objects) if content is not None and content.objects else None
        return None

    def _is_open_at_run_time(self, index: ClassIndex, is_made: bool) -> bool:
        return not is_made and not self._evaluator.program.workspace.finds_by_package(index.module.path)

    def _field(self, part: Part, depth: int) -> SentField:
        kinds = kinds_of(self._evaluator, part.field.type, part.frame)
        content = self._content(part.field.type, part.frame, depth + 1) if part.field.type is not None else None
        return SentField(part.wire, kinds, content.objects if content is not None else (), content is None)

    def _content(self, written: ir.TypeRef, frame: Frame, depth: int) -> _Content | None:
        """What a value of a type holds; None where it may be something that is not known."""
        name = written.name.rpartition(".")[2]
        if name in SCALARS or is_nothing(written):
            return _Content()
        if name in CONTAINERS or (name in SAME_OR_LESS and written.args):
            parts = written.args[:1] if name in SAME_OR_LESS else written.args
            return self._of_several(parts, frame, depth) if parts or name == "()" else None
        if name == "{}":
            return self._of_shape(written, frame, depth)
        if name == "&":
            return self._of_all_of(written, frame, depth)
        found = written_types.reference(self._evaluator, written, frame)
        classes = [one.index for one in found if isinstance(one, ClassRef)]
        if not classes or len(classes) != len(found):
            return None
        return _together([self._of_named(one, depth) for one in classes])

    def _of_several(self, types: tuple[ir.TypeRef, ...], frame: Frame, depth: int) -> _Content | None:
        return _together([self._content(one, frame, depth) for one in types])

    def _of_all_of(self, written: ir.TypeRef, frame: Frame, depth: int) -> _Content | None:
        """What has all fields of several types."""
        found = self._of_several(written.args, frame, depth)
        if found is None or len(found.objects) != len(written.args):
            return None
        return _Content((joined(found.objects),))

    def _of_shape(self, written: ir.TypeRef, frame: Frame, depth: int) -> _Content | None:
        """A type that is written out: objects of it may hold more at run time."""
        if depth > _MAX_DEPTH or not written.fields or not names_all(self._evaluator, written, frame):
            return None
        parts = inline_parts(self._evaluator, written, frame)
        fields = {folded(part.wire): self._field(part, depth) for part in parts.values()}
        return _Content((Sent(fields, is_only_declared=True),))

    def _of_named(self, index: ClassIndex, depth: int) -> _Content | None:
        definition = index.definition
        if definition.kind == "enum":
            return _Content()
        if definition.kind == "alias":
            if definition.aliased is None or depth > _MAX_DEPTH:
                return None
            found = self._content(definition.aliased, index.frame, depth + 1)
            return _Content(tuple(_shown_by(index, one) for one in found.objects)) if found is not None else None
        known = self.of_class(index, False, depth)
        return _Content((known,)) if known is not None else None


def _together(found: list[_Content | None]) -> _Content | None:
    known = [one for one in found if one is not None]
    return _Content(tuple(sent for one in known for sent in one.objects)) if len(known) == len(found) else None


def _shown_by(index: ClassIndex, sent: Sent) -> Sent:
    return sent._replace(made_by=(*sent.made_by, index))
