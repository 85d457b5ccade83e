"""The findings to show, by file."""

from __future__ import annotations

from eventlens.flow.model import Finding, FlowMap


def findings_by_file(flow_map: FlowMap) -> dict[str, list[Finding]]:
    """The findings that are not suppressed, in the order of their places: that of the map."""
    found: dict[str, list[Finding]] = {}
    for finding in flow_map.findings:
        if not finding.suppressed:
            found.setdefault(finding.file, []).append(finding)
    return found
