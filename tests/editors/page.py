"""The fenced blocks of docs/editors.md: what the page tells a reader to put into an editor's configuration is what the tests put there."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "editors.md").read_text("utf-8")

REQUIRED = bool(os.environ.get("EVENTLENS_REQUIRE_EDITORS"))
in_test_editors = pytest.mark.skipif(not REQUIRED, reason="`make test-editors` plays everything")
"""For what `make test` leaves out, to stay short."""


def blocks(language: str) -> list[str]:
    """The blocks of a language, in the page's order."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def block(language: str, containing: str) -> str:
    """The one block of a language with that text in it."""
    (found,) = [one for one in blocks(language) if containing in one]
    return found


def environment(home: Path) -> dict[str, str]:
    """For an editor that finds the program ``eventlens``, none of its environment's others, and no other configuration than in that folder."""
    programs = home / "programs"
    if not programs.exists():
        programs.mkdir(parents=True)
        (programs / "eventlens").symlink_to(Path(sys.executable).parent / "eventlens")
    return {
        **os.environ,
        **{f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "DATA", "STATE", "CACHE")},
        "PATH": os.pathsep.join((str(programs), os.environ["PATH"])),
    }
