"""Errors that end a command with a code of their own."""

from __future__ import annotations


class UserProblem(Exception):
    """Something that the user can mend (exit code 2). Each line says what is wrong, where, and how to mend it."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
