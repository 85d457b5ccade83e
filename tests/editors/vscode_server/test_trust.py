"""What the settings of a workspace name is not run before the workspace is trusted, in a real VS Code."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from .window import EVENTLENS, Play, program, required

pytestmark = required


@pytest.mark.parametrize(
    ("setting", "real"), [("eventlens.server.path", EVENTLENS), ("eventlens.python", Path(sys.executable))]
)
def test_a_workspaces_program_is_run_once_it_is_trusted(
    play: Play, workspace: Path, tmp_path: Path, setting: str, real: Path
) -> None:
    def named(who: str) -> Path:
        """The real program behind one that leaves its name beside the workspace."""
        text = f'#!/bin/sh\necho {who} >> "{tmp_path}/runs"\nexec "{real}" "$@"\n'
        return program(workspace / who if who == "workspace" else tmp_path / who, text)

    (workspace / ".vscode").mkdir()
    own = {setting: str(named("workspace")), "eventlens.minimumSeverity": "hint"}
    (workspace / ".vscode" / "settings.json").write_text(json.dumps(own), encoding="utf-8")
    seen = play({setting: str(named("user"))}, "untrusted", "trusted", asks_for_trust=True)
    assert seen["untrusted"]["restricted"] == 1
    assert set(seen["untrusted"]["runs"]) == {"user"}
    assert seen["untrusted"]["lenses"] == ["→ 2 consumers (inventory, payments)"]
    assert set(seen["trusted"]["runs"]) == {"workspace"}
    assert seen["trusted"]["status"] == seen["untrusted"]["status"]
