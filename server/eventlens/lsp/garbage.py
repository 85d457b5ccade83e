"""When garbage is collected: an analysis is full of cycles, and a collection amid a keystroke is felt.

Process-wide, as the collector is.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (2000, 10, 1000)
"""By itself the collector looks at young objects only: at all of them it looks in `in_passing` and `set_apart`."""
_MANY = 12
"""Keystrokes whose remains, about a megabyte each, are worth a whole collection while nobody types."""
_TOO_MANY = 24
"""The same while somebody does."""


class _Apart:
    """What the collector does not look at."""

    holds_garbage = False
    """Whether a folder was left whose analysis is among it."""


class _Remains:
    """What keystrokes left behind since the last whole collection."""

    of = 0


def begin() -> None:
    """Collect from now on. What was loaded stays: it needs no search for cycles, neither now nor later."""
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    gc.enable()


@contextmanager
def put_off() -> Iterator[None]:
    """A keystroke's analysis makes little: what it leaves is collected when the answer is out, with `after_keystroke`."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def set_aside() -> Iterator[None]:
    """A whole analysis keeps nearly all that it makes, and so do the library models: looking it through for garbage again and again takes
    a good part of its time.

    What it made is set apart before the collector goes on, which else would look through all of it at once while requests wait.
    """
    with put_off():
        yield
        gc.freeze()


def after_keystroke() -> None:
    """Collect what the last keystroke left, which takes less than a millisecond; now and then also what was shown until the next one."""
    _Remains.of += 1
    if _Remains.of < _TOO_MANY:
        gc.collect(1)
    else:
        in_passing()


def in_passing() -> None:
    """Collect what many keystrokes left, also what hung on what was shown until the next one. Takes as long as a keystroke's analysis."""
    if _Remains.of >= _MANY:
        _Remains.of = 0
        gc.collect()


def folder_left() -> None:
    """A folder's analysis is let go of with the next `set_apart`."""
    _Apart.holds_garbage = True


def set_apart(is_first: bool) -> None:
    """Leave no long collection of garbage to a keystroke.

    What a whole analysis made is set apart from what the collector looks at, and the one before, if there is one, is let go of
    while nobody types. The collector puts off looking at all there is until a quarter is new; the last, quick collection has it
    count only what is not set apart, else what keystrokes leave behind would add up to that quarter.
    """
    if not is_first or _Apart.holds_garbage:
        _Apart.holds_garbage = False
        gc.unfreeze()
        gc.collect()
    gc.freeze()
    gc.collect()
