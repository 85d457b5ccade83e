"""Applies a fix to a copy of a workspace and asks the engine what it finds then."""

from __future__ import annotations

import shutil
from pathlib import Path

from eventlens import analysis
from eventlens.fixes.changes import Change, FileEdit, apply_edits
from eventlens.fixes.context import FixContext
from eventlens.fixes.registry import Proposal, proposals
from eventlens.flow.model import Finding


class Analysed:
    """A folder, analysed as a workspace of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        done = analysis.analyse(analysis.open_workspace(root).workspace)
        assert done.checks is not None
        self.findings = [one for one in done.flow_map.findings if not one.suppressed]
        self.context = FixContext(done.checks)

    def of_rule(self, rule: str) -> list[Finding]:
        """The findings of one rule."""
        return [one for one in self.findings if one.rule == rule]

    def proposals(self, finding: Finding) -> list[Proposal]:
        """What is offered for a finding."""
        return proposals(self.context, finding)

    def syntax_errors(self) -> dict[str, int]:
        """How many syntax errors each source file has."""
        workspace = self.context.workspace
        modules = ((path, workspace.module(path)) for path in workspace.sources())
        return {path: len(module.errors) for path, module in modules if module is not None and module.errors}


def copied(before: Path, target: Path) -> Path:
    """A copy of a workspace that may be changed."""
    shutil.copytree(before, target, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    return target


def apply(root: Path, changes: tuple[Change, ...]) -> None:
    """Makes the changes on disk. A new file must not exist."""
    for change in changes:
        path = root / change.path
        if isinstance(change, FileEdit):
            path.write_bytes(apply_edits(path.read_bytes(), change.edits))
        else:
            assert not path.exists(), f"{change.path} exists already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(change.text.encode("utf-8"))


def grave(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """The errors and warnings, told apart by what does not change when lines move: the site, or else the message."""
    worst = (one for one in findings if one.severity in ("error", "warning"))
    return sorted((one.rule, one.file, one.site or one.message) for one in worst)


def complaints(before: Analysed, finding: Finding, after: Analysed) -> list[str]:
    """What is wrong with a workspace after the fix of ``finding``, one a line: the finding is left, others came, a file is broken."""
    found = []
    if len(after.of_rule(finding.rule)) >= len(before.of_rule(finding.rule)):
        found.append(f"the finding is left: {finding.message}")
    known = grave(before.findings)
    fresh = [one for one in grave(after.findings) if one not in known]
    found += [f"a new finding: {rule} in {file}: {message}" for rule, file, message in fresh]
    errors = before.syntax_errors()
    found += [f"{path} does not parse" for path, count in after.syntax_errors().items() if count > errors.get(path, 0)]
    return found


def files_of(root: Path) -> dict[str, bytes]:
    """Every file below a folder by its path."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
