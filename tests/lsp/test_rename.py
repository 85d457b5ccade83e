"""Renaming a channel or an event through the real server: the edit, applied, gives the same map with the name replaced."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from eventlens import analysis
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.engine import Engine
from eventlens.lsp.progress import RequestProgress
from eventlens.progress import Superseded

from .client import REAL, Editor

FIXTURES = Path(__file__).parents[2] / "fixtures"
Start = Callable[[str], Awaitable[Editor]]


@pytest_asyncio.fixture
async def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path / "cache"))
    started: list[Editor] = []

    async def begin(system: str) -> Editor:
        root = tmp_path / system
        shutil.copytree(FIXTURES / system, root, ignore=shutil.ignore_patterns("node_modules"))
        editor = await Editor.start(root, REAL)
        started.append(editor)
        await editor.mapped()
        return editor

    yield begin
    for editor in started:
        await editor.stop()


def place(editor: Editor, path: str, name: str) -> dict[str, Any]:
    """Inside the first place of a file that has the name, comments apart."""
    for number, line in enumerate((editor.root / path).read_text(encoding="utf-8").split("\n")):
        if name in line and not line.strip().startswith("//"):
            return editor.at(path, number, line.index(name) + 1)
    raise AssertionError(f"{path} has no {name}")


def apply(editor: Editor, edit: types.WorkspaceEdit) -> dict[str, list[types.TextEdit]]:
    """Write the edits, which must spell the old name; returns them by file."""
    done = {}
    for change in edit.document_changes or []:
        assert isinstance(change, types.TextDocumentEdit)
        file = Path(change.text_document.uri.removeprefix("file://"))
        lines = file.read_text(encoding="utf-8").split("\n")
        for one in sorted(change.edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
            start, end, line = one.range.start, one.range.end, lines[one.range.start.line]
            lines[start.line] = line[: start.character] + one.new_text + line[end.character :]  # type: ignore[union-attr]
        file.write_text("\n".join(lines), encoding="utf-8")
        done[file.relative_to(editor.root).as_posix()] = list(change.edits)
    return done  # type: ignore[return-value]


def names(root: Path) -> list[tuple[str, int, str | None]]:
    flow_map = analysis.analyse(analysis.open_workspace(root).workspace).flow_map
    return sorted((site.file, site.line, site.channel) for site in flow_map.sites)


@pytest.mark.parametrize(
    ("system", "path", "name", "files"),
    [
        ("storefront", "packages/messaging/src/topics.ts", "stock-levels", 2),
        ("storefront", ".env", "order-events", 4),
        ("storefront", ".env", "shipping.payment-captured", 3),
        ("storefront", "packages/messaging/src/rabbitmq/names.ts", "fulfilment", 2),
        ("fleet", "services/billing/src/main/resources/application.yml", "fleet-fuel-receipts", 3),
        ("fleet", "services/notifications/appsettings.json", "fleet.deliveries", 4),
        ("fleet", "services/tracking/internal/positions/cleaner.go", "fleet.positions", 3),
    ],
)
async def test_the_map_after_the_edit_has_the_new_name_everywhere(
    start: Start, system: str, path: str, name: str, files: int
) -> None:
    editor = await start(system)
    before = names(editor.root)
    prepared = await editor.client.text_document_prepare_rename_async(
        types.PrepareRenameParams(**place(editor, path, name))
    )
    assert isinstance(prepared, types.PrepareRenamePlaceholder) and prepared.placeholder == name
    edit = await editor.client.text_document_rename_async(
        types.RenameParams(new_name="renamed-once", **place(editor, path, name))
    )
    assert edit is not None
    done = apply(editor, edit)
    assert len(done) == files
    for file, edits in done.items():
        if not file.endswith((".ts", ".py", ".go", ".java", ".kt", ".cs")):
            assert all(isinstance(one, types.AnnotatedTextEdit) for one in edits), file
    assert not any(one.needs_confirmation for one in (edit.change_annotations or {}).values())
    assert names(editor.root) == [
        (file, line, "renamed-once" if channel == name else channel) for file, line, channel in before
    ]


@pytest.mark.parametrize(
    ("system", "path", "name", "new", "told"),
    [
        ("storefront", "packages/messaging/src/topics.ts", "stock-levels", "stock-requests", "already"),
        ("storefront", "packages/messaging/src/topics.ts", "stock-levels", "", "one line"),
        ("storefront", ".env", "shipping.payment-captured", "a: b", "cannot be written in docker-compose.yml"),
        ("storefront", ".env", "order-events", "a: b", "no name for a kafka topic"),
        ("fleet", "services/tracking/internal/positions/cleaner.go", "positions.raw", "raw", "archive.go:33"),
        (
            "fleet",
            "services/notifications/Consumers/DigestRequestedConsumer.cs",
            "DigestPrepared(",
            "X",
            "Contracts.cs:19",
        ),
        ("storefront", "services/orders/src/carts/abandon-carts.ts", "CartAbandoned", "X", "order-events.ts:18"),
    ],
)
async def test_what_cannot_be_renamed_is_said(
    start: Start, system: str, path: str, name: str, new: str, told: str
) -> None:
    editor = await start(system)
    with pytest.raises(JsonRpcException, match=told):
        await editor.client.text_document_rename_async(types.RenameParams(new_name=new, **place(editor, path, name)))


async def test_an_event_is_renamed_where_it_is_published_and_where_its_type_spells_it(start: Start) -> None:
    editor = await start("storefront")
    at = place(editor, "services/notifications/src/consumers/payment-mails.ts", "MailAccepted'")
    prepared = await editor.client.text_document_prepare_rename_async(types.PrepareRenameParams(**at))
    assert isinstance(prepared, types.PrepareRenamePlaceholder) and prepared.placeholder == "MailAccepted"
    edit = await editor.client.text_document_rename_async(types.RenameParams(new_name="MailTaken", **at))
    assert edit is not None
    done = apply(editor, edit)
    assert sorted(done) == [
        "services/notifications/src/consumers/payment-mails.ts",
        "services/notifications/src/receipts.ts",
    ]
    flow_map = analysis.analyse(analysis.open_workspace(editor.root).workspace).flow_map
    assert {"MailTaken"} == {one.event for one in flow_map.sites if one.event and one.event.startswith("Mail")}


async def test_what_is_no_name_of_a_channel_or_event_is_left_to_other_servers(start: Start) -> None:
    editor = await start("fleet")
    at = place(editor, "services/notifications/Contracts.cs", "DigestPrepared")
    assert await editor.client.text_document_prepare_rename_async(types.PrepareRenameParams(**at)) is None


async def test_a_rename_shows_progress_where_the_client_asks_for_it(start: Start) -> None:
    editor = await start("storefront")
    at = place(editor, "packages/messaging/src/topics.ts", "stock-levels")
    token = "renaming"
    editor.client.progress_reports[token] = []
    await editor.client.text_document_rename_async(
        types.RenameParams(new_name="renamed-once", work_done_token=token, **at)
    )
    kinds = [one.kind for one in editor.client.progress_reports[token]]
    assert kinds[0] == "begin" and kinds[-1] == "end" and set(kinds[1:-1]) <= {"report"}


async def test_a_cancelled_rename_is_answered_and_the_next_request_is_too(start: Start) -> None:
    editor = await start("fleet")
    at = place(editor, "services/notifications/appsettings.json", "fleet.deliveries")
    asked = asyncio.ensure_future(
        editor.client.protocol.send_request_async(
            types.TEXT_DOCUMENT_RENAME, types.RenameParams(new_name="renamed-once", **at), msg_id="rename"
        )
    )
    await asyncio.sleep(0)
    editor.client.protocol.notify(types.CANCEL_REQUEST, types.CancelParams(id="rename"))
    with pytest.raises(JsonRpcException) as refused:
        await asked
    assert refused.value.code == types.LSPErrorCodes.RequestCancelled
    assert await editor.client.text_document_prepare_rename_async(types.PrepareRenameParams(**at)) is not None


async def test_the_work_of_a_request_that_is_over_stops_at_its_next_step() -> None:
    server = EventlensServer(Engine())
    progress = RequestProgress(server, None, "Renaming orders")
    progress.report("Reading code", 1, 2)
    progress.end()
    with pytest.raises(Superseded):
        progress.report("Reading code", 2, 2)
