"""Whether a message that a handler can do nothing with is gone: nobody brings it back."""

from __future__ import annotations

from collections.abc import Sequence

from eventlens.behaviour.absent_rows import Absence, fate
from eventlens.behaviour.events import Event
from eventlens.checks.context import Consumer
from eventlens.flow.scopes import Frame

_GONE = frozenset(("drop", "log-and-skip", "dead-letter"))
"""What libraries do with a message that failed, so that it is not handled again by itself."""
_PASSED_OVER = frozenset(("kafka",))
"""Brokers at which what was not acknowledged is passed over with the next one that is."""
_POSITIVE = frozenset(("ack", "commit"))


def is_let_go(consumer: Consumer, absence: Absence, events: Sequence[Event]) -> bool:
    """Whether a message whose row is not there does not come again."""
    if absence.way == "thrown":
        told = fate(absence, events)
        if told != "swallowed":
            return told == "rethrown" and _is_given_up_at_once(consumer)
    return is_acknowledged(consumer, absence.inside, absence.read.order, absence.frame, events)


def _is_given_up_at_once(consumer: Consumer) -> bool:
    """Whether the first failure is the last."""
    policy = consumer.policy
    if policy.then_is_open:
        return False
    return (policy.then in _GONE and policy.retries == 0) or policy.max_deliveries == 1


def is_acknowledged(
    consumer: Consumer, inside: Sequence[Event], order: int, frame: Frame, events: Sequence[Event]
) -> bool:
    """Whether a message that is left alone counts as handled: ``inside`` is what happens there, ``order`` where in the handling it is,
    ``frame`` in which function: whoever called that goes on."""
    if consumer.policy.acknowledgement != "manual" or consumer.site.broker in _PASSED_OVER:
        return True
    done = [one for one in events if one.kind == "acknowledge" and one.effect in _POSITIVE]
    return any(
        one in inside or one.order < order or one.within("finally") is not None or one.frame is not frame
        for one in done
    )
