"""Plays scenarios in a VS Code window of their own over a copy of the example system."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ARTEFACTS = Path(__file__).parents[3] / "build" / "editors" / "vscode-server"
EVENTLENS = Path(sys.executable).parent / "eventlens"

Play = Callable[..., dict[str, dict[str, Any]]]
"""Given settings and the names of scenarios, what each of them saw."""

required = pytest.mark.skipif(
    not os.environ.get("EVENTLENS_REQUIRE_EDITORS"), reason="`make test-editors` kills, hides and swaps servers"
)


def program(path: Path, text: str) -> Path:
    """A file that can be run."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path
