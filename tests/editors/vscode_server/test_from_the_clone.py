"""From `git clone` to squiggles, by the steps of the README: nothing is set, no server is installed, the extension brings its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ..vscode.extension import REPOSITORY
from ..vscode.installation import Installation
from ..vscode.session import Session
from .window import ARTEFACTS, required

pytestmark = required


def run(*command: str | Path, folder: Path) -> None:
    inherited = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    done = subprocess.run(command, cwd=folder, env=inherited, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="this is no git checkout")
def test_a_fresh_clone_gets_to_squiggles_by_the_readmes_steps(installation: Installation, tmp_path: Path) -> None:
    clone = tmp_path / "eventlens"
    run("git", "clone", "--quiet", REPOSITORY, clone, folder=tmp_path)
    run("make", "vsix", folder=clone)
    vsix = clone / "vscode-client" / "eventlens.vsix"
    artefacts = ARTEFACTS / "clone"
    shutil.rmtree(artefacts, ignore_errors=True)
    session = Session(installation, vsix, clone / "fixtures" / "storefront", tmp_path / "editor", artefacts, {})
    outcome = session.play(["firstStart"], patience=240)["firstStart"]
    assert outcome.error is None, outcome.error
    seen = outcome.facts
    assert seen["lenses"] == ["→ 2 consumers (inventory, payments)"]
    assert any("making a Python environment" in said for said in seen["said"])
    assert "findings" in seen["status"]
    python = next((tmp_path / "editor").rglob("env-*/bin/python"))
    assert "globalStorage" in str(python)
