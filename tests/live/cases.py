"""The cases: ``fixtures/live/<case>/case.yaml`` beside the service as it is before the fix.

==============  ==================================================================================================
fix             ``outbox`` or ``dedup``
rule, file,     the finding that is mended: its rule, its file and a text of its line; the title of the quick fix
line, title
broker          ``rabbitmq``, ``kafka``, ``redis`` or ``nats``
channel         what the other end of the channel needs to know: exchange, topic, stream, subject; for a consumer
                its queue, topic, stream, subject
environment     of the processes; ``{database}`` is host:port/name, ``{broker}`` host:port, and ``{host}``,
                ``{port}``, ``{name}`` are the database's parts
build           commands before anything else runs (optional), e.g. the compiler
migrate         the command that brings the database up to date; ``psql FILE…`` runs files of SQL
service         the process under test: it reads orders on standard input (``outbox``) or consumes (``dedup``)
relay           the process that sends what waits in the outbox
relays          how many of them run at once (default: 1)
ordered         a field of the message: those with the same value arrive in the order of their writing
written         outbox: a query for the identities of the committed writes
waiting         outbox: a query that counts what is not sent yet
effects         dedup: a query that gives the identity of the message of each effect
acknowledges    dedup: an expression for the bytes that the consumer acknowledges with
duplicates      dedup: whether the fix knows messages that were sent twice, not only redelivered ones (default: true)
kills           how many kills (default: those of the run)
without         mutations: for each a file and a generated line; with the line gone the loop must fail
==============  ==================================================================================================
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import yaml

from fixtures.expectations import FIXTURES

FOLDER = FIXTURES / "live"


class Mutation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A generated line that is taken out, and what the loop must see then: ``lost``, ``doubled`` or ``stuck``."""

    file: str
    line: str
    shows: str
    instead: str = ""

    def apply(self, root: Path) -> None:
        """Take the line out, or put another in its place."""
        path = root / self.file
        lines = path.read_text("utf-8").splitlines()
        places = [number for number, line in enumerate(lines) if self.line in line]
        assert len(places) == 1, f"{self.line!r} stands on {len(places)} lines of {self.file}"
        lines[places[0]] = lines[places[0]].replace(lines[places[0]].strip(), self.instead)
        path.write_text("\n".join(lines) + "\n", "utf-8")


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``case.yaml`` says; see the module."""

    name: str
    fix: str
    rule: str
    file: str
    line: str
    title: str
    broker: str
    channel: str
    environment: dict[str, str]
    migrate: list[str]
    service: list[str]
    relay: list[str] = []
    relays: int = 1
    ordered: str = ""
    build: list[list[str]] = []
    written: str = ""
    waiting: str = ""
    effects: str = ""
    acknowledges: str = ""
    duplicates: bool = True
    kills: int | None = None
    without: list[Mutation] = []

    @property
    def parts(self) -> list[str]:
        """The parts of the libraries that it needs."""
        own = "node_modules" if (self.before / "package.json").exists() else "venv"
        return ["venv", *([own] if own != "venv" else []), *(["jars"] if self.broker == "kafka" else [])]

    @property
    def before(self) -> Path:
        """The workspace before the fix."""
        return FOLDER / self.name / "before"

    def copy(self, target: Path) -> Path:
        """A copy of the workspace that may be changed."""
        return Path(
            shutil.copytree(self.before, target, ignore=shutil.ignore_patterns("node_modules", "__pycache__", "dist"))
        )


def read_cases(fix: str) -> list[Case]:
    """The cases of a fix, by name."""
    found = []
    for path in sorted(FOLDER.glob("*/case.yaml")):
        said: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        if said["fix"] == fix:
            found.append(msgspec.convert({"name": path.parent.name, **said}, Case))
    return found
