"""Places that answers point at."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from eventlens.flow.model import Channel, Place, Site

_T = TypeVar("_T")


class Target(NamedTuple):
    """A range in a file: 1-based lines and code-point columns, end exclusive. ``end_column`` 0 is the end of the line."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def contains(self, file: str, line: int, column: int) -> bool:
        """Whether a place lies inside, or just behind the end: editors put the cursor there."""
        if file != self.file or (line, column) < (self.line, self.column):
            return False
        return line < self.end_line or (line == self.end_line and (self.end_column == 0 or column <= self.end_column))


class Landing(NamedTuple):
    """Where a jump leads: ``at`` is selected, ``around`` is what it is the name of and is shown (the same where that is not known)."""

    at: Target
    around: Target


def of_site(site: Site) -> Target:
    """The site's call."""
    return Target(site.file, site.line, site.column, site.end_line, site.end_column)


def of_line(place: Place) -> Target:
    """A whole line."""
    return Target(place.file, place.line, 1, place.line, 0)


def of_handler(site: Site) -> Target:
    """The line where a subscription's handler is declared; the subscription where no handler is known."""
    if site.handler is None:
        return of_site(site)
    return of_line(Place(file=site.handler.file, line=site.handler.line))


def of_channel(channel: Channel) -> list[Target]:
    """Where the channel is declared."""
    return [of_line(place) for place in channel.declared]


def landing(target: Target) -> Landing:
    """A jump to a place with nothing around it."""
    return Landing(target, target)


def unique(found: list[_T]) -> list[_T]:
    """Each once, in order."""
    return list(dict.fromkeys(found))
