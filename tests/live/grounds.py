"""What the cases of a run share: servers, libraries, and the lines of the table."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from .cases import Case
from .libraries import Libraries
from .loops import Tally
from .servers import Kafka, Missing, Nats, Postgres, RabbitMQ, Redis, Server
from .stage import Stage

KINDS: dict[str, Callable[[Path], Server]] = {"postgres": Postgres, "rabbitmq": RabbitMQ, "redis": Redis, "nats": Nats}
COLUMNS = ("case", "kills", "in window", "messages", "lost", "doubled", "sent twice", "seconds")


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    name: str
    tally: Tally
    seconds: float

    def cells(self) -> tuple[str, ...]:
        """Its cells, as `COLUMNS` names them."""
        tally = self.tally
        numbers = (tally.kills, tally.window, tally.messages, len(tally.lost), len(tally.doubled), tally.repeated)
        return (self.name, *map(str, numbers), f"{self.seconds:.0f}")


@dataclass
class Grounds:
    """Servers start when they are first wanted and run until the end."""

    home: Path
    libraries: Libraries
    lines: list[Line]
    servers: dict[str, Server] = field(default_factory=dict)
    stages: int = 0

    def see_to(self, case: Case, install: bool) -> None:
        """Have ready what a case needs; raises `Missing`, also where libraries are missing and not to be installed."""
        if install:
            self.libraries.install(*case.parts)
        elif not self.libraries.present(*case.parts):
            raise Missing("the libraries that the cases run with are not installed: make test-live installs them")
        for name in ("postgres", case.broker):
            self.server(name)

    def server(self, name: str) -> Server:
        """A running server."""
        if name not in self.servers:
            home = self.home / name
            self.servers[name] = Kafka(home, self.libraries.jars) if name == "kafka" else KINDS[name](home)
        return self.servers[name]

    def stage(self, case: Case, name: str) -> Stage:
        """A copy of a case's workspace with its surroundings; nothing is mended, migrated or built yet."""
        self.stages += 1
        logs = self.home / "logs" / name
        logs.mkdir(parents=True)
        postgres = self.server("postgres")
        assert isinstance(postgres, Postgres)
        root = case.copy(self.home / "workspaces" / name)
        return Stage(case, root, logs, self.libraries, postgres, self.server(case.broker), f"live{self.stages:03}")

    async def run(self, name: str, loop: Awaitable[Tally]) -> Tally:
        """Run a kill loop and put what it saw into the table."""
        start = time.monotonic()
        tally = await loop
        self.lines.append(Line(name, tally, time.monotonic() - start))
        return tally

    def stop(self) -> None:
        """End the servers."""
        for server in self.servers.values():
            server.stop()


def table(lines: list[Line]) -> list[str]:
    """The lines under their heads, and their sums."""
    kills, window = sum(line.tally.kills for line in lines), sum(line.tally.window for line in lines)
    rows = [COLUMNS, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    drawn = [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
        for row in rows
    ]
    return [*drawn, f"{kills} kills, {window} of them in the window, {sum(line.seconds for line in lines):.0f} seconds"]
