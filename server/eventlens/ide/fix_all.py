"""What mends a file's findings all at once, as far as nobody need look at it before."""

from __future__ import annotations

from eventlens.fixes.changes import Edit, FileEdit, NotFixable
from eventlens.fixes.context import FixContext
from eventlens.fixes.registry import safe_offer
from eventlens.flow.model import Finding, FlowMap


def fix_all(flow_map: FlowMap, fixes: FixContext, file: str) -> tuple[Edit, ...]:
    """The edits of the safe fixes of a file, none over another: a fix that would reach into one before it is left for the next time.

    Edits that several fixes share, such as an import, are made once.
    """
    done: list[Edit] = []
    for finding in flow_map.findings:
        if finding.file == file and not finding.suppressed:
            new = [edit for edit in _edits(fixes, finding) if edit not in done]
            if not any(_meet(one, other) for one in new for other in done):
                done += new
    return tuple(sorted(done, key=lambda one: (one.start, one.end)))


def _edits(fixes: FixContext, finding: Finding) -> tuple[Edit, ...]:
    """The edits of a finding's safe fix; none where it has none, or one that changes another file."""
    offer = safe_offer(fixes, finding)
    if offer is None:
        return ()
    try:
        changes = offer.changes()
    except NotFixable:
        return ()
    if not all(isinstance(change, FileEdit) and change.path == finding.file for change in changes):
        return ()
    return tuple(edit for change in changes if isinstance(change, FileEdit) for edit in change.edits)


def _meet(one: Edit, other: Edit) -> bool:
    """Whether two edits overlap or touch: what stands first would be left to chance."""
    return one.start <= other.end and other.start <= one.end
