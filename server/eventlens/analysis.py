"""From a folder to its flow map: the one entry that the command line and the editor server share.

May import everything below `ide` and `reports`. Invariant: `analyse` is a function of the workspace snapshot alone; it runs,
imports and fetches nothing of what it reads.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import msgspec

import eventlens
from eventlens.flow.model import Coverage, FlowMap, Tool
from eventlens.workspace.snapshot import Workspace

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told (what is done now, done so far, of how many). It may raise `Superseded` to end the analysis."""


class Superseded(Exception):
    """Raised by a progress callback: nobody wants the result any more."""


class Analysis(msgspec.Struct, frozen=True):
    """What is known of one workspace snapshot."""

    flow_map: FlowMap


def open_workspace(root: Path) -> Workspace:
    """The workspace at ``root`` as its settings want it read."""
    return Workspace.open(root)


def analyse(workspace: Workspace, progress: Progress | None = None) -> Analysis:
    """The flow map of ``workspace``, findings included. Never raises for what the files say."""
    if progress is not None:
        progress("Reading files", 0, len(workspace.files))
    return Analysis(
        FlowMap(
            version=1,
            root=str(workspace.root),
            tool=Tool(name="eventlens", version=eventlens.__version__),
            services=[],
            brokers=[],
            channels=[],
            bindings=[],
            sites=[],
            flows=[],
            findings=[],
            coverage=Coverage(files=len(workspace.files), lowered=0, sites_resolved=0, handlers_followed=0, unknown=[]),
        )
    )
