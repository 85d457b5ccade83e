"""An editor types damaged texts: the server answers the next question all the same."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from pathlib import Path

from lsprotocol import types

from lsp.client import REAL, Editor

from .mutations import mutated
from .seeds import FIXTURES

TEXTS = max(30, int(os.environ.get("EVENTLENS_FUZZ_CASES", "2000")) // 250)
SEED = int(os.environ.get("EVENTLENS_FUZZ_SEED", "0"))
_LARGEST = 200_000
"""Bytes: every text is analysed before the next question is answered."""
PATHS = (
    "services/orders/src/orders/place-order.ts",
    "services/payments/src/consumers/order-events.ts",
    "services/shipping/shipping/outbox_relay.py",
    "services/inventory/inventory/reservations.py",
    "docker-compose.yml",
    "services/orders/package.json",
)


async def test_the_server_outlives_damaged_texts(tmp_path: Path) -> None:
    root = tmp_path / "storefront"
    shutil.copytree(FIXTURES / "storefront", root)
    editor = await Editor.start(root, REAL)
    texts = {path: (root / path).read_bytes() for path in PATHS}
    for path in PATHS:
        editor.open(path)
    try:
        for number in range(TEXTS):
            chance = random.Random(f"{SEED}+server+{number}")
            path = chance.choice(PATHS)
            damaged = mutated(chance, texts[path], tuple(texts.values()))[:_LARGEST].decode("utf-8", "replace")
            if chance.random() < 0.2:
                editor.close(path)
                editor.open(path, damaged)
            else:
                _type(editor, chance, path, damaged)
            if number % 10 == 9:
                await editor.hover(path, chance.randrange(200), chance.randrange(80))
            assert editor.server.returncode is None, f"text {number} of {path} ended the server"
        await _answers_as_before(editor, texts)
    finally:
        code = await editor.stop()
    assert code == 0


def _type(editor: Editor, chance: random.Random, path: str, damaged: str) -> None:
    """The whole text at once, or a piece of it at a place that may not exist."""
    if chance.random() < 0.5:
        editor.edit(path, damaged)
        return
    start, end = (types.Position(chance.randrange(300), chance.randrange(120)) for _ in range(2))
    inverted = (end.line, end.character) < (start.line, start.character)
    place = types.Range(end, start) if inverted else types.Range(start, end)
    at = chance.randint(0, len(damaged))
    editor.edit(path, damaged[at : at + 500], place)


async def _answers_as_before(editor: Editor, texts: dict[str, bytes]) -> None:
    """With the texts mended, hovering over a publish tells of it."""
    for path, text in texts.items():
        editor.edit(path, text.decode())
    path = "services/shipping/shipping/outbox_relay.py"
    lines = texts[path].decode().split("\n")
    line = next(number for number, text in enumerate(lines) if "publish(" in text and "def " not in text)
    for _ in range(400):
        if await editor.hover(path, line, lines[line].index("publish(") + 1) is not None:
            return
        await asyncio.sleep(0.05)  # what was damaged is analysed first
    raise AssertionError("the server tells nothing of a publish any more")
