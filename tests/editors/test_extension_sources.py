"""The VS Code extension's own unit tests and types, with the maps of this server. `make vscode` runs those that install environments too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = Path(__file__).parents[2] / "vscode-client"
INSTALLS = "managed.test.js"
"""Makes real Python environments, a minute of them."""


def _run(*command: str | Path) -> str:
    environment = {**os.environ, "EVENTLENS_PYTHON": sys.executable}
    done = subprocess.run(
        command, cwd=CLIENT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def dependencies() -> None:
    npm = shutil.which("npm")
    if npm is None:
        assert not os.environ.get("EVENTLENS_REQUIRE_EDITORS"), "npm is missing"
        pytest.skip("npm is missing: the extension is not built")
    if not (CLIENT / "node_modules").exists():
        _run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def test_its_types_hold() -> None:
    _run("npm", "run", "--silent", "typecheck")


def test_its_unit_tests_pass() -> None:
    _run("node", "esbuild.mjs", "--tests")
    chosen = [path for path in sorted((CLIENT / "out" / "test").rglob("*.test.js")) if path.name != INSTALLS]
    assert "# fail 0" in _run("node", "--test", "--test-reporter=tap", *chosen)
