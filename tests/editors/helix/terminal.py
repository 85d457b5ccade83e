"""A program in a pseudo terminal: keys go in, the screen comes out. Every wait is bounded and fails with what stands on the screen."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .screen import Screen

_WAIT = 30.0
"""Seconds."""


class Terminal:
    """A program that runs; made by `terminal`."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path, rows: int, columns: int) -> None:
        self.screen = Screen(rows, columns)
        process, self._descriptor = pty.fork()
        if process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment)
        self._process = process
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Press these keys, without a wait for what they do."""
        os.write(self._descriptor, keys.encode())

    def until_shown(self, *texts: str) -> str:
        """Wait until all texts are on the screen; gives the whole screen."""
        return self._until(f"shown: {texts}", lambda screen: all(text in screen for text in texts))

    def until_gone(self, text: str) -> str:
        """Wait until a text is not on the screen any more."""
        return self._until(f"gone: {text}", lambda screen: text not in screen)

    def until_ended(self) -> None:
        """Wait until the program has ended by itself."""
        end = time.monotonic() + _WAIT
        while self._read():
            assert time.monotonic() < end, f"the program has not ended; its screen is\n{self.screen.text}"

    def _until(self, what: str, holds: Callable[[str], bool]) -> str:
        end = time.monotonic() + _WAIT
        while not holds(self.screen.text):
            assert time.monotonic() < end, f"waited in vain for {what}, in\n{self.screen.text}"
            assert self._read(), f"the program ended before {what}; its last screen was\n{self.screen.text}"
        return self.screen.text

    def _read(self) -> bool:
        """Whether there may be more; returns after a tenth of a second when nothing is written."""
        if not select.select([self._descriptor], [], [], 0.1)[0]:
            return True
        try:
            written = os.read(self._descriptor, 65536)
        except OSError:  # Linux tells the end of the program so
            return False
        if b"\x1b[c" in written:  # what kind of terminal is this?
            self.type("\x1b[?62c")
        self.screen.feed(written)
        return bool(written)

    def end(self) -> None:
        """Kill the program if it runs still."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        os.close(self._descriptor)
        os.waitpid(self._process, 0)


@contextlib.contextmanager
def terminal(
    command: list[str], environment: dict[str, str], folder: Path, rows: int = 50, columns: int = 220
) -> Iterator[Terminal]:
    """The program in a terminal of that size, which understands what `xterm-256color` does; it ends with the block."""
    started = Terminal(command, {**environment, "TERM": "xterm-256color"}, folder, rows, columns)
    try:
        yield started
    finally:
        started.end()
