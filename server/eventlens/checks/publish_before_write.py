"""publish-before-write: what a message announces is written, or committed, only after it was sent."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.checks.announced import channel_text, entity_of
from eventlens.checks.context import CheckContext, Rule
from eventlens.checks.dual_write import evidence, looseness
from eventlens.checks.operations import dual_writes
from eventlens.flow.model import Finding


def _run(context: CheckContext) -> Iterator[Finding]:
    for one in dual_writes(context):
        if not one.before_commit:
            continue
        channel = channel_text(one.site)
        what = entity_of(one.write) or "the write"
        late = "written" if one.write.order > one.publish.order else "committed"
        yield context.finding(
            RULE,
            f"the message on {channel} goes out before {what} is {late}: consumers may act on what never comes to be{looseness(one)}",
            at=one.node,
            related=evidence(one),
            severity="info" if one.is_loose else None,
        )


RULE = Rule("publish-before-write", "warning", "Publish after the commit, or from an outbox.", _run)
