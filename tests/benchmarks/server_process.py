"""What a running server process uses, as the system tells."""

from __future__ import annotations

import os
import time
from pathlib import Path

_LOOK = 0.25
_CALM = 0.02
"""Seconds of processor time within one look that count as doing nothing."""


def until_quiet(process: int, patience: float = 120.0) -> None:
    """Wait until a process does nothing for three looks; returns at once where that cannot be seen."""
    end = time.monotonic() + patience
    calm, before = 0, processor_seconds(process)
    while before is not None and calm < 3 and time.monotonic() < end:
        time.sleep(_LOOK)
        now = processor_seconds(process)
        calm = calm + 1 if now is not None and now - before <= _CALM else 0
        before = now


def processor_seconds(process: int) -> float | None:
    """What a process has used of the processors so far; None where that cannot be seen."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
