"""What stands around a place in source text that may not parse: the string, the calls and the keys that are open there.

Reads text alone, of any language that writes calls as ``name(…)``. A window before the place is enough; where the window begins
inside a long text, what is found may be nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_WINDOW = 6_000
"""Characters before the place that are read."""
_TOKEN = re.compile(
    r"""
      (?P<comment>//[^\r\n]*|/\*.*?(?:\*/|\Z)|(?<![\w.])\#(?=[\s!\#:])[^\r\n]*)
    | (?P<text>\"\"\".*?\"\"\"|'''.*?'''|"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*'|`(?:\\.|[^`\\])*`)
    | (?P<open>["'`])
    | (?P<name>[A-Za-z_$][\w$]*)
    | (?P<generic><[\w\s,.\[\]|<>&'"]*>(?=\())
    | (?P<operator>[=!<>]=+|=>)
    | (?P<mark>[()\[\]{},:=;])
    | (?P<other>[^\s])
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSES = {")": "(", "]": "[", "}": "{"}


class OpenCall(NamedTuple):
    """A call that is open at the place: the last name of its callee, and which argument the place is in (``0.topic``, ``topic``)."""

    called: str
    position: str


class OpenString(NamedTuple):
    """The string around a place. ``begin`` is the offset behind the quote; ``calls`` are the open calls, innermost first; ``key`` is
    the key of the innermost object whose value the string is, "" for none."""

    begin: int
    quote: str
    calls: list[OpenCall]
    key: str


@dataclass
class _Bracket:
    mark: str
    called: str
    argument: int = 0
    key: str = ""


def string_at(text: str, offset: int) -> OpenString | None:
    """The string that is open at an offset (code points); None where there is none, or it has holes or more than one line."""
    start = _window_start(text, offset)
    window = text[start:offset]
    brackets: list[_Bracket] = []
    before = word = ""
    for token in _TOKEN.finditer(window):
        kind, written = token.lastgroup, token[0]
        if kind == "open":
            inside = window[token.end() :]
            if "\n" in inside or "\r" in inside:
                continue  # no string that ends here: an apostrophe in prose or a regular expression
            if "${" in inside:
                return None
            return OpenString(start + token.end(), written, _open_calls(brackets), brackets[-1].key if brackets else "")
        if kind == "mark":
            _take(brackets, written, word if before in ("name", "generic") else "", word)
        if kind == "name":
            word = written
        elif kind == "text":
            word = written.strip("\"'`")
        if kind not in ("comment", None):
            before = kind if kind != "mark" else written
    return None


def end_of_string(text: str, offset: int, quote: str) -> int:
    """Where the string ends that is open at an offset: before its closing quote on the same line, else at the offset itself."""
    end = offset
    while end < len(text) and text[end] not in "\r\n":
        if text[end] == quote:
            return end
        end += 1
    return offset


def _window_start(text: str, offset: int) -> int:
    start = max(0, offset - _WINDOW)
    return text.find("\n", start, offset) + 1 if start else 0


def _take(brackets: list[_Bracket], mark: str, called: str, word: str) -> None:
    if mark in "([{":
        brackets.append(_Bracket(mark, called if mark == "(" else ""))
    elif mark in _CLOSES:
        while brackets and brackets.pop().mark != _CLOSES[mark]:
            pass
    elif mark == ";":
        while brackets and brackets[-1].mark != "{":
            brackets.pop()
    elif brackets and mark == ",":
        brackets[-1].argument += 1
        brackets[-1].key = ""
    elif brackets and ((mark == ":" and brackets[-1].mark == "{") or (mark == "=" and brackets[-1].mark == "(")):
        brackets[-1].key = word


def _open_calls(brackets: list[_Bracket]) -> list[OpenCall]:
    found: list[OpenCall] = []
    keys: list[str] = []
    for bracket in reversed(brackets):
        if bracket.mark == "{" and bracket.key:
            keys.insert(0, bracket.key)
        elif bracket.mark == "(":
            if bracket.called:
                found.append(OpenCall(bracket.called, ".".join([bracket.key or str(bracket.argument), *keys])))
            keys = []
    return found
