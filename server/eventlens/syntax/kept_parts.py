"""What parts of a text were lowered to: what an edit left alone is not lowered again.

What a statement or a member of a class is lowered to follows from its text, from the comment before it and from what the front end
knows where it begins (its `State`). A text without syntax errors is read the same wherever it stands, so a part whose bytes an edit
did not touch is taken over, moved to where it stands now.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeAlias

from tree_sitter import Node

from eventlens.syntax.moving import moved, moved_name

State: TypeAlias = tuple[Hashable, ...]
"""All that a front end knows at the beginning of a part and that its lowering may depend on. A name that was made up (``<lambda@12>``)
holds an offset, which moves with the text."""


class Lowered(NamedTuple):
    """What a part is lowered to, and what the front end takes note of beside it: tuples of nodes, or what holds no offset."""

    nodes: tuple[Any, ...]
    beside: tuple[Any, ...] = ()


class Edit(NamedTuple):
    """The bytes between which two texts differ: the first, and the ends in the earlier and in the later text. No character is cut."""

    start: int
    end: int
    new_end: int


NO_EDIT = Edit(0, 0, 0)


def edit_between(before: bytes, after: bytes) -> Edit:
    """What made one text of another, taken for one edit."""
    most = min(len(before), len(after))
    start = bisect_left(range(1, most + 1), True, key=lambda size: before[:size] != after[:size])
    alike = bisect_left(range(1, most - start + 1), True, key=lambda size: before[-size:] != after[-size:])
    while start and _goes_on(before, start):
        start -= 1
    while alike and _goes_on(before, len(before) - alike):
        alike -= 1
    return Edit(start, len(before) - alike, len(after) - alike)


def _goes_on(source: bytes, at: int) -> bool:
    """Whether a byte is not the first of its character."""
    return at < len(source) and source[at] & 0xC0 == 0x80


_Place: TypeAlias = tuple[int, int, str]
"""Where a part begins and ends, and its kind of node."""


class _Known(NamedTuple):
    """What is known of a part: where what precedes it ends (None where that does not belong to it) is as much a part of it as its state."""

    state: State
    begin: int | None
    lowered: Lowered


class KeptParts:
    """The parts of one text without syntax errors; those of an earlier text (``before``), of which ``edit`` made it, serve where they can."""

    def __init__(self, edit: Edit, before: KeptParts | None = None) -> None:
        self._edit = edit
        self._parts: dict[_Place, _Known] = {}
        self._earlier = self._parts
        if before is not None:
            self._earlier = before._parts
            self._parts = {place: part for place, part in before._parts.items() if place[1] < edit.start}

    def lowered(self, part: Node, state: State, lower: Callable[[], Lowered], begin: int | None = None) -> Lowered:
        """What a part is lowered to: what is known, or what ``lower`` gives.

        ``begin``: where what precedes the part ends, if a comment there belongs to it.
        """
        return self._known(part, state, begin) or self._keep(part, _Known(state, begin, lower()))

    def collect(
        self,
        part: Node,
        state: State,
        lists: tuple[list[Any], ...],
        read: Callable[[], tuple[list[Any], ...]],
        begin: int,
    ) -> None:
        """Add to each of some lists what a part adds to it; ``read`` gives lists that hold that alone. ``begin`` as in `lowered`."""
        found = self.lowered(part, state, lambda: Lowered((), tuple(map(tuple, read()))), begin)
        for known, added in zip(lists, found.beside):
            known.extend(added)

    def _known(self, part: Node, state: State, begin: int | None) -> Lowered | None:
        start, end = part.start_byte, part.end_byte
        if end < self._edit.start:
            found = self._parts.get((start, end, part.type))
            return found.lowered if found is not None and found.state == state else None
        if (start if begin is None else begin) <= self._edit.new_end:
            return None
        by = self._edit.new_end - self._edit.end
        found = self._earlier.get((start - by, end - by, part.type))
        if found is None or self._moved_state(found.state) != state:
            return None
        if begin is not None and found.begin != begin - by:  # it had a comment, or has one now
            return None
        nodes, beside = found.lowered
        lowered = Lowered(*moved((nodes, beside), by.__add__, self._new_place))
        return self._keep(part, _Known(state, begin, lowered))

    def _keep(self, part: Node, known: _Known) -> Lowered:
        self._parts[part.start_byte, part.end_byte, part.type] = known
        return known.lowered

    def _new_place(self, offset: int) -> int:
        """Where an offset of the earlier text is now."""
        return offset if offset < self._edit.end else offset + self._edit.new_end - self._edit.end

    def _moved_state(self, state: State) -> State:
        return tuple(
            [moved_name(one, self._new_place) if isinstance(one, str) and "@" in one else one for one in state]
        )
