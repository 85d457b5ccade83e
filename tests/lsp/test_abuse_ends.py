"""Ends that no editor announces, and what else could get onto standard output: real servers over the real analysis."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect as connect_websocket

from .client import REAL, TIMEOUT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX processes")

PATIENCE = 3.0
"""Seconds that a server and its workers may outlive their client."""
PIPE = asyncio.subprocess.PIPE
Start = Callable[..., Awaitable[asyncio.subprocess.Process]]
SERVE = [sys.executable, "-m", "eventlens", "serve"]


@pytest_asyncio.fixture
async def start() -> AsyncIterator[Start]:
    started: list[asyncio.subprocess.Process] = []

    async def begin(command: list[str], **options: Any) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *command, **{"stdin": PIPE, "stdout": PIPE, "stderr": PIPE, **options}
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def many_files(root: Path, files: int = 400, functions: int = 150) -> None:
    """Enough to be read in worker processes, for some seconds."""
    (root / "package.json").write_text('{"name": "shop", "dependencies": {"kafkajs": "2"}}')
    body = "".join(f"export function f{n}(a: number) {{ return a * {n} + g(a, '{n}'); }}\n" for n in range(functions))
    for number in range(files):
        (root / f"m{number}.ts").write_text(f"import {{ Kafka }} from 'kafkajs';\n// {number}\n{body}")


def greeting(root: Path, process_id: int | None) -> bytes:
    params = {"processId": process_id, "rootUri": root.as_uri(), "capabilities": {}}
    hello = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}
    return b"".join(framed(each) for each in (hello, {"jsonrpc": "2.0", "method": "initialized", "params": {}}))


def framed(message: dict[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def family(process_id: int) -> set[int]:
    """A process' children, as far as the system tells."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process_id)], capture_output=True, text=True, check=False
    )
    return {int(word) for word in listed.stdout.split()}


async def workers_of(process_id: int) -> set[int]:
    """The workers, when there are some: the workspace is being read then."""
    end = time.monotonic() + TIMEOUT
    while not (found := family(process_id)):
        assert time.monotonic() < end, "no worker was started"
        await asyncio.sleep(0.01)
    return found


def lives(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


async def gone(*process_ids: int) -> None:
    end = time.monotonic() + PATIENCE
    while left := [each for each in process_ids if lives(each)]:
        assert time.monotonic() < end, left
        await asyncio.sleep(0.02)


async def stop_reading(server: asyncio.subprocess.Process) -> None:
    """Close this end of the server's output. The transport closes it later: until then an answer finds room in the pipe."""
    output = server._transport.get_pipe_transport(1)  # type: ignore[attr-defined]
    pipe = output.get_extra_info("pipe")
    output.close()
    while not pipe.closed:
        await asyncio.sleep(0)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
@pytest.mark.parametrize("how", ["the pipe closes", "the editor is killed", "the editor is a zombie", "nobody reads"])
async def test_over_standard_streams(start: Start, tmp_path: Path, how: str) -> None:
    many_files(tmp_path)
    editor = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        server = await start(REAL)
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(greeting(tmp_path, editor.pid))
        workers = await workers_of(server.pid)
        if how == "the pipe closes":
            server.stdin.close()
        elif how == "nobody reads":
            await stop_reading(server)
            server.stdin.write(framed({"jsonrpc": "2.0", "id": 1, "method": "nonsense"}))
        else:
            os.kill(editor.pid, signal.SIGKILL)
            if how == "the editor is killed":
                editor.wait()
        await gone(server.pid, *workers)
        assert await asyncio.wait_for(server.wait(), TIMEOUT) == 1
    finally:
        editor.kill()
        editor.wait()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
@pytest.mark.parametrize("scheme", ["tcp", "ws"])
async def test_over_sockets(start: Start, tmp_path: Path, scheme: str) -> None:
    many_files(tmp_path)
    server = await start([*SERVE, f"--{scheme}", "127.0.0.1:0"])
    assert server.stderr is not None
    address = (await asyncio.wait_for(server.stderr.readline(), TIMEOUT)).decode().split()[-1]
    if scheme == "tcp":
        _, writer = await asyncio.open_connection("127.0.0.1", int(address.rsplit(":", 1)[1]))
        writer.write(greeting(tmp_path, None))
        workers = await workers_of(server.pid)
        writer.transport.abort()
    else:
        async with connect_websocket(address) as client:
            for part in greeting(tmp_path, None).split(b"\r\n\r\n")[1:]:
                await client.send(part.partition(b"Content-Length")[0].decode())
            workers = await workers_of(server.pid)
            client.transport.abort()
    await gone(server.pid, *workers)
    assert await asyncio.wait_for(server.wait(), TIMEOUT) == 1


async def test_a_message_that_is_too_large_for_a_websocket_is_told_in_the_log(start: Start) -> None:
    """The length of the frame is enough; nothing of it is sent."""
    server = await start([*SERVE, "--ws", "127.0.0.1:0"])
    assert server.stderr is not None
    address = (await asyncio.wait_for(server.stderr.readline(), TIMEOUT)).decode().split()[-1]
    async with connect_websocket(address) as client:
        client.transport.write(b"\x81\xff" + (10**12).to_bytes(8, "big") + b"\0\0\0\0")
        await asyncio.wait_for(client.wait_closed(), TIMEOUT)
    assert await asyncio.wait_for(server.wait(), TIMEOUT) == 1
    said = (await server.stderr.read()).decode()
    assert "cannot be read as messages of the protocol: frame with 1000000000000 bytes exceeds limit" in said
    assert "Traceback" not in said


LOUD = """
import atexit, faulthandler, logging, os, subprocess, sys, threading, warnings
import eventlens.lsp.engine as engine
from eventlens.lsp.running import serve_stdio

def loud(what):
    print("printed by", what, flush=True)
    os.write(1, b"written by " + what.encode() + b"\\n")
    warnings.warn("warned by " + what)
    logging.getLogger("loud").critical("logged by %s", what)
    subprocess.run([sys.executable, "-c", "print('printed by a child')"])
    os.system("echo echoed by a child")
    faulthandler.dump_traceback(file=sys.stdout)

def analyse(workspace, progress):
    loud("the analysis")
    threading.Thread(target=loud, args=("a thread",)).start()
    return engine._analyse(workspace, progress)

atexit.register(loud, "the end")
serve_stdio(engine.Engine(analyse=analyse))
"""


async def test_standard_output_holds_messages_only(start: Start, tmp_path: Path) -> None:
    many_files(tmp_path, 80, 2)
    (tmp_path / ".eventlens").mkdir()
    (tmp_path / ".eventlens" / "odd.toml").write_text("this is no model\n")
    noise = {
        "PYTHONWARNINGS": "always",
        "PYTHONFAULTHANDLER": "1",
        "PYTHONDEVMODE": "1",
        "PYTHONVERBOSE": "",
        "EVENTLENS_LOG": "DEBUG",
    }
    errors = (tmp_path / "errors.log").open("wb")
    server = await start([sys.executable, "-c", LOUD], stderr=errors, env={**os.environ, **noise})
    assert server.stdin is not None and server.stdout is not None
    uri = (tmp_path / "m0.ts").as_uri()
    document = {"uri": uri, "languageId": "typescript", "version": 1, "text": "// é\n"}
    place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
    server.stdin.write(greeting(tmp_path, None))
    server.stdin.write(
        framed({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}})
    )
    server.stdin.write(b"Content-Length: 3\r\n\r\nxyz")
    for number, method in enumerate(("hover", "codeLens", "nonsense", "codeAction"), 1):
        server.stdin.write(
            framed({"jsonrpc": "2.0", "id": number, "method": f"textDocument/{method}", "params": place})
        )
    server.stdin.write(framed({"jsonrpc": "2.0", "id": 9, "method": "workspace/symbol", "params": {"query": ""}}))
    found: list[dict[str, Any]] = []
    while not found or found[-1].get("id") != 9:
        header = await asyncio.wait_for(server.stdout.readuntil(b"\r\n\r\n"), 2 * TIMEOUT)
        assert header.startswith(b"Content-Length: "), header
        found.append(json.loads(await server.stdout.readexactly(int(header.split(b"\r\n")[0].split()[1]))))
    server.stdin.write(framed({"jsonrpc": "2.0", "id": 10, "method": "shutdown"}))
    server.stdin.write(framed({"jsonrpc": "2.0", "method": "exit"}))
    rest = await asyncio.wait_for(server.stdout.read(), TIMEOUT)
    assert await server.wait() == 0
    while rest:
        header, _, rest = rest.partition(b"\r\n\r\n")
        assert header.startswith(b"Content-Length: "), header
        length = int(header.split(b"\r\n")[0].split()[1])
        found.append(json.loads(rest[:length]))
        rest = rest[length:]
    assert found[-1] == {"id": 10, "jsonrpc": "2.0", "result": None}
    noise_made = (tmp_path / "errors.log").read_bytes()
    for said in (b"printed by the analysis", b"written by a thread", b"printed by a child", b"echoed by a child"):
        assert said in noise_made, said
