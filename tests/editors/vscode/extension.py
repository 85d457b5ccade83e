"""The packaged extension, built from vscode-client/ when its sources are newer."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from .installation import CannotInstall

REPOSITORY = Path(__file__).parent.parent.parent.parent
CLIENT = REPOSITORY / "vscode-client"
# Apart from what `make vsix` leaves for people: this one has no server in it.
PACKAGE = REPOSITORY / "build" / "editors" / "eventlens.vsix"
_MADE = {"node_modules", "dist", "out", "eventlens.vsix"}


def packaged(npm: Path) -> Path:
    """The extension as it is installed from a file; raises CannotInstall where its own dependencies cannot be installed."""
    if not (CLIENT / "node_modules").exists():
        done = _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        if done.returncode != 0:
            raise CannotInstall("npm ci in vscode-client failed: " + " / ".join(done.stderr.strip().splitlines()[-12:]))
    if not PACKAGE.exists() or PACKAGE.stat().st_mtime < max(path.stat().st_mtime for path in _sources()):
        PACKAGE.parent.mkdir(parents=True, exist_ok=True)
        done = _run([npm, "run", "vsix", "--", "--out", str(PACKAGE)])
        assert done.returncode == 0, done.stdout + done.stderr
    return PACKAGE


def _sources() -> Iterator[Path]:
    for top in CLIENT.iterdir():
        if top.name not in _MADE:
            yield from (path for path in (top, *top.rglob("*")) if path.is_file())


def _run(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, timeout=300, check=False)
