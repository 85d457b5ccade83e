"""Small workspaces written out from a mapping of path to text, and what the engine finds in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from eventlens import analysis
from eventlens.flow.graph import FlowGraph
from eventlens.flow.model import Site


@dataclass(frozen=True)
class Found:
    """What the engine finds in a workspace."""

    graph: FlowGraph

    @property
    def sites(self) -> list[Site]:
        return [site for _, site in self.graph.nodes]

    def rows(self, *names: str) -> set[tuple[object, ...]]:
        """Fields of each site, as tuples; ``handler`` is the handler's last name, ``place`` is file:line."""
        return {tuple(_field(site, name) for name in names) for site in self.sites}

    def flows(self) -> set[tuple[str, str]]:
        """(file of the publish, file of the subscription) of each flow."""
        by_id = {site.id: site for site in self.sites}
        return {(by_id[flow.publish].file, by_id[flow.subscribe].file) for flow in self.graph.flows}


def _field(site: Site, name: str) -> object:
    if name == "place":
        return f"{site.file}:{site.line}"
    if name == "handler":
        return site.handler.name.rpartition(".")[2] if site.handler else None
    if name == "channels":
        return tuple(sorted(site.channels))
    return getattr(site, name)


Find = Callable[[Mapping[str, str]], Found]


@pytest.fixture
def find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Find:
    """Writes files (dedented text by relative path) below a fresh folder and runs the engine over it."""
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "shop"

    def run(files: Mapping[str, str]) -> Found:
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(dedent(text), "utf-8")
        workspace = analysis.open_workspace(root).workspace
        _, problems = analysis.read_workspace_settings(root)
        assert not problems
        with caplog.at_level("ERROR"):
            graph = analysis.builder(workspace, analysis.inputs_of(workspace)).build()
        assert not caplog.records, "something was left out of the analysis"
        return Found(graph)

    return run
