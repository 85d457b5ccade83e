"""Values that are made up anew each time: random ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow.denotations import FunctionRef
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Evaluator

FRESH = frozenset((
    "uuid", "uuid1", "uuid4", "uuid7", "v1", "v4", "v7", "uuidv4", "uuidv7", "randomuuid", "nanoid", "cuid", "ulid",
    "createid", "newid", "objectid", "token_hex", "token_urlsafe", "randombytes", "newstring", "newrandom", "newuuid", "newguid",
    "newv1", "newv4", "newv6", "newv7", "newobjectid",
))  # fmt: skip
"""Names of functions, in small letters, that give another value each time."""


def is_fresh(value: ir.Value, frame: Frame, evaluator: Evaluator | None = None, depth: int = 0) -> bool:
    """Whether a value holds something that is made up anew each time (a random id); local names and in-house makers are looked through."""
    for inner in _first_of_each(value):
        if isinstance(inner, ir.Call):
            if last_name(inner.callee).lower() in FRESH or _is_maker_of_ids(inner.callee):
                return True
            if depth < 2 and evaluator is not None and _makes_fresh(inner, frame, evaluator, depth):
                return True
        elif depth < 2 and isinstance(inner, ir.Name):
            for definition in frame.definitions.get(inner.name, ())[:3]:
                if (
                    definition.kind == "value"
                    and definition.value is not None
                    and is_fresh(definition.value, frame, evaluator, depth + 1)
                ):
                    return True
    return False


def _first_of_each(value: ir.Value) -> Iterator[ir.Value]:
    """The values in a value, without what is taken only where there is nothing else (``task.id or uuid4()``)."""
    instead = [
        option
        for one in values_in(value)
        if isinstance(one, ir.Choice) and one.condition is None
        for option in one.options[1:]
    ]
    for inner in values_in(value):
        if not any(one.start <= inner.start and inner.end <= one.end for one in instead):
            yield inner


def _is_maker_of_ids(callee: ir.Value) -> bool:
    """Whether a library of ids is asked for a new one (``uuid.New()``, ``ulid.Make()``)."""
    return (
        isinstance(callee, ir.Member)
        and callee.name.lower() in ("new", "make")
        and isinstance(callee.object, ir.Name)
        and callee.object.name in ("uuid", "ulid", "ksuid", "xid", "guid")
    )


def _makes_fresh(call: ir.Call, frame: Frame, evaluator: Evaluator, depth: int) -> bool:
    """Whether an in-house function returns an object with something new in it (``createEvent(…)``)."""
    return any(
        isinstance(meaning, FunctionRef)
        and any(is_fresh(value, meaning.frame, evaluator, depth + 1) for value in meaning.frame.returns)
        for meaning in evaluator.evaluate(call.callee, frame)[:2]
    )
