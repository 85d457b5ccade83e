"""A language client that does as little as possible, so that what is measured is the server.

One thread reads; the moment at which a message is complete is its time. Nothing polls: whoever waits is woken by the message.
Moments are `time.perf_counter` seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from measured_run import environment

COMMAND = (sys.executable, "-m", "eventlens", "serve", "--stdio")
PATIENCE = 120.0
"""Seconds after which a message that does not come ends the benchmark."""
_KEPT = 400
"""Publications that are remembered of each file."""

_CAPABILITIES: dict[str, Any] = {
    "workspace": {
        "configuration": True,
        "workspaceFolders": True,
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "codeLens": {"refreshSupport": True},
        "inlayHint": {"refreshSupport": True},
    },
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True, "codeDescriptionSupport": True},
        "hover": {"contentFormat": ["markdown"]},
        "definition": {"linkSupport": True},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "codeLens": {},
        "inlayHint": {},
    },
    "window": {"workDoneProgress": True},
}


def _pulling(capabilities: dict[str, Any]) -> dict[str, Any]:
    workspace = {**capabilities["workspace"], "diagnostics": {"refreshSupport": True}}
    return {
        **capabilities,
        "workspace": workspace,
        "textDocument": {**capabilities["textDocument"], "diagnostic": {"relatedDocumentSupport": False}},
    }


class Arrived(NamedTuple):
    """A message and the moment at which it was complete."""

    at: float
    message: Any


class Asked(NamedTuple):
    """A request and the moment at which it was sent."""

    number: int
    method: str
    at: float


class ServerFailed(Exception):
    """The server logged an error: what it was quick at is not its work."""


class Silence(Exception):
    """What was waited for did not come."""


class Wire:
    """One server process. Edits and requests are sent by one thread. With ``pulls`` the client asks for diagnostics itself."""

    def __init__(self, root: Path, cache: Path, pulls: bool = False) -> None:
        self.root = root
        self.spawned = time.perf_counter()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - read when the process has ended
        self._process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, env=environment(cache)
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input: IO[bytes] = self._process.stdin
        self._capabilities = _pulling(_CAPABILITIES) if pulls else _CAPABILITIES
        self._news = threading.Condition()
        self._answers: dict[int, Arrived] = {}
        self._published: dict[str, deque[Arrived]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._indexed: float | None = None
        self._number = 0
        self._texts: dict[str, list[str]] = {}
        self._versions: dict[str, int] = {}
        self._sending = threading.Lock()
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()

    # ---------------------------------------------------------------------------------------------------- beginning, end

    def initialize(self) -> float:
        """Say hello; seconds from the start of the process to the answer."""
        folders = [{"uri": self.root.as_uri(), "name": self.root.name}]
        params = {"processId": os.getpid(), "rootUri": self.root.as_uri(), "workspaceFolders": folders}
        return self.answer(self.ask("initialize", {**params, "capabilities": self._capabilities})).at - self.spawned

    def initialized(self) -> None:
        """Let the server begin to read the workspace."""
        self._send({"method": "initialized", "params": {}})

    def stop(self) -> None:
        """End the process in order; raises `ServerFailed` when it logged an error meanwhile."""
        self.answer(self.ask("shutdown", None))
        self._send({"method": "exit", "params": None})
        self._process.wait(timeout=20)
        self._log.seek(0)
        log = self._log.read().decode(errors="replace")
        self._log.close()
        if "ERROR " in log:
            raise ServerFailed(log[-4000:])

    @property
    def process_id(self) -> int:
        return self._process.pid

    # ------------------------------------------------------------------------------------------------------- documents

    def open(self, path: str) -> float:
        """Open a document as it is on disk; the moment at which that was said."""
        text = (self.root / path).read_text("utf-8")
        self._texts[path], self._versions[path] = text.split("\n"), 1
        language = "python" if path.endswith(".py") else "typescript"
        document = {"uri": self.uri(path), "languageId": language, "version": 1, "text": text}
        began = time.perf_counter()
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return began

    def lines(self, path: str) -> list[str]:
        """The lines of an open document as it is now."""
        return self._texts[path]

    def insert(self, path: str, line: int, column: int, text: str) -> float:
        """Type ``text`` at a 0-based place; the moment at which that was sent."""
        return self._change(path, line, column, "", text)

    def delete(self, path: str, line: int, column: int, text: str) -> float:
        """Delete the ``text`` that stands at a 0-based place; the moment at which that was sent."""
        return self._change(path, line, column, text, "")

    def _change(self, path: str, line: int, column: int, old: str, new: str) -> float:
        parts = old.split("\n")
        end_line = line + len(parts) - 1
        end_column = len(parts[-1]) + (column if end_line == line else 0)
        lines = self._texts[path]
        lines[line : end_line + 1] = (lines[line][:column] + new + lines[end_line][end_column:]).split("\n")
        self._versions[path] += 1
        place = {"start": {"line": line, "character": column}, "end": {"line": end_line, "character": end_column}}
        params = {
            "textDocument": {"uri": self.uri(path), "version": self._versions[path]},
            "contentChanges": [{"range": place, "text": new}],
        }
        began = time.perf_counter()
        self._send({"method": "textDocument/didChange", "params": params})
        return began

    def uri(self, path: str) -> str:
        return (self.root / path).as_uri()

    # -------------------------------------------------------------------------------------------------------- waiting

    def ask(self, method: str, params: Any) -> Asked:
        """Ask and go on."""
        self._number += 1
        asked = Asked(self._number, method, time.perf_counter())
        self._send({"id": asked.number, "method": method, "params": params})
        return asked

    def answer(self, asked: Asked) -> Arrived:
        """Wait for an answer."""
        answered = self._until(lambda: self._answers.pop(asked.number, None), PATIENCE, asked.method)
        if "error" in answered.message:
            raise Silence(f"{asked.method}: {answered.message['error']}")
        return answered

    def seconds(self, method: str, params: Any) -> float:
        """How long a request takes."""
        asked = self.ask(method, params)
        return self.answer(asked).at - asked.at

    def version(self, path: str) -> int:
        """The version of an open document as it is now."""
        return self._versions[path]

    def diagnosed(self, path: str, version: int | None = None, patience: float = PATIENCE) -> float:
        """The moment at which the diagnostics of a version of an open document, or of a later one, were there; else waits."""
        uri, least = self.uri(path), version or self._versions[path]

        def found() -> float | None:
            later = (one.at for one in self._published.get(uri, ()) if (one.message.get("version") or 0) >= least)
            return next(later, None)

        return self._until(found, patience, f"diagnostics of {path}, version {least}")

    def shown_after(self, path: str, moment: float, patience: float = PATIENCE) -> float:
        """The moment of the first diagnostics of a file that came after another moment."""

        def found() -> float | None:
            return next((one.at for one in self._published.get(self.uri(path), ()) if one.at > moment), None)

        return self._until(found, patience, f"diagnostics of {path}")

    def until_indexed(self) -> float:
        """The moment at which the server took its progress display away."""
        return self._until(lambda: self._indexed, PATIENCE, "the end of indexing")

    @property
    def is_indexed(self) -> bool:
        return self._indexed is not None

    def _until(self, found: Callable[[], Any], patience: float, what: str) -> Any:
        with self._news:
            end = time.perf_counter() + patience
            while (result := found()) is None:
                if not self._news.wait(end - time.perf_counter()):
                    raise Silence(f"waited {patience:.1f} s in vain: {what}")
            return result

    # --------------------------------------------------------------------------------------------------------- frames

    def _send(self, message: Mapping[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        with self._sending:
            self._input.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
            self._input.flush()

    def _read(self, output: IO[bytes]) -> None:
        while header := output.readline():
            while output.readline().strip():
                continue
            content = output.read(int(header.rpartition(b":")[2]))
            at = time.perf_counter()
            self._take(at, json.loads(content))

    def _take(self, at: float, message: dict[str, Any]) -> None:
        method, params = message.get("method"), message.get("params") or {}
        if method is not None and "id" in message:
            result = [None] if method == "workspace/configuration" else None
            self._send({"id": message["id"], "result": result})
            return
        with self._news:
            if method is None:
                self._answers[message["id"]] = Arrived(at, message)
            elif method == "textDocument/publishDiagnostics":
                self._published[params["uri"]].append(Arrived(at, params))
            elif method == "$/progress" and params["value"]["kind"] == "end":
                self._indexed = self._indexed or at
            self._news.notify_all()
