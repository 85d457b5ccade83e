"""Compares ``eventlens map`` with ``ast-grep scan`` on one generated workspace, in the same run.

    pip install -e '.[bench]'
    python tests/benchmarks/compare.py --rounds 5

ast-grep looks for seven messaging calls a language, each file by itself; ``eventlens map`` links them into flows. Both are run
in turn, round by round, so that a slow moment of the machine hits both: *cold* with an empty cache, *warm* with the one that
the cold run left. What is printed last are ratios of medians: below 1 means that Eventlens took less time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from generate import add_size_options, generate, plan_of

PATTERNS = {
    "typescript": (
        "$X.send({topic: $T, $$$})",
        "$X.subscribe({topic: $T, $$$})",
        "$X.run({$$$})",
        "$X.publish($E, $K, $$$)",
        "$X.consume($Q, $$$)",
        "$X.assertQueue($Q, $$$)",
        "$X.publishEvent($T, $$$)",
    ),
    "python": (
        "$X.produce($T, $$$)",
        "$X.subscribe([$$$])",
        "$X.poll($$$)",
        "$X.basic_publish($$$)",
        "$X.basic_consume($$$)",
        "$X.queue_declare($$$)",
        "publish_event($T, $$$)",
    ),
}


def rule_text() -> str:
    """The patterns as one ast-grep rule file."""
    rules: list[str] = []
    for language, patterns in PATTERNS.items():
        listed = "\n".join(f"    - pattern: '{pattern}'" for pattern in patterns)
        rules.append(
            f"id: {language}-messaging\nlanguage: {language}\nseverity: info\nmessage: messaging\nrule:\n  any:\n{listed}\n"
        )
    return "---\n".join(rules)


class Contest:
    """The commands and where they work."""

    def __init__(self, ast_grep: str, workspace: Path, scratch: Path) -> None:
        self.workspace = workspace
        self.cache = scratch / "cache"
        self.output = scratch / "output.json"
        rules = scratch / "rules.yml"
        rules.write_text(rule_text(), "utf-8")
        self._ast_grep = [ast_grep, "scan", "--rule", str(rules), "--json=compact", str(workspace)]
        self._eventlens = [sys.executable, "-m", "eventlens", "map", str(workspace), "--format", "json"]

    def ast_grep(self) -> float:
        """Seconds of one scan."""
        return self._seconds(self._ast_grep)

    def cold(self) -> float:
        """Seconds of one map with an empty cache."""
        shutil.rmtree(self.cache, ignore_errors=True)
        return self.warm()

    def warm(self) -> float:
        """Seconds of one map with the cache as it is."""
        return self._seconds(self._eventlens)

    def _seconds(self, command: list[str]) -> float:
        environment = {**os.environ, "EVENTLENS_CACHE_DIR": str(self.cache)}
        with self.output.open("wb") as output:
            began = time.perf_counter()
            done = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, env=environment, check=False)
            taken = time.perf_counter() - began
        if done.returncode != 0:
            raise SystemExit(
                f"{' '.join(command[:4])} failed with {done.returncode}:\n{done.stderr.decode(errors='replace')[-2000:]}"
            )
        return taken

    def check(self) -> str:
        """What both find, in one line. Uncounted; fills the page cache on the way."""
        self.ast_grep()
        matches = len(json.loads(self.output.read_bytes()))
        self.cold()
        cold = self.output.read_bytes()
        self.warm()
        if self.output.read_bytes() != cold:
            raise SystemExit("the warm map differs from the cold one")
        document = json.loads(cold)
        sites, flows = len(document["sites"]), len(document["flows"])
        if not matches or not sites or not flows:
            raise SystemExit(
                f"nothing to compare: ast-grep {matches} matches, eventlens {sites} sites and {flows} flows"
            )
        return f"ast-grep finds {matches} calls; eventlens finds {sites} sites and {flows} flows"


def compare(contest: Contest, rounds: int, show: Callable[[str], None]) -> None:
    """Run all three in turn and show medians and ratios."""
    show(contest.check())
    times: dict[str, list[float]] = {"ast-grep": [], "cold": [], "warm": []}
    for _ in range(rounds):
        times["ast-grep"].append(contest.ast_grep())
        times["cold"].append(contest.cold())
        times["warm"].append(contest.warm())
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    for name, taken in times.items():
        show(f"{name:9} median {medians[name]:7.2f} s   ({', '.join(f'{seconds:.2f}' for seconds in taken)})")
    show(f"cold / ast-grep  {medians['cold'] / medians['ast-grep']:.2f}")
    show(f"warm / ast-grep  {medians['warm'] / medians['ast-grep']:.2f}")


def _ast_grep_program() -> str | None:
    beside = Path(sys.executable).parent / "ast-grep"
    return str(beside) if beside.exists() else shutil.which("ast-grep")


def main(show: Callable[[str], None] = print) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_size_options(parser)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ast-grep", default=_ast_grep_program(), help="the ast-grep program")
    parser.add_argument(
        "--workspace", type=Path, help="a folder that generate.py wrote; else one is written and deleted"
    )
    options = parser.parse_args()
    if options.ast_grep is None:
        parser.error("ast-grep is not installed; run: pip install -e '.[bench]'")
    with tempfile.TemporaryDirectory(prefix="eventlens-benchmark-") as name:
        scratch = Path(name)
        workspace = options.workspace or scratch / "workspace"
        if options.workspace is None:
            written = generate(workspace, plan_of(options))
            show(
                f"{options.files} files, {written / 1e6:.0f} MB, {options.share:.1%} with messaging, {os.cpu_count()} cores"
            )
        compare(Contest(options.ast_grep, workspace, scratch), options.rounds, show)


if __name__ == "__main__":
    main()
