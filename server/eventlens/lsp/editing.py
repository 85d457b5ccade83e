"""Many edits of one text in a row."""

from __future__ import annotations

from eventlens.lsp.positions import ClientPosition, Encoding, SourceText, code_points


class EditedText:
    """A text amid its edits, held line by line: an edit costs what it touches, not the whole text."""

    def __init__(self, source: SourceText) -> None:
        self._lines = source.lines()

    def replace(self, start: ClientPosition, end: ClientPosition, text: str, encoding: Encoding) -> None:
        """Put ``text`` in the place of ``start`` to ``end``. Means what `SourceText.replaced` means."""
        first = self._place(start, encoding)
        last = max(first, self._place(end, encoding))
        begin = first[0]
        piece = self._lines[begin][: first[1]] + text + self._lines[last[0]][last[1] :]
        if begin and piece.startswith("\n") and self._lines[begin - 1].endswith("\r"):
            begin -= 1
            piece = self._lines[begin] + piece
        made = SourceText(piece).lines()
        if last[0] + 1 < len(self._lines) and not made[-1]:
            made.pop()
        self._lines[begin : last[0] + 1] = made

    def text(self) -> str:
        """The text as it stands."""
        return "".join(self._lines)

    def _place(self, position: ClientPosition, encoding: Encoding) -> tuple[int, int]:
        """Line and code points from its beginning; past a line's end it is that end, past the last line the text's end."""
        if position.line >= len(self._lines):
            return len(self._lines) - 1, len(self._lines[-1])
        if position.line < 0:
            return 0, 0
        return position.line, code_points(self._lines[position.line].rstrip("\r\n"), position.character, encoding)
