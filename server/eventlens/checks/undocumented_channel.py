"""undocumented-channel: what the code sends or receives and what its AsyncAPI document describes disagree, either way.

A document says which channels one application uses, or several do, and by far not all of a workspace need have one. So a channel of the
code is looked for in all documents, and missed only in one that describes the service and knows most of its channels of that broker and
that direction; a described channel is missed in the code only where it is written nowhere in the workspace, and nothing was left unread.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from eventlens.checks.context import CheckContext, Rule
from eventlens.checks.documented_channels import Described, DocumentedChannels, SiteOf, literal_parts, speaks
from eventlens.checks.ends_elsewhere import is_external, is_streamed
from eventlens.checks.known_ends import without_failure
from eventlens.checks.no_dead_letter_queue import looks_dead_lettered
from eventlens.checks.other_ends import OtherEnds, are_near
from eventlens.checks.where_declared import finding_where_declared, line_at
from eventlens.config.message_schemas import DocumentedChannel
from eventlens.flow.model import Finding, Place, Step

_SHORTEST = 5
"""Letters that the known part of a name must have to be looked for in texts."""


def _run(context: CheckContext) -> Iterator[Finding]:
    documents = DocumentedChannels(context)
    if documents.applications and documents.described:
        left_out = list(_left_out(context, documents))
        yield from (one.finding for one in left_out)
        yield from _not_there(context, documents, {id(one.near) for one in left_out})


# ------------------------------------------------------------------------------------------------ code without document


class _LeftOut(NamedTuple):
    """A finding about a channel of the code, and the described one that may be meant by it."""

    finding: Finding
    near: DocumentedChannel | None


def _left_out(context: CheckContext, documents: DocumentedChannels) -> Iterator[_LeftOut]:
    """The channels of described services that no document has, where most of those that are used alike are described; each once a service."""
    alike: dict[tuple[str, str, str], list[SiteOf]] = defaultdict(list)
    named = {one.site.channel for one in documents.sites}
    for one in documents.sites:
        if _can_be_missed(context, one, named):
            alike[one.service, one.site.broker, one.site.role].append(one)
    told: set[tuple[str, str, str]] = set()
    for (service, broker, _), sites in alike.items():
        about = [one for one in documents.described if service in one.services and broker in one.brokers]
        missed: dict[str, list[SiteOf]] = defaultdict(list)
        for one in sites if about else ():
            if id(one) in documents.undescribed:
                missed[one.label].append(one)
        known = {one.label for one in sites} - missed.keys()
        for name, those in missed.items():
            near = _nearest(name, about[0])
            if (service, broker, name) in told or (near is None and len(known) <= len(missed)):
                continue
            if near is None and _may_be_called_otherwise(context, documents, those, about):
                continue
            told.add((service, broker, name))
            also = [one for one in documents.sites if one.label == name and one.service == service and one not in those]
            yield _missing_in_document(context, [*those, *also], about[0], near)


def _can_be_missed(context: CheckContext, one: SiteOf, names: set[str | None]) -> bool:
    site = one.site
    name = site.channel or ""
    return (
        site.confidence == "certain"
        and site.channel_kind != "task"
        and not one.node.channel.symbolic
        and bool(name.strip("*-._/:"))
        and not looks_dead_lettered(name)
        and not _is_for_failures(name, names)
        and not is_external(context, one.node)
        and not is_streamed(context, site)
    )


_STANDING_IN = re.compile(r"\$\{[^{}:]+:[^{}]*\}")
"""A setting with what holds where nothing else is set."""


def _is_decided_elsewhere(context: CheckContext, one: SiteOf) -> bool:
    """Whether a channel's name only stands in for one that a deployment may set."""
    workspace = context.graph.program.workspace
    if any(name.is_default for name in one.node.channel.names):
        return True
    settings = (
        (step for step in one.site.evidence if not workspace.files[step.file].language) if one.site.evidence else ()
    )
    return any(_STANDING_IN.search(line_at(workspace, step.file, step.line)) for step in settings)


def _may_be_called_otherwise(
    context: CheckContext, documents: DocumentedChannels, sites: list[SiteOf], about: list[Described]
) -> bool:
    """Whether a deployment may give a channel the name of one that is described and that no code was seen to use."""
    left = any(at not in one.used for one in about for at in range(len(one.document.channels)))
    return left and any(_is_decided_elsewhere(context, one) for one in sites)


_TRIED_AGAIN = re.compile(r"(?i)(?:^|[-_.])retr(?:y|ies|yable)(?:[-_.\d]|$)")


def _is_for_failures(name: str, names: set[str | None]) -> bool:
    """Whether a channel is only for what failed on another, which is nobody's contract."""
    bare = without_failure(name)
    return (bare != name and bare in names) or _TRIED_AGAIN.search(name) is not None


def _missing_in_document(
    context: CheckContext, sites: list[SiteOf], about: Described, near: DocumentedChannel | None
) -> _LeftOut:
    first, *others = sites
    text = f"{about.file} describes {first.service or 'this application'}, but has no channel {first.label}" + (
        f"; it has {near.names[0]}, which is nearly the same name" if near is not None else ""
    )
    finding = context.finding(RULE, text, at=first.node)
    line, what = (near.line, near.names[0]) if near is not None else (about.document.line, "the application")
    steps = [Step(file=about.file, line=line, message=f"{what} is described here")]
    steps += [
        Step(file=one.site.file, line=one.site.line, message="the channel is also used here") for one in others[:3]
    ]
    return _LeftOut(msgspec.structs.replace(finding, related=[*finding.related, *steps]), near)


def _nearest(name: str, about: Described) -> DocumentedChannel | None:
    return next(
        (
            one
            for at, one in enumerate(about.document.channels)
            if at not in about.used and are_near(name, one.names[0])
        ),
        None,
    )


# ------------------------------------------------------------------------------------------------ document without code


def _not_there(context: CheckContext, documents: DocumentedChannels, meant: set[int]) -> Iterator[Finding]:
    """The channels that a document says the application uses, and that no code of the workspace may use."""
    lacking = [
        (about, channel)
        for about in documents.described
        for channel in _unused(about)
        if id(channel) not in meant
        and any(speaks(channel, broker) for broker in about.brokers)
        and not _may_be_set_so(context, documents, about, channel)
        and not _may_be_unread(context, documents, about, channel)
    ]
    written = (
        _written(context, documents, {part for _, channel in lacking for part in literal_parts(channel.names)})
        if lacking
        else set()
    )
    for about, channel in lacking:
        parts = literal_parts(channel.names)
        if all(len(part) >= _SHORTEST and part not in written for part in parts):
            yield _missing_in_code(context, about, channel)


def _unused(about: Described) -> list[DocumentedChannel]:
    """The channels of a document that no site is on, where those that one is on are more: else the document is about something larger."""
    told = [at for at, one in enumerate(about.document.channels) if one.is_used]
    unused = [at for at in told if at not in about.used]
    return [about.document.channels[at] for at in unused] if 2 * len(unused) <= len(told) else []


def _may_be_set_so(
    context: CheckContext, documents: DocumentedChannels, about: Described, channel: DocumentedChannel
) -> bool:
    """Whether a deployment may give the channel's name to one of which the code has but a default."""
    return any(
        one.service in about.services
        and one.site.role in channel.roles
        and speaks(channel, one.site.broker)
        and _is_decided_elsewhere(context, one)
        for one in documents.undescribed.values()
    )


def _may_be_unread(
    context: CheckContext, documents: DocumentedChannels, about: Described, channel: DocumentedChannel
) -> bool:
    ends = context.shared.get("ends of both roles")
    if ends is None:
        ends = context.shared["ends of both roles"] = [OtherEnds(context, role) for role in ("publish", "subscribe")]
    some = documents.sites[0].site
    sites = [
        msgspec.structs.replace(some, broker=broker, channel=name, channels=[name])
        for broker in about.brokers
        for name in channel.names
    ]
    return any(end.may_hold_unread(site) for end in ends for site in sites)


def _written(context: CheckContext, documents: DocumentedChannels, parts: set[str]) -> set[str]:
    """Those of some texts that stand anywhere in code or configuration, the documents themselves left out."""
    workspace = context.graph.program.workspace
    own = {one.file for one in documents.applications}
    left = {part: part.encode() for part in parts}
    found: set[str] = set()
    for path in workspace.files:
        context.beat()
        if path in own:
            continue
        try:
            text = workspace.text(path)
        except (OSError, KeyError):
            continue
        if b"asyncapi" in text[:4096]:
            continue
        met = {part for part, written in left.items() if written in text}
        found |= met
        left = {part: written for part, written in left.items() if part not in met}
        if not left:
            break
    return found


def _missing_in_code(context: CheckContext, about: Described, channel: DocumentedChannel) -> Finding:
    who = (
        " and ".join(sorted(one or "the application" for one in about.services))
        if len(about.services) < 3
        else "the applications"
    )
    text = (
        f"{_called(channel)} is described as a channel of {who}, but no code of this workspace sends or receives there"
    )
    place = Place(file=about.file, line=channel.line)
    return finding_where_declared(context.graph.program.workspace, RULE, text, place, channel.key, [])


def _called(channel: DocumentedChannel) -> str:
    """A described channel by its address, and by what the broker calls it where that is something else."""
    first, *others = channel.names
    return f"{first} ({others[0]})" if others else first


RULE = Rule(
    "undocumented-channel",
    "warning",
    "Describe the channel in the AsyncAPI document, or take out what the code does not use any more.",
    _run,
    needs_all_sites=True,
    waits=True,
)
