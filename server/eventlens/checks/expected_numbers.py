"""Consumers that drop a message unless its version is the one after the last."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.absent_rows import LetGo, let_go_in
from eventlens.behaviour.demands import frames_of
from eventlens.behaviour.events import Event, is_write
from eventlens.behaviour.result_tests import branches
from eventlens.checks.channel_order import why_unordered_alone
from eventlens.checks.context import CheckContext, Consumer, Evidence
from eventlens.checks.let_go import is_acknowledged
from eventlens.flow.walk import values_in

_NUMBER = re.compile(r"(?i)version|sequence|(?<![a-z])seq|revision|(?:event|message)_?n(?:o|umber)$")
"""In the names of what counts the messages of one thing."""


def numbers_expected(context: CheckContext) -> Iterator[tuple[Consumer, Evidence, str]]:
    """The consumers that drop what is not the next one, the place, and why it need not be the next one that comes next."""
    for consumer in context.consumers():
        if consumer.site.interaction != "event":
            continue
        events = consumer.events
        dropped = next(_dropped(events), None)
        if dropped is None:
            continue
        at, let_go = dropped
        if let_go.way == "thrown":
            continue  # what fails is looked at again, or told of as a failure
        delivery = context.delivery_events(consumer.node)
        if not is_acknowledged(consumer, let_go.inside, -1, at.frame, delivery):
            continue
        senders = [context.graph.by_id[one] for one in context.graph.senders.get(consumer.site.id, ())]
        why = why_unordered_alone(context, consumer, senders)
        if why:
            yield consumer, at, why


def _dropped(events: Sequence[Event]) -> Iterator[tuple[Evidence, LetGo]]:
    writes = [one for one in events if is_write(one)]
    for frame in frames_of(events) if writes else ():
        for branch in branches(frame):
            arm = _arm_of_others(branch.condition)
            let_go = let_go_in(branch, arm, frame, writes, events) if arm else None
            if let_go is not None:
                yield Evidence(frame, let_go.node, "what is not the next one is dropped here"), let_go


def _arm_of_others(condition: ir.Value) -> str:
    """The arm that is taken where a number is not the one after another; "" where a condition asks for something else."""
    if not isinstance(condition, ir.Operation) or condition.operator not in ("!=", "=="):
        return ""
    if not any(map(_is_next, condition.operands)) and not _is_one_apart(condition):
        return ""
    named = [one for one in values_in(condition) if isinstance(one, ir.Name | ir.Member) and _NUMBER.search(one.name)]
    return ("then" if condition.operator == "!=" else "orelse") if len(named) >= 2 else ""


def _is_next(value: ir.Value) -> bool:
    """Whether a value is one more, or one less, than another."""
    if not isinstance(value, ir.Operation) or value.operator not in ("+", "-") or len(value.operands) != 2:
        return False
    return any(isinstance(one, ir.Literal) and one.value == 1 and one.value is not True for one in value.operands)


def _is_one_apart(condition: ir.Operation) -> bool:
    """Whether the difference of two numbers is compared with one."""
    differences = [one for one in condition.operands if isinstance(one, ir.Operation) and one.operator == "-"]
    ones = [one for one in condition.operands if isinstance(one, ir.Literal) and one.value == 1]
    return len(differences) == 1 and len(ones) == 1
