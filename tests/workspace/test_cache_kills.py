"""Killed at any moment: the next run is right, nothing is left behind.

``EVENTLENS_KILLS`` sets how many kills there are of each kind; `make test-kills` sets several hundred.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from eventlens.workspace.cache import Cache
from eventlens.workspace.discovery import discover
from eventlens.workspace.lowering_worker import Request, receive, send

from .shop import EVENTLENS, cache_path, compact, is_whole, run_map, shop, true_map

KILLS = int(os.environ.get("EVENTLENS_KILLS", "25"))
RUNS = max(4, KILLS // 8)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

_WRITER = """
import itertools, sys
from pathlib import Path
from eventlens.workspace.cache import Cache
from eventlens.workspace.cache_rows import KnownFile
from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.survey import Survey
print("ready", flush=True)
for n in itertools.count():
    cache = Cache(Path(sys.argv[1]), Path("/nowhere"))
    record = FileRecord(f"f{n % 50}.py", n, n, n, "python", n)
    cache.put_files([KnownFile(record, str(n).encode(), Survey((str(n),)))], "L")
    cache.put_modules({str(n).encode(): str(n).encode() * 20_000}, "V")
    cache.put_blob("k", str(n).encode() * 10_000)
    cache.forget_files([FileRecord(f"f{m}.py", 0, 0, 0, "") for m in range(40)])
    if n % 3 == 0:
        cache.close()
    else:
        cache.__init__(cache.path)
"""


def test_a_writer_killed_amid_its_transactions(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "w.sqlite"
    dice = random.Random(30)
    for _ in range(KILLS):
        with subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
            time.sleep(dice.uniform(0, 0.06))
            writer.kill()
    cache = Cache(path)
    found = cache.known_files("L")
    assert found and all(
        one.survey is not None and one.digest.decode() == one.survey.literals[0] == str(one.record.size)
        for one in found.values()
    )
    digests = [one.digest for one in found.values()]
    assert all(module == digest * 20_000 for digest, module in cache.modules(digests, "V").items())
    blob = cache.get_blob("k")
    assert blob is None or blob == blob[: len(blob) // 10_000] * 10_000
    cache.close()
    assert is_whole(path)
    assert {file.name for file in path.parent.iterdir()} <= {"w.sqlite", ".eventlens-swept"}


def test_maps_killed_at_any_moment(tmp_path: Path) -> None:
    root = shop(tmp_path / "root", ballast=200)
    truth = true_map(root)
    began = time.monotonic()
    first = run_map(root)
    whole = time.monotonic() - began
    assert compact(first.stdout) == truth
    path = cache_path(root)
    dice = random.Random(31)
    for number in range(RUNS):
        if number % 2 == 0:
            path.unlink(missing_ok=True)
        (root / "service0" / "consume.py").touch()
        process = _started("map", str(root))
        time.sleep(dice.uniform(0.1, 1.1) * whole)
        workers = _children(process.pid)
        process.kill()
        process.wait()
        assert _gone_within(3, workers)
    done = run_map(root)
    assert (done.returncode, compact(done.stdout), done.stderr) == (0, truth, b"")
    assert is_whole(path)
    names = {file.name for file in path.parent.iterdir()}
    # Of the models that ship one killed process may leave a file half written; it goes with those of other versions.
    assert {name for name in names if not name.startswith("models-")} <= {path.name, ".eventlens-swept"}


def test_a_server_killed_amid_its_work(tmp_path: Path) -> None:
    root = shop(tmp_path / "root", ballast=200)
    path = cache_path(root)
    dice = random.Random(32)
    for _ in range(max(2, KILLS // 12)):
        path.unlink(missing_ok=True)
        process = _started("serve", "--stdio")
        assert process.stdin is not None
        hello = {"processId": None, "capabilities": {}, "rootUri": root.as_uri()}
        _say(process, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
        _say(process, {"jsonrpc": "2.0", "method": "initialized", "params": {}})
        time.sleep(dice.uniform(0.5, 2))
        workers = _children(process.pid)
        process.kill()
        process.communicate()
        assert _gone_within(3, workers)
    done = run_map(root)
    assert (done.returncode, compact(done.stdout), done.stderr) == (0, true_map(root), b"")


def test_a_worker_amid_a_long_answer_ends_with_its_requests(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    body = "".join(f"def work_{n}(a, b):\n    return [a + b * {n} for a in range(b)]\n" for n in range(20_000))
    (root / "long.py").write_text(body)
    code = "from eventlens.workspace.lowering_worker import main; main()"
    worker = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert worker.stdin is not None and worker.stdout is not None
    small = Request(str(root), [])
    send(worker.stdin, msgspec.msgpack.encode(small))
    assert receive(worker.stdout) == msgspec.msgpack.encode([])
    send(worker.stdin, msgspec.msgpack.encode(Request(str(root), list(discover(root).files))))
    time.sleep(0.1)
    worker.stdin.close()
    assert worker.wait(3) == 0
    worker.stdout.close()


def _started(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*EVENTLENS, *arguments], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _say(process: subprocess.Popen[bytes], message: object) -> None:
    content = json.dumps(message).encode()
    assert process.stdin is not None
    process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
    process.stdin.flush()


def _children(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(one) for one in listed.stdout.split()]


def _gone_within(seconds: float, processes: list[int]) -> bool:
    end = time.monotonic() + seconds
    while any(map(_runs, processes)):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _runs(process: int) -> bool:
    """Whether a process runs; one that has ended and waits to be noticed does not."""
    try:
        os.kill(process, 0)
    except OSError:
        return False
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return Path("/proc").is_dir() is False
