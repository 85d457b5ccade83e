"""Choosing a lens goes where it says: to the other end, round the cycle, to the dead letters."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import client_capabilities

from .client import REAL, Editor

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "editor" / "parcels"
DELAYS, TRACKING = "dispatch/src/on-delay.ts", "tracking/tracking/consumer.py"


@pytest_asyncio.fixture
async def parcels(tmp_path: Path) -> AsyncIterator[Editor]:
    shutil.copytree(FIXTURE, tmp_path, dirs_exist_ok=True)
    editor = await Editor.start(tmp_path, REAL)
    yield editor
    await editor.stop()


@pytest_asyncio.fixture
async def peeking(tmp_path: Path) -> AsyncIterator[Editor]:
    """An editor that shows itself where a lens leads."""
    shutil.copytree(FIXTURE, tmp_path, dirs_exist_ok=True)
    capabilities = client_capabilities("visual-studio-code")
    capabilities.experimental = {"eventlens": {"peek": True}}
    editor = await Editor.start(tmp_path, REAL, capabilities)
    yield editor
    await editor.stop()


async def choose(editor: Editor, path: str, title: str) -> Any:
    """Choose the last lens of a file whose title begins so; what its command answers."""
    await editor.mapped()
    params = types.CodeLensParams(types.TextDocumentIdentifier(editor.uri(path)))
    lenses = await editor.client.text_document_code_lens_async(params) or []
    command = [one.command for one in lenses if one.command and one.command.title.startswith(title)][-1]
    return await editor.client.workspace_execute_command_async(
        types.ExecuteCommandParams(command.command, list(command.arguments or []))
    )


def shown(editor: Editor) -> list[tuple[str, int]]:
    """File and 0-based line of what the client was asked to show."""
    return [
        (one.uri.removeprefix(editor.root.as_uri() + "/"), one.selection.start.line if one.selection else -1)
        for one in editor.client.shown_documents
    ]


def line_of(editor: Editor, path: str, text: str) -> int:
    lines = (editor.root / path).read_text(encoding="utf-8").split("\n")
    return next(number for number, line in enumerate(lines) if text in line)


async def test_the_only_other_end_is_shown_at_once(parcels: Editor) -> None:
    await choose(parcels, DELAYS, "← 1 producer")
    assert shown(parcels) == [(TRACKING, line_of(parcels, TRACKING, "exchange.publish"))]
    assert not any(TRACKING in asked for asked in parcels.asked)


async def test_a_cycle_offers_its_other_sites(parcels: Editor) -> None:
    await choose(parcels, DELAYS, "⟲ part of a cycle")
    places = [(DELAYS, "dispatchParcel(channel,"), (TRACKING, "exchange.publish"), (TRACKING, "queue.consume")]
    assert {f"{path}:{line_of(parcels, path, text) + 1}" for path, text in places} <= set(parcels.asked)
    assert len(shown(parcels)) == 1


async def test_dead_letters_that_nobody_reads_are_said_so(parcels: Editor) -> None:
    await choose(parcels, DELAYS, "dead letters → failed-parcels")
    assert [one.message for one in parcels.client.messages] == ["Nothing in this workspace reads the failed messages."]
    assert shown(parcels) == []


@pytest.mark.parametrize(
    ("title", "ends"),
    [
        ("← 1 producer", [(TRACKING, "exchange.publish")]),
        (
            "⟲ part of a cycle",
            [(DELAYS, "dispatchParcel(channel,"), (TRACKING, "exchange.publish"), (TRACKING, "queue.consume")],
        ),
    ],
)
async def test_an_editor_that_shows_the_ends_itself_is_given_them(
    peeking: Editor, title: str, ends: list[tuple[str, str]]
) -> None:
    answer = await choose(peeking, DELAYS, title)
    found = {(place["uri"], place["range"]["start"]["line"]) for place in answer}
    assert {(peeking.uri(path), line_of(peeking, path, text)) for path, text in ends} <= found
    assert shown(peeking) == [] and not any(TRACKING in asked for asked in peeking.asked)


async def test_an_editor_that_shows_the_ends_itself_is_told_that_there_are_none(peeking: Editor) -> None:
    assert await choose(peeking, DELAYS, "dead letters → failed-parcels") is None
    assert [one.message for one in peeking.client.messages] == ["Nothing in this workspace reads the failed messages."]
