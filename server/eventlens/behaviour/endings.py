"""What runs because a program, or its consumer, is told to end: no failure, and no part of handling a message."""

from __future__ import annotations

import re

from eventlens import ir
from eventlens.behaviour.events import Context
from eventlens.flow.walk import values_in

_ENDING = re.compile(
    r"(?i)_*(is_?)?(done|stop(ped|ping)?|quit(ting)?|shut_?down|shutting_?down|closing|cancel(l?ed)?"
    r"|(cancellation|stop|shutdown)_?requested|exiting|terminating|interrupts?|sig(nal|term|int)?s?)_?(ch(an(nel)?)?)?"
)
"""Names of what says that a program, or its consumer, is to end."""


def is_when_ending(context: Context) -> bool:
    """Whether an arm is for a program that is told to end (``case <-ctx.Done():``)."""
    if context.kind != "then" or not isinstance(context.node, ir.Branch):
        return False
    condition = context.node.condition
    if isinstance(condition, ir.Operation) and condition.operator == "not":
        return False
    return any(isinstance(one, ir.Name | ir.Member) and _ENDING.fullmatch(one.name) for one in values_in(condition))
