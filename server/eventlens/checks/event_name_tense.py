"""event-name-tense: an event named as a command, or in the present, where the others are named after what has happened."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from eventlens.checks.context import CheckContext, Rule
from eventlens.checks.envelopes import published_events
from eventlens.checks.named_events import Said, done, said_by
from eventlens.config.name_words import words_of
from eventlens.flow.model import Finding, Site, Step
from eventlens.flow.site_node import SiteNode

_ORCHESTRATORS = frozenset(("temporal",))
"""Brokers whose messages start work: how that is called says nothing of events."""
_LEAST_PAST = 3
"""How many events have to be named after what happened, before one that is not is told of."""
_MOST_OTHERS = 4
"""One in so many may be named otherwise: else the names follow no rule."""
_EVENT = frozenset(("event", "events", "evt", "evts"))
_ORDERED = frozenset(
    (
        "command",
        "commands",
        "cmd",
        "cmds",
        "query",
        "queries",
        "request",
        "requests",
        "rpc",
        "job",
        "jobs",
        "task",
        "tasks",
        "action",
        "actions",
    )
)
"""Words by which a channel, a file or a handler deals with what is to be done."""
_ORDERING = frozenset(
    (
        "saga",
        "sagas",
        "orchestrator",
        "orchestrators",
        "orchestration",
        "coordinator",
        "workflow",
        "workflows",
        "process",
        "scheduler",
    )
)
"""Words by which a file tells others what to do, one after another."""
_LISTENERS = 2
"""Services that a message reaches when it is no order to one of them."""


class _Named(NamedTuple):
    """An event under the name that it is published with."""

    name: str
    node: SiteNode
    site: Site
    said: Said


def _run(context: CheckContext) -> Iterator[Finding]:
    named = _named(context)
    past = [one for one in named.values() if one.said.tense == "past"]
    others = [one for one in named.values() if one.said.tense in ("command", "present")]
    if not _are_named_alike(named.values(), len(past), len(others)):
        return
    happened = {_key(words_of(name)) for name in (*(one.name for one in past), *_taken_names(context))}
    takers = _takers(context)
    for one in others:
        context.beat()
        if (
            not _is_let(context, one)
            and _key(done(one.said)) not in happened
            and _is_event(one, takers.get(one.name, ()))
        ):
            yield _found(context, one, past)


def _are_named_alike(named: Iterable[_Named], past: int, others: int) -> bool:
    """Whether events are named after what has happened as a rule: those that are not are few, and so are those named after a thing."""
    typed = sum(one.site.event is not None for one in named)
    return past >= _LEAST_PAST and others * _MOST_OTHERS <= past + others and typed <= 2 * past


def _named(context: CheckContext) -> Mapping[str, _Named]:
    """The events of the workspace by their names, each where it is published first."""
    found: dict[str, _Named] = {}
    for node, site in sorted(
        _published(context), key=lambda pair: (pair[1].of is not None, pair[1].file, pair[1].line)
    ):
        name = _name_of(site)
        if name and name not in found:
            found[name] = _Named(name, node, site, said_by(name))
    return found


def _published(context: CheckContext) -> Iterator[tuple[SiteNode, Site]]:
    return ((node, site) for node, site in published_events(context) if site.broker not in _ORCHESTRATORS)


def _name_of(site: Site) -> str:
    """The name by which consumers know an event: its type's, else that of its channel."""
    if site.event:
        return site.event
    return site.channel or "" if "*" not in (site.channel or "*") and len(site.channels) == 1 else ""


def _taken_names(context: CheckContext) -> Iterator[str]:
    """The names of the events that somebody here listens to, whoever publishes them."""
    for _, site in context.sites("subscribe"):
        yield _name_of(site)


def _takers(context: CheckContext) -> Mapping[str, list[Site]]:
    """The subscriptions that each event reaches, by its name."""
    found: dict[str, list[Site]] = {}
    for flow in context.graph.flows:
        _, sender = context.graph.by_id.get(flow.publish, (None, None))
        _, taker = context.graph.by_id.get(flow.subscribe, (None, None))
        if sender is not None and taker is not None:
            found.setdefault(_name_of(sender), []).append(taker)
    return found


def _is_let(context: CheckContext, one: _Named) -> bool:
    chosen = context.settings.rules.get(RULE.id)
    return chosen is not None and any(fnmatch.fnmatchcase(one.name, pattern) for pattern in chosen.allow)


def _is_event(one: _Named, takers: Iterable[Site]) -> bool:
    """Whether a message is certainly an event: it, its channel or its file says so, or several services take it; and nothing of it speaks of orders."""
    site, taken = one.site, list(takers)
    channels = [name for each in (site, *taken) for name in (*each.channels, each.routing_key or "")]
    places = [site.schema.file if site.schema is not None else "", site.schema_name or ""]
    handlers = [f"{each.handler.file} {each.handler.name}" for each in taken if each.handler is not None]
    if _ORDERED & _all_words([*channels, *places, *handlers, site.file.rpartition("/")[2]]):
        return False
    if _ORDERING & _all_words([site.file]):
        return False
    is_said = bool(_EVENT & _all_words([one.name, *channels, *places]))
    return is_said or len({each.service for each in taken}) >= _LISTENERS


def _all_words(names: Iterable[str]) -> set[str]:
    return {word for name in names for word in words_of(name)}


def _key(words: Iterable[str]) -> tuple[str, ...]:
    """The words of a name in any order, without what it is called a message by."""
    return tuple(sorted(word for word in words if word not in _EVENT and not word.isdigit() and word != "v"))


def _found(context: CheckContext, one: _Named, past: list[_Named]) -> Finding:
    how = "like a command" if one.said.tense == "command" else "in the present"
    shown = past[0]
    text = (
        f"the event {one.name} is named {how}, where {len(past)} others of this workspace are named after what has happened "
        f"({shown.name}): say what was done ({' '.join(done(one.said))})"
    )
    step = Step(file=shown.site.file, line=shown.site.line, message=f"{shown.name} is published here")
    return msgspec.structs.replace(context.finding(RULE, text, at=one.node), related=[step])


RULE = Rule(
    "event-name-tense",
    "hint",
    "Name the event after what has happened, in the past tense; or send it as a command, where it tells somebody what to do.",
    _run,
    needs_all_sites=True,
    waits=True,
)
