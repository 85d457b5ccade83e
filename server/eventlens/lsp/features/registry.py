"""What the client may ask: method, handler and options of each feature, and the commands.

A feature's module, and with it the engine, is loaded when it is first asked for: the answer to ``initialize`` waits for neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from lsprotocol import types

from eventlens.lsp.client_settings import ClientSettings
from eventlens.lsp.connection import EventlensServer, Refreshed
from eventlens.lsp.loading import is_loaded, loaded
from eventlens.lsp.own_methods import MAP

LENS_COMMANDS = {
    "ends": "eventlens.showEnds",
    "cycle": "eventlens.showCycle",
    "dead-letters": "eventlens.showDeadLetters",
}
"""The command behind each kind of lens."""

FIX_ALL = "source.fixAll.eventlens"
"""The kind of the code action that makes all safe fixes of a document."""

_NEARLY_READY = 0.004
"""Seconds that what is asked in passing waits for the first look at the open files, which takes a hundred times as long."""

Handler: TypeAlias = Callable[[EventlensServer, Any], Awaitable[Any]]


def _later(place: str) -> Handler:
    """The coroutine function at ``module.name`` of this package, loaded when it is called."""
    module, name = _module(place), place.partition(".")[2]

    async def handler(ls: EventlensServer, params: Any) -> Any:
        return await getattr(await loaded(module), name)(ls, params)

    return handler


def _module(place: str) -> str:
    return f"eventlens.lsp.features.{place.partition('.')[0]}"


def _at_once(place: str) -> Handler:
    """The same for what is asked in passing: until the engine is loaded and the open files are looked at for the first time, nothing,
    rather than late.

    Nobody waits with the pointer on a word until an engine is loaded, and what is shown a second later belongs to another word.
    """
    answer, module = _later(place), _module(place)

    async def handler(ls: EventlensServer, params: Any) -> Any:
        found = ls.session_of(params.text_document.uri)
        is_ready = found is None or (found[0].snapshot is not None and is_loaded(module))
        if is_ready or ls.engine.glance is None:
            return await answer(ls, params)
        try:
            return await asyncio.wait_for(answer(ls, params), _NEARLY_READY)
        except asyncio.TimeoutError:
            return None

    return handler


def _when_asked_again(what: Refreshed, place: str) -> Handler:
    """The same for what the client can be told to ask for again: nothing until the open files are looked at."""
    answer = _later(place)

    async def handler(ls: EventlensServer, params: Any) -> Any:
        found = ls.session_of(params.text_document.uri)
        is_early = found is not None and found[0].snapshot is None and ls.engine.glance is not None
        return None if is_early and ls.can_ask_again(what) else await answer(ls, params)

    return handler


def _if(is_wanted: Callable[[ClientSettings], bool], answer: Handler) -> Handler:
    """The same where the client's settings want it, also by the time that it is answered: the first requests come before the settings."""

    async def handler(ls: EventlensServer, params: Any) -> Any:
        found = await answer(ls, params) if is_wanted(ls.settings) else None
        return found if is_wanted(ls.settings) else None

    return handler


def _show(kind: str) -> Callable[[EventlensServer, str, int, int], Awaitable[list[types.Location] | None]]:
    """The command behind the lenses of a kind."""

    async def show(ls: EventlensServer, uri: str, line: int, character: int) -> list[types.Location] | None:
        """Go where a lens leads that stands at a 0-based position in the client's units; ask which end when there are several."""
        code_lens = await loaded("eventlens.lsp.features.code_lens")
        places: list[types.Location] | None = await code_lens.show(ls, kind, uri, line, character)
        return places

    return show


FEATURES: tuple[tuple[str, Handler, Any], ...] = (
    (
        types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY,
        _if(lambda on: on.call_hierarchy, _later("call_hierarchy.prepare")),
        None,
    ),
    (types.CALL_HIERARCHY_INCOMING_CALLS, _later("call_hierarchy.incoming"), None),
    (types.CALL_HIERARCHY_OUTGOING_CALLS, _later("call_hierarchy.outgoing"), None),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        _if(lambda on: on.offers_code_actions, _later("code_actions.code_action")),
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL], resolve_provider=True),
    ),
    (types.CODE_ACTION_RESOLVE, _later("code_actions.resolve"), None),
    (
        types.TEXT_DOCUMENT_CODE_LENS,
        _if(lambda on: on.code_lens, _when_asked_again("code_lens", "code_lens.code_lenses")),
        types.CodeLensOptions(resolve_provider=False),
    ),
    (
        types.TEXT_DOCUMENT_COMPLETION,
        _if(lambda on: on.completion, _later("completion.completion")),
        types.CompletionOptions(trigger_characters=['"', "'", "`", "."], resolve_provider=False),
    ),
    (types.TEXT_DOCUMENT_DECLARATION, _later("declaration.declaration"), None),
    (types.TEXT_DOCUMENT_DEFINITION, _later("definition.definition"), None),
    (
        types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT,
        _if(lambda on: on.document_highlight, _at_once("document_highlight.document_highlight")),
        None,
    ),
    (types.TEXT_DOCUMENT_HOVER, _if(lambda on: on.hover, _at_once("hover.hover")), None),
    (types.TEXT_DOCUMENT_IMPLEMENTATION, _later("implementation.implementation"), None),
    (
        types.TEXT_DOCUMENT_INLAY_HINT,
        _if(lambda on: on.inlay_hints, _when_asked_again("inlay_hint", "inlay_hint.inlay_hint")),
        types.InlayHintOptions(resolve_provider=False),
    ),
    (MAP, _later("flow_map.flow_maps"), None),
    (types.TEXT_DOCUMENT_REFERENCES, _later("references.references"), None),
    (
        types.TEXT_DOCUMENT_RENAME,
        _if(lambda on: on.rename, _later("rename.rename")),
        types.RenameOptions(prepare_provider=True, work_done_progress=True),
    ),
    (types.TEXT_DOCUMENT_PREPARE_RENAME, _if(lambda on: on.rename, _later("rename.prepare")), None),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, _if(lambda on: on.symbols, _later("symbols.document_symbols")), None),
    (types.WORKSPACE_SYMBOL, _if(lambda on: on.symbols, _later("symbols.workspace_symbols")), None),
    (types.TEXT_DOCUMENT_TYPE_DEFINITION, _later("type_definition.type_definition"), None),
)
"""Method, handler, options."""

PULLED: tuple[tuple[str, Handler, Any], ...] = (
    (
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        _later("pull_diagnostics.document_diagnostic"),
        types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=True, identifier="eventlens"),
    ),
    (types.WORKSPACE_DIAGNOSTIC, _later("pull_diagnostics.workspace_diagnostic"), None),
)
"""Registered for clients of which `eventlens.lsp.pulling.can_pull` holds."""

COMMANDS = tuple((name, _show(kind)) for kind, name in LENS_COMMANDS.items())
"""Name, handler."""
