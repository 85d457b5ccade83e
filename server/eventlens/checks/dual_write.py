"""dual-write: a publish in the same operation as a database write, not atomic with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from eventlens.behaviour.events import Context, Event
from eventlens.checks.announced import channel_text, entity_of
from eventlens.checks.context import CheckContext, Evidence, Rule, event_evidence, severity_of_loss
from eventlens.checks.operations import Doubt, DualWrite, dual_writes
from eventlens.checks.second_delivery import SecondDelivery, second_delivery
from eventlens.flow.model import Finding, Severity


def _run(context: CheckContext) -> Iterator[Finding]:
    for one in dual_writes(context):
        channel = channel_text(one.site)
        again = second_delivery(context, one)
        yield context.finding(
            RULE,
            f"publishing to {channel} is not atomic with {_told(one.write)}: {_AGAIN.get(again) or _order(one)}{DOUBTS[one.doubt]}",
            at=one.node,
            related=evidence(one),
            severity="info" if one.doubt else severity_of_loss(one.site) or _SEVERITY.get(again),
        )


_AGAIN: Mapping[SecondDelivery, str] = {
    "comes again": "when the process ends between the two, the message that is handled comes again, and this one goes out twice,"
    " or never where the work is found done",
    "leaves out": "when the process ends between the two, a second delivery finds the work done, and the message is lost",
    "too late": "when publishing fails, that is swallowed, and the message is lost",
}
"""What comes of it where the operation is the handling of a message."""
_SEVERITY: Mapping[SecondDelivery, Severity] = {"comes again": "warning"}
"""Where the message is not lost, or may not be, it is no gate: whoever gets a message may get it twice anyway."""


def _told(write: Event) -> str:
    if not write.effect:
        return "the commit"
    entity = entity_of(write)
    return f"the {write.effect} of {entity}" if entity else f"the {write.effect} in the database"


def _order(one: DualWrite) -> str:
    if one.write.order > one.publish.order:
        return "the message goes out first, and the write may still fail"
    if one.before_commit:
        return "the message goes out before the transaction commits, and the commit may still fail"
    return "when the process ends between the two, the message is lost"


DOUBTS: Mapping[Doubt, str] = {
    "": "",
    "other": "; they share only what both refer to",
    "entry": "; it is an entry of a log or a series of measurements",
    "wakes": "; it says only that there is something to do, and so does the next one, or a schedule",
    "there": "; who gets the message makes the same write, and may do it instead",
    "cut": "; what is done afterwards is more than was followed",
}
"""What a message adds where it may be none after all."""


def evidence(one: DualWrite) -> list[Evidence]:
    """Write, publish and the end of the transaction, as related locations in the order in which they happen."""
    steps = [
        (
            one.write.order,
            event_evidence(
                one.write,
                f"{one.write.effect} of {entity_of(one.write) or 'the record'} here"
                if one.write.effect
                else "changes are committed here",
            ),
        )
    ]
    steps.append((one.publish.order, event_evidence(one.publish, "published here")))
    if isinstance(one.end, Event):
        steps.append((one.end.order, event_evidence(one.end, "committed here")))
    found = [step for _, step in sorted(steps, key=lambda pair: pair[0])]
    if isinstance(one.end, Context):
        found.append(
            Evidence(
                one.end.frame,
                one.end.node,
                "the transaction that ends here" if one.before_commit else "the write's transaction",
            )
        )
    return found


RULE = Rule(
    "dual-write",
    "error",
    "Store the event in an outbox table in the write's transaction and let a relay publish it.",
    _run,
)
