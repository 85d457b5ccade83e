"""A site, or the handler that runs for it."""

from __future__ import annotations

import msgspec

from eventlens.flow.model import Channel, Delivery, Site, UnknownValue
from eventlens.flow.payloads import COMPUTED
from eventlens.ide.hover import channels, ends, message
from eventlens.ide.hover.pieces import Block, Line, Listing, Paragraph, Piece, code, said, strong
from eventlens.ide.index import FlowIndex

_UNKNOWN = 3
"""Open questions that are told of."""
_KEY_WORDS = {"sqs": "message group", "sns": "message group"}
_NO_DEAD_LETTER = "no-dead-letter-queue"
_IN_THE_END = {
    "crash-and-restart": "the consumer stops and starts again at the same message",
    "redeliver": "it is delivered again",
    "requeue": "it goes back to the queue",
    "log-and-skip": "it is logged and skipped",
    "drop": "it is dropped",
    "dead-letter": "it goes to the dead-letter queue",
    "retry-topic": "it goes to a retry topic",
    "park": "it is kept aside by the library",
    "reply-error": "the caller gets the error",
    "unknown": "code that is not in the workspace decides what becomes of it",
}
_GUARANTEES = {
    "at-most-once": "at-most-once delivery: a message may be lost",
    "at-least-once": "at-least-once delivery: a message may come twice",
    "exactly-once": "exactly-once delivery",
}


def told(index: FlowIndex, site: Site, as_handler: bool) -> list[Block]:
    """The hover on a site; ``as_handler`` where it is asked for at the handler."""
    own = index.channels_of(site)
    others = index.consumers([site]) if site.role == "publish" else index.producers([site])
    event = event_of(site, others)
    blocks: list[Block] = [Paragraph(_title(site, event, as_handler))]
    blocks += _open_questions(index, site)
    blocks.append(Listing("", _facts(index, site, own)))
    blocks += message.told_at(site, others)
    return [*blocks, *_ends(index, site, own, event)]


def event_of(site: Site, others: list[Site]) -> str | None:
    """The event's name: for a subscription the one that is published, since its own type may be an envelope."""
    if site.role == "publish":
        return site.event
    published = list(dict.fromkeys(other.event for other in others))
    if len(published) == 1:
        return published[0] or site.event
    return site.event if site.event in published else None


def _title(site: Site, event: str | None, as_handler: bool) -> Line:
    verb = "publishes to" if site.role == "publish" else "consumes"
    pieces: list[Piece] = []
    if as_handler and site.handler is not None:
        pieces += [code(site.handler.name) if not site.handler.name.startswith("<") else said("Handler"), said(" ")]
        pieces.append(said(f"{verb} "))
    else:
        pieces.append(said(f"{verb.capitalize()} "))
    name = site.channel_template or site.channel
    kind = f"{site.broker} {site.channel_kind}"
    pieces += [said(f"{kind} "), strong(name)] if name else [said(f"{_article(kind)} {kind} whose name is not known")]
    if event:
        pieces += [said(" · event "), code(event)]
    return pieces


def _open_questions(index: FlowIndex, site: Site) -> list[Block]:
    """What could not be read of the channel, and what to write into the settings for it to be known."""
    found: list[UnknownValue] = index.unknown_at(site.file, site.line)
    lines: list[Line] = []
    for one in found[:_UNKNOWN]:
        line: list[Piece] = [said("Not known: "), said(one.what)]
        if one.set is not None:
            line += [said("; to say it, set "), code(one.set), said(" in eventlens.toml")]
        lines.append(line)
    return [Listing("", lines)] if lines else []


def _key_word(site: Site) -> str:
    """What the broker calls what keeps messages in order: a queue of SQS has groups, no partitions."""
    return _KEY_WORDS.get(site.broker, "partition key")


def _facts(index: FlowIndex, site: Site, own: list[Channel]) -> list[Line]:
    facts: list[Line] = []
    if site.guarantee in _GUARANTEES:
        facts.append([said(_GUARANTEES[site.guarantee])])
    if site.interaction != "event":
        facts.append(
            [
                said("request and reply"),
                *([said(", reply on "), code(site.reply_channel)] if site.reply_channel else []),
            ]
        )
    facts += [
        [said(f"{what} "), code(value)]
        for what, value in (
            ("routing key", site.routing_key),
            ("consumer group", site.group),
            (_key_word(site), None if site.key == COMPUTED else site.key),
        )
        if value is not None
    ]
    facts += [[said(f"a computed {_key_word(site)}")]] * (site.key == COMPUTED)
    if len(site.channels) > 1:
        line: list[Piece] = [said("one of ")]
        for number, name in enumerate(site.channels[:6]):
            line += [said(", ")] * bool(number) + [code(name)]
        facts.append([*line, *([said(f" and {len(site.channels) - 6} more")] if len(site.channels) > 6 else [])])
    facts += _failures(index, site, own)
    facts += channels.facts_of(own if site.role == "publish" else [_without_dead_letter(one) for one in own])
    through = {"wrapper": ", through a function of the workspace", "config": ", as configuration wires it"}
    guess = "" if site.confidence == "certain" else "; which library it is, is a likely guess"
    facts.append([said(f"{site.library}{through.get(site.via, '')}{guess}")])
    return facts


def _failures(index: FlowIndex, site: Site, own: list[Channel]) -> list[Line]:
    """What happens to a message whose handler fails."""
    if site.role == "publish" or site.interaction != "event":
        return []
    delivery = index.delivery_of(site)
    declared = next((channel.dead_letter for channel in own if channel.dead_letter), None)
    lines: list[Line] = []
    if delivery is not None and delivery.retries:
        lines.append([said(f"a failed message is tried {delivery.retries} more time{'s' * (delivery.retries != 1)}")])
    if delivery is not None and delivery.max_deliveries is not None:
        lines.append([said(f"the broker gives up after {_times(delivery.max_deliveries)}")])
    if delivery is not None and delivery.dead_letter is not None:
        lines.append(channels.dead_letter(delivery.dead_letter, delivery.dead_letter_reason))
    elif declared is not None:
        lines.append(channels.dead_letter(declared))
    elif any(one.rule == _NO_DEAD_LETTER for one in index.findings_of(site)):
        lines.append([strong("no dead-letter queue"), *_in_the_end(delivery)])
    return lines


def _article(word: str) -> str:
    return "an" if word[:1] in "aeio" else "a"


def _times(deliveries: int) -> str:
    return "the first delivery" if deliveries == 1 else f"{deliveries} deliveries"


def _in_the_end(delivery: Delivery | None) -> list[Piece]:
    told = _IN_THE_END.get(delivery.then) if delivery is not None else None
    return [said(f": when the handler keeps failing on a message, {told}")] if told else []


def _without_dead_letter(channel: Channel) -> Channel:
    return msgspec.structs.replace(channel, dead_letter=None)


def _ends(index: FlowIndex, site: Site, own: list[Channel], event: str | None) -> list[Block]:
    """The other end first, then who else consumes."""
    names = (site.channel or "", *site.channels)
    if site.role == "publish":
        return ends.listed(index, "Consumers", index.consumers([site])) or ends.nobody(index, own, names, "subscribe")
    producers = ends.listed(index, "Producers", index.producers([site]), event) or ends.nobody(
        index, own, names, "publish"
    )
    beside = [other for other in index.sites_on(own) if other.role == "subscribe" and other.id != site.id]
    return [*producers, *ends.listed(index, "Also consumed by", beside)]
