"""What an event says of itself beside its content, for the rules that miss some of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from eventlens.behaviour.added_by_setup import has_interceptors, imports_by_service, services_stating
from eventlens.behaviour.whole_messages import WholeMessage, whole_message
from eventlens.checks.announced import goes_to_who_asked
from eventlens.checks.context import CheckContext, Rule
from eventlens.checks.no_dead_letter_queue import looks_dead_lettered
from eventlens.config.name_words import words_of
from eventlens.flow.denotations import Record
from eventlens.flow.model import Finding, PayloadField, Site, Step
from eventlens.flow.reading import read_first
from eventlens.flow.site_node import SiteNode
from eventlens.knowledge.schema import Publish

_NO_EVENTS = frozenset(("webhook", "bullmq", "celery"))
"""Brokers of jobs, which the service that sends them runs itself, and of what has headers of its own."""
_JOBS = frozenset(("job", "jobs", "task", "tasks"))


@dataclass(frozen=True)
class Mark:
    """Something that an envelope has: how it is recognised, and what adds it unseen."""

    name: str
    """As models say that a library carries it."""
    fields: re.Pattern[str]
    """What a field or header is called that may be it: its words in small letters, joined by spaces."""
    surely: re.Pattern[str]
    """What one is called that is nothing else."""
    code: re.Pattern[str]
    """What code mentions that may put it in."""
    texts: re.Pattern[str] | None
    """A name of a channel, event or type, or a fixed value, that says it."""
    setup: tuple[bytes, ...]
    """What settings and imports mention, in small letters, where something else adds it."""


class Use(NamedTuple):
    """A message that has the mark, and under which name."""

    name: str
    step: Step


class Lacking(NamedTuple):
    """An event that lacks the mark, where it is sent."""

    node: SiteNode
    site: Site
    event: str


def lacking(context: CheckContext, mark: Mark) -> tuple[list[Lacking], Use | None]:
    """The events of which all is known and that lack the mark, once a file; and the first message that has it."""
    sites = sorted(_events(context), key=lambda pair: pair[1].of is not None)
    used: list[Use] = []
    found: dict[tuple[str, str], Lacking] = {}
    spoken_of: set[str] = set()
    for node, site in sites:
        context.beat()
        name = _has_field(node, site, mark)
        if name is not None:
            if mark.surely.search(name):
                used.append(Use(name, Step(file=site.file, line=site.line, message=f"this message carries {name}")))
            continue
        event = _called(site)
        key = (site.file, event)
        if key in found or (site.of is not None and site.of in spoken_of) or _says_itself(node, site, mark):
            continue
        message = _whole(context, node)
        if message is None or _has(context, message, mark):
            continue
        found[key] = Lacking(node, site, event)
        spoken_of.add(site.id)
    is_added = _added_to(context, mark) if found else None
    lacks = [one for one in found.values() if is_added is None or not is_added(one.site)]
    return lacks, min(used, key=lambda one: (one.step.file, one.step.line), default=None)


def report(context: CheckContext, rule: Rule, mark: Mark, text: str) -> Iterator[Finding]:
    """One finding an event: a warning where another message of the workspace has the mark, and is shown."""
    found, use = lacking(context, mark)
    for one in found:
        context.beat()
        said = text.format(one.event)
        if use is not None:
            said += f"; others of this workspace do ({use.name})"
        finding = context.finding(rule, said, at=one.node, severity="warning" if use is not None else None)
        yield msgspec.structs.replace(finding, related=[*_declared(one.site), *([use.step] if use is not None else [])])


def _declared(site: Site) -> list[Step]:
    if site.schema is None:
        return []
    return [
        Step(
            file=site.schema.file,
            line=site.schema.line,
            message=f"{site.schema_name or 'its content'} is declared here",
        )
    ]


def published_events(context: CheckContext) -> Iterator[tuple[SiteNode, Site]]:
    """The sites that publish an event; what could not be handled is kept as it came, and is none."""
    for node, site in context.sites("publish"):
        if (
            site.interaction == "event"
            and site.confidence == "certain"
            and site.channel_kind not in ("task", "list")
            and site.broker not in _NO_EVENTS
            and not goes_to_who_asked(site)
            and not any(map(looks_dead_lettered, site.channels))
        ):
            yield node, site


def _events(context: CheckContext) -> Iterator[tuple[SiteNode, Site]]:
    return ((node, site) for node, site in published_events(context) if not _is_job(site))


def _is_job(site: Site) -> bool:
    """Whether a message is work that is to be done, by its name or its channel's (``payrun.jobs``): both ends are of one program."""
    names = (site.event, site.schema_name, *site.channels)
    return any(_JOBS & set(words_of(name)[-1:]) for name in names if name)


def _called(site: Site) -> str:
    return (
        site.event
        or site.schema_name
        or (f"the message to {site.channel}" if (site.channel or "*") != "*" else "this message")
    )


def _has_field(node: SiteNode, site: Site, mark: Mark) -> str | None:
    """The field or header that is the mark, as far as the map knows them."""
    entry = node.match.entry
    headers = read_first(node.place, entry.headers) if isinstance(entry, Publish) else ()
    keys = [one.key or "" for value in headers if isinstance(value, Record) for one in value.node.fields]
    return next((name for name in (*_names(site.payload), *keys) if mark.fields.search(_spoken(name))), None)


def _names(fields: Iterable[PayloadField]) -> Iterator[str]:
    for one in fields:
        yield one.name
        yield from _names(one.fields)


def _spoken(name: str) -> str:
    return " ".join(words_of(name))


def _says_itself(node: SiteNode, site: Site, mark: Mark) -> bool:
    """Whether the library puts the mark in, or a name that travels says it."""
    if mark.name in node.match.model.model.carries:
        return True
    place = site.schema.file if site.schema is not None else ""
    named = (
        site.event,
        site.schema_name,
        place,
        site.routing_key,
        *site.channels,
        site.channel_template,
        *(one.type for one in site.payload),
    )
    return mark.texts is not None and any(mark.texts.search(name) for name in named if name)


def _whole(context: CheckContext, node: SiteNode) -> WholeMessage | None:
    """What a site sends, looked at once for all marks."""
    seen: dict[int, WholeMessage | None] = context.shared.setdefault("whole messages", {})
    if id(node) not in seen:
        context.beat()
        seen[id(node)] = whole_message(context.graph, node)
    return seen[id(node)]


def _has(context: CheckContext, message: WholeMessage, mark: Mark) -> bool:
    if any(mark.fields.search(_spoken(name)) for name in message.names):
        return True
    if mark.texts is not None and any(mark.texts.search(text) for text in message.texts):
        return True
    return mark.code.search(message.shown.text(context.graph.program.workspace)) is not None


def _added_to(context: CheckContext, mark: Mark) -> Callable[[Site], bool]:
    """Whether something that is set up for the service of a site may put the mark into each message.

    What is set up in a folder that sends and takes nothing itself, a library or the deployment, is set up for all."""
    program, service_of = context.graph.program, context.graph.matcher.service_of
    kept = f"{mark.name} in settings"
    if kept not in context.shared:
        earlier = context.before.shared.get(kept) if context.before is not None else None
        context.shared[kept] = services_stating(program, service_of, mark.setup) if earlier is None else earlier
    if "imports by service" not in context.shared:
        context.shared["imports by service"] = imports_by_service(program, service_of)
    imported = context.shared["imports by service"]
    owners = context.shared[kept] | {
        owner for owner, text in imported.items() if any(one in text for one in mark.setup)
    }
    taking_part = {site.service for _, site in context.graph.nodes if site.source_set == "main"}
    if has_interceptors(program) or None in owners or owners - taking_part:
        return lambda site: True
    return lambda site: site.service in owners
