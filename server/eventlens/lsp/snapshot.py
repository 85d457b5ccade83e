"""One complete analysis, with the texts that it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.loading import LOADING
from eventlens.lsp.positions import SourceText
from eventlens.workspace.reading import read_within

if TYPE_CHECKING:
    from eventlens.analysis import Analysis, SettingsProblem
    from eventlens.fixes.context import FixContext
    from eventlens.ide.index import FlowIndex
    from eventlens.workspace.snapshot import Workspace


class Snapshot:
    """Immutable. Places in its answers are places in ``text(path)``, whatever the editor holds by now."""

    def __init__(
        self,
        workspace: Workspace,
        analysis: Analysis,
        documents: Mapping[str, OpenDocument],
        problems: tuple[SettingsProblem, ...],
        texts: dict[str, SourceText] | None = None,
        renewed: frozenset[str] = frozenset(),
        is_early: bool = False,
    ) -> None:
        """``texts`` holds the texts of files that are not open, and is shared by the snapshots of one state of the disk.

        ``renewed`` are the files that alone were looked at since a whole analysis; none where all were. ``is_early``: only they are
        known yet, at the beginning of a session.
        """
        self.workspace = workspace
        self.analysis = analysis
        self.problems = problems
        self.renewed = renewed
        self.is_early = is_early
        self._documents = documents
        self._texts = {} if texts is None else texts

    @cached_property
    def index(self) -> FlowIndex:
        """The flow map, arranged by place."""
        with LOADING:
            from eventlens.ide.code_places import CodePlaces
            from eventlens.ide.index import FlowIndex

        checks = self.analysis.checks
        code = CodePlaces(checks.graph if checks is not None else None)
        return FlowIndex(self.analysis.flow_map, code, is_partial=self.is_early)

    @cached_property
    def fixes(self) -> FixContext | None:
        """What fixes ask of this analysis; None where nothing was analysed. Asked through `Session.ask` only."""
        with LOADING:
            from eventlens.fixes.context import FixContext

        return FixContext(self.analysis.checks) if self.analysis.checks is not None else None

    @property
    def has_code(self) -> bool:
        """Whether the code behind the map was read; it was not where the map is that of an earlier session."""
        return self.analysis.checks is not None

    def is_readable(self, path: str) -> bool:
        """Whether a file's text had no syntax error, as far as it was looked at."""
        checks = self.analysis.checks
        module = checks.graph.program.modules.get(path) if checks is not None else None
        return module is None or not module.module.errors

    def changed_since(self, other: Snapshot) -> set[str] | None:
        """The files whose texts may differ in two snapshots; None where that is not known, as the disk may have changed."""
        if self._texts is not other._texts:
            return None
        both = self._documents.keys() | other._documents.keys()
        return {path for path in both if self._documents.get(path) is not other._documents.get(path)}

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

    def source(self, path: str) -> bytes:
        """The bytes of a file as they were analysed; empty when it is gone. ``text`` is the same without a byte-order mark."""
        document = self._documents.get(path)
        if document is not None:
            return document.source.encoded
        return self._bytes(path)

    def _bytes(self, path: str) -> bytes:
        try:
            return self.workspace.text(path)
        except KeyError:
            pass
        except OSError:
            return b""
        try:
            return read_within(self.workspace.root, path)
        except OSError:
            return b""
