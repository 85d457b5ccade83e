"""The generated workspace is what the benchmark says that it is."""

from __future__ import annotations

import ast

import pytest
from generate import Plan, generate, workspace_files

from eventlens.syntax.lowering import lower
from eventlens.workspace.snapshot import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("generated")
    generate(folder, Plan(files=600, megabytes=3.3, share=0.1, seed=7))
    return Workspace.open(
        folder,
        [b"kafkajs", b"amqplib", b"confluent_kafka", b"pika", b"@shop/messaging", b"shop_messaging"],
        cached=False,
    )


def test_the_same_seed_gives_the_same_files() -> None:
    one, same, other = (list(workspace_files(Plan(60, 0.3, 0.1, seed))) for seed in (1, 1, 2))
    assert one == same != other


def test_size_and_share_are_as_asked(workspace: Workspace) -> None:
    sources = [path for path in workspace.sources() if path.rpartition("_0")[2][:3].isdecimal()]
    assert len(sources) == 600
    assert sum(workspace.files[path].size for path in sources) == pytest.approx(3_300_000, rel=0.1)
    messaging = [path for path in sources if workspace.survey(path).literals]
    assert len(messaging) == pytest.approx(60, abs=25)


def test_every_file_is_valid_code(workspace: Workspace) -> None:
    for path in workspace.sources():
        assert lower(path, workspace.text(path)).errors == ()
        if path.endswith(".py"):
            ast.parse(workspace.text(path))


def test_imports_between_files_lead_somewhere(workspace: Workspace) -> None:
    inner = [
        (path, name)
        for path, survey in workspace.surveys()
        for name in survey.imports
        if name.startswith((".", "@shop")) or (name.startswith(("py_service", "shop_")) and ":" in name)
    ]
    assert len(inner) > 500
    assert [pair for pair in inner if not workspace.resolve(*pair).paths] == []
