"""The server: every feature registered in one place."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from eventlens.lsp import lifecycle, requests, synchronisation
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.session import Engine

_FEATURES: tuple[tuple[str, Any, Any], ...] = (
    (types.INITIALIZE, lifecycle.initialize, None),
    (types.INITIALIZED, lifecycle.initialized, None),
    (types.SHUTDOWN, lifecycle.shutdown, None),
    (types.EXIT, lifecycle.exit_process, None),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, lifecycle.did_change_configuration, None),
    (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, lifecycle.did_change_folders, None),
    (types.TEXT_DOCUMENT_DID_OPEN, synchronisation.did_open, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, synchronisation.did_change, None),
    (types.TEXT_DOCUMENT_DID_SAVE, synchronisation.did_save, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, synchronisation.did_close, None),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, synchronisation.did_change_watched_files, None),
    (types.TEXT_DOCUMENT_HOVER, requests.hover, None),
    (types.TEXT_DOCUMENT_DEFINITION, requests.definition, None),
    (types.TEXT_DOCUMENT_DECLARATION, requests.declaration, None),
    (types.TEXT_DOCUMENT_REFERENCES, requests.references, None),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, requests.document_symbols, None),
    (types.WORKSPACE_SYMBOL, requests.workspace_symbols, None),
    (types.TEXT_DOCUMENT_CODE_LENS, requests.code_lenses, types.CodeLensOptions(resolve_provider=False)),
)
"""Method, handler, options."""


def create_server(engine: Engine | None = None) -> EventlensServer:
    """A server that waits for its client. ``engine`` is how folders are analysed."""
    server = EventlensServer(engine or Engine())
    for method, handler, options in _FEATURES:
        server.feature(method, options)(handler)
    server.command(requests.SHOW_ENDS)(requests.show_ends)
    return server
