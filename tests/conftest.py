"""What holds for every test: nothing is written to the user's own cache."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache folder for this run, for processes that the tests start too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield
