"""Calls of asynchronous functions that send, and whose promise the caller drops: a failure to send is known inside, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import Context, Event
from eventlens.behaviour.failures import outcome
from eventlens.behaviour.paths import named_function
from eventlens.behaviour.protections import protections
from eventlens.checks.context import CheckContext
from eventlens.flow.call_chains import Caller
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import is_endless, statements_in

MAX_READINGS = 60
"""For how many functions modules are read to find their callers; beyond it, callers among the modules read so far count."""
_MAX_CALLERS = 12
_TELLING = frozenset(("allSettled",))
"""Calls that wait for promises and tell, in an answer that can be dropped, which of them failed."""


def dropped_calls(
    context: CheckContext, sent: Event, events: Sequence[Event], left: list[int]
) -> Iterator[tuple[Caller, Frame]]:
    """The calls, each with the function that it stands in, of the function that sends, where it lets a failure out and nobody takes it."""
    sender = named_function(sent.frame)
    if not _lets_failures_out(sent, sender, events):
        return
    left[0] -= 1
    for caller in context.graph.callers.of(sender, read=left[0] >= 0)[:_MAX_CALLERS]:
        if caller.callee.frame is sender and _is_dropped(caller.call, caller.frame):
            yield caller, named_function(caller.frame)


def _lets_failures_out(sent: Event, sender: Frame, events: Sequence[Event]) -> bool:
    """Whether a failure of what an asynchronous function sends fails its promise."""
    function = sender.function
    if function is None or not function.is_async or sent.frame is not sender:
        return False
    if sent.usage[:1] not in (("awaited",), ("returned",)) or any(map(_goes_on, sent.contexts)):
        return False
    return all(outcome(one, events) == "rethrown" for one in protections(sent))


def _goes_on(context: Context) -> bool:
    """Whether what happens in a context belongs to a program that runs on: nobody waits for its end."""
    return isinstance(context.node, ir.Loop) and is_endless(context.node)


def _is_dropped(call: ir.Call, frame: Frame) -> bool:
    """Whether a function that could wait drops what a call of it gives."""
    function = frame.function
    if function is None or not function.is_async or function.kind == "constructor":
        return False
    return any(
        one.value is call or call in _settled(one.value)
        for one in statements_in(function.body or ())
        if isinstance(one, ir.Evaluate)
    )


def _settled(value: ir.Value) -> tuple[ir.Value, ...]:
    """The promises that are waited for in a statement that asks nobody how they ended."""
    inner = value.value if isinstance(value, ir.Await) else value
    if not isinstance(inner, ir.Call) or last_name(inner.callee) not in _TELLING or not inner.args:
        return ()
    listed = inner.args[0].value
    return listed.items if isinstance(listed, ir.Sequence) else ()
