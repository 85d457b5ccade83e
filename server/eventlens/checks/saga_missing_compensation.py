"""saga-missing-compensation: a later step of a saga fails, and nothing takes back what an earlier one stored."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.paths import named_function
from eventlens.checks.announced import channel_text, entity_of
from eventlens.checks.asked_in_turn import Asked, Part, asked_in_turn
from eventlens.checks.context import CheckContext, Evidence, Rule, event_evidence
from eventlens.checks.failed_steps import is_dealt_with
from eventlens.checks.refused_chains import Refused, refused_chains
from eventlens.flow.model import Confidence, Finding
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in, values_in, values_of

_WAITING = re.compile(r"(?i)(?:^|\W)(?:pending|initiated|processing|awaiting\w*|in_?progress|draft|waiting\w*)(?:$|\W)")
"""States of what is not done: something may look for rows that are in one for long."""


def _run(context: CheckContext) -> Iterator[Finding]:
    left: dict[int, Asked] = {}
    for one in asked_in_turn(context):
        if any(not part.is_pending for part in one.before) and not is_dealt_with(context, one):
            known = left.get(id(one.root))
            if known is None or known.event.order < one.event.order:
                left[id(one.root)] = one
    for one in left.values():
        yield _found(context, one)
    for chain in refused_chains(context):
        yield _of_chain(context, chain)


def _found(context: CheckContext, one: Asked) -> Finding:
    stored = [part for part in one.before if not part.is_pending]
    charge = next((part for part in stored if part.write.effect == "payment"), None)
    waits = charge is None and any(map(_says_that_it_waits, stored))
    undone = "refunds it" if charge is not None else "takes it back"
    message = (
        f"{_told(charge or stored[0])} when {one.answer.service} is asked by {channel_text(one.site)}: where that fails, "
        f"nothing {undone}{', unless something looks for rows that wait' if waits else ''}"
    )
    confidence: Confidence = "likely" if waits else "certain"
    related = _evidence(one, stored)
    if charge is None:
        return context.finding(RULE, message, at=one.node, related=related, confidence=confidence)
    frame, node = _place(charge.write)
    return context.finding(RULE, message, frame=frame, node=node, related=related)


def _place(event: Event) -> tuple[Frame, ir.Node]:
    """Where an operation has something done: its own call, where another function does it."""
    return (event.chain[0].frame, event.chain[0].call) if event.chain else (event.frame, event.node)


def _says_that_it_waits(part: Part) -> bool:
    """Whether the function that stores a part speaks of a state in which it is not done."""
    function = named_function(part.write.frame).function
    return any(
        _WAITING.search(_text(inner)) is not None
        for statement in statements_in((function.body or ()) if function is not None else ())
        for value in values_of(statement)
        for inner in values_in(value)
    )


def _text(value: ir.Value) -> str:
    if isinstance(value, ir.Literal):
        return value.value if isinstance(value.value, str) else ""
    return value.name if isinstance(value, ir.Member) else ""


def _told(part: Part) -> str:
    if part.write.effect == "payment":
        return f"{part.service} has charged"
    return f"{part.service} has stored {entity_of(part.write) or 'its part'}"


def _evidence(one: Asked, stored: list[Part]) -> Iterator[Evidence]:
    for part in reversed(stored):
        if part.asked is not None:
            yield event_evidence(part.asked, f"{part.service} is asked here")
        what = "charges" if part.write.effect == "payment" else "stores its part"
        yield event_evidence(part.write, f"{part.service} {what} here")
    yield event_evidence(one.answer.write, f"{one.answer.service} stores its part here, or fails to")


def _of_chain(context: CheckContext, chain: Refused) -> Finding:
    """What takes a step back may run on a schedule, or by hand: a chain that nobody holds together is worth knowing only."""
    refusal, site = chain.refusal, chain.refusal.consumer.site
    services = " and ".join(one.service for one in reversed(chain.left))
    how = f"tells {refusal.said.event or refusal.said.channel}" if refusal.said is not None else "only throws"
    said = "refused here" if refusal.said is None else f"refused here, by {channel_text(refusal.said)}"
    related = [event_evidence(refusal.event, said)]
    for one in chain.left:
        related.append(event_evidence(one.write, f"{one.service} stores its part here"))
        related.append(event_evidence(one.publish, "and tells the next service here"))
    return context.finding(
        RULE,
        f"{site.service} may refuse {channel_text(site)} and then {how}: nothing in sight takes back what {services} stored before",
        at=refusal.consumer.node,
        related=related,
        confidence="likely",
    )


RULE = Rule(
    "saga-missing-compensation",
    "warning",
    "Catch the failure of the later step, and take back there what the earlier ones stored.",
    _run,
    needs_all_sites=True,
    waits=True,
)
