"""Whether rows that are written may hold the fields by which a handling asks for them: what is never recorded is never found.

The fields are given to a row where it is written, or where it is made: in a function of its own (``save(noticeOf(event))``), or by code
that nobody wrote out (``mapper.toNotice(event)``, whose class a processor makes).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.entities import may_give, may_hold
from eventlens.behaviour.events import CallStep, Event
from eventlens.behaviour.rows_read import Point, origins, steps_of
from eventlens.flow.denotations import Instance
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import inward

_MOST_STEPS = 8
"""How many steps back a row is followed to where it is made."""


def may_record(fields: Sequence[str], entity: str, writes: Sequence[Event], events: Sequence[Event]) -> bool:
    """Whether one of some writes of an entity may store one of some fields; ``events`` are those of the whole trace."""
    if may_hold(fields, entity, writes):
        return True
    entered = steps_of(events)
    known = {id(one.node) for one in events if one.kind == "effect"}
    return any(
        maker is None or may_give(maker, fields, entity) for write in writes for maker in _makers(write, entered, known)
    )


def _makers(write: Event, entered: dict[int, list[CallStep]], known: set[int]) -> Iterator[Frame | None]:
    """The functions that make what is written; None for one whose code is not there. ``known`` are the effects of the trace: a row that one of
    them gives was not made."""
    at = Point(write.frame, write.chain)
    ways = deque((one.value, at, 0) for one in write.node.args) if isinstance(write.node, ir.Call) else deque()
    seen: set[tuple[ir.Value, Point]] = set()
    while ways:
        value, there, steps = ways.popleft()
        if steps > _MOST_STEPS or (value, there) in seen:
            continue
        seen.add((value, there))
        if isinstance(value, ir.Await):
            ways.append((value.value, there, steps + 1))
        elif isinstance(value, ir.Name):
            ways.extend((origin, point, steps + 1) for _, origin, point in origins(value, there))
        elif not isinstance(value, ir.Call) or value.is_new:
            continue  # what a constructor is given is seen where it is called
        elif id(value) in entered:
            for step in entered[id(value)]:
                yield step.callee
                inside = Point(step.callee, (*there.chain, step))
                ways.extend((given, inside, steps + 1) for given in step.callee.returns)
        elif value.args and not any(id(one) in known for one in inward(value)) and not _builds(value, write, there):
            yield None


def _builds(call: ir.Call, write: Event, at: Point) -> bool:
    """Whether a call ends a builder's chain: what the object is given stands there."""
    return write.place is None or any(
        isinstance(one, Instance) and one.call is not None for one in write.place.evaluator.evaluate(call, at.frame)
    )
