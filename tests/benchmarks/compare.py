"""Compares ``eventlens map`` with ``ast-grep scan`` on one work tree, in the same run.

    pip install -e '.[bench]'
    python tests/benchmarks/compare.py --rounds 5
    python tests/benchmarks/compare.py --path ANY/WORK/TREE

ast-grep looks for seven messaging calls in each of seven languages, each file by itself; ``eventlens map`` links them into flows. Both are run
in turn, round by round, so that a slow moment of the machine hits both: *cold* with an empty cache, *warm* with the one that
the cold run left. What is printed are medians, their ratios (below 1: Eventlens took less time), and the most memory that the
largest process of either had.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from generate import add_size_options, generate, plan_of
from measured_run import CommandFailed, Run, environment, run
from rows import Row, keep, machine, table

COLD, WARM, MEGABYTES = 0.5, 0.15, 250.0
"""What is wanted: wall time as a share of ast-grep's, and memory of the largest process."""

_ECMASCRIPT = (
    "$X.send({topic: $T, $$$})",
    "$X.subscribe({topic: $T, $$$})",
    "$X.run({$$$})",
    "$X.publish($E, $K, $$$)",
    "$X.consume($Q, $$$)",
    "$X.assertQueue($Q, $$$)",
    "$X.publishEvent($T, $$$)",
)
_JVM = (
    "$X.send($$$)",
    "$X.subscribe($$$)",
    "$X.poll($$$)",
    "$X.convertAndSend($$$)",
    "$X.basicPublish($$$)",
    "$X.basicConsume($$$)",
    "$X.publishEvent($$$)",
)
PATTERNS = {
    "typescript": _ECMASCRIPT,
    "tsx": _ECMASCRIPT,
    "javascript": _ECMASCRIPT,
    "python": (
        "$X.produce($T, $$$)",
        "$X.subscribe([$$$])",
        "$X.poll($$$)",
        "$X.basic_publish($$$)",
        "$X.basic_consume($$$)",
        "$X.queue_declare($$$)",
        "publish_event($T, $$$)",
    ),
    "java": _JVM,
    "kotlin": _JVM,
    "go": (
        "$X.WriteMessages($$$)",
        "$X.FetchMessage($$$)",
        "$X.ReadMessage($$$)",
        "$X.PublishWithContext($$$)",
        "$X.Consume($$$)",
        "$X.QueueDeclare($$$)",
        "$X.PublishEvent($$$)",
    ),
    "csharp": (
        "$X.ProduceAsync($$$)",
        "$X.Subscribe($$$)",
        "$X.Consume($$$)",
        "$X.BasicPublish($$$)",
        "$X.BasicConsume($$$)",
        "$X.QueueDeclare($$$)",
        "$X.PublishEvent($$$)",
    ),
}


def rule_text() -> str:
    """The patterns as one ast-grep rule file."""
    rules: list[str] = []
    for language, patterns in PATTERNS.items():
        listed = "\n".join(f"    - {_pattern(language, pattern)}" for pattern in patterns)
        rules.append(
            f"id: {language}-messaging\nlanguage: {language}\nseverity: info\nmessage: messaging\nrule:\n  any:\n{listed}\n"
        )
    return "---\n".join(rules)


def _pattern(language: str, pattern: str) -> str:
    """One alternative. In Go a call by itself could be a type conversion: it is read where only a call can stand."""
    if language != "go":
        return f"pattern: '{pattern}'"
    return f"pattern: {{context: 'func f() {{ {pattern} }}', selector: call_expression}}"


class Found(NamedTuple):
    """What both programs find."""

    matches: int
    sites: int
    flows: int


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

    def ast_grep(self) -> Run:
        """One scan."""
        return self._run(self._ast_grep)

    def cold(self) -> Run:
        """One map with an empty cache."""
        shutil.rmtree(self.cache, ignore_errors=True)
        return self.warm()

    def warm(self) -> Run:
        """One map with the cache as it is."""
        return self._run(self._eventlens)

    def _run(self, command: Sequence[str]) -> Run:
        try:
            return run(command, self.output, environment(self.cache))
        except CommandFailed as error:
            raise SystemExit(str(error)) from None

    def check(self) -> Found:
        """What both find. Uncounted; fills the page cache on the way, and checks that the warm map is the cold one."""
        self.ast_grep()
        matches = len(json.loads(self.output.read_bytes()))
        self.cold()
        cold = self.output.read_bytes()
        self.warm()
        if self.output.read_bytes() != cold:
            raise SystemExit("the warm map differs from the cold one")
        document = json.loads(cold)
        return Found(matches, len(document["sites"]), len(document["flows"]))


def compare(contest: Contest, rounds: int) -> list[Row]:
    """Run all three in turn, ``rounds`` times."""
    runs: dict[str, list[Run]] = {"ast-grep": [], "cold": [], "warm": []}
    for _ in range(rounds):
        runs["ast-grep"].append(contest.ast_grep())
        runs["cold"].append(contest.cold())
        runs["warm"].append(contest.warm())
    seconds = {name: statistics.median(one.seconds for one in taken) for name, taken in runs.items()}
    used = {name: statistics.median(one.processors for one in taken) for name, taken in runs.items()}
    peaks = {name: max(one.megabytes for one in taken) for name, taken in runs.items()}
    single = {name: "  ".join(f"{one.seconds:.2f}" for one in taken) for name, taken in runs.items()}
    return [
        Row("ast-grep scan", seconds["ast-grep"], "s", None, single["ast-grep"]),
        Row("cold map", seconds["cold"], "s", None, single["cold"]),
        Row("warm map", seconds["warm"], "s", None, single["warm"]),
        Row("cold map / ast-grep", seconds["cold"] / seconds["ast-grep"], "", COLD, machine()),
        Row("warm map / ast-grep", seconds["warm"] / seconds["ast-grep"], "", WARM),
        Row("cold map / ast-grep, processor time", used["cold"] / used["ast-grep"], "", None, _seconds(used)),
        Row("ast-grep, largest process", peaks["ast-grep"], "MB"),
        Row("cold map, largest process", peaks["cold"], "MB", MEGABYTES),
        Row("warm map, largest process", peaks["warm"], "MB", MEGABYTES),
    ]


def _seconds(used: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in used.items())


def _ast_grep_program() -> str | None:
    beside = Path(sys.executable).parent / "ast-grep"
    return str(beside) if beside.exists() else shutil.which("ast-grep")


def main(show: Callable[[str], None] = print) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_size_options(parser)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ast-grep", default=_ast_grep_program(), help="the ast-grep program")
    parser.add_argument("--path", type=Path, help="any work tree; else one is generated and deleted")
    parser.add_argument("--json", type=Path, help="write the rows there as well")
    options = parser.parse_args()
    if options.ast_grep is None:
        parser.error("ast-grep is not installed; run: pip install -e '.[bench]'")
    with tempfile.TemporaryDirectory(prefix="eventlens-benchmark-") as name:
        scratch = Path(name)
        workspace = options.path or scratch / "workspace"
        if options.path is None:
            generate(workspace, plan_of(options))
        contest = Contest(options.ast_grep, workspace.resolve(), scratch)
        found = contest.check()
        show(f"ast-grep finds {found.matches} calls; eventlens finds {found.sites} sites and {found.flows} flows")
        rows = compare(contest, options.rounds)
    show(table(rows))
    keep(rows, options.json)


if __name__ == "__main__":
    main()
