"""Rows that are only made where they are missing, on the way to a publish that goes out also where they were there: it tells of something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens import ir
from eventlens.behaviour.events import Event, is_write
from eventlens.behaviour.missing_rows import is_inserted_if_missing
from eventlens.behaviour.paths import statements_around
from eventlens.checks.announced import is_named
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import mentions, names_bound, statements_in

_GETS_OR_MAKES = re.compile(
    r"^_?(?:get|find|fetch|load|first|look_?up)(?:\w*_)?_?[oO]r_?(?:create|insert|add|make|register|new|Create|Insert|Add|Make|Register|New)"
)
"""How calls are named that give a row, and make it where there is none."""


def is_made_on_the_way(write: Event, publish: Event, sent: Event, events: tuple[Event, ...]) -> bool:
    """Whether a write before a publish (``sent`` is where the library sends) is such a row's."""
    if write.kind == "commit":
        stored = (one for one in reversed(events[: write.order]) if is_write(one) and one.contexts == write.contexts)
        write = next(stored, write)
    if not is_write(write) or is_named(publish, write):
        return False
    if _is_got_or_made(write, sent):
        return True
    if write.effect != "insert":
        return False
    around = {(id(one.node), one.kind) for one in sent.contexts}
    if all((id(one.node), one.kind) in around for one in write.contexts if one.kind in ("then", "orelse")):
        return False
    return is_inserted_if_missing(write, events)


def _is_got_or_made(write: Event, sent: Event) -> bool:
    """Whether a call that says that it gives a row or makes it leads to a write, and nothing that it gives decides about the publish."""
    shared = {id(step.call) for step in sent.chain}
    calls = [*((step.call, step.frame) for step in write.chain), (write.node, write.frame)]
    apart = [(call, frame) for call, frame in calls if id(call) not in shared]
    named = any(isinstance(call, ir.Call) and _GETS_OR_MAKES.match(last_name(call.callee)) for call, _ in apart)
    return named and not any(_decides(set(_names_of(call, frame)), frame, sent) for call, frame in apart)


def _names_of(call: ir.Node, frame: Frame) -> Iterator[str]:
    """The names that what a call gives goes by in the function that makes it."""
    for one in statements_around(frame):
        if isinstance(one, ir.Assign) and one.value is not None and one.value.start <= call.start < one.value.end:
            yield from names_bound(one.target)


def _decides(names: set[str], frame: Frame, sent: Event) -> bool:
    """Whether a test of one of some names decides about a publish: it stands in an arm of it, or below one that an arm leaves."""
    around = {id(one.node) for one in sent.contexts}
    return any(
        isinstance(one, ir.Branch)
        and mentions(one.condition, names)
        and (
            id(one) in around
            or any(isinstance(inner, ir.Return | ir.Throw | ir.Jump) for inner in statements_in((one,)))
        )
        for one in statements_around(frame)
    )
