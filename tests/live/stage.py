"""What a case is run on: its copy of the workspace, a database of its own, its broker, the libraries."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .cases import Case
from .libraries import Libraries
from .processes import Process
from .servers import HOST, Postgres, Server

COMMAND_SECONDS = 120

# Prisma's command line gets its engines from the network, but needs none of those that it asks for here.
PRISMA = {
    "PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true",
    "PRISMA_QUERY_ENGINE_LIBRARY": "/bin/true",
    "PRISMA_HIDE_UPDATE_MESSAGE": "1",
    "CHECKPOINT_DISABLE": "1",
}


@dataclass(frozen=True)
class Stage:
    """A case's surroundings. Stages share brokers: ``prefix`` begins the identities of this one's messages."""

    case: Case
    root: Path
    logs: Path
    libraries: Libraries
    postgres: Postgres
    broker: Server
    prefix: str

    @property
    def database(self) -> str:
        """The name of the database."""
        return self.prefix

    def environment(self, database_port: int, broker_port: int) -> dict[str, str]:
        """The environment of a process that reaches the servers at these ports."""
        places = {
            "database": f"{HOST}:{database_port}/{self.database}",
            "broker": f"{HOST}:{broker_port}",
            "host": HOST,
            "port": str(database_port),
            "name": self.database,
        }
        programs = [self.libraries.python.parent, self.libraries.node_modules / ".bin"]
        path = os.pathsep.join([*map(str, programs), os.environ.get("PATH", "")])
        own = {name: text.format(**places) for name, text in self.case.environment.items()}
        return {**own, **PRISMA, "PATH": path, "PYTHONDONTWRITEBYTECODE": "", "NODE_ENV": "production"}

    def prepare(self) -> None:
        """Build what is to be built, make the database and bring it up to date by the project's own tool."""
        if (self.root / "package.json").exists():
            self._link_packages()
        self.postgres.create_database(self.database)
        for command in self.case.build:
            self._run(command)
        program, *arguments = self.case.migrate
        if program == "psql":
            for path in sorted(one for pattern in arguments for one in self.root.glob(pattern)):
                self.postgres.run_file(self.database, path)
        else:
            self._run(self.case.migrate)

    def _link_packages(self) -> None:
        """Lets the workspace see the npm packages."""
        own = self.root / "node_modules"
        if not (self.root / "prisma").exists():
            own.symlink_to(self.libraries.node_modules)
            return
        # The client is generated beside its package: a package of its own keeps the stages' clients apart.
        shutil.copy(Path(__file__).parent / "prisma.config.ts", self.root)
        (own / "@prisma").mkdir(parents=True)
        for path in [*self.libraries.node_modules.iterdir(), *(self.libraries.node_modules / "@prisma").iterdir()]:
            target = own / path.relative_to(self.libraries.node_modules)
            if path.name == "client":
                shutil.copytree(path, target, copy_function=os.link)
            elif path.name not in ("@prisma", ".prisma"):
                target.symlink_to(path)

    def process(self, name: str, command: list[str], database_port: int, broker_port: int) -> Process:
        """A process of the service."""
        return Process(
            name, command, self.root, self.environment(database_port, broker_port), self.logs / f"{name}.log"
        )

    def peer(self, action: str) -> Process:
        """The other end of the channel; see ``peers.py``."""
        script = str(Path(__file__).parent / "peers.py")
        address = f"{HOST}:{self.broker.port}"
        command = [str(self.libraries.python), script, action, self.case.broker, address, self.case.channel]
        return Process(action, command, self.root, {}, self.logs / f"{action}.log")

    def query(self, sql: str) -> list[str]:
        """The rows of an answer."""
        return self.postgres.query(self.database, sql)

    def _run(self, command: list[str]) -> None:
        environment = {**os.environ, **self.environment(self.postgres.port, self.broker.port)}
        done = subprocess.run(
            command,
            cwd=self.root,
            env=environment,
            text=True,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        said = f"{done.stdout}\n{done.stderr}".strip()
        assert done.returncode == 0, f"{' '.join(command)} failed:\n{said[-3000:]}"
