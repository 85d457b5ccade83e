"""Runs many cases in child processes, so that a crash or a hang of the interpreter is a failure like any other.

    python -m fuzzing.campaign --cases 100000 --seed 3 --processes 2
    python -m fuzzing.campaign --seed 3 --case 4711

Run in ``tests/``. Each failing file is kept in a folder that the report names.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

from .cases import bound, case, failure_of
from .mutations import MOST_BYTES

HANGS_AFTER = 10 * bound(MOST_BYTES)
"""Seconds without a sign of life of a child process; shrinking a failure is less."""

_STARTS_IN = 900.0
"""Seconds that a child process may take to find the files of a large corpus on a busy machine."""
_CASES_OF_A_CHILD = 5_000
"""After so many another child process goes on: texts that parsers were given stay in memory."""
_MOST_MEMORY = 8 << 30
"""Bytes of address space of a child process, where the system has such a limit: a case that takes more fails."""
_TESTS = Path(__file__).parent.parent


@dataclass
class Report:
    """What a campaign found."""

    cases: Counter[str] = field(default_factory=Counter)
    """By target."""
    failures: list[str] = field(default_factory=list)
    slowest: dict[str, tuple[float, int, int]] = field(default_factory=dict)
    """By target: processor seconds, bytes, number."""

    def add(self, target: str, seconds: float, size: int, number: int) -> None:
        self.cases[target] += 1
        self.slowest[target] = max(self.slowest.get(target, (0.0, 0, 0)), (seconds, size, number))

    def __str__(self) -> str:
        rows = [f"{'target':50} cases   slowest"]
        for target, count in sorted(self.cases.items()):
            seconds, size, number = self.slowest[target]
            rows.append(f"{target:50} {count:6} {seconds:7.2f} s  {size:9,} bytes, case {number}")
        return "\n".join([*rows, f"{sum(self.cases.values())} cases, {len(self.failures)} failures", *self.failures])


def campaign(cases: int, seed: int, processes: int, first: int = 0, only: str = "", most: int = 20) -> Report:
    """Run the cases from number ``first`` on; ends early after ``most`` failures."""
    report = Report()
    kept = Path(tempfile.mkdtemp(prefix="eventlens-fuzzing-"))
    with contextlib.ExitStack() as stack:
        events: queue.SimpleQueue[tuple[_Child, dict[str, Any] | None]] = queue.SimpleQueue()
        children = [
            stack.enter_context(_Child(events, kept, seed, first + start, first + cases, processes, only))
            for start in range(min(processes, cases))
        ]
        running = set(children)
        while running and len(report.failures) < most:
            with contextlib.suppress(queue.Empty):
                child, event = events.get(timeout=1)
                if event is None:
                    if child.ended(report):
                        running.discard(child)
                else:
                    child.told(event, report)
            for child in running:
                child.end_if_hanging(report)
    return report


class _Child:
    """A child process that runs every n-th case; begun again behind a case that ends or hangs it."""

    def __init__(
        self, events: queue.SimpleQueue[Any], kept: Path, seed: int, first: int, end: int, step: int, only: str
    ) -> None:
        self._events, self._kept, self._seed = events, kept, seed
        self._next, self._end, self._step, self._only = first, end, step, only
        self._errors = kept / f"child-{first}.log"
        self._at: int | None = None
        self._target = ""
        self._heard = time.monotonic()
        self._hung = False

    def __enter__(self) -> _Child:
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def _begin(self) -> None:
        arguments = ["--from", self._next, "--to", self._end, "--step", self._step, "--seed", self._seed]
        command = [sys.executable, "-m", "fuzzing.campaign", "--child", *map(str, arguments), "--target", self._only]
        self._at, self._heard, self._hung = None, time.monotonic() + _STARTS_IN, False
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(command, cwd=_TESTS, stdout=subprocess.PIPE, stderr=errors)
        threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True).start()

    def _listen(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                self._events.put((self, json.loads(line)))
        self._events.put((self, None))

    def told(self, event: dict[str, Any], report: Report) -> None:
        self._heard = time.monotonic()
        if "begins" in event:
            self._at, self._target, self._next = event["begins"], event["target"], event["begins"] + self._step
            return
        report.add(event["target"], event["seconds"], event["size"], event["number"])
        self._at = None
        if "what" in event:
            report.failures.append(self._described(event["number"], event["what"], bytes.fromhex(event["text"])))

    def ended(self, report: Report) -> bool:
        """Whether all its cases were run; else it is begun again behind the case that ended it."""
        code = self._process.wait()
        said = self._errors.read_text("utf-8", "replace")[:3_000]
        if code == 0 and self._at is None:
            return self._is_done()
        what = "it hung" if self._hung else f"the process ended with code {code}"
        if self._at is None:
            report.failures.append(f"a child process failed between cases: {what}\n{said}")
            return True
        report.failures.append(self._described(self._at, f"{self._target}: {what}\n{said}", None))
        return self._is_done()

    def _is_done(self) -> bool:
        if self._next >= self._end:
            return True
        self._begin()
        return False

    def end_if_hanging(self, report: Report) -> None:
        if not self._hung and time.monotonic() - self._heard > HANGS_AFTER:
            self._hung = True
            self._process.kill()

    def _described(self, number: int, what: str, text: bytes | None) -> str:
        only = f" --target '{self._only}'" if self._only else ""
        again = f"python -m fuzzing.campaign --seed {self._seed} --case {number}{only}   (in tests/)"
        corpus = os.environ.get("EVENTLENS_FUZZ_CORPUS")
        whole = case(self._seed, number, self._only)
        name = f"case-{number}-{whole.path.replace('/', '_')}"
        (self._kept / name).write_bytes(whole.text if text is None else text)
        (self._kept / f"{name}.txt").write_text(what, "utf-8")
        return (
            f"\ncase {number} of {whole.target.name!r} ({len(whole.text):,} bytes)\n{what.rstrip()}\n  the file: {self._kept / name}\n"
            f"  again: {f'EVENTLENS_FUZZ_CORPUS={corpus} ' if corpus else ''}{again}"
        )


def _run(numbers: range, seed: int, only: str) -> Iterator[dict[str, Any]]:
    """What the parent is told of each case: that it begins, and how it ended."""
    for number in numbers:
        one = case(seed, number, only)
        yield {"begins": number, "target": one.target.name}
        faulthandler.dump_traceback_later(HANGS_AFTER / 2)
        failure, seconds = failure_of(one)
        faulthandler.cancel_dump_traceback_later()
        outcome = {"what": failure.what, "text": failure.text.hex()} if failure else {}
        yield {"number": number, "target": one.target.name, "seconds": seconds, "size": len(one.text), **outcome}


def main() -> int:
    options = _options()
    if "EVENTLENS_CACHE_DIR" not in os.environ:
        with tempfile.TemporaryDirectory(prefix="eventlens-fuzzing-cache-") as folder:
            os.environ["EVENTLENS_CACHE_DIR"] = folder
            return _perform(options)
    return _perform(options)


def _perform(options: argparse.Namespace) -> int:
    if options.child:
        faulthandler.enable()
        _bound_memory()
        end = min(options.to, options.first + options.step * _CASES_OF_A_CHILD)
        for event in _run(range(options.first, end, options.step), options.seed, options.target):
            sys.stdout.write(json.dumps(event) + "\n")
            sys.stdout.flush()
        return 0
    if options.case is not None:
        return _repeat(options)
    report = campaign(options.cases, options.seed, options.processes, options.first, options.target, options.most)
    sys.stdout.write(f"{report}\n")
    return 1 if report.failures else 0


def _bound_memory() -> None:
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _repeat(options: argparse.Namespace) -> int:
    one = case(options.seed, options.case, options.target)
    sys.stdout.write(f"{one.target.name}: {one.path}, {len(one.text):,} bytes: {one.text[:300]!r}\n")
    failure, seconds = failure_of(one)
    said = f"{failure.what}\nshrunk: {failure.text[:2_000]!r}" if failure else "nothing fails"
    sys.stdout.write(f"{said}\n{seconds:.2f} s of {bound(len(one.text)):.1f} s\n")
    return 1 if failure else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("fuzzing.campaign")
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--target", default="")
    parser.add_argument("--most", type=int, default=20, help="failures after which to end")
    parser.add_argument("--case", type=int, help="repeat this one alone")
    parser.add_argument("--to", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--step", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
