"""What a publish sends, where all of it is seen: literals without an open end and types whose fields are all known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from eventlens import ir
from eventlens.flow import written_types
from eventlens.flow.declared_parts import classes_of, folded, is_whole, kinds_of, may_travel_too, parts_of
from eventlens.flow.denotations import (
    Collection,
    Denotation,
    ExternalResult,
    Instance,
    Items,
    LibraryMember,
    Parameter,
    Record,
    Scalar,
    Table,
    Text,
)
from eventlens.flow.evaluation import ENCODING_METHODS, Evaluator
from eventlens.flow.program import ClassIndex, Frame, last_name
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import statements_in, values_in
from eventlens.flow.written_arguments import written_content

_COPYING = frozenset(("asdict", "jsonable_encoder"))
"""Functions outside the workspace that give all fields of what they are given."""
_LEAVING = re.compile(
    r"(?i)log|debug|info|warn|error|trace|print|publish|send|emit|produce|dispatch|enqueue|notify|add|put|push|write|save|validate|assert"
)
"""How functions are called that leave what they are given as it is."""
_MAX_DEPTH = 4


class SentField(NamedTuple):
    """A field that travels, as it is written. ``kinds`` are empty where they are not certain, ``inner`` None where not all of it is seen."""

    name: str
    kinds: frozenset[str] = frozenset()
    inner: Sent | None = None


class Sent(NamedTuple):
    """All fields of what is sent, by their folded names; ``maybe`` are the names of what may travel beside them."""

    fields: Mapping[str, SentField]
    maybe: frozenset[str] = frozenset()
    spelt: frozenset[str] = frozenset()
    """The names as they are written, where literals say that they travel just so; else none."""

    def has(self, name: str) -> bool:
        """Whether a field of a folded name may travel."""
        return name in self.fields or name in self.maybe


def joined(several: Iterable[Sent]) -> Sent:
    """What one of several messages may hold."""
    fields: dict[str, SentField] = {}
    maybe: frozenset[str] = frozenset()
    alternatives = list(several)
    spelt = [one.spelt for one in alternatives]
    for one in alternatives:
        maybe |= one.maybe
        for name, field in one.fields.items():
            fields[name] = _joined_field(fields[name], field) if name in fields else field
    return Sent(fields, maybe, frozenset().union(*spelt) if all(spelt) else frozenset())


def _joined_field(one: SentField, other: SentField) -> SentField:
    kinds = one.kinds | other.kinds if one.kinds and other.kinds else frozenset[str]()
    inner = joined((one.inner, other.inner)) if one.inner is not None and other.inner is not None else None
    return SentField(one.name, kinds, inner)


class WholeContents:
    """Reads what publishes send."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def sent(self, site: SiteNode, values: Iterable[Denotation]) -> Sent | None:
        """All that a publish sends, of which ``values`` are what it may be; None where something of it is not seen."""
        if any(map(_changes_what_it_is_given, _frames_of(site))):
            return None
        given = tuple(values)
        if not any(isinstance(value, Record | Table | Instance | Parameter) for value in given):
            given = self._made_of(site)
        found = [self._of(value, 1) for value in given]
        known = [one for one in found if one is not None]
        if not known or len(known) != len(found):
            return None
        return known[0] if len(known) == 1 else joined(known)

    def _made_of(self, site: SiteNode) -> tuple[Denotation, ...]:
        """The object at the heart of what is sent, as it is written (``codec.encode({…})``)."""
        content = list(written_content(site, getattr(site.match.entry, "payload", None) or ()))
        return self._evaluator.evaluate(*content[-1]) if content else ()

    def _of(self, value: Denotation, depth: int) -> Sent | None:
        if depth > _MAX_DEPTH:
            return None
        if isinstance(value, Record):
            return self._of_record(value, depth)
        if isinstance(value, Table):
            return self._of_table(value, depth)
        if isinstance(value, Instance):
            return self._of_class(value.index, value.call is not None, depth)
        if isinstance(value, Parameter):
            return self._of_all(written_types.declared_types(self._evaluator, value), depth)
        return self._of_all(self._unencoded(value), depth)

    def _of_all(self, values: Iterable[Denotation], depth: int) -> Sent | None:
        found = [self._of(value, depth + 1) for value in values]
        known = [one for one in found if one is not None]
        return joined(known) if known and len(known) == len(found) else None

    def _unencoded(self, value: Denotation) -> tuple[Denotation, ...]:
        """What a call gives in another form (``event.model_dump()``, ``asdict(event)``)."""
        if isinstance(value, LibraryMember) and value.call is not None and value.frame is not None:
            callee = value.call.callee
            if isinstance(callee, ir.Member) and callee.name in ENCODING_METHODS:
                return self._evaluator.evaluate(callee.object, value.frame, value.environment)
        if isinstance(value, ExternalResult) and value.call.args and last_name(value.call.callee) in _COPYING:
            return self._evaluator.evaluate(value.call.args[0].value, value.frame, value.environment)
        return ()

    # ---------------------------------------------------------------------------------------------------- literals

    def _of_record(self, value: Record, depth: int) -> Sent | None:
        if _is_changed(value):
            return None
        fields: dict[str, SentField] = {}
        maybe: frozenset[str] = frozenset()
        spelt = {one.key for one in value.node.fields if one.key is not None}
        is_spelt = not self._evaluator.program.workspace.finds_by_package(value.frame.module.path)
        for one in value.node.fields:
            if one.key is not None:
                inner = self._evaluator.evaluate(one.value, value.frame, value.environment)
                fields[folded(one.key)] = self._field(one.key, inner, depth)
                continue
            spread = self._spread(one, value, depth) if one.spread else None
            if spread is None:
                return None
            fields.update(spread.fields)
            maybe |= spread.maybe
            spelt |= spread.spelt
            is_spelt = is_spelt and bool(spread.spelt)
        return Sent(fields, maybe, frozenset(spelt) if is_spelt else frozenset())

    def _spread(self, one: ir.Field, value: Record, depth: int) -> Sent | None:
        inner = self._evaluator.evaluate(one.value, value.frame, value.environment)
        if any(isinstance(item, Record) and item.node is value.node for item in inner):
            return None
        return self._of_all(inner, depth)

    def _of_table(self, value: Table, depth: int) -> Sent | None:
        literal = self._of_literal_of(value, depth)
        if literal is None:
            return None
        fields = dict(literal.fields)
        for keys, values in value.entries:
            if not keys or not all(isinstance(key, Scalar) and isinstance(key.value, str) for key in keys):
                return None
            fields.update(
                (folded(str(key.value)), self._field(str(key.value), values, depth))
                for key in keys
                if isinstance(key, Scalar)
            )
        return Sent(fields, literal.maybe) if fields else None

    def _of_literal_of(self, value: Table, depth: int) -> Sent | None:
        if value.literal is None:
            return Sent({})
        fields: dict[str, SentField] = {}
        for one in value.literal.node.fields:
            if one.key is None:
                return None
            inner = self._evaluator.evaluate(one.value, value.literal.frame, value.literal.environment)
            fields[folded(one.key)] = self._field(one.key, inner, depth)
        return Sent(fields)

    def _field(self, name: str, values: tuple[Denotation, ...], depth: int) -> SentField:
        each = [self._kinds_of(value) for value in values]
        kinds = frozenset[str]().union(*each) if all(each) else frozenset[str]()
        return SentField(name, kinds, self._of_all(values, depth) if kinds == {"object"} else None)

    def _kinds_of(self, value: Denotation) -> frozenset[str]:
        if not isinstance(value, Parameter):
            return frozenset(filter(None, (_kind_of(value),)))
        function = value.frame.function
        written = (
            next((one.type for one in function.parameters if one.name == value.name), None)
            if function is not None
            else None
        )
        return kinds_of(self._evaluator, written, value.frame.parent or value.frame)

    # ----------------------------------------------------------------------------------------------------- classes

    def _of_class(self, index: ClassIndex, is_made: bool, depth: int) -> Sent | None:
        evaluator = self._evaluator
        is_closed = evaluator.program.workspace.finds_by_package(index.module.path)
        if not is_whole(evaluator, index, is_made) or not (is_made or is_closed):
            return None  # elsewhere an object that is only said to be of a type may hold more, such as a request's body
        fields: dict[str, SentField] = {}
        maybe = may_travel_too(evaluator, index)
        for part in parts_of(evaluator, index).values():
            kinds = kinds_of(evaluator, part.field.type, part.frame)
            inner = self._of_typed(part.field.type, part.frame, depth) if kinds == {"object"} else None
            fields[folded(part.wire)] = SentField(part.wire, kinds, inner)
            maybe |= part.names
        return Sent(fields, maybe) if fields else None

    def _of_typed(self, written: ir.TypeRef | None, frame: Frame, depth: int) -> Sent | None:
        classes = classes_of(self._evaluator, written, frame) if written is not None and depth < _MAX_DEPTH else []
        return self._of_class(classes[0], False, depth + 1) if len(classes) == 1 else None


def _kind_of(value: Denotation) -> str:
    """What a value is on the wire; "" where that is not certain."""
    if isinstance(value, Scalar):
        return {bool: "truth", int: "number", float: "number", str: "text"}.get(type(value.value), "")
    if isinstance(value, Text):
        return "text"
    if isinstance(value, Items | Collection):
        return "list"
    if isinstance(value, Instance):
        return "object" if value.index.definition.kind in ("class", "interface") else ""
    return "object" if isinstance(value, Record | Table) else ""


def _frames_of(site: SiteNode) -> Iterator[Frame]:
    """The publishing functions that what is sent goes through."""
    if site.match.place.frame is not None:
        yield site.match.place.frame
    for caller in site.chain:
        yield caller.callee.frame


def _changes_what_it_is_given(frame: Frame) -> bool:
    """Whether a function gives a member of one of its parameters a value."""
    function = frame.function
    if function is None:
        return False
    given = {one.name for one in function.parameters}
    return any(
        isinstance(one, ir.Assign) and isinstance(one.target, ir.Member | ir.Index) and _root(one.target) in given
        for one in statements_in(function.body or ())
    )


def _is_changed(value: Record) -> bool:
    """Whether a literal that a name holds is filled further, or handed to a function that may fill it."""
    frame = value.frame
    body = (frame.function.body if frame.function is not None else frame.module.module.body) or ()
    statements = list(statements_in(body))
    names = {
        one.target.name
        for one in statements
        if isinstance(one, ir.Assign)
        and isinstance(one.target, ir.Name)
        and one.value is not None
        and any(inner is value.node for inner in values_in(one.value))
    }
    return bool(names) and any(_fills(one, names) for one in statements)


def _fills(statement: ir.Statement, names: set[str]) -> bool:
    if isinstance(statement, ir.Assign):
        return isinstance(statement.target, ir.Member | ir.Index) and _root(statement.target) in names
    call = statement.value if isinstance(statement, ir.Evaluate) else None
    call = call.value if isinstance(call, ir.Await) else call
    if not isinstance(call, ir.Call):
        return False
    owner = call.callee.object if isinstance(call.callee, ir.Member) else None
    if isinstance(owner, ir.Name) and owner.name in names:
        return True
    given = any(isinstance(one.value, ir.Name) and one.value.name in names for one in call.args)
    return given and not _LEAVING.search(last_name(call.callee))


def _root(value: ir.Value) -> str:
    while isinstance(value, ir.Member | ir.Index):
        value = value.object
    return value.name if isinstance(value, ir.Name) else ""
