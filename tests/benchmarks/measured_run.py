"""Runs one command and tells how long it took and how much memory its largest process had at most.

Works as a program of its own, because a process that is started inherits the peak of the one that starts it. What the system
counts is the largest of the process and the children that it waited for; where there is ``/proc``, the children that nobody
waits for are looked at as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_LOOK = 0.1
"""Seconds between two looks at the processes."""


class Run(NamedTuple):
    """``seconds`` of wall time, the most ``megabytes`` that one process had, and seconds of all ``processors`` together."""

    seconds: float
    megabytes: float
    processors: float


class CommandFailed(Exception):
    """The command did not end with 0."""


def environment(cache: Path) -> dict[str, str]:
    """What a program is started with: its cache there, and, as for whoever installed it, no module compiled anew at each start."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "EVENTLENS_CACHE_DIR": str(cache)}


def run(command: Sequence[str], output: Path, environment: Mapping[str, str]) -> Run:
    """Run a command with its standard output in a file; raises `CommandFailed`."""
    with output.open("wb") as stream:
        done = subprocess.run(
            [sys.executable, "-S", "-E", __file__, *command],
            stdout=stream,
            stderr=subprocess.PIPE,
            env=dict(environment),
            check=False,
        )
    said, _, told = done.stderr.decode(errors="replace").rstrip("\n").rpartition("\n")
    if done.returncode != 0:
        raise CommandFailed(f"{' '.join(command[:4])} failed with {done.returncode}:\n{said[-2000:]}{told}")
    return Run(*json.loads(told))


def peak_megabytes(process: int) -> float:
    """The most memory that a process ever had, 0 where that cannot be seen."""
    return _status(process, b"VmHWM:")


def resident_megabytes(process: int) -> float:
    """The memory that a process has, 0 where that cannot be seen."""
    return _status(process, b"VmRSS:")


def processes_below(process: int) -> Iterator[int]:
    """A process and all that it started."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            listed = children.read_text()
        except OSError:
            continue
        for child in listed.split():
            yield from processes_below(int(child))


def _status(process: int, field: bytes) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_bytes()
    except OSError:
        return 0.0
    found = status.partition(field)[2].split(None, 1)
    return int(found[0]) / 1024 if found else 0.0


def _measure(command: Sequence[str]) -> tuple[int, Run]:
    began = time.perf_counter()
    process = subprocess.Popen(command)
    peaks = [0.0]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK):
            peaks.extend(peak_megabytes(one) for one in processes_below(process.pid))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    ended.set()
    counted = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return os.waitstatus_to_exitcode(status), Run(seconds, max(counted, *peaks), usage.ru_utime + usage.ru_stime)


def main() -> None:
    """Run the command of the arguments; the last line of standard error is the measurement."""
    code, measured = _measure(sys.argv[1:])
    sys.stderr.write(f"\n{json.dumps(measured)}\n")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
