"""saga-missing-timeout: a step of a saga waits for an answer, and nothing ends the wait where none comes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.paths import levels, statements_around
from eventlens.checks.announced import channel_text, entity_of
from eventlens.checks.asked_in_turn import Asked, asked_in_turn
from eventlens.checks.context import CheckContext, Evidence, Rule, event_evidence
from eventlens.checks.operations import where_sent
from eventlens.checks.waiting_sagas import Step, Waiting, waiting_sagas
from eventlens.flow import conditions
from eventlens.flow.model import Finding, Site
from eventlens.flow.module_index import last_name
from eventlens.flow.walk import child_blocks, values_in, values_of
from eventlens.knowledge.schema import Publish

_ENDING = frozenset((
    "timeout", "timeoutWith", "takeUntil", "race", "raceWith", "wait_for", "withTimeout", "withTimeoutOrNull", "orTimeout",
    "completeOnTimeout", "WaitAsync", "wait", "asTimeout", "pTimeout", "withDeadline",
))  # fmt: skip
"""Functions and operators that give up waiting for what they are given."""

_TAKES_FIRST = re.compile(r"argument:(?:first|last)ValueFrom|chained:toPromise")
"""What becomes of a stream that is made into a promise."""


def _run(context: CheckContext) -> Iterator[Finding]:
    for one in asked_in_turn(context):
        if _waits_for_ever(one) and not _is_ended(where_sent(one.events, one.event)):
            yield _of_request(context, one)
    for saga in waiting_sagas(context):
        yield _of_saga(context, saga)


def _waits_for_ever(one: Asked) -> bool:
    """Whether somebody waits for the answer, and the library does so without end."""
    entry = one.node.match.entry
    place = one.event.place
    if not isinstance(entry, Publish) or not entry.waits_for_ever or place is None:
        return False
    return _is_awaited(one.event) and conditions.hold_at(place, entry.waits_for_ever, one.site.broker)


def _is_awaited(made: Event) -> bool:
    """Whether the operation goes on only once the answer is there. Awaiting a stream itself waits for nothing."""
    entry = made.match.entry if made.match is not None else None
    completion = entry.completion if isinstance(entry, Publish) else ""
    if completion == "blocking":
        return True
    if completion == "observable" and not any(_TAKES_FIRST.fullmatch(use) for use in made.usage):
        return False
    return "awaited" in made.usage or "returned" in made.usage


def _is_ended(made: Event) -> bool:
    """Whether what a request gives is handed to something that gives up waiting, here or in the functions that lead to it."""
    return any(
        _mentions_end(statement)
        for level in levels(made)
        for statement in statements_around(level.frame)
        if statement.start <= level.node.start < statement.end and not any(child_blocks(statement))
    )


def _mentions_end(statement: ir.Statement) -> bool:
    return any(
        isinstance(inner, ir.Call) and last_name(inner.callee) in _ENDING
        for value in values_of(statement)
        for inner in values_in(value)
    )


def _of_request(context: CheckContext, one: Asked) -> Finding:
    part = one.before[0]
    entity = entity_of(part.write)
    what = f"the {part.write.effect} of {entity}" if entity else f"the {part.write.effect}"
    return context.finding(
        RULE,
        f"waits without end for the answer of {channel_text(one.site)}: where {one.answer.service} does not answer, {what} is left as it is",
        at=one.node,
        related=[
            event_evidence(part.write, f"{part.service} has stored its part here"),
            event_evidence(one.answer.write, f"{one.answer.service} stores its part here before it answers"),
        ],
    )


def _of_saga(context: CheckContext, saga: Waiting) -> Finding:
    first = saga.steps[0]
    more = f" and {len(saga.steps) - 1} more" if len(saga.steps) > 1 else ""
    return context.finding(
        RULE,
        f"{saga.saga.name} asks {first.asked.service or 'another'} by {channel_text(first.site)} and waits without end for "
        f"{_event(first.reply)}{more}: where that does not come, it stays as it is",
        at=first.node,
        related=[one for step in saga.steps for one in _way(context, step)],
    )


def _event(site: Site) -> str:
    return site.event or channel_text(site)


def _way(context: CheckContext, step: Step) -> Iterator[Evidence]:
    yield Evidence(step.node.frame, step.node.node, f"{step.asked.service or 'another'} is asked here")
    yield event_evidence(step.answer, f"{_event(step.reply)} is published here, if all goes well")


RULE = Rule(
    "saga-missing-timeout",
    "warning",
    "End the wait after a time, and take back there what earlier steps stored.",
    _run,
    needs_all_sites=True,
    waits=True,
)
