"""What a benchmark found: rows of a table, each with what is wanted of it."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measured value. ``wanted`` is the most that it may be, None where nothing is wanted of it."""

    what: str
    value: float
    unit: str
    wanted: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """ "pass", "FAIL", or "" where nothing is wanted."""
        if self.wanted is None:
            return ""
        return "pass" if self.value <= self.wanted else "FAIL"


def median_row(what: str, seconds: Sequence[float], wanted: float | None = None, note: str = "") -> Row:
    """The median in milliseconds."""
    return Row(f"{what}, p50", 1000 * statistics.median(seconds), "ms", wanted, note or f"n {len(seconds)}")


def percentile_row(what: str, seconds: Sequence[float], wanted: float | None = None, note: str = "") -> Row:
    """The 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    at = min(len(ordered) - 1, int(len(ordered) * 0.95))
    return Row(f"{what}, p95", 1000 * ordered[at], "ms", wanted, note or f"worst {1000 * ordered[-1]:.1f}")


def table(rows: Iterable[Row]) -> str:
    """The rows for a terminal."""
    lines = [("", "measured", "wanted", "", "")]
    for row in rows:
        wanted = "" if row.wanted is None else f"≤ {_short(row.wanted)}"
        lines.append((row.what, f"{_short(row.value)} {row.unit}".strip(), wanted, row.verdict, row.note))
    widths = [max(len(line[at]) for line in lines) for at in range(5)]
    return "\n".join(
        f"{what:{widths[0]}}  {value:>{widths[1]}}  {wanted:>{widths[2]}}  {verdict:{widths[3]}}  {note}".rstrip()
        for what, value, wanted, verdict, note in lines
    )


def machine() -> str:
    """How busy the machine is, in one line: the rows mean little on a busy one."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"{os.cpu_count()} cores, load {load}"


def keep(rows: Sequence[Row], target: Path | None) -> None:
    """Write the rows as JSON, for the table of all benchmarks."""
    if target is not None:
        target.write_text(json.dumps([asdict(row) for row in rows]), "utf-8")


def kept(source: Path) -> list[Row]:
    """The rows that `keep` wrote."""
    return [Row(**row) for row in json.loads(source.read_text("utf-8"))]


def _short(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
