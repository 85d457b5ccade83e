"""Changes on disk: which ones the client is asked for, and what each of them does."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types

from eventlens.lsp.watching import WATCHED
from eventlens.workspace.discovery import CONFIG_SUFFIXES, SOURCE_SUFFIXES, language_of

from .client import Editor

PRODUCER = 'publish("orders");\n'
CONSUMER = 'subscribe("orders");\n'
LOST = "nobody consumes orders"
FILES = {"a.ts": PRODUCER, "in/deep/b.ts": CONSUMER, "node_modules/x/c.json": "{}"}
Start = Callable[..., Awaitable[Editor]]
Deleted, Created = types.FileChangeType.Deleted, types.FileChangeType.Created


@pytest_asyncio.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    started: list[Editor] = []

    async def begin(files: dict[str, str], **options: Any) -> Editor:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        editor = await Editor.start(tmp_path, **options)
        started.append(editor)
        return editor

    yield begin
    for editor in started:
        await editor.stop()


def is_asked_for(name: str) -> bool:
    """Whether one of the globs for all kinds of change takes a file name, as the protocol defines globs."""
    return any(re.fullmatch(_expression(glob), f"any/where/{name}") for glob, kind in WATCHED if kind is None)


def _expression(glob: str) -> str:
    made = re.escape(glob).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return made.replace(r"\{", "(?:").replace(r"\}", ")").replace(",", "|")


NAMES = (
    *sorted(f"x{suffix}" for suffix in (*SOURCE_SUFFIXES, *CONFIG_SUFFIXES)),
    *(
        "Pipfile",
        "Dockerfile",
        "Dockerfile.api",
        "Containerfile",
        "Procfile",
        "requirements.txt",
        "requirements-dev.txt",
    ),
    *(".env", ".env.local", "env.production", "docker.env", "service.env"),
)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_is_asked_for(name: str) -> None:
    assert language_of(name) is not None and is_asked_for(name)


@pytest.mark.parametrize("name", ["x.md", "x.png", "LICENSE", "x.lock", "x.svg", "tsx", "env"])
def test_what_is_not_read_is_not(name: str) -> None:
    assert language_of(name) is None and not is_asked_for(name)


def test_the_patterns_are_few() -> None:
    assert len(WATCHED) <= 4


def tell(editor: Editor, *changes: tuple[str, types.FileChangeType]) -> None:
    events = [types.FileEvent(editor.uri(path), kind) for path, kind in changes]
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(events))


async def test_a_folder_that_is_deleted_takes_its_files_along(start: Start) -> None:
    editor = await start(FILES)
    await editor.hover("a.ts", 0, 0)
    assert not editor.shown("a.ts")
    shutil.rmtree(editor.root / "in")
    tell(editor, ("in", Deleted))
    await editor.until_shown("a.ts", LOST)


async def test_a_folder_that_is_renamed_in_the_editor_is_followed(start: Start) -> None:
    editor = await start({"a.ts": PRODUCER, "in/lost.ts": 'publish("other");\n'})
    await editor.until_shown("in/lost.ts", "nobody consumes other")
    (editor.root / "in").rename(editor.root / "out")
    renamed = types.FileRename(editor.uri("in"), editor.uri("out"))
    editor.client.workspace_did_rename_files(types.RenameFilesParams([renamed]))
    await editor.until_shown("out/lost.ts", "nobody consumes other")
    await editor.until_shown("in/lost.ts")
    shutil.rmtree(editor.root / "out")
    editor.client.workspace_did_delete_files(types.DeleteFilesParams([types.FileDelete(editor.uri("out"))]))
    await editor.until_shown("out/lost.ts")


async def test_what_cannot_matter_starts_nothing(start: Start) -> None:
    """A file that changed unseen is seen at the next look, so as long as it is not, there was none."""
    editor = await start(FILES)
    await editor.hover("a.ts", 0, 0)
    (editor.root / "in/deep/b.ts").unlink()
    tell(
        editor,
        ("node_modules/x/c.json", Deleted),
        ("node_modules", Deleted),
        (".git/index", Created),
        ("notes.md", Deleted),
        ("build.log", Deleted),
    )
    await asyncio.sleep(0.8)
    assert not editor.shown("a.ts")
    tell(editor, ("in/deep/b.ts", Deleted))
    await editor.until_shown("a.ts", LOST)


async def test_the_servers_own_watch_sees_folders_come_and_go(start: Start) -> None:
    editor = await start(FILES, capabilities=types.ClientCapabilities())
    await editor.hover("a.ts", 0, 0)
    await asyncio.sleep(0.5)  # the operating system's watch begins a little later and says nothing when it does
    (editor.root / "in").rename(editor.root.parent / f"{editor.root.name}-aside")
    await editor.until_shown("a.ts", LOST)
    (editor.root.parent / f"{editor.root.name}-aside").rename(editor.root / "back")
    await editor.until_shown("a.ts")
