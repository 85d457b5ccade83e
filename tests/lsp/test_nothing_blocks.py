"""Many changed files are one change, what is cancelled is not worked on, and nothing waits for the engine on the event loop."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest

from eventlens.analysis import Analysis, analyse
from eventlens.lsp import session as session_module
from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.engine import Engine
from eventlens.lsp.loading import loaded
from eventlens.lsp.positions import SourceText
from eventlens.lsp.session import Session
from eventlens.lsp.snapshot import Snapshot
from eventlens.progress import Progress
from eventlens.workspace.snapshot import Workspace

_CHANGED = 2_000
_IN_ONE_MESSAGE = 50


class Counted:
    """An analysis that counts how often it was begun."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, workspace: Workspace, progress: Progress | None) -> Analysis:
        self.times += 1
        return analyse(workspace, progress)


async def _no_progress(session: Session) -> None:
    return None


def _session(root: Path, engine: Engine, shown: list[Snapshot]) -> Session:
    return Session(root, root.as_uri(), engine, lambda _, snapshot: shown.append(snapshot), _no_progress)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "a.py").write_text("A = 1\n")
    return root


async def test_an_edit_amid_the_look_at_the_one_before_is_looked_at_next(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "_IDLE", 30.0)
    (root / "a.py").write_text(text := "".join(f"def f{number}():\n    return {number}\n\n\n" for number in range(300)))
    shown: list[Snapshot] = []
    session = _session(root, Engine(), shown)
    session.start()
    assert await session.latest(whole=True) is not None
    uri = (root / "a.py").as_uri()
    for version in range(2, 40, 2):
        session.document_changed("a.py", OpenDocument(uri, version, SourceText(f"{text}# {version}\n")))
        await asyncio.sleep(version / 2000)  # somewhere before, amid or after the first look at it
        session.document_changed("a.py", OpenDocument(uri, version + 1, SourceText(f"{text}# {version + 1}\n")))
        until = time.monotonic() + 10
        while not shown or shown[-1].version("a.py") != version + 1:
            assert time.monotonic() < until, f"the second edit after {version / 2} ms waits until the typing pauses"
            await asyncio.sleep(0.005)
    session.close()


async def test_a_checkout_of_2000_files_is_one_analysis(root: Path) -> None:
    counted, shown = Counted(), list[Snapshot]()
    session = _session(root, Engine(analyse=counted), shown)
    session.start()
    assert await session.latest(whole=True) is not None
    counted.times = 0
    paths = [f"many/m{number}.py" for number in range(_CHANGED)]
    (root / "many").mkdir()
    for number, path in enumerate(paths):
        (root / path).write_text(f"N = {number}\n")
    for start in range(0, _CHANGED, _IN_ONE_MESSAGE):  # as clients and watchers tell it: a few at a time
        session.files_changed(paths[start : start + _IN_ONE_MESSAGE])
        await asyncio.sleep(0.002)
    while len(shown[-1].workspace.files) <= _CHANGED:
        await asyncio.sleep(0.02)
    await session.ask(lambda: None)
    assert counted.times == 1
    session.close()


async def test_what_waits_and_is_cancelled_is_never_begun(root: Path) -> None:
    session = _session(root, Engine(), [])
    let_go, begun = threading.Event(), list[str]()
    first = asyncio.ensure_future(session.ask(lambda: let_go.wait(20)))
    cancelled = asyncio.ensure_future(session.ask(lambda: begun.append("cancelled")))
    last = asyncio.ensure_future(session.ask(lambda: begun.append("last")))
    await asyncio.sleep(0.01)
    cancelled.cancel()
    await asyncio.sleep(0)
    let_go.set()
    await asyncio.gather(first, last)
    assert begun == ["last"]
    session.close()


async def test_loading_goes_on_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "slow_to_load.py").write_text("import time\ntime.sleep(0.3)\nIS_LOADED = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    impatient = asyncio.ensure_future(loaded("slow_to_load"))
    waiting = asyncio.ensure_future(loaded("slow_to_load"))
    longest, last = 0.0, time.monotonic()
    await asyncio.sleep(0.01)
    impatient.cancel()
    while not waiting.done():
        last = time.monotonic()
        await asyncio.sleep(0.005)
        longest = max(longest, time.monotonic() - last)
    assert (await waiting).IS_LOADED and impatient.cancelled()
    assert longest < 0.2
