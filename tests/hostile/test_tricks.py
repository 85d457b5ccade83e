"""Workspaces that try to be run: everything in them carries a mark, and nothing of them may run, be written or be connected to."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lsprotocol import types

from hostile.journal import Journal, environment
from lsp.client import Editor

CODE = "CANARY = open(__import__('os').path.join(__import__('os').environ['HOME'], 'ran'), 'w').write(__file__)\n"
SHADOWS = (
    "sitecustomize", "usercustomize", "conftest", "json", "typing", "asyncio", "sqlite3", "logging", "pathlib", "msgspec", "yaml",
    "typer", "pygls", "pydantic", "tree_sitter", "tree_sitter_python", "subprocess", "hashlib", "signal", "setup", "__main__",
)  # fmt: skip
ORDERS = """\
import { Kafka } from 'kafkajs';
const producer = new Kafka({ brokers: ['b'] }).producer();
export async function announce(id: string): Promise<void> {
  await producer.send({ topic: 'orders', messages: [{ value: id }] });
}
"""
COMMANDS = (
    ["map", "."], ["map", ".", "--format", "json"], ["map", ".", "--format", "mermaid"], ["map", ".", "--format", "dot"],
    ["check", "."], ["check", ".", "--format", "sarif"], ["explain", "orders/index.ts:4"], ["models", "."], ["doctor"],
)  # fmt: skip
WAYS = ([str(Path(sys.executable).parent / "eventlens")], [sys.executable, "-m", "eventlens"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    files = {f"{name}.py": CODE for name in SHADOWS}
    files |= {f"orders/{name}.py": CODE for name in SHADOWS}
    files |= {
        "orders/index.ts": ORDERS,
        "package.json": '{"name": "CANARY", "dependencies": {"kafkajs": "2"}, "scripts": {"preinstall": "touch ran", "start": "touch ran"}}',
        "evil.pth": "import os; open(os.environ['HOME'] + '/ran', 'w') # CANARY\n",
        "pyvenv.cfg": "home = .\n",
        "tsconfig.json": '{"compilerOptions": {"plugins": [{"name": "./CANARY.js"}]}}',
        ".vscode/settings.json": '{"eventlens.path": "./python", "CANARY": 1}',
        ".envrc": "touch $HOME/ran # CANARY\n",
        ".git/config": "[core]\nfsmonitor = touch ran\nsshCommand = touch ran\n",
        ".git/HEAD": "ref: refs/heads/main\n",
        "pyproject.toml": '[build-system]\nrequires = ["CANARY"]\nbuild-backend = "conftest"\n',
        "docker-compose.yml": "services:\n  mq: {image: 'rabbitmq', command: [touch, ran]}\n",
        "events.schema.json": '{"$schema": "https://json-schema.org/draft-07", "type": "object",'
        ' "properties": {"a": {"$ref": "http://127.0.0.1:9/CANARY"}, "b": {"$ref": "file:///etc/passwd"}}}',
    }
    for name in ("python", "python3", "git", "node", "node_modules/.bin/tsc", "node_modules/.bin/eventlens"):
        files[name] = '#!/bin/sh\ntouch "$HOME/ran" # CANARY\n'
    files |= {f"orders/more{number}.ts": ORDERS.replace("'orders'", f"'more{number}'") for number in range(70)}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
        (root / path).chmod(0o755)
    (root / "pyvenv.cfg").unlink()
    return root


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and PATH with the current folder first."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    return home


def state_of(root: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(root.rglob("*"))}


@pytest.mark.parametrize("way", WAYS, ids=["command", "module"])
def test_no_command_runs_or_writes_anything_of_the_folder_that_it_stands_in(
    root: Path, home: Path, way: list[str], journal: Journal
) -> None:
    if not Path(way[0]).exists():
        pytest.skip("the command is not installed")
    before = state_of(root)
    asked = COMMANDS if "-m" not in way else COMMANDS[1::3]
    for arguments in asked:
        done = subprocess.run([*way, *arguments], cwd=root, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in (0, 1) and done.stderr == "", (arguments, done)
    assert list(home.iterdir()) == [] and state_of(root) == before
    assert journal.forbidden() == [] and journal.counted["start"] >= len(asked)
    assert journal.counted["worker"] or (os.cpu_count() or 1) < 2


def test_a_model_of_ones_own_makes_no_objects(root: Path, home: Path) -> None:
    own = root / ".eventlens" / "libraries" / "own.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("library: !!python/object/apply:os.system ['touch $HOME/ran # CANARY']\n")
    done = subprocess.run([*WAYS[1], "map", "."], cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and ".eventlens/libraries/own.yaml:1: " in done.stderr
    assert list(home.iterdir()) == []


async def test_a_server_runs_and_writes_nothing_of_its_folder(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch, journal: Journal
) -> None:
    before = state_of(root)
    monkeypatch.chdir(root)
    editor = await Editor.start(root, [sys.executable, "-m", "eventlens", "serve", "--stdio"])
    editor.open("orders/index.ts")
    await editor.mapped()
    assert await editor.hover("orders/index.ts", 3, 20) is not None
    actions = await editor.client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(editor.uri("orders/index.ts")),
            types.Range(types.Position(0, 0), types.Position(5, 0)),
            types.CodeActionContext([]),
        )
    )
    for action in actions or []:
        if isinstance(action, types.CodeAction) and action.data is not None:
            await editor.client.code_action_resolve_async(action)
    await editor.stop()
    await asyncio.sleep(0)
    assert list(home.iterdir()) == [] and state_of(root) == before
    assert journal.forbidden() == []


def test_the_journal_sees_what_a_process_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test of the tests: a program of the same name that does what it may not."""
    program = tmp_path / "eventlens"
    (tmp_path / "own.py").write_text("CANARY = 1\n")
    program.write_text(
        "import os, socket, subprocess, sys\n"
        "sys.path.insert(0, os.getcwd())\n"
        "import own\n"
        "subprocess.run(['true'])\n"
        "open('written', 'w').close()\n"
        "os.rename('written', 'renamed')\n"
        "try: socket.create_connection(('127.0.0.1', 9), 1)\n"
        "except OSError: pass\n"
    )
    found = Journal(tmp_path / "journal")
    process = {**os.environ, **environment(found.path)}
    subprocess.run([sys.executable, str(program)], cwd=tmp_path, env=process, check=True, timeout=30)
    told = "\n".join(found.forbidden())
    for event in ("subprocess.Popen('true'", "open('written'", "os.rename(", "socket.connect(", "exec('"):
        assert event in told, told
