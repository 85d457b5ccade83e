"""What a publish sends, where all of it is seen: literals without an open end and types whose fields are all known.

Who says that a message lacks something, or that a field of it is not sent, asks here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eventlens import ir
from eventlens.flow import application, class_hierarchy, class_members, whole_marshmallow, whole_zod, written_types
from eventlens.flow.call_results import ENCODING_METHODS
from eventlens.flow.callers import Callers
from eventlens.flow.changed_records import is_left_alone, takers_of
from eventlens.flow.declared_parts import folded, kinds_of
from eventlens.flow.denotations import (
    Collection,
    Denotation,
    EnumMember,
    Environment,
    ExternalResult,
    FunctionRef,
    Instance,
    Items,
    LibraryMember,
    LibraryValue,
    Parameter,
    Part,
    Record,
    Scalar,
    Table,
    Text,
    unique,
)
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.holder_names import is_holder, may_be_encoded
from eventlens.flow.iterated_values import iterated_with
from eventlens.flow.module_index import last_name
from eventlens.flow.named_entries import named_entries
from eventlens.flow.passed_values import passed_by_all, root_of, steps_of
from eventlens.flow.schema_zod import schema_calls
from eventlens.flow.scopes import Frame
from eventlens.flow.sent_fields import Sent, SentField, joined
from eventlens.flow.site_node import SiteNode
from eventlens.flow.tables import MAX_ENTRIES
from eventlens.flow.whole_types import WholeTypes
from eventlens.flow.written_arguments import written_content

_COPYING = frozenset(("asdict", "jsonable_encoder"))
"""Functions outside the workspace that give all fields of what they are given."""
_SCALARS = frozenset(("text", "number", "truth"))
_CONTENT = (Record, Table, Instance)
_MAX_DEPTH = 4


class WholeContents:
    """Reads what publishes send."""

    def __init__(self, evaluator: Evaluator, callers: Callers | None = None) -> None:
        """``callers`` are asked for what they pass where the publishing function leaves it open; None: it is then not seen."""
        self._evaluator = evaluator
        self._callers = callers
        self._types = WholeTypes(evaluator)

    def sent(self, site: SiteNode, values: Iterable[Denotation]) -> Sent | None:
        """All that a publish sends, of which ``values`` are what it may be; None where something of it is not seen."""
        if not all(map(is_left_alone, _frames_of(site))):
            return None
        written = (whole_marshmallow.written_out(self._evaluator, *one) for one in self._written(site))
        described = next((one for one in written if one is not None), None)
        if described is not None:
            return described
        look = _Look(self._evaluator, self._types, self._callers, _sending(site))
        given = _resolved(values)
        found = look.of_all(given, 0)
        if found is None and not (given and all(isinstance(value, (*_CONTENT, Parameter)) for value in given)):
            found = look.of_all(self._made_of(site), 0)
        return found

    def _written(self, site: SiteNode) -> list[tuple[ir.Value, Frame]]:
        return list(written_content(site, getattr(site.match.entry, "payload", None) or ()))

    def _made_of(self, site: SiteNode) -> tuple[Denotation, ...]:
        """The object at the heart of what is sent, as it is written (``codec.encode({…})``)."""
        content = self._written(site)
        if not content:
            return ()
        value, frame = content[-1]
        return self._evaluator.evaluate(value, frame, _seen_from(site, frame))


class _Look:
    """One message, looked at as far as it is known."""

    def __init__(
        self, evaluator: Evaluator, types: WholeTypes, callers: Callers | None, sending: frozenset[int]
    ) -> None:
        self._evaluator = evaluator
        self._types = types
        self._callers = callers
        self._sending = sending

    def of_all(self, values: Iterable[Denotation], depth: int) -> Sent | None:
        """What values are, one of which is sent; None where one is not seen whole."""
        found = [self._of(value, depth + 1) for value in _told_once(values)]
        known = [one for one in found if one is not None]
        return joined(known) if known and len(known) == len(found) else None

    def _of(self, value: Denotation, depth: int) -> Sent | None:
        if depth > _MAX_DEPTH:
            return None
        if isinstance(value, Record):
            return self._of_record(value, depth)
        if isinstance(value, Table):
            return self._of_table(value, depth)
        if isinstance(value, Instance):
            return self._of_object(value, depth)
        if isinstance(value, Parameter | Part):
            return self._declared(value, depth) or self._passed(value, depth)
        if isinstance(value, LibraryValue):
            described = whole_zod.described(self._evaluator, (value,), False)
            return joined(described) if described is not None else None
        entries = named_entries(value) if isinstance(value, ExternalResult) else None
        if isinstance(value, ExternalResult) and entries:
            return self._of_entries(value, entries, depth)
        return self.of_all(self._unencoded(value), depth)

    def _of_entries(self, value: ExternalResult, entries: list[tuple[str, ir.Value]], depth: int) -> Sent | None:
        takers = takers_of(self._evaluator, value.call, value.frame, self._sending)
        if takers is None:
            return None
        fields = {
            folded(name): self._field(name, self._evaluator.evaluate(one, value.frame, value.environment), depth)
            for name, one in entries
        }
        return Sent(fields, made_by=(value.frame, *takers))

    def _declared(self, value: Parameter | Part, depth: int) -> Sent | None:
        """What the types say that a value is which a function is given, or a part of that."""
        if isinstance(value, Parameter):
            typed = written_types.declared_types(self._evaluator, value)
            if typed:
                return self.of_all(typed, depth)
            each = iterated_with(self._evaluator, value)
            return self.of_all(each, depth) if each else self._types.of_parameter(value)
        returned = self._returned(value) if value.step == "()" else ()
        return self.of_all(returned, depth) if returned else self._types.of_part(value)

    def _passed(self, value: Parameter | Part, depth: int) -> Sent | None:
        """What all callers of a function pass for a value that its types leave open."""
        root = root_of(value)
        if self._callers is None or (isinstance(root, Parameter) and not is_left_alone(root.frame)):
            return None
        given = passed_by_all(self._callers, value)
        some = [one for one in given if not (isinstance(one, Scalar) and one.value is None)]
        return self.of_all(some, depth)

    def _unencoded(self, value: Denotation) -> tuple[Denotation, ...]:
        """What a call gives in another form (``event.model_dump()``, ``asdict(event)``)."""
        if isinstance(value, LibraryMember) and value.call is not None and value.frame is not None:
            callee = value.call.callee
            if isinstance(callee, ir.Member) and callee.name in ENCODING_METHODS:
                return self._evaluator.evaluate(callee.object, value.frame, value.environment)
        if isinstance(value, ExternalResult) and value.call.args and last_name(value.call.callee) in _COPYING:
            return self._evaluator.evaluate(value.call.args[0].value, value.frame, value.environment)
        return ()

    def _returned(self, value: Part) -> tuple[Denotation, ...]:
        """What a method of the workspace gives that is called on what a function is given (``alert.toFields()``)."""
        method = value.base
        if not isinstance(method, Part) or not isinstance(method.base, Parameter):
            return ()
        return unique(
            result
            for typed in written_types.declared_types(self._evaluator, method.base)
            if isinstance(typed, Instance) and not class_hierarchy.subclasses(self._evaluator, typed.index)
            for called in class_members.class_member(self._evaluator, typed.index, method.step, typed)
            if isinstance(called, FunctionRef)
            for result in application.results(self._evaluator, called)
        )

    # ---------------------------------------------------------------------------------------------------- literals

    def _of_record(self, value: Record, depth: int, entries_are_known: bool = False) -> Sent | None:
        takers = takers_of(self._evaluator, value.node, value.frame, self._sending, entries_are_known)
        if takers is None:
            return None
        fields: dict[str, SentField] = {}
        beside: list[Sent] = []
        for one in value.node.fields:
            if one.spread:
                spread = self._spread(one, value, depth)
                if spread is None:
                    return None
                beside.append(spread)
                fields.update(spread.fields)
                continue
            name = key_of(self._evaluator, one, value)
            if name is None:
                return None
            inner = self._evaluator.evaluate(one.value, value.frame, value.environment)
            fields[folded(name)] = self._field(name, inner, depth)
        return Sent(
            fields,
            frozenset[str]().union(*(each.maybe for each in beside)),
            self._spelt(value, beside),
            any(each.is_only_declared for each in beside),
            (value.frame, *takers, *(made for each in beside for made in each.made_by)),
        )

    def _spelt(self, value: Record, beside: Iterable[Sent]) -> frozenset[str]:
        """The names as they are written, where objects are just what they hold."""
        if self._evaluator.program.workspace.finds_by_package(value.frame.module.path):
            return frozenset()
        spread = [each.spelt for each in beside]
        keys = [one.key for one in value.node.fields if not one.spread]
        written = frozenset(one for one in keys if one is not None)
        return written.union(*spread) if all(spread) and len(written) == len(set(keys)) else frozenset()

    def _spread(self, one: ir.Field, value: Record, depth: int) -> Sent | None:
        inner = self._evaluator.evaluate(one.value, value.frame, value.environment)
        if any(isinstance(item, Record) and item.node is value.node for item in inner):
            return None
        return self.of_all(inner, depth)

    def _of_table(self, value: Table, depth: int) -> Sent | None:
        begun = self._begun(value, depth)
        if begun is None or len(value.entries) >= MAX_ENTRIES:
            return None
        fields = dict(begun.fields)
        for keys, values in value.entries:
            name = _only_text(keys)
            if name is None:
                return None
            fields[folded(name)] = self._field(name, values, depth)
        return begun._replace(fields=fields, spelt=frozenset()) if fields else None

    def _begun(self, value: Table, depth: int) -> Sent | None:
        """What is in a table before entries are put in: in one that a call made, what it is given."""
        if value.literal is not None:
            return self._of_record(value.literal, depth, True)
        made = value.made
        if made is None or any(not isinstance(one.value, ir.Literal) for one in made.call.args):
            return None
        takers = takers_of(self._evaluator, made.call, made.frame, self._sending, True)
        return Sent({}, made_by=(made.frame, *takers)) if takers is not None else None

    def _field(self, name: str, values: tuple[Denotation, ...], depth: int) -> SentField:
        """A field of what its values show; what is in one that may hold the message itself has to be known."""
        each = [self._kinds_of(value) for value in values]
        fixed = [one for value in values for one in (value.values if isinstance(value, EnumMember) else (value,))]
        texts = frozenset(one.value for one in fixed if isinstance(one, Scalar) and isinstance(one.value, str))
        is_holder_of_more = is_holder(name)
        objects = [
            value
            for value, kinds in zip(values, each, strict=True)
            if kinds == {"object"} or (is_holder_of_more and not kinds and isinstance(value, Parameter | Part))
        ]
        inside = self.of_all(objects, depth)
        others = [
            value
            for value, kinds in zip(values, each, strict=True)
            if value not in objects and not isinstance(value, Scalar | EnumMember) and not _is_plain(name, value, kinds)
        ]
        is_open = bool(objects and inside is None) or (is_holder_of_more and (bool(others) or not values))
        kinds = frozenset[str]().union(*each) if all(each) else frozenset[str]()
        return SentField(name, kinds, (inside,) if inside is not None else (), is_open, texts)

    def _kinds_of(self, value: Denotation) -> frozenset[str]:
        if not isinstance(value, Parameter):
            return frozenset(filter(None, (_kind_of(value),)))
        function = value.frame.function
        written = (
            next((one.type for one in function.parameters if one.name == value.name), None)
            if function is not None
            else None
        )
        return kinds_of(self._evaluator, written, value.frame.outside)

    # ----------------------------------------------------------------------------------------------------- objects

    def _of_object(self, value: Instance, depth: int) -> Sent | None:
        """An object of a class; what the class leaves open is what the object was made with."""
        found = self._types.of_class(value.index, value.call is not None, depth)
        if found is None or value.call is None:
            return found
        untyped = self._types.untyped(value.index)
        fields = {
            name: self._given(value, one, name not in untyped, depth) if one.is_open else one
            for name, one in found.fields.items()
        }
        return found._replace(fields=fields)

    def _given(self, value: Instance, one: SentField, is_typed: bool, depth: int) -> SentField:
        given = class_members.instance_member(self._evaluator, value, one.name)
        if not is_typed:
            return self._field(one.name, given, depth)
        known = self.of_all(given, depth) if given else None
        if known is None:
            return one
        return one._replace(kinds=frozenset(("object",)), inside=(known,), is_open=False)


def _told_once(values: Iterable[Denotation]) -> tuple[Denotation, ...]:
    """Values without what says the same of one less well: what a schema is given that gives what it describes, and a library's
    value of which a part is read that is a part of what the function is given, too."""
    given = tuple(values)
    parts = [one for one in given if isinstance(one, Part)]
    if any(isinstance(one, LibraryValue) and any(True for _ in schema_calls((one,))) for one in given):
        return tuple(one for one in given if isinstance(one, (LibraryValue, *_CONTENT)))
    return tuple(
        one for one in given if not (isinstance(one, LibraryMember) and one.names in [steps_of(part) for part in parts])
    )


def _resolved(values: Iterable[Denotation]) -> tuple[Denotation, ...]:
    """Values without what depends on a caller, where it was found what that stands for."""
    given = tuple(values)
    known = tuple(value for value in given if isinstance(value, _CONTENT))
    others = [value for value in given if not isinstance(value, _CONTENT)]
    return known if known and all(isinstance(value, Part) for value in others) else given


def key_of(evaluator: Evaluator, one: ir.Field, around: Record) -> str | None:
    """What an entry of an object literal is called, also where that is computed; None where it is not known."""
    if one.key is not None or one.computed is None:
        return one.key
    return _only_text(evaluator.evaluate(one.computed, around.frame, around.environment))


def _is_plain(name: str, value: Denotation, kinds: frozenset[str]) -> bool:
    """Whether a value is declared to have no fields, and is no message in the form of a text."""
    return isinstance(value, Parameter) and bool(kinds) and kinds <= _SCALARS and not may_be_encoded(name)


def _only_text(found: tuple[Denotation, ...]) -> str | None:
    texts = [value.value for value in found if isinstance(value, Scalar) and isinstance(value.value, str)]
    return texts[0] if len(texts) == 1 == len(found) else None


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


def _sending(site: SiteNode) -> frozenset[int]:
    """The calls that send it, by their identity."""
    return frozenset((id(site.node), id(site.match.place.call), *(id(caller.call) for caller in site.chain)))


def _seen_from(site: SiteNode, frame: Frame) -> Environment:
    return site.place.environment if frame is site.match.place.frame else ()
