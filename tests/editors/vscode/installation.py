"""VS Code for the tests: code-server and playwright-core of pinned versions, kept in the user's cache and used again.

Nothing is fetched but npm packages. The packages' own install scripts do not run; two native modules are built with the compiler at
hand: the one without which code-server does not start, and the one without which output channels stay empty.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

CODE_SERVER = "4.100.3"  # VS Code 1.100.3, for Node 20
PLAYWRIGHT = "1.65.1"
NODE_MAJOR = 20
RECIPE = 2
"""Raised when what is installed changes with the versions as they are."""
INSTALL = ("install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")


class CannotInstall(Exception):
    """What is missing, and how to mend it, in one line."""


@dataclass(frozen=True)
class Installation:
    """Where the programs are that a test of VS Code needs."""

    node: Path
    npm: Path
    chromium: Path
    code_server: Path
    """The script that Node runs."""
    playwright: Path
    """The folder of the package."""


def installed() -> Installation:
    """The programs, installed when they are not there yet; raises CannotInstall."""
    node, npm = _program("node"), _program("npm")
    chromium = _program("chromium", "chromium-browser", "google-chrome")
    _check_node(node)
    code_server = _folder(f"code-server-{CODE_SERVER}-{RECIPE}", npm, _install_code_server)
    playwright = _folder(f"playwright-core-{PLAYWRIGHT}", npm, _install_playwright)
    return Installation(
        node,
        npm,
        chromium,
        code_server / "node_modules" / "code-server" / "out" / "node" / "entry.js",
        playwright / "node_modules" / "playwright-core",
    )


def cache_folder() -> Path:
    """Where the programs are kept: a folder of the user's cache, outside the tree."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "eventlens-editors"


def _program(*names: str) -> Path:
    for name in names:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    raise CannotInstall(f"{names[0]} is not on PATH; install it, or add its folder to PATH")


def _check_node(node: Path) -> None:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if version.removeprefix("v").split(".")[0] != str(NODE_MAJOR):
        raise CannotInstall(f"node {version} is on PATH; code-server {CODE_SERVER} runs on Node {NODE_MAJOR} only")


def _folder(name: str, npm: Path, install: Callable[[Path, Path], None]) -> Path:
    """A folder of the cache; it appears whole or not at all, also when two runs make it at once."""
    final = cache_folder() / name
    if final.exists():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=final.parent) as made:
        (Path(made) / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        install(npm, Path(made))
        Path(made).chmod(0o755)
        try:
            Path(made).rename(final)
        except OSError:  # another run was faster
            if not final.exists():
                raise
        Path(made).mkdir(exist_ok=True)
    return final


def _install_playwright(npm: Path, folder: Path) -> None:
    _run([npm, *INSTALL, f"playwright-core@{PLAYWRIGHT}"], folder)


def _install_code_server(npm: Path, folder: Path) -> None:
    """What code-server's own install script does, as far as an editor without terminals needs it."""
    _run([npm, *INSTALL, f"code-server@{CODE_SERVER}"], folder)
    workbench = folder / "node_modules" / "code-server" / "lib" / "vscode"
    _run([npm, *INSTALL, "--omit=dev"], workbench)
    (workbench / "node_modules.asar").symlink_to("node_modules")
    # Its compiler is not installed, and it would say so in every window.
    shutil.rmtree(workbench / "extensions" / "typescript-language-features")
    _link_ripgrep(workbench)
    _build(npm, folder, "argon2")
    _build(npm, workbench, "@vscode/spdlog")


def _link_ripgrep(workbench: Path) -> None:
    """The file search runs ripgrep, whose package would download it; without one, searching finds nothing."""
    found = shutil.which("rg")
    if found is not None:
        programs = workbench / "node_modules" / "@vscode" / "ripgrep" / "bin"
        programs.mkdir(exist_ok=True)
        (programs / "rg").symlink_to(found)


def _build(npm: Path, folder: Path, package: str) -> None:
    prefix = Path(_program("node")).resolve().parent.parent
    headers = {"npm_config_nodedir": str(prefix)} if (prefix / "include" / "node" / "node.h").exists() else {}
    environment = {**os.environ, **headers, "npm_config_build_from_source": "true"}
    _run([npm, "rebuild", "--loglevel=error", package], folder, environment)


def _run(command: Sequence[str | Path], folder: Path, environment: dict[str, str] | None = None) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise CannotInstall(f"{_told(command)} took more than ten minutes") from late
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-12:]
        raise CannotInstall(f"{_told(command)} failed: " + " / ".join(last))


def _told(command: Sequence[str | Path]) -> str:
    return " ".join([Path(command[0]).name, *map(str, command[1:])])
