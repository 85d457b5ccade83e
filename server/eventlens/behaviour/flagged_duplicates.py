"""A catch of a refused duplicate that only remembers it: what is done below where it was none is done once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from eventlens import ir
from eventlens.behaviour.events import Context, Event
from eventlens.flow.walk import statements_in

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
