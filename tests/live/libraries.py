"""The real libraries, in the versions of ``fixtures/live/pins``, in a folder outside the checkout that is kept between runs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

from fixtures.expectations import FIXTURES

from .servers import Missing

PINS = FIXTURES / "live" / "pins"


@dataclass(frozen=True)
class Libraries:
    """Where the libraries are (or are going to be) installed."""

    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter of the environment that has the Python libraries."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def node_modules(self) -> Path:
        """The folder of the npm packages."""
        return self.folder / "node_modules"

    @property
    def jars(self) -> Path:
        """The folder of Kafka's jars."""
        return self.folder / "jars"

    def present(self, *parts: str) -> bool:
        """Whether the parts (``venv``, ``node_modules``, ``jars``) are installed already."""
        return all((self.folder / part / ".installed").exists() for part in parts)

    def install(self, *parts: str) -> None:
        """Install what is not there of the parts; raises `Missing` where a tool or package is not to be had."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for part in parts:
                if not self.present(part):
                    INSTALLERS[part](self.folder)
                    (self.folder / part / ".installed").touch()


def default_libraries() -> Libraries:
    """The folder in the temporary directory that is named after the pins."""
    pins = hashlib.sha256(
        b"".join((PINS / name).read_bytes() for name in ("requirements.txt", "package.json", "pom.xml"))
    )
    return Libraries(Path(tempfile.gettempdir()) / f"eventlens-live-{pins.hexdigest()[:12]}")


def _python(folder: Path) -> None:
    target = folder / "venv"
    venv.create(target, with_pip=True, clear=True)
    command = [str(target / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    _run([*command, "-r", str(PINS / "requirements.txt")], folder, "pip install of fixtures/live/pins/requirements.txt")


def _npm(folder: Path) -> None:
    shutil.copy(PINS / "package.json", folder / "package.json")
    command = ["npm", "install", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund"]
    _run(command, folder, "npm install of fixtures/live/pins/package.json")


def _maven(folder: Path) -> None:
    target = folder / "jars"
    target.mkdir(exist_ok=True)
    command = ["mvn", "-q", "-B", "-f", str(PINS / "pom.xml"), "dependency:copy-dependencies"]
    _run(
        [*command, f"-DoutputDirectory={target}", "-DincludeScope=runtime"],
        folder,
        "Kafka's jars by fixtures/live/pins/pom.xml",
    )


INSTALLERS = {"venv": _python, "node_modules": _npm, "jars": _maven}


def _run(command: list[str], cwd: Path, what: str) -> None:
    if shutil.which(command[0]) is None:
        raise Missing(f"{command[0]} is needed for {what}: apt-get install {PROGRAMS.get(command[0], command[0])}")
    done = subprocess.run(command, cwd=cwd, env=os.environ, text=True, capture_output=True, timeout=600, check=False)
    if done.returncode != 0:
        raise Missing(f"{what} failed: {(done.stderr or done.stdout).strip()[-500:]}")


PROGRAMS = {"mvn": "maven"}
