"""The flow map for a client that draws it, and what such a client is told of the analysis."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import client_capabilities

from .client import REAL, TOY, Editor

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "map.schema.json").read_text(encoding="utf-8"))
PLACE = "orders/place.ts"
PLACED = 'publish("placed")\nsubscribe("placed")\n'
Start = Callable[..., Awaitable["Drawing"]]


class Drawing:
    """An editor that notes the server's own notifications."""

    def __init__(self, editor: Editor, changed: list[str], statuses: list[dict[str, Any]]) -> None:
        self.editor = editor
        self.changed = changed
        self.statuses = statuses

    async def folders(self) -> list[dict[str, Any]]:
        answer = await self.editor.client.protocol.send_request_async("eventlens/map", {})
        found: list[dict[str, Any]] = json.loads(_plain(answer))["folders"]
        return found

    def states(self) -> list[str]:
        """Each state that another one follows, once."""
        return [state for state, _ in groupby(status["state"] for status in self.statuses)]

    async def until_state(self, state: str) -> dict[str, Any]:
        await self.editor.until(lambda: self.states()[-1:] == [state], f"the state {state}")
        return self.statuses[-1]


def _plain(answer: Any) -> str:
    """The client's library makes objects of answers that it does not know."""

    def fields(value: Any) -> Any:
        if hasattr(value, "_asdict"):
            return {name: fields(each) for name, each in value._asdict().items()}
        return [fields(each) for each in value] if isinstance(value, list) else value

    return json.dumps(fields(answer))


@pytest_asyncio.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    started: list[Editor] = []

    async def begin(command: list[str] = TOY, wishes: Any = None, **options: Any) -> Drawing:
        (tmp_path / "orders").mkdir(exist_ok=True)
        (tmp_path / PLACE).write_text(PLACED)
        capabilities = client_capabilities("visual-studio-code")
        capabilities.experimental = {"eventlens": {"map": True, "status": True} if wishes is None else wishes}
        changed: list[str] = []
        statuses: list[dict[str, Any]] = []
        handlers: dict[str, Callable[[Any], None]] = {
            "eventlens/mapChanged": lambda params: changed.append(params.uri),
            "eventlens/status": lambda params: statuses.append(params._asdict()),
        }
        editor = await Editor.start(tmp_path, command, capabilities, handlers=handlers, **options)
        started.append(editor)
        return Drawing(editor, changed, statuses)

    yield begin
    for editor in started:
        if editor.server.returncode is None:
            await editor.stop()


async def test_the_map_is_the_document_of_the_command_line(start: Start, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "shop", "dependencies": {"kafkajs": "2"}}')
    (tmp_path / "send.ts").write_text(
        "import { Kafka } from 'kafkajs';\n"
        "const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();\n"
        "export const send = (id: string) => producer.send({ topic: 'orders.placed', messages: [{ value: id }] });\n"
    )
    drawing = await start(REAL)
    await drawing.until_state("ready")
    (folder,) = await drawing.folders()
    assert (folder["uri"], folder["complete"]) == (tmp_path.as_uri(), True)
    jsonschema.validate(folder["map"], SCHEMA)
    assert [site["channel"] for site in folder["map"]["sites"]] == ["orders.placed"]


async def test_a_client_is_told_of_each_other_map_once(start: Start, tmp_path: Path) -> None:
    drawing = await start()
    await drawing.until_state("ready")
    assert drawing.changed == [tmp_path.as_uri()]
    drawing.editor.write(PLACE, PLACED + "// nothing new\n")
    await drawing.editor.until(lambda: drawing.states() == ["indexing", "ready"] * 2, "both analyses")
    assert len(drawing.changed) == 1
    drawing.editor.write(PLACE, PLACED + 'publish("lost")\n')
    await drawing.editor.until(lambda: len(drawing.changed) == 2, "news of another map")
    (folder,) = await drawing.folders()
    assert {site["channel"] for site in folder["map"]["sites"]} == {"placed", "lost"}


async def test_the_status_says_how_far_the_analysis_is(start: Start, tmp_path: Path) -> None:
    drawing = await start()
    ready = await drawing.until_state("ready")
    assert ready == {"uri": tmp_path.as_uri(), "state": "ready", "sites": 2, "findings": 0, "message": None}
    assert drawing.statuses[0]["state"] == "indexing"
    drawing.editor.open(PLACE)
    drawing.editor.edit(PLACE, PLACED + 'publish("lost")\n')
    await drawing.editor.until(lambda: drawing.statuses[-1]["findings"] == 1, "the new finding counted")
    assert drawing.statuses[-1]["sites"] == 3
    drawing.editor.edit(PLACE, "CRASH")
    failed = await drawing.until_state("failed")
    assert "RuntimeError" in failed["message"] and failed["sites"] == 3
    drawing.editor.edit(PLACE, PLACED)
    assert (await drawing.until_state("ready"))["message"] is None


async def test_before_the_first_analysis_the_map_is_not_there_yet(start: Start, tmp_path: Path) -> None:
    (tmp_path / "slow.ts").write_text("SLOW")
    drawing = await start()
    await drawing.until_state("indexing")
    assert await drawing.folders() == [{"uri": tmp_path.as_uri(), "complete": False, "map": None}]


@pytest.mark.parametrize("wishes", [{}, {"map": 1, "status": "yes"}, "map", []])
async def test_a_client_that_did_not_ask_is_told_nothing(start: Start, wishes: Any) -> None:
    drawing = await start(wishes=wishes)
    await drawing.editor.mapped()
    assert (await drawing.folders())[0]["map"] is not None
    assert not drawing.changed and not drawing.statuses


async def test_a_folder_that_leaves_is_in_no_map(start: Start, tmp_path: Path) -> None:
    drawing = await start()
    await drawing.until_state("ready")
    folder = types.WorkspaceFolder(tmp_path.as_uri(), "root")
    change = types.WorkspaceFoldersChangeEvent(added=[], removed=[folder])
    drawing.editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(change))
    assert await drawing.folders() == []
