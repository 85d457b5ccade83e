"""breaking-schema-change: a message is not any more what it was at the merge base, so that one end cannot read what the other sends or has sent.

Compared are the messages of schema files in the terms of their formats, and the declared types of what code publishes. Which changes break depends on
who is updated first; where the workspace says a compatibility mode, only what that forbids is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from eventlens.checks.context import CheckContext, Rule
from eventlens.checks.earlier import Earlier
from eventlens.checks.where_declared import finding_where_declared
from eventlens.config.message_schemas import MessageSchema, SchemaFile
from eventlens.config.schema_changes import Format, Way, changes
from eventlens.flow.declared_parts import folded
from eventlens.flow.graph import FlowGraph
from eventlens.flow.model import Finding, PayloadField, Place, Site, Step
from eventlens.flow.schema_files import SchemaReader, folded_name
from eventlens.flow.type_families import family_of, is_other_type
from eventlens.flow.whole_contents import WholeContents

_MOST_SENDERS = 3
_MANY = 4
"""How many changes of a message make one finding instead of one each."""
_SHOWN = 2


class _Broken(NamedTuple):
    """What is said of one change, where it stands now, and which ways it breaks."""

    place: Place
    message: str
    field: str
    text: str
    breaks: frozenset[Way]
    is_widening: bool = False


def _run(context: CheckContext) -> Iterator[Finding]:
    earlier = context.earlier
    if earlier is None:
        return
    found = [*_in_files(context, earlier), *_in_code(context, earlier)]
    ways = _demanded(context) if found else None
    broken: dict[tuple[str, str], list[_Broken]] = {}
    told: set[tuple[str, str]] = set()
    for one in found:
        breaks = one.breaks if ways is None else one.breaks & ways
        key = (
            one.place.file,
            one.text.replace(one.field, one.field.rpartition(".")[2]),
        )  # a message inside another is the same
        if breaks and key not in told and not (one.is_widening and ways is None):
            told.add(key)
            broken.setdefault((one.place.file, one.message), []).append(one._replace(breaks=breaks))
    for several in broken.values():
        yield from _findings(context, earlier, several)


# ---------------------------------------------------------------------------------------------------------- schema files


def _in_files(context: CheckContext, earlier: Earlier) -> Iterator[_Broken]:
    workspace = context.graph.program.workspace
    declared = context.graph.recorder.payloads.files.declared
    before: dict[str, bytes] = {}
    for path, _ in declared:
        context.beat()
        text = earlier.other_text(path, workspace.text(path))
        if text is not None:
            before[path] = text
    if not before:
        return
    reader, events = SchemaReader(earlier.text), _Events(context)
    for path, now in declared:
        old = reader.read(path, before[path]) if path in before else None
        if old is not None:
            yield from _between(path, old, now, events)


def _between(path: str, old: SchemaFile, now: SchemaFile, events: _Events) -> Iterator[_Broken]:
    format = _format(path)
    known = {(one.namespace, one.name): one for one in old.messages}
    for message in now.messages:
        earlier = known.get((message.namespace, message.name))
        if earlier is None or not (format == "avro" or now.application is not None or events.include(path, message)):
            continue
        for change in changes(earlier, message, format):
            place = Place(file=message.path or path, line=change.line)
            yield _Broken(place, message.name, change.field, change.text, change.breaks, change.is_widening)


def _format(path: str) -> Format:
    return "avro" if path.endswith(".avsc") else "protobuf" if path.endswith(".proto") else "json"


_CALLED = re.compile(rb"\brpc\s+\w+\s*\(\s*(?:stream\s+)?([\w.]+)\s*\)\s*returns\s*\(\s*(?:stream\s+)?([\w.]+)")
"""A method of a service in Protocol Buffers, with what it is given and what it gives."""
_WORD = re.compile(rb"[A-Za-z_]\w+")


class _Events:
    """The messages that code sends or receives: a schema file may as well be about requests or settings."""

    def __init__(self, context: CheckContext) -> None:
        self._workspace = context.graph.program.workspace
        sites = [site for _, site in context.graph.nodes if site.source_set == "main"]
        self._names = {folded_name(name) for site in sites for name in (site.event, site.schema_name) if name}
        self._channels = {name for site in sites for name in site.channels}
        self._places = {(site.schema.file, site.schema_name or "") for site in sites if site.schema is not None}
        self._files = sorted({site.file for site in sites})

    def include(self, path: str, message: MessageSchema) -> bool:
        """Whether a message is an event: by the name or place that a site knows, by its channel, or as it is named where something is sent or received."""
        return (
            folded_name(message.name) in self._names
            or (message.path or path, message.name) in self._places
            or not self._channels.isdisjoint(message.channels)
            or (path.endswith(".proto") and message.name.encode() in self._words and not self._is_called(path, message))
        )

    @cached_property
    def _words(self) -> frozenset[bytes]:
        return frozenset(word for file in self._files for word in _WORD.findall(self._workspace.text(file)))

    def _is_called(self, path: str, message: MessageSchema) -> bool:
        """Whether a message is what a method of a service is given, or gives."""
        return any(
            name.rpartition(b".")[2] == message.name.encode()
            for names in _CALLED.findall(self._workspace.text(path))
            for name in names
        )


# ------------------------------------------------------------------------------------------------------------------ code


def _in_code(context: CheckContext, earlier: Earlier) -> Iterator[_Broken]:
    """The declared types of what is published, in files that are not as they were."""
    workspace = context.graph.program.workspace
    sending: dict[str, list[Site]] = {}
    for _, site in context.sites("publish"):
        place = site.schema
        if (
            site.payload_source == "declared"
            and place is not None
            and place.file in workspace
            and workspace.files[place.file].language
            and workspace.source_set(place.file) == "main"  # what is generated is compared where it comes from
        ):
            sending.setdefault(place.file, []).append(site)
    before = {path: text for path in sending if (text := earlier.other_text(path, workspace.text(path))) is not None}
    if not before:
        return
    files = frozenset((*before, *(site.file for path in before for site in sending[path])))
    then, now = (_contents(earlier.graph(files, texts)) for texts in (before, {}))
    for path in before:
        for site in sending[path]:
            old, new = then.get(site.id), now.get(site.id)
            if old is not None and new is not None and old.type == new.type:
                yield from _of_types(old.fields, new.fields, site, ())


class _Content(NamedTuple):
    """What a publish sends, of a declared type."""

    type: str
    fields: Sequence[PayloadField]


def _contents(graph: FlowGraph) -> dict[str, _Content]:
    """What the publishes of a graph send that are of a declared type and seen whole, by the ids of their sites."""
    contents, payloads = WholeContents(graph.evaluator), graph.recorder.payloads
    return {
        site.id: _Content(site.schema_name, site.payload)
        for node, site in graph.nodes
        if site.role == "publish" and site.payload_source == "declared" and site.schema_name
        if contents.sent(node, payloads.values(node)) is not None
    }


def _of_types(
    old: Sequence[PayloadField], new: Sequence[PayloadField], site: Site, path: tuple[str, ...]
) -> Iterator[_Broken]:
    known, before = {folded(one.name): one for one in new}, {folded(one.name) for one in old}
    missing = [one for one in old if folded(one.name) not in known and not one.optional]
    added = [one for one in new if folded(one.name) not in before]
    for one in missing:
        heir = added[0] if len(missing) == len(added) == 1 and family_of(added[0]) == family_of(one) else None
        yield _broken(
            site, (*path, one.name), f"is called {heir.name} now" if heir is not None else "is gone", _FORWARD
        )
    for one in old:
        other = known.get(folded(one.name))
        if other is not None and is_other_type(one, other):
            yield _broken(site, (*path, one.name), f"is {other.type} now, and was {one.type}", _BOTH)
        elif other is not None and one.fields and other.fields and one.repeated == other.repeated:
            yield from _of_types(one.fields, other.fields, site, (*path, one.name))


_FORWARD: frozenset[Way] = frozenset(("forward",))
_BOTH: frozenset[Way] = frozenset(("backward", "forward"))


def _broken(site: Site, path: tuple[str, ...], text: str, breaks: frozenset[Way]) -> _Broken:
    assert site.schema is not None
    name, message = ".".join(path), site.schema_name or site.event or "the message"
    return _Broken(site.schema, message, name, f"{name} {text}", breaks)


# ---------------------------------------------------------------------------------------------------------- compatibility

_MODE = re.compile(
    rb"""(?i)compatib\w*(?:[_.\s-]*(?:level|mode|setting))?["']?\s*[:=,]+\s*(?:\$\{[^}:]*:-?)?["']?(NONE|BACKWARD|FORWARD|FULL)(?:_TRANSITIVE|_ALL)?\b"""
)
"""How the settings of a schema registry, or of what registers schemas there, say the mode."""
_WAYS: Mapping[bytes, frozenset[Way]] = {
    b"NONE": frozenset(),
    b"BACKWARD": frozenset(("backward",)),
    b"FORWARD": frozenset(("forward",)),
    b"FULL": frozenset(("backward", "forward")),
}


def _demanded(context: CheckContext) -> frozenset[Way] | None:
    """The ways that have to stay open; None where the workspace does not say. Where it says several, what all of them demand."""
    workspace = context.graph.program.workspace
    found: set[bytes] = set()
    for path in workspace.configs():
        context.beat()
        if workspace.source_set(path) == "test":
            continue
        try:
            text = workspace.text(path)
        except (OSError, KeyError):
            continue
        if b"ompatib" in text or b"OMPATIB" in text:
            found.update(mode.upper() for mode in _MODE.findall(text))
    return frozenset.intersection(*(_WAYS[mode] for mode in found)) if found else None


# -------------------------------------------------------------------------------------------------------------- reporting


def _findings(context: CheckContext, earlier: Earlier, several: list[_Broken]) -> Iterator[Finding]:
    """One finding for a change; one for all of a message where they are many."""
    if len(several) < _MANY:
        for one in several:
            yield _finding(context, earlier, one.place, one.message, one.text, one.breaks)
        return
    first = several[0]
    text = f"{len(several)} changes break it: {', '.join(one.text for one in several[:_SHOWN])} …"
    breaks = frozenset(way for one in several for way in one.breaks)
    yield _finding(context, earlier, first.place, first.message, text, breaks)


def _finding(
    context: CheckContext, earlier: Earlier, place: Place, message: str, text: str, breaks: frozenset[Way]
) -> Finding:
    if len(breaks) == 2:
        who = f"neither end can read what the other sends while one has the version of {earlier.name}"
    elif "forward" in breaks:
        who = f"consumers that have the version of {earlier.name} cannot read what is sent now"
    else:
        who = f"what was sent in the version of {earlier.name} cannot be read any more"
    sent = [
        Step(file=site.file, line=site.line, message=f"{message} is sent here")
        for _, site in context.graph.nodes
        if site.role == "publish" and message in (site.event, site.schema_name)
    ]
    workspace = context.graph.program.workspace
    about = f"{message} {text}"
    return finding_where_declared(workspace, RULE, f"{message}: {text}; {who}", place, about, sent[:_MOST_SENDERS])


RULE = Rule(
    "breaking-schema-change",
    "warning",
    "Add a field beside the old one and keep both until every consumer is updated, or make a new version of the event.",
    _run,
    needs_all_sites=True,
    waits=True,
)
