"""What is known before, and instead of, an analysis of the whole workspace: a glance at open files, a remembered map, a wider renewal."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import msgspec
import pytest

from eventlens.analysis import Analysis, analyse, open_workspace
from eventlens.checks.registry import RULES
from eventlens.flow.model import FlowMap
from eventlens.ide import lenses
from eventlens.ide.hover import hover
from eventlens.lsp.analysis_worker import AnalysisWorker
from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.engine import Engine, Wanted
from eventlens.lsp.positions import SourceText
from eventlens.lsp.snapshot import Snapshot
from eventlens.progress import Superseded
from eventlens.renewal import Renewal, glance
from eventlens.workspace.snapshot import Workspace

STOREFRONT = Path(__file__).parent.parent / "fixtures" / "storefront"
PUBLISHER = "services/orders/src/orders/cancel-order.ts"
TOPICS = "packages/messaging/src/topics.ts"
WAITING = {rule.id for rule in RULES if rule.needs_all_sites or rule.needs_setup} | {"unused-suppression"}


@pytest.fixture(scope="module")
def before() -> tuple[Workspace, Analysis]:
    workspace = open_workspace(STOREFRONT).workspace
    return workspace, analyse(workspace)


@pytest.fixture
def storefront(tmp_path: Path) -> Path:
    root = tmp_path / "storefront"
    shutil.copytree(STOREFRONT, root, ignore=shutil.ignore_patterns("node_modules"))
    return root


def _wanted(root: Path, *paths: str, edits: dict[str, str] | None = None) -> Wanted:
    texts = {path: (root / path).read_text("utf-8") for path in paths} | (edits or {})
    documents = {path: OpenDocument((root / path).as_uri(), 1, SourceText(text)) for path, text in texts.items()}
    return Wanted(1, documents, 0, 0)


def _content(flow_map: FlowMap) -> tuple[object, ...]:
    """All that a renewal promises: not how sites were found, nor what is counted over the whole workspace."""
    return (
        sorted(msgspec.json.encode(msgspec.structs.replace(site, evidence=[])) for site in flow_map.sites),
        sorted((flow.publish, flow.subscribe, *flow.route) for flow in flow_map.flows),
        sorted(msgspec.json.encode(one) for one in flow_map.findings if one.file != "eventlens.toml"),
        sorted(channel.id for channel in flow_map.channels),
    )


def _files(analysis: Analysis) -> list[str]:
    return sorted({site.file for site in analysis.flow_map.sites})


# --------------------------------------------------------------------------------------------------- a wider renewal


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (TOPICS, "'stock-requests'", "'stock-level-requests'"),
        (PUBLISHER, "OrderCancelled", "OrderCalledOff"),
        ("packages/messaging/src/kafka/publish.ts", "producer.send(", "producer.connect("),
        ("services/orders/src/consumers/stock-levels.ts", "TOPICS.STOCK_REQUESTS", "TOPICS.STOCK_LEVELS"),
    ],
)
def test_what_hangs_on_an_edit_is_what_the_whole_workspace_gives(
    before: tuple[Workspace, Analysis], file: str, old: str, new: str
) -> None:
    workspace, whole = before
    assert old.encode() in workspace.text(file), f"{file} says it otherwise; name another edit"
    edited = workspace.with_overlay(file, workspace.text(file).replace(old.encode(), new.encode()))
    widened = Renewal(workspace, whole).widened(edited, frozenset([file]))
    fresh = analyse(edited)
    assert widened is not None
    assert _content(fresh.flow_map) != _content(whole.flow_map), "the edit changes nothing; it would be no test"
    assert _content(widened.flow_map) == _content(fresh.flow_map)


def test_a_finding_in_another_file_comes_and_goes_with_an_edit(before: tuple[Workspace, Analysis]) -> None:
    workspace, whole = before
    file = "services/orders/src/consumers/stock-levels.ts"
    text = workspace.text(file).replace(b"TOPICS.STOCK_REQUESTS", b"'stock-level-requests'")
    renewal = Renewal(workspace, whole)
    elsewhere = {one.id for one in whole.flow_map.findings if one.file != file}
    renamed = renewal.widened(workspace.with_overlay(file, text), frozenset([file]))
    back = renewal.widened(workspace, frozenset([file]))
    assert renamed is not None and back is not None
    assert {one.id for one in renamed.flow_map.findings if one.file != file} != elsewhere
    assert {one.id for one in back.flow_map.findings if one.file != file} == elsewhere


# ------------------------------------------------------------------------------------------------------------ a glance


def test_a_glance_says_nothing_that_the_whole_workspace_does_not(before: tuple[Workspace, Analysis]) -> None:
    _, whole = before
    sites = {site.id for site in whole.flow_map.sites}
    findings = {one.id for one in whole.flow_map.findings}
    seen = 0
    for file in _files(whole):
        found = glance(open_workspace(STOREFRONT).workspace, frozenset([file])).flow_map
        assert {site.id for site in found.sites} <= sites, file
        assert {one.id for one in found.findings if one.file == file} <= findings, file
        assert not {one.rule for one in found.findings} & WAITING
        seen += len(found.findings)
    expected = [one for one in whole.flow_map.findings if one.rule not in WAITING and one.file in _files(whole)]
    assert seen >= 0.8 * len(expected)


def test_a_glance_reads_what_is_imported_alone(before: tuple[Workspace, Analysis]) -> None:
    _, whole = before
    found = glance(open_workspace(STOREFRONT).workspace, frozenset([PUBLISHER]))
    assert found.flow_map.sites and found.flow_map.coverage.lowered < whole.flow_map.coverage.lowered / 2


def _first_shown(root: Path, wanted: Wanted) -> Snapshot | None:
    """What a session shows as soon as its analysis has begun."""
    worker = AnalysisWorker(root, Engine())
    shown: list[Snapshot | None] = []

    def progress(message: str, done: int, total: int) -> None:
        shown.append(worker.glance(wanted.documents))
        raise Superseded

    with pytest.raises(Superseded):
        worker.snapshot(wanted, progress)
    return shown[0]


def test_what_is_not_known_yet_is_said_so_and_not_counted(storefront: Path) -> None:
    snapshot = _first_shown(storefront, _wanted(storefront, PUBLISHER))
    assert snapshot is not None and snapshot.is_early
    (site,) = [site for site in snapshot.analysis.flow_map.sites if site.file == PUBLISHER]
    found = hover(snapshot.index, PUBLISHER, site.line, site.column, lambda file, line: file)
    assert found is not None and "not known yet" in found.text and "Nobody" not in found.text
    assert lenses.lenses(snapshot.index, PUBLISHER) == []


# ---------------------------------------------------------------------------------------------------- a remembered map


_SETTLED = 0.1
"""Seconds after which a change of a file shows in its time stamp."""


def _session(root: Path, wanted: Wanted) -> Snapshot:
    """A whole session."""
    time.sleep(_SETTLED)
    worker = AnalysisWorker(root, Engine())
    snapshot = worker.snapshot(wanted, lambda message, done, total: None)
    while worker.prepare():
        pass
    return snapshot


def test_a_session_begins_with_the_map_of_the_one_before(storefront: Path) -> None:
    wanted = _wanted(storefront, PUBLISHER)
    whole = _session(storefront, wanted)
    again = _first_shown(storefront, wanted)
    assert again is not None and not again.is_early
    assert msgspec.json.encode(again.analysis.flow_map) == msgspec.json.encode(whole.analysis.flow_map)


def test_a_map_of_other_files_is_not_taken(storefront: Path) -> None:
    _session(storefront, _wanted(storefront, PUBLISHER))
    (storefront / TOPICS).write_text((storefront / TOPICS).read_text("utf-8") + "\n", "utf-8")
    again = _first_shown(storefront, _wanted(storefront, PUBLISHER))
    assert again is not None and again.is_early


def test_what_was_not_saved_is_not_remembered(storefront: Path) -> None:
    time.sleep(_SETTLED)
    edited = _wanted(storefront, edits={PUBLISHER: (storefront / PUBLISHER).read_text("utf-8") + "\n// not saved\n"})
    _session(storefront, edited)
    again = _first_shown(storefront, _wanted(storefront, PUBLISHER))
    assert again is not None and again.is_early


@pytest.mark.parametrize("path", [PUBLISHER, "services/orders/src/consumers/stock-levels.ts"])
def test_an_edited_document_is_looked_at_within_the_remembered_map(storefront: Path, path: str) -> None:
    whole = _session(storefront, _wanted(storefront, path))
    edited = _wanted(storefront, edits={path: "// not saved\n\n" + (storefront / path).read_text("utf-8")})
    again = _first_shown(storefront, edited)
    assert again is not None and not again.is_early
    before = {one.id: one.line for one in whole.analysis.flow_map.findings if one.file == path}
    assert {one.id: one.line for one in again.analysis.flow_map.findings if one.file == path} == {
        key: line + 2 for key, line in before.items()
    }
    assert {(flow.publish, flow.subscribe) for flow in again.analysis.flow_map.flows} == {
        (flow.publish, flow.subscribe) for flow in whole.analysis.flow_map.flows
    }
