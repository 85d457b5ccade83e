"""The code that was looked at for a message, to be searched as it is written: what it mentions may be what the message gets.

What comments say is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from eventlens import ir
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.scopes_around import outermost
from eventlens.workspace.snapshot import Workspace

_AROUND = 1500
"""How many bytes before a statement outside functions are looked at."""
_LONGEST = 20_000
_COMMENT = re.compile(rb"(?m)^[ \t]*(?://|#|/?\*).*$|[ \t](?://|#)[ \t].*$")


@dataclass
class Shown:
    """Pieces of files: path, first byte, end."""

    pieces: set[tuple[str, int, int]] = field(default_factory=set)

    def add_function(self, frame: Frame, node: ir.Node | None = None) -> None:
        """The outermost function around a scope; outside functions, what stands before ``node``."""
        self.pieces.add(_piece_of(frame, node))

    def add_class(self, index: ClassIndex) -> None:
        """A class with all that is written in it."""
        self.pieces.add((index.module.path, index.definition.start, index.definition.end))

    def add_sender(self, frame: Frame) -> None:
        """A function that sends what it is given, with its class: another method may set up what is sent along."""
        if frame.cls is not None and frame.cls.definition.end - frame.cls.definition.start <= _LONGEST:
            self.add_class(frame.cls)
        else:
            self.add_function(frame)

    def text(self, workspace: Workspace) -> str:
        """All of it."""
        return "\n".join(_text(workspace, *piece) for piece in sorted(self.pieces))


def text_around(workspace: Workspace, frame: Frame, node: ir.Node | None) -> str:
    """The outermost function around one scope."""
    return _text(workspace, *_piece_of(frame, node))


def _piece_of(frame: Frame, node: ir.Node | None) -> tuple[str, int, int]:
    outer = outermost(frame)
    if outer is not None:
        return outer.module.path, outer.start, outer.end
    start, end = (node.start, node.end) if node is not None else (0, 0)
    return frame.module.path, max(0, start - _AROUND), end


def _text(workspace: Workspace, path: str, start: int, end: int) -> str:
    try:
        text = workspace.text(path)
    except (OSError, KeyError):
        return ""
    return _COMMENT.sub(b"", text[start:end]).decode("utf-8", "replace")
