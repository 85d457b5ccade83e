"""What is done where the result of a call says that it failed, rather than where an error is caught."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import Context, Event
from eventlens.behaviour.paths import statements_around
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import mentions, names_bound, values_in

_FAILED = re.compile(r"(?i)fail|err|invalid|reject|refus|dead|poison|unprocess|broken")
_DONE = re.compile(
    r"(?i)_*(is_?|was_?|has_?)?(ok|success\w*|succe\w*|done|handled|processed|sent|stored|saved|accepted|delivered|valid)"
)
"""Names of results that say that something failed, and that it did not."""


def on_failing_results(some: Iterable[Event], events: Sequence[Event]) -> Iterator[Event]:
    """Those of some events of a trace that happen where a call into the program gave a result that stands for a failure."""
    followed = {id(one.node) for one in events if one.kind == "call"}
    names: dict[int, set[str]] = {}
    for event in some:
        for context in event.contexts:
            if context.kind in ("then", "orelse") and isinstance(context.node, ir.Branch):
                if id(context.frame) not in names:
                    names[id(context.frame)] = _results(context.frame, followed)
                if _says_failure(context, names[id(context.frame)]):
                    yield event
                    break


def _results(frame: Frame, followed: set[int]) -> set[str]:
    """The names that a function gives to what its calls into the program return."""
    return {
        name
        for one in statements_around(frame)
        if isinstance(one, ir.Assign) and one.value is not None
        and any(id(inner) in followed for inner in values_in(one.value))
        for name in names_bound(one.target)
    }  # fmt: skip


def _says_failure(context: Context, results: set[str]) -> bool:
    """Whether an arm is for a result that stands for a failure, by its name: what a call did not find or find out is none."""
    assert isinstance(context.node, ir.Branch)
    condition = context.node.condition
    if not results or not mentions(condition, results):
        return False
    names = {one.name for one in values_in(condition) if isinstance(one, ir.Name | ir.Member)}
    if context.kind == "then" and any(map(_FAILED.search, names)):
        return True
    negative = isinstance(condition, ir.Operation) and condition.operator == "not"
    return (context.kind == "then") == negative and any(map(_DONE.fullmatch, names))
