"""Real servers for the time of a test run: each on free ports of this machine, its files in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
START_SECONDS = 60.0


class Missing(Exception):
    """Something that has to be installed is not; the text is one line that says what to do."""


@dataclass(frozen=True)
class Door:
    """A way to a server for one process: something listens on ``front`` (0: any free port) and passes on to ``back``."""

    front: int
    back: int


class Server(ABC):
    """A running server. ``stop`` must be called."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.log = home / "server.log"
        self._processes: list[subprocess.Popen[bytes]] = []
        home.mkdir(parents=True)
        try:
            self.launch()
        except BaseException:
            self.stop()
            shutil.rmtree(home)  # who asks again is told the same
            raise

    @abstractmethod
    def launch(self) -> None:
        """Start the processes and wait until clients are served."""

    def door(self, number: int) -> Door:
        """The way in for the process with this number, from 0."""
        del number
        return Door(0, self.port)

    END = signal.SIGKILL

    def stop(self) -> None:
        """End the server at once: what it holds is thrown away."""
        for process in reversed(self._processes):
            if process.poll() is None:
                os.killpg(process.pid, self.END)
            process.wait(START_SECONDS)

    def spawn(self, command: list[str], environment: dict[str, str] | None = None, user: str | None = None) -> None:
        """Start a process of the server, in its home and in a process group of its own."""
        self._processes.append(
            subprocess.Popen(
                command,
                cwd=self.home,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=self.log.open("ab"),
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user,
                group=pwd.getpwnam(user).pw_gid if user else None,
                extra_groups=[] if user else None,
            )
        )

    def wait_for(self, text: str | None = None) -> None:
        """Wait until the port answers, or until the log holds a text."""
        end = time.monotonic() + START_SECONDS
        while not (answers(self.port) if text is None else text in self.log.read_text("utf-8", "replace")):
            if time.monotonic() > end or self._processes[-1].poll() is not None:
                raise RuntimeError(
                    f"{type(self).__name__} does not start:\n{self.log.read_text('utf-8', 'replace')[-2000:]}"
                )
            time.sleep(0.05)


class Postgres(Server):
    """PostgreSQL with the superuser ``app``, trusted without a password."""

    # It would leave its shared memory behind if it were killed.
    END = signal.SIGQUIT

    def launch(self) -> None:
        self._binaries = postgres_binaries()
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            shutil.chown(self.home, user)
        cluster = str(self.home / "cluster")
        self.spawn(
            [f"{self._binaries}/initdb", "-D", cluster, "-U", "app", "-A", "trust", "-E", "UTF8", "--no-sync"],
            user=user,
        )
        if self._processes[-1].wait(START_SECONDS) != 0:
            raise RuntimeError(f"initdb failed:\n{self.log.read_text()[-2000:]}")
        # Power cuts are no part of the test, killed clients are: the cluster need not reach the disk.
        options = [
            "-k",
            str(self.home),
            "-c",
            "fsync=off",
            "-c",
            "max_connections=200",
            "-c",
            f"listen_addresses={HOST}",
        ]
        self.spawn([f"{self._binaries}/postgres", "-D", cluster, "-p", str(self.port), *options], user=user)
        self.wait_for("ready to accept connections")

    def query(self, database: str, sql: str) -> list[str]:
        """The rows of an answer, as psql writes them."""
        return self._psql(database, "-c", sql).splitlines()

    def run_file(self, database: str, path: Path) -> None:
        """Run a file of SQL in one transaction."""
        self._psql(database, "-1", "-f", str(path))

    def create_database(self, name: str) -> None:
        """A new, empty database."""
        self.query("postgres", f'CREATE DATABASE "{name}"')

    def _psql(self, database: str, *arguments: str) -> str:
        where = ["-h", HOST, "-p", str(self.port), "-U", "app", "-d", database]
        command = [f"{self._binaries}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *where, *arguments]
        done = subprocess.run(command, text=True, capture_output=True, timeout=30, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return done.stdout


class RabbitMQ(Server):
    """RabbitMQ with its default user, guest."""

    def launch(self) -> None:
        found = shutil.which("rabbitmq-server", path="/usr/lib/rabbitmq/bin:" + os.environ.get("PATH", ""))
        mapper = shutil.which("epmd")
        if found is None or mapper is None:
            raise Missing("RabbitMQ is not installed: apt-get install rabbitmq-server")
        # A port mapper of its own: the usual one would be shared, and outlive the test.
        names, distribution = free_port(), free_port()
        self.spawn([mapper, "-port", str(names), "-address", HOST])
        environment = {
            "HOME": str(self.home),
            "ERL_EPMD_PORT": str(names),
            "RABBITMQ_NODENAME": f"live{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(self.home / "data"),
            "RABBITMQ_LOG_BASE": str(self.home),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(self.home / "none"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 -rabbit vm_memory_high_watermark {absolute,2000000000}",
        }
        self.spawn([found], environment)
        self.wait_for("Server startup complete")


class Redis(Server):
    """Redis that keeps everything in memory."""

    def launch(self) -> None:
        program = installed("redis-server", "Redis is not installed: apt-get install redis-server")
        self.spawn([program, "--port", str(self.port), "--bind", HOST, "--save", "", "--appendonly", "no"])
        self.wait_for()


class Nats(Server):
    """NATS with JetStream."""

    def launch(self) -> None:
        program = installed("nats-server", "NATS is not installed: apt-get install nats-server")
        self.spawn([program, "-a", HOST, "-p", str(self.port), "-js", "-sd", str(self.home / "streams")])
        self.wait_for()


class Kafka(Server):
    """One Kafka broker without ZooKeeper, from the jars in a folder.

    Its clients go where the broker says that it is, so each door is a listener of its own that gives the door's front as its
    address: otherwise they would pass a proxy by.
    """

    DOORS = 3

    def __init__(self, home: Path, jars: Path) -> None:
        self._jars = jars
        self._doors = [Door(free_port(), free_port()) for _ in range(self.DOORS)]
        super().__init__(home)

    def door(self, number: int) -> Door:
        return self._doors[number]

    def launch(self) -> None:
        java = installed("java", "Java is not installed: apt-get install default-jre-headless")
        settings = self.home / "server.properties"
        settings.write_text(self._settings(free_port()))
        command = [java, "-Xmx384m", "-cp", f"{self._jars}/*"]
        self.spawn([*command, "kafka.tools.StorageTool", "format", "-t", "A" * 22, "-c", str(settings)])
        if self._processes[-1].wait(START_SECONDS) != 0:
            raise RuntimeError(f"Kafka's storage was not formatted:\n{self.log.read_text()[-2000:]}")
        self.spawn([*command, "kafka.Kafka", str(settings)])
        self.wait_for("Kafka Server started")

    def _settings(self, controller: int) -> str:
        listeners = {"DIRECT": self.port, **{f"DOOR{n}": door.back for n, door in enumerate(self._doors)}}
        announced = {"DIRECT": self.port, **{f"DOOR{n}": door.front for n, door in enumerate(self._doors)}}
        lines = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{HOST}:{controller}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "DIRECT",
            "listeners": ",".join(
                f"{name}://{HOST}:{port}" for name, port in {**listeners, "CONTROLLER": controller}.items()
            ),
            "advertised.listeners": ",".join(f"{name}://{HOST}:{port}" for name, port in announced.items()),
            "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in [*listeners, "CONTROLLER"]),
            "log.dirs": str(self.home / "data"),
            "num.partitions": "2",
            "offsets.topic.num.partitions": "1",
            "offsets.topic.replication.factor": "1",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "500",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
        }
        return "".join(f"{key}={value}\n" for key, value in lines.items())


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether something listens on a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def installed(program: str, missing: str) -> str:
    """The path of a program; raises `Missing` with the text."""
    found = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
    if found is None:
        raise Missing(missing)
    return found


def postgres_binaries() -> Path:
    """The folder of the newest PostgreSQL: Debian does not put its server on the PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    found = [*folders, *([Path(on_path).resolve().parent] if on_path else [])]
    if not found:
        raise Missing("PostgreSQL is not installed: apt-get install postgresql")
    return found[0]
