from __future__ import annotations

from pathlib import Path

import pytest

from eventlens import ir
from eventlens.workspace import store
from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.lowering_pool import LoweringPool
from eventlens.workspace.snapshot import Workspace

from .conftest import Write

LITERALS = (b"kafka", b"amqp")


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_MANY_TO_SURVEY", 10)


def many(tree: Write) -> Path:
    files = {f"d{n % 5}/m{n}.py": f"import kafka{n % 3}\nfrom .m{n + 5} import VALUE\n" for n in range(100)}
    return tree(files | {"big.js": "x=1;" * 8000, "broker.ts": "import {connect} from 'amqplib'\n"})


def surveyed_here(root: Path) -> Workspace:
    return Workspace.open(root, LITERALS, cached=False)


def test_workers_survey_as_this_process_does(tree: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    root = many(tree)
    workspace = Workspace.open(root, LITERALS)
    workspace.begin_surveys()
    assert len(workspace._store._pool.process_ids) > 1
    surveys = dict(workspace.surveys())
    modules = {path: ir.encode(module) for path, module in workspace.modules(surveys)}
    workspace.close()
    monkeypatch.setattr(store, "_MANY_TO_SURVEY", 10_000)
    here = surveyed_here(root)
    assert surveys == dict(here.surveys())
    assert modules == {path: ir.encode(module) for path in surveys if (module := here.module(path)) is not None}
    again = Workspace.open(root, LITERALS)
    assert dict(again.surveys()) == surveys
    again.close()


def test_what_the_workers_no_longer_answer_is_surveyed_here(tree: Write) -> None:
    root = many(tree)
    workspace = Workspace.open(root, LITERALS, cached=False)
    workspace.begin_surveys()
    workspace._store._pool.close()
    assert dict(workspace.surveys()) == dict(surveyed_here(root).surveys())
    workspace.close()


def test_a_file_that_goes_meanwhile_has_an_empty_survey(tree: Write) -> None:
    root = many(tree)
    workspace = Workspace.open(root, LITERALS, cached=False)
    (root / "d3/m13.py").unlink()
    workspace.begin_surveys()
    surveys = dict(workspace.surveys())
    assert surveys["d3/m13.py"].imports == () and surveys["d3/m18.py"].imports
    workspace.close()


def test_files_that_give_way_are_lowered_here_when_wanted_before_a_worker_has_begun(
    tree: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = many(tree)
    workspace = Workspace.open(root, LITERALS, cached=False)
    workspace.begin_surveys()
    dict(workspace.surveys())
    monkeypatch.setattr(LoweringPool, "_serve_ahead", lambda self: None)
    workspace.expect(workspace.sources())
    module = workspace.module("d0/m5.py")
    assert module is not None and module.imports[0].module == "kafka2"
    lowered = dict(workspace.modules(workspace.sources()))
    assert list(lowered) == [path for path in workspace.sources() if path != "big.js"]
    workspace.close()


def test_workers_are_started_ahead_where_nothing_is_known_of_many_files(
    tree: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileRecord, "is_settled", lambda self, walked_ns: True)  # files just written are remembered too
    root = many(tree)
    first = Workspace.open(root, LITERALS)
    first.begin_workers()
    assert len(first._store._pool.process_ids) > 1
    dict(first.surveys())
    first.close()
    again = Workspace.open(root, LITERALS)
    again.begin_workers()
    assert again._store._pool.process_ids == []
    again.close()
