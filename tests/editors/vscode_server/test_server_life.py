"""What the extension does when its server crashes, is restarted, or is not to be had, and what it writes down, in a real VS Code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .window import EVENTLENS, Play, program, required

pytestmark = required


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """The server behind a program that writes the number of each process beside the workspace."""
    return program(tmp_path / "server", f'#!/bin/sh\necho $$ >> "{tmp_path}/servers"\nexec "{EVENTLENS}" "$@"\n')


def test_a_server_that_is_killed_is_started_again(play: Play, server: Path) -> None:
    seen = play({"eventlens.server.path": str(server)}, "menu", "consumers", "killed", "restarted", "log", "trace")
    assert any("Restart server" in row for row in seen["menu"]["rows"])
    rows = "\n".join(seen["consumers"]["rows"])
    assert "reservations.py" in rows and ".ts" in rows
    assert seen["killed"]["before"] == seen["killed"]["after"]
    assert seen["killed"]["servers"] == 1
    assert seen["restarted"] == {"after": seen["killed"]["before"], "servers": 1}
    # Long lines are wrapped in the window.
    lines = "".join(seen["log"]["lines"]).replace(" ", "")
    assert f"starting{server}serve" in lines and "thesettingeventlens.server.path" in lines
    assert "theserverended(SIGKILL)" in lines and "nextstartin1s" in lines and "theserverended(exitcode0)" in lines
    assert not any("eventlens/map" in line for line in seen["trace"]["before"])
    assert any("Sending request 'eventlens/map" in line for line in seen["trace"]["lines"])


def test_a_server_that_keeps_ending_is_left_after_five_tries_until_a_person_asks(play: Play, tmp_path: Path) -> None:
    text = f"""#!/bin/sh
echo $$ >> "{tmp_path}/servers"
test -e "{tmp_path}/mended" || {{ echo broken on purpose >&2; exit 1; }}
exec "{EVENTLENS}" "$@"
"""
    broken = program(tmp_path / "server", text)
    seen = play({"eventlens.server.path": str(broken)}, "keepsEnding")["keepsEnding"]
    assert "The Eventlens server keeps ending" in seen["text"]
    assert seen["buttons"] == ["Restart", "Show Log"]
    assert seen["tries"] == 6
    assert sum("broken on purpose" in line for line in seen["lines"]) >= 1
    assert "findings" in seen["after"]


def test_a_setting_that_names_no_program_is_said_with_what_helps(play: Play) -> None:
    seen = play({"eventlens.server.path": "/nowhere/eventlens"}, "nowhere")["nowhere"]
    assert "eventlens.server.path names /nowhere/eventlens, which is no program" in seen["text"]
    assert seen["buttons"] == ["Open Settings", "Open Documentation", "Show Log"]


def test_a_python_that_is_too_old_is_said_with_what_helps(play: Play, tmp_path: Path) -> None:
    told = {"program": "/opt/python3", "version": [3, 8, 10], "eventlens": None, "makesEnvironments": True}
    python = program(tmp_path / "python3", f"#!/bin/sh\necho '{json.dumps(told)}'\n")
    seen = play({"eventlens.python": str(python)}, "nowhere")["nowhere"]
    assert "Eventlens needs Python 3.10 or later: /opt/python3 is 3.8.10" in seen["text"]
    assert seen["buttons"] == ["Choose Python…", "Open Documentation", "Show Log"]
