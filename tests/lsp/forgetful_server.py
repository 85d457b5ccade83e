"""A real server whose analysis is wrong on purpose: once a file says ``FORGET``, the first of its sites is forgotten."""

from __future__ import annotations

import dataclasses

import msgspec

from eventlens.analysis import Analysis, Progress, analyse
from eventlens.lsp.engine import Engine
from eventlens.lsp.running import serve_stdio
from eventlens.workspace.snapshot import Workspace


def forgetful(workspace: Workspace, progress: Progress | None) -> Analysis:
    """The analysis, without the first site of a file that says ``FORGET``."""
    analysis = analyse(workspace, progress)
    flow_map = analysis.flow_map
    forgotten = [site for site in flow_map.sites if b"FORGET" in workspace.text(site.file)][:1]
    sites = [site for site in flow_map.sites if site not in forgotten]
    return dataclasses.replace(analysis, flow_map=msgspec.structs.replace(flow_map, sites=sites))


if __name__ == "__main__":
    serve_stdio(Engine(analyse=forgetful), paranoid=True)
