"""Types into open documents as people do, and tells how soon the findings of each keystroke were shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

from chosen_files import Document, Link
from wire import Silence, Wire

BETWEEN = 0.1
"""Seconds between two keystrokes."""
_THINKING = 0.6
"""Seconds after a few of them; the server begins to look at everything else."""
_SILENT = 2.0
"""Seconds after which nothing is expected any more: a file without findings stays without, and nothing is sent."""
_IDLE = 0.3
"""Seconds without an edit after which the server looks at other files."""


class Keystroke(NamedTuple):
    """One edit: ``kind`` says what it does to the file, ``rest`` how long it is quiet afterwards."""

    kind: str
    line: int
    column: int
    typed: str
    deleted: str
    rest: float = BETWEEN


class Shown(NamedTuple):
    """A keystroke's kind and the seconds until its findings came; None where nothing came."""

    kind: str
    seconds: float | None


def type_in(wire: Wire, document: Document, edits: int) -> list[Shown]:
    """Type at least ``edits`` keystrokes; the text is the same afterwards."""
    shown: list[Shown] = []
    while len(shown) < edits:
        for stroke in _keystrokes(document):
            shown.append(Shown(stroke.kind, press(wire, document.path, stroke)))
            time.sleep(stroke.rest)
    return shown


def press(wire: Wire, path: str, stroke: Keystroke) -> float | None:
    """Seconds until the findings of one keystroke came; None where nothing came."""
    began = send(wire, path, stroke)
    try:
        return wire.diagnosed(path, patience=_SILENT) - began
    except Silence:
        return None


def send(wire: Wire, path: str, stroke: Keystroke) -> float:
    """Type and go on; the moment at which that was sent."""
    if stroke.typed:
        return wire.insert(path, stroke.line, stroke.column, stroke.typed)
    return wire.delete(path, stroke.line, stroke.column, stroke.deleted)


def letter(document: Document, turn: int) -> Keystroke:
    """A comment behind a statement that comes (even turns) and goes (odd turns)."""
    return _coming_and_going(document, "# a" if document.path.endswith(".py") else "// a", turn)


def always_another(document: Document, turn: int) -> Keystroke:
    """Like `letter`, with a text that was never there: a comment, a variable, or a publish to a channel of its own."""
    number = turn // 2
    is_python = document.path.endswith(".py")
    texts = (
        f"# {number}" if is_python else f"// {number}",
        f"; note_{number} = {number}" if is_python else f"; const note{number} = {number};",
        "\n" + "\n".join(line.replace("sized", f"sized-{number}") for line in document.site_lines),
    )
    return _coming_and_going(document, texts[number % 3], turn)


def _coming_and_going(document: Document, text: str, turn: int) -> Keystroke:
    spot = document.body
    return Keystroke("letter", spot.line, spot.column, *(("", f" {text}") if turn % 2 else (f" {text}", "")))


def _keystrokes(document: Document) -> Iterator[Keystroke]:
    """A statement in a function's body, letter by letter; another publish; another channel; a bracket too many."""
    _, line, column = document.body
    indentation = document.site_lines[0][: -len(document.site_lines[0].lstrip()) or None]
    statement = "note = 17" if document.path.endswith(".py") else "const note = 17;"
    begun = f"\n{indentation}"
    yield Keystroke("statement", line, column, begun, "")
    for at, letter in enumerate(statement):
        yield Keystroke("statement", line + 1, len(indentation) + at, letter, "")
    yield Keystroke("statement", line, column, "", begun + statement, _THINKING)
    another = "\n" + "\n".join(document.site_lines)
    yield Keystroke("publish", line, column, another, "", _THINKING)
    yield Keystroke("publish", line, column, "", another, _THINKING)
    if document.topic is not None:
        yield Keystroke("channel", document.topic.line, document.topic.column, "x", "")
        yield Keystroke("channel", document.topic.line, document.topic.column, "", "x", _THINKING)
    yield Keystroke("syntax", line, column, " (", "")
    yield Keystroke("syntax", line, column, "", " (", _THINKING)


def cross_file_seconds(wire: Wire, link: Link, times: int) -> list[float]:
    """Seconds from the end of the idle delay until another file's findings came, for edits that give a channel another name.

    The edits that give the name back are not counted: what the last whole analysis saw is shown without any delay.
    """
    taken = []
    _, line, column = link.topic
    for _ in range(times):
        began = wire.insert(link.topic.path, line, column, "x")
        taken.append(wire.shown_after(link.shown, began) - began - _IDLE)
        time.sleep(BETWEEN)
        wire.shown_after(link.shown, wire.delete(link.topic.path, line, column, "x"))
        time.sleep(BETWEEN)
    return taken
