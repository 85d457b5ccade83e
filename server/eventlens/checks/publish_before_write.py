"""publish-before-write: what a message announces is written, or committed, only after it was sent."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.behaviour.events import Event
from eventlens.checks.announced import channel_text, entity_of
from eventlens.checks.context import CheckContext, Rule, event_evidence
from eventlens.checks.delayed_messages import is_delayed
from eventlens.checks.dual_write import evidence, looseness
from eventlens.checks.heeding_consumers import who_looks_it_up
from eventlens.checks.operations import DualWrite, dual_writes
from eventlens.flow.model import Finding


def _run(context: CheckContext) -> Iterator[Finding]:
    for one in dual_writes(context):
        if not one.before_commit or is_delayed(one.publish):
            continue
        channel = channel_text(one.site)
        looks = [
            (write, look)
            for write in (one.write, *one.also_late)
            if (look := who_looks_it_up(context, one.site, one.publish, write)) is not None
        ]
        write, look = looks[0] if looks else (one.write, None)
        what = entity_of(write) or "the write"
        late = "written" if write.order > one.publish.order else "committed"
        yield context.finding(
            RULE,
            f"the message on {channel} goes out before {what} is {late}: consumers may act on what never comes to be{_doubt(one, look)}",
            at=one.node,
            related=evidence(one)
            if look is None
            else [*evidence(one), event_evidence(look, "looked up here by who gets the message")],
            severity="info" if look is None else None,
        )


def _doubt(one: DualWrite, look: Event | None) -> str:
    """What a message adds where nobody is seen to look for the row."""
    if look is not None:
        return ""
    return looseness(one) or "; whether one of them looks it up is not known"


RULE = Rule("publish-before-write", "warning", "Publish after the commit, or from an outbox.", _run)
