"""How quickly the language server starts, answers and shows findings in a workspace, and what memory it takes.

    python tests/benchmarks/server.py                      # in a generated workspace of 20,000 files
    python tests/benchmarks/server.py --path WORK/TREE     # in any other
    python tests/benchmarks/server.py --quick --only start,typing

All times are taken outside the server, from sending to the arrival of the whole message.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from chosen_files import Document, Map, Spot, documents, links
from generate import add_size_options, generate, plan_of
from measured_run import environment, peak_megabytes, resident_megabytes, run
from rows import Row, keep, machine, median_row, percentile_row, table
from server_process import processor_seconds, until_quiet
from sized_code import LINES
from typing_session import BETWEEN, Shown, always_another, cross_file_seconds, letter, press, send, type_in
from wire import Asked, Silence, Wire

START, EDIT, EDIT_TAIL, ANSWER, CROSS_FILE, GROWTH = 400.0, 16.0, 50.0, 10.0, 300.0, 5.0
"""Wanted at most: milliseconds, and percent of memory."""
HOVER = 50.0
"""Milliseconds that hovers may take while files are read, but for one of twenty."""
TYPED_LINES = 500
"""Up to this many lines a file has to keep to `EDIT` and `EDIT_TAIL`; what longer files take is shown."""


class Effort(NamedTuple):
    """How often things are done."""

    starts: int
    edits: int
    requests: int
    renames: int
    memory_edits: int
    memory_looks: int
    lines: Sequence[int]
    suffixes: Sequence[str]


FULL = Effort(7, 90, 200, 20, 10_000, 20, LINES, (".ts", ".py"))
QUICK = Effort(3, 22, 50, 3, 600, 3, (150, 500, 5000), (".ts",))


class Bench:
    """One workspace, the files chosen in it, and a folder for caches."""

    def __init__(self, root: Path, scratch: Path, effort: Effort) -> None:
        self.root = root
        self.scratch = scratch
        self.effort = effort
        self.warm_cache = scratch / "warm"
        known = self._map()
        self.documents = documents(root, known, effort.lines, effort.suffixes)
        self.links = links(root, known)
        if not self.documents:
            raise SystemExit(f"{root}: no file has both sites and findings; there is nothing to measure")

    def _map(self) -> Map:
        output = self.scratch / "map.json"
        command = [sys.executable, "-m", "eventlens", "map", str(self.root), "--format", "json"]
        run(command, output, environment(self.warm_cache))
        known: Map = json.loads(output.read_bytes())
        return known

    @contextmanager
    def indexed(self, pulls: bool = False) -> Iterator[Wire]:
        """A server that knows the workspace and has the chosen files open; ended afterwards."""
        wire = Wire(self.root, self.warm_cache, pulls)
        wire.initialize()
        wire.initialized()
        for document in self.documents:
            wire.open(document.path)
        wire.until_indexed()
        until_quiet(wire.process_id)
        yield wire
        wire.stop()


def start_rows(bench: Bench) -> list[Row]:
    """From starting the process to the answer of ``initialize``."""
    taken = []
    for _ in range(bench.effort.starts):
        wire = Wire(bench.root, bench.warm_cache)
        taken.append(wire.initialize())
        wire.stop()
    single = "  ".join(f"{1000 * one:.0f}" for one in taken)
    return [Row("start → initialize answered, median", 1000 * statistics.median(taken), "ms", START, single)]


def indexing_rows(bench: Bench) -> list[Row]:
    """What can be had while the workspace is read for the first time, and again with a cache."""
    rows = []
    for name, cache in (("cold", bench.scratch / "cold"), ("warm", bench.warm_cache)):
        rows += _indexing(bench, name, cache)
    return rows


def _indexing(bench: Bench, name: str, cache: Path) -> list[Row]:
    read, typed = bench.documents[0], bench.documents[-1 if len(bench.documents) < 2 else 1]
    wire = Wire(bench.root, cache)
    wire.initialize()
    wire.initialized()
    opened = wire.open(read.path)
    wire.open(typed.path)
    asked: list[Asked] = []
    edited: list[tuple[int, float]] = []
    turn = 0
    while not wire.is_indexed:
        method, params = _question(wire, read.sites[0], turn)
        asked.append(wire.ask(method, params))
        if turn % 2:
            at = send(wire, typed.path, letter(typed, turn // 2))
            edited.append((wire.version(typed.path), at))
        turn += 1
        time.sleep(BETWEEN)
    indexed = wire.until_indexed()
    first = min(wire.diagnosed(read.path), wire.diagnosed(typed.path, version=1)) - opened
    answers = [wire.answer(one).at - one.at for one in asked]
    hovers = [seconds for one, seconds in zip(asked, answers) if one.method.endswith("hover")]
    late = sum(seconds > HOVER / 1000 for seconds in hovers)
    findings = [wire.diagnosed(typed.path, version) - at for version, at in edited]
    until_quiet(wire.process_id)
    peak = peak_megabytes(wire.process_id)
    wire.stop()
    rows = [
        Row(f"{name}: indexing ends after", indexed - opened, "s"),
        Row(f"{name}: open → first diagnostics", first, "s", indexed - opened, "wanted: before indexing ends"),
        percentile_row(f"{name}, while indexing: requests", answers, ANSWER),
        Row(
            f"{name}, while indexing: hovers above {HOVER:.0f} ms",
            100 * late / len(hovers),
            "%",
            5.0,
            f"n {len(hovers)}",
        ),
    ]
    if findings:
        rows += [
            median_row(f"{name}, while indexing: edit → its diagnostics", findings, EDIT),
            percentile_row(f"{name}, while indexing: edit → its diagnostics", findings, EDIT_TAIL),
        ]
    return [*rows, Row(f"{name}: server's memory at most", peak, "MB")]


def typing_rows(bench: Bench) -> list[Row]:
    """From an edit to the diagnostics of that version, by length of the file."""
    rows = []
    with bench.indexed() as wire:
        for document in bench.documents:
            until_quiet(wire.process_id)
            shown = type_in(wire, document, bench.effort.edits)
            rows += _typed(document, shown)
    return [*rows, *_pulled(bench)]


def _pulled(bench: Bench) -> list[Row]:
    """The same for a client that asks for the diagnostics, at once after each edit."""
    document = min(bench.documents, key=lambda one: abs(one.lines - TYPED_LINES))
    taken = []
    with bench.indexed(pulls=True) as wire:
        params = {"textDocument": {"uri": wire.uri(document.path)}}
        used = processor_seconds(wire.process_id)
        for turn in range(bench.effort.edits):
            began = send(wire, document.path, letter(document, turn))
            taken.append(wire.answer(wire.ask("textDocument/diagnostic", params)).at - began)
            time.sleep(BETWEEN)
        used = (processor_seconds(wire.process_id) or 0.0) - (used or 0.0)
    name = f"edit of {document.lines} lines {Path(document.path).suffix} → asked diagnostics"
    return [
        median_row(name, taken, EDIT),
        percentile_row(name, taken, EDIT_TAIL),
        Row("processor time of such an edit", 1000 * used / len(taken), "ms", None, "on a busy machine worth more"),
    ]


def _typed(document: Document, shown: Sequence[Shown]) -> list[Row]:
    taken = [one.seconds for one in shown if one.seconds is not None]
    name = f"edit of {document.lines} lines {Path(document.path).suffix} → its diagnostics"
    if not taken:
        return [Row(f"{name}: none came", float(len(shown)), "edits", 0.0)]
    kinds = {one.kind for one in shown}
    medians = {
        kind: 1000
        * statistics.median([one.seconds for one in shown if one.kind == kind and one.seconds is not None] or [0])
        for kind in sorted(kinds)
    }
    note = ", ".join(f"{kind} {median:.0f}" for kind, median in medians.items())
    silent = f"; {len(shown) - len(taken)} without" if len(taken) < len(shown) else ""
    held = document.lines <= TYPED_LINES + 10
    return [
        median_row(name, taken, EDIT if held else None, f"n {len(taken)}; {note}"),
        percentile_row(name, taken, EDIT_TAIL if held else None, f"worst {1000 * max(taken):.0f}{silent}"),
    ]


def request_rows(bench: Bench) -> list[Row]:
    """Answers while nothing happens, and right after a keystroke."""
    rows = []
    chooser = random.Random(7)
    sites = [site for document in bench.documents for site in document.sites]
    with bench.indexed() as wire:
        for turn, name in enumerate(_KINDS):
            spots = [chooser.choice(sites) for _ in range(bench.effort.requests)]
            taken = [wire.seconds(*_question(wire, spot, turn)) for spot in spots]
            rows += [median_row(name, taken), percentile_row(name, taken, ANSWER)]
        for turn, name in enumerate(_KINDS):
            taken = [_after_edit(wire, bench.documents[0], turn, at) for at in range(bench.effort.requests // 10 * 2)]
            rows.append(median_row(f"{name} right after an edit", taken))
    return rows


def _after_edit(wire: Wire, document: Document, turn: int, at: int) -> float:
    send(wire, document.path, letter(document, at))
    taken = wire.seconds(*_question(wire, document.sites[0], turn))
    time.sleep(BETWEEN)
    return taken


_KINDS = ("hover", "definition", "codeLens", "documentSymbol", "inlayHint")


def _question(wire: Wire, spot: Spot, turn: int) -> tuple[str, Any]:
    kind = _KINDS[turn % len(_KINDS)]
    params: dict[str, Any] = {"textDocument": {"uri": wire.uri(spot.path)}}
    if kind in ("hover", "definition"):
        params["position"] = {"line": spot.line, "character": spot.column}
    elif kind == "inlayHint":
        end = {"line": len(wire.lines(spot.path)), "character": 0}
        params["range"] = {"start": {"line": 0, "character": 0}, "end": end}
    return f"textDocument/{kind}", params


def link_rows(bench: Bench) -> list[Row]:
    """From the end of the idle delay to the findings of another file."""
    rows = []
    for link in bench.links:
        with bench.indexed() as wire:
            if link.topic.path not in {document.path for document in bench.documents}:
                wire.open(link.topic.path)
                until_quiet(wire.process_id)
            name = f"channel renamed → findings of {link.name}"
            try:
                taken = cross_file_seconds(wire, link, bench.effort.renames)
            except Silence as silence:
                rows.append(Row(f"{name}: {silence}", 1.0, "", 0.0))
                continue
            rows += [median_row(name, taken, CROSS_FILE), percentile_row(name, taken, CROSS_FILE)]
    return rows


def memory_rows(bench: Bench) -> list[Row]:
    """The server's memory over many edits of one file."""
    document = min(bench.documents, key=lambda one: abs(one.lines - TYPED_LINES))
    with bench.indexed() as wire:
        start = resident_megabytes(wire.process_id)
        curve = []
        step = max(1, bench.effort.memory_edits // bench.effort.memory_looks)
        for number in range(bench.effort.memory_edits):
            press(wire, document.path, always_another(document, number))
            if (number + 1) % step == 0:
                until_quiet(wire.process_id)
                curve.append(resident_megabytes(wire.process_id))
    drawn = " ".join(f"{one:.0f}" for one in curve)
    edits = bench.effort.memory_edits
    return [
        Row("server's memory after indexing", start, "MB"),
        Row(f"server's memory after {edits} edits", curve[-1], "MB", None, f"every {step}: {drawn}"),
        Row(f"growth over {edits} edits", 100 * (curve[-1] / start - 1), "%", GROWTH),
        Row(f"growth from edit {step} to {edits}", 100 * (curve[-1] / curve[0] - 1), "%"),
    ]


_ROWS: dict[str, Callable[[Bench], list[Row]]] = {
    "start": start_rows,
    "indexing": indexing_rows,
    "typing": typing_rows,
    "requests": request_rows,
    "links": link_rows,
    "memory": memory_rows,
}


def main(show: Callable[[str], None] = print) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_size_options(parser)
    parser.add_argument("--path", type=Path, help="any work tree; else one is generated and deleted")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--only", default=",".join(_ROWS), help=f"some of {', '.join(_ROWS)}")
    parser.add_argument("--json", type=Path, help="write the rows there as well")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if unknown := set(wanted) - _ROWS.keys():
        parser.error(f"--only: {', '.join(sorted(unknown))}: none of {', '.join(_ROWS)}")
    with tempfile.TemporaryDirectory(prefix="eventlens-benchmark-") as name:
        scratch = Path(name)
        workspace = options.path or scratch / "workspace"
        if options.path is None:
            generate(workspace, plan_of(options))
        bench = Bench(workspace.resolve(), scratch, QUICK if options.quick else FULL)
        rows: list[Row] = []
        for part in wanted:
            found = _ROWS[part](bench)
            show(f"{part} ({machine()})\n{table(found)}\n")
            rows += found
    keep(rows, options.json)


if __name__ == "__main__":
    main()
