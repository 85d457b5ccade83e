"""Whether a failure can leave a function at all, where functions say by their results that they can fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.endings import is_when_ending
from eventlens.behaviour.events import Event
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in


def lets_nothing_out(frame: Frame, body: Sequence[ir.Statement], events: Iterable[Event]) -> bool:
    """Whether a function, or the loop in it whose ``body`` is given, goes on whatever happens in it.

    ``events`` are what it does. Known only of languages whose functions give their failures as results."""
    if frame.function is None or frame.function.gives_errors:
        return False
    return not any(map(_ends, events)) and not any(_leaves_failing(body))


def _ends(event: Event) -> bool:
    """Whether an event ends the program because of what failed; a fixed text tells of a mistake in the program itself."""
    if event.kind == "effect":
        return event.effect == "exit" and not any(map(is_when_ending, event.contexts))
    return event.kind == "throw" and not (isinstance(event.node, ir.Throw) and isinstance(event.node.value, ir.Literal))


def _leaves_failing(body: Sequence[ir.Statement]) -> Iterator[ir.Statement]:
    """What leaves from a catch: in a loop it ends the taking of messages."""
    for statement in statements_in(body):
        for catch in statement.catches if isinstance(statement, ir.Try) else ():
            yield from (
                one
                for one in statements_in(catch.body)
                if isinstance(one, ir.Return) or (isinstance(one, ir.Jump) and one.kind == "break")
            )
