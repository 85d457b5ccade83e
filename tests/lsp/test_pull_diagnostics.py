"""Diagnostics for clients that ask for them: the same as those that are sent, never both, never outdated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import client_capabilities

from .client import Editor, RawServer

pytestmark = pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")

PRODUCER = 'publish("orders");\n'
CONSUMER = 'subscribe("orders");\n'
LOST = "nobody consumes orders"
Start = Callable[..., Awaitable[Editor]]


def pulling(related: bool = False, refresh: bool = True) -> types.ClientCapabilities:
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.text_document is not None and capabilities.workspace is not None
    capabilities.text_document.diagnostic = types.DiagnosticClientCapabilities(related_document_support=related)
    if refresh:
        capabilities.workspace.diagnostics = types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
    return capabilities


@pytest_asyncio.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    started: list[Editor] = []

    async def begin(files: dict[str, str], capabilities: types.ClientCapabilities | None = None, **more: Any) -> Editor:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8", newline="")
        editor = await Editor.start(tmp_path, capabilities=capabilities or pulling(), **more)
        started.append(editor)
        return editor

    yield begin
    for editor in started:
        await editor.stop()
    await RawServer.stop_all()


async def pull(editor: Editor, path: str, previous: str | None = None) -> types.DocumentDiagnosticReport:
    document = types.TextDocumentIdentifier(editor.uri(path))
    params = types.DocumentDiagnosticParams(document, previous_result_id=previous)
    return await editor.client.text_document_diagnostic_async(params)


async def pull_all(editor: Editor, held: dict[str, str] | None = None, token: str | None = None) -> dict[str, Any]:
    """The reports by path, and under "" the whole answer."""
    previous = [types.PreviousResultId(editor.uri(path), value) for path, value in (held or {}).items()]
    params = types.WorkspaceDiagnosticParams(previous, partial_result_token=token)
    answer = await editor.client.workspace_diagnostic_async(params)
    return {report.uri.removeprefix(editor.root.as_uri() + "/"): report for report in answer.items}


def asked_again(editor: Editor) -> int:
    """How often the client was told to ask for diagnostics again."""
    return editor.refreshes.count(types.WORKSPACE_DIAGNOSTIC_REFRESH)


def full(report: Any) -> types.RelatedFullDocumentDiagnosticReport:
    assert report.kind == "full", report
    return report


def messages(report: Any) -> list[str]:
    return [diagnostic.message.split("\n")[0] for diagnostic in full(report).items]


async def test_it_is_offered_to_a_client_that_can_be_told_to_ask_again(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER})
    assert editor.initialized.capabilities.diagnostic_provider == types.DiagnosticOptions(True, True, "eventlens")


@pytest.mark.parametrize("capabilities", [client_capabilities("neovim@v0.11.0"), pulling(refresh=False)])
async def test_a_client_that_cannot_be_told_so_is_sent_them(
    start: Start, capabilities: types.ClientCapabilities
) -> None:
    editor = await start({"a.ts": PRODUCER}, capabilities)
    assert editor.initialized.capabilities.diagnostic_provider is None
    editor.open("a.ts")
    await editor.until_shown("a.ts", LOST)


async def test_an_answer_is_what_another_client_is_sent(start: Start) -> None:
    files = {"orders/a.ts": "\n\t/* 😀 */ " + PRODUCER + PRODUCER, "eventlens.toml": "wrong = 1\n"}
    sent = await start(files, client_capabilities("visual-studio-code"))
    pulled = await start(files)
    pulled.open("orders/a.ts")
    for path in files:
        await sent.until(lambda path=path: bool(sent.shown(path)), f"{path} is sent")
        assert list(full(await pull(pulled, path)).items) == sent.shown(path)
        assert list(full((await pull_all(pulled))[path]).items) == sent.shown(path)


async def test_what_the_client_holds_is_not_sent_again(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER})
    editor.open("a.ts")
    first = full(await pull(editor, "a.ts"))
    again = await pull(editor, "a.ts", first.result_id)
    assert (again.kind, again.result_id) == ("unchanged", first.result_id)
    editor.edit("a.ts", "nothing\n")
    changed = full(await pull(editor, "a.ts", first.result_id))
    assert not changed.items and changed.result_id != first.result_id


async def test_a_reopened_document_is_answered_in_full(start: Start) -> None:
    """The client may have dropped what it held at the close."""
    editor = await start({"a.ts": PRODUCER})
    editor.open("a.ts")
    first = full(await pull(editor, "a.ts"))
    editor.close("a.ts")
    editor.open("a.ts")
    assert messages(await pull(editor, "a.ts", first.result_id)) == [LOST]


async def test_open_documents_are_not_sent_and_closed_ones_are(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER, "b.ts": PRODUCER})
    await editor.until_shown("a.ts", LOST)
    await editor.until_shown("b.ts", LOST)
    editor.open("a.ts")
    assert messages(await pull(editor, "a.ts")) == [LOST]
    await editor.until_shown("a.ts")
    editor.edit("a.ts", "// moved\n" + PRODUCER)
    assert messages(await pull(editor, "a.ts")) == [LOST]
    assert len(editor.shown("b.ts") or []) == 1 and editor.shown("a.ts") == []
    editor.close("a.ts")
    await editor.until_shown("a.ts", LOST)


async def test_nothing_is_sent_once_the_workspace_is_asked_for(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER, "b.ts": PRODUCER})
    await editor.until_shown("a.ts", LOST)
    assert {path: messages(report) for path, report in (await pull_all(editor)).items()} == {
        "a.ts": [LOST],
        "b.ts": [LOST],
    }
    await editor.until_shown("a.ts")
    await editor.until_shown("b.ts")
    before = len(editor.published)
    editor.write("c.ts", 'publish("other");\n')
    await editor.until(lambda: asked_again(editor) > 0, "the client is told to ask again")
    assert messages((await pull_all(editor))["c.ts"]) == ["nobody consumes other"]
    assert len(editor.published) == before


async def test_the_workspace_is_answered_with_what_changed(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER, "b.ts": 'publish("other");\n'})
    held = {path: full(report).result_id or "" for path, report in (await pull_all(editor)).items()}
    assert {path: r.kind for path, r in (await pull_all(editor, held)).items()} == {
        "a.ts": "unchanged",
        "b.ts": "unchanged",
    }
    editor.open("new.ts", CONSUMER)
    await editor.until(lambda: asked_again(editor) > 0, "the client is told to ask again")
    found = await pull_all(editor, held)
    assert messages(found["a.ts"]) == [] and found["b.ts"].kind == "unchanged"
    assert list(await pull_all(editor, {"b.ts": held["b.ts"]})) == ["b.ts"], "what was emptied is not told for ever"


async def test_the_workspace_comes_in_parts_where_the_client_takes_parts(start: Start) -> None:
    editor = await start({f"{number}.ts": f'publish("n{number}");\n' for number in range(250)})
    assert await pull_all(editor, token="parts") == {}
    uris = sorted(report["uri"] for part in editor.parts for report in part)
    assert len(editor.parts) == 3 and uris == sorted(editor.uri(f"{number}.ts") for number in range(250))


async def test_an_edit_elsewhere_makes_the_client_ask_again(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER, "b.ts": CONSUMER})
    editor.open("a.ts")
    editor.open("b.ts")
    assert messages(await pull(editor, "a.ts")) == []
    editor.edit("b.ts", "nothing\n")
    await editor.until(lambda: asked_again(editor) == 1, "one refresh")
    assert messages(await pull(editor, "a.ts")) == [LOST]


async def test_what_the_client_asks_by_itself_needs_no_refresh(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER})
    editor.open("a.ts")
    await pull(editor, "a.ts")
    for number in range(3):
        editor.edit("a.ts", f'publish("n{number}");\n')
        assert messages(await pull(editor, "a.ts")) == [f"nobody consumes n{number}"]
    await asyncio.sleep(0.6)
    assert asked_again(editor) == 0


async def test_navigation_only_leaves_nothing_to_show_and_has_the_client_ask_again(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER, "eventlens.toml": "wrong = 1\n"})
    editor.open("a.ts")
    before = full(await pull(editor, "a.ts"))
    assert before.items and (await pull_all(editor))["eventlens.toml"].items
    editor.refreshes.clear()
    for settings, is_shown in (({"navigationOnly": True}, False), ({}, True)):
        asked = asked_again(editor)
        editor.client.set_configuration(settings, section="eventlens")
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
        await editor.until(lambda asked=asked: asked_again(editor) > asked, "the client is told to ask again")
        report = full(await pull(editor, "a.ts"))
        assert bool(report.items) == is_shown
        assert (report.result_id == before.result_id) == is_shown
        assert any(one.items for one in (await pull_all(editor)).values()) == is_shown


async def test_related_documents_ride_along(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER, "b.ts": CONSUMER}, pulling(related=True))
    editor.open("a.ts")
    editor.open("b.ts")
    assert messages(await pull(editor, "a.ts")) == []
    await pull(editor, "b.ts")
    editor.edit("b.ts", "nothing\n")
    related = full(await pull(editor, "b.ts")).related_documents or {}
    assert list(related) == [editor.uri("a.ts")] and messages(related[editor.uri("a.ts")]) == [LOST]
    assert (await pull(editor, "a.ts", related[editor.uri("a.ts")].result_id)).kind == "unchanged"
    await asyncio.sleep(0.6)
    assert asked_again(editor) == 0


async def test_a_folder_that_left_is_emptied(start: Start, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "o.ts").write_text(PRODUCER)
    editor = await start({"a.ts": PRODUCER}, folders=None)
    folder = types.WorkspaceFolder(other.as_uri(), "other")
    change = types.WorkspaceFoldersChangeEvent([folder], [])
    editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(change))
    uri = (other / "o.ts").as_uri()
    found = await pull_all(editor)
    assert messages(found[uri]) == [LOST]
    change = types.WorkspaceFoldersChangeEvent([], [folder])
    editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(change))
    await editor.until(lambda: asked_again(editor) > 0, "the client is told to ask again")
    previous = [types.PreviousResultId(uri, found[uri].result_id)]
    answer = await editor.client.workspace_diagnostic_async(types.WorkspaceDiagnosticParams(previous))
    assert [messages(report) for report in answer.items if report.uri == uri] == [[]]


async def test_a_document_outside_of_the_folders_has_none(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER})
    params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier("untitled:Untitled-1"))
    assert not full(await editor.client.text_document_diagnostic_async(params)).items


async def test_a_pull_can_be_cancelled(start: Start, tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text(PRODUCER + "// SLOW\n")
    server = await RawServer.start()
    abilities = {
        "textDocument": {"diagnostic": {}},
        "workspace": {"diagnostics": {"refreshSupport": True}},
    }
    server.send(
        {
            "id": 0,
            "method": "initialize",
            "params": {"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": abilities},
        }
    )
    assert (await server.answer(0))["result"]["capabilities"]["diagnosticProvider"]["interFileDependencies"]
    server.send({"method": "initialized", "params": {}})
    server.send({"id": 1, "method": "workspace/diagnostic", "params": {"previousResultIds": []}})
    server.send({"method": "$/cancelRequest", "params": {"id": 1}})
    assert (await server.answer(1))["error"]["code"] == -32800
