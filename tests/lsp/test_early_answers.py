"""A session shows open documents, and edits of them, while its first analysis of the workspace is still under way."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities

from eventlens.analysis import Analysis, analyse
from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.engine import Engine
from eventlens.lsp.features.places import file_of
from eventlens.lsp.positions import SourceText
from eventlens.lsp.session import Session
from eventlens.lsp.snapshot import Snapshot
from eventlens.progress import Progress
from eventlens.workspace.snapshot import Workspace

from .client import REAL, Editor

STOREFRONT = Path(__file__).parent.parent.parent / "fixtures" / "storefront"
PATH = "services/orders/src/orders/cancel-order.ts"


class Held:
    """An analysis that goes on looking in until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def __call__(self, workspace: Workspace, progress: Progress | None) -> Analysis:
        assert progress is not None
        while not self.let_go.wait(0.01):
            progress("Reading files", 0, 1)
        return analyse(workspace, progress)


def _document(root: Path, version: int, above: str = "") -> OpenDocument:
    text = above + (root / PATH).read_text("utf-8")
    return OpenDocument((root / PATH).as_uri(), version, SourceText(text))


async def no_progress(session: Session) -> None:
    """A client that shows none."""


async def _until(holds: Callable[[], bool]) -> None:
    async def held() -> None:
        while not holds():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(held(), 20)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(STOREFRONT, tmp_path / "shop", ignore=shutil.ignore_patterns("node_modules"))
    return tmp_path / "shop"


async def test_what_is_open_is_shown_before_the_whole_is_known(root: Path) -> None:
    shown: list[Snapshot] = []
    held = Held()

    session = Session(
        root, root.as_uri(), Engine(analyse=held), lambda _, snapshot: shown.append(snapshot), no_progress
    )
    session.document_changed(PATH, _document(root, 1))
    await _until(lambda: bool(shown))
    first = shown[-1]
    assert first.is_early and {one.file for one in first.analysis.flow_map.findings} == {PATH}
    assert (await session.latest(early=True)) is first

    session.document_changed(PATH, _document(root, 2, "\n\n"))
    await _until(lambda: shown[-1].version(PATH) == 2)
    moved = {one.id: one.line - 2 for one in shown[-1].analysis.flow_map.findings}
    assert shown[-1].is_early and moved == {one.id: one.line for one in first.analysis.flow_map.findings}

    waiting = asyncio.ensure_future(session.latest())
    await asyncio.sleep(0.05)
    assert not waiting.done(), "who needs all files waits for them"
    held.let_go.set()
    whole = await waiting
    assert whole is not None and not whole.is_early and len(whole.analysis.flow_map.findings) > len(moved)
    session.close()


async def test_what_is_asked_in_passing_of_a_file_that_nobody_looked_at_yet_is_not_waited_for(root: Path) -> None:
    held = Held()

    shown: list[Snapshot] = []
    session = Session(
        root, root.as_uri(), Engine(analyse=held), lambda _, snapshot: shown.append(snapshot), no_progress
    )
    session.document_changed(PATH, _document(root, 1))
    await _until(lambda: bool(shown))
    other = "services/orders/src/orders/place-order.ts"
    server: Any = SimpleNamespace(session_of=lambda uri: (session, other), encoding="utf-16")
    assert await file_of(server, "", early=True, patience=0.01) is None
    waiting = asyncio.ensure_future(file_of(server, "", early=True))
    await asyncio.sleep(0.05)
    assert not waiting.done(), "who can wait gets the whole"
    held.let_go.set()
    found = await waiting
    assert found is not None and not found[0].snapshot.is_early
    session.close()


async def test_who_asks_before_an_edit_does_not_wait_for_it(root: Path) -> None:
    shown: list[Snapshot] = []

    session = Session(root, root.as_uri(), Engine(), lambda _, snapshot: shown.append(snapshot), no_progress)
    session.document_changed(PATH, _document(root, 1))
    await _until(lambda: bool(shown) and not shown[-1].is_early and not shown[-1].renewed)
    await session.latest(whole=True)
    for asked in (session.latest(), session.latest(early=True), session.latest(whole=True)):
        asking = asyncio.ensure_future(asked)
        await asyncio.sleep(0)
        session.document_changed(PATH, _document(root, 2, "\n\n"))
        before = await asking
        assert before is not None and before.version(PATH) == 1
        session.document_changed(PATH, _document(root, 1))
        await session.latest(whole=True)
    session.close()


async def test_lenses_and_hints_never_wait_for_the_engine_where_they_are_asked_for_again(root: Path) -> None:
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.workspace is not None and capabilities.workspace.code_lens is not None
    capabilities.workspace.code_lens = types.CodeLensWorkspaceClientCapabilities(refresh_support=True)
    editor = await Editor.start(root, REAL, capabilities)
    editor.open(PATH)
    params = types.CodeLensParams(types.TextDocumentIdentifier(editor.uri(PATH)))
    assert await editor.client.text_document_code_lens_async(params) is None
    await editor.until(lambda: "workspace/codeLens/refresh" in editor.refreshes, "lenses are asked for again")
    await editor.mapped()
    assert await editor.client.text_document_code_lens_async(params)
    await editor.stop()


async def test_a_client_that_cannot_be_told_to_ask_again_waits_for_its_lenses(root: Path) -> None:
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.workspace is not None
    capabilities.workspace.code_lens = None
    editor = await Editor.start(root, REAL, capabilities)
    editor.open(PATH)
    params = types.CodeLensParams(types.TextDocumentIdentifier(editor.uri(PATH)))
    assert await editor.client.text_document_code_lens_async(params)
    await editor.stop()


async def _hints(editor: Editor) -> list[str]:
    """The hints of the open document, once there are some: asked for again as often as the server says so, at least once."""
    lines = types.Range(types.Position(0, 0), types.Position(1000, 0))
    params = types.InlayHintParams(types.TextDocumentIdentifier(editor.uri(PATH)), lines)
    while True:
        told = editor.refreshes.count("workspace/inlayHint/refresh")
        found = await editor.client.text_document_inlay_hint_async(params)
        if found:
            return [str(hint.label) for hint in found]
        await editor.until(
            lambda told=told: editor.refreshes.count("workspace/inlayHint/refresh") > told, "hints are asked for again"
        )


@pytest.mark.parametrize("is_asked_again", [True, False])
async def test_hints_are_there_in_the_first_session_and_in_the_second(root: Path, is_asked_again: bool) -> None:
    """The second one begins with the map of the first, without the code beside which hints stand."""
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.workspace is not None
    again = types.InlayHintWorkspaceClientCapabilities(refresh_support=True) if is_asked_again else None
    capabilities.workspace.inlay_hint = again
    for session in ("first", "second"):
        editor = await Editor.start(root, REAL, capabilities)
        editor.open(PATH)
        assert await _hints(editor) == ["= order-events"], session
        await editor.mapped()
        await editor.stop()


async def test_a_hover_does_not_wait_for_the_look_at_an_edit_elsewhere(root: Path) -> None:
    editor = await Editor.start(root, REAL)
    editor.open(PATH)
    await editor.mapped()
    text = (root / PATH).read_text("utf-8")
    line = next(number for number, one in enumerate(text.split("\n")) if "publishEvent(TOPICS" in one)
    column = text.split("\n")[line].index("publishEvent(") + 2
    editor.edit(PATH, text + "\n// more\n")
    assert await editor.hover(PATH, line, column) is not None
    editor.edit(PATH, "// above\n" + text)
    found = await editor.hover(PATH, line + 1, column)
    assert found is not None and found.range is not None and found.range.start.line == line + 1
    await editor.stop()
