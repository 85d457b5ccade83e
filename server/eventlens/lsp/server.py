"""The server: every feature registered in one place."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from eventlens.lsp import lifecycle, synchronisation
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.engine import Engine
from eventlens.lsp.features.registry import COMMANDS, FEATURES
from eventlens.lsp.second_look import ParanoidServer

_FOLDERS = types.FileOperationRegistrationOptions(
    [
        types.FileOperationFilter(
            types.FileOperationPattern("**/*", types.FileOperationPatternKind.Folder), scheme="file"
        )
    ]
)
_LIFE: tuple[tuple[str, Any, Any], ...] = (
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
    (types.WORKSPACE_DID_RENAME_FILES, synchronisation.did_rename_files, _FOLDERS),
    (types.WORKSPACE_DID_DELETE_FILES, synchronisation.did_delete_files, _FOLDERS),
)
"""Method, handler, options."""


def create_server(engine: Engine | None = None, paranoid: bool = False) -> EventlensServer:
    """A server that waits for its client. ``engine`` is how folders are analysed; if ``paranoid``, each time from scratch too."""
    server = (ParanoidServer if paranoid else EventlensServer)(engine or Engine())
    for method, handler, options in (*_LIFE, *FEATURES):
        server.feature(method, options)(handler)
    for name, command in COMMANDS:
        server.command(name)(command)
    return server
