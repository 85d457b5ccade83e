"""A process of the service under test: started, fed, killed without warning, started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

STOP_SECONDS = 20.0


class Ended(Exception):
    """The process is not there any more."""


class Process:
    """One process after another from the same command; what they print to standard error goes to one log."""

    def __init__(self, name: str, command: list[str], cwd: Path, environment: dict[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._cwd = cwd
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; it must not be running."""
        assert not self.running
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._cwd,
                env={**os.environ, **self._environment},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                limit=1 << 20,
            )

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.returncode is None

    def check(self) -> None:
        """Fails when it has ended though nobody killed it."""
        assert self.running, (
            f"{self.name} ended by itself, code {self._process and self._process.returncode}:\n{self.tail()}"
        )

    async def ask(self, line: str) -> str:
        """Write a line and read one; raises `Ended` when the process ends meanwhile."""
        process = self._process
        if process is None or process.returncode is not None:
            raise Ended
        assert process.stdin is not None
        try:
            process.stdin.write(line.encode() + b"\n")
            await process.stdin.drain()
        except OSError:
            raise Ended from None
        return await self.hear()

    async def hear(self) -> str:
        """Read a line; raises `Ended` when the process ends meanwhile."""
        assert self._process is not None and self._process.stdout is not None
        try:
            answer = await self._process.stdout.readline()
        except OSError:
            raise Ended from None
        if not answer:
            raise Ended
        return answer.decode().strip()

    async def lines(self) -> AsyncIterator[str]:
        """What it prints from now on, line by line, until it ends."""
        assert self._process is not None and self._process.stdout is not None
        while line := await self._process.stdout.readline():
            yield line.decode()

    async def kill(self) -> None:
        """End it at once, as a crash or the kernel would."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def stop(self) -> int:
        """End it in order: its input closed, then the signal that a supervisor sends; the exit code."""
        process = self._process
        assert process is not None and process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except asyncio.TimeoutError:
            await self.kill()
            raise AssertionError(f"{self.name} does not stop when it is told to:\n{self.tail()}") from None

    def tail(self) -> str:
        """The end of what it printed to standard error."""
        return self.log.read_text("utf-8", "replace")[-1500:] if self.log.exists() else ""
