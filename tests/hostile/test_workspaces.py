"""Folders that mean harm: each is mapped in bounded time, and what else lies there is read as if nothing were."""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from eventlens.cli.app import run
from eventlens.cli.opening import map_folder
from eventlens.flow.model import FlowMap
from eventlens.workspace import discovery

ORDERS = """\
import { Kafka } from 'kafkajs';
const kafka = new Kafka({ brokers: ['b'] });
export async function announce(id: string): Promise<void> {
  await kafka.producer().send({ topic: process.env.ORDERS_TOPIC ?? 'orders', messages: [{ value: id }] });
}
"""
ENTRIES = int(os.environ.get("EVENTLENS_HOSTILE_ENTRIES", "10000"))
"""Of one folder; to make them takes far longer than to look at them."""
SECONDS = 20.0
"""For one small workspace, on a machine that has much else to do."""


@pytest.fixture(autouse=True)
def nothing_goes_wrong_unseen(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A workspace with one publish, and a place beside it that is none of its business."""
    root = tmp_path / "shop"
    write(root / "package.json", '{"name": "shop", "dependencies": {"kafkajs": "2"}}')
    write(root / "src" / "orders.ts", ORDERS)
    write(tmp_path / "outside" / "stolen.ts", ORDERS.replace("orders", "stolen"))
    write(tmp_path / "outside" / ".env", "ORDERS_TOPIC=stolen\n")
    return root


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def mapped(root: Path, seconds: float = SECONDS) -> FlowMap:
    """The map, made in time."""
    began = time.perf_counter()
    flow_map = map_folder(root).flow_map
    assert time.perf_counter() - began < seconds
    return flow_map


def topics(flow_map: FlowMap) -> list[str | None]:
    return sorted((site.channel for site in flow_map.sites), key=str)


# ------------------------------------------------------------------------------------------------------------- links


def chain(root: Path) -> None:
    previous = root.parent / "outside" / "stolen.ts"
    for number in range(50):
        link = root / f"link{number}.ts"
        link.symlink_to(previous)
        previous = link


LINKS: dict[str, Callable[[Path], object]] = {
    "to the top": lambda root: (root / "all").symlink_to("/"),
    "to the parent": lambda root: (root / "src" / "up").symlink_to(".."),
    "to itself": lambda root: (root / "self.ts").symlink_to("self.ts"),
    "to each other": lambda root: [(root / "a").symlink_to("b"), (root / "b").symlink_to("a")],
    "a chain": chain,
    "to a file outside": lambda root: (root / "out.ts").symlink_to(root.parent / "outside" / "stolen.ts"),
    "to a folder outside": lambda root: (root / "out").symlink_to(root.parent / "outside"),
    "configuration outside": lambda root: (root / ".env").symlink_to(root.parent / "outside" / ".env"),
    "settings outside": lambda root: [
        write(root.parent / "outside" / "s.toml", '[values]\nORDERS_TOPIC = "stolen"\n'),
        (root / "eventlens.toml").symlink_to(root.parent / "outside" / "s.toml"),
    ],
    "ignore rules outside": lambda root: [
        write(root.parent / "outside" / "rules", "src/\n"),
        (root / ".gitignore").symlink_to(root.parent / "outside" / "rules"),
    ],
    "models outside": lambda root: [
        write(root.parent / "outside" / "models" / "m.yaml", "nonsense: [\n"),
        (root / ".eventlens").mkdir(),
        (root / ".eventlens" / "libraries").symlink_to(root.parent / "outside" / "models"),
    ],
    "manifest outside": lambda root: [
        write(root.parent / "outside" / "package.json", '{"name": "stolen", "scripts": {"start": "x"}}'),
        (root / "src" / "package.json").symlink_to(root.parent / "outside" / "package.json"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", LINKS)
def test_links_lead_nowhere(shop: Path, name: str) -> None:
    LINKS[name](shop)
    flow_map = mapped(shop)
    assert topics(flow_map) == ["orders"] and "stolen" not in str(flow_map)


def test_a_link_to_the_root_itself_is_followed(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "here").symlink_to(shop)
    assert topics(mapped(tmp_path / "here")) == ["orders"]


# --------------------------------------------------------------------------------------------- what is no file, or odd


PIPES = (
    "topics.ts", "topics.py", "src/package.json", ".env", "docker-compose.yml", ".gitignore", ".ignore", "eventlens.toml",
    "pyproject.toml", "tsconfig.json", "events.avsc", "events.proto", ".eventlens/libraries/own.yaml", ".git/info/exclude",
    "rabbitmq-definitions.json", "Dockerfile", "setup.cfg", "asyncapi.yaml",
)  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have names on POSIX only")
def test_pipes_are_not_waited_for(shop: Path) -> None:
    for name in PIPES:
        (shop / name).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(shop / name)
    # In a process: a pipe that is waited for holds up the whole interpreter of who waits.
    for command in ("map", "models"):
        asked = [sys.executable, "-m", "eventlens", command, str(shop), "--format" if command == "map" else "--json"]
        done = subprocess.run(
            [*asked, *["json"] * (command == "map")], capture_output=True, timeout=SECONDS, check=False
        )
        assert done.returncode == 0 and done.stderr == b"" and done.stdout.startswith((b"{", b"["))
        if command == "map":
            assert topics(msgspec.json.decode(done.stdout, type=FlowMap)) == ["orders"]


def test_sockets_and_folders_that_are_called_like_files(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("topics.ts")
        for name in ("folder.ts", "package.json.d", ".env.local", "eventlens.toml", ".gitignore", "src/tsconfig.json"):
            (shop / name).mkdir()
        write(shop / "folder.ts" / "more.ts", ORDERS.replace("'orders'", "'more'"))
        assert topics(mapped(shop)) == ["more", "orders"]


def test_names_that_nobody_gives(shop: Path) -> None:
    for number, name in enumerate(
        ("a\nb.ts", "😀.ts", "ä" * 120 + ".ts", " .ts", "-rf.ts", "'\"`$(x).ts", "\x1b[2J.ts", "\u202e.ts")
    ):
        write(shop / name, ORDERS.replace("'orders'", f"'odd{number}'").replace("ORDERS_TOPIC", f"ODD{number}"))
    write(Path(os.fsdecode(os.fsencode(shop) + b"/\xff\xfe.ts")), ORDERS)
    assert topics(mapped(shop)) == [*(f"odd{number}" for number in range(8)), "orders"]
    for command in (
        ["check", str(shop), "--format", "github"],
        ["check", str(shop), "--format", "sarif"],
        ["map", str(shop)],
    ):
        assert run(command) in (0, 1)


def test_names_that_differ_by_case_alone(shop: Path) -> None:
    write(shop / "src" / "ORDERS.ts", ORDERS.replace("'orders'", "'loud'"))
    if len(list((shop / "src").iterdir())) == 2:
        assert topics(mapped(shop)) == ["loud", "orders"]


@pytest.mark.parametrize(
    "name", ["big.ts", "big.py", "package-big.json", "compose.big.yml", ".env.big", ".gitignore", "big.proto"]
)
def test_huge_files_are_left_out(shop: Path, name: str) -> None:
    with (shop / name).open("wb") as file:
        file.truncate(300 << 20)
    assert topics(mapped(shop)) == ["orders"]


@pytest.mark.parametrize("name", ["eventlens.toml", ".eventlens/libraries/own.yaml"])
def test_a_huge_file_of_ones_own_is_left_out_or_told(shop: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    (shop / name).parent.mkdir(parents=True, exist_ok=True)
    with (shop / name).open("wb") as file:
        file.truncate(300 << 20)
    began = time.perf_counter()
    code = run(["map", str(shop)])
    assert time.perf_counter() - began < SECONDS
    assert code == 0 or "larger than 1 MB" in capfd.readouterr().err


def test_archives_and_foreign_folders_are_not_looked_into(shop: Path, tmp_path: Path) -> None:
    shutil.make_archive(str(shop / "packed"), "zip", tmp_path / "outside")
    for number in range(1_000):
        write(shop / "node_modules" / f"p{number % 50}" / f"{number}.ts", ORDERS.replace("'orders'", "'foreign'"))
    assert topics(mapped(shop)) == ["orders"]


def test_a_folder_of_very_many_entries(shop: Path) -> None:
    crowd = shop / "crowd"
    crowd.mkdir()
    folder = os.open(crowd, os.O_RDONLY)
    for number in range(ENTRIES):
        os.mknod(f"{number}{'.ts' if number % 500 == 0 else '.log'}", 0o600, dir_fd=folder)
    os.close(folder)
    try:
        assert topics(mapped(shop, SECONDS + ENTRIES / 10_000)) == ["orders"]
    finally:
        shutil.rmtree(crowd)


@pytest.mark.skipif(
    shutil.which("setpriv") is None or os.name != "posix" or os.getuid() != 0, reason="needs another user"
)
def test_what_may_not_be_read_is_counted(shop: Path) -> None:
    """The tests may run as root, who may read everything: the process under test is another user."""
    write(shop / "closed" / "more.ts", ORDERS)
    write(shop / "closed.py", "import kafka\n")
    (shop / "closed").chmod(0)
    (shop / "closed.py").chmod(0)
    for folder in (shop, *shop.parents):
        if os.access(folder, os.W_OK) and folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    python = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable]
    environment = {**os.environ, "EVENTLENS_CACHE_DIR": "/nonexistent", "EVENTLENS_AUDIT": ""}
    begun = subprocess.run(
        [*python, "-c", "import eventlens.cli.app"], capture_output=True, check=False, env=environment
    )
    if begun.returncode:
        pytest.skip("another user cannot read the program: this checkout lies in a folder of its owner's alone")
    done = subprocess.run(
        [*python, "-m", "eventlens", "map", str(shop), "--format", "json"],
        capture_output=True,
        timeout=SECONDS,
        check=False,
        env=environment,
    )
    assert topics(msgspec.json.decode(done.stdout, type=FlowMap)) == ["orders"], done.stderr


def test_files_that_go_between_the_walk_and_the_reading(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walk_folder = discovery._Walk.folder

    def folder(self: discovery._Walk, path: str, chain: list[object]) -> None:
        walk_folder(self, path, chain)  # type: ignore[arg-type]
        if path:
            return
        for name in ("gone.ts", "gone.py", ".env", "compose.yml", "gone.avsc", "tsconfig.json"):
            (shop / name).unlink()
        (shop / "pipe.ts").unlink()
        os.mkfifo(shop / "pipe.ts")
        (shop / "link.ts").unlink()
        (shop / "link.ts").symlink_to(shop.parent / "outside" / "stolen.ts")

    for name in ("gone.ts", "gone.py", ".env", "compose.yml", "gone.avsc", "tsconfig.json", "pipe.ts", "link.ts"):
        write(shop / name, ORDERS)
    monkeypatch.setattr(discovery._Walk, "folder", folder)
    assert topics(mapped(shop)) == ["orders"]


# ------------------------------------------------------------------------------------------------- bombs and circles


def bomb(levels: int, width: int, form: str) -> str:
    rows = [f"a0: &a0 {form.format('x')}" if "{" in form else "a0: &a0 [x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(rows) + "\n"


def merges(levels: int) -> str:
    rows = ["m0: &m0 {k0: v}"]
    rows += [f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}], k{n}: {{<<: *m{n - 1}}}}}" for n in range(1, levels)]
    return "\n".join(rows) + "\n"


DEEP = 100_000
CONFIGURATION: dict[str, str] = {
    "docker-compose.yml": bomb(40, 10, "") + "services: *a39\n",
    "compose.merge.yml": merges(60) + "services: *m59\n",
    "deploy.yaml": "apiVersion: v1\nkind: Deployment\n" + bomb(40, 10, ""),
    "asyncapi.yaml": "asyncapi: 2.6.0\n" + bomb(40, 10, "") + "channels: *a39\n",
    "self.yaml": "apiVersion: &a [*a]\nkind: *a\n",
    "self.compose.yml": "services: &s {a: *s}\n",
    "docker-compose.deep.yml": "services: " + "[" * DEEP,
    "compose.blocks.yml": "".join(" " * n + "a:\n" for n in range(1_500)),
    "deep.k8s.yaml": "apiVersion: v1\nkind: " + "{a: " * DEEP,
    "deep.schema.json": '{"$schema": "json-schema.org", "properties": ' + '{"a":' * DEEP,
    "tsconfig.json": "[" * DEEP,
    "src/package.json": '{"name": ' * DEEP,
    "deep.avsc": '{"type":' * DEEP + '"string"' + "}" * DEEP,
    "deep.proto": "message A {" * DEEP,
    "pom.xml": '<!DOCTYPE x [<!ENTITY a "a">' + "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 30)) + "]><x>&b29;</x>",
    "shop.csproj": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Project>&a;</Project>',
    "pyproject.toml": "x = " + "[" * 10_000,
    "numbers.toml": "x = 1" + "0" * 100_000 + "\ny = 1e999999999\nz = 0x" + "f" * 50_000,
    "numbers.json": '{"x": 1' + "0" * 100_000 + ', "y": 1e999999999}',
    "numbers.yaml": "apiVersion: 1" + "0" * 10_000 + "\nkind: 1e999999\nx: 190:20:30" + ":59" * 5_000,
    "rabbitmq-definitions.json": json.dumps(
        {"rabbit_version": "3", "queues": [{"name": "a" * 200 + "!", "vhost": "/"}], "policies": [
            {"name": "p", "vhost": "/", "pattern": "^(a+)+$", "definition": {"dead-letter-exchange": "x"}, "apply-to": "queues"}]}
    ),
    "circle.schema.json": json.dumps(
        {"$schema": "https://json-schema.org/draft-07", "type": "object", "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#/properties/b"},
         "c": {"allOf": [{"$ref": "#"}, {"$ref": "#/properties/c"}]}, "d": {"$ref": "../../../../etc/passwd"}, "e": {"$ref": "file:///etc/passwd"},
         "f": {"$ref": "http://127.0.0.1:9/x"}, "g": {"$ref": "two.schema.json#/properties/a"}}}
    ),
    "two.schema.json": '{"$schema": "https://json-schema.org/x", "type": "object", "properties": {"a": {"$ref": "circle.schema.json#/properties/g"}}}',
    "a.proto": 'syntax = "proto3"; import "b.proto"; import "../../../../etc/passwd"; message A { B b = 1; A a = 2; }',
    "b.proto": 'syntax = "proto3"; import "a.proto"; message B { A a = 1; }',
    "src/tsconfig.json": '{"extends": "./tsconfig.json", "references": [{"path": "."}]}',
    "lib/tsconfig.json": '{"extends": ["../app/tsconfig.json", "../../../../etc/passwd", "/etc/passwd"], "compilerOptions": {"baseUrl": "../../..", "paths": {"*": ["/etc/*", "../../../*"]}}}',
    "app/tsconfig.json": '{"extends": "../lib/tsconfig.json"}',
    "app/package.json": '{"name": "app", "workspaces": ["../../**", "/**/*", "**/**/**/**"], "main": "../../../../etc/passwd", "exports": {"*": "../*"}}',
    "app/nest-cli.json": '{"projects": {"x": {"root": "../../.."}, "y": {"root": "/etc"}}}',
    "compose.yaml": "services:\n  a:\n    build: ../../../..\n    env_file: [../../outside/.env, /etc/passwd]\n    environment: {A: '${A:-${A:-${A}}}'}\n    extends: {service: a}\n",
    ".env.circle": "A=${B}\nB=${A}\nC=" + "${C:-" * 5_000 + "\n",
    ".env.growing": "A0=xxxxxxxxxx\n" + "".join(f"A{n}=${{A{n - 1}}}${{A{n - 1}}}\n" for n in range(1, 60)),
    ".gitignore": "**/**/**/**/**/**/**/**/**/**/b\n" + "*a*a*a*a*a*a*a*a*a*a*a*b\n" + "[[:alpha:]\n" + "!" * 10_000 + "\n",
    "src/.gitignore": ("a*" * 100 + "b\n") * 50,
    "a" * 200 + ".json": "{}",
    "/".join(["a"] * 200) + "/a.json": "{}",
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGURATION, ids=[name[-30:] for name in CONFIGURATION])
def test_configuration_that_means_harm(shop: Path, name: str) -> None:
    write(shop / name, CONFIGURATION[name])
    flow_map = mapped(shop)
    assert topics(flow_map) == ["orders"] and "root:" not in str(flow_map)


def test_all_of_it_at_once(shop: Path) -> None:
    for name, text in CONFIGURATION.items():
        write(shop / name, text)
    assert topics(mapped(shop, 60)) == ["orders"]


@pytest.mark.parametrize(
    "text", [bomb(40, 10, "") + "library: *a39\n", merges(60) + "publishes: *m59\n", "library: &a [*a]\n", "[" * DEEP]
)
def test_a_bomb_in_a_model_of_ones_own_is_told(shop: Path, text: str, capfd: pytest.CaptureFixture[str]) -> None:
    write(shop / ".eventlens" / "libraries" / "own.yaml", text)
    began = time.perf_counter()
    assert run(["map", str(shop)]) == 2
    assert time.perf_counter() - began < SECONDS
    assert ".eventlens/libraries/own.yaml:" in capfd.readouterr().err


@pytest.mark.parametrize(
    "settings",
    [
        'exclude = ["**/**/**/**/**/**/**/**/b", "*a*a*a*a*a*a*a*a*a*a*a*b"]\n',
        '[[external]]\nchannel = "*o*o*o*o*o*o*o*o*o*o*o*o*o*o*b"\n',
        '[[services]]\nname = "x"\npath = "../../.."\n',
        "[values]\nA = 1" + "0" * 4_000 + "\n",
        '[libraries]\npaths = ["nowhere"]\n',
    ],
)
def test_settings_that_mean_harm(shop: Path, settings: str) -> None:
    write(shop / ("a" * 200), "")
    write(shop / "eventlens.toml", settings)
    began = time.perf_counter()
    assert run(["check", str(shop), "--fail-on", "error"]) in (0, 1, 2)
    assert time.perf_counter() - began < SECONDS


def test_subscriptions_whose_pattern_never_ends(shop: Path) -> None:
    evil = ("/(a+)+$/", "/^(([a-z])+.)+[A-Z]([a-z])+$/", "/(a|a)*b/", "/(.*a){25}$/", "/^orders$/")
    subscribe = "".join(f"  await consumer.subscribe({{ topic: {pattern} }});\n" for pattern in evil)
    publishes = "".join(f"  await producer.send({{ topic: '{'a' * 60}{n}!', messages: [] }});\n" for n in range(200))
    write(
        shop / "src" / "evil.ts",
        "import { Kafka } from 'kafkajs';\nconst kafka = new Kafka({ brokers: ['b'] });\n"
        "const consumer = kafka.consumer({ groupId: 'g' });\nconst producer = kafka.producer();\n"
        f"export async function listen() {{\n{subscribe}  await consumer.run({{ eachMessage: async () => undefined }});\n}}\n"
        f"export async function shout() {{\n{publishes}}}\n",
    )
    flow_map = mapped(shop)
    assert len(flow_map.sites) > 200
    assert {flow.why for flow in flow_map.flows} >= {"orders fits the subscription's pattern /^orders$/"}
