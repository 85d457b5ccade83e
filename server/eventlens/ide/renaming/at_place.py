"""What can be renamed at a place of a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens.flow.graph import FlowGraph
from eventlens.ide.index import FlowIndex
from eventlens.ide.renaming.events import EventOccurrences
from eventlens.ide.renaming.occurrences import Occurrences
from eventlens.ide.renaming.refusals import NotRenamable
from eventlens.ide.renaming.renamings import Renaming
from eventlens.ide.renaming.written_names import WrittenNames
from eventlens.syntax.grammars import language_of

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")


def renamings_at(
    index: FlowIndex, graph: FlowGraph, path: str, line: int, column: int, text: str
) -> Iterator[Renaming | NotRenamable]:
    """The channels, then the events, whose names a line has, best first; why not where the name under the cursor cannot be changed.

    ``line`` and ``column`` (code points) are 1-based, ``text`` is the line's.
    """
    written = WrittenNames(graph)
    yield from _channels(index, graph, written, (path, line, column), text)
    events = EventOccurrences(index, graph, written)
    for event in dict.fromkeys(site.event for site in index.flow_map.sites if site.event and site.event in text):
        for ends in events.of(event):
            if ends.refused is None:
                yield events.renaming(event, ends)
            elif _stands_at(event, text, column) and _is_of_event(index, ends.sites, path, line, column, text):
                yield ends.refused


def _channels(
    index: FlowIndex, graph: FlowGraph, written: WrittenNames, at: tuple[str, int, int], text: str
) -> Iterator[Renaming | NotRenamable]:
    subject = index.subject_at(*at, text)
    meant = subject.channels if subject is not None else []
    others = [one for one in index.flow_map.channels if one not in meant]
    occurrences = Occurrences(index, graph, written)
    for channel in (*meant, *others):
        if channel.name not in text:
            continue
        try:
            yield occurrences.of(channel)
        except NotRenamable as error:
            if channel in meant and _stands_at(channel.name, text, at[2]):
                yield error


def _stands_at(name: str, text: str, column: int) -> bool:
    """Whether the name stands around a column of a line."""
    apart = rf"(?<![\w-]){re.escape(name)}(?![\w-])"
    return any(found.start() < column <= found.end() + 1 for found in re.finditer(apart, text))


def _is_of_event(index: FlowIndex, sites: frozenset[str], path: str, line: int, column: int, text: str) -> bool:
    """Whether a word of the event's name means the event: at one of its sites, in quotes, or in configuration."""
    if any(site.id in sites for site in index.lines_of(path).sites_around(line, column)):
        return True
    quoted = any(found.start() < column <= found.end() + 1 for found in _QUOTED.finditer(text))
    return quoted or language_of(path) is None
