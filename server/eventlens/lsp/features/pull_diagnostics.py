"""Diagnostics for a client that asks for them, of one document and of the whole workspace."""

from __future__ import annotations

import asyncio
from typing import TypeAlias

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.features.places import file_of
from eventlens.lsp.pulling import takes_related
from eventlens.lsp.session import Session

_Document: TypeAlias = types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport
_Other: TypeAlias = types.FullDocumentDiagnosticReport | types.UnchangedDocumentDiagnosticReport
_PART = 100
"""Files in one partial result."""


async def document_diagnostic(ls: EventlensServer, params: types.DocumentDiagnosticParams) -> _Document:
    """The findings of a document; ``unchanged`` where the client has them already."""
    uri = params.text_document.uri
    if ls.session_of(uri) is None:
        return types.RelatedFullDocumentDiagnosticReport([])
    known = await file_of(ls, uri, early=True)
    if known is None:
        raise _ask_again()
    convert, path = known
    found = ls.diagnostics_of(convert)
    folder, result_id = convert.session.uri, ls.result_id(convert, path)
    holds = ls.pulls.was_given(folder, path, result_id) and params.previous_result_id == result_id
    others = _others(ls, convert, path) or None
    if ls.documents.get(uri) is not None:
        ls.pulls.give(folder, path, result_id)
    if holds:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id, others)
    return types.RelatedFullDocumentDiagnosticReport(found.get(path, []), others, result_id=result_id)


def _others(ls: EventlensServer, convert: Conversions, asked: str) -> dict[str, _Other]:
    """The other open documents whose findings are not any more what the client was told."""
    if not takes_related(ls.client_capabilities):
        return {}
    session, found = convert.session, ls.diagnostics_of(convert)
    changed: dict[str, _Other] = {}
    for path, given in ls.pulls.documents_of(session.uri):
        result_id = ls.result_id(convert, path)
        if path != asked and given != result_id:
            ls.pulls.give(session.uri, path, result_id)
            changed[session.uri_of(path)] = types.FullDocumentDiagnosticReport(found.get(path, []), result_id=result_id)
    return changed


async def workspace_diagnostic(
    ls: EventlensServer, params: types.WorkspaceDiagnosticParams
) -> types.WorkspaceDiagnosticReport:
    """The findings of all files that have any, and of those that had some; in parts where the client takes parts."""
    held = {each.uri: each.value for each in params.previous_result_ids}
    reports: list[types.WorkspaceDocumentDiagnosticReport] = []
    for session in list(ls.sessions):
        snapshot = await session.latest()
        if snapshot is None:
            raise _ask_again()
        ls.pull_workspace()
        reports += _reports(ls, session, Conversions(session, snapshot, ls.encoding), held)
    reports += [types.WorkspaceFullDocumentDiagnosticReport(uri, []) for uri in held if ls.session_of(uri) is None]
    token = params.partial_result_token
    if token is None:
        return types.WorkspaceDiagnosticReport(reports)
    for start in range(0, len(reports), _PART):
        part = types.WorkspaceDiagnosticReportPartialResult(reports[start : start + _PART])
        ls.progress(types.ProgressParams(token, part))
        await asyncio.sleep(0)
    return types.WorkspaceDiagnosticReport([])


def _reports(
    ls: EventlensServer, session: Session, convert: Conversions, held: dict[str, str]
) -> list[types.WorkspaceDocumentDiagnosticReport]:
    found = ls.diagnostics_of(convert)
    result_ids = {path: ls.result_id(convert, path) for path in found}
    emptied = {path for uri in held if (path := session.path_of(uri)) is not None}
    emptied |= ls.pulls.workspace_of(session.uri).keys()
    ls.pulls.give_workspace(session.uri, result_ids)
    reports: list[types.WorkspaceDocumentDiagnosticReport] = []
    for path in sorted(found.keys() | emptied):
        uri, version = session.uri_of(path), convert.snapshot.version(path)
        result_id = result_ids.get(path)
        if result_id is not None and held.get(uri) == result_id:
            reports.append(types.WorkspaceUnchangedDocumentDiagnosticReport(uri, result_id, version))
        else:
            items = found.get(path, [])
            reports.append(types.WorkspaceFullDocumentDiagnosticReport(uri, items, version, result_id=result_id))
    return reports


class _NotYet(JsonRpcException):
    CODE = types.LSPErrorCodes.ServerCancelled
    MESSAGE = "nothing is analysed yet"


def _ask_again() -> _NotYet:
    return _NotYet(data=types.DiagnosticServerCancellationData(retrigger_request=True))
