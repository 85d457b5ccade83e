"""Names that fit where somebody is typing: channels, events, and fields of a message. Only where there is evidence of what belongs there.

The text is the document as it is now; the index may be an edit behind. Offsets are code points of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from eventlens.flow.catalogue import Catalogue
from eventlens.flow.model import Channel, PayloadField, Site
from eventlens.ide.call_text import OpenString, end_of_string, string_at
from eventlens.ide.index import FlowIndex
from eventlens.ide.vocabulary import Slot, Vocabulary, models_named

_EVENT_KEYS = frozenset(("eventType", "event_type", "type", "eventName", "event_name", "event", "kind"))
_COMPARED = re.compile(r"(?:\.|\[['\"])(?P<key>\w+)(?:['\"]\])?\s*(?:===?|!==?)\s*['\"`]$")
_STEP = r"\??\.[\w$]+|\[['\"][\w$-]+['\"]\]"
_MEMBER = re.compile(rf"(?<![\w$.\])])(?P<base>[A-Za-z_$][\w$]*)(?P<path>(?:{_STEP})*)\??\.(?P<typed>[\w$]*)$")
_KEY = re.compile(
    rf"(?<![\w$.\])])(?P<base>[A-Za-z_$][\w$]*)(?P<path>(?:{_STEP})*)(?:\[|\.get\()['\"](?P<typed>[\w$-]*)$"
)
_DECODED = re.compile(
    r"(?P<name>[A-Za-z_$][\w$]*)(?P<type>[ \t]*:[ \t]*[^=\n;]+?)?[ \t]*=\s*(?:await\s+)?[^;\n=]*?"
    r"(?:JSON\.parse|json\.loads|orjson\.loads|msgpack\.unpackb|\.model_validate(?:_json)?|\.parse_raw)\("
)
_OF_EVERY_MESSAGE = frozenset(
    ("key", "value", "headers", "topic", "partition", "offset", "timestamp", "body", "data", "id")
)
"""Fields that what a library hands over may have as well."""
_WORD = re.compile(r"[\w$-]+")
_LINE_END = re.compile(r"\r\n|\n|\r")
_TYPED_LANGUAGES = (".ts", ".tsx", ".mts", ".cts")


class Suggestion(NamedTuple):
    """A name to put between two offsets. ``detail`` says what it is."""

    name: str
    kind: Literal["channel", "event", "field"]
    detail: str
    begin: int
    end: int


class Typing(NamedTuple):
    """Where somebody is typing: a file, its present text, the offset, and the 1-based line of it; ``grown`` is by how many lines the
    text is longer than when it was analysed."""

    file: str
    text: str
    offset: int
    line: int
    grown: int = 0


def suggestions(index: FlowIndex, catalogue: Catalogue | None, at: Typing) -> list[Suggestion]:
    """What fits at a place, best first; nothing in ordinary code."""
    fields = list(_fields(index, at))
    if fields:
        return fields
    around = string_at(at.text, at.offset)
    if around is None:
        return []
    models = models_named(catalogue, at.text) if catalogue is not None else []
    known = index.remembered("vocabulary", Vocabulary)
    slots = known.slots(around.calls[0], models) if around.calls else set()
    if slots:
        return list(_channels(index, slots, at, around))
    if _names_event(around, at) and (
        any(known.publishes(call, models) for call in around.calls) or _handlers_around(index, at)
    ):
        return list(_events(index, at, around))
    return []


# ----------------------------------------------------------------------------------------------------------- channels


def _channels(index: FlowIndex, slots: set[Slot], at: Typing, around: OpenString) -> Iterator[Suggestion]:
    found = [channel for channel in index.flow_map.channels if _fits(channel, slots)]
    roles: set[str] = {slot.role for slot in slots}
    counted = [(channel, _others(index, index.sites_on([channel]), at, around)) for channel in found]
    known = [(channel, sites) for channel, sites in counted if sites or channel.declared]
    for channel, sites in sorted(known, key=lambda each: (_is_lonely(each[1], roles), each[0].name)):
        detail = f"{channel.broker} {channel.kind} · {_ends(sites)}"
        yield Suggestion(channel.name, "channel", detail, around.begin, end_of_string(at.text, at.offset, around.quote))


def _fits(channel: Channel, slots: set[Slot]) -> bool:
    if not channel.name or any(c in channel.name for c in "*'\"`\\\n{"):
        return False
    return any(slot.broker in (channel.broker, "abstract") and slot.kind in (channel.kind, "") for slot in slots)


def _others(index: FlowIndex, sites: Iterable[Site], at: Typing, around: OpenString) -> list[Site]:
    """Without the site that is being typed: its name may be half a name."""
    column = around.begin - _line_start(at.text, around.begin)
    return [site for site in sites if site.file != at.file or not _is_typed(index, site, at, column)]


def _is_typed(index: FlowIndex, site: Site, at: Typing, column: int) -> bool:
    """Whether the string whose quote stands at a column (1-based) is a site's channel, or stands on the site's own line. In a text
    of another number of lines than the analysed one, other sites stand at these places."""
    if at.grown != 0:
        return False
    code = index.code.site(site)
    if code is not None and code.channel is not None:
        return (code.channel.line, code.channel.column) == (at.line, column)
    return site.line == at.line


def _is_lonely(sites: list[Site], roles: set[str]) -> bool:
    """Whether nobody is at the other end yet."""
    return not any(site.role not in roles for site in sites)


def _ends(sites: list[Site]) -> str:
    producers = sum(site.role == "publish" for site in sites)
    consumers = len(sites) - producers
    return f"{producers} producer{'s' * (producers != 1)}, {consumers} consumer{'s' * (consumers != 1)}"


# ------------------------------------------------------------------------------------------------------------- events


def _names_event(around: OpenString, at: Typing) -> bool:
    if around.key in _EVENT_KEYS and any("." in call.position for call in around.calls):
        return True
    compared = _COMPARED.search(at.text[max(0, around.begin - 200) : around.begin])
    return compared is not None and compared["key"] in _EVENT_KEYS


def _events(index: FlowIndex, at: Typing, around: OpenString) -> Iterator[Suggestion]:
    handlers = _handlers_around(index, at)
    sites = (
        [*index.producers(handlers), *handlers] if handlers and around.key not in _EVENT_KEYS else index.flow_map.sites
    )
    events: dict[str, Site] = {}
    for site in _others(index, sites, at, around):
        if site.event and not any(c in site.event for c in "*'\"`\\\n"):
            events.setdefault(site.event, site)
    for name in sorted(events):
        detail = f"event on {events[name].channel or 'an unknown channel'}"
        yield Suggestion(name, "event", detail, around.begin, end_of_string(at.text, at.offset, around.quote))


# ------------------------------------------------------------------------------------------------------------- fields


def _fields(index: FlowIndex, at: Typing) -> Iterator[Suggestion]:
    """Members of a variable that holds a message, inside the handler that received it."""
    written = at.text[_line_start(at.text, at.offset) : at.offset][-200:]
    typed = _MEMBER.search(written) or _KEY.search(written)
    if typed is None:
        return
    handlers = _handlers_around(index, at)
    if not any(_holds_message(index, site, typed["base"], at) for site in handlers):
        return
    begin = at.offset - len(typed["typed"])
    word = _WORD.match(at.text, begin)
    for field in _below(_known_fields(index, handlers), re.findall(r"[\w$-]+", typed["path"])):
        if field.type == "unknown" and word is not None and field.name == word[0]:
            continue  # it may be known from this very word
        detail = f"{field.type}{' (optional)' if field.optional else ''} of the message"
        yield Suggestion(field.name, "field", detail, begin, at.offset)


def _handlers_around(index: FlowIndex, at: Typing) -> list[Site]:
    """The subscriptions whose handler, or poll loop, the place is in."""
    receiving = index.receiving_in(at.file)
    return [site for site, target in receiving if target.line <= at.line <= target.end_line + max(at.grown, 0)]


def _holds_message(index: FlowIndex, site: Site, name: str, at: Typing) -> bool:
    """Whether a variable holds the decoded message of a subscription: it is decoded there, handed over decoded by a wrapper, or
    has been read like the message in the same code. Where its type is written, a type checker has its own completion."""
    typed_language = at.file.endswith(_TYPED_LANGUAGES)
    code = "\n".join(_lines_of(index, site, at))
    for found in _DECODED.finditer(code):
        if found["name"] == name:
            return not (typed_language and found["type"] and "any" not in found["type"])
    if typed_language:
        return False
    handler = index.code.handler(site)
    if site.via == "wrapper" and handler is not None and name in handler.parameters[:1]:
        return True
    read = {found[1] for found in re.finditer(rf"\b{re.escape(name)}(?:\[|\.get\()['\"]([\w$]+)['\"]", code)}
    return bool(read & {field.name for field in _known_fields(index, [site])} - _OF_EVERY_MESSAGE)


def _lines_of(index: FlowIndex, site: Site, at: Typing) -> list[str]:
    """The lines of the handler, or loop, that the place is in."""
    lines = _LINE_END.split(at.text)
    around = [
        target
        for one, target in index.receiving_in(at.file)
        if one is site and target.line <= at.line <= target.end_line + max(at.grown, 0)
    ]
    return [line for target in around for line in lines[target.line - 1 : target.end_line + max(at.grown, 0)]]


def _known_fields(index: FlowIndex, handlers: list[Site]) -> list[PayloadField]:
    """The fields of what the handlers receive: as their producers send it, else as they declare it."""
    found: dict[str, PayloadField] = {}
    for site in [*index.producers(handlers), *handlers]:
        for field in site.payload:
            found.setdefault(field.name, field)
    return list(found.values())


def _below(fields: list[PayloadField], path: list[str]) -> list[PayloadField]:
    """The fields of the object at a path; none where it is not known."""
    for name in path:
        fields = next((field.fields for field in fields if field.name == name), [])
    return fields


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
