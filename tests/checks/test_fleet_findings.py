"""The rules report in the fleet what is annotated there, and nothing else; each occurs in several of its languages, as do its traps."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from eventlens.analysis import analyse, open_workspace
from eventlens.checks.context import Rule
from eventlens.checks.registry import RULES
from fixtures.expectations import FIXTURES

from . import findings_expected

FOLDER = FIXTURES / "fleet"
NOT_THERE = (
    "breaking-schema-change",
    "saga-",
    "unordered-assumption",
    "thundering-herd",
    "missing-snapshot",
    "projection-",
)
SHOWN = [rule for rule in RULES if not rule.id.startswith(NOT_THERE)]
"""The rules that find something in a folder alone, without an earlier version of it; and in the fleet, whose services tell each other what
happened: none asks another and waits, none keeps rows of another's things, no three ask the same table, and
none is made of its events, or projected."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id if isinstance(rule, Rule) else str(rule))
def test_a_rule(rule: Rule) -> None:
    findings_expected.assert_reported_as_written("fleet", rule)


@pytest.mark.parametrize(
    "kinds", [("expect", "expect-gap"), ("expect-not", "expect-not-gap")], ids=["positives", "traps"]
)
@pytest.mark.parametrize("rule", SHOWN, ids=lambda rule: rule.id if isinstance(rule, Rule) else str(rule))
def test_in_two_languages(rule: Rule, kinds: tuple[str, ...]) -> None:
    spoken_of = [one for one in findings_expected.read(FOLDER) if one.rule == rule.id and one.kind in kinds]
    assert len({PurePosixPath(one.file).suffix for one in spoken_of}) >= 2


@pytest.mark.parametrize("rule", SHOWN, ids=lambda rule: rule.id if isinstance(rule, Rule) else str(rule))
def test_findings_go_with_the_lines_that_they_are_about(rule: Rule) -> None:
    """With the annotated lines gone none of the rule's findings is left on them, and none comes up elsewhere."""
    wanted = {
        (one.file, one.line) for one in findings_expected.read(FOLDER) if one.rule == rule.id and one.kind == "expect"
    }
    before = {(one.file, one.line) for one in findings_expected.reported("fleet") if one.rule == rule.id}
    workspace = open_workspace(FOLDER).workspace
    for file in sorted({file for file, _ in wanted}):
        lines = workspace.text(file).split(b"\n")
        kept = [b"" if (file, number) in wanted else line for number, line in enumerate(lines, 1)]
        workspace = workspace.with_overlay(file, b"\n".join(kept))
    left = {(one.file, one.line) for one in analyse(workspace).flow_map.findings if one.rule == rule.id}
    assert wanted
    assert not left & wanted
    assert left <= before - wanted
