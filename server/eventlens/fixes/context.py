"""What a fix is given: the analysed snapshot, and what a finding was reported about."""

from __future__ import annotations

from functools import cached_property

from eventlens.checks.context import CheckContext, Consumer, Subject
from eventlens.checks.registry import reported
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding
from eventlens.flow.site_node import SiteNode
from eventlens.workspace.snapshot import Workspace


class FixContext:
    """One per snapshot; parsed files are kept."""

    def __init__(self, checks: CheckContext) -> None:
        self.checks = checks
        self._files: dict[str, SourceFile] = {}

    @property
    def workspace(self) -> Workspace:
        """The files as they were analysed, those open in an editor with their unsaved text."""
        return self.checks.graph.program.workspace

    def subject(self, finding: Finding) -> Subject | None:
        """The nodes that a finding was reported about; None for findings that come from no rule of code."""
        found = self.checks.subjects.get(finding.id)
        if found is None and self._of_all_sites is not self.checks:
            found = self._reported_of_all_sites.subjects.get(finding.id)
        return found

    def consumers(self) -> list[Consumer]:
        """The subscriptions that were analysed."""
        return self._of_all_sites.consumers()

    def consumer(self, site: SiteNode) -> Consumer | None:
        """The subscription that a site is; None for a publish."""
        return next((one for one in self.consumers() if one.node is site), None)

    @cached_property
    def _of_all_sites(self) -> CheckContext:
        return self.checks.leaving_nothing_alone()

    @cached_property
    def _reported_of_all_sites(self) -> CheckContext:
        reported(self._of_all_sites)
        return self._of_all_sites

    def file(self, path: str) -> SourceFile:
        """A source file of the workspace. Raises KeyError, OSError or ValueError where it cannot be read."""
        if path not in self._files:
            self._files[path] = SourceFile(path, self.workspace.text(path))
        return self._files[path]
