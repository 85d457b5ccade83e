"""Whatever a fix offers for the findings of the rules' own cases mends them, and breaks nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.checks.registry import RULES
from eventlens.syntax.grammars import language_of
from fixtures.expectations import FIXTURES

from .proving import Analysed, apply, complaints, copied

CASES = sorted(path for rule in RULES for path in (FIXTURES / "rules" / rule.id).glob("positive-*"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_every_offer_mends(case: Path, tmp_path: Path) -> None:
    before = Analysed(case)
    wrong = []
    for number, finding in enumerate(before.of_rule(case.parent.name)):
        offered = before.proposals(finding)
        # a comment in infrastructure silences nothing, and no fix writes there
        assert offered or language_of(finding.file) is None, f"nothing is offered for {finding.message}"
        for order, one in enumerate(offered):
            root = copied(case, tmp_path / f"{number}-{order}")
            apply(root, one.offer.changes())
            wrong += [f"{one.offer.title}: {text}" for text in complaints(before, finding, Analysed(root))]
    assert not wrong, "\n  ".join(["", *wrong])
