"""Whether a message goes on to other code of the same program through a channel of the language: what becomes of it is decided there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import Event, is_outside_effect, is_write
from eventlens.flow.handler_found import HandlerFound
from eventlens.flow.walk import mentions, names_bound, names_made_of, statements_in, values_in, values_of

_ERROR = re.compile(r"(?i)^err|err$|error$")


def is_handed_on(handler: HandlerFound, subscription: ir.Node, events: Sequence[Event]) -> bool:
    """Whether all that a handler does with a message is to put it into a channel that other code takes it out of."""
    if any(event.kind in ("publish", "send") or is_write(event) or is_outside_effect(event) for event in events):
        return False
    body = handler.body
    names = {name for name in names_made_of(body, _given(handler, body, subscription)) if not _ERROR.search(name)}
    return any(mentions(sent.value, names) for sent in _sends(body))


def _given(handler: HandlerFound, body: Iterable[ir.Statement], subscription: ir.Node) -> set[str]:
    """The names under which a body has the message: its parameters, a loop's variable, what the call that takes it gives."""
    if handler.loop is None:
        function = handler.frame.function if handler.frame is not None else None
        return {one.name for one in function.parameters} if function is not None else set()
    taken = names_bound(handler.loop.target)
    for statement in statements_in(body):
        if (
            isinstance(statement, ir.Assign)
            and statement.value is not None
            and statement.value.start <= subscription.start < statement.value.end
        ):
            taken |= names_bound(statement.target)
    return {name for name in taken if not _ERROR.search(name)}


def _sends(body: Iterable[ir.Statement]) -> Iterator[ir.Send]:
    for statement in statements_in(body):
        for value in values_of(statement):
            yield from (inner for inner in values_in(value) if isinstance(inner, ir.Send))
