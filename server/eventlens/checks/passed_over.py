"""Messages of a log that nobody commits, and that the next commit takes along: a position counts for all that stands before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.completion import POSITIVE
from eventlens.behaviour.events import Event
from eventlens.behaviour.failures import is_for_failure
from eventlens.behaviour.paths import statements_around
from eventlens.behaviour.protections import Protection
from eventlens.checks.context import Consumer
from eventlens.flow.walk import statements_in


class NextCommit(NamedTuple):
    """What commits the position of a consumer where a message is handled well, and the loop that takes messages where there is one."""

    event: Event
    loop: ir.Loop | None


def next_commit(consumer: Consumer, events: Sequence[Event]) -> NextCommit | None:
    """The commit of a consumer that does so itself and never goes back; None for all others."""
    if consumer.site.broker != "kafka" or consumer.policy.acknowledgement != "manual":
        return None
    told = [event for event in events if event.kind == "acknowledge"]
    if any(event.effect not in POSITIVE for event in told):
        return None
    commit = next((event for event in told if not any(map(is_for_failure, event.contexts))), None)
    return NextCommit(commit, consumer.node.handler.loop) if commit is not None else None


def goes_on_to(following: NextCommit, protection: Protection) -> bool:
    """Whether the next message is taken after a catch: it stands in no loop that tries again, and does not end one that takes messages."""
    if protection.attempt is None:
        return False
    around = [
        one
        for one in statements_around(protection.frame)
        if isinstance(one, ir.Loop) and one.start <= protection.node.start < one.end
    ]
    taking = next((one for one in around if one is following.loop), None)
    inner = [one for one in around if taking is None or (one.start > taking.start and one is not taking)]
    if not around:
        return True
    return all(one.kind == "each" for one in inner) and not any(
        isinstance(one, ir.Return) or (isinstance(one, ir.Jump) and one.kind == "break")
        for one in statements_in(protection.body)
    )
