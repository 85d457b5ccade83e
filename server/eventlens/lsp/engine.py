"""What a session asks of the analysis, and what it gets: known before the engine itself is loaded.

Loading the engine takes longer than a client should wait for the answer to ``initialize``; the analysis' thread loads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.loading import LOADING
from eventlens.lsp.snapshot import Snapshot
from eventlens.progress import Progress

if TYPE_CHECKING:
    from eventlens.analysis import Analysis, Inputs, OpenedWorkspace
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


def _charted(workspace: Workspace, progress: Progress | None) -> FlowMap:
    with LOADING:
        from eventlens.analysis import charted

    return charted(workspace, progress)


class Remembered(NamedTuple):
    """The map of an earlier session, and the files as it was made of them."""

    flow_map: FlowMap
    on_disk: Workspace


Glance: TypeAlias = "Callable[[Workspace, frozenset[str], Remembered | None, Inputs | None], Analysis]"


def _glance(
    workspace: Workspace, files: frozenset[str], remembered: Remembered | None, inputs: Inputs | None
) -> Analysis:
    with LOADING:
        from eventlens.renewal import glance, glance_over

    if remembered is None:
        return glance(workspace, files, inputs)
    return glance_over(remembered.flow_map, remembered.on_disk, workspace, files, inputs)


class Engine(NamedTuple):
    """How a folder is opened and analysed, how a few of its files are looked at before that (None: not at all), and how a map without
    findings is made of it."""

    open: Callable[[Path], OpenedWorkspace] = _open
    analyse: Callable[[Workspace, Progress | None], Analysis] = _analyse
    glance: Glance | None = _glance
    charted: Callable[[Workspace, Progress | None], FlowMap] = _charted


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
