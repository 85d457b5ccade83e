"""The rules report in the storefront what is annotated there, and nothing else."""

from __future__ import annotations

from functools import cache

import pytest

from eventlens.analysis import analyse, open_workspace
from eventlens.checks.context import Rule
from eventlens.checks.registry import RULES
from eventlens.flow.model import Finding
from fixtures.expectations import FIXTURES

from . import findings_expected

FOLDER = FIXTURES / "storefront"


@cache
def found() -> list[Finding]:
    return analyse(open_workspace(FOLDER).workspace).flow_map.findings


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id if isinstance(rule, Rule) else str(rule))
def test_a_rule(rule: Rule) -> None:
    reported = [one for one in found() if one.rule == rule.id]
    differences = findings_expected.differences(findings_expected.read(FOLDER), reported, rule.id, rule.severity)
    assert not differences, "storefront:\n  " + "\n  ".join(differences)


def test_every_rule_occurs() -> None:
    spoken_of = {one.rule for one in findings_expected.read(FOLDER)}
    assert {rule.id for rule in RULES} <= spoken_of
