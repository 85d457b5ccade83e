"""Rows that are replaced whole: those of a key are deleted, then the new ones inserted. A second delivery replaces its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.paths import statements_around
from eventlens.behaviour.repetition import entity_of
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in, values_in, values_of

_INSERTS = frozenset(("insert", "upsert", "write"))
_SOME_OF_THEM = frozenset(("<", "<=", ">", ">=", "between", "!="))
_BY_AGE = re.compile(r"(?i)before|after|older|expired|stale|outdated|lessthan|greaterthan|between|not(?=[A-Z])")
"""What a deletion's name has that takes only some of the rows of a key."""
_COMPARED = re.compile(r"[<>]|\bnot\s+in\b|\bbetween\b", re.IGNORECASE)


def inserted_in_place(events: Sequence[Event]) -> Iterator[Event]:
    """The inserts before which the same function has deleted all rows of that entity for a key that it is given."""
    deletions: dict[tuple[int, str], list[Event]] = {}
    for event in events:
        entity = entity_of(event) if event.kind == "effect" else ""
        if not entity:
            continue
        key = (id(event.frame), entity)
        if event.effect == "delete" and _is_of_a_key(event):
            deletions.setdefault(key, []).append(event)
        elif event.effect in _INSERTS and any(_precedes(one, event) for one in deletions.get(key, ())):
            yield event


def _precedes(deletion: Event, event: Event) -> bool:
    """Whether a deletion always happens before the insert, in the same call of the function."""
    return deletion.chain == event.chain and deletion.contexts == event.contexts[: len(deletion.contexts)]


def _is_of_a_key(deletion: Event) -> bool:
    """Whether what is deleted is chosen by what the function is given, and not by age or another comparison."""
    node = deletion.node
    if not isinstance(node, ir.Call) or _BY_AGE.search(last_name(node.callee)):
        return False
    given, chosen = _parameters(deletion.frame), list(_criterion(node, deletion.frame))
    if any(isinstance(one, ir.Operation) and one.operator in _SOME_OF_THEM for one in chosen):
        return False
    texts = (one.value for one in chosen if isinstance(one, ir.Literal) and isinstance(one.value, str))
    return not any(map(_COMPARED.search, texts)) and any(
        isinstance(one, ir.Name) and one.name in given for one in chosen
    )


def _parameters(frame: Frame) -> set[str]:
    return {one.name for one in frame.function.parameters if one.name} if frame.function is not None else set()


def _criterion(node: ir.Call, frame: Frame) -> Iterator[ir.Value]:
    """All values in a deletion, and in what the variables hold that it is given."""
    named = {one.value.name for one in node.args if isinstance(one.value, ir.Name)}
    yield from _all_in(node)
    for statement in statements_around(frame):
        if (
            isinstance(statement, ir.Assign)
            and isinstance(statement.target, ir.Name)
            and statement.target.name in named
            and statement.value is not None
            and statement.end <= node.start
        ):
            yield from _all_in(statement.value)


def _all_in(value: ir.Value) -> Iterator[ir.Value]:
    """The values in a value, those in the functions that it writes out too."""
    for inner in values_in(value):
        yield inner
        if isinstance(inner, ir.Lambda):
            for statement in statements_in(inner.function.body or ()):
                for one in values_of(statement):
                    yield from _all_in(one)
