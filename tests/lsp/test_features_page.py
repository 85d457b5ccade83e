"""The page of features says what the server offers: no more, no less."""

from __future__ import annotations

import re
from pathlib import Path

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder

from eventlens.lsp import feature_table, own_methods
from eventlens.lsp.client_settings import SETTINGS
from eventlens.lsp.feature_page import feature_page
from eventlens.lsp.features.registry import PULLED
from eventlens.lsp.server import create_server

REPOSITORY = Path(__file__).parent.parent.parent
SOURCES = "".join(
    path.read_text(encoding="utf-8")
    for path in (REPOSITORY / "server" / "eventlens" / "lsp").rglob("*.py")
    if not path.name.startswith("feature_")
)
TABLE = {method for row in (*feature_table.FEATURES, *feature_table.MANNERS) for method in row.methods}
BY_LIBRARY = {"workspace/executeCommand", "$/progress", "window/workDoneProgress/create"}
"""Answered and sent by the protocol's library on behalf of commands and progress displays."""


def handled() -> set[str]:
    """The methods that the server has a handler of its own for, with every client's abilities."""
    return {*create_server().protocol.fm.features, *(method for method, _, _ in PULLED)}


def sent() -> set[str]:
    """The methods that the server's code sends, by the names that the protocol's library gives to them."""
    own = {own_methods.MAP_CHANGED, own_methods.STATUS}
    return own | {
        method
        for method in types.METHOD_TO_TYPES
        if re.search(rf"\b(?:_?ls|self)\.{_name(method)}(?:_async)?\(", SOURCES)
    }


def _name(method: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", method.replace("$/", "").replace("/", "_")).lower()


def test_each_method_stands_in_the_table_once_and_is_handled_or_sent() -> None:
    rows = [method for row in (*feature_table.FEATURES, *feature_table.MANNERS) for method in row.methods]
    assert len(rows) == len(set(rows))
    assert handled() | sent() | BY_LIBRARY == TABLE


def test_what_is_sent_is_found() -> None:
    assert {"textDocument/publishDiagnostics", "workspace/configuration", "client/registerCapability"} <= sent()


def test_each_advertised_provider_stands_in_the_table() -> None:
    server = create_server()
    for method, handler, options in PULLED:
        server.feature(method, options)(handler)
    manager = server.protocol.fm
    advertised = ServerCapabilitiesBuilder(
        types.ClientCapabilities(),
        {*manager.features, *manager.builtin_features},
        manager.feature_options,
        list(manager.commands),
        types.TextDocumentSyncKind.Incremental,
    ).build()
    for field in (name for name in types.ServerCapabilities.__attrs_attrs__ if name.name.endswith("_provider")):
        if getattr(advertised, field.name):
            assert _method_of(field.name) in TABLE, field.name


def _method_of(provider: str) -> str:
    irregular = {
        "call_hierarchy_provider": "textDocument/prepareCallHierarchy",
        "workspace_symbol_provider": "workspace/symbol",
        "execute_command_provider": "workspace/executeCommand",
    }
    first, *rest = provider.removesuffix("_provider").split("_")
    return irregular.get(provider, f"textDocument/{first}{''.join(word.capitalize() for word in rest)}")


def test_each_command_and_setting_stands_in_the_table() -> None:
    assert set(create_server().protocol.fm.commands) == set(feature_table.COMMANDS)
    assert {name for feature in feature_table.FEATURES for name in feature.settings} == set(SETTINGS)


def test_each_feature_says_how_each_editor_shows_it() -> None:
    for feature in feature_table.FEATURES:
        assert tuple(feature.shown) == feature_table.EDITORS and all(feature.shown.values()), feature.name


def test_the_page_is_current() -> None:
    page = (REPOSITORY / "docs" / "features.md").read_text(encoding="utf-8")
    assert page == feature_page(), "run `make docs`"


def test_each_setting_is_described() -> None:
    page = (REPOSITORY / "docs" / "editors.md").read_text(encoding="utf-8")
    table = page.partition("## Client settings")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `eventlens\.(\w+)`", table, re.M) == list(SETTINGS)
