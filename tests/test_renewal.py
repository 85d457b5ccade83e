"""Renewing the edited files gives what analysing the whole workspace gives."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from eventlens.analysis import Analysis, analyse, open_workspace
from eventlens.checks.registry import RULES
from eventlens.renewal import Renewal
from eventlens.workspace.snapshot import Workspace

STOREFRONT = Path(__file__).parent.parent / "fixtures" / "storefront"
LATER = {rule.id for rule in RULES if rule.needs_all_sites}


@pytest.fixture(scope="module")
def before() -> tuple[Workspace, Analysis]:
    workspace = open_workspace(STOREFRONT).workspace
    return workspace, analyse(workspace)


def _files(analysis: Analysis) -> list[str]:
    return sorted({site.file for site in analysis.flow_map.sites})


def _seen(analysis: Analysis, file: str) -> dict[str, object]:
    found = analysis.flow_map
    return {
        "sites": sorted((one.id, one.line, one.column, str(one.channels), str(one.payload)) for one in found.sites),
        "flows": sorted((one.publish, one.subscribe, tuple(one.route)) for one in found.flows),
        "channels": sorted(str(one) for one in found.channels),
        "findings": sorted(
            (one.id, one.line, one.message, one.suppressed)
            for one in found.findings
            if one.file == file and one.rule not in LATER
        ),
    }


def test_every_file_with_sites_as_it_is_and_with_a_line_above(before: tuple[Workspace, Analysis]) -> None:
    workspace, whole = before
    renewal = Renewal(workspace, whole)
    for file in _files(whole):
        mark = b"# a note\n" if file.endswith(".py") else b"// a note\n"
        for text in (workspace.text(file), mark + workspace.text(file)):
            edited = workspace.with_overlay(file, text)
            assert _seen(renewal.renewed(edited, frozenset([file])), file) == _seen(analyse(edited), file), file


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("services/orders/src/orders/place-order.ts", "await ", ""),
        ("services/orders/src/orders/place-order.ts", "Order", "Parcel"),
        ("services/inventory/inventory/reservations.py", "await ", ""),
        ("services/inventory/inventory/reservations.py", "except", "except ValueError"),
    ],
)
def test_edits_that_change_what_is_found(before: tuple[Workspace, Analysis], file: str, old: str, new: str) -> None:
    workspace, whole = before
    if file not in workspace:
        pytest.fail(f"{file} is gone from the storefront; name another")
    edited = workspace.with_overlay(file, workspace.text(file).replace(old.encode(), new.encode()))
    assert edited is not workspace
    renewed = Renewal(workspace, whole).renewed(edited, frozenset([file]))
    assert _seen(renewed, file) == _seen(analyse(edited), file)


def test_a_guard_that_only_the_whole_workspace_shows_still_counts(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(STOREFRONT, root, ignore=shutil.ignore_patterns("node_modules"))
    workspace = open_workspace(root).workspace
    whole = analyse(workspace)
    renewal = Renewal(workspace, whole)
    for file in _files(whole):
        kept = {one.id for one in renewal.renewed(workspace, frozenset([file])).flow_map.findings}
        assert kept == {one.id for one in whole.flow_map.findings}
