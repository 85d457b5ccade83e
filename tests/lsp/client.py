"""A test client that waits for what it expects instead of sleeping."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities
from pytest_lsp.client import make_test_lsp_client

TOY = [sys.executable, str(Path(__file__).parent / "toy_server.py")]
REAL = [sys.executable, "-m", "eventlens", "serve", "--stdio"]

TIMEOUT = 20.0


class Editor:
    """One server process and one folder."""

    def __init__(self, client: LanguageClient, root: Path) -> None:
        self.client = client
        self.root = root
        self.published: list[types.PublishDiagnosticsParams] = []
        self.asked: list[str] = []
        self.refreshes: list[str] = []
        self.parts: list[list[Any]] = []
        """The items of each partial result."""
        self._versions: dict[str, int] = {}

    @classmethod
    async def start(
        cls,
        root: Path,
        command: list[str] = TOY,
        capabilities: types.ClientCapabilities | None = None,
        folders: list[Path] | None = None,
        options: Any = None,
        settings: Any = None,
        process_id: int | None = None,
        handlers: Mapping[str, Callable[[Any], None]] | None = None,
    ) -> Editor:
        """Start a server and say hello. ``handlers`` are given what the server sends by methods of its own."""
        client = make_test_lsp_client()
        editor = cls(client, root)
        _record(editor)
        for method, handler in (handlers or {}).items():
            client.feature(method)(handler)
        client.set_configuration(settings or {}, section="eventlens")
        await client.start_io(*command)
        editor.initialized = await client.initialize_session(
            types.InitializeParams(
                capabilities=capabilities or client_capabilities("visual-studio-code"),
                workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name) for folder in folders or [root]],
                root_uri=root.as_uri(),
                initialization_options=options,
                process_id=process_id,
            )
        )
        return editor

    initialized: types.InitializeResult

    # ------------------------------------------------------------------------------------------------------- actions

    def uri(self, path: str) -> str:
        return (self.root / path).as_uri()

    def open(self, path: str, text: str | None = None) -> None:
        content = (self.root / path).read_bytes().decode() if text is None else text
        self._versions[path] = 1
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(self.uri(path), "typescript", 1, content))
        )

    def edit(self, path: str, text: str, range: types.Range | None = None) -> int:
        """Replace a range, or everything; returns the new version."""
        self._versions[path] += 1
        change: types.TextDocumentContentChangeEvent
        change = (
            types.TextDocumentContentChangeWholeDocument(text)
            if range is None
            else types.TextDocumentContentChangePartial(range, text)
        )
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self._versions[path], self.uri(path)), [change]
            )
        )
        return self._versions[path]

    def close(self, path: str) -> None:
        self.client.text_document_did_close(
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(self.uri(path)))
        )

    def write(self, path: str, text: str) -> None:
        """Write a file as another program would, and tell the server as the client's watcher would."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8", newline="")
        self.client.workspace_did_change_watched_files(
            types.DidChangeWatchedFilesParams([types.FileEvent(self.uri(path), types.FileChangeType.Changed)])
        )

    # ------------------------------------------------------------------------------------------------------ requests

    def at(self, path: str, line: int, character: int) -> dict[str, Any]:
        return {
            "text_document": types.TextDocumentIdentifier(self.uri(path)),
            "position": types.Position(line, character),
        }

    async def hover(self, path: str, line: int, character: int) -> types.Hover | None:
        return await self.client.text_document_hover_async(types.HoverParams(**self.at(path, line, character)))

    async def mapped(self) -> None:
        """Wait until the server knows all files: before, it speaks of open documents alone."""
        await self.client.workspace_symbol_async(types.WorkspaceSymbolParams("#"))

    async def definition(self, path: str, line: int, character: int) -> Any:
        return await self.client.text_document_definition_async(
            types.DefinitionParams(**self.at(path, line, character))
        )

    async def references(self, path: str, line: int, character: int, declaration: bool = True) -> list[types.Location]:
        params = types.ReferenceParams(context=types.ReferenceContext(declaration), **self.at(path, line, character))
        return list(await self.client.text_document_references_async(params) or [])

    # -------------------------------------------------------------------------------------------------- expectations

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for a condition; fails with ``what`` after `TIMEOUT`."""
        end = asyncio.get_running_loop().time() + TIMEOUT
        while not holds():
            assert asyncio.get_running_loop().time() < end, (
                f"waited in vain: {what}; published {self.published[-3:]}; log {self.client.log_messages}"
            )
            await asyncio.sleep(0.01)

    def shown(self, path: str) -> list[types.Diagnostic] | None:
        """What the client shows for a file; None when nothing was ever sent for it."""
        found = self.client.diagnostics.get(self.uri(path))
        return None if found is None else list(found)

    async def until_shown(self, path: str, *messages: str) -> list[types.Diagnostic]:
        """Wait until the file shows exactly the diagnostics that begin with ``messages``."""

        def holds() -> bool:
            shown = self.shown(path)
            return (
                shown is not None
                and len(shown) == len(messages)
                and all(d.message.startswith(m) for d, m in zip(shown, messages))
            )

        await self.until(holds, f"{path} shows {messages}, it shows {self.shown(path)}")
        return self.shown(path) or []

    async def until_range(self, path: str, range: types.Range) -> None:
        """Wait until the file shows one diagnostic, at this range."""
        await self.until(lambda: [d.range for d in self.shown(path) or []] == [range], f"{path} shows {range}")

    def sent(self, path: str) -> list[types.PublishDiagnosticsParams]:
        """Everything that was sent for a file."""
        return [params for params in self.published if params.uri == self.uri(path)]

    async def stop(self) -> int | None:
        """End the session in order; returns the exit code."""
        await self.client.shutdown_session()
        code = self.server.returncode
        await self.client.stop()
        return code

    @property
    def server(self) -> asyncio.subprocess.Process:
        server = self.client._server
        assert server is not None
        return server


def _record(editor: Editor) -> None:
    features = editor.client.protocol.fm.features
    published = features.pop(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)

    def publish_diagnostics(params: types.PublishDiagnosticsParams) -> None:
        editor.published.append(params)
        published(params)

    def register(params: types.RegistrationParams) -> None:
        editor.asked += [registration.method for registration in params.registrations]

    def choose(params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
        editor.asked += [action.title for action in params.actions or []]
        return (params.actions or [None])[-1]

    progressed = features.pop(types.PROGRESS)

    def progress(params: types.ProgressParams) -> None:
        if isinstance(params.value, dict) and "items" in params.value:
            editor.parts.append(params.value["items"])
        else:
            progressed(params)

    def refresh(method: str) -> Callable[[None], None]:
        return lambda params: editor.refreshes.append(method)

    for method in (
        types.WORKSPACE_DIAGNOSTIC_REFRESH,
        types.WORKSPACE_CODE_LENS_REFRESH,
        types.WORKSPACE_INLAY_HINT_REFRESH,
    ):
        features.pop(method, None)
        editor.client.feature(method)(refresh(method))
    editor.client.feature(types.PROGRESS)(progress)
    editor.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(publish_diagnostics)
    editor.client.feature(types.CLIENT_REGISTER_CAPABILITY)(register)
    editor.client.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)(choose)


class RawServer:
    """A server spoken to byte by byte, for what a well-behaved client never sends."""

    running: ClassVar[list[RawServer]] = []

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, command: list[str] = TOY) -> RawServer:
        pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=nowhere)
        server = cls(process)
        cls.running.append(server)
        return server

    @classmethod
    async def stop_all(cls) -> None:
        """End what a test left running."""
        for server in cls.running:
            assert server.process.stdin is not None
            server.process.stdin.close()
            if server.process.returncode is None:
                server.process.kill()
            await server.process.wait()
        cls.running.clear()

    def send(self, *messages: dict[str, Any] | bytes) -> None:
        """Write the messages in one go; bytes are a body as it is."""
        assert self.process.stdin is not None
        for message in messages:
            body = message if isinstance(message, bytes) else json.dumps({"jsonrpc": "2.0", **message}).encode()
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def receive(self) -> dict[str, Any]:
        """The next message; fails when the stream holds anything else."""
        assert self.process.stdout is not None
        header = await asyncio.wait_for(self.process.stdout.readuntil(b"\r\n\r\n"), TIMEOUT)
        fields = dict(line.split(b": ", 1) for line in header.strip().split(b"\r\n"))
        assert fields.keys() <= {b"Content-Length", b"Content-Type"}, header
        message: dict[str, Any] = json.loads(await self.process.stdout.readexactly(int(fields[b"Content-Length"])))
        return message

    async def answer(self, number: int) -> dict[str, Any]:
        """The answer to a request; messages before it are dropped."""
        while True:
            message = await self.receive()
            if message.get("id") == number and "method" not in message:
                return message

    async def hello(self, root: Path | None = None) -> None:
        """Initialize, for a folder or for none."""
        self.send(
            {
                "id": 0,
                "method": "initialize",
                "params": {"processId": None, "rootUri": root.as_uri() if root else None, "capabilities": {}},
            }
        )
        await self.answer(0)
        self.send({"method": "initialized", "params": {}})

    async def code(self) -> int:
        """The exit code, when the process has ended."""
        return await asyncio.wait_for(self.process.wait(), TIMEOUT)


def high_water(process_id: int) -> int:
    """The most bytes that a process has held in memory so far; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text()
    except OSError:
        return 0
    return 1024 * int(status.split("VmHWM:")[1].split()[0])
