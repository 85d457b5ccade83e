"""Messages that are to be delivered only after a while, as what a publish is given says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.checks.carried_rows import held_by
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame

_LATER = re.compile(
    r"(?i)^(?:count_?down|eta|(?:x-|initial_?|with_?)?delay(?:ed)?(?:_?(?:s|ms|millis|seconds?|minutes?|for|until|time))?"
    r"|(?:process|deliver|enqueue|perform)_?(?:in|at|after)|not_?before|scheduled?_?enqueue_?time(?:_?utc)?|defer_?(?:by|until))$"
)
"""Names under which a publish is told when to deliver: options of libraries, fields of what in-house queues are given, functions that make options."""
_AGAIN = re.compile(r"(?i)back_?off|retr|repeat|attempt")
"""Names of what says when something that failed is tried again."""
_MOST_STEPS = 60


def is_delayed(publish: Event) -> bool:
    """Whether a publish asks for its message to be delivered later: whoever gets it comes long after the lines below the publish."""
    call = publish.node
    return isinstance(call, ir.Call) and any(_is_set(value) for value in _times([call], publish.frame))


def _times(calls: Sequence[ir.Call], frame: Frame) -> Iterator[ir.Value]:
    """What stands under names that say when, in what calls are given; what a local name stands for is looked at too."""
    queue: list[ir.Value] = list(calls)
    steps = 0
    while queue and steps < _MOST_STEPS:
        steps += 1
        value = queue.pop()
        named: list[tuple[str | None, ir.Value]] = []
        if isinstance(value, ir.Call):
            named = [(one.name, one.value) for one in value.args]
            if value not in calls and value.args and _LATER.match(last_name(value.callee)):
                yield value.args[0].value
            if isinstance(value.callee, ir.Member) and isinstance(value.callee.object, ir.Call):
                queue.append(value.callee.object)
        elif isinstance(value, ir.Object):
            named = [(one.key, one.value) for one in value.fields]
        elif isinstance(value, ir.Sequence):
            queue.extend(value.items)
        elif isinstance(value, ir.Spread | ir.Await):
            queue.append(value.value)
        elif isinstance(value, ir.Name) and (held := held_by(value, frame)) is not value:
            queue.append(held)
        yield from (one for name, one in named if name is not None and _LATER.match(name))
        queue.extend(one for name, one in named if name is None or not _AGAIN.search(name))


def _is_set(value: ir.Value) -> bool:
    """Whether a time is not plainly none."""
    return not (isinstance(value, ir.Literal) and not value.value)
