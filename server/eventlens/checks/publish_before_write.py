"""publish-before-write: what a message announces is written, or committed, only after it was sent."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.behaviour.events import Event
from eventlens.checks.announced import channel_text, entity_of
from eventlens.checks.context import CheckContext, Rule, event_evidence
from eventlens.checks.delayed_messages import is_delayed
from eventlens.checks.dual_write import DOUBTS, evidence
from eventlens.checks.heeding_consumers import Look, who_looks_it_up
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
        steps = evidence(one)
        if look is not None:
            steps.append(event_evidence(look.event, "looked up here by who gets the message"))
        doubt = _doubt(one, write, look)
        yield context.finding(
            RULE,
            f"the message on {channel} goes out before {what} is {late}: consumers may act on what never comes to be{doubt}",
            at=one.node,
            related=steps,
            severity="info" if doubt else None,
        )


def _doubt(one: DualWrite, write: Event, look: Look | None) -> str:
    """What a message adds where nobody is seen to look for the row, or who does comes again."""
    if look is None:
        return DOUBTS[one.doubt] or "; whether one of them looks it up is not known"
    is_missing = write.effect == "insert" and look.is_repeated
    return "; who looks it up fails where it is missing, and comes again" if is_missing else ""


RULE = Rule("publish-before-write", "warning", "Publish after the commit, or from an outbox.", _run)
