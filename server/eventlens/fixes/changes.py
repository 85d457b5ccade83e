"""What a fix proposes: plain changes of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias


class Edit(NamedTuple):
    """``text`` in place of the bytes from ``start`` to ``end`` (exclusive) of the file as it was analysed; an insertion has both equal."""

    start: int
    end: int
    text: str


class FileEdit(NamedTuple):
    """Edits of a file that exists. They do not overlap; several insertions at one place stand in the order given."""

    path: str
    """Relative to the workspace root, with ``/``."""
    edits: tuple[Edit, ...]


class NewFile(NamedTuple):
    """A file that does not exist yet."""

    path: str
    text: str


Change: TypeAlias = FileEdit | NewFile


def edited(edits: Mapping[str, Iterable[Edit]]) -> tuple[Change, ...]:
    """The changes that edits are, by the path of their file."""
    return tuple(FileEdit(path, tuple(found)) for path, found in edits.items())


def together(*changes: Change) -> tuple[Change, ...]:
    """Changes of which several may be of one file: what they have in common is done once."""
    edits: dict[str, list[Edit]] = {}
    for change in changes:
        if isinstance(change, FileEdit):
            known = edits.setdefault(change.path, [])
            known += [one for one in change.edits if one not in known]
    return (*edited(edits), *(one for one in changes if not isinstance(one, FileEdit)))


class Offer(NamedTuple):
    """One way to mend one finding. ``changes`` works the edits out, and is asked only when somebody wants them.

    ``key`` tells the offers for one finding apart and stays the same while the code does. ``preferred``: what most people would
    choose. ``is_wide``: the change reaches beyond the place of the finding and wants a look before it is made.
    """

    key: str
    title: str
    changes: Callable[[], tuple[Change, ...]]
    preferred: bool = False
    is_wide: bool = False


class NotFixable(Exception):
    """A fix cannot be worked out after all; the message says why in one line."""


def apply_edits(source: bytes, edits: Iterable[Edit]) -> bytes:
    """The text of a file after its edits. Raises ValueError where two overlap or one lies outside."""
    done: list[bytes] = []
    at = 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if not at <= edit.start <= edit.end <= len(source):
            raise ValueError(f"the edit of bytes {edit.start} to {edit.end} overlaps another or lies outside the file")
        done += [source[at : edit.start], edit.text.encode("utf-8")]
        at = edit.end
    return b"".join([*done, source[at:]])
