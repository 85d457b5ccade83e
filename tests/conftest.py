"""What holds for every test: nothing is written to the user's own cache, and the program does to the world what it may do.

Every process of the program that a test starts (a command, a server, a worker) writes down what it starts, connects to, writes and
runs; see `hostile.journal` for what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from hostile.journal import Journal, environment, told

_SHARING = ("tests/editors/", "tests/live/")
"""Folders whose tests share what lies outside of them: an editor's download, the extension's packages, running servers."""


class _FileByFile(LoadFileScheduling):
    """Where several processes run the tests, each takes whole files, or whole folders that share something."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in _SHARING if nodeid.startswith(folder)), super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _FileByFile:
    return _FileByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache folder for this run, for processes that the tests start too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    """What the audited processes of this run did."""
    found = Journal(tmp_path_factory.mktemp("audit") / "journal")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(found.path).items():
            patch.setenv(name, value)
        yield found


@pytest.fixture(autouse=True)
def audited(journal: Journal) -> Iterator[None]:
    """Fails the test whose processes did what they may not."""
    yield
    forbidden = journal.forbidden()
    assert not forbidden, told(forbidden)
