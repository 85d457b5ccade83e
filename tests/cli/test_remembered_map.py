"""The second run on an unchanged workspace analyses nothing; any change that could matter makes it analyse again."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventlens import analysis
from eventlens.cli.opening import map_folder
from eventlens.cli.problems import UserProblem
from eventlens.workspace import discovery

SERVICE = """import { Kafka } from 'kafkajs';
const producer = new Kafka({ brokers: ['b'] }).producer();
export async function announce() {
  await producer.send({ topic: process.env.ORDERS_TOPIC ?? 'orders', messages: [] });
}
"""
OWN_MODEL = """library: in-house
broker: kafka
languages: [typescript]
packages: ["@shop/events"]
publishes:
  - call: emit
    channel: "0"
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """The roots of the analyses that ran."""
    roots: list[Path] = []
    real = analysis.analyse

    def counted(workspace, progress=None, base=None):  # type: ignore[no-untyped-def]
        roots.append(workspace.root)
        return real(workspace, progress, base)

    monkeypatch.setattr(analysis, "analyse", counted)
    yield roots


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    _write(folder / "package.json", '{"name": "shop", "dependencies": {"kafkajs": "2"}}')
    _write(folder / "src" / "announce.ts", SERVICE)
    _write(folder / ".env", "ORDERS_TOPIC=shop.orders\n")
    _write(folder / "eventlens.toml", "")
    _write(folder / ".eventlens" / "libraries" / "own.yaml", OWN_MODEL)
    return folder


def _write(path: Path, text: str, age_seconds: int = 60) -> None:
    """A file as if written a minute ago. When it really was, the system knows too: it is waited until that is no matter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    then = path.stat().st_mtime - age_seconds
    os.utime(path, (then, then))
    time.sleep(discovery.SETTLED_NS * 1.5e-9)


def test_nothing_is_analysed_twice(shop: Path, analysed: list[Path]) -> None:
    first = map_folder(shop).map_json
    again = map_folder(shop)
    assert again.map_json == first and b"shop.orders" in first
    assert again.flow_map.sites[0].channel == "shop.orders"
    assert len(analysed) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/announce.ts", SERVICE.replace("announce", "declare0")),
        ("src/more.ts", "export const one = 1;\n"),
        (".env", "ORDERS_TOPIC=shop.others\n"),
        ("eventlens.toml", '[values]\nORDERS_TOPIC = "stated"\n'),
        (".eventlens/libraries/own.yaml", OWN_MODEL.replace("in-house", "in-house2")),
        (".gitignore", "src\n"),
    ],
)
def test_a_change_is_seen(shop: Path, analysed: list[Path], path: str, text: str) -> None:
    map_folder(shop)
    _write(shop / path, text, age_seconds=30)
    map_folder(shop)
    assert len(analysed) == 2


def test_a_deleted_file_is_seen(shop: Path, analysed: list[Path]) -> None:
    map_folder(shop)
    (shop / "src" / "announce.ts").unlink()
    assert map_folder(shop).flow_map.sites == []
    assert len(analysed) == 2


def test_a_file_that_was_just_written_is_not_trusted(
    shop: Path, analysed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(discovery, "SETTLED_NS", 100_000_000_000)
        map_folder(shop)
    map_folder(shop)
    assert len(analysed) == 2


def test_a_map_with_parts_missing_is_not_kept(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = analysis.analyse
    runs: list[int] = []

    def incomplete(workspace, progress=None, base=None):  # type: ignore[no-untyped-def]
        runs.append(1)
        logging.getLogger("eventlens.checks.registry").error("rule one failed")
        return real(workspace, progress, base)

    monkeypatch.setattr(analysis, "analyse", incomplete)
    map_folder(shop)
    map_folder(shop)
    assert len(runs) == 2


def test_a_folder_that_may_not_be_looked_at_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(UserProblem, match="cannot be read"):
        map_folder(tmp_path / "secret")
