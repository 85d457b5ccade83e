"""All that a value has which a zod schema describes, where the schema lets nothing else through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from eventlens import ir
from eventlens.flow import schema_zod
from eventlens.flow.declared_parts import folded
from eventlens.flow.denotations import Denotation
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.model import PayloadField
from eventlens.flow.module_index import last_name
from eventlens.flow.schemas import room
from eventlens.flow.scopes import Frame
from eventlens.flow.sent_fields import Sent, SentField
from eventlens.flow.walk import values_in

_OPENING = frozenset(
    (
        *("passthrough", "loose", "looseObject", "catchall", "record", "map", "any", "unknown", "custom", "instanceof", "lazy", "json", "function"),
        *("transform", "pipe", "preprocess", "and", "intersection", "codec", "overwrite"),
    )
)  # fmt: skip
"""What makes a schema let through what it does not name, or give something else."""
_OF_SHAPES = frozenset(("object", "strictObject", "extend", "safeExtend", "augment", "merge"))
_UNREAD = re.compile(r"\b(?:unknown|any|object|undefined)\b")
"""A type of a field of which nothing is said, or that was not read so deep."""
_TEXT = re.compile(r"""["']([^"']+)["']""")
_KINDS = {"string": "text", "number": "number", "boolean": "truth"}
_MAX_HOPS = 6
_BEGIN = -2
"""The depth at which reading begins, lower than for what is shown: a message is seen whole to its last field."""


def described(evaluator: Evaluator, values: Iterable[Denotation], is_only_declared: bool) -> tuple[Sent, ...] | None:
    """The objects that the schemas among some values describe; None where there is none, or one lets more through."""
    found = [_of_call(evaluator, call, frame, is_only_declared) for call, frame in schema_zod.schema_calls(values)]
    known = tuple(one for one in found if one is not None)
    return known if known and len(known) == len(found) else None


def _of_call(evaluator: Evaluator, call: ir.Call, frame: Frame, is_only_declared: bool) -> Sent | None:
    if not _names_all(evaluator, call, frame, 0):
        return None
    return _sent(schema_zod.fields_of(evaluator, call, frame, _BEGIN), is_only_declared)


def _sent(fields: list[PayloadField], is_only_declared: bool) -> Sent | None:
    if not fields or len(fields) >= room(_BEGIN):
        return None
    read = {folded(one.name): _field(one, is_only_declared) for one in fields}
    return Sent(read, is_only_declared=is_only_declared)


def _field(one: PayloadField, is_only_declared: bool) -> SentField:
    inner = _sent(one.fields, is_only_declared)
    is_open = inner is None and (bool(one.fields) or _UNREAD.search(one.type) is not None)
    kind = "list" if one.repeated else "object" if one.fields else _KINDS.get(one.type, "")
    return SentField(
        one.name,
        frozenset((kind,)) if kind else frozenset(),
        (inner,) if inner is not None else (),
        is_open,
        frozenset(_TEXT.findall(one.type)),
    )


def _names_all(evaluator: Evaluator, value: ir.Value, frame: Frame, hops: int) -> bool:
    """Whether an expression that builds a schema, and those that it is made of, name all fields of what they let through."""
    if hops > _MAX_HOPS:
        return False
    for one in values_in(value):
        if isinstance(one, ir.Object) and any(each.key is None for each in one.fields):
            return False
        if isinstance(one, ir.Call):
            if last_name(one.callee) in _OPENING:
                return False
            shapes = [each.value for each in one.args[:1]] if last_name(one.callee) in _OF_SHAPES else []
            if any(
                not isinstance(each, ir.Object) and not any(True for _ in _made(evaluator, each, frame))
                for each in shapes
            ):
                return False
        if isinstance(one, ir.Name) and not all(
            _names_all(evaluator, call, around, hops + 1) for call, around in _made(evaluator, one, frame)
        ):
            return False
    return True


def _made(evaluator: Evaluator, value: ir.Value, frame: Frame) -> Iterator[tuple[ir.Call, Frame]]:
    """The calls that made the schemas which a value stands for."""
    for call, around in schema_zod.schema_calls(evaluator.evaluate(value, frame)):
        if call is not value:
            yield call, around
