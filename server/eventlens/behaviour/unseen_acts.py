"""What is called and not followed: in a catch it may do something about the failure, or keep what failed; before an acknowledgement it may
be the work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import Event, events_inside
from eventlens.behaviour.failures import is_visible_log, only_tells
from eventlens.behaviour.paths import levels
from eventlens.behaviour.protections import Protection
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in, values_in

_HARMLESS = re.compile(
    r"(?i)inc|increment|dec(rement)?|observe|mark|count|print(ln|f|_exc|_exception|stacktrace)?|e?print(ln)?!?|fprint(ln|f)?|write_?line"
    r"|sleep|delay|wait|(un)?lock|release|close|dispose|detach|end|finish|cancel|stop_?timer|flush|expect|gc"
    r"|set_?(attribute|tag|status_?code|extra|context|level)s?|add_?(event|tag|breadcrumb)|record_?(error|exception)|(track|capture|notice|report)_?\w*"
    r"|get_?\w+|to_?string|is_?\w+|has_?\w+|format\w*|clear|reset|log\w*|trace\w*|debug\w*|warn\w*|info\w*|error\w*|fatal\w*"
)
"""Names of calls that only tell of a failure, wait, let go of something or look something up."""
_TELLING = re.compile(r"(?i)activity$|telemetry|monitor")
"""Names of what calls are made on that only tell of a failure, beside loggers, spans and metrics."""


def unseen_act(protection: Protection, events: Sequence[Event]) -> ir.Call | None:
    """The first call in a catch, or in a function of the workspace that it calls, of which nothing is known."""
    inside = events_inside(events, protection.node)
    known = {id(one.node) for one in inside}
    bodies = [protection.body, *(_body_of(one.callee) for one in inside if one.callee is not None and _may_act(one))]
    return next(
        (call for body in bodies for call in _made_for_themselves(body) if _is_unseen(call, known, protection)), None
    )


def is_left_to_others_before(event: Event, events: Sequence[Event], handled: ir.Node | Frame) -> bool:
    """Whether something of which nothing is known is called, and waited for, on the way to an event: by a method of the own object that is
    not written, or on what the own object was handed. ``handled`` is where a message is handled; what stands around it sets that up."""
    known = {id(one.node) for one in events}
    return any(
        _is_left_to_others(call) and id(call) not in known and not _tells(call)
        for level in levels(event)
        for call in _waited_for(level.root, level.node.start)
        if level.outer or handled.start <= call.start < handled.end
    )


def _waited_for(function: Frame, before: int) -> Iterator[ir.Call]:
    """The calls of a function that stand before an offset, and are statements or all that a name is given."""
    for statement in statements_in(_body_of(function)):
        value = statement.value if isinstance(statement, ir.Evaluate | ir.Assign) else None
        while isinstance(value, ir.Await):
            value = value.value
        if isinstance(value, ir.Call) and value.end <= before:
            yield value


def _is_left_to_others(call: ir.Call) -> bool:
    callee = call.callee
    if not isinstance(callee, ir.Member) or not call.args or _HARMLESS.fullmatch(callee.name):
        return False
    return isinstance(callee.object, ir.This) or (
        isinstance(callee.object, ir.Member) and isinstance(callee.object.object, ir.This)
    )


def _may_act(event: Event) -> bool:
    """Whether a function is called for what it does: not for its result, and not by what only tells of something, whose own affair that is."""
    if event.usage not in (("dropped",), ("awaited", "dropped")):
        return False
    return not any(
        isinstance(one, ir.Call) and _tells(one) for one in (*(step.call for step in event.chain), event.node)
    )


def _tells(call: ir.Call) -> bool:
    owner = last_name(call.callee.object) if isinstance(call.callee, ir.Member) else ""
    return only_tells(call) or is_visible_log(call) or _TELLING.search(owner) is not None


def _body_of(callee: Frame) -> tuple[ir.Statement, ...]:
    return (callee.function.body or ()) if callee.function is not None else ()


def _made_for_themselves(body: Iterable[ir.Statement]) -> Iterator[ir.Call]:
    """The calls whose result nobody wants."""
    for statement in statements_in(body):
        value = statement.value if isinstance(statement, ir.Evaluate) else None
        while isinstance(value, ir.Await | ir.Spawn):
            value = value.value
        if isinstance(value, ir.Call):
            yield value


def _forgets(call: ir.Call) -> bool:
    """Whether all that a call is given is nothing (``order.setNextStatus(null)``)."""
    return bool(call.args) and all(isinstance(one.value, ir.Literal) and one.value.value is None for one in call.args)


def _is_unseen(call: ir.Call, known: set[int], protection: Protection) -> bool:
    if any(id(inner) in known for inner in values_in(call)) or _tells(call) or _forgets(call):
        return False
    owner = last_name(call.callee.object) if isinstance(call.callee, ir.Member) else ""
    return owner != protection.error and not _HARMLESS.fullmatch(last_name(call.callee))
