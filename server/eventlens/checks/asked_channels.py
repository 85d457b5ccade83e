"""Branches of a handler that ask by which channel its message came: what they hold is done for the messages of that channel alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eventlens import ir
from eventlens.behaviour.events import Context
from eventlens.checks.context import CheckContext
from eventlens.flow import texts
from eventlens.flow.denotations import Denotation, EnumMember, Scalar
from eventlens.flow.model import Site
from eventlens.flow.scopes import Frame

_CHANNEL = re.compile(r"(?i)(?:topic|channel|subject|queue|stream|routing_?key)(?:_?name)?$")
"""What holds the name of a channel is called like this."""


def is_for(context: CheckContext, contexts: Iterable[Context], sent: Site) -> bool:
    """Whether what stands in a handler in some contexts may be done for a message of a site: no branch asks for another channel."""
    names = {*sent.channels, *([sent.routing_key] if sent.routing_key else ())}
    if not names or any("*" in name for name in names):
        return True
    for around in contexts:
        if around.kind in ("then", "orelse") and isinstance(around.node, ir.Branch):
            asked = _asked_for(context, around.node.condition, around.frame)
            if asked is not None and names.isdisjoint(asked) == (around.kind == "then"):
                return False
    return True


def _asked_for(context: CheckContext, condition: ir.Value, frame: Frame) -> frozenset[str] | None:
    """The channels for one of which a condition holds; None where it asks for something else, or for one that is not known."""
    if not isinstance(condition, ir.Operation):
        return None
    if condition.operator == "or":
        sides = [_asked_for(context, operand, frame) for operand in condition.operands]
        known = [one for one in sides if one is not None]
        return frozenset().union(*known) if len(known) == len(sides) else None
    if condition.operator not in ("==", "===") or not any(map(_is_channel, condition.operands)):
        return None
    for operand in condition.operands:
        if not _is_channel(operand) or isinstance(operand, ir.Literal):
            found = _texts(context.graph.evaluator.evaluate(operand, frame))
            if found:
                return frozenset(found)
    return None


def _is_channel(value: ir.Value) -> bool:
    """Whether a value is called like the name of a channel (``topic``, ``message.subject``, ``msg.fields.routingKey``)."""
    name = value.name if isinstance(value, ir.Name | ir.Member) else ""
    return _CHANNEL.search(name) is not None


def _texts(found: Iterable[Denotation]) -> set[str]:
    """The texts that a value can be; none where one of them is not known."""
    values = [value for one in found for value in (one.values if isinstance(one, EnumMember) else (one,))]
    if not all(isinstance(value, Scalar) for value in values):
        return set()
    return {texts.as_text(value.value) for value in values if isinstance(value, Scalar)}
