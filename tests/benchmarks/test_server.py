"""The client of the benchmarks sees what an editor would see, at the moment at which it is there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from chosen_files import Document, Map, documents, links
from generate import Plan, workspace_files
from languages import TYPESCRIPT
from rows import Row, median_row, percentile_row, table
from typing_session import always_another, letter, send
from wire import Wire

_KEPT = ("package.json", "sized_50.ts", "sized_150.ts", "pair_topic.ts", "pair_publisher.ts", "pair_consumer.ts")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sized").resolve()
    for path, text in workspace_files(Plan(4, 0.02, 0.0, seed=1, generated=1)):
        if path.startswith(f"services/{TYPESCRIPT.prefix}") and path.endswith(_KEPT):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def known(root: Path) -> Map:
    command = [sys.executable, "-m", "eventlens", "map", str(root), "--format", "json"]
    made: Map = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return made


@pytest.fixture(scope="module")
def document(root: Path, known: Map) -> Document:
    return documents(root, known, [150], [".ts"])[0]


def test_files_are_chosen_by_length_and_places_by_evidence(root: Path, document: Document) -> None:
    lines = (root / document.path).read_text().split("\n")
    assert document.path.endswith("sized_150.ts")
    assert document.topic is not None
    assert lines[document.topic.line][: document.topic.column].endswith("'sized-150-0")
    assert all("producer.send" in lines[site.line] for site in document.sites)


def test_a_link_joins_two_files(root: Path, known: Map) -> None:
    (link,) = links(root, known)
    assert link.topic.path.endswith("pair_topic.ts")
    assert link.shown.endswith("pair_consumer.ts")


def test_each_edit_is_answered_with_its_diagnostics(root: Path, document: Document, tmp_path: Path) -> None:
    wire = Wire(root, tmp_path)
    assert wire.initialize() > 0
    wire.initialized()
    opened = wire.open(document.path)
    assert wire.until_indexed() > opened
    assert wire.diagnosed(document.path) > opened
    before = list(wire.lines(document.path))
    for stroke in [letter(document, turn) for turn in range(2)] + [always_another(document, turn) for turn in range(6)]:
        sent = send(wire, document.path, stroke)
        assert wire.diagnosed(document.path) > sent
    assert wire.lines(document.path) == before
    place = {"line": document.sites[0].line, "character": document.sites[0].column}
    params = {"textDocument": {"uri": wire.uri(document.path)}, "position": place}
    hover = wire.answer(wire.ask("textDocument/hover", params)).message["result"]
    assert "sized-150-0" in hover["contents"]["value"]
    wire.stop()


def test_a_table_says_what_is_met() -> None:
    seconds = [0.010] * 18 + [0.020, 0.060]
    rows = [median_row("edit", seconds, 16), percentile_row("edit", seconds, 50), Row("memory", 12.0, "MB")]
    assert [row.verdict for row in rows] == ["pass", "FAIL", ""]
    assert "≤ 50.0" in table(rows)
