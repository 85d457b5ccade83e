"""The rules report in the storefront what is annotated there, and nothing else."""

from __future__ import annotations

import pytest

from eventlens.checks.context import Rule
from eventlens.checks.registry import RULES
from fixtures.expectations import FIXTURES

from . import findings_expected

FOLDER = FIXTURES / "storefront"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id if isinstance(rule, Rule) else str(rule))
def test_a_rule(rule: Rule) -> None:
    findings_expected.assert_reported_as_written("storefront", rule)


def test_every_rule_occurs() -> None:
    spoken_of = {one.rule for one in findings_expected.read(FOLDER)}
    assert {rule.id for rule in RULES} <= spoken_of
