"""Every rule reports in its cases what is annotated there, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.analysis import read_workspace_settings
from eventlens.checks.context import CheckContext
from eventlens.checks.registry import RULES
from fixtures.before import earlier_of
from fixtures.engine import graph_of
from fixtures.expectations import FIXTURES

from . import findings_expected

BY_ID = {rule.id: rule for rule in RULES}
CASES = sorted(
    case
    for folder in (FIXTURES / "rules").iterdir()
    if folder.name in BY_ID
    for case in folder.iterdir()
    if case.is_dir()
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_case(case: Path) -> None:
    rule = BY_ID[case.parent.name]
    expected = findings_expected.read(case)
    assert any(one.rule == rule.id for one in expected), "a case says what it is about"
    context = CheckContext(graph_of(case), read_workspace_settings(case)[0], earlier=earlier_of(case))
    found = {one.id: one for one in rule.run(context)}
    differences = findings_expected.differences(expected, list(found.values()), rule.id, rule.severity)
    assert not differences, "\n  ".join(["", *differences])
