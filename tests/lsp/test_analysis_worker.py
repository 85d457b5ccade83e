"""What the worker of a session answers in states that an editor comes into, named."""

from __future__ import annotations

import shutil
import subprocess
import weakref
from collections.abc import Mapping
from pathlib import Path

import pytest

from eventlens.flow.model import Finding
from eventlens.lsp.analysis_worker import AnalysisWorker
from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.engine import Engine, Wanted
from eventlens.lsp.positions import SourceText
from eventlens.lsp.snapshot import Snapshot

SEND = """import { Kafka } from 'kafkajs';
const producer = new Kafka({ brokers: [] }).producer();
export const send = () => producer.send({ topic: 'orders', messages: [] });
"""


class Folder:
    """A worker for one folder, driven as its session does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.disk = 0
        self.worker = AnalysisWorker(root, Engine())

    def wanted(self, documents: Mapping[str, str]) -> Wanted:
        opened = {
            path: OpenDocument(f"file:///{path}", 1, SourceText(text)) for path, text in sorted(documents.items())
        }
        return Wanted(0, opened, self.disk, 0)

    def whole(self, documents: Mapping[str, str]) -> Snapshot:
        return self.worker.snapshot(self.wanted(documents), lambda message, done, total: None)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "package.json").write_text('{"name": "shop", "dependencies": {"kafkajs": "2"}}')
    return Folder(tmp_path)


def test_a_new_file_that_is_closed_without_being_saved(folder: Folder) -> None:
    assert len(folder.whole({"send.ts": SEND}).analysis.flow_map.sites) == 1
    assert folder.worker.renewed(folder.wanted({})) is None
    assert not folder.whole({}).analysis.flow_map.sites


def test_an_edited_file_is_taken_off_the_disk(folder: Folder) -> None:
    (folder.root / "send.ts").write_text(SEND)
    assert len(folder.whole({}).analysis.flow_map.sites) == 1
    (folder.root / "send.ts").unlink()
    edited = {"send.ts": SEND.replace("orders", "refunds")}
    assert folder.worker.renewed(folder.wanted(edited)) is None
    folder.disk += 1
    assert [site.channel for site in folder.whole(edited).analysis.flow_map.sites] == ["refunds"]


def test_an_open_file_is_taken_off_the_disk_before_anybody_tells(folder: Folder) -> None:
    (folder.root / "send.ts").write_text(SEND)
    assert len(folder.whole({"send.ts": SEND}).analysis.flow_map.sites) == 1
    (folder.root / "send.ts").unlink()
    assert len(folder.whole({"send.ts": SEND}).analysis.flow_map.sites) == 1


def test_a_document_that_stays_as_it_is_is_read_once(folder: Folder) -> None:
    (folder.root / "send.ts").write_text(SEND)
    (folder.root / "other.ts").write_text(SEND)
    whole = folder.whole({})
    for other in (SEND, SEND.replace("orders", "refunds")):
        read = set()
        for letters in ("a", "ab", "abc"):
            quick = folder.worker.renewed(folder.wanted({"send.ts": SEND + f"// {letters}", "other.ts": other}))
            assert quick is not None
            read.add(quick.snapshot.workspace.module("other.ts"))
        assert len(read) == 1
        assert (read == {whole.workspace.module("other.ts")}) is (other == SEND)


def test_a_new_file_that_was_open_for_a_while_is_forgotten(folder: Folder) -> None:
    (folder.root / "send.ts").write_text(SEND)
    folder.whole({})
    assert folder.worker.renewed(folder.wanted({"send.ts": SEND, "new.ts": SEND})) is None
    quick = folder.worker.renewed(folder.wanted({"send.ts": SEND + "// later"}))
    assert quick is not None and "new.ts" not in quick.snapshot.workspace


def test_what_is_known_of_a_folder_that_was_left_is_let_go_of(folder: Folder, tmp_path: Path) -> None:
    (folder.root / "send.ts").write_text(SEND)
    known = weakref.ref(folder.whole({}).workspace)
    folder.worker.tidy()
    folder.worker.close()
    (tmp_path / "other").mkdir()
    other = Folder(tmp_path / "other")
    other.whole({})
    other.worker.tidy()
    assert known() is None
    assert other.worker.can_renew(other.wanted({})) and not folder.worker.can_renew(folder.wanted({}))


@pytest.mark.skipif(shutil.which("git") is None, reason="git makes the repository")
def test_an_edited_type_is_compared_with_the_earlier_commit(folder: Folder) -> None:
    typed = SEND.replace("messages: []", "messages: [{ value: JSON.stringify(event) }]").replace(
        "= ()", "= (event: Placed)"
    )
    before = "export interface Placed { id: string; total: number }\n" + typed
    (folder.root / "send.ts").write_text(before)
    person = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        [*person, "commit", "-qm", "first", "--no-gpg-sign"],
    ):
        subprocess.run(["git", *arguments], cwd=folder.root, check=True)
    assert not _breaking(folder.whole({}))
    edited = {"send.ts": before.replace(" total: number", "")}
    assert [one.line for one in _breaking(folder.whole(edited))] == [1]
    later = folder.worker.renewed(folder.wanted({"send.ts": "// moved\n" + edited["send.ts"]}))
    assert later is not None and [one.line for one in _breaking(later.snapshot)] == [2]
    assert not _breaking(folder.whole({"send.ts": before}))


def _breaking(snapshot: Snapshot) -> list[Finding]:
    return [one for one in snapshot.analysis.flow_map.findings if one.rule == "breaking-schema-change"]
