"""The diagnostics of a snapshot: the same for a client that is told and for one that asks."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple, TypeAlias

from lsprotocol import types

from eventlens.flow.model import Finding, Severity
from eventlens.ide.diagnostics import findings_by_file
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.snapshot import Snapshot

ByFile: TypeAlias = dict[str, list[types.Diagnostic]]
"""Path to diagnostics, in the order of their places; without the files that have none."""

_ORDER: tuple[Severity, ...] = ("error", "warning", "info", "hint")


class Abilities(NamedTuple):
    """What a client shows of a diagnostic: the evidence, the rule's page, code that is faded out."""

    related: bool = False
    page: bool = False
    unnecessary: bool = False

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities) -> Abilities:
        """As the client says; clients say it where diagnostics are pushed, and newer ones again where they are pulled."""
        document = capabilities.text_document
        pushed = document.publish_diagnostics if document is not None else None
        pulled = document.diagnostic if document is not None else None
        able = [each for each in (pushed, pulled) if each is not None]
        tags = [each.tag_support.value_set for each in able if each.tag_support is not None]
        return cls(
            any(each.related_information for each in able),
            any(each.code_description_support for each in able),
            any(types.DiagnosticTag.Unnecessary in each for each in tags),
        )


class _Known(NamedTuple):
    """The findings of a file, and their diagnostics."""

    findings: list[Finding]
    diagnostics: list[types.Diagnostic]
    mentioned: frozenset[str]
    """The files whose texts say where the diagnostics are."""


class SnapshotDiagnostics:
    """Remembers what was worked out for the latest snapshot of one folder."""

    def __init__(self) -> None:
        self._of: tuple[Snapshot, Severity | None] | None = None
        self._known: dict[str, _Known] = {}
        self._found: ByFile = {}
        self._ids: dict[str, str] = {}

    def by_file(self, convert: Conversions, least: Severity | None, abilities: Abilities) -> ByFile:
        """The diagnostics of the snapshot, worst severities down to ``least``; none at all for None."""
        snapshot = convert.snapshot
        if self._of is None or self._of[0] is not snapshot or self._of[1] != least:
            self._known = {} if least is None else self._worked_out(convert, least, abilities)
            self._found, self._ids = {} if least is None else self._with_problems(convert), {}
            self._of = snapshot, least
        return self._found

    def result_id(self, path: str) -> str:
        """Equal for equal diagnostics of a file, of the snapshot that `by_file` was asked about last."""
        if path not in self._ids:
            said = repr(self._found.get(path, [])).encode("utf-8", "surrogatepass")
            self._ids[path] = blake2b(said, digest_size=12).hexdigest()
        return self._ids[path]

    def _worked_out(self, convert: Conversions, least: Severity, abilities: Abilities) -> dict[str, _Known]:
        known = self._still_known(convert.snapshot, least)
        return {
            path: _known(convert, findings, least, abilities, known.get(path))
            for path, findings in findings_by_file(convert.snapshot.analysis.flow_map).items()
        }

    def _still_known(self, snapshot: Snapshot, least: Severity) -> dict[str, _Known]:
        """What was worked out before and depends on no text that is another now."""
        if self._of is None or self._of[1] != least:
            return {}
        changed = snapshot.changed_since(self._of[0])
        if changed is None:
            return {}
        return {path: one for path, one in self._known.items() if one.mentioned.isdisjoint(changed)}

    def _with_problems(self, convert: Conversions) -> ByFile:
        found = {path: one.diagnostics for path, one in self._known.items() if one.diagnostics}
        for problem in convert.snapshot.problems:
            said = convert.problem(problem.file, problem.line, problem.message)
            found[problem.file] = [*found.get(problem.file, ()), said]
        return found


def _known(
    convert: Conversions, findings: list[Finding], least: Severity, abilities: Abilities, before: _Known | None
) -> _Known:
    if before is not None and before.findings == findings:
        return before
    shown = _ORDER[: _ORDER.index(least) + 1]
    return _Known(
        findings,
        [convert.diagnostic(one, *abilities) for one in findings if one.severity in shown],
        frozenset(file for one in findings for file in (one.file, *(step.file for step in one.related))),
    )
