"""What the comments of a rule's case say about findings (``fixtures/README.md`` describes them), compared with what is found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from eventlens.analysis import analyse, open_workspace
from eventlens.checks.context import Rule
from eventlens.flow.model import Finding
from fixtures.before import TextsBefore
from fixtures.expectations import FIXTURES

SUFFIXES = frozenset(
    (
        ".ts",
        ".tsx",
        ".js",
        ".jsx",
        ".mjs",
        ".cjs",
        ".py",
        ".java",
        ".kt",
        ".go",
        ".cs",
        ".tf",
        ".yaml",
        ".yml",
        ".avsc",
        ".proto",
    )
)
_COMMENT = re.compile(
    r"(?://|#)\s*(expect|expect-not|expect-gap|expect-not-gap):\s*([a-z-]+)((?:\s+\[\w+=[^\]]*\])*)(?:\s+(\S.*))?$"
)
_ONLY_COMMENT = re.compile(r"^\s*(?://|#)")
_SEVERITY = re.compile(r"\[severity=(\w+)\]")


@dataclass(frozen=True)
class FindingExpected:
    """One comment: ``kind`` is expect, expect-not, expect-gap or expect-not-gap; ``line`` the 1-based line of which it speaks."""

    kind: str
    rule: str
    file: str
    line: int
    severity: str | None = None


def read(folder: Path) -> list[FindingExpected]:
    """The comments about findings in the sources of a folder."""
    return [
        one
        for path in sorted(folder.rglob("*"))
        if path.suffix in SUFFIXES and "node_modules" not in path.parts
        for one in _in_file(path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8").splitlines())
    ]


def _in_file(file: str, lines: list[str]) -> Iterator[FindingExpected]:
    for number, line in enumerate(lines, 1):
        found = _COMMENT.search(line)
        if found:
            at = _next_code(lines, number) if _ONLY_COMMENT.match(line) else number
            severity = _SEVERITY.search(found[3])
            yield FindingExpected(found[1], found[2], file, at, severity[1] if severity else None)


def _next_code(lines: list[str], number: int) -> int:
    for later in range(number, len(lines)):
        if lines[later].strip() and not _ONLY_COMMENT.match(lines[later]):
            return later + 1
    return number


@cache
def reported(system: str) -> list[Finding]:
    """The findings in one of the example systems."""
    folder = FIXTURES / system
    return analyse(open_workspace(folder).workspace, base=TextsBefore(folder)).flow_map.findings


def assert_reported_as_written(system: str, rule: Rule) -> None:
    """A rule reports in an example system what is annotated there, and nothing else."""
    found = [one for one in reported(system) if one.rule == rule.id]
    told = differences(read(FIXTURES / system), found, rule.id, rule.severity)
    assert not told, f"{system}:\n  " + "\n  ".join(told)


def differences(expected: list[FindingExpected], found: list[Finding], rule: str, default: str) -> list[str]:
    """What is missing, unexpected or of another severity among the findings of one rule, one a line."""
    wanted = {(one.file, one.line): one for one in expected if one.rule == rule and one.kind == "expect"}
    gaps = {(one.file, one.line) for one in expected if one.rule == rule and one.kind == "expect-gap"}
    false = {(one.file, one.line) for one in expected if one.rule == rule and one.kind == "expect-not-gap"}
    kept = false - {(finding.file, finding.line) for finding in found}
    lines = [f"{file}:{line}: not reported any more, take the gap away" for file, line in sorted(kept)]
    for finding in found:
        one = wanted.pop((finding.file, finding.line), None)
        if one is not None:
            severity = one.severity or default
            if finding.severity != severity:
                lines.append(f"{finding.file}:{finding.line}: is {finding.severity}, not {severity}")
        elif (finding.file, finding.line) in false:
            continue
        elif (finding.file, finding.line) in gaps:
            lines.append(f"{finding.file}:{finding.line}: found after all, take the gap away")
        else:
            lines.append(f"{finding.file}:{finding.line}: unexpected: {finding.message}")
    return [*lines, *(f"{file}:{line}: missing" for file, line in wanted)]
