"""Operators of streams and futures that are given what is to be done with a failure: it does not come out as one that is thrown."""

from __future__ import annotations

from collections.abc import Sequence

from eventlens.behaviour.events import Event
from eventlens.flow.handler_found import HandlerFound
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame

GOES_ON = frozenset((
    "onErrorResume", "onErrorContinue", "onErrorReturn", "onErrorComplete", "exceptionally", "exceptionallyAsync",
    "exceptionallyCompose", "recoverWithItem", "recoverWithUni", "recoverWithNull", "recoverWithMulti", "catchError",
))  # fmt: skip
"""Those after which the stream or future goes on; who only looks at a failure lets it pass."""


def tells_of_failures(handler: HandlerFound, events: Sequence[Event]) -> bool:
    """Whether a handler, or a function that it calls, has such an operator."""
    frames = [one for one in (handler.frame, *(event.callee for event in events)) if one is not None]
    return any(map(_has_operator, {id(one): one for one in frames}.values()))


def _has_operator(frame: Frame) -> bool:
    return any(last_name(call.callee) in GOES_ON for call in frame.calls)
