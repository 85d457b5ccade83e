from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from eventlens.syntax.lowering import lower
from eventlens.workspace import lowering_pool, store
from eventlens.workspace.discovery import FileRecord, discover
from eventlens.workspace.lowering_pool import LoweringPool, in_batches
from eventlens.workspace.lowering_worker import digest_of, pack, receive, send, serve
from eventlens.workspace.snapshot import Workspace

from .conftest import Write


def many(tree: Write) -> Path:
    return tree({f"d{n % 5}/m{n}.py": f"import os\nVALUE_{n} = {n}\n" for n in range(150)} | {"big.js": "x=1;" * 8000})


def test_workers_give_the_same_as_this_process_in_order(tree: Write) -> None:
    root = many(tree)
    records = discover(root).files
    pool = LoweringPool(str(root), workers=2)
    try:
        results = list(pool.lower(records))
    finally:
        pool.close()
    for record, lowered in zip(records, results):
        source = (root / record.path).read_bytes()
        assert lowered is not None and lowered.digest == digest_of(record.path, source)
        assert (lowered.module is None) == (record.path == "big.js")
        if lowered.module is not None:
            assert lowered.module == pack(lower(record.path, source))


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="this system has no such priorities")
def test_workers_give_way_to_the_process_that_asks_them(tree: Write) -> None:
    root = many(tree)
    pool = LoweringPool(str(root), workers=2)
    try:
        list(pool.lower(discover(root).files))
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert all(os.getpriority(os.PRIO_PROCESS, one) == min(own + 10, 19) for one in pool.process_ids)
    finally:
        pool.close()


def test_a_single_worker_needs_no_process_and_gone_files_are_none(tree: Write) -> None:
    root = many(tree)
    records = discover(root).files
    (root / records[3].path).unlink()
    results = list(LoweringPool(str(root), workers=1).lower(records))
    assert [position for position, lowered in enumerate(results) if lowered is None] == [3]


def test_a_workspace_lowers_many_through_its_pool(tree: Write) -> None:
    workspace = Workspace.open(many(tree))
    lowered = dict(workspace.modules(workspace.sources()))
    workspace.close()
    assert list(lowered) == [path for path in workspace.sources() if path != "big.js"]


def test_dead_workers_are_replaced_by_this_process(tree: Write) -> None:
    root = many(tree)
    records = discover(root).files
    pool = LoweringPool(str(root), workers=2)
    expected = list(pool.lower(records))
    for process in pool.process_ids:
        os.kill(process, signal.SIGTERM)
    assert list(pool.lower(records)) == expected
    pool.close()
    assert list(pool.lower(records)) == expected
    pool.close()


def test_a_program_without_a_main_guard_may_use_workers(tree: Write, tmp_path: Path) -> None:
    root = many(tree)
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from eventlens.workspace.snapshot import Workspace\n"
        f"workspace = Workspace.open(Path({str(root)!r}))\n"
        "print(len(list(workspace.modules(workspace.sources()))))\n"
        "workspace.close()\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "150\n", "")


def test_workers_import_nothing_from_the_current_folder(tree: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    root = many(tree)
    for name in ("msgspec", "hashlib", "signal"):
        (root / f"{name}.py").write_text(f"open({str(root / 'executed')!r}, 'w')")
    monkeypatch.chdir(root)
    workspace = Workspace.open(root)
    assert len(dict(workspace.modules(workspace.sources()))) == 153
    workspace.close()
    assert not (root / "executed").exists()


def test_frames() -> None:
    requests, answers = io.BytesIO(), io.BytesIO()
    for content in (b"", b"abc", b"x" * 100_000):
        send(requests, content)
    requests.write(b"\x05\x00\x00\x00cut")
    requests.seek(0)
    serve(requests, answers, lambda request: request[::-1] + b"!")
    answers.seek(0)
    assert [receive(answers) for _ in range(3)] == [b"!", b"cba!", b"x" * 100_000 + b"!"]
    with pytest.raises(EOFError):
        receive(answers)


def test_batches_keep_order_and_lose_nothing() -> None:
    batches = list(in_batches([5000, 1, 9000, 2, 3], lambda size: size, 6000))
    assert batches == [[5000, 1], [9000], [2, 3]]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_worker_that_does_not_leave_is_killed(tree: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lowering_pool, "_LEAVING_SECONDS", 0.1)
    pool = LoweringPool(str(tree({"a.py": ""})), workers=2)
    pool.start()
    processes = pool.process_ids
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    pool.close()
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_a_worker_whose_answers_nobody_takes_ends_quietly() -> None:
    class Gone(io.BytesIO):
        def write(self, content: object) -> int:
            raise BrokenPipeError

    requests = io.BytesIO()
    send(requests, b"request")
    requests.seek(0)
    serve(requests, Gone(), lambda request: b"answer")


def test_a_large_file_is_lowered_in_a_worker_while_who_waits_is_served(
    tree: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = "".join(f"VALUE_{n} = [{n}, 'text']\n" for n in range(12_000))
    root = tree({f"m{n}.py": f"VALUE_{n} = {n}\n" for n in range(150)} | {"large.py": large})
    monkeypatch.setattr(store, "lower_file", _not_here)
    workspace = Workspace.open(root)
    try:
        list(workspace.modules([f"m{n}.py" for n in range(150)]))
        looked_in: list[int] = []
        with workspace.watched(lambda: looked_in.append(1)):
            module = workspace.module("large.py")
        assert module is not None and len(module.body) == 12_000
        assert len(looked_in) > 2
    finally:
        workspace.close()


def _not_here(root: str, record: FileRecord) -> None:
    raise AssertionError(f"{record.path} was lowered in this process")
