"""Whether a message goes on to other code of the same program, through a channel of the language or a queue of its own: what becomes of
it is decided there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import Event, is_outside_effect, is_write
from eventlens.behaviour.message_names import is_error_name, message_names
from eventlens.flow.handler_found import HandlerFound
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import mentions, names_bound, names_made_of, statements_in, values_in, values_of

_PUTTING = re.compile(r"(?i)append(_?left)?|push(_?(back|front|all))?|offer(last)?|(try_?)?enqueue|put_nowait")
"""What puts something into a list or a queue."""
_ADDING = re.compile(r"(?i)(try_?)?(add|put|insert|write)(_?(last|all|async))?")
_QUEUE = re.compile(r"(?i)queue|buffer|backlog|pending|inbox|mailbox|writer$|channel")
"""What may do so, and how that is called into which it puts something."""
_SENDING = re.compile(r"(?i)produc|publish|client|template|sender|repositor|service|gateway|kafka|rabbit|bus$|topic")
"""Names of what sends or stores what it is given: it leaves the program."""


def is_handed_on(handler: HandlerFound, subscription: ir.Node, events: Sequence[Event]) -> bool:
    """Whether all that a handler does with a message is to put it where other code takes it out."""
    if any(event.kind in ("publish", "send") or is_write(event) or is_outside_effect(event) for event in events):
        return False
    body = handler.body
    names = {name for name in names_made_of(body, message_names(handler, subscription)) if not is_error_name(name)}
    if any(mentions(sent.value, names) for sent in _sends(body)):
        return True
    followed = {id(event.node) for event in events if event.kind == "call"}
    return handler.frame is not None and (
        any(id(call) not in followed and _is_put_away(call, names, handler.frame) for call in _calls(body))
        or any(_keeps(event, names, followed) for event in events)
    )


def _sends(body: Iterable[ir.Statement]) -> Iterator[ir.Send]:
    for statement in statements_in(body):
        for value in values_of(statement):
            yield from (inner for inner in values_in(value) if isinstance(inner, ir.Send))


def _calls(body: Iterable[ir.Statement]) -> Iterator[ir.Call]:
    for statement in statements_in(body):
        for value in values_of(statement):
            yield from (inner for inner in values_in(value) if isinstance(inner, ir.Call))


def _keeps(event: Event, names: set[str], followed: set[int]) -> bool:
    """Whether a function that a handler gives the message puts it into a list or queue that outlives it."""
    if event.kind != "call" or event.chain or event.callee is None or event.callee.function is None:
        return False
    if not isinstance(event.node, ir.Call) or not any(mentions(one.value, names) for one in event.node.args):
        return False
    body = event.callee.function.body or ()
    own = names_made_of(body, {one.name for one in event.callee.function.parameters})
    return any(id(call) not in followed and _is_put_away(call, own, event.callee) for call in _calls(body))


def _is_put_away(call: ir.Call, names: set[str], frame: Frame) -> bool:
    """Whether a call puts one of some values into a list or queue that outlives the function in which it stands."""
    if not any(mentions(one.value, names) for one in call.args):
        return False
    held = call.callee.object if isinstance(call.callee, ir.Member) else call.args[0].value
    name = last_name(call.callee)
    puts = _PUTTING.fullmatch(name) or (_ADDING.fullmatch(name) and _QUEUE.search(last_name(held)))
    return bool(puts) and not _SENDING.search(last_name(held)) and _outlives(held, frame)


def _outlives(held: ir.Value, frame: Frame) -> bool:
    """Whether a value is a field of the object, or a variable of the code around a function."""
    while isinstance(held, ir.Member | ir.Index):
        held = held.object
    if not isinstance(held, ir.Name):
        return isinstance(held, ir.This)
    function = frame.function
    bound = {one.name for one in function.parameters} if function is not None else set()
    for statement in statements_in((function.body or ()) if function is not None else ()):
        bound |= names_bound(statement.target) if isinstance(statement, ir.Assign | ir.Loop) else set()
    return held.name not in bound
