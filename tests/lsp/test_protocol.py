"""The server's side of the protocol, over a toy analysis."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import LspSpecificationWarning, client_capabilities

from .client import TOY, Editor, RawServer

pytestmark = pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")

PRODUCER = 'const a = 1;\npublish("orders");\n'
CONSUMER = 'subscribe("orders");\n'
Start = Callable[..., Awaitable[Editor]]


@pytest_asyncio.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts an editor on the temporary folder; ends it when the test is over."""
    started: list[Editor] = []

    async def begin(files: dict[str, str] | None = None, **options: Any) -> Editor:
        for path, text in (files or {}).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8", newline="")
        editor = await Editor.start(tmp_path, **options)
        started.append(editor)
        return editor

    yield begin
    for editor in started:
        if editor.server.returncode is None:
            await editor.stop()


@pytest_asyncio.fixture(autouse=True)
async def no_server_left() -> AsyncIterator[None]:
    """Ends the servers that a test spoke to byte by byte."""
    yield
    await RawServer.stop_all()


def at(line: int, start: int, end: int) -> types.Range:
    return types.Range(types.Position(line, start), types.Position(line, end))


# ---------------------------------------------------------------------------------------------------- diagnostics


async def test_a_finding_is_published_with_its_evidence(start: Start) -> None:
    editor = await start({"orders/a.ts": PRODUCER})
    (diagnostic,) = await editor.until_shown("orders/a.ts", "nobody consumes orders\nSubscribe to it.")
    assert diagnostic.range == at(1, 0, 17)
    assert (diagnostic.source, diagnostic.code, diagnostic.severity) == (
        "eventlens",
        "orphan-publish",
        types.DiagnosticSeverity.Warning,
    )
    (related,) = diagnostic.related_information or []
    assert related.message == "published here" and related.location.uri == editor.uri("orders/a.ts")


async def test_an_edit_changes_the_diagnostics_of_that_version(start: Start) -> None:
    editor = await start({"orders/a.ts": PRODUCER})
    editor.open("orders/a.ts")
    await editor.until_shown("orders/a.ts", "nobody consumes orders")
    version = editor.edit("orders/a.ts", "subscribe", at(1, 0, 7))
    await editor.until_shown("orders/a.ts")
    assert editor.sent("orders/a.ts")[-1].version == version


async def test_an_edit_in_one_file_changes_the_diagnostics_of_another(start: Start) -> None:
    editor = await start({"orders/a.ts": PRODUCER, "payments/b.ts": CONSUMER})
    editor.open("payments/b.ts")
    await editor.until(lambda: True, "started")
    editor.edit("payments/b.ts", "nothing\n")
    await editor.until_shown("orders/a.ts", "nobody consumes orders")
    editor.edit("payments/b.ts", CONSUMER)
    await editor.until_shown("orders/a.ts")


async def test_files_whose_findings_stay_are_not_sent_again(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER, "b.ts": 'publish("other");\n'})
    await editor.until_shown("b.ts", "nobody consumes other")
    editor.open("a.ts")
    editor.edit("a.ts", "nothing\n")
    await editor.until_shown("a.ts")
    assert len(editor.sent("b.ts")) == 1


async def test_an_edited_file_is_sent_again_for_its_new_version(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER})
    editor.open("a.ts")
    await editor.until_shown("a.ts", "nobody consumes orders")
    version = editor.edit("a.ts", "; // more", at(1, 17, 18))
    await editor.until(lambda: editor.sent("a.ts")[-1].version == version, "the finding is sent for the new version")
    assert len(editor.shown("a.ts") or []) == 1


async def test_closing_a_file_goes_back_to_the_disk(start: Start) -> None:
    editor = await start({"a.ts": "nothing\n"})
    editor.open("a.ts")
    editor.edit("a.ts", PRODUCER)
    await editor.until_shown("a.ts", "nobody consumes orders")
    editor.close("a.ts")
    await editor.until_shown("a.ts")
    assert editor.sent("a.ts")[-1].version is None


async def test_a_reopened_file_is_sent_again_although_nothing_changed(start: Start) -> None:
    """Neovim's ``:edit`` closes and opens a file with the same version, and forgets its diagnostics meanwhile."""
    editor = await start({"a.ts": PRODUCER})
    editor.open("a.ts")
    await editor.until(lambda: [one.version for one in editor.sent("a.ts")][-1:] == [1], "sent for the open file")
    before = len(editor.sent("a.ts"))
    editor.close("a.ts")
    editor.open("a.ts")
    await editor.until(lambda: len(editor.sent("a.ts")) > before, "sent again")
    assert editor.sent("a.ts")[-1].version == 1 and len(editor.shown("a.ts") or []) == 1


async def test_a_file_that_is_only_in_the_editor_counts(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER})
    await editor.until_shown("a.ts", "nobody consumes orders")
    editor.open("new.ts", CONSUMER)
    await editor.until_shown("a.ts")


async def test_the_last_word_is_about_the_last_text(start: Start) -> None:
    """Many edits in a row, some superseded: what is shown in the end is what the last text deserves."""
    editor = await start({"a.ts": "nothing\n"})
    editor.open("a.ts")
    for number in range(40):
        version = editor.edit("a.ts", f'publish("n{number}");\n')
        if number % 7 == 0:
            await asyncio.sleep(0.06)
    await editor.until_shown("a.ts", "nobody consumes n39")
    await editor.until(lambda: editor.sent("a.ts")[-1].version == version, "the last version is sent")
    versions = [params.version for params in editor.sent("a.ts") if params.version is not None]
    assert versions == sorted(versions)


async def test_lesser_findings_are_hidden_when_the_client_wants_it(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER}, settings={"minimumSeverity": "error"})
    editor.open("a.ts")
    assert await editor.hover("a.ts", 1, 3) is not None
    assert not editor.shown("a.ts")
    editor.client.set_configuration({"minimumSeverity": "warning"}, section="eventlens")
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
    await editor.until_shown("a.ts", "nobody consumes orders")


async def test_a_setting_that_is_wrong_is_said_so(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER}, settings={"minimumSeverity": "loud", "codeLens": 3})
    await editor.until_shown("a.ts", "nobody consumes orders")
    assert [message.message.split(":")[0] for message in editor.client.messages] == [
        "eventlens.minimumSeverity",
        "eventlens.codeLens",
    ]


async def test_a_broken_settings_file_is_a_diagnostic_in_it(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER, "eventlens.toml": "# settings\nwrong = 1\n"})
    (problem,) = await editor.until_shown("eventlens.toml", "`wrong` is not a setting")
    assert problem.range == at(1, 0, 9) and problem.severity == types.DiagnosticSeverity.Error
    await editor.until_shown("a.ts", "nobody consumes orders")
    editor.write("eventlens.toml", "# settings\n")
    await editor.until_shown("eventlens.toml")


# --------------------------------------------------------------------------------------------------------- requests

BOTH = {"orders/a.ts": PRODUCER, "payments/b.ts": CONSUMER, "topics.yaml": "- orders\n"}


async def test_hover_tells_the_other_end(start: Start) -> None:
    editor = await start(BOTH)
    editor.open("orders/a.ts")
    found = await editor.hover("orders/a.ts", 1, 4)
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    assert found.contents.value.startswith("Publishes to kafka topic **orders**")
    assert f"**payments** `handle` [payments/b.ts:1](<{editor.uri('payments/b.ts')}#L1>)" in found.contents.value
    assert found.range == at(1, 0, 17)


async def test_hover_is_nothing_elsewhere(start: Start) -> None:
    editor = await start(BOTH)
    assert await editor.hover("orders/a.ts", 0, 0) is None
    assert await editor.hover("no/such/file.ts", 0, 0) is None


async def test_definition_links_say_where_they_began(start: Start) -> None:
    editor = await start(BOTH)
    (link,) = await editor.definition("orders/a.ts", 1, 4)
    assert isinstance(link, types.LocationLink)
    assert (link.target_uri, link.target_range, link.origin_selection_range) == (
        editor.uri("payments/b.ts"),
        at(0, 0, 20),
        at(1, 0, 17),
    )


async def test_definition_is_a_plain_location_for_clients_that_know_no_links(start: Start) -> None:
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.text_document is not None and capabilities.text_document.definition is not None
    capabilities.text_document.definition.link_support = False
    editor = await start(BOTH, capabilities=capabilities)
    (location,) = await editor.definition("payments/b.ts", 0, 4)
    assert location == types.Location(editor.uri("orders/a.ts"), at(1, 0, 17))


async def test_declaration_is_in_configuration(start: Start) -> None:
    editor = await start(BOTH)
    found = await editor.client.text_document_declaration_async(
        types.DeclarationParams(**editor.at("orders/a.ts", 1, 4))
    )
    assert isinstance(found, list) and isinstance(found[0], types.LocationLink)
    assert (found[0].target_uri, found[0].target_range) == (editor.uri("topics.yaml"), at(0, 0, 8))


async def test_references_are_both_ends_and_the_declaration(start: Start) -> None:
    editor = await start(BOTH)
    everything = await editor.references("payments/b.ts", 0, 4)
    assert [location.uri for location in everything] == [
        editor.uri(path) for path in ("orders/a.ts", "payments/b.ts", "topics.yaml")
    ]
    assert len(await editor.references("payments/b.ts", 0, 4, declaration=False)) == 2


async def test_symbols(start: Start) -> None:
    editor = await start(BOTH)
    outline = await editor.client.text_document_document_symbol_async(
        types.DocumentSymbolParams(types.TextDocumentIdentifier(editor.uri("orders/a.ts")))
    )
    assert [symbol.name for symbol in outline or []] == ["→ orders"]
    found = await editor.client.workspace_symbol_async(types.WorkspaceSymbolParams("#order"))
    assert [symbol.name for symbol in found or []] == ["orders", "→ orders", "← orders"]


async def test_a_lens_names_the_other_end_and_its_command_goes_there(start: Start) -> None:
    editor = await start(BOTH)
    found = await editor.client.text_document_code_lens_async(
        types.CodeLensParams(types.TextDocumentIdentifier(editor.uri("orders/a.ts")))
    )
    (lens,) = found or []
    assert lens.command is not None and lens.command.title == "→ 1 consumer (payments)"
    await editor.client.workspace_execute_command_async(
        types.ExecuteCommandParams(lens.command.command, lens.command.arguments)
    )
    (shown,) = editor.client.shown_documents
    assert (shown.uri, shown.selection) == (editor.uri("payments/b.ts"), at(0, 0, 20))


async def test_the_lens_command_asks_which_end_when_there_are_several(start: Start) -> None:
    editor = await start({**BOTH, "stock/c.ts": CONSUMER})
    await editor.client.workspace_execute_command_async(
        types.ExecuteCommandParams("eventlens.showEnds", [editor.uri("orders/a.ts"), 1, 0])
    )
    assert "payments/b.ts:1" in editor.asked and "stock/c.ts:1" in editor.asked
    assert editor.client.shown_documents[0].uri == editor.uri("stock/c.ts")


async def test_lenses_can_be_switched_off(start: Start) -> None:
    editor = await start(BOTH, settings={"codeLens": False})
    params = types.CodeLensParams(types.TextDocumentIdentifier(editor.uri("orders/a.ts")))
    assert await editor.client.text_document_code_lens_async(params) is None


async def test_an_answer_is_about_the_text_that_the_client_had(start: Start) -> None:
    editor = await start(BOTH)
    editor.open("orders/a.ts")
    await editor.hover("orders/a.ts", 1, 4)
    editor.edit("orders/a.ts", "\n\n", at(0, 0, 0))
    found = await editor.hover("orders/a.ts", 3, 4)
    assert found is not None and found.range == at(3, 0, 17)


# -------------------------------------------------------------------------------------------------------- positions

TEXTS = {
    "ascii": "x; ",
    "umlaut": "ö; ",
    "han": "漢字; ",
    "deseret": "𐐀; ",
    "family": "👩‍👩‍👧; ",
    "tab": "\t",
}
ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
UNITS = {"utf-8": lambda s: len(s.encode()), "utf-16": lambda s: len(s.encode("utf-16-le")) // 2, "utf-32": len}


@pytest.mark.parametrize("encoding", UNITS)
async def test_positions_in_every_encoding(start: Start, encoding: str) -> None:
    """Each kind of text before a site, each kind of line end, diagnostics, hover and incremental edits."""
    units = UNITS[encoding]
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.general is not None
    capabilities.general.position_encodings = [encoding]
    cases = {
        f"{end}-{name}.ts": ENDS[end].join(["// \u2028 \x0c 😀", f'{before}publish("{name}");', ""])
        for name, before in TEXTS.items()
        for end in ENDS
    }
    editor = await start(cases, capabilities=capabilities)
    assert editor.initialized.capabilities.position_encoding == encoding
    for file in cases:
        name = file.removesuffix(".ts").partition("-")[2]
        before = TEXTS[name]
        first, last = units(before), units(f'{before}publish("{name}")')
        (diagnostic,) = await editor.until_shown(file, f"nobody consumes {name}")
        assert diagnostic.range == at(1, first, last)
        editor.open(file)
        found = await editor.hover(file, 1, first + 1)
        assert found is not None and found.range == at(1, first, last)
        # "publish" becomes "é😀publish" and everything moves by what that is in this encoding.
        editor.edit(file, "é😀", at(1, first, first))
        moved = units("é😀")
        await editor.until_range(file, at(1, first + moved, last + moved))


async def test_utf_16_is_the_default(start: Start) -> None:
    editor = await start({"a.ts": '"😀"; publish("x");\n'}, capabilities=types.ClientCapabilities())
    (diagnostic,) = await editor.until_shown("a.ts", "nobody consumes x")
    assert diagnostic.range == at(0, 6, 18)


# ---------------------------------------------------------------------------------------------- progress, responding


async def test_progress_begins_and_ends_once(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER + "// SLOW\n"})
    await editor.until_shown("a.ts", "nobody consumes orders")
    (reports,) = editor.client.progress_reports.values()
    assert isinstance(reports[0], types.WorkDoneProgressBegin) and isinstance(reports[-1], types.WorkDoneProgressEnd)
    middle = [report.percentage for report in reports[1:-1] if isinstance(report, types.WorkDoneProgressReport)]
    assert len(middle) == len(reports) - 2 > 3 and middle == sorted(middle)


async def test_no_progress_for_a_client_that_shows_none(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER}, capabilities=types.ClientCapabilities())
    await editor.until_shown("a.ts", "nobody consumes orders")
    assert editor.client.progress_reports == {}


async def test_indexing_can_be_cancelled_and_an_edit_begins_it_again(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER + "// SLOW\n"})
    await editor.until(lambda: any(len(r) > 1 for r in editor.client.progress_reports.values()), "progress begins")
    ((token, reports),) = editor.client.progress_reports.items()
    editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
    await editor.until(lambda: isinstance(reports[-1], types.WorkDoneProgressEnd), "progress ends")
    assert editor.shown("a.ts") is None
    editor.open("a.ts")
    editor.edit("a.ts", PRODUCER)
    await editor.until_shown("a.ts", "nobody consumes orders")


async def test_requests_are_answered_while_an_analysis_runs(start: Start) -> None:
    editor = await start({"orders/a.ts": PRODUCER, "b.ts": "nothing\n"})
    editor.open("b.ts")
    assert await editor.hover("orders/a.ts", 1, 4) is not None
    editor.edit("b.ts", "// SLOW\n")
    await asyncio.sleep(0.1)
    began = time.monotonic()
    assert await editor.hover("orders/a.ts", 1, 4) is not None
    assert time.monotonic() - began < 1.5, "the answer waited for the analysis"


async def test_a_superseded_analysis_is_dropped(start: Start) -> None:
    editor = await start({"a.ts": "nothing\n"})
    editor.open("a.ts")
    await editor.hover("a.ts", 0, 0)
    editor.edit("a.ts", 'publish("slow"); // SLOW\n')
    await asyncio.sleep(0.2)
    began = time.monotonic()
    editor.edit("a.ts", 'publish("quick");\n')
    await editor.until_shown("a.ts", "nobody consumes quick")
    assert time.monotonic() - began < 1.5, "the slow analysis was finished first"
    assert not any("slow" in d.message for params in editor.sent("a.ts") for d in params.diagnostics)


async def test_a_crash_in_the_analysis_keeps_the_last_answers(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER, "b.ts": "nothing\n"})
    editor.open("b.ts")
    await editor.until_shown("a.ts", "nobody consumes orders")
    editor.edit("b.ts", "// CRASH\n")
    assert await editor.hover("a.ts", 1, 4) is not None
    editor.edit("b.ts", CONSUMER)
    await editor.until_shown("a.ts")


async def test_what_an_analysis_prints_stays_out_of_the_protocol(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER + "// PRINT\n"})
    await editor.until_shown("a.ts", "nobody consumes orders")
    assert await editor.hover("a.ts", 1, 4) is not None


# --------------------------------------------------------------------------------------------------------- watching


async def test_the_client_is_asked_to_watch_with_few_patterns(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER})
    await editor.until(lambda: types.WORKSPACE_DID_CHANGE_WATCHED_FILES in editor.asked, "watching is registered")
    await editor.until_shown("a.ts", "nobody consumes orders")
    editor.write("b.ts", CONSUMER)
    await editor.until_shown("a.ts")


async def test_the_server_watches_where_the_client_cannot(start: Start, tmp_path: Path) -> None:
    editor = await start({"a.ts": PRODUCER}, capabilities=types.ClientCapabilities())
    await editor.until_shown("a.ts", "nobody consumes orders")
    assert editor.asked == []
    await asyncio.sleep(0.5)  # the operating system's watch begins a little later and says nothing when it does
    (tmp_path / "b.ts").write_text(CONSUMER)
    await editor.until_shown("a.ts")


async def test_a_checkout_of_many_files_ends_right(start: Start, tmp_path: Path) -> None:
    editor = await start({"a.ts": PRODUCER, **{f"many/{n}.ts": f'publish("n{n}");\n' for n in range(200)}})
    await editor.until_shown("many/199.ts", "nobody consumes n199")
    for number in range(200):
        (tmp_path / f"many/{number}.ts").unlink()
    (tmp_path / "b.ts").write_text(CONSUMER)
    editor.client.workspace_did_change_watched_files(
        types.DidChangeWatchedFilesParams(
            [types.FileEvent(editor.uri(f"many/{n}.ts"), types.FileChangeType.Deleted) for n in range(200)]
        )
    )
    await editor.until_shown("a.ts")
    await editor.until(
        lambda: all(editor.shown(f"many/{n}.ts") == [] for n in range(200)), "every deleted file is emptied"
    )


async def test_folders_come_and_go(start: Start, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "o.ts").write_text(PRODUCER)
    editor = await start({"a.ts": PRODUCER})
    await editor.until_shown("a.ts", "nobody consumes orders")
    folder = types.WorkspaceFolder(other.as_uri(), "other")
    change = types.DidChangeWorkspaceFoldersParams(types.WorkspaceFoldersChangeEvent([folder], []))
    editor.client.workspace_did_change_workspace_folders(change)
    uri = (other / "o.ts").as_uri()
    await editor.until(lambda: len(editor.client.diagnostics.get(uri, [])) == 1, "the new folder is analysed")
    change = types.DidChangeWorkspaceFoldersParams(types.WorkspaceFoldersChangeEvent([], [folder]))
    editor.client.workspace_did_change_workspace_folders(change)
    await editor.until(lambda: len(editor.client.diagnostics[uri]) == 0, "its diagnostics are taken away")


# ------------------------------------------------------------------------------------------------ beginning and end


@pytest.mark.parametrize("client", ["visual-studio-code", "neovim@v0.6.1", "neovim@v0.11.0", "emacs"])
async def test_known_clients_get_what_they_can_show(start: Start, client: str) -> None:
    """pytest-lsp warns of everything that a client did not declare; here a warning fails."""
    editor = await start(BOTH, capabilities=client_capabilities(client))
    editor.open("orders/a.ts")
    assert await editor.hover("orders/a.ts", 1, 4) is not None
    assert len(await editor.definition("orders/a.ts", 1, 4)) == 1
    editor.edit("orders/a.ts", 'publish("lost");\n')
    await editor.until_shown("orders/a.ts", "nobody consumes lost")
    assert await editor.stop() == 0
    assert LspSpecificationWarning is not None


async def test_exit_without_shutdown_is_1(tmp_path: Path) -> None:
    server = await RawServer.start()
    await server.hello(tmp_path)
    server.send({"method": "exit"})
    assert await server.code() == 1


async def test_exit_after_shutdown_is_0_even_while_an_analysis_runs(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text("// SLOW\n")
    server = await RawServer.start()
    await server.hello(tmp_path)
    server.send({"id": 1, "method": "shutdown"})
    assert (await server.answer(1))["result"] is None
    began = time.monotonic()
    server.send({"method": "exit"})
    assert await server.code() == 0
    assert time.monotonic() - began < 1.5


async def test_the_end_of_input_ends_the_server(tmp_path: Path) -> None:
    server = await RawServer.start()
    await server.hello(tmp_path)
    assert server.process.stdin is not None
    server.process.stdin.close()
    assert await server.code() == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX processes")
async def test_the_server_dies_with_the_editor(tmp_path: Path) -> None:
    """The editor is another process than the one that holds the pipes, and it dies without a word."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as editor:
        server = await RawServer.start()
        server.send(
            {"id": 0, "method": "initialize", "params": {"processId": editor.pid, "rootUri": None, "capabilities": {}}}
        )
        await server.answer(0)
        os.kill(editor.pid, signal.SIGKILL)
        editor.wait()
        assert await server.code() == 1


async def test_an_error_in_one_handler_leaves_the_server_alive(tmp_path: Path) -> None:
    boom = (
        "import eventlens.ide.hover as h\n"
        "def fail(*_, **__): raise RuntimeError('hover broke')\n"
        "h.hover = fail\n"
        "from eventlens.lsp.running import serve_stdio\n"
        "serve_stdio()\n"
    )
    (tmp_path / "a.ts").write_text(PRODUCER)
    server = await RawServer.start([sys.executable, "-c", boom])
    await server.hello(tmp_path)
    place = {"textDocument": {"uri": (tmp_path / "a.ts").as_uri()}, "position": {"line": 0, "character": 0}}
    server.send({"id": 0, "method": "textDocument/definition", "params": place})  # answered after the first look
    assert "result" in await server.answer(0)
    server.send({"id": 1, "method": "textDocument/hover", "params": place})
    assert "hover broke" in str((await server.answer(1))["error"])
    server.send({"id": 2, "method": "textDocument/definition", "params": place})
    assert "result" in await server.answer(2)


async def test_a_cancelled_request_is_answered_once(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text(PRODUCER + "// SLOW\n")
    server = await RawServer.start()
    await server.hello(tmp_path)
    place = {"textDocument": {"uri": (tmp_path / "a.ts").as_uri()}, "position": {"line": 1, "character": 3}}
    server.send(
        {"id": 1, "method": "textDocument/hover", "params": place}, {"method": "$/cancelRequest", "params": {"id": 1}}
    )
    assert (await server.answer(1))["error"]["code"] == -32800
    server.send({"id": 2, "method": "textDocument/hover", "params": place})
    assert (await server.answer(2))["result"] is not None


@pytest.mark.parametrize(
    "message",
    [
        {"id": 1, "method": "textDocument/nonsense", "params": {}},
        {
            "id": 1,
            "method": "textDocument/hover",
            "params": {"textDocument": {"uri": "untitled:Untitled-1"}, "position": {"line": 0, "character": 0}},
        },
        {
            "id": 1,
            "method": "textDocument/hover",
            "params": {"textDocument": {"uri": "git:/a.ts?x"}, "position": {"line": 9, "character": 9}},
        },
        {"id": 1, "method": "workspace/executeCommand", "params": {"command": "no.such.command"}},
        {"id": 1, "method": "workspace/executeCommand", "params": {"command": "eventlens.showEnds", "arguments": []}},
    ],
)
async def test_odd_requests_are_answered(tmp_path: Path, message: dict[str, Any]) -> None:
    server = await RawServer.start()
    await server.hello(tmp_path)
    server.send(message)
    assert (await server.answer(1)).keys() & {"result", "error"}
    server.send({"id": 2, "method": "workspace/symbol", "params": {"query": ""}})
    assert (await server.answer(2))["result"] == []


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"\xff\xfe",
        b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {}}',
        b'{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": {"uri": "file:///no.ts", "version": 1}, "contentChanges": [{"text": "x"}]}}',
    ],
)
async def test_malformed_messages_do_not_end_the_server(tmp_path: Path, body: bytes) -> None:
    server = await RawServer.start()
    await server.hello(tmp_path)
    server.send(body, {"id": 2, "method": "workspace/symbol", "params": {"query": ""}})
    assert (await server.answer(2))["result"] == []


async def test_it_speaks_over_tcp(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = await asyncio.create_subprocess_exec(*TOY, "--tcp", str(port), stderr=asyncio.subprocess.DEVNULL)
    for _ in range(200):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            break
        except OSError:
            await asyncio.sleep(0.05)
    for body in (
        b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"processId": null, "rootUri": null, "capabilities": {}}}',
        b'{"jsonrpc": "2.0", "id": 2, "method": "shutdown"}',
        b'{"jsonrpc": "2.0", "method": "exit"}',
    ):
        writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    answers = await asyncio.wait_for(reader.read(), 20)
    assert b'"serverInfo"' in answers and b'"id":2' in answers.replace(b" ", b"")
    assert await asyncio.wait_for(server.wait(), 20) == 0
