"""The servers of a run, started when the first case wants them; the table of what the kill loops saw."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from .cases import Case
from .grounds import Grounds, Line, table
from .libraries import default_libraries
from .servers import Missing

REQUIRED = bool(os.environ.get("EVENTLENS_REQUIRE_LIVE"))
SEED = int(os.environ.get("EVENTLENS_LIVE_SEED") or time.time_ns() % 1_000_000)

LINES: list[Line] = []
FAILED: list[str] = []


@pytest.fixture(scope="session")
def grounds() -> Iterator[Grounds]:
    """The servers and libraries of this run. The folder with the logs is kept when a test failed."""
    home = Path(tempfile.mkdtemp(prefix="eventlens-live-run-"))
    # The database's own user has to reach its folder.
    home.chmod(0o755)
    grounds = Grounds(home, default_libraries(), LINES)
    yield grounds
    grounds.stop()
    if not FAILED:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def needed(grounds: Grounds) -> Callable[[Case], None]:
    """Sees to what a case needs: installs it where the run is meant for that, skips the test where it is not there."""

    def see(case: Case) -> None:
        try:
            grounds.see_to(case, install=REQUIRED)
        except Missing as missing:
            if REQUIRED:
                pytest.fail(str(missing), pytrace=False)
            pytest.skip(str(missing))

    return see


@pytest.fixture
def random(request: pytest.FixtureRequest) -> Random:
    """Randomness of the run's seed and the test's name."""
    return Random(f"{SEED} {request.node.name}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.failed:
        FAILED.append(item.nodeid)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the kill loops."""
    if not LINES:
        return
    terminalreporter.write_sep("-", f"kill loops, EVENTLENS_LIVE_SEED={SEED}")
    for row in table(LINES):
        terminalreporter.write_line(row)
