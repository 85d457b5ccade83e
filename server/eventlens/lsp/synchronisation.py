"""Documents and files as they change."""

from __future__ import annotations

from lsprotocol import types

from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.watching import relevant


def did_open(ls: EventlensServer, params: types.DidOpenTextDocumentParams) -> None:
    """A document is open: its text counts, not the file's."""
    opened = params.text_document
    ls.documents.open(opened.uri, opened.version, opened.text)
    found = ls.session_of(opened.uri)
    if found is not None:
        session, path = found
        ls.pulls.forget(session.uri, path)
        if (publisher := ls.publishers.get(session.uri)) is not None:
            publisher.reopened(path)
    _tell_session(ls, opened.uri)


def did_change(ls: EventlensServer, params: types.DidChangeTextDocumentParams) -> None:
    """A document was edited."""
    changed = params.text_document
    ls.documents.change(changed.uri, changed.version, params.content_changes, ls.encoding)
    _tell_session(ls, changed.uri)


def did_save(ls: EventlensServer, params: types.DidSaveTextDocumentParams) -> None:
    """A document was written: settings are read from the disk, and so is what no watcher saw."""
    _files_changed(ls, [params.text_document.uri])


def did_close(ls: EventlensServer, params: types.DidCloseTextDocumentParams) -> None:
    """A document is closed: the file counts again."""
    ls.documents.close(params.text_document.uri)
    found = ls.session_of(params.text_document.uri)
    if found is not None:
        ls.pulls.forget(found[0].uri, found[1])
    _tell_session(ls, params.text_document.uri)


def did_change_watched_files(ls: EventlensServer, params: types.DidChangeWatchedFilesParams) -> None:
    """Files changed on disk; a checkout of thousands is one change."""
    _files_changed(ls, [change.uri for change in params.changes])


def did_rename_files(ls: EventlensServer, params: types.RenameFilesParams) -> None:
    """Folders were renamed in the editor; what a watcher says of that differs."""
    _files_changed(ls, [uri for file in params.files for uri in (file.old_uri, file.new_uri)])


def did_delete_files(ls: EventlensServer, params: types.DeleteFilesParams) -> None:
    """Folders were deleted in the editor."""
    _files_changed(ls, [file.uri for file in params.files])


def _tell_session(ls: EventlensServer, uri: str) -> None:
    found = ls.session_of(uri)
    if found is not None:
        session, path = found
        session.document_changed(path, ls.documents.get(uri) or ls.documents.spelt_otherwise(uri))


def _files_changed(ls: EventlensServer, changed: list[str]) -> None:
    for session in ls.sessions:
        paths = [path for uri in changed if (path := session.path_of(uri)) is not None]
        if found := relevant(session, paths):
            session.files_changed(found)
