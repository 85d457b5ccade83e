"""non-idempotent-consumer: an at-least-once handler with an effect that differs when it runs twice, and nothing that guards it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.asked_elsewhere import AskedElsewhere
from eventlens.behaviour.asked_first import AskedFirst
from eventlens.behaviour.completion import is_acknowledged_before
from eventlens.behaviour.events import Event
from eventlens.behaviour.guards import covers, guards
from eventlens.behaviour.library_effects import is_kind_open
from eventlens.behaviour.noticed_repeats import is_repeat_noticed
from eventlens.behaviour.repetition import Repeated, is_refused_again, repeated
from eventlens.behaviour.rival_methods import left_to_subclasses
from eventlens.behaviour.rows_made_elsewhere import may_be_held, may_have_its_key
from eventlens.behaviour.same_requests import may_only_ask
from eventlens.checks.context import CheckContext, Consumer, Evidence, Rule, channel_text, event_evidence
from eventlens.flow import conditions
from eventlens.flow.model import Finding, Severity
from eventlens.flow.module_index import decorator_name
from eventlens.flow.scopes import Frame
from eventlens.knowledge.schema import Effect, Subscribe

_WORST = (
    "payment",
    "mail",
    "external-call",
    "increment",
    "append",
    "insert",
    "fresh-publish",
    "publish",
    "record",
    "counter",
)
_AGAIN = {
    "payment": "charges again",
    "mail": "sends the message to a person again",
    "external-call": "makes the call again",
    "increment": "adds to the stored value again",
    "append": "appends to the stored list again",
    "insert": "inserts another row",
    "fresh-publish": "publishes an event with a new id",
    "publish": "publishes the event again",
    "record": "writes another row into a log",
    "counter": "counts again",
}
_ASKED_FIRST = "what is asked first decides, and whether the first delivery changes the answer is not known"
_GUARDS = re.compile(r"(?i)idempoten|dedup|exactly_?once")


_PERHAPS_UNCHANGED = "whether the request changes anything is not known"
_CUT = "so much happens for it that it was not followed to its end"
_PERHAPS_KNOWN_AGAIN = "whether the service that is called knows a repeat is not known"


class _Doubt(NamedTuple):
    """Why it is not known whether an effect happens again."""

    why: str
    evidence: Evidence | None = None


class _Questions:
    """What is asked in one trace before something is done."""

    def __init__(self, events: tuple[Event, ...]) -> None:
        self._of_stores = AskedFirst(events)
        self._of_others = AskedElsewhere(events, self._of_stores)

    def doubt(self, effect: Event) -> _Doubt | None:
        """Why it is not known whether the second delivery gets as far as an effect, where what is asked before it decides."""
        read = self._of_stores.before(effect)
        if read is not None:
            told = "this is asked first, and the handling changes what it asks about"
            return _Doubt(_ASKED_FIRST, event_evidence(read, told))
        other = self._of_others.before(effect)
        if other is not None:
            return _Doubt(_ASKED_FIRST, Evidence(other.frame, other.call, "this is asked first"))
        return None


_SEVERITY: dict[str, Severity] = {"counter": "info", "record": "info"}


def _run(context: CheckContext) -> Iterator[Finding]:
    for consumer in context.consumers():
        if _may_repeat(consumer):
            events = context.delivery_events(consumer.node)
            worst, doubt = _worst(_unguarded(events), events)
            if worst is not None:
                cut = _Doubt(_CUT) if context.is_cut(consumer.node) else None
                yield _finding(context, consumer, worst, doubt or cut)


def _may_repeat(consumer: Consumer) -> bool:
    entry = consumer.node.match.entry
    assert isinstance(entry, Subscribe)
    if consumer.policy.delivery != "at-least-once" or consumer.policy.acknowledgement == "auto-before":
        return False
    if _says_that_it_guards(consumer.node.handler.frame):
        return False
    return not (entry.inbox and conditions.hold_at(consumer.node.place, entry.inbox, consumer.site.broker))


def _says_that_it_guards(handler: Frame | None) -> bool:
    """Whether a handler, or its class, is decorated with what is called after the guarding of repeats: code elsewhere does it."""
    function = handler.function.decorators if handler is not None and handler.function is not None else ()
    index = handler.cls.definition.decorators if handler is not None and handler.cls is not None else ()
    return any(_GUARDS.search(decorator_name(one)) for one in (*function, *index))


def _unguarded(events: tuple[Event, ...]) -> list[Repeated]:
    """The effects that differ the second time and that no guard covers, where a second delivery gets to them."""
    return [one for one in differing(events) if not is_acknowledged_before(one.event, events)]


def differing(events: tuple[Event, ...]) -> list[Repeated]:
    """The effects that would differ the second time and that no guard covers, whether there is a second delivery or not."""
    known = guards(events)
    return [
        one
        for one in repeated(events)
        if not any(covers(guard, place) for guard in known for place in _places(one.event, events))
    ]


def _places(event: Event, events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Where an effect is begun, and where a function that publishes for others does it: in there stands what decides about it."""
    if event.kind != "publish":
        return (event,)
    sent = next((one for one in events[event.order + 1 :] if one.kind != "publish"), None)
    inside = sent is not None and sent.kind == "sent" and sent.chain[: len(event.chain)] == event.chain
    return (event, sent) if sent is not None and inside else (event,)


def _worst(unguarded: list[Repeated], events: tuple[Event, ...]) -> tuple[Repeated | None, _Doubt | None]:
    """The effect that hurts most of those that are sure to happen again; where none is, the one that hurts most, and why it is not known."""
    first: tuple[Repeated | None, _Doubt | None] = None, None
    questions, others = None, [one.event for one in unguarded]
    for one in sorted(unguarded, key=lambda one: (_WORST.index(one.kind), one.event.order)):
        questions = questions or _Questions(events)
        doubt = _doubt(one.event, others, events, questions)
        if doubt is None:
            return one, None
        if first[0] is None:
            first = one, doubt
    return first


def _doubt(event: Event, others: list[Event], events: tuple[Event, ...], questions: _Questions) -> _Doubt | None:
    """Why it is not known whether a second delivery comes to an effect again, None where it does; ``others`` are all that differ."""
    step = left_to_subclasses(event, others, events)
    if step is not None:
        evidence = Evidence(step.frame, step.call, "this is left to subclasses")
        return _Doubt("which class's object handles it is not known", evidence)
    if _is_request_of_any_kind(event):
        evidence = event_evidence(event, "what this asks for is decided by a value that is not known")
        return _Doubt(_PERHAPS_UNCHANGED, evidence)
    if may_only_ask(event):
        evidence = event_evidence(
            event, "the answer to this is what is wanted, and nothing says that it changes anything"
        )
        return _Doubt(_PERHAPS_UNCHANGED, evidence)
    if may_be_held(event):
        evidence = event_evidence(event, "what is stored here was made elsewhere")
        return _Doubt("whether a new row is stored is not known", evidence)
    if may_have_its_key(event):
        evidence = event_evidence(event, "what is stored here was made elsewhere")
        return _Doubt("whether the row has a key that the second delivery gives again is not known", evidence)
    if event.effect == "external-call" and not is_repeat_noticed(event):
        return _Doubt(_PERHAPS_KNOWN_AGAIN)
    refused = next((one for one in events if one.order < event.order and _stops_before(one, event, events)), None)
    if refused is not None:
        evidence = event_evidence(refused, "this row has a key that the second delivery gives again")
        return _Doubt("a row that is inserted first may be refused then", evidence)
    return next(filter(None, (questions.doubt(place) for place in _places(event, events))), None)


def _stops_before(insert: Event, event: Event, events: tuple[Event, ...]) -> bool:
    """Whether an insert is done on each way to an event, and ends what the handler does where its row is refused."""
    around = {id(one.node) for one in event.contexts}
    lets_out = (isinstance(one.node, ir.Try) and not one.node.catches for one in insert.contexts)
    always = all(id(one.node) in around or out for one, out in zip(insert.contexts, lets_out))
    return always and is_refused_again(insert, event, events)


def _is_request_of_any_kind(event: Event) -> bool:
    entry, place = event.entry, event.place
    return (
        event.effect == "external-call"
        and isinstance(entry, Effect)
        and place is not None
        and is_kind_open(entry, place)
    )


def _finding(context: CheckContext, consumer: Consumer, worst: Repeated, doubt: _Doubt | None) -> Finding:
    channel = channel_text(consumer.site)
    handler = consumer.node.handler.frame
    related = [event_evidence(worst.event, f"a second delivery {_AGAIN[worst.kind]} here")]
    if doubt is not None and doubt.evidence is not None:
        related.insert(0, doubt.evidence)
    if handler is not None and handler.function is not None:
        related.insert(0, Evidence(handler, handler.function, "this runs for each delivery"))
    return context.finding(
        RULE,
        f"a message of {channel} that is delivered twice {_AGAIN[worst.kind]}: nothing remembers that it was handled"
        if doubt is None
        else f"a message of {channel} that is delivered twice may do its work twice: {doubt.why}",
        at=consumer.node,
        related=related,
        severity="info" if doubt is not None else _severity(consumer, worst.kind),
    )


def _severity(consumer: Consumer, kind: str) -> Severity | None:
    """The severity by effect; what is doubled behind a request is seen by the caller, who waits."""
    return _SEVERITY.get(kind) or ("warning" if consumer.site.interaction == "request" else None)


RULE = Rule(
    "non-idempotent-consumer",
    "error",
    "Record the ids of handled messages in the same transaction, or write so that a repeat changes nothing.",
    _run,
)
