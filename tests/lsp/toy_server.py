"""A real server over a toy analysis, for tests of the protocol alone.

``publish("x")`` and ``subscribe("x")`` in any source file are sites. A publish that nobody subscribes to is a finding, and so is
nothing else. Words in the text make the analysis misbehave: ``CRASH`` raises, ``PRINT`` prints to standard output, ``SLOW``
takes two seconds in small steps.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import eventlens
from eventlens.analysis import Analysis, OpenedWorkspace, Progress, SettingsProblem
from eventlens.flow.model import Channel, Coverage, Finding, Flow, FlowMap, HandlerPlace, Place, Site, Step, Tool
from eventlens.lsp.engine import Engine
from eventlens.lsp.running import serve_over, serve_stdio
from eventlens.lsp.sockets import over_tcp
from eventlens.workspace.snapshot import Workspace

_SITE = re.compile(r"(publish|subscribe)\(\"([^\"]*)\"\)")
_LINE_END = re.compile(r"\r\n|\n|\r")


def toy_analyse(workspace: Workspace, progress: Progress | None = None) -> Analysis:
    """The flow map of the toy language."""
    sites: list[Site] = []
    names: dict[str, Channel] = {}
    for number, path in enumerate(workspace.sources()):
        if progress is not None:
            progress("Reading", number, len(workspace.sources()))
        text = workspace.text(path).decode(errors="replace")
        _misbehave(text, progress)
        for line, content in enumerate(_LINE_END.split(text), 1):
            for match in _SITE.finditer(content):
                name = match[2]
                names.setdefault(name, _channel(name, _declared(workspace, name)))
                sites.append(_site(path, line, match))
    flows = [
        Flow(publish=p.id, subscribe=s.id, event=None, route=[f"kafka/{p.channel}"], why="same name", origin=None)
        for p in sites
        for s in sites
        if p.role == "publish" and s.role == "subscribe" and p.channel == s.channel
    ]
    findings = [
        _orphan(site) for site in sites if site.role == "publish" and site.id not in {flow.publish for flow in flows}
    ]
    coverage = Coverage(
        files=len(workspace.files), lowered=0, sites_resolved=len(sites), handlers_followed=0, unknown=[]
    )
    return Analysis(
        FlowMap(
            version=1, root=str(workspace.root), tool=Tool(name="eventlens", version=eventlens.__version__), services=[], brokers=[],
            channels=list(names.values()), bindings=[], sites=sites, flows=flows, findings=findings, coverage=coverage,
        )
    )  # fmt: skip


def toy_open(root: Path) -> OpenedWorkspace:
    """Settings are wrong when they hold the word ``wrong``."""
    settings = root / "eventlens.toml"
    lines = settings.read_text().split("\n") if settings.exists() else []
    problems = tuple(
        SettingsProblem("eventlens.toml", n, "`wrong` is not a setting")
        for n, line in enumerate(lines, 1)
        if "wrong" in line
    )
    return OpenedWorkspace(Workspace.open(root), problems)


def _misbehave(text: str, progress: Progress | None) -> None:
    if "CRASH" in text:
        raise RuntimeError("the toy crashed")
    if "PRINT" in text:
        sys.stdout.write("printed by the analysis\n")
        sys.stdout.flush()
    for step in range(200 if "SLOW" in text else 0):
        time.sleep(0.01)
        if progress is not None:
            progress("Dawdling", step, 200)


def _declared(workspace: Workspace, name: str) -> list[Place]:
    if "topics.yaml" not in workspace:
        return []
    lines = workspace.text("topics.yaml").decode().split("\n")
    return [Place(file="topics.yaml", line=n) for n, line in enumerate(lines, 1) if name in line]


def _channel(name: str, declared: list[Place]) -> Channel:
    return Channel(id=f"kafka/{name}", broker="kafka", scope="workspace", kind="topic", name=name, declared=declared)


def _site(path: str, line: int, match: re.Match[str]) -> Site:
    publishes = match[1] == "publish"
    service = path.split("/", maxsplit=1)[0]
    return Site(
        id=f"{path}:{line}:{match.start()}", role="publish" if publishes else "subscribe", file=path, line=line, column=match.start() + 1,
        end_line=line, end_column=match.end() + 1, language="typescript", broker="kafka", library="toy", service=service,
        source_set="main", interaction="event", reply_channel=None, channel=match[2], channel_template=match[2], channels=[match[2]],
        channel_expression=match[2], channel_kind="topic", routing_key=None, group=None, event=None, payload=[], payload_source="", key=None,
        handler=None if publishes else HandlerPlace(file=path, line=line, name="handle"), wiring=[], guarantee="at-least-once",
        confidence="certain", via="direct", of=None, origin=None, evidence=[],
    )  # fmt: skip


def _orphan(site: Site) -> Finding:
    return Finding(
        id=site.id, rule="orphan-publish", severity="warning", file=site.file, line=site.line, column=site.column, end_line=site.end_line,
        end_column=site.end_column, message=f"nobody consumes {site.channel}", site=site.id, confidence="certain",
        related=[Step(file=site.file, line=site.line, message="published here")], suppressed=False, remedy="Subscribe to it.",
    )  # fmt: skip


ENGINE = Engine(toy_open, toy_analyse, glance=None)

if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve_over(over_tcp("127.0.0.1", int(sys.argv[-1])), ENGINE)
    else:
        serve_stdio(ENGINE)
