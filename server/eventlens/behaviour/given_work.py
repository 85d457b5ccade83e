"""Work that is given to a function of the program, which asks first and then runs it (``once.process(id) { … }``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.flow.scopes import Frame


def given_to(events: Sequence[Event]) -> Mapping[int, Sequence[Event]]:
    """What is done by functions that are given to calls, by the identity of each call."""
    found: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        for call in dict.fromkeys(id(one.node) for one in event.contexts if one.kind == "callback"):
            found[call].append(event)
    return found


def given_after(asked: Event, by_call: Mapping[int, Sequence[Event]]) -> Iterator[Event]:
    """What is done by functions that are given to the one which asks, and which that one runs after it has asked; ``by_call`` as `given_to` says."""
    for depth, step in enumerate(asked.chain):
        given = by_call.get(id(step.call))
        if given:
            asking = asked.chain[depth + 1].call if depth + 1 < len(asked.chain) else asked.node
            if any(call.start > asking.start for call in _runs_of_parameters(step.callee)):
                yield from given


def _runs_of_parameters(frame: Frame) -> Iterator[ir.Call]:
    """The calls by which a function runs what it is given (``work()``, ``work.run()``)."""
    names = {one.name for one in frame.function.parameters} if frame.function is not None else set()
    for call in frame.calls:
        run = call.callee.object if isinstance(call.callee, ir.Member) else call.callee
        if isinstance(run, ir.Name) and run.name in names:
            yield call
