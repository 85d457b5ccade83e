"""From a place to the hover on it."""

from __future__ import annotations

from typing import NamedTuple

from eventlens.ide.hover import channels, events, sites
from eventlens.ide.hover.pieces import Block, Divider, LinkTo, markdown, plain
from eventlens.ide.index import FlowIndex, Subject
from eventlens.ide.places import Target

_MOST = 3
"""Sites that stand at one place and are told of."""


class HoverText(NamedTuple):
    """``target`` is what the text is about; None for a whole line."""

    text: str
    target: Target | None


def hover(
    index: FlowIndex,
    file: str,
    line: int,
    column: int,
    link: LinkTo,
    text: str | None = None,
    as_markdown: bool = True,
) -> HoverText | None:
    """The hover at a place (1-based line and code-point column); None where nothing of a flow stands.

    ``text`` is the line's text: with it the name of an event's type is known where it is written, and on a line that names a channel
    only the name counts."""
    blocks, target = _told(index, file, line, column, text)
    if not blocks:
        return None
    return HoverText(markdown(blocks, link) if as_markdown else plain(blocks), target)


def _told(index: FlowIndex, file: str, line: int, column: int, text: str | None) -> tuple[list[Block], Target | None]:
    subject = index.subject_at(file, line, column, text)
    if subject is not None and subject.kind != "channel":
        return _of_sites(index, subject), subject.origin
    event = events.at(index, file, line, column, text)
    if event is not None:
        return events.told(index, event), event.target
    if subject is not None:
        apart = [channels.told(index, channel) for channel in subject.channels[:_MOST]]
        return _divided(apart, len(subject.channels), "channels"), subject.origin
    return [], None


def _of_sites(index: FlowIndex, subject: Subject) -> list[Block]:
    apart = [sites.told(index, site, subject.kind == "handler") for site in subject.sites[:_MOST]]
    return _divided(apart, len(subject.sites), "sites")


def _divided(apart: list[list[Block]], count: int, what: str) -> list[Block]:
    blocks: list[Block] = []
    for each in apart:
        blocks += [Divider(), *each] if blocks else each
    return [*blocks, *channels.rest(count - len(apart), what)]
