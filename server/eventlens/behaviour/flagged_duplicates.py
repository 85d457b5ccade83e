"""A refused duplicate that is told otherwise than by leaving in its catch: a catch that only remembers it, what is done below where it was none
is done once; an error that is given back, and asked whether it is one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from eventlens import ir
from eventlens.behaviour.events import CallStep, Context, Event
from eventlens.behaviour.paths import Level, levels, statements_around
from eventlens.behaviour.result_tests import branches, leaves
from eventlens.flow.module_index import last_name
from eventlens.flow.walk import mentions, statements_in, values_in

_DUPLICATE = re.compile(r"(?i)duplicate|already_?exists|conflict|unique|integrity|conditionalcheck")


def arms_of_the_first(events: Iterable[Event]) -> Iterator[tuple[ir.Branch, str]]:
    """The branches, with their arms, that run only where no duplicate was refused (``except Exists: duplicate = True``, ``if not duplicate: …``)."""
    contexts = {id(one.node): one for event in events for one in event.contexts if one.kind in ("then", "orelse")}
    for context in contexts.values():
        branch = context.node
        if isinstance(branch, ir.Branch):
            condition, arm = branch.condition, "orelse"
            if isinstance(condition, ir.Operation) and condition.operator == "not":
                condition, arm = condition.operands[0], "then"
            if isinstance(condition, ir.Name) and _remembers_a_duplicate(condition.name, context):
                yield branch, arm


def left_by_error(write: Event) -> Iterator[tuple[CallStep, ...]]:
    """The calls that lead to the functions which are left where the error of a write, or of a function that makes it, is that of a duplicate
    (``if errors.Is(err, ErrDuplicatedKey) { return nil }``)."""
    for level in levels(write):
        names = _errors_named(level)
        for branch in branches(level.frame) if names else ():
            if (
                branch.start > level.node.start
                and leaves(branch.then)
                and mentions(branch.condition, names)
                and any(_DUPLICATE.search(last_name(one)) for one in values_in(branch.condition))
            ):
                yield level.outer


def _errors_named(level: Level) -> set[str]:
    """How the error is called that a call gives back: alone, or as the last of several."""
    for statement in statements_around(level.frame):
        value = statement.value if isinstance(statement, ir.Assign) else None
        if isinstance(statement, ir.Assign) and value is not None and value.start <= level.node.start < value.end:
            target = statement.target
            last = target.items[-1] if isinstance(target, ir.Sequence) and target.items else target
            return {last.name} if isinstance(last, ir.Name) else set()
    return set()


def _remembers_a_duplicate(name: str, context: Context) -> bool:
    body = context.frame.function.body if context.frame.function is not None else None
    attempts = (one for one in statements_in(body or ()) if isinstance(one, ir.Try) and one.end <= context.node.start)
    return any(
        _DUPLICATE.search(" ".join(catch.types)) is not None and any(_sets(one, name) for one in catch.body)
        for attempt in attempts
        for catch in attempt.catches
    )


def _sets(statement: ir.Statement, name: str) -> bool:
    """Whether a statement gives a name the value true."""
    if not isinstance(statement, ir.Assign) or not isinstance(statement.target, ir.Name):
        return False
    value = statement.value
    return statement.target.name == name and isinstance(value, ir.Literal) and value.value is True
