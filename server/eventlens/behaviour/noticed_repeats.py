"""Requests to others of which it is known that a repeat is noticed, whatever the other side does.

What a service does with a request that it gets again is written in its own code: many know a repeat by what they are given, and so it is
not known. It is where people or subscribers are told something, where somebody is charged, and where the other side has nothing to know it
by: what it is given names no thing, or an id that is made up anew each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.fresh_values import is_fresh
from eventlens.behaviour.paths import named_function
from eventlens.behaviour.repetition import source_of
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in

_TELLS = re.compile(
    r"(?i)web_?hook|slack|discord|telegram|whats_?app|twilio|sms|mail|notification|notifier|remind|letter|chat_?(message|api)|push_?message"
)
_CHARGES = re.compile(r"_*(?i:charge|refund|pay|payout|debit|withdraw)(?:[A-Z_]|$)")
_KEY = re.compile(r"(?i)(id|ids|number|numbers|no|ref|reference|code|key|uuid|guid)$")
"""How fields are called by which the other side may know what it was told already."""
_OPTIONS = frozenset(("method", "headers", "url", "timeout", "params"))
_SENT = ("body", "data", "json")
"""Fields of what says how a request is made, and those of them that hold what is sent."""
_MAKES_ANY = re.compile(r"(?i)request|call|fetch|execute|invoke|perform|http|post|^do$|^send$")
"""In the names of functions that make requests of any kind for others."""
_TRACES = re.compile(r"(?i)correl|trac(e|ing)|span|request|log")
"""Names of ids by which calls are followed from service to service: they tell no repeat."""


def is_repeat_noticed(event: Event) -> bool:
    """Whether a request that is made again is noticed for sure."""
    if _TELLS.search(source_of(event)) or _carries_something_new(event) or _names_nothing(event):
        return True
    return any(_TELLS.search(name) or _CHARGES.match(name) for name in _names(event))


def _names(event: Event) -> Iterator[str]:
    """The names of the function that makes a request, of its class and of what it is given; where that one makes requests of any kind, of
    the function that calls it too."""
    for frame in (event.frame, *(step.frame for step in reversed(event.chain))):
        holder = named_function(frame)
        yield from _names_of(holder)
        if holder.function is None or not _MAKES_ANY.search(holder.function.name):
            return


def _names_of(holder: Frame) -> Iterator[str]:
    if holder.function is not None:
        yield holder.function.name
        yield from (one.type.name for one in holder.function.parameters if one.type is not None)
    if holder.cls is not None:
        yield holder.cls.name


def _carries_something_new(event: Event) -> bool:
    evaluator = event.place.evaluator if event.place is not None else None
    return any(
        is_fresh(value, event.frame, evaluator)
        for argument in _given(event)
        for name, value in _parts(argument)
        if not _TRACES.search(name)
    )


def _names_nothing(event: Event) -> bool:
    """Whether what a request is given is all written out, and nothing in it is called like a key."""
    fields = [field for one in _given(event) for body in _bodies(one.value) for field in body.fields]
    if not fields or any(field.key is None or _KEY.search(field.key) for field in fields):
        return False
    return not any(_KEY.search(name) for one in _given(event) for name in _names_in(one.value))


def _bodies(value: ir.Value) -> Iterator[ir.Object]:
    """The object that is sent: the one that is given, or what stands in it where it says how the request is made."""
    if not isinstance(value, ir.Object):
        return
    fields = {field.key: field.value for field in value.fields}
    if fields.keys().isdisjoint(_OPTIONS):
        yield value
        return
    for sent in (fields[key] for key in _SENT if key in fields):
        yield from (inner for inner in values_in(sent) if isinstance(inner, ir.Object))


def _names_in(value: ir.Value) -> Iterator[str]:
    return (inner.name for inner in values_in(value) if isinstance(inner, ir.Name | ir.Member))


def _given(event: Event) -> list[ir.Argument]:
    """What a request, and the calls that are chained to it, are given."""
    return [argument for call in event.frame.calls if call.start == event.node.start for argument in call.args]


def _parts(argument: ir.Argument) -> Iterator[tuple[str, ir.Value]]:
    """An argument, or the fields of the object that it is, each with its name."""
    if isinstance(argument.value, ir.Object):
        yield from ((field.key or "", field.value) for field in argument.value.fields)
    else:
        yield argument.name or "", argument.value
