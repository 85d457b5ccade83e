"""Whatever happens in a workspace and in whichever order it becomes known: what is shown is what a fresh start shows.

The machine drives the worker of a server's session as the session does: documents, and counters of what changed on the disk. By
default a small campaign that is the same at each run; ``EVENTLENS_PROPERTY_EXAMPLES=1000`` makes it as many, at random (`make properties`).
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from eventlens.analysis import Superseded, analyse
from eventlens.cli.opening import map_folder
from eventlens.cli.problems import UserProblem
from eventlens.flow.model import FlowMap
from eventlens.lsp.analysis_worker import AnalysisWorker
from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.engine import Engine, Wanted
from eventlens.lsp.positions import SourceText
from eventlens.lsp.session import MODELS_FOLDER, SETTINGS_FILES
from eventlens.lsp.snapshot import Snapshot
from eventlens.paranoid import differences, opened_from_scratch, report
from eventlens.workspace.cache_place import cache_file
from properties.bakery import FILES, FOLDERS, INSERTS, NEW_FILES, swapped

EXAMPLES = int(os.environ.get("EVENTLENS_PROPERTY_EXAMPLES", "0"))
CAMPAIGN = settings(
    max_examples=EXAMPLES or 15,
    stateful_step_count=40 if EXAMPLES else 14,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)

paths = st.sampled_from([*FILES, *NEW_FILES])
code = st.sampled_from([path for path in FILES if path.endswith((".ts", ".py"))])
moves = st.sampled_from(["look", "look", "glance", "nothing"])
"""What the session does after a change: the quick answer and the whole one, the quick one only, or nothing before the next change."""
told = st.sampled_from(["at once", "at once", "twice", "late"])
"""When a watcher tells of a change on the disk."""

quick_answers: Counter[str] = Counter()
"""How many quick answers were as they promise, over all examples."""
_NOTES = os.environ.get("EVENTLENS_PROPERTY_NOTES")
"""A file that is told of each quick answer that was otherwise than the whole one that follows it."""


class Complaints(logging.Handler):
    """Keeps what is logged of something that went wrong within an analysis, which goes on without it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR or "left out" in record.getMessage():
            self.found.append(logging.Formatter().format(record))


class WorkerMachine(RuleBasedStateMachine):
    """One folder, one editor and one worker; a fresh start to compare with after each look."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(prefix="eventlens-machine-"))
        self.root = self.base / "bakery"
        self.clock = 0
        self.documents: dict[str, OpenDocument] = {}
        self.before: list[tuple[str, str]] = []
        self.number = self.disk = self.settings_changed = 0
        self.untold: list[str] = []
        self.complaints = Complaints()
        logging.getLogger("eventlens").addHandler(self.complaints)
        self.worker = AnalysisWorker(self.root, Engine())

    @initialize()
    def first_look(self) -> None:
        for path, text in FILES.items():
            self._put(path, text)
        self.look()

    def teardown(self) -> None:
        try:
            self.tell_the_rest(0)
            self.look()
        finally:
            logging.getLogger("eventlens").removeHandler(self.complaints)
            self.worker.close()
            self.worker.tidy()  # also what was left of the folders before
            shutil.rmtree(self.base, ignore_errors=True)

    # ----------------------------------------------------------------------------------------------- the editor's part

    @rule(path=paths, after=moves)
    def open(self, path: str, after: str) -> None:
        if path not in self.documents:
            self._hold(path, self._on_disk(path) or NEW_FILES.get(path, ""))
            self._then(after)

    @rule(path=code | paths, number=st.integers(0, 5), after=moves)
    def edit_meaningfully(self, path: str, number: int, after: str) -> None:
        self._edit(path, lambda text: swapped(path, text, number), after)

    @rule(path=code | paths, at=st.floats(0, 1), inserted=st.sampled_from(INSERTS), after=moves)
    def type(self, path: str, at: float, inserted: str, after: str) -> None:
        self._edit(path, lambda text: text[: int(at * len(text))] + inserted + text[int(at * len(text)) :], after)

    @rule(path=code | paths, at=st.floats(0, 1), size=st.integers(1, 80), after=moves)
    def cut(self, path: str, at: float, size: int, after: str) -> None:
        self._edit(path, lambda text: text[: int(at * len(text))] + text[int(at * len(text)) + size :], after)

    @rule(path=code | paths, at=st.floats(0, 1), to=st.floats(0, 1), after=moves)
    def move_a_line(self, path: str, at: float, to: float, after: str) -> None:
        def moved(text: str) -> str:
            lines = text.split("\n")
            lines.insert(int(to * (len(lines) - 1)), lines.pop(int(at * (len(lines) - 1))))
            return "\n".join(lines)

        self._edit(path, moved, after)

    @precondition(lambda self: self.before)
    @rule(after=moves)
    def undo(self, after: str) -> None:
        path, text = self.before.pop()
        if path in self.documents:
            self._hold(path, text)
            self._then(after)

    @precondition(lambda self: self.documents)
    @rule(which=st.integers(0, 9), known=told, after=moves)
    def save(self, which: int, known: str, after: str) -> None:
        path = self._open_one(which)
        self._put(path, self.documents[path].source.text)
        self._changed([path], known)
        self._then(after)

    @precondition(lambda self: self.documents)
    @rule(which=st.integers(0, 9), after=moves)
    def close(self, which: int, after: str) -> None:
        del self.documents[self._open_one(which)]
        self._then(after)

    @precondition(lambda self: len(self.documents) > 2)
    @rule(known=told, after=moves)
    def save_and_close_all(self, known: str, after: str) -> None:
        for path, document in self.documents.items():
            self._put(path, document.source.text)
        self._changed([*self.documents], known)
        self.documents.clear()
        self._then(after)

    # ------------------------------------------------------------------------------------------ others change the disk

    @rule(path=paths, number=st.integers(0, 5), known=told, after=moves)
    def another_program_writes(self, path: str, number: int, known: str, after: str) -> None:
        text = self._on_disk(path)
        self._put(path, NEW_FILES.get(path, FILES.get(path, "")) if text is None else swapped(path, text, number))
        self._changed([path], known)
        self._then(after)

    @rule(path=paths, known=told, after=moves)
    def delete(self, path: str, known: str, after: str) -> None:
        if self._on_disk(path) is not None:
            (self.root / path).unlink()
            self._changed([path], known)
            self._then(after)

    @rule(
        path=paths,
        to=st.sampled_from([*NEW_FILES, "services/ovens/ovens/events.py", "moved.ts"]),
        known=told,
        after=moves,
    )
    def rename(self, path: str, to: str, known: str, after: str) -> None:
        target = self.root / to
        if self._on_disk(path) is not None and not target.is_dir() and self._can_be_made(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).replace(target)
            self._changed([to, path], known)
            self._then(after)

    @rule(folder=st.sampled_from(FOLDERS), known=told, after=moves)
    def delete_folder(self, folder: str, known: str, after: str) -> None:
        if (self.root / folder).is_dir():
            shutil.rmtree(self.root / folder)
            self._changed([folder], known)
            self._then(after)

    @rule(folder=st.sampled_from(FOLDERS), known=told, after=moves)
    def rename_folder_or_back(self, folder: str, known: str, after: str) -> None:
        one, other = self.root / folder, self.root / f"{folder}-2"
        source, target = (other, one) if other.is_dir() else (one, other)
        if source.is_dir() and not target.exists() and target.parent.is_dir():
            source.replace(target)
            self._changed([folder, f"{folder}-2"], known)
            self._then(after)

    @rule(after=moves)
    def check_out_the_first_state(self, after: str) -> None:
        for path, text in FILES.items():
            if self._on_disk(path) != text and self._can_be_made(self.root / path):
                self._put(path, text)
                self._changed([path], "at once")
        self._then(after)

    # ---------------------------------------------------------------------------------------------------- the session

    @precondition(lambda self: self.untold)
    @rule(first=st.integers(0, 9))
    def tell_the_rest(self, first: int) -> None:
        """A watcher tells late of what happened, in another order."""
        at = first % (len(self.untold) or 1)
        for path in [*self.untold[at:], *self.untold[:at]]:
            self._tell(path)
        self.untold = []

    @rule(beats=st.integers(0, 400))
    def look_and_be_interrupted(self, beats: int) -> None:
        """A keystroke ends an analysis in the middle."""
        beat = _ended_after(beats)
        with contextlib.suppress(Superseded):
            self.worker.snapshot(self._wanted(), lambda message, done, total: beat())

    @rule(beats=st.integers(0, 60))
    def widen_and_be_interrupted(self, beats: int) -> None:
        """A keystroke ends the look at what hangs on the edited files."""
        wanted = self._wanted()
        if self.worker.can_renew(wanted):
            with contextlib.suppress(Superseded):
                self.worker.widened(wanted, _ended_after(beats))

    @rule(beats=st.integers(0, 60))
    def prepare_and_be_interrupted(self, beats: int) -> None:
        with contextlib.suppress(Superseded):
            self.worker.prepare(list(self.documents), _ended_after(beats))

    @rule(damage=st.sampled_from(["none", "none", "flipped", "cut", "gone", "foreign"]), at=st.floats(0, 1))
    def start_again_from_the_cache(self, damage: str, at: float) -> None:
        self.worker.close()
        _damage(cache_file(self.root.resolve()), damage, at)
        self.untold = []
        self.worker = AnalysisWorker(self.root, Engine())
        early = self._first_snapshot()
        # A map in which edited documents were looked at by themselves promises nothing of other files.
        if early is not None and not early.is_early and not early.renewed:
            fresh = analyse(opened_from_scratch(self.root, self._overlays()).workspace).flow_map
            assert not differences(early.analysis.flow_map, fresh)
        self.look()

    def _first_snapshot(self) -> Snapshot | None:
        """What is shown amid the first analysis of a session: the map that is remembered, or the open documents by themselves."""
        shown: list[Snapshot | None] = []

        def step(message: str, done: int, total: int) -> None:
            if not shown:
                shown.append(self.worker.glance(self.documents))

        self.worker.snapshot(self._wanted(), step)
        return shown[0] if shown else None

    @rule()
    def ask_the_command_line(self) -> None:
        """Its map is remembered from run to run, and holds what a run without memory finds."""
        try:
            asked = map_folder(self.root)
        except UserProblem:
            return
        fresh = analyse(opened_from_scratch(self.root, {}).workspace).flow_map
        assert not differences(asked.flow_map, fresh), differences(asked.flow_map, fresh)

    @rule()
    def prepare(self) -> None:
        self.worker.prepare()

    @rule()
    def tidy(self) -> None:
        self.worker.tidy()

    @rule()
    def look(self) -> None:
        """The quick answer, where there is one, then the whole one."""
        self.glance()
        snapshot = self.worker.snapshot(self._wanted(), lambda message, done, total: None)
        if not self.untold:
            fresh = opened_from_scratch(self.root, self._overlays())
            found = differences(snapshot.analysis.flow_map, analyse(fresh.workspace).flow_map)
            assert not found, found
            assert snapshot.workspace.files == fresh.workspace.files
            assert snapshot.problems == fresh.problems
        assert not self.complaints.found, self.complaints.found[0]

    def glance(self) -> None:
        """The quick answers: of the edited files, then of those that hang on them."""
        wanted = self._wanted()
        quick = self.worker.renewed(wanted) if self.worker.can_renew(wanted) else None
        if quick is None:
            quick_answers["none"] += 1
            return
        if self.untold:
            return
        snapshot = quick.snapshot
        fresh = analyse(opened_from_scratch(self.root, self._overlays()).workspace).flow_map
        found = differences(snapshot.analysis.flow_map, fresh, snapshot.renewed)
        if snapshot.renewed:
            quick_answers["otherwise" if found else "right"] += 1
            if found and _NOTES:
                with Path(_NOTES).open("a", encoding="utf-8") as notes:
                    notes.write(report(found, snapshot.renewed) + "\n")
            self._look_wider(fresh)
        elif quick.is_whole:
            assert not found, found

    def _look_wider(self, fresh: FlowMap) -> None:
        snapshot = self.worker.widened(self._wanted())
        if snapshot is None:
            quick_answers["not widened"] += 1
            return
        found = differences(snapshot.analysis.flow_map, fresh, snapshot.renewed)
        quick_answers["widened otherwise" if found else "widened right"] += 1
        if snapshot.analysis.flow_map.findings != fresh.findings:
            quick_answers["widened, findings of others differ"] += 1

    # ------------------------------------------------------------------------------------------------------- the rest

    def _wanted(self) -> Wanted:
        return Wanted(self.number, dict(self.documents), self.disk, self.settings_changed)

    def _overlays(self) -> dict[str, bytes]:
        return {path: one.source.text.encode("utf-8", "surrogatepass") for path, one in self.documents.items()}

    def _hold(self, path: str, text: str) -> None:
        self.number += 1
        self.documents[path] = OpenDocument(f"file:///{path}", self.number, SourceText(text))

    def _edit(self, path: str, change: Callable[[str], str], after: str) -> None:
        held = self.documents.get(path)
        text = held.source.text if held is not None else self._on_disk(path) or NEW_FILES.get(path, "")
        if held is None:
            self._hold(path, text)
        self.before.append((path, text))
        self._hold(path, change(text))
        self._then(after)

    def _open_one(self, which: int) -> str:
        return sorted(self.documents)[which % len(self.documents)]

    def _on_disk(self, path: str) -> str | None:
        try:
            return (self.root / path).read_bytes().decode()
        except OSError:
            return None

    def _can_be_made(self, file: Path) -> bool:
        return not any(parent.is_file() for parent in file.parents)

    def _put(self, path: str, text: str) -> None:
        """Write a file at a time of its own: how coarse the clock of the file system is does not matter here."""
        file = self.root / path
        if file.is_dir() or not self._can_be_made(file):
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        self.clock += 1
        moment = 1_700_000_000_000_000_000 + self.clock * 1_000_000
        os.utime(file, ns=(moment, moment))

    def _changed(self, changed: list[str], known: str) -> None:
        for path in changed:
            if known == "late":
                self.untold.append(path)
            else:
                self._tell(path)
                if known == "twice":
                    self._tell(path)

    def _tell(self, path: str) -> None:
        self.number += 1
        self.disk += 1
        # A folder of models is told of as a folder; the session reads the settings again for what lies in it.
        of_settings = path in SETTINGS_FILES or f"{path}/".startswith(MODELS_FOLDER)
        self.settings_changed += int(of_settings)

    def _then(self, after: str) -> None:
        if after == "look":
            self.look()
        elif after == "glance":
            self.glance()


def _ended_after(beats: int) -> Callable[[], None]:
    """A beat that ends the work after so many of them."""
    left = beats

    def beat() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Superseded

    return beat


def _damage(cache: Path, kind: str, at: float) -> None:
    if kind == "none" or not cache.exists():
        return
    content = cache.read_bytes()
    place = int(at * (len(content) - 1))
    if kind == "gone":
        cache.unlink()
    elif kind == "foreign":
        cache.write_bytes(b"not a database" * 100)
    elif kind == "cut":
        cache.write_bytes(content[:place])
    else:
        cache.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])


@pytest.fixture(autouse=True)
def notes_of_the_quick_answers() -> Iterator[None]:
    yield
    if _NOTES:
        with Path(_NOTES).open("a", encoding="utf-8") as notes:
            notes.write(f"{dict(quick_answers)}\n")


def test_what_is_shown_is_what_a_fresh_start_shows() -> None:
    run_state_machine_as_test(WorkerMachine, settings=CAMPAIGN)
