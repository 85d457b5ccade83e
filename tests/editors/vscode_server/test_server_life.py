"""What the extension does when its server crashes, and when there is none to be had, in a real VS Code."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from ..vscode import session as played
from ..vscode.extension import packaged
from ..vscode.installation import CannotInstall, Installation, installed
from ..vscode.session import Session
from ..vscode.test_vscode import copy_of_the_storefront

DRIVER = Path(__file__).parent / "life.mjs"
ARTEFACTS = Path(__file__).parents[3] / "build" / "editors" / "vscode-server"
EVENTLENS = Path(sys.executable).parent / "eventlens"

pytestmark = pytest.mark.skipif(
    not os.environ.get("EVENTLENS_REQUIRE_EDITORS"), reason="`make test-editors` kills and hides servers"
)


@pytest.fixture(scope="module")
def installation() -> Installation:
    try:
        return installed()
    except CannotInstall as missing:
        pytest.fail(str(missing))


@pytest.fixture(scope="module")
def extension(installation: Installation) -> Path:
    return packaged(installation.npm)


@pytest.fixture
def play(installation: Installation, extension: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Plays scenarios in a window with these settings; what each of them saw."""
    monkeypatch.setattr(played, "DRIVER", DRIVER)

    def run(settings: dict[str, Any], *names: str) -> dict[str, dict[str, Any]]:
        artefacts = ARTEFACTS / names[0]
        shutil.rmtree(artefacts, ignore_errors=True)
        workspace = copy_of_the_storefront(tmp_path)
        session = Session(installation, extension, workspace, tmp_path / "editor", artefacts, settings)
        outcomes = session.play(names)
        assert [outcome.error for outcome in outcomes.values() if outcome.error] == []
        return {name: outcome.facts for name, outcome in outcomes.items()}

    return run


def program(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_server_that_is_killed_is_started_again(play: Any, tmp_path: Path) -> None:
    server = program(tmp_path / "server", f'#!/bin/sh\necho $$ >> "{tmp_path}/servers"\nexec "{EVENTLENS}" "$@"\n')
    seen = play({"eventlens.server.path": str(server)}, "menu", "consumers", "killed")
    assert any("Restart server" in row for row in seen["menu"]["rows"])
    rows = "\n".join(seen["consumers"]["rows"])
    assert "reservations.py" in rows and ".ts" in rows
    killed = seen["killed"]
    assert killed["before"] == killed["after"]
    assert killed["servers"] == 2


def test_a_setting_that_names_no_program_is_said_with_what_helps(play: Any) -> None:
    seen = play({"eventlens.server.path": "/nowhere/eventlens"}, "nowhere")["nowhere"]
    assert "eventlens.server.path names /nowhere/eventlens, which is no program" in seen["text"]
    assert seen["buttons"] == ["Open Settings", "Open Documentation", "Show Log"]


def test_a_python_that_is_too_old_is_said_with_what_helps(play: Any, tmp_path: Path) -> None:
    told = {"program": "/opt/python3", "version": [3, 8, 10], "eventlens": None, "makesEnvironments": True}
    python = program(tmp_path / "python3", f"#!/bin/sh\necho '{json.dumps(told)}'\n")
    seen = play({"eventlens.python": str(python)}, "nowhere")["nowhere"]
    assert "Eventlens needs Python 3.10 or later: /opt/python3 is 3.8.10" in seen["text"]
    assert seen["buttons"] == ["Choose Python…", "Open Documentation", "Show Log"]
