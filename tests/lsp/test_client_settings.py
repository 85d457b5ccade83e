"""What the client's settings switch, and what is said of those that are wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import client_capabilities

from eventlens.lsp.client_settings import SETTINGS, ClientSettings, read_settings

from .client import REAL, Editor

pytestmark = pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")

FILES = {
    "package.json": '{"name": "shop", "dependencies": {"kafkajs": "2"}}',
    "place.ts": "import { Kafka } from 'kafkajs';\n"
    "const ORDERS = 'orders.placed';\n"
    "const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();\n"
    "export async function place(id: string): Promise<void> {\n"
    "  await producer.send({ topic: ORDERS, messages: [{ value: id }] });\n"
    "}\n"
    "export const mistyped = () => producer.send({ topic: '', messages: [] });\n",
}
PLACE = "place.ts"
SEND = FILES[PLACE].split("\n")[4].index("send")
EMPTY = FILES[PLACE].split("\n")[6].index("''") + 1
Start = Callable[..., Awaitable[Editor]]


@pytest_asyncio.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    started: list[Editor] = []

    async def begin(**options: Any) -> Editor:
        for path, text in FILES.items():
            (tmp_path / path).write_text(text)
        editor = await Editor.start(tmp_path, REAL, **options)
        editor.open(PLACE)
        await editor.mapped()
        started.append(editor)
        return editor

    yield begin
    for editor in started:
        await editor.stop()


def set_to(editor: Editor, settings: dict[str, Any]) -> None:
    """Change the settings as the client would."""
    editor.client.set_configuration(settings, section="eventlens")
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))


async def answers(editor: Editor, setting: str) -> bool:
    """Whether there is an answer of the feature that a setting switches."""
    document = types.TextDocumentIdentifier(editor.uri(PLACE))
    client, everything = editor.client, types.Range(types.Position(0, 0), types.Position(9, 0))
    if setting == "hover":
        return await editor.hover(PLACE, 4, SEND) is not None
    if setting == "completion":
        params = types.CompletionParams(**editor.at(PLACE, 6, EMPTY))
        return bool(await client.text_document_completion_async(params))
    if setting == "codeLens":
        return bool(await client.text_document_code_lens_async(types.CodeLensParams(document)))
    if setting == "inlayHints":
        return bool(await client.text_document_inlay_hint_async(types.InlayHintParams(document, everything)))
    if setting == "documentHighlight":
        params = types.DocumentHighlightParams(**editor.at(PLACE, 4, SEND))
        return bool(await client.text_document_document_highlight_async(params))
    if setting == "symbols":
        of_workspace = await client.workspace_symbol_async(types.WorkspaceSymbolParams("orders"))
        of_document = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
        assert bool(of_workspace) == bool(of_document)
        return bool(of_document)
    if setting == "callHierarchy":
        called = types.CallHierarchyPrepareParams(**editor.at(PLACE, 4, SEND))
        return bool(await client.text_document_prepare_call_hierarchy_async(called))
    if setting == "rename":
        named = types.PrepareRenameParams(**editor.at(PLACE, 1, FILES[PLACE].split("\n")[1].index("orders")))
        return await client.text_document_prepare_rename_async(named) is not None
    if setting == "codeActions":
        asked = types.CodeActionParams(document, everything, types.CodeActionContext([]))
        return bool(await client.text_document_code_action_async(asked))
    assert setting in SHOWING
    await editor.hover(PLACE, 0, 0)
    return bool(editor.shown(PLACE))


OFF: dict[str, Any] = dict.fromkeys(SETTINGS, False) | {"minimumSeverity": "error", "navigationOnly": True}
SHOWING = {"minimumSeverity", "diagnostics", "navigationOnly"}
"""The settings that take the findings away."""


def silenced(name: str) -> set[str]:
    """The settings whose features do not answer while one is off."""
    return {name} | (SHOWING if name in SHOWING else set()) | ({"codeActions"} if name == "navigationOnly" else set())


async def test_each_setting_switches_its_feature_while_the_server_runs(start: Start) -> None:
    editor = await start()
    assert {name: await answers(editor, name) for name in SETTINGS} == dict.fromkeys(SETTINGS, True)
    for name in SETTINGS:
        set_to(editor, {name: OFF[name]})
        if name in SHOWING:
            await editor.until_shown(PLACE)
        answered = {each: await answers(editor, each) for each in SETTINGS}
        assert answered == {each: each not in silenced(name) for each in SETTINGS}
        set_to(editor, {})
        if name in SHOWING:
            await editor.until(lambda: bool(editor.shown(PLACE)), "findings are back")


async def test_settings_that_are_pushed_count_too(start: Start) -> None:
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.workspace is not None
    capabilities.workspace.configuration = False
    editor = await start(capabilities=capabilities, options={"hover": False})
    assert not await answers(editor, "hover")
    editor.client.workspace_did_change_configuration(
        types.DidChangeConfigurationParams({"eventlens": {"hover": True}, "other": {"hover": False}})
    )
    assert await answers(editor, "hover")
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
    assert await answers(editor, "hover")


async def test_lenses_and_hints_are_asked_for_again(start: Start) -> None:
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.workspace is not None
    capabilities.workspace.inlay_hint = types.InlayHintWorkspaceClientCapabilities(refresh_support=True)
    editor = await start(capabilities=capabilities)
    assert await answers(editor, "codeLens")
    editor.refreshes.clear()
    set_to(editor, {"codeLens": False})
    both = {types.WORKSPACE_CODE_LENS_REFRESH, types.WORKSPACE_INLAY_HINT_REFRESH}
    await editor.until(lambda: set(editor.refreshes) == both, "lenses and hints are asked for again")
    editor.refreshes.clear()
    consumer = FILES[PLACE].replace("producer()", "consumer({ groupId: 'a' })").replace("producer", "consumer")
    editor.open(
        "mail.ts",
        consumer.replace("send({ topic: ORDERS, messages: [{ value: id }] })", "subscribe({ topic: ORDERS })"),
    )
    await editor.until(lambda: set(editor.refreshes) == both, "another file changed what they say")


async def test_a_client_that_tells_who_asked_is_asked(start: Start) -> None:
    editor = await start()
    await editor.until(lambda: types.WORKSPACE_DID_CHANGE_CONFIGURATION in editor.asked, "it is registered")


async def test_a_mistake_is_told_once(start: Start) -> None:
    editor = await start(settings={"codeLens": "no"})
    await editor.until(lambda: len(editor.client.messages) == 1, "the mistake is told")
    set_to(editor, {"codeLens": "no", "inlayHint": False})
    await editor.until(lambda: len(editor.client.messages) == 2, "the new mistake is told")
    assert [message.message for message in editor.client.messages] == [
        "eventlens.codeLens: 'no' is neither true nor false; `true` is used",
        "eventlens.inlayHint: no such setting; `eventlens.inlayHints` is one",
    ]


async def test_a_mistake_in_what_comes_with_the_start_is_told(start: Start) -> None:
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.workspace is not None
    capabilities.workspace.configuration = False
    editor = await start(capabilities=capabilities, options={"eventlens": {"minimumSeverity": "loud"}})
    await editor.until(lambda: bool(editor.client.messages), "the mistake is told")
    assert editor.client.messages[0].message == (
        "eventlens.minimumSeverity: 'loud' is none of error, warning, info, hint; `hint` is used"
    )


@pytest.mark.parametrize("given", [None, {}, {"eventlens": None}, {"eventlens": {}}, {"serverPath": "/x", "trace": {}}])
def test_nothing_and_the_settings_of_others_leave_the_defaults(given: object) -> None:
    assert read_settings(given) == (ClientSettings(), [])


@pytest.mark.parametrize("given", [3, "hover", ["hover"], {"eventlens": []}])
def test_what_is_no_table_is_said_so(given: object) -> None:
    assert read_settings(given) == (ClientSettings(), ["`eventlens` is not a table of settings; the defaults are used"])


def test_every_field_has_a_name() -> None:
    assert sorted(SETTINGS.values()) == sorted(ClientSettings._fields)
