"""What a session asks of the analysis, and what it gets: known before the engine itself is loaded.

Loading the engine takes longer than a client should wait for the answer to ``initialize``; the analysis' thread loads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.loading import LOADING
from eventlens.lsp.snapshot import Snapshot
from eventlens.progress import Progress

if TYPE_CHECKING:
    from eventlens.analysis import Analysis, OpenedWorkspace
    from eventlens.flow.model import FlowMap
    from eventlens.workspace.snapshot import Workspace


def _open(root: Path) -> OpenedWorkspace:
    with LOADING:
        from eventlens.analysis import open_workspace

    return open_workspace(root)


def _analyse(workspace: Workspace, progress: Progress | None) -> Analysis:
    with LOADING:
        from eventlens.analysis import analyse

    return analyse(workspace, progress)


class Remembered(NamedTuple):
    """The map of an earlier session, and the files as it was made of them."""

    flow_map: FlowMap
    on_disk: Workspace


def _glance(workspace: Workspace, files: frozenset[str], remembered: Remembered | None) -> Analysis:
    with LOADING:
        from eventlens.renewal import glance, glance_over

    if remembered is None:
        return glance(workspace, files)
    return glance_over(remembered.flow_map, remembered.on_disk, workspace, files)


class Engine(NamedTuple):
    """How a folder is opened and analysed, and how a few of its files are looked at before that; None: not at all."""

    open: Callable[[Path], OpenedWorkspace] = _open
    analyse: Callable[[Workspace, Progress | None], Analysis] = _analyse
    glance: Callable[[Workspace, frozenset[str], Remembered | None], Analysis] | None = _glance


class Wanted(NamedTuple):
    """What the next analysis is to be made of. Equal counters mean: nothing of that kind changed."""

    number: int
    documents: Mapping[str, OpenDocument]
    disk: int
    settings: int


class Quick(NamedTuple):
    """A snapshot made by renewing; ``is_whole`` where no text had changed, so that nothing else is to be looked at."""

    snapshot: Snapshot
    is_whole: bool
