"""Findings that the user silences: comments, and channels declared external; what silences nothing is reported.

A comment ``eventlens: ignore[rule-id, …] reason`` speaks of its own line and of the next.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from eventlens.checks.context import Rule
from eventlens.config.settings import SETTINGS_FILE, Settings
from eventlens.flow.graph import FlowGraph
from eventlens.flow.model import UNUSED_SUPPRESSION, Finding
from eventlens.flow.records import stable_id

UNUSED = Rule(UNUSED_SUPPRESSION, "info", "Remove what silences nothing.", lambda context: ())
IGNORE = re.compile(r"eventlens:\s*ignore\[([\w\s,-]+)\]\s*(.*)")
"""A comment that silences: group 1 is the list of rules, group 2 the reason."""


class _Suppression(NamedTuple):
    file: str
    line: int
    column: int
    end_column: int
    rules: frozenset[str]
    reason: str


def apply_suppressions(graph: FlowGraph, settings: Settings, found: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, those that a comment silences marked so, with what silences nothing as findings of its own."""
    suppressions = list(_suppressions(graph))
    used: set[tuple[int, str]] = set()
    for finding in found:
        hit = next((position for position, one in enumerate(suppressions) if _covers(one, finding)), None)
        if hit is not None:
            used.add((hit, finding.rule))
        yield msgspec.structs.replace(finding, suppressed=True) if hit is not None else finding
    yield from _stale_comments(suppressions, used)
    yield from _stale_declarations(graph, settings)


def _suppressions(graph: FlowGraph) -> Iterator[_Suppression]:
    for module in graph.program.loaded():
        for comment in module.module.comments:
            match = IGNORE.search(comment.text)
            if match:
                rules = frozenset(one.strip() for one in match[1].split(","))
                place = graph.places.span(module, comment.start, comment.end)
                yield _Suppression(module.path, place.line, place.column, place.end_column, rules, match[2].strip())


def _covers(suppression: _Suppression, finding: Finding) -> bool:
    near = finding.line - suppression.line in (0, 1)
    return near and suppression.file == finding.file and finding.rule in suppression.rules


def _stale_comments(suppressions: list[_Suppression], used: set[tuple[int, str]]) -> Iterator[Finding]:
    for position, one in enumerate(suppressions):
        for rule in sorted(one.rules):
            if (position, rule) not in used:
                columns = (one.column, one.end_column)
                yield _unused(one.file, one.line, stale_message(rule), rule, one.reason, columns=columns)


def stale_message(rule: str) -> str:
    """What is said of a rule's name in a comment that silences no finding of it."""
    return f"this comment suppresses no {rule} finding"


def _stale_declarations(graph: FlowGraph, settings: Settings) -> Iterator[Finding]:
    """Channels declared external that nothing in the workspace names."""
    names = set(_channel_names(graph)) if settings.external else set()
    for one in settings.external:
        if not any(fnmatch.fnmatchcase(name, one.channel) for name in names):
            file, line = _declared_at(graph, one.channel)
            yield _unused(file, line, f"no channel of this workspace is called {one.channel}", "external", one.channel)


def _channel_names(graph: FlowGraph) -> Iterator[str]:
    """The channels that sites name, that are declared, and that take dead letters."""
    yield from (key.name for key in (*graph.channel_keys(), *graph.declared.places))
    yield from (str(name) for facts in graph.declared.facts.values() if (name := facts.get("dead_letter")))


def _declared_at(graph: FlowGraph, channel: str) -> tuple[str, int]:
    """The settings file and the 1-based line that names a channel."""
    for path in (SETTINGS_FILE, "pyproject.toml"):
        try:
            lines = graph.program.workspace.text(path).decode("utf-8", "replace").split("\n")
        except (OSError, KeyError):
            continue
        for number, line in enumerate(lines, 1):
            if channel in line:
                return path, number
    return SETTINGS_FILE, 1


def _unused(file: str, line: int, message: str, *identity: str, columns: tuple[int, int] = (1, 1)) -> Finding:
    return Finding(
        id=stable_id(UNUSED.id, file, *identity), rule=UNUSED.id, severity=UNUSED.severity, file=file, line=line, column=columns[0],
        end_line=line, end_column=columns[1], message=message, site=None, confidence="certain", related=[], suppressed=False, remedy=UNUSED.remedy,
    )  # fmt: skip
