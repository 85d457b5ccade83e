"""What a value goes back to: which of some calls it is made of, or decide what is in it, through locals, collections and functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Generic, TypeVar

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.missing_rows import branches_towards
from eventlens.behaviour.rows_read import Point, fillings, origins, steps_of, written_into
from eventlens.flow.walk import statements_in, values_in

_MAX_STEPS = 12
"""How many steps back a value is followed."""
T = TypeVar("T")


class MadeOf(Generic[T]):
    """Answers for one trace. ``leaves`` are what is looked for, each with its call, in the order in which they happen."""

    def __init__(self, events: Sequence[Event], leaves: Iterable[tuple[ir.Node, T]]) -> None:
        self._events = events
        self._leaves: dict[int, T] = {}
        """What is looked for by the identity of its call; the first where a call is come to by several ways."""
        for call, leaf in leaves:
            self._leaves.setdefault(id(call), leaf)
        self.entered = steps_of(events)
        self._answers: dict[int, tuple[T, ...]] = {}

    def behind(
        self,
        value: ir.Value,
        at: Point,
        steps: int = 0,
        seen: set[tuple[str, int]] | None = None,
        handed: bool = False,
    ) -> Iterator[T]:
        """The leaves of which a value is made, or that decide what is in it; ``seen`` are the names that were followed already.

        With ``handed`` also what decides what is put into a collection.
        """
        if steps > _MAX_STEPS:
            return
        followed = set() if seen is None else seen
        for inner in values_in(value):
            if isinstance(inner, ir.Call):
                if (leaf := self._leaves.get(id(inner))) is not None:
                    yield leaf
                yield from self._in_answer(inner, at, steps + 1)
            elif isinstance(inner, ir.Name) and (inner.name, id(at.frame)) not in followed:
                followed.add((inner.name, id(at.frame)))
                for call in written_into(inner, at):
                    yield from self._found_by(call, at, steps + 1, followed)
                held = self._held_by(inner, at)
                for one, there in chain(held, self._handed(inner, at)) if handed else held:
                    yield from self.behind(one, there, steps + 1, followed, handed)

    def _found_by(self, call: ir.Call, at: Point, steps: int, followed: set[tuple[str, int]]) -> Iterator[T]:
        """The leaves behind a call that writes what it finds where it is told to."""
        if (leaf := self._leaves.get(id(call))) is not None:
            yield leaf
        elif isinstance(call.callee, ir.Member):
            yield from self.behind(call.callee.object, at, steps, followed)

    def _held_by(self, name: ir.Name, at: Point) -> Iterator[tuple[ir.Value, Point]]:
        """What a name may hold, and what is put into it."""
        yield from ((origin, there) for _, origin, there in origins(name, at))
        yield from ((put, one.point) for one in fillings(name, at) for put in one.values)

    def _handed(self, name: ir.Name, at: Point) -> Iterator[tuple[ir.Value, Point]]:
        """What decides what is put into what a name holds: here, and by functions that are handed it."""
        for one in fillings(name, at):
            function = one.point.frame.function
            for branch, _ in branches_towards(function.body or () if function is not None else (), one.node):
                yield branch.condition, one.point
        for call in at.frame.calls:
            if id(call) in self.entered and any(
                isinstance(one.value, ir.Name) and one.value.name == name.name for one in call.args
            ):
                yield from ((condition, at) for condition in self._conditions_around(call))
                for step in self.entered[id(call)]:
                    body = step.callee.function.body or () if step.callee.function is not None else ()
                    there = Point(step.callee, (*at.chain, step))
                    yield from ((one.condition, there) for one in statements_in(body) if isinstance(one, ir.Branch))

    def _conditions_around(self, call: ir.Call) -> Iterator[ir.Value]:
        begun = next((one for one in self._events if one.kind == "call" and one.node is call), None)
        for context in begun.contexts if begun is not None else ():
            if isinstance(context.node, ir.Branch) and context.frame is begun.frame:  # type: ignore[union-attr]
                yield context.node.condition

    def _in_answer(self, call: ir.Call, at: Point, steps: int) -> tuple[T, ...]:
        """The leaves on which it hangs what a call of the workspace's own functions gives back."""
        known = self._answers.get(id(call))
        if known is None:
            self._answers[id(call)] = ()  # what calls itself gives nothing more
            found: dict[int, T] = {}
            for step in self.entered.get(id(call), ()):
                there = Point(step.callee, (*at.chain, step))
                body = step.callee.function.body or () if step.callee.function is not None else ()
                named = {one.name for one in step.callee.returns if isinstance(one, ir.Name)}
                deciding = [
                    one.condition
                    for one in statements_in(body)
                    if isinstance(one, ir.Branch) and _gives_back(one, named)
                ]
                for value in (*step.callee.returns, *deciding):
                    found.update((id(one), one) for one in self.behind(value, there, steps))
            known = self._answers[id(call)] = tuple(found.values())
        return known


def _gives_back(branch: ir.Branch, named: set[str]) -> bool:
    """Whether an arm of a branch gives something back, or sets a flag that is given back by its name."""
    return any(
        isinstance(one, ir.Return)
        or (
            isinstance(one, ir.Assign)
            and isinstance(one.value, ir.Literal)
            and isinstance(one.target, ir.Name)
            and one.target.name in named
        )
        for one in (*branch.then, *branch.orelse)
    )
