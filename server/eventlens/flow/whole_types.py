"""All fields of declared types, where the types say all that travels."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from eventlens import ir
from eventlens.flow import class_hierarchy, denotations, schema_zod, whole_zod, written_types
from eventlens.flow.call_results import ENCODING_METHODS
from eventlens.flow.declared_parts import (
    Part,
    classes_of,
    folded,
    inline_parts,
    is_bytes,
    is_whole,
    kinds_of,
    may_travel_too,
    names_all,
    parts_of,
    types_in,
)
from eventlens.flow.denotations import ClassRef, Parameter
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.field_methods import field_read_by
from eventlens.flow.holder_names import is_holder, may_be_encoded
from eventlens.flow.passed_values import root_of, steps_of, written_type
from eventlens.flow.plain_types import CONTAINERS, SAME_OR_LESS, SCALARS
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.sent_fields import Sent, SentField, joined
from eventlens.flow.type_texts import is_nothing

_MAX_DEPTH = 4
_MAPS = frozenset(
    ("Map", "HashMap", "MutableMap", "LinkedHashMap", "map", "Record", "dict", "Dict", "Mapping", "Dictionary", "IDictionary", "IReadOnlyDictionary")
)  # fmt: skip
_HELD = frozenset(("data", "body", "payload", "value", "message", "Data", "Body", "Payload", "Value", "Message"))
"""What a library's type of one type argument holds of that type (``Job<Order>.data``)."""
_SAME_TYPE = ENCODING_METHODS | {"copy", "model_copy"}
"""Methods that give an object with the same fields."""
_LISTS = written_types.COLLECTION_TYPES | {"Flux", "Stream", "AsyncIterable", "Iterator", "AsyncIterator"}


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
        made_by = tuple(class_hierarchy.bases(self._evaluator, index))
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
            for current in class_hierarchy.bases(self._evaluator, index)
            for name in current.assigned
            if not name.startswith(("_", "#")) and name not in current.fields
        )

    def of_parameter(self, value: Parameter) -> Sent | None:
        """The fields of what a function is given, where its type is written out or called otherwise (``type Placed = {…}``)."""
        function = value.frame.function
        for position, one in enumerate(function.parameters if function is not None else ()):
            if value.name in (one.name, f"#{position}") and one.type is not None:
                return self._of_written((one.type, value.frame.outside))
        return None

    def of_part(self, value: denotations.Part) -> Sent | None:
        """The fields of a part of what a function is given, by the types that say what it is (``for order of batch.orders``)."""
        root = root_of(value)
        written = _type_of(root) if isinstance(root, Parameter) else None
        for step in _taken(steps_of(value)):
            written = self._part_of(*written, step) if written is not None else None
        return self._of_written(written) if written is not None else None

    def _of_written(self, written: tuple[ir.TypeRef, Frame]) -> Sent | None:
        content = self._content(*written, 1)
        return joined(content.objects) if content is not None and content.objects else None

    def _part_of(self, written: ir.TypeRef, frame: Frame, step: str) -> tuple[ir.TypeRef, Frame] | None:
        """The type of a field, or of the elements, of what is of a type; None where that is not one type."""
        some = list(types_in(written))
        if len(some) != 1:
            return None
        one = some[0]
        if step.startswith("["):
            is_list = one.name.rpartition(".")[2] in _LISTS and len(one.args) == 1
            return (one if step == "[:]" else one.args[0], frame) if is_list else None
        if one.name == "{}":
            parts = [inline_parts(self._evaluator, one, frame)]
        else:
            classes = classes_of(self._evaluator, one, frame)
            if not classes and step in _HELD and len(one.args) == 1:
                return one.args[0], frame
            parts = [parts_of(self._evaluator, each) for each in classes]
        found = parts[0].get(folded(step)) if len(parts) == 1 else None
        return (found.field.type, found.frame) if found is not None and found.field.type is not None else None

    def _is_open_at_run_time(self, index: ClassIndex, is_made: bool) -> bool:
        return not is_made and not self._evaluator.program.workspace.finds_by_package(index.module.path)

    def _field(self, part: Part, depth: int) -> SentField:
        kinds = kinds_of(self._evaluator, part.field.type, part.frame)
        content = self._content(part.field.type, part.frame, depth + 1) if part.field.type is not None else None
        if content is None and part.field.type is not None and not is_holder(part.wire):
            content = self._of_map(part.field.type, part.frame, depth)
        is_open = content is None or (may_be_encoded(part.wire) and is_bytes(part.field.type))
        return SentField(part.wire, kinds, content.objects if content is not None else (), is_open)

    def _of_map(self, written: ir.TypeRef, frame: Frame, depth: int) -> _Content | None:
        """A map of values that have no fields: its keys are content, where its field is not called after what it says of the message."""
        some = list(types_in(written))
        is_map = len(some) == 1 and some[0].name.rpartition(".")[2] in _MAPS and len(some[0].args) == 2
        content = self._of_several(some[0].args, frame, depth) if is_map else None
        return content if content is not None and not content.objects else None

    def _content(self, written: ir.TypeRef, frame: Frame, depth: int) -> _Content | None:
        """What a value of a type holds; None where it may be something that is not known."""
        name = written.name.rpartition(".")[2]
        if name in SCALARS or is_nothing(written):
            return _Content()
        if schema_zod.is_inferred(written):
            values = schema_zod.inferred_from(self._evaluator, written.args[0], frame)
            described = whole_zod.described(self._evaluator, values, True)
            return _Content(described) if described is not None else None
        if name in CONTAINERS or (name in SAME_OR_LESS and written.args):
            parts = written.args[:1] if name in SAME_OR_LESS else written.args
            inside = self._of_several(parts, frame, depth) if parts or name == "()" else None
            is_cut = inside is not None and name in ("Pick", "Omit") and len(written.args) > 1
            return _chosen(inside, name, written.args[1]) if inside is not None and is_cut else inside
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


def _type_of(value: Parameter) -> tuple[ir.TypeRef, Frame] | None:
    written = written_type(value)
    return (written, value.frame.outside) if written is not None else None


def _taken(steps: tuple[str, ...]) -> list[str]:
    """The fields and elements that steps lead through: accessors stand for their fields, and encoding changes nothing."""
    found: list[str] = []
    for step, following in pairwise((*steps, "")):
        if step == "()" or (following == "()" and step in _SAME_TYPE):
            continue
        found.append((field_read_by(step) or step) if following == "()" else step)
    return found


def _chosen(content: _Content, how: str, names: ir.TypeRef) -> _Content:
    """What ``Pick`` or ``Omit`` leave of the fields that a type has; all of them where the names are not written there."""
    literals = [one.literal for one in (names.args if names.name == "|" else (names,))]
    texts = {folded(one) for one in literals if isinstance(one, str)}
    if len(texts) != len(literals):
        return content
    return _Content(tuple(_cut(one, texts, how == "Pick") for one in content.objects))


def _cut(sent: Sent, names: set[str], are_kept: bool) -> Sent:
    """The fields of some names, or those of all others; what the type says beside them is not asked any more."""
    fields = {key: field for key, field in sent.fields.items() if (key in names) is are_kept}
    return sent._replace(fields=fields, maybe=frozenset(fields), made_by=())


def _together(found: list[_Content | None]) -> _Content | None:
    known = [one for one in found if one is not None]
    return _Content(tuple(sent for one in known for sent in one.objects)) if len(known) == len(found) else None


def _shown_by(index: ClassIndex, sent: Sent) -> Sent:
    return sent._replace(made_by=(*sent.made_by, index))
