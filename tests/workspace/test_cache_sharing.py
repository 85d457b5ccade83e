"""Several processes on one workspace at once: each is right, none waits for another for long, none complains."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from eventlens.workspace.cache import Cache
from eventlens.workspace.cache_sweep import delete_cache

from .shop import EVENTLENS, cache_path, compact, is_whole, run_map, shop, true_map

WAIT_SECONDS = 0.3
"""What one use of the cache may last beside a busy writer: the patience with it, and a little work."""

_BUSY = """
import sys
from pathlib import Path
from eventlens.workspace.cache import Cache
from eventlens.workspace.cache_sweep import delete_cache
cache = Cache(Path(sys.argv[1]))
print("ready", flush=True)
n = 0
while sys.stdin.readable():
    cache.put_modules({f"{sys.argv[2]}-{n}-{m}".encode(): b"m" * 20_000 for m in range(100)}, "V")
    n += 1
"""


def test_who_reads_waits_for_no_writer_and_who_writes_not_long(tmp_path: Path) -> None:
    path = tmp_path / "shared.sqlite"
    cache = Cache(path)
    cache.put_modules({b"known": b"module"}, "V")
    cache.put_blob("k", b"v")
    writers = [
        subprocess.Popen([sys.executable, "-c", _BUSY, str(path), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for name in ("a", "b")
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
        reads, writes = [], []
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            began = time.monotonic()
            assert cache.modules([b"known"], "V") == {b"known": b"module"}
            assert cache.get_blob("k") == b"v"
            reads.append(time.monotonic() - began)
            began = time.monotonic()
            cache.put_modules({str(len(writes)).encode(): b"m" * 1000}, "V")
            writes.append(time.monotonic() - began)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    reads.sort()
    writes.sort()
    assert reads[len(reads) // 2] < 0.02
    assert writes[len(writes) * 9 // 10] < WAIT_SECONDS
    written = cache.modules([str(number).encode() for number in range(len(writes))], "V")
    assert len(written) > len(writes) / 2
    cache.close()
    assert is_whole(path)


def test_many_threads_and_processes_make_the_file_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(10):
        path = tmp_path / str(number) / "new.sqlite"
        opened: list[Cache] = []
        start = threading.Barrier(6)

        def open_one(path: Path = path, opened: list[Cache] = opened, start: threading.Barrier = start) -> None:
            start.wait()
            cache = Cache(path)
            cache.put_blob(str(threading.get_ident()), b"v")
            opened.append(cache)

        threads = [threading.Thread(target=open_one) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counts = [sum(cache.get_blob(str(thread.ident)) is not None for thread in threads) for cache in opened]
        for cache in opened:
            cache.close()
        assert counts == [6] * 6
        assert is_whole(path)
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


def test_a_cache_that_is_deleted_while_in_use_is_made_again_unharmed(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    used = Cache(path)
    used.put_blob("k", b"old")
    delete_cache(path)
    new = Cache(path)
    new.put_blob("k", b"new")
    used.put_blob("k", b"lost")
    used.close()
    assert new.get_blob("k") == b"new"
    other = Cache(path)
    other.put_blob("l", b"more")
    assert new.get_blob("l") == b"more"
    new.close()
    other.close()
    assert is_whole(path)
    again = Cache(path)
    assert (again.get_blob("k"), again.get_blob("l")) == (b"new", b"more")
    again.close()


async def test_two_servers_and_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = shop(tmp_path / "root", ballast=70)
    truth = true_map(root)
    monkeypatch.setenv("EVENTLENS_LOG", "DEBUG")
    servers = [await _server(root, tmp_path / f"{number}.log") for number in range(2)]
    maps = await asyncio.gather(*(asyncio.to_thread(run_map, root) for _ in range(2)))
    assert [(done.returncode, compact(done.stdout), done.stderr) for done in maps] == [(0, truth, b"")] * 2
    (root / "ballast" / "part1.py").write_text("import os\n")
    done = await asyncio.to_thread(run_map, root)
    assert (done.returncode, done.stderr) == (0, b"")
    for server in servers:
        await _end(server)
    for number in range(2):
        told = (tmp_path / f"{number}.log").read_bytes()
        assert b"locked" not in told and b"busy" not in told and b"WARNING" not in told and b"ERROR" not in told, told
    done = run_map(root)
    assert compact(done.stdout) == true_map(root)
    assert is_whole(cache_path(root))


async def _server(root: Path, log: Path) -> asyncio.subprocess.Process:
    """A server that begins to look at the workspace."""
    with log.open("wb") as told:
        server = await asyncio.create_subprocess_exec(
            *EVENTLENS,
            "serve",
            "--stdio",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=told,
        )
    uri = root.as_uri()
    _say(
        server,
        f'"id": 1, "method": "initialize", "params": {{"processId": null, "capabilities": {{}}, "rootUri": "{uri}"}}',
    )
    _say(server, '"method": "initialized", "params": {}')
    return server


async def _end(server: asyncio.subprocess.Process) -> None:
    _say(server, '"id": 2, "method": "shutdown"')
    _say(server, '"method": "exit"')
    await asyncio.wait_for(server.communicate(), 20)


def _say(server: asyncio.subprocess.Process, members: str) -> None:
    content = f'{{"jsonrpc": "2.0", {members}}}'.encode()
    assert server.stdin is not None
    server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
