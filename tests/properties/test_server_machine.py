"""A running server, several folders, and a watcher that tells late, twice and in any order: in the end it shows what a fresh start shows.

One server process for all examples: each adds its folders and takes them away again. By default a few examples that are the same at
each run; ``EVENTLENS_PROPERTY_EXAMPLES=1000`` makes them as many, at random (`make properties`).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from lsprotocol import types

from eventlens.analysis import analyse
from eventlens.ide.diagnostics import findings_by_file
from eventlens.paranoid import opened_from_scratch
from lsp.client import REAL, Editor
from properties.bakery import FILES, NEW_FILES, swapped

EXAMPLES = int(os.environ.get("EVENTLENS_PROPERTY_EXAMPLES", "0"))
CAMPAIGN = settings(
    max_examples=EXAMPLES or 2,
    stateful_step_count=30 if EXAMPLES else 14,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
PATIENCE = 30.0
"""Seconds in which a quiet server must show what is right."""

ROOTS = ("bakery", "bakery/services/ovens", "branch")
"""A folder, one within it whose files are its alone, and another with the same files."""

paths = st.builds(
    "{}/{}".format, st.sampled_from(["bakery", "bakery", "branch"]), st.sampled_from([*FILES, *NEW_FILES])
)
told = st.sampled_from(["at once", "at once", "twice", "late"])

Shown = dict[str, set[tuple[int, str]]]
"""Path to (0-based line, rule) of what is shown there; without files that show nothing."""


class Connection:
    """The server process of the test, and the loop that its client runs in."""

    current: ClassVar[Connection]

    def __init__(self, empty: Path) -> None:
        self.loop = asyncio.new_event_loop()
        options = {"minimumSeverity": "hint"}
        self.editor = self.loop.run_until_complete(Editor.start(empty, REAL, options=options, settings=options))

    def folders(self, added: list[Path], removed: list[Path]) -> None:
        """Folders join and leave the workspace."""
        given, taken = ([types.WorkspaceFolder(one.as_uri(), one.name) for one in each] for each in (added, removed))
        event = types.WorkspaceFoldersChangeEvent(given, taken)
        self.editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))

    def stop(self) -> None:
        """End the session."""
        assert self.loop.run_until_complete(self.editor.stop()) == 0
        self.loop.close()


class ServerMachine(RuleBasedStateMachine):
    """An editor with folders that change."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = Connection.current
        self.editor = self.connection.editor
        self.base = Path(tempfile.mkdtemp(prefix="eventlens-server-")).resolve()
        self.editor.root = self.base
        self.documents: dict[str, str] = {}
        self.untold: list[tuple[str, types.FileChangeType]] = []
        self.roots: list[str] = []
        self.clock = 0

    @initialize(number=st.integers(1, 3))
    def open_folders(self, number: int) -> None:
        for root in ("bakery", "branch"):
            for path, text in FILES.items():
                self._put(f"{root}/{path}", text)
        self.roots = list(ROOTS[:number])
        self.connection.folders([self.base / root for root in self.roots], [])

    def teardown(self) -> None:
        try:
            self.be_quiet(0)
            for path in list(self.documents):
                self._close(path)
            self.connection.folders([], [self.base / root for root in self.roots])
            self._until(lambda: not self._shown(), "nothing is left of the folders")
        finally:
            shutil.rmtree(self.base, ignore_errors=True)

    # ----------------------------------------------------------------------------------------------- the editor's part

    @rule(path=paths, number=st.integers(0, 5))
    def edit(self, path: str, number: int) -> None:
        if path not in self.documents:
            text = self._on_disk(path)
            if text is None:
                return
            self.documents[path] = text
            self.editor.open(path, text)
        self.documents[path] = swapped(path.partition("/")[2], self.documents[path], number)
        self.editor.edit(path, self.documents[path])

    @precondition(lambda self: self.documents)
    @rule(which=st.integers(0, 9), known=st.sampled_from(["never", "at once", "twice", "late"]))
    def save(self, which: int, known: str) -> None:
        """Of what the editor saves itself it tells; whether a watcher tells too is another question."""
        path = sorted(self.documents)[which % len(self.documents)]
        self._put(path, self.documents[path])
        identifier = types.TextDocumentIdentifier(self.editor.uri(path))
        self.editor.client.text_document_did_save(types.DidSaveTextDocumentParams(identifier))
        self._changed(path, types.FileChangeType.Changed, known)

    @precondition(lambda self: self.documents)
    @rule(which=st.integers(0, 9))
    def close(self, which: int) -> None:
        self._close(sorted(self.documents)[which % len(self.documents)])

    # ------------------------------------------------------------------------------------------ others change the disk

    @rule(path=paths, number=st.integers(0, 5), known=told)
    def another_program_writes(self, path: str, number: int, known: str) -> None:
        text, name = self._on_disk(path), path.partition("/")[2]
        was_there = text is not None
        if self._put(
            path, swapped(name, text, number) if text is not None else NEW_FILES.get(name, FILES.get(name, ""))
        ):
            self._changed(path, types.FileChangeType.Changed if was_there else types.FileChangeType.Created, known)

    @rule(path=paths, known=told)
    def delete(self, path: str, known: str) -> None:
        if self._on_disk(path) is not None:
            (self.base / path).unlink()
            self._changed(path, types.FileChangeType.Deleted, known)

    @rule(path=paths, to=st.sampled_from([*NEW_FILES]), known=told)
    def rename(self, path: str, to: str, known: str) -> None:
        text, target = self._on_disk(path), f"{path.partition('/')[0]}/{to}"
        if text is not None and target != path and self._put(target, text):
            (self.base / path).unlink()
            self._changed(target, types.FileChangeType.Created, known)
            self._changed(path, types.FileChangeType.Deleted, known)

    @rule(folder=st.sampled_from(["bakery/services/orders/src", "branch/services/ovens"]), known=told)
    def rename_folder_or_back(self, folder: str, known: str) -> None:
        one, other = self.base / folder, self.base / f"{folder}-2"
        source, target = (other, one) if other.is_dir() else (one, other)
        if source.is_dir() and not target.exists():
            source.replace(target)
            name = source.relative_to(self.base).as_posix(), target.relative_to(self.base).as_posix()
            self._changed(name[1], types.FileChangeType.Created, known)
            self._changed(name[0], types.FileChangeType.Deleted, known)

    # ------------------------------------------------------------------------------------------------------- the folders

    @rule(root=st.sampled_from(ROOTS))
    def add_or_remove_a_folder(self, root: str) -> None:
        if root not in self.roots:
            self.roots.append(root)
            self.connection.folders([self.base / root], [])
        elif len(self.roots) > 1:
            self.roots.remove(root)
            self.connection.folders([], [self.base / root])

    # ------------------------------------------------------------------------------------------------------------ quiet

    @rule(first=st.integers(0, 9))
    def be_quiet(self, first: int) -> None:
        """The watcher tells the rest, in another order, and nothing happens any more: what is shown is right, and stays."""
        at = first % (len(self.untold) or 1)
        self._tell([*self.untold[at:], *self.untold[:at]])
        self.untold = []
        right = self._right()
        self._until(lambda: self._shown() == right, "what is right is shown", right)

    # --------------------------------------------------------------------------------------------------------- the rest

    def _right(self) -> Shown:
        """What fresh runs of all folders find, each file in the innermost folder that holds it."""
        right: Shown = {}
        for root in self.roots:
            inner = [f"{other}/" for other in self.roots if other.startswith(f"{root}/")]
            held = {path: text for path, text in self.documents.items() if self._root_of(path) == root}
            overlays = {path[len(root) + 1 :]: text.encode("utf-8", "surrogatepass") for path, text in held.items()}
            workspace, problems = opened_from_scratch(self.base / root, overlays)
            found = {
                (f"{root}/{path}", one.line - 1, one.rule)
                for path, findings in findings_by_file(analyse(workspace).flow_map).items()
                for one in findings
                if not f"{root}/{path}".startswith(tuple(inner))
            }
            found |= {(f"{root}/{one.file}", one.line - 1, "configuration") for one in problems}
            for path, line, code in found:
                right.setdefault(path, set()).add((line, code))
        return right

    def _root_of(self, path: str) -> str | None:
        return max((root for root in self.roots if path.startswith(f"{root}/")), key=len, default=None)

    def _shown(self) -> Shown:
        start = f"{self.base.as_uri()}/"
        return {
            unquote(uri[len(start) :]): {(one.range.start.line, str(one.code)) for one in found}
            for uri, found in self.editor.client.diagnostics.items()
            if uri.startswith(start) and found
        }

    def _until(self, holds: Callable[[], bool], what: str, right: Shown | None = None) -> None:
        async def wait() -> None:
            end = asyncio.get_running_loop().time() + PATIENCE
            while not holds():
                if asyncio.get_running_loop().time() > end:
                    shown = self._shown()
                    apart = {
                        path: (shown.get(path), (right or {}).get(path))
                        for path in shown.keys() | (right or {}).keys()
                        if shown.get(path) != (right or {}).get(path)
                    }
                    raise AssertionError(f"waited in vain: {what}; shown and right: {apart}")
                await asyncio.sleep(0.02)

        self.connection.loop.run_until_complete(wait())

    def _close(self, path: str) -> None:
        del self.documents[path]
        self.editor.close(path)

    def _on_disk(self, path: str) -> str | None:
        try:
            return (self.base / path).read_bytes().decode()
        except OSError:
            return None

    def _put(self, path: str, text: str) -> bool:
        """Write a file at a time of its own; False where a folder or a file is in the way."""
        file = self.base / path
        if file.is_dir() or any(parent.is_file() for parent in file.parents):
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        self.clock += 1
        moment = 1_700_000_000_000_000_000 + self.clock * 1_000_000
        os.utime(file, ns=(moment, moment))
        return True

    def _changed(self, path: str, kind: types.FileChangeType, known: str) -> None:
        if known == "late":
            self.untold.append((path, kind))
        elif known != "never":
            self._tell([(path, kind)] * (2 if known == "twice" else 1))

    def _tell(self, changes: list[tuple[str, types.FileChangeType]]) -> None:
        events = [types.FileEvent(self.editor.uri(path), kind) for path, kind in changes]
        if events:
            self.editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(events))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[None]:
    Connection.current = Connection(tmp_path)
    yield
    Connection.current.stop()


@pytest.mark.usefixtures("connection")
def test_a_quiet_server_shows_what_a_fresh_start_shows() -> None:
    run_state_machine_as_test(ServerMachine, settings=CAMPAIGN)
