"""schema-mismatch: a consumer reads a field that nobody who publishes the event sends, or needs one to be there, or of another type."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.checks.context import CheckContext, Evidence, Rule, channel_text
from eventlens.checks.ends_elsewhere import (
    OtherRepositories,
    is_external,
    is_filled_by_broker,
    is_streamed,
    is_wired_elsewhere,
)
from eventlens.checks.other_ends import OtherEnds
from eventlens.checks.put_in_before import put_in_before
from eventlens.config.name_words import words_of
from eventlens.flow.declared_parts import folded
from eventlens.flow.model import Finding, Site
from eventlens.flow.noted_reads import Path
from eventlens.flow.schema_reads import Reading, read_by_handler
from eventlens.flow.scopes import Frame
from eventlens.flow.sent_fields import Sent, joined
from eventlens.flow.site_node import SiteNode
from eventlens.flow.taken_parts import Taken, TakenParts
from eventlens.flow.whole_contents import WholeContents

_MOST_SHOWN = 3
_MOST_PRODUCERS = 40
_ANY_MESSAGE = frozenset(
    ("id", "type", "name", "key", "source", "version", "timestamp", "eventid", "eventtype", "eventname", "messageid", "correlationid", "causationid",
     "traceid", "occurredat", "occurredon", "createdat", "metadata", "data", "payload", "event")
)  # fmt: skip
"""Folded names of fields that say nothing of which event it is."""
_NEAR = 0.6
"""How alike two field names must be, by `difflib.SequenceMatcher`, for one to be meant by the other."""


class _Producer(NamedTuple):
    node: SiteNode
    site: Site
    sent: Sent


class _Lack(NamedTuple):
    """Where a consumer counts on a field, and what is said of it."""

    frame: Frame
    node: ir.Node
    message: str


def _run(context: CheckContext) -> Iterator[Finding]:
    publishers = _publishers(context)
    ends, elsewhere = OtherEnds(context, "publish"), OtherRepositories(context, "publish")
    for node, site in context.sites("subscribe"):
        context.beat()
        reaching = publishers.get(site.id, [])
        if not reaching or not _may_be_compared(site, reaching) or ends.may_hold_unread(site):
            continue
        producers = _producers(context, reaching)
        lacks = list(_lacks(context, node, producers)) if producers else []
        if lacks and not _is_published_elsewhere(context, node, site, elsewhere):
            for lack in lacks:
                yield _found(context, node, site, producers, lack)


def _publishers(context: CheckContext) -> dict[str, list[tuple[SiteNode, Site]]]:
    """Who reaches each subscription (by its id); of a wrapper its callers, who say what is sent."""
    inner = {site.of for _, site in context.graph.nodes if site.of is not None}
    found: dict[str, list[tuple[SiteNode, Site]]] = {}
    for flow in context.graph.flows:
        if flow.publish in context.graph.by_id and flow.publish not in inner:
            found.setdefault(flow.subscribe, []).append(context.graph.by_id[flow.publish])
    return found


def _may_be_compared(site: Site, reaching: Sequence[tuple[SiteNode, Site]]) -> bool:
    """Whether both ends are certain, and not of one declared type: then the compiler, or the reader, has compared them."""
    ends = [site, *(one for _, one in reaching)]
    if len(reaching) > _MOST_PRODUCERS or any(not _is_certain(one) for one in ends):
        return False
    return site.schema is None or any(one.schema != site.schema for _, one in reaching)


def _is_certain(site: Site) -> bool:
    return (
        site.confidence == "certain"
        and site.channel is not None
        and site.channel_kind != "task"
        and len(site.channels) == 1
        and "*" not in site.channel
        and site.interaction != "reply"
    )


def _is_published_elsewhere(context: CheckContext, node: SiteNode, site: Site, elsewhere: OtherRepositories) -> bool:
    """Whether somebody outside the workspace may publish there: asked last, as infrastructure has to be read for it."""
    return (
        is_external(context, node)
        or is_filled_by_broker(site)
        or elsewhere.holds_other_end(node, site)
        or is_streamed(context, site)
        or is_wired_elsewhere(context, site)
    )


def _producers(context: CheckContext, reaching: Iterable[tuple[SiteNode, Site]]) -> list[_Producer]:
    """Who publishes, with all that each sends; none where one of them is not seen whole."""
    contents, payloads = WholeContents(context.graph.evaluator), context.graph.recorder.payloads
    found: list[_Producer] = []
    for node, site in reaching:
        sent = contents.sent(node, payloads.values(node))
        if sent is None or sent.is_only_declared:
            return []
        found.append(_Producer(node, site, sent))
    return found


# --------------------------------------------------------------------------------------------------------- comparison


def _lacks(context: CheckContext, node: SiteNode, producers: list[_Producer]) -> Iterator[_Lack]:
    """What a consumer counts on and nobody sends so: of one field the first place, where it is needed at all."""
    reading = read_by_handler(context.graph.evaluator, node)
    taken = TakenParts(context.graph.evaluator, reading)
    sent = joined(one.sent for one in producers)
    sent = sent._replace(maybe=sent.maybe | frozenset(map(folded, put_in_before(context, node))))
    told: set[Path] = set()
    for path, (frame, call), parts in taken.needed():
        around = _at(sent, path)
        if around is None or not _agree([one.names for one in parts], around):
            continue
        said = {one.wire: text for one in parts if (text := _said(around, one, one.wire, "required"))}
        if said:
            told.update((*path, wire) for wire in said)
            yield _Lack(frame, call, "; ".join(said.values()))
    for path in dict.fromkeys(one.path for one in reading.noted if one.path not in told):
        yield from _lack_of_read(taken, reading, path, sent)


def _lack_of_read(taken: TakenParts, reading: Reading, path: Path, sent: Sent) -> Iterator[_Lack]:
    around = _at(sent, path[:-1])
    reads = [one for one in reading.noted if one.path == path]
    part = taken.part(path, reads) if around is not None else None
    if part is None or around is None or not _is_same_object(taken, reading, path[:-1], around):
        return
    said = _said(around, part, ".".join((*path[:-1], part.wire)), "read")
    if said:
        yield _Lack(reads[0].frame, reads[0].node, said)


def _said(sent: Sent, part: Taken, name: str, how: str) -> str:
    """What is to be said of a part that a consumer counts on; "" for nothing. The braces stand for the channel."""
    if not any(map(sent.has, part.names)):
        near = _nearest(part.wire, sent)
        return f"{name} is {how} from {{channel}}, but nobody who publishes there sends it" + (
            f"; {near} is sent" if near else ""
        )
    if not part.is_typed and sent.spelt and part.wire not in sent.spelt and not part.names & sent.maybe:
        near = next((one.name for one in map(sent.fields.get, part.names) if one is not None), "")
        return f"{name} is {how} from {{channel}}, but it is sent as {near}"
    return _said_of_kinds(sent, part, name, how)


_EITHER_WAY = re.compile(r"(?i)id$|date|time|stamp|(?<=[a-z_])at$|version|number|code|price|amount|phone|zip|postal")
"""Fields that one library writes as a text and another as a number."""
_SCALARS = frozenset(("text", "number", "truth"))
_SHOWN_KINDS = {"text": "a string", "number": "a number", "truth": "a boolean", "list": "a list", "object": "an object"}


def _said_of_kinds(sent: Sent, part: Taken, name: str, how: str) -> str:
    fields = [field for one in part.names if (field := sent.fields.get(one)) is not None]
    if len(fields) != 1 or part.names & sent.maybe - {folded(fields[0].name)}:
        return ""
    mine, theirs = part.kinds, fields[0].kinds
    if not mine or not theirs or mine & theirs:
        return ""
    if mine | theirs <= _SCALARS and (not part.is_strict or _EITHER_WAY.search(part.wire)):
        return ""
    return f"{name} is {how} from {{channel}} as {_kinds(mine)}, but it is sent as {_kinds(theirs)}"


def _kinds(kinds: frozenset[str]) -> str:
    return " or ".join(sorted(_SHOWN_KINDS[one] for one in kinds))


def _at(sent: Sent, path: Path) -> Sent | None:
    """What is sent under a path; None where not all of it is seen."""
    for step in path:
        field = sent.fields.get(folded(step))
        inner = field.inner if field is not None else None
        if inner is None or inner.is_only_declared:
            return None
        sent = inner
    return sent


def _is_same_object(taken: TakenParts, reading: Reading, path: Path, sent: Sent) -> bool:
    """Whether what is read is the very object that is sent, not one around it or in it: at least half of its fields are sent."""
    read = {folded(one.path[-1]) for one in reading.noted if one.path[:-1] == path and not one.by_method}
    names = taken.names_at(path) or read
    return _agree([frozenset((name,)) for name in names], sent)


def _agree(parts: Sequence[frozenset[str]], sent: Sent) -> bool:
    """Whether at least half of the parts, each of which may have several names, are sent, those that any message has left aside."""
    telling = [names for names in parts if not names & _ANY_MESSAGE]
    known = [names for names in telling if any(map(sent.has, names))]
    return bool(known) and 2 * len(known) >= len(telling)


def _nearest(name: str, sent: Sent) -> str:
    """The field that is sent and may be meant: one with a word of the name, or spelt nearly like it."""

    def likeness(other: str) -> float:
        shares = bool(_words(name) & _words(other))
        return difflib.SequenceMatcher(None, folded(name), folded(other)).ratio() + (0.3 if shares else 0)

    best = max((one.name for one in sent.fields.values()), key=likeness, default="")
    return best if best and likeness(best) >= _NEAR else ""


def _words(name: str) -> set[str]:
    return {one for one in words_of(name) if len(one) > 2 and not one.isdigit()}


# ---------------------------------------------------------------------------------------------------------- reporting


def _found(context: CheckContext, node: SiteNode, site: Site, producers: list[_Producer], lack: _Lack) -> Finding:
    related = [Evidence(one.node.frame, one.node.node, f"sent here: {_names(one)}") for one in producers[:_MOST_SHOWN]]
    return context.finding(
        RULE,
        lack.message.format(channel=channel_text(site)),
        at=node,
        frame=lack.frame,
        node=lack.node,
        related=related,
    )


def _names(one: _Producer) -> str:
    names = [field.name for field in one.sent.fields.values()]
    return ", ".join(names[:6]) + (", …" if len(names) > 6 else "")


RULE = Rule(
    "schema-mismatch",
    "warning",
    "Read the field that is sent, or have every producer send the field that is read.",
    _run,
    needs_all_sites=True,
    waits=True,
)
