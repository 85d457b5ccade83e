"""Rows that a unit of work hands out, and writes back when they are changed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.flow.scopes import Frame


class HeldRows:
    """Which names hold such a row, while a function is walked. ``events`` are those of the walk; it adds to them."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events
        self._read: list[int] = []
        """Where in the events rows are handed out, ascending."""
        self._named: dict[tuple[int, str], Event] = {}
        """Scope and name → the read."""

    def handed_out(self, position: int) -> None:
        """The event at a position hands out rows."""
        self._read.append(position)

    def named(self, name: str, frame: Frame, since: int) -> None:
        """A name is given a value in which the events from a position on happened."""
        for position in self._read[bisect_left(self._read, since) :]:
            event = self._events[position]
            if event.frame is frame or "returned" in event.usage:
                self._named[(id(frame), name)] = event

    def named_each(self, loop: ir.Loop, frame: Frame, since: int) -> None:
        """A loop gives its target one after another of what stands in its source."""
        if isinstance(loop.target, ir.Name):
            self.named(loop.target.name, frame, since)
            row = self.of(loop.source.name, frame) if isinstance(loop.source, ir.Name) else None
            if row is not None:
                self._named[(id(frame), loop.target.name)] = row

    def of(self, name: str, frame: Frame) -> Event | None:
        """The read of the row that a name holds; None where it holds none."""
        return self._named.get((id(frame), name))
