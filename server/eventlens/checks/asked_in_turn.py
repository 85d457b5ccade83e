"""Operations that ask other services in turn: what is stored before a request that may fail.

Only requests count whose answer is known: the handler in another service stores something for it. So the operation and that service
each hold a part of one piece of work, and no transaction spans the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import Event, is_write
from eventlens.behaviour.own_service import seen_from
from eventlens.behaviour.paths import named_function
from eventlens.behaviour.walking import is_cut
from eventlens.checks.announced import entity_of
from eventlens.checks.context import CheckContext
from eventlens.checks.durability import is_durable_before
from eventlens.checks.exclusion import exclusive
from eventlens.config.name_words import words_of
from eventlens.flow.model import Site
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import values_in

_MOST_LEVELS = 2
"""How many calls above a request the operation is looked for: a client class makes it for those that decide what is done."""
_MOST_CALLERS = 12
_BESIDE = re.compile(
    r"(?i)audit|histor|(?:^|[a-z_])logs?$|activit|notification|e?mails?$|sms|outbox|inbox|idempoten|otp|token|session|cache|metric|statistic|analytic"
)
"""Entities beside the business, which nobody takes back."""
_LOOKING = frozenset((
    "get", "find", "list", "search", "check", "count", "fetch", "read", "is", "validate", "verify", "login", "signin", "authenticate",
    "refresh", "view", "query",
))  # fmt: skip
"""Words in the names of requests that look something up: what is stored on the way is no step."""
_UNIT = re.compile(
    r"(?i)^_?(?:session|\w*transaction\w*|tx|trx|txn|manager|em|entity_?manager|query_?runner|unit_?of_?work|uow|conn|connection)$"
)
"""Names of what makes a write part of a unit that somebody else commits, or gives up."""
_PREPARES = re.compile(r"(?i)(?:intents?|orders?|setups?|sessions?|customers?|subscriptions?)\.(?:\w*create|build)\w*$")
"""Calls of a payment provider's library after which somebody still has to confirm."""
_GIVES_BACK = re.compile(r"(?i)refund|cancel|void|payouts?\.|transfers?\.")
_CONDITIONS = frozenset(("then", "orelse", "catch"))


class Part(NamedTuple):
    """What one service stores of an operation: its own write or charge, or what answers the request ``asked``.

    ``is_pending``: it becomes durable only after the request that was looked at, or goes with it.
    """

    write: Event
    service: str
    asked: Event | None = None
    is_pending: bool = False

    @property
    def order(self) -> int:
        """When it happens, among the events of the operation."""
        return (self.asked or self.write).order


class Asked(NamedTuple):
    """A request (``event`` in the trace ``events`` of ``root``), what its answer stores, and what is stored before it, the nearest first."""

    node: SiteNode
    site: Site
    event: Event
    answer: Part
    before: tuple[Part, ...]
    root: Frame
    events: tuple[Event, ...]


def asked_in_turn(context: CheckContext) -> list[Asked]:
    """The requests before which something is stored, in the order of their sites."""
    known: list[Asked] | None = context.shared.get("asked in turn")
    if known is None:
        known = context.shared["asked in turn"] = list(_asked(context))
    return known


def _asked(context: CheckContext) -> Iterator[Asked]:
    requests = [(node, site) for node, site in context.sites("publish") if site.interaction == "request"]
    if not requests:
        return
    answers = _Answers(context)
    for node, site in requests:
        context.beat()
        answer = answers.of(site)
        if answer is not None:
            found = _in_operation(context, answers, Asked(node, site, answer.write, answer, (), node.frame, ()))
            if found is not None:
                yield found


class _Answers:
    """What the services store that answer requests."""

    def __init__(self, context: CheckContext) -> None:
        self._context = context
        self._known: dict[str, Part | None] = {}

    def of(self, site: Site) -> Part | None:
        """What answers a request; None where it is answered within the service, or nothing is known to be stored for it."""
        if site.id not in self._known:
            self._known[site.id] = next(self._stored(site), None)
        return self._known[site.id]

    def _stored(self, site: Site) -> Iterator[Part]:
        if not _LOOKING.isdisjoint(words_of(f"{site.channel} {site.event}")):
            return
        for identity in self._context.graph.takers.get(site.id, ()):
            node, other = self._context.graph.by_id[identity]
            if other.source_set != "main" or other.service in (None, site.service):
                continue
            stored = [event for event in self._context.handler_events(node) if _is_lasting(event)]
            named = (event for event in stored if entity_of(event))
            yield from (Part(event, other.service or "") for event in (*named, *stored)[:1])


def _is_lasting(event: Event) -> bool:
    """Whether an event changes something of the business durably."""
    return (
        is_write(event)
        and event.effect != "object-write"
        and event.store != "object"
        and not _BESIDE.search(entity_of(event))
    )


def _in_operation(context: CheckContext, answers: _Answers, asked: Asked) -> Asked | None:
    """The request as the nearest function sees it in which something is stored before it."""
    frames, seen = [named_function(asked.node.frame)], set[int]()
    for _ in range(_MOST_LEVELS + 1):
        above: list[Frame] = []
        for root in frames:
            if id(root) in seen or root.function is None:
                continue
            seen.add(id(root))
            found = _in_function(context, answers, asked, root)
            if found is not None:
                return found
            above += [named_function(one.frame) for one in context.graph.callers.of(root, read=False)[:_MOST_CALLERS]]
        frames = above
    return None


def _in_function(context: CheckContext, answers: _Answers, asked: Asked, root: Frame) -> Asked | None:
    events = trace_of(context, root)
    made = request_in(events, asked.node)
    if made is None or is_cut(events) or made.within("catch") is not None:
        return None
    before = tuple(_before(context, answers, events, made, asked.answer))
    return asked._replace(event=made, before=before, root=root, events=events) if before else None


def trace_of(context: CheckContext, root: Frame) -> tuple[Event, ...]:
    """What a function does in its own service."""
    service_of = context.graph.matcher.service_of
    return seen_from(service_of(root.module.path), context.tracer.trace(root), service_of, may_be_library=True)


def request_in(events: Sequence[Event], node: SiteNode) -> Event | None:
    """The event of a trace that is a site's request."""
    made = [one for one in events if one.kind == "publish" and one.node is node.node]
    return next((one for one in made if one.site is node), made[0] if made else None)


def _before(
    context: CheckContext, answers: _Answers, events: tuple[Event, ...], made: Event, later: Part
) -> Iterator[Part]:
    """What is stored in each run that comes to a request, whose answer stores ``later``. What was deleted is nothing that could be taken
    back, and what one statement stores for both requests is no step of either (the token with which a service asks others)."""
    around = {(id(one.node), one.kind) for one in made.contexts}
    service = context.graph.matcher.service_of(made.frame.module.path) or ""
    for event in reversed(events):
        if event.order >= made.order or event.within("deferred") is not None or exclusive(event, made):
            continue
        if any(one.kind in _CONDITIONS and (id(one.node), one.kind) not in around for one in event.contexts):
            continue
        if _is_lasting(event) and event.effect != "delete":
            yield Part(event, service, is_pending=not is_durable_before(events, event, made, _is_of_unit(event)))
        elif _takes_money(event):
            yield Part(event, service)
        elif event.kind == "publish" and event.site is not None and event.node is not made.node:
            other = context.site_of.get(id(event.site))
            answer = answers.of(other) if other is not None and other.interaction == "request" else None
            if answer is not None and answer.write.effect != "delete" and answer.write.node is not later.write.node:
                yield answer._replace(asked=event)


def _takes_money(event: Event) -> bool:
    """Whether an event charges somebody: what only prepares a payment is confirmed elsewhere, and giving back is none."""
    if event.effect != "payment" or not isinstance(event.node, ir.Call) or _GIVES_BACK.search(_dotted(event.node)):
        return False
    confirmed = any(_says(argument, "confirm") for argument in event.node.args)
    return confirmed or not _PREPARES.search(_dotted(event.node))


def _dotted(call: ir.Call) -> str:
    """The last two names of a callee: ``paymentIntents.create``."""
    owner = last_name(call.callee.object) if isinstance(call.callee, ir.Member) else ""
    return f"{owner}.{last_name(call.callee)}"


def _says(argument: ir.Argument, name: str) -> bool:
    return argument.name == name or any(
        isinstance(inner, ir.Object) and any(field.key == name for field in inner.fields)
        for inner in values_in(argument.value)
    )


def _is_of_unit(write: Event) -> bool:
    """Whether a write is handed what makes it part of a unit that is committed, or given up, elsewhere."""
    return isinstance(write.node, ir.Call) and any(map(_names_unit, _given(write.node)))


def _given(call: ir.Call) -> Iterator[ir.Value]:
    """What a call is made on and given, with what stands in its objects."""
    if isinstance(call.callee, ir.Member):
        yield from values_in(call.callee.object)
    for argument in call.args:
        yield from (one for one in values_in(argument.value) if isinstance(one, ir.Name | ir.Object))


def _names_unit(value: ir.Value) -> bool:
    if isinstance(value, ir.Object):
        return any(one.key is not None and _UNIT.match(one.key) for one in value.fields)
    return isinstance(value, ir.Name | ir.Member) and _UNIT.match(value.name) is not None
