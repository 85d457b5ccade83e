"""Each fix, on the workspaces of ``fixtures/fixes/<fix>/<case>/``: the result is the one beside it, and it mends the finding.

``case.yaml`` names the rule, the line of the finding (``file``, ``line``: a text that stands on it), the title of the offer and
``matters``: texts of generated lines each of which brings the finding back when its line is deleted (or, for a pair of texts, when
the second stands in place of the first; or, under ``together``, when all of several are taken back). With EVENTLENS_UPDATE_GOLDEN=1 the
results are written anew; read the difference before committing it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from eventlens.fixes.registry import FIXES
from eventlens.flow.model import Finding
from fixtures.expectations import FIXTURES

from .proving import Analysed, apply, complaints, copied, files_of

CASES = sorted((FIXTURES / "fixes").glob("*/*/case.yaml"))
UPDATE = bool(os.environ.get("EVENTLENS_UPDATE_GOLDEN"))


def test_every_fix_has_a_case() -> None:
    assert {path.parent.parent.name for path in CASES} == {fix.id for fix in FIXES}


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}")
def test_case(case: Path, tmp_path: Path) -> None:
    folder, said = case.parent, yaml.safe_load(case.read_text())
    root = copied(folder / "before", tmp_path / "workspace")
    before = Analysed(root)
    finding = _finding(before, said)
    made = [
        one.offer
        for one in before.proposals(finding)
        if one.fix == folder.parent.name and said["title"] in ("*", one.offer.title)
    ]
    assert len(made) == 1, [one.offer.title for one in before.proposals(finding)]
    apply(root, made[0].changes())
    if UPDATE:
        shutil.rmtree(folder / "after", ignore_errors=True)
        shutil.copytree(root, folder / "after")
    assert files_of(root) == files_of(folder / "after")
    assert complaints(before, finding, Analysed(root)) == []
    _each_line_matters(root, files_of(folder / "before"), said, len(before.of_rule(finding.rule)))


def _finding(before: Analysed, said: dict[str, Any]) -> Finding:
    found = [
        one
        for one in before.of_rule(said["rule"])
        if one.file == said["file"]
        and said["line"] in (before.root / one.file).read_text("utf-8").splitlines()[one.line - 1]
    ]
    assert len(found) == 1, [(one.rule, one.file, one.line, one.message) for one in before.findings]
    return found[0]


def _each_line_matters(root: Path, before: dict[str, bytes], said: dict[str, Any], count: int) -> None:
    """Taking back a part of the change that matters brings the finding back."""
    assert said["matters"], "say which generated lines matter"
    for one in said["matters"]:
        parts = one["together"] if isinstance(one, dict) else [one]
        files = files_of(root)
        for made, instead in ((part, None) if isinstance(part, str) else part for part in parts):
            _take_back(root, before, made, instead)
        assert len(Analysed(root).of_rule(said["rule"])) >= count, f"without {one!r} the finding does not come back"
        for path, content in files.items():
            (root / path).write_bytes(content)


def _take_back(root: Path, before: dict[str, bytes], made: str, instead: str | None) -> None:
    holders = [
        path
        for path, content in files_of(root).items()
        if made.encode() in content and made.encode() not in before.get(path, b"")
    ]
    assert len(holders) == 1, f"{made!r} was generated in {holders}"
    path = root / holders[0]
    path.write_bytes(_without(path.read_bytes(), made.encode(), instead))


def _without(content: bytes, made: bytes, instead: str | None) -> bytes:
    if instead is not None:
        return content.replace(made, instead.encode())
    return b"".join(line for line in content.splitlines(keepends=True) if made not in line)
