"""What is loaded while the client goes on after its first answer."""

from __future__ import annotations

import time

import pytest

from eventlens.lsp.loading import begin_to_load, is_loaded


@pytest.mark.parametrize("feature", ["hover", "document_highlight"])
def test_what_is_answered_at_once_or_not_at_all_is_loaded_unasked(feature: str) -> None:
    begin_to_load()
    end = time.monotonic() + 30
    while not is_loaded(f"eventlens.lsp.features.{feature}"):
        assert time.monotonic() < end, "nobody loads it before the first request, which is then answered with nothing"
        time.sleep(0.01)
