from __future__ import annotations

from pathlib import Path

from eventlens import ir
from eventlens.syntax.lowering import lower
from eventlens.workspace.discovery import discover
from eventlens.workspace.lowering_pool import LoweringPool, digest_of, in_batches
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
            assert lowered.module == ir.encode(lower(record.path, source))


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
    pool.start()
    assert pool._executor is not None
    list(pool.lower(records))
    for process in list(pool._executor._processes.values()):
        process.kill()
        process.join()
    assert len([lowered for lowered in pool.lower(records) if lowered]) == len(records)


def test_batches_keep_order_and_lose_nothing() -> None:
    batches = list(in_batches([5000, 1, 9000, 2, 3], lambda size: size, 6000))
    assert batches == [[5000, 1], [9000], [2, 3]]
