"""What mends the findings at a place in a file."""

from __future__ import annotations

from typing import NamedTuple, get_args

from eventlens.fixes.changes import Change, NotFixable
from eventlens.fixes.context import FixContext
from eventlens.fixes.registry import SILENCING, changes_of, proposals
from eventlens.flow.model import Finding, FlowMap, Severity

_SEVERITIES = get_args(Severity)


class Action(NamedTuple):
    """An offer for a finding. ``fix`` and ``key`` find it again when its changes are wanted."""

    finding: Finding
    fix: str
    key: str
    title: str
    preferred: bool
    is_wide: bool


def actions(flow_map: FlowMap, fixes: FixContext, file: str, first_line: int, last_line: int) -> list[Action]:
    """What is offered for the findings that touch the lines (1-based, both included): what mends the worst first, what only silences last."""
    here = [
        one
        for one in flow_map.findings
        if one.file == file and not one.suppressed and one.line <= last_line and first_line <= one.end_line
    ]
    offered = [
        Action(finding, fix, offer.key, offer.title, offer.preferred, offer.is_wide)
        for finding in here
        for fix, offer in proposals(fixes, finding)
    ]
    return sorted(offered, key=lambda one: (one.fix == SILENCING, _SEVERITIES.index(one.finding.severity)))


def changes(flow_map: FlowMap, fixes: FixContext, finding_id: str, fix: str, key: str) -> tuple[Change, ...]:
    """The changes of an action. Raises NotFixable when the finding is gone or cannot be mended any more."""
    finding = next((one for one in flow_map.findings if one.id == finding_id), None)
    if finding is None:
        raise NotFixable("the finding is gone")
    return changes_of(fixes, finding, fix, key)
