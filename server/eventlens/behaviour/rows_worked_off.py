"""Rows that a loop works off: it goes through those with some value of a column, and gives each of them another.

``for letter in Letter.objects.filter(state=PENDING): send(letter); letter.state = SENT; letter.save()``: when it is done again, the row is not
among those that are chosen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.asked_classes import class_asked
from eventlens.behaviour.conditional_writes import columns_chosen, columns_set, plain_column
from eventlens.behaviour.events import CallStep, Event, is_write
from eventlens.behaviour.given_values import written
from eventlens.behaviour.rows_read import definitions_of, steps_of
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import inward

_CHANGING = frozenset(("update", "upsert", "write"))
_DECIDING = frozenset(("then", "orelse", "catch"))
_MOST_STEPS = 4
"""Through how many names and functions the source of a loop is followed to its query."""


class _Loop(NamedTuple):
    """A loop that goes through rows one by one, and the scope in which it stands."""

    node: ir.Loop
    frame: Frame


def done_on_rows_worked_off(events: Sequence[Event]) -> Iterator[Event]:
    """What is done for rows that are not chosen again, because the same turn of the loop gives them another value."""
    loops = list(_loops(events))
    entered = steps_of(events) if loops else {}
    reads = {id(one.node) for one in events if one.effect == "read"} if loops else set()
    for loop in loops:
        asked = _chosen_by(loop, entered, reads)
        inside = [one for one in events if any(context.node is loop.node for context in one.contexts)] if asked else []
        for end in inside:
            if is_write(end) and end.effect in _CHANGING and _ends(end, loop, asked):
                arms = _arms_below(loop, end)
                yield from (one for one in inside if one is not end and arms <= _arms_below(loop, one))
                break


def _loops(events: Sequence[Event]) -> Iterator[_Loop]:
    """The loops of a trace, each once."""
    seen: set[int] = set()
    for event in events:
        for context in event.contexts:
            node = context.node
            if isinstance(node, ir.Loop) and node.kind == "each" and context.kind == "loop" and id(node) not in seen:
                seen.add(id(node))
                yield _Loop(node, context.frame)


def _chosen_by(loop: _Loop, entered: Mapping[int, Sequence[CallStep]], reads: Collection[int]) -> dict[str, str]:
    """The columns by which the store chooses what a loop goes through: by a read, or by a query that is run when it is gone through."""
    query, frame = _query_of(loop, entered)
    if query is None:
        return {}
    is_of_store = any(id(one) in reads for one in inward(query)) or class_asked(query, frame)
    return columns_chosen(query) if is_of_store else {}


def _query_of(loop: _Loop, entered: Mapping[int, Sequence[CallStep]]) -> tuple[ir.Value | None, Frame]:
    """What a loop goes through, as the query is written, and where: followed through names and functions that give it back."""
    value, frame = loop.node.source, loop.frame
    for _ in range(_MOST_STEPS):
        if isinstance(value, ir.Name):
            known = list(definitions_of(value.name, frame))
            if len(known) != 1 or known[0][0].kind != "value" or known[0][0].value is None:
                break
            value, frame = known[0][0].value, known[0][1]
        elif isinstance(value, ir.Index):
            value = value.object
        elif isinstance(value, ir.Call) and not columns_chosen(value):
            steps = entered.get(id(value), ())
            given = [(one, step.callee) for step in steps for one in step.callee.returns]
            if len(given) == 1:
                value, frame = given[0]
            elif isinstance(value.callee, ir.Member) and not steps:
                value = value.callee.object
            else:
                break
        else:
            break
    return value, frame


def _arms_below(loop: _Loop, event: Event) -> set[tuple[int, str]]:
    """The branches within a turn of a loop that lead to an event."""
    at = next(index for index, one in enumerate(event.contexts) if one.node is loop.node)
    return {(id(one.node), one.kind) for one in event.contexts[at + 1 :] if one.kind in _DECIDING}


def _ends(write: Event, loop: _Loop, asked: dict[str, str]) -> bool:
    """Whether a write stores another value of a column by which the row of this turn was chosen, and never the one that was asked for."""
    given: dict[str, set[str]] = {}
    for column, value in _given_by(write, loop):
        given.setdefault(column, set()).add(value)
    return any(name in given and (not asked[name] or asked[name] not in given[name]) for name in asked)


def _given_by(write: Event, loop: _Loop) -> Iterator[tuple[str, str]]:
    """The columns of this turn's row that a write stores, as far as assignments or its own call give them; how each value is written."""
    node = write.node
    if isinstance(node, ir.Assign):
        if isinstance(node.target, ir.Member) and node.value is not None and _is_row(node.target.object, write, loop):
            yield plain_column(node.target.name), written(node.value)
        return
    owner = node.callee.object if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member) else None
    handed = [one.value for one in node.args] if isinstance(node, ir.Call) else []
    names = [one for one in (owner, *handed) if isinstance(one, ir.Name)]
    for name in names:
        for frame, called in _way_to_row(name, write, loop):
            for one in frame.members:
                if one.base == called:
                    yield plain_column(one.name), written(one.value)
    if not names and any(_is_row(inner, write, loop) for inner in _named_in(node)):
        yield from columns_set(write).items()


def _named_in(node: ir.Node) -> Iterator[ir.Value]:
    """The rows whose members a chain of calls is given (``filter(pk=letter.pk)``)."""
    for value in inward(node):
        for one in value.args if isinstance(value, ir.Call) else ():
            if isinstance(one.value, ir.Member):
                yield one.value.object


def _is_row(value: ir.Value, write: Event, loop: _Loop) -> bool:
    return isinstance(value, ir.Name) and bool(_way_to_row(value, write, loop))


def _way_to_row(name: ir.Name, write: Event, loop: _Loop) -> list[tuple[Frame, str]]:
    """The functions from where a name stands up to the loop, each with what the row is called there; none where it is another thing."""
    target = loop.node.target.name if isinstance(loop.node.target, ir.Name) else ""
    frame, called, way = write.frame, name.name, [(write.frame, name.name)]
    chain = list(write.chain)
    while frame is not loop.frame:
        given = _handed(called, frame, chain.pop()) if chain else None
        if given is None:
            return []
        frame, called = given
        way.append(given)
    return way if called == target else []


def _handed(parameter: str, function: Frame, step: CallStep) -> tuple[Frame, str] | None:
    """What a call gives for a parameter, where that is a name: the scope and the name."""
    if step.callee is not function or function.function is None:
        return None
    parameters = [one.name for one in function.function.parameters if one.name not in ("self", "cls")]
    for position, argument in enumerate(step.call.args):
        name = argument.name or (parameters[position] if position < len(parameters) else "")
        if name == parameter and isinstance(argument.value, ir.Name):
            return step.frame, argument.value.name
    return None
