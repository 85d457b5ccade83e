"""A whole small workspace with one damaged file: nothing is left out, and neither the quick analysis nor the fixes fail."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from eventlens.analysis import Analysis, analyse, open_workspace
from eventlens.fixes.changes import NotFixable
from eventlens.fixes.context import FixContext
from eventlens.fixes.registry import proposals
from eventlens.renewal import Renewal
from eventlens.syntax.grammars import language_of
from eventlens.workspace.snapshot import Workspace

from .seeds import FIXTURES
from .sources import failures_raised

_MOST_FINDINGS = 3
"""Findings of one analysis whose fixes are worked out."""


class _Opened(NamedTuple):
    """A workspace and its analysis before the damage."""

    workspace: Workspace
    analysis: Analysis
    renewal: Renewal


def paths_of(root: str) -> tuple[str, ...]:
    """The files of a workspace of the fixtures, sources and configuration."""
    workspace = Workspace.open(FIXTURES / root, cached=False)
    return (*workspace.sources(), *workspace.configs())


def text_of(root: str, path: str) -> bytes:
    """One of its files as it is on disk."""
    return Path(FIXTURES, root, path).read_bytes()


@cache
def _opened(root: str) -> _Opened:
    assert "EVENTLENS_CACHE_DIR" in os.environ, "fuzzing never writes to the user's own cache"
    with failures_raised():
        workspace = open_workspace(FIXTURES / root).workspace
        analysis = analyse(workspace)
    return _Opened(workspace, analysis, Renewal(workspace, analysis))


def check_workspace(root: str, path: str, text: bytes) -> None:
    """Analyses the workspace with the file as it is damaged; then, for a source file, as after a keystroke."""
    before = _opened(root)
    workspace = before.workspace.with_overlay(path, text)
    with failures_raised():
        analysis = analyse(workspace)
        if language_of(path) is not None:
            _work_out_fixes(before.renewal.renewed(workspace, frozenset((path,))), path)
        _work_out_fixes(analysis, path)


def _work_out_fixes(analysis: Analysis, path: str) -> None:
    assert analysis.checks is not None
    context = FixContext(analysis.checks)
    for finding in [one for one in analysis.flow_map.findings if one.file == path][:_MOST_FINDINGS]:
        for proposal in proposals(context, finding):
            try:
                proposal.offer.changes()
            except NotFixable:
                continue
