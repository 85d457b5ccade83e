"""The journal of the audited processes: what they did, and which of it they may not do."""

from __future__ import annotations

import ast
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent.parent
AUDITED = Path(__file__).parent / "audited"
_READING_SOCKETS = ("--tcp", "--ws")
_NAMED_OUTPUTS = ("--write-baseline",)


def environment(journal: Path) -> dict[str, str]:
    """What makes processes that inherit it write into a journal."""
    return {
        "EVENTLENS_AUDIT": str(journal),
        "EVENTLENS_AUDIT_OWN": os.pathsep.join(
            map(str, (REPOSITORY / "server", REPOSITORY / "tests" / "lsp", AUDITED))
        ),
        "PYTHONPATH": str(AUDITED),
    }


@dataclass
class Journal:
    """One file that many processes write to; read on from where it was left."""

    path: Path
    counted: Counter[str] = field(default_factory=Counter)
    _offset: int = 0
    _current: int = 0
    _processes: dict[int, tuple[list[str], str, str, bool]] = field(default_factory=dict)

    def forbidden(self) -> list[str]:
        """What was done since the last time and is not allowed."""
        return [f"{event}{details}" for event, details in self._news() if not self._is_allowed(event, details)]

    def _news(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        if not self.path.exists() or self.path.stat().st_size == self._offset:
            return
        with self.path.open("rb") as file:
            file.seek(self._offset)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            process, event, *details = ast.literal_eval(line.decode("utf-8"))
            self._current = process
            if event == "start":
                self._processes[process] = tuple(details)
            self.counted["worker" if event == "start" and details[3] else event] += 1
            yield event, tuple(details)

    def _is_allowed(self, event: str, details: tuple[Any, ...]) -> bool:
        if event == "start" or (event == "os.kill" and details[1] == 0):  # 0 asks whether the editor is still there
            return True
        if self._current not in self._processes:  # a process that began without the program's knowledge
            return False
        command, _, cache, is_worker = self._processes[self._current]
        if event in ("open", "os.mkdir", "os.remove", "os.rename") and _is_byte_code(details[0]):
            return True
        if is_worker:
            return False
        if event == "exec":
            return _is_below(details[0], str(REPOSITORY / "rules" / "scaffolds"))  # a template of the program's own
        if event == "subprocess.Popen":
            return _is_worker(*details[:2])
        if event == "open":
            return self._may_write(details[0], command, cache)
        if event == "os.mkdir":
            return _is_below(details[0], cache) or _is_below(cache, details[0])
        if event in ("os.remove", "os.utime", "os.chmod", "sqlite3.connect", "tempfile.mkstemp"):
            return _is_below(details[0], cache)
        if event == "os.rename":
            return all(_is_below(one, cache) for one in details[:2])
        if event in ("socket.bind", "socket.getaddrinfo"):
            return any(option in command for option in _READING_SOCKETS)
        return False

    def _may_write(self, path: str, command: list[str], cache: str) -> bool:
        named = {command[command.index(option) + 1] for option in _NAMED_OUTPUTS if option in command}
        return path == os.devnull or path in named or _is_below(path, cache)


def _is_worker(executable: str, command: list[str]) -> bool:
    """The program's own worker: this interpreter, isolated, with a text that it wrote itself."""
    own = executable == sys.executable and command[:3] == [sys.executable, "-I", "-c"] and len(command) == 4
    return own and command[3].endswith("from eventlens.workspace.lowering_worker import main; main()")


def _is_below(path: object, folder: str) -> bool:
    whole = os.path.realpath(str(path))
    return bool(folder) and (whole + os.sep).startswith(os.path.realpath(folder) + os.sep)


def _is_byte_code(path: object) -> bool:
    """What Python itself keeps of the program's and its libraries' modules."""
    own = (sys.prefix, sys.base_prefix, str(REPOSITORY / "server"), str(REPOSITORY / "tests"))
    return "__pycache__" in str(path) and any(_is_below(path, one) for one in own)


def told(forbidden: Iterable[str]) -> str:
    """A message for a failure."""
    return "audited processes did what they may not:\n" + "\n".join(dict.fromkeys(forbidden))
