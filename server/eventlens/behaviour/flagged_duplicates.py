"""A catch of a refused duplicate that only remembers it: what is done below where it was none is done once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.flow.program import Frame
from eventlens.flow.walk import statements_in

_DUPLICATE = re.compile(r"(?i)duplicate|already_?exists|conflict|unique|integrity|conditionalcheck")


def arms_of_the_first(write: Event) -> Iterator[tuple[ir.Branch, str]]:
    """The branches, with their arms, that run only where a write was not refused (``except Exists: duplicate = True``, ``if not duplicate: …``)."""
    for context in write.contexts:
        attempt = context.node if context.kind == "try" else None
        if isinstance(attempt, ir.Try):
            names = {name for one in attempt.catches if _DUPLICATE.search(" ".join(one.types)) for name in _set(one)}
            yield from _asked_below(names, attempt, context.frame)


def _set(catch: ir.Catch) -> Iterator[str]:
    """The names that a catch gives the value true."""
    for one in catch.body:
        if isinstance(one, ir.Assign) and isinstance(one.target, ir.Name) and _is_true(one.value):
            yield one.target.name


def _is_true(value: ir.Value | None) -> bool:
    return isinstance(value, ir.Literal) and value.value is True


def _asked_below(names: set[str], attempt: ir.Try, frame: Frame) -> Iterator[tuple[ir.Branch, str]]:
    body = frame.function.body if frame.function is not None and names else None
    for one in statements_in(body or ()):
        if isinstance(one, ir.Branch) and one.start >= attempt.end:
            condition, arm = one.condition, "orelse"
            if isinstance(condition, ir.Operation) and condition.operator == "not":
                condition, arm = condition.operands[0], "then"
            if isinstance(condition, ir.Name) and condition.name in names:
                yield one, arm
