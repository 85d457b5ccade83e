"""``--paranoid``: the server finds by itself that what it shows is not what a fresh start shows."""

from __future__ import annotations

import sys
from pathlib import Path

from lsprotocol import types

from .client import REAL, Editor

FORGETFUL = [sys.executable, str(Path(__file__).parent / "forgetful_server.py")]

SEND = """import { Kafka } from 'kafkajs';
const producer = new Kafka({ brokers: [] }).producer();
export const send = () => producer.send({ topic: 'orders', messages: [] });
"""
HOLD = SEND.replace("orders", "refunds")


async def _opened(root: Path, command: list[str]) -> Editor:
    (root / "package.json").write_text('{"name": "shop", "dependencies": {"kafkajs": "2"}}')
    (root / "send.ts").write_text(SEND)
    (root / "hold.ts").write_text(HOLD)
    editor = await Editor.start(root, command)
    editor.open("send.ts")
    await editor.until_shown("send.ts", "nobody in this workspace consumes orders")
    return editor


def _told(editor: Editor) -> list[str]:
    return [one.message for one in editor.client.log_messages if "from scratch" in one.message]


async def test_a_wrong_answer_is_reported_and_the_session_goes_on(tmp_path: Path) -> None:
    editor = await _opened(tmp_path, FORGETFUL)
    editor.edit("send.ts", f"{SEND}// FORGET\n")
    await editor.until(lambda: _told(editor), "the difference is logged")
    (report, *_) = _told(editor)
    assert report.split("\n") == [
        "eventlens: what is shown differs from an analysis from scratch (edited: send.ts):",
        "  sites: send.ts:3 publish orders is there from scratch only",
    ]
    assert editor.client.log_messages[-1].type == types.MessageType.Error
    editor.edit("send.ts", f"{SEND}// FORGET once more\n")
    await editor.until(lambda: len(_told(editor)) == 2, "the next one is logged too")
    assert [one.message for one in editor.client.messages] == [
        "Eventlens: what is shown differs from an analysis from scratch. The server's log says where."
    ]
    editor.edit("send.ts", SEND.replace("orders", "parcels"))
    await editor.until_shown("send.ts", "nobody in this workspace consumes parcels")
    assert await editor.stop() == 0


async def test_right_answers_are_not_reported(tmp_path: Path) -> None:
    editor = await _opened(tmp_path, [*REAL, "--paranoid"])
    for name in ("parcels", "loaves", "refunds"):
        editor.edit("send.ts", SEND.replace("orders", name))
        await editor.until_shown("send.ts", f"nobody in this workspace consumes {name}")
    editor.write("eventlens.toml", '[[external]]\nchannel = "refunds"\n')
    await editor.until_shown("send.ts")
    editor.edit("send.ts", SEND.replace("orders", "crates"))
    await editor.until_shown("send.ts", "nobody in this workspace consumes crates")
    assert await editor.stop() == 0
    assert not _told(editor) and not editor.client.messages
