"""The work of an analysis grows as the number of sites does: they are not compared with each other.

Calls are counted instead of seconds, so that a busy machine changes nothing.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
from pathlib import Path
from types import FrameType

import pytest
from growth import exponent, write_sites

from eventlens.analysis import analyse, open_workspace

SITES = (40, 150, 600)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    return [_calls(tmp_path_factory.mktemp(f"sites-{count}"), count) for count in SITES]


def _calls(root: Path, sites: int) -> int:
    """The calls that an analysis makes when the files are read already."""
    write_sites(root, sites, consumers=2)
    workspace = open_workspace(root).workspace
    assert len(analyse(workspace).flow_map.sites) == sites
    profile = cProfile.Profile()
    profile.runcall(analyse, workspace)
    workspace.close()
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def test_an_analysis_can_be_ended_at_any_time(tmp_path: Path) -> None:
    """A keystroke waits until the analysis before it looks up: never for the time that all sites of a kind take."""
    gaps: list[int] = []
    calls = last = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    def beat(message: str, done: int, total: int) -> None:
        nonlocal last
        gaps.append(calls - last)
        last = calls

    write_sites(tmp_path, SITES[-1], consumers=2)
    workspace = open_workspace(tmp_path).workspace
    analyse(workspace)
    sys.setprofile(count)
    try:
        analyse(workspace, beat)
    finally:
        sys.setprofile(None)
    workspace.close()
    assert max(gaps) < 60 * SITES[-1], sorted(gaps)[-5:]


def test_sites_on_few_channels_cost_what_they_are(calls: list[int]) -> None:
    assert exponent(SITES, calls) < 1.15, dict(zip(SITES, calls))


def test_the_last_step_grows_no_faster_than_the_first(calls: list[int]) -> None:
    """What compares sites with each other shows at the large end first."""
    assert exponent(SITES[1:], calls[1:]) < 1.2, dict(zip(SITES, calls))


def test_an_exponent_tells_linear_from_quadratic() -> None:
    assert exponent((1, 10, 100), (3, 30, 300)) == pytest.approx(1)
    assert exponent((1, 10, 100), (3, 300, 30_000)) == pytest.approx(2)
