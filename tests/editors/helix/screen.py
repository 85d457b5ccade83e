"""The text that a program has drawn on a terminal: as much of one as a full-screen editor makes use of."""

from __future__ import annotations

import re
import unicodedata

_TOKEN = re.compile(
    rb"\x1b\[(?P<private>[?>=<]*)(?P<numbers>[\d;:]*)[ -/]*(?P<final>[@-~])"
    rb"|\x1b[P\]X^_].*?(?:\x07|\x1b\\)"  # strings: titles, questions
    rb"|\x1b[()*+#%].|\x1b[^\[P\]X^_()*+#%]"
    rb"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])"
    rb"|(?P<text>[^\x00-\x1f\x7f]+)",
    re.DOTALL,
)


class Screen:
    """Cells of one character each; a wide character has an empty cell behind it."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self._cells = [[" "] * columns for _ in range(rows)]
        self._row = self._column = 0
        self._unread = b""

    @property
    def text(self) -> str:
        """The lines, without blanks at their ends."""
        return "\n".join("".join(row).rstrip() for row in self._cells)

    def feed(self, written: bytes) -> None:
        """Draw what was written; a sequence or character whose end is still to come waits for it."""
        raw, end = self._unread + written, 0
        while token := _TOKEN.match(raw, end):
            if token["text"]:
                text = token["text"].decode("utf-8", "ignore" if token.end() == len(raw) else "replace")
                end += len(text.encode()) if token.end() == len(raw) else len(token["text"])
                for character in text:
                    self._put(character)
                if token.end() == len(raw):
                    break
                continue
            end = token.end()
            if token["control"]:
                self._obey_control(token["control"])
            elif token["final"] and not token["private"]:
                numbers = [int(number or 0) for number in re.split(rb"[;:]", token["numbers"])]
                self._obey(token["final"].decode(), numbers)
        self._unread = raw[end:]

    def _put(self, character: str) -> None:
        if unicodedata.combining(character):
            return
        if self._column >= self.columns:
            self._row, self._column = min(self._row + 1, self.rows - 1), 0
        wide = unicodedata.east_asian_width(character) in "WF" and self._column + 1 < self.columns
        for cell in (character, "")[: 1 + wide]:
            self._cells[self._row][self._column] = cell
            self._column += 1

    def _obey_control(self, control: bytes) -> None:
        if control == b"\r":
            self._column = 0
        elif control == b"\n":
            self._row = min(self._row + 1, self.rows - 1)
        elif control == b"\b":
            self._column = max(self._column - 1, 0)

    def _obey(self, final: str, numbers: list[int]) -> None:
        by = max(numbers[0], 1)
        row, column = self._row, self._column
        if final in "Hf":
            row, column = by - 1, max(numbers[1], 1) - 1 if len(numbers) > 1 else 0
        elif final in "ABCD":
            row += {"A": -by, "B": by}.get(final, 0)
            column += {"C": by, "D": -by}.get(final, 0)
        elif final == "G":
            column = by - 1
        elif final == "d":
            row = by - 1
        elif final == "J" and numbers[0] == 2:
            self._cells = [[" "] * self.columns for _ in range(self.rows)]
        elif final == "K" and numbers[0] == 0:
            self._cells[row][column:] = [" "] * (self.columns - column)
        self._row, self._column = min(max(row, 0), self.rows - 1), min(max(column, 0), self.columns - 1)
