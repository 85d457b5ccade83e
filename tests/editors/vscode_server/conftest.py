"""A VS Code for these tests."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from ..vscode.extension import packaged
from ..vscode.installation import CannotInstall, Installation, installed
from ..vscode.session import Session
from ..vscode.test_vscode import copy_of_the_storefront
from .window import ARTEFACTS, Play


@pytest.fixture(scope="session")
def installation() -> Installation:
    try:
        return installed()
    except CannotInstall as missing:
        pytest.fail(str(missing))


@pytest.fixture(scope="session")
def extension(installation: Installation) -> Path:
    return packaged(installation.npm)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """What the window opens."""
    return copy_of_the_storefront(tmp_path)


@pytest.fixture
def play(installation: Installation, extension: Path, workspace: Path, tmp_path: Path) -> Play:
    """Plays scenarios in a window with these settings; what each of them saw."""

    def run(settings: dict[str, Any], *names: str, asks_for_trust: bool = False) -> dict[str, dict[str, Any]]:
        artefacts = ARTEFACTS / names[0]
        shutil.rmtree(artefacts, ignore_errors=True)
        session = Session(installation, extension, workspace, tmp_path / "editor", artefacts, settings, asks_for_trust)
        outcomes = session.play(names)
        assert [outcome.error for outcome in outcomes.values() if outcome.error] == []
        return {name: outcome.facts for name, outcome in outcomes.items()}

    return run
