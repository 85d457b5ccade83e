"""One case: made of a seed and a number alone, run under a time bound, shrunk where it fails."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from .mutations import mutated
from .targets import Target, targets

SECONDS = 3.0
SECONDS_A_MEGABYTE = 12.0
"""Of processor time: what reading one file of a language or format may take, in every check together."""

_SHRINKING_SECONDS = 20.0


class Case(NamedTuple):
    """A damaged file for a target."""

    target: Target
    path: str
    text: bytes


class Failure(NamedTuple):
    """What went wrong; ``text`` is the smallest file found that goes wrong alike."""

    what: str
    text: bytes


def case(seed: int, number: int, only: str = "") -> Case:
    """The case of a number; with ``only`` of the target of that name. The first numbers go to one target each."""
    chance = random.Random(f"{seed}+{number}")
    choices = [one for one in targets() if only in ("", one.name)]
    if not choices:
        raise SystemExit(f"no target is called {only!r}; there are: {', '.join(one.name for one in targets())}")
    (target,) = chance.choices(choices, [one.weight for one in choices])
    if number < len(choices):
        target = choices[number]
    drawn = target.draw(chance)
    return Case(target, drawn.path, mutated(chance, drawn.text, drawn.others))


def bound(size: int) -> float:
    """Seconds of processor time for a file of ``size`` bytes."""
    return SECONDS + SECONDS_A_MEGABYTE * size / 1_000_000


def failure_of(one: Case) -> tuple[Failure | None, float]:
    """Run a case; with the processor seconds that it took."""
    began = time.process_time()
    sign, what = _outcome(one, one.text)
    took = time.process_time() - began
    if sign:
        text = shrunk(one.text, lambda smaller: _outcome(one, smaller)[0] == sign)
        return Failure(_outcome(one, text)[1] or what, text), took
    if took > bound(len(one.text)):
        return Failure(
            f"{took:.1f} s for {len(one.text):,} bytes; {bound(len(one.text)):.1f} s are allowed", one.text
        ), took
    return None, took


def _outcome(one: Case, text: bytes) -> tuple[str, str]:
    """Where it failed, to know the same failure again, and how; twice "" where it did not."""
    try:
        one.target.run(one.path, text)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if "eventlens" in frame.filename] or list(frames)
        return f"{type(error).__name__} {own[-1].filename}:{own[-1].name}", "".join(traceback.format_exception(error))
    return "", ""


def shrunk(text: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """A smaller text that fails too: pieces are taken away, half of it down to one byte, while there is time."""
    end = time.monotonic() + _SHRINKING_SECONDS
    size = max(1, len(text) // 2)
    while time.monotonic() < end:
        smaller = _without_pieces(text, size, partial(_in_time, fails, end))
        if size == 1 and smaller == text:
            break
        size = size if smaller != text and size == 1 else max(1, size // 2)
        text = smaller
    return text


def _in_time(fails: Callable[[bytes], bool], end: float, text: bytes) -> bool:
    return time.monotonic() < end and fails(text)


def _without_pieces(text: bytes, size: int, fails: Callable[[bytes], bool]) -> bytes:
    at = 0
    while at < len(text):
        smaller = text[:at] + text[at + size :]
        if fails(smaller):
            text = smaller
        else:
            at += size
    return text
