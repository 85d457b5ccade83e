"""One complete analysis, with the texts that it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from eventlens.analysis import Analysis, SettingsProblem
from eventlens.ide.index import FlowIndex
from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.positions import SourceText
from eventlens.workspace.snapshot import Workspace


class Snapshot:
    """Immutable. Places in its answers are places in ``text(path)``, whatever the editor holds by now."""

    def __init__(
        self,
        workspace: Workspace,
        analysis: Analysis,
        documents: Mapping[str, OpenDocument],
        problems: tuple[SettingsProblem, ...],
    ) -> None:
        self.workspace = workspace
        self.analysis = analysis
        self.problems = problems
        self._documents = documents
        self._texts: dict[str, SourceText] = {}

    @cached_property
    def index(self) -> FlowIndex:
        """The flow map, arranged by place."""
        return FlowIndex(self.analysis.flow_map)

    def version(self, path: str) -> int | None:
        """The version of an open document that was analysed; None for files on disk."""
        document = self._documents.get(path)
        return document.version if document is not None else None

    def text(self, path: str) -> SourceText:
        """The text of a file; empty when it is gone."""
        document = self._documents.get(path)
        if document is not None:
            return document.source
        if path not in self._texts:
            self._texts[path] = SourceText.of_bytes(self._bytes(path))
        return self._texts[path]

    def _bytes(self, path: str) -> bytes:
        try:
            return self.workspace.text(path)
        except KeyError:
            pass
        except OSError:
            return b""
        try:
            return (self.workspace.root / path).read_bytes()
        except OSError:
            return b""
