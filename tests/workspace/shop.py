"""A small workspace whose map says something, for tests of what is remembered of it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import msgspec

from eventlens.analysis import analyse, open_workspace
from eventlens.workspace import discovery
from eventlens.workspace.cache import open_cache
from eventlens.workspace.snapshot import Workspace

PUBLISHER = """import {{ Kafka }} from 'kafkajs';
import {{ topic{number} }} from './topics';
const producer = new Kafka({{ brokers: ['b'] }}).producer();
export async function announce{number}() {{
  await producer.send({{ topic: topic{number}, messages: [] }});
}}
"""
CONSUMER = """import os
from kafka import KafkaConsumer

def consume_{number}():
    for message in KafkaConsumer("orders-{number}", bootstrap_servers="b"):
        print(message.value)
"""
EVENTLENS = [sys.executable, "-m", "eventlens"]


def shop(root: Path, services: int = 3, ballast: int = 0) -> Path:
    """Write the workspace. ``ballast`` is a number of files that matter to the map only because they are there."""
    for number in range(services):
        folder = root / f"service{number}"
        _write(folder / "package.json", f'{{"name": "s{number}", "dependencies": {{"kafkajs": "2"}}}}')
        _write(folder / "src" / "announce.ts", PUBLISHER.format(number=number))
        _write(folder / "src" / "topics.ts", f"export const topic{number} = 'orders-{number}';\n")
        _write(folder / "consume.py", CONSUMER.format(number=number))
    for number in range(ballast):
        body = "".join(f"def work_{number}_{n}(a, b):\n    return a + b * {n}\n" for n in range(30))
        _write(root / "ballast" / f"part{number}.py", f"from kafka import KafkaProducer\n{body}")
    settle()
    return root


def settle() -> None:
    """Wait until files that were just written can be remembered."""
    time.sleep(discovery.SETTLED_NS * 1.5e-9)


def true_map(root: Path) -> bytes:
    """The map of the workspace as it is, made without a cache."""
    settings = open_workspace(root, Workspace.open(root, cached=False))
    return msgspec.json.encode(analyse(settings.workspace).flow_map)


def run_map(root: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """``eventlens map`` in a process of its own."""
    command = [*EVENTLENS, "map", str(root), "--format", "json"]
    return subprocess.run(command, capture_output=True, env={**os.environ, **variables}, timeout=60, check=False)


def compact(document: bytes) -> bytes:
    """JSON without its indentation."""
    return msgspec.json.format(document, indent=-1)


def is_whole(path: Path) -> bool:
    """Whether SQLite finds nothing wrong with a cache."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def cache_path(root: Path) -> Path:
    """Where the cache of the workspace lies; it is made when missing."""
    cache = open_cache(root.resolve())
    assert cache is not None
    cache.close()
    return cache.path


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
