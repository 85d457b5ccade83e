"""The fields that a zod schema accepts, read off the calls that build it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from eventlens import ir
from eventlens.config.message_schemas import one_line
from eventlens.flow.denotations import Denotation, ExternalResult, LibraryValue
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.model import PayloadField
from eventlens.flow.schemas import MAX_DEPTH, merged, room
from eventlens.flow.scopes import Frame

_PACKAGES = frozenset(("zod", "zod/v4", "zod/v3", "zod/mini"))
_FORMATS = frozenset(
    (
        "uuid",
        "email",
        "url",
        "datetime",
        "cuid",
        "cuid2",
        "ulid",
        "ip",
        "int",
        "positive",
        "nonnegative",
        "date",
        "time",
    )
)
_INFERRED = frozenset(("infer", "TypeOf", "output", "input"))
"""zod's types of what a schema accepts."""


class _Type(NamedTuple):
    """One zod type."""

    text: str
    fields: tuple[PayloadField, ...] = ()
    optional: bool = False
    repeated: bool = False
    doc: str = ""
    default: str | None = None
    formats: tuple[str, ...] = ()


_UNKNOWN = _Type("unknown")


def schema_calls(values: Iterable[object]) -> Iterator[tuple[ir.Call, Frame]]:
    """The calls that made those of the values that are zod schemas, with the scope in which each stands."""
    for value in values:
        if isinstance(value, LibraryValue):
            if value.model.model.library == "zod" and isinstance(value.call, ir.Call) and value.frame is not None:
                yield value.call, value.frame
        elif isinstance(value, ExternalResult) and value.external.package in _PACKAGES:
            yield value.call, value.frame


def is_inferred(written: ir.TypeRef) -> bool:
    """Whether a type is that of what a schema accepts (``z.infer<typeof Order>``)."""
    last = written.name.rpartition(".")[2]
    return last in _INFERRED and bool(written.args) and written.args[0].name == "typeof"


def inferred_from(evaluator: Evaluator, named: ir.TypeRef, frame: Frame) -> tuple[Denotation, ...]:
    """What may be the schema that ``typeof`` names."""
    if not isinstance(named.literal, str):
        return ()
    values = evaluator.name(named.literal, frame, named.start)
    # a type may have the name of the schema that it is inferred from: only the value is meant here
    own = [one for one in frame.definitions.get(named.literal, ()) if one.kind == "value" and one.value is not None]
    return (*values, *(value for one in own if one.value is not None for value in evaluator.evaluate(one.value, frame)))


def fields_of(evaluator: Evaluator, call: ir.Call, frame: Frame, depth: int = 1) -> list[PayloadField]:
    """The fields of an object schema; none for another."""
    return list(_Reading(evaluator).type_of(call, frame, depth).fields)


class _Reading:
    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._followed = 0

    def type_of(self, value: ir.Value, frame: Frame, depth: int) -> _Type:
        """The type that an expression builds; unknown where it is none of zod's."""
        self._followed += 1
        if self._followed > 400:
            return _UNKNOWN
        if isinstance(value, ir.Call) and isinstance(value.callee, ir.Member):
            chained = self._is_schema(value.callee.object, frame)
            inner = self.type_of(value.callee.object, frame, depth) if chained else None
            if inner is not None:
                return self._modified(inner, value.callee.name, value, frame, depth)
            return self._base(value.callee.name, value, frame, depth)
        if isinstance(value, ir.Name | ir.Member):
            for call, around in schema_calls(self._evaluator.evaluate(value, frame)):
                return self.type_of(call, around, depth)
        return _UNKNOWN

    def _is_schema(self, value: ir.Value, frame: Frame) -> bool:
        if isinstance(value, ir.Call):
            return True
        return any(True for _ in schema_calls(self._evaluator.evaluate(value, frame)))

    def _base(self, name: str, call: ir.Call, frame: Frame, depth: int) -> _Type:
        """``z.string()``, ``z.object({…})`` and the like."""
        given = [argument.value for argument in call.args]
        first = given[0] if given else None
        if name in ("object", "strictObject", "looseObject", "interface"):
            return _Type("object", tuple(self._object(first, frame, depth)))
        if name in ("array", "set") and first is not None:
            inner = self.type_of(first, frame, depth + 1)
            return _Type(_list_of(inner.text), inner.fields, repeated=True)
        if name in ("union", "discriminatedUnion"):
            return self._union(given[-1] if given else None, frame, depth)
        if name in ("optional", "nullable", "nullish", "promise", "lazy") and first is not None:
            inner = self.type_of(_body(first), frame, depth)
            return inner._replace(optional=name not in ("promise", "lazy"))
        if name in ("enum", "nativeEnum", "literal"):
            return _Type(self._choices(first, frame))
        if name == "record":
            inner = self.type_of(given[-1], frame, depth + 1) if given else _UNKNOWN
            return _Type(f"Record<string, {inner.text}>")
        if name in _FORMATS:  # zod 4: z.uuid()
            return _Type(
                "string" if name not in ("int", "date") else {"int": "number"}.get(name, "Date"), formats=(name,)
            )
        return _Type({"date": "Date", "any": "any", "coerce": "any"}.get(name, name))

    def _object(self, shape: ir.Value | None, frame: Frame, depth: int) -> Iterator[PayloadField]:
        if not isinstance(shape, ir.Object) or depth > MAX_DEPTH:
            return
        for one in shape.fields[: room(depth)]:
            if one.key is not None:
                yield _field(one.key, self.type_of(one.value, frame, depth + 1))

    def _union(self, options: ir.Value | None, frame: Frame, depth: int) -> _Type:
        kinds = [self.type_of(item, frame, depth) for item in options.items] if isinstance(options, ir.Sequence) else []
        shapes = [kind.fields for kind in kinds if kind.fields]
        text = " | ".join(dict.fromkeys(kind.text for kind in kinds)) or "unknown"
        return _Type(text, tuple(merged(shapes)) if len(shapes) == len(kinds) else ())

    def _choices(self, first: ir.Value | None, frame: Frame) -> str:
        items = first.items if isinstance(first, ir.Sequence) else (first,) if first is not None else ()
        return " | ".join(self._evaluator.source(item, frame, 40) for item in items[:6]) + (
            " | …" if len(items) > 6 else ""
        )

    def _modified(self, inner: _Type, name: str, call: ir.Call, frame: Frame, depth: int) -> _Type:
        """What a method of a schema makes of it."""
        first = call.args[0].value if call.args else None
        if name in ("optional", "nullish", "nullable"):
            return inner._replace(optional=True)
        if name in ("default", "catch", "prefault") and first is not None:
            return inner._replace(default=self._evaluator.source(first, frame, 40))
        if name in ("describe", "meta") and isinstance(first, ir.Literal):
            return inner._replace(doc=one_line(first.value))
        if name in ("extend", "augment", "safeExtend", "merge", "and"):
            return self._extended(inner, first, frame, depth)
        if name in ("pick", "omit") and isinstance(first, ir.Object):
            named = {one.key for one in first.fields}
            return inner._replace(fields=tuple(one for one in inner.fields if (one.name in named) is (name == "pick")))
        if name in ("partial", "deepPartial"):
            return inner._replace(fields=tuple(msgspec.structs.replace(one, optional=True) for one in inner.fields))
        if name == "array":
            return _Type(_list_of(inner.text), inner.fields, repeated=True)
        if name == "or" and first is not None:
            other = self.type_of(first, frame, depth)
            return _Type(f"{inner.text} | {other.text}", optional=inner.optional or other.optional)
        return inner._replace(formats=(*inner.formats, name)) if name in _FORMATS else inner

    def _extended(self, inner: _Type, more: ir.Value | None, frame: Frame, depth: int) -> _Type:
        if more is None:
            return inner
        fields = (
            self._object(more, frame, depth) if isinstance(more, ir.Object) else self.type_of(more, frame, depth).fields
        )
        known = {one.name: one for one in (*inner.fields, *fields)}
        return inner._replace(fields=tuple(known.values()))


def _field(name: str, kind: _Type) -> PayloadField:
    return PayloadField(
        name=name, type=kind.text, format=", ".join(dict.fromkeys(kind.formats)), optional=kind.optional, doc=kind.doc,
        default=kind.default, repeated=kind.repeated, fields=list(kind.fields),
    )  # fmt: skip


def _list_of(text: str) -> str:
    return f"({text})[]" if " " in text else f"{text}[]"


def _body(value: ir.Value) -> ir.Value:
    """What a function given to ``z.lazy`` returns."""
    body = value.function.body if isinstance(value, ir.Lambda) else None
    only = body[0] if body else None
    return only.value if isinstance(only, ir.Return) and only.value is not None else value
