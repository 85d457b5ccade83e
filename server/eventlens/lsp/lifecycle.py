"""Beginning and end of a connection, folders and configuration."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

from lsprotocol import types
from pygls import uris

from eventlens.lsp.client_settings import read_settings
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.ending import end_process
from eventlens.lsp.features.registry import PULLED
from eventlens.lsp.file_uris import file_path
from eventlens.lsp.loading import begin_to_load
from eventlens.lsp.map_news import MapNews
from eventlens.lsp.own_methods import Wishes
from eventlens.lsp.progress import start_progress
from eventlens.lsp.pulling import can_pull
from eventlens.lsp.session import IndexingProgress, Session
from eventlens.lsp.watching import ask_client_to_watch, client_watches, watch_here

log = logging.getLogger(__name__)

_ANSWER = 2.0
"""Seconds that a client may take to give its settings; after that those it gave before count."""
_PARENT_CHECK = 1.0
"""Seconds between two looks at whether the editor still lives."""


def initialize(ls: EventlensServer, params: types.InitializeParams) -> None:
    """Remember the folders; nothing is analysed before the client says that it is ready. The engine is loaded once this is answered."""
    asyncio.get_running_loop().call_soon(begin_to_load)
    ls.settings, ls.settings_mistakes = read_settings(params.initialization_options)
    ls.wishes = Wishes.of(params.capabilities)
    ls.map_news = MapNews(ls.wishes, ls.protocol.notify)
    root = params.root_uri or (uris.from_fs_path(params.root_path) if params.root_path else None)
    for uri in [folder.uri for folder in params.workspace_folders or ()] or ([root] if root else []):
        _add_session(ls, uri)
    if can_pull(params.capabilities):
        ls.pulls.is_used = True
        for method, handler, options in PULLED:
            ls.feature(method, options)(handler)
    if params.process_id is not None and params.process_id > 0 and sys.platform != "win32":
        ls.in_background(_die_with(params.process_id))


async def initialized(ls: EventlensServer, params: types.InitializedParams) -> None:
    """Begin to analyse and to watch."""
    at_first = ls.settings_mistakes
    if not await _pull_settings(ls):
        _complain(ls, at_first)
    await _ask_for_news_of_settings(ls)
    for session in ls.sessions:
        session.start()
    if client_watches(ls):
        await ask_client_to_watch(ls)
    else:
        for session in ls.sessions:
            ls.in_background(watch_here(session, ls.stop_watching))


def shutdown(ls: EventlensServer, params: None) -> None:
    """Stop working; the process ends when the client says so."""
    ls.shutdown_requested = True
    ls.stop_watching.set()
    for session in ls.sessions:
        session.close()


def exit_process(ls: EventlensServer, params: None) -> None:
    """End with 0 after a shutdown, else with 1."""
    end_process(0 if ls.shutdown_requested else 1)


async def did_change_configuration(ls: EventlensServer, params: types.DidChangeConfigurationParams) -> None:
    """Read the client's settings again and show the findings as they now want it."""
    before = ls.settings
    if not await _pull_settings(ls) and params.settings is not None:
        _use_settings(ls, params.settings)
    if ls.settings != before:
        ls.publish_again()
        ls.ask_again_for_lenses_and_hints()


def did_change_folders(ls: EventlensServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Folders joined or left the workspace."""
    for folder in params.event.removed:
        for session in [s for s in ls.sessions if s.uri == folder.uri]:
            ls.sessions.remove(session)
            session.close()
            ls.drop(session)
    for folder in params.event.added:
        added = _add_session(ls, folder.uri)
        if added is not None:
            added.start()
            if not client_watches(ls):
                ls.in_background(watch_here(added, ls.stop_watching))
    _hand_over_documents(ls)
    ls.publish_again()


def _hand_over_documents(ls: EventlensServer) -> None:
    """Open documents belong to the innermost folder that there is now: it has their texts, the folders around it have the files'."""
    for document in ls.documents:
        owner = ls.session_of(document.uri)
        for session in ls.sessions:
            path = session.path_of(document.uri)
            if path is not None:
                session.document_changed(path, document if owner is not None and owner[0] is session else None)


def _add_session(ls: EventlensServer, uri: str) -> Session | None:
    path = file_path(uri)
    if path is None or not os.path.isdir(path):  # noqa: PTH112 - False also for names that no folder can have
        log.warning("%s is not a folder on this machine; it is not analysed", uri)
        return None

    async def progress(session: Session) -> IndexingProgress | None:
        return await start_progress(ls, f"Eventlens: {session.root.name}")

    session = Session(Path(path), uri, ls.engine, ls.publish, progress, ls.map_news.state)
    ls.sessions.append(session)
    return session


async def _pull_settings(ls: EventlensServer) -> bool:
    """Ask the client for its settings; False where it cannot be asked or has none."""
    workspace = ls.client_capabilities.workspace
    if workspace is None or not workspace.configuration:
        return False
    try:
        asked = types.ConfigurationParams([types.ConfigurationItem(section="eventlens")])
        given = await asyncio.wait_for(ls.workspace_configuration_async(asked), _ANSWER)
    except Exception:
        log.exception("the client did not give its settings")
        return False
    if not given or given[0] is None:
        return False
    _use_settings(ls, given[0])
    return True


async def _ask_for_news_of_settings(ls: EventlensServer) -> None:
    """Register for changes of the settings where the client sends them to who asked only."""
    workspace = ls.client_capabilities.workspace
    able = workspace.did_change_configuration if workspace is not None else None
    if not (able and able.dynamic_registration):
        return
    options = types.DidChangeConfigurationRegistrationOptions("eventlens")
    registration = types.Registration("eventlens/settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, options)
    try:
        await ls.client_register_capability_async(types.RegistrationParams([registration]))
    except Exception:
        log.exception("the client refused to tell of changed settings")


def _use_settings(ls: EventlensServer, given: object) -> None:
    ls.settings, mistakes = read_settings(given)
    before, ls.settings_mistakes = ls.settings_mistakes, mistakes
    _complain(ls, [mistake for mistake in mistakes if mistake not in before])


def _complain(ls: EventlensServer, mistakes: list[str]) -> None:
    for mistake in mistakes:
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Warning, mistake))


async def _die_with(process_id: int) -> None:
    """End the server when the editor is gone without having said so."""
    while _lives(process_id):
        await asyncio.sleep(_PARENT_CHECK)
    end_process(1)


def _lives(process_id: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has taken note of does not."""
    try:
        os.kill(process_id, 0)
        status = Path(f"/proc/{process_id}/stat").read_bytes()
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return status.rpartition(b")")[2].split()[:1] != [b"Z"]
