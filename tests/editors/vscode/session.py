"""One VS Code over a copy of a workspace: code-server, started for the session, and what a browser saw in it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .installation import Installation

DRIVER = Path(__file__).parent / "driver" / "main.mjs"

# What a first start would put in front of the code, and what would reach for the network.
QUIET = {
    "chat.disableAIFeatures": True,
    "editor.hover.above": False,
    "editor.hover.delay": 100,
    "editor.minimap.enabled": False,
    "editor.stickyScroll.enabled": False,
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "extensions.ignoreRecommendations": True,
    "git.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "window.commandCenter": False,
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.enableExperiments": False,
    "workbench.layoutControl.enabled": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}


@dataclass(frozen=True)
class Outcome:
    """What one scenario found: facts that it read from the window, or why it failed."""

    facts: dict[str, Any]
    error: str | None
    milliseconds: int


@dataclass(frozen=True)
class Session:
    """What a VS Code is started with."""

    installation: Installation
    extension: Path
    """The packaged extension."""
    workspace: Path
    """Opened, and changed by the scenarios: a copy."""
    home: Path
    """An empty folder for everything that the editor writes."""
    artefacts: Path
    """Screenshots and logs are left here."""
    settings: dict[str, Any]
    asks_for_trust: bool = False
    """Whether the workspace is restricted until somebody trusts it."""

    def play(self, scenarios: Sequence[str], patience: float = 60) -> dict[str, Outcome]:
        """Plays scenarios in their order in one window; each waits ``patience`` seconds for what it looks for."""
        self._prepare()
        with self._serving() as port:
            command = [self.installation.node, DRIVER, *scenarios]
            environment = {
                **self._environment(),
                "EVENTLENS_TEST_WINDOW": json.dumps(
                    {
                        "port": port,
                        "folder": str(self.workspace),
                        "settings": str(self.home / "data" / "Machine" / "settings.json"),
                        "artefacts": str(self.artefacts),
                        "chromium": str(self.installation.chromium),
                        "playwright": str(self.installation.playwright),
                        "patience": int(patience * 1000),
                    }
                ),
            }
            limit = 60 + 3 * patience * len(scenarios)
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=limit, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        seen = json.loads(done.stdout)
        return {name: Outcome(**outcome) for name, outcome in seen.items()}

    def _prepare(self) -> None:
        self.artefacts.mkdir(parents=True, exist_ok=True)
        settings = json.dumps({**QUIET, **self._trust_settings(), **self.settings}, indent=2)
        for place in ("User", "Machine"):  # machine-scoped settings of the first alone reach an extension late
            folder = self.home / "data" / place
            folder.mkdir(parents=True)
            (folder / "settings.json").write_text(settings, encoding="utf-8")
        (self.home / "config.yaml").write_text("auth: none\ncert: false\n", encoding="utf-8")
        done = subprocess.run(
            [*self._command(), "--install-extension", str(self.extension)],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _trust_settings(self) -> dict[str, Any]:
        enabled = {"security.workspace.trust.enabled": self.asks_for_trust}
        return {**enabled, "security.workspace.trust.startupPrompt": "never"}

    def _command(self) -> list[str]:
        return [
            str(self.installation.node),
            str(self.installation.code_server),
            "--config",
            str(self.home / "config.yaml"),
            "--user-data-dir",
            str(self.home / "data"),
            "--extensions-dir",
            str(self.home / "extensions"),
        ]

    def _environment(self) -> dict[str, str]:
        own = {f"XDG_{kind}_HOME": str(self.home / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("VSCODE_")}
        # The workspace lies below the home folder: the window writes ~ before its paths.
        return {**inherited, **own, "HOME": str(self.workspace.parent), "EXTENSIONS_GALLERY": "{}"}

    @contextmanager
    def _serving(self) -> Iterator[int]:
        """The port of a code-server that answers; it and all that it started end with the block."""
        port = _free_port()
        options = ["--auth", "none", "--disable-telemetry", "--disable-update-check"]
        options += [] if self.asks_for_trust else ["--disable-workspace-trust"]
        log = self.artefacts / "code-server.log"
        with log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(
                [*self._command(), "--bind-addr", f"127.0.0.1:{port}", *options, "--disable-getting-started-override"],
                env=self._environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait_until_it_answers(port, process)
            yield port
        finally:
            _end(process)
            logs = self.home / "data" / "logs"
            if logs.exists():
                shutil.copytree(logs, self.artefacts / "logs", dirs_exist_ok=True)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait_until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "code-server ended; see code-server.log among the artefacts"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("code-server did not answer within a minute")


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # what the group still runs
    process.wait(10)
