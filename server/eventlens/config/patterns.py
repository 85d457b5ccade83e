"""Regular expressions that the files of a workspace hold, matched in a time that grows with the text alone.

A subscription's pattern, a broker's policy or an ignore file is other people's text: an expression that tries the same text in
more ways than anybody can wait for must not hold up everything else. An automaton without backtracking does the matching; what it
does not know (looking ahead and behind) is left to Python where it cannot run away.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from math import prod
from typing import TypeAlias

from pydantic_core import SchemaError, SchemaValidator, core_schema

Matches: TypeAlias = Callable[[str], bool]

_LONGEST_PATTERN = 500
_MOST_REPETITIONS = 1_000
"""What the counts of an expression may multiply to: each is written out when the automaton is built."""
_LONGEST_TEXT = 250
"""Code points of a text that Python looks at; no broker allows longer names."""
_COUNT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_WITHOUT_END = re.compile(r"(?<!\\)[*+]|\{\d+,\}")
_REPEATED_GROUP = re.compile(r"\)\s*[*+{]")


def occurs(pattern: str, text: str) -> bool:
    """Whether an expression matches somewhere in ``text``; False for what is no expression, or none that ends in time."""
    matches = searching(pattern)
    return matches is not None and matches(text)


@lru_cache(maxsize=1024)
def searching(pattern: str) -> Matches | None:
    """What tells whether an expression matches somewhere in a text; None as `occurs` says."""
    if len(pattern) > _LONGEST_PATTERN or _written_out(pattern) > _MOST_REPETITIONS:
        return None
    try:
        return without_backtracking(pattern)
    except ValueError:
        return _by_python(pattern)


def without_backtracking(pattern: str) -> Matches:
    """The same for one expression, by the automaton alone. Raises ValueError for what it does not know."""
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")).isinstance_python
    except SchemaError as error:
        raise ValueError(str(error)) from error


def may_run_away(pattern: str) -> bool:
    """Whether Python could try a text in very many ways: more than two parts have no fixed length, or a repeated one is repeated."""
    is_anchored = pattern.startswith("^")
    return len(_WITHOUT_END.findall(pattern)) + (not is_anchored) > 2 or _REPEATED_GROUP.search(pattern) is not None


def _by_python(pattern: str) -> Matches | None:
    if may_run_away(pattern):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None
    return lambda text: compiled.search(text[:_LONGEST_TEXT]) is not None


def _written_out(pattern: str) -> int:
    return prod(int((last or first)[:6]) or 1 for first, last in _COUNT.findall(pattern))
