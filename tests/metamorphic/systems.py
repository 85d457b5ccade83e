"""The example systems, and what is compared of two analyses of one."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import msgspec

from eventlens.analysis import analyse
from eventlens.flow.model import FlowMap, Record, Site
from eventlens.paranoid import opened_from_scratch
from eventlens.workspace.snapshot import Workspace
from fixtures.expectations import FIXTURES

ALL = bool(os.environ.get("EVENTLENS_PROPERTY_EXAMPLES"))
"""Each relation looks at every system; by default each relation has its own share of the small ones."""
SETTINGS = {"eventlens.toml"}
_SHARES = 12
_LARGE = [FIXTURES / "storefront", *sorted(path for path in (FIXTURES / "editor").iterdir() if path.is_dir())]
_SMALL = sorted(
    [path for path in FIXTURES.glob("rules/*/*") if path.is_dir()]
    + [path for path in FIXTURES.glob("libraries/*") if path.is_dir()]
    + [path for path in FIXTURES.glob("schemas/*") if path.is_dir()]
)


class Seen(NamedTuple):
    """A map without places and without texts that only show how the code is written; each thing with how often it is there."""

    sites: Counter[str]
    flows: Counter[str]
    channels: Counter[str]
    findings: Counter[str]
    rules: Counter[str]
    """Rule, severity and file of each finding, without the site: which of several sites one is reported at follows their order."""
    deliveries: Counter[str]

    def otherwise(self, other: Seen, but: str = "") -> list[str]:
        """What is in only one of the two, a line each; nothing of the kind ``but``."""
        return [
            f"{kind} {line}"
            for kind, one, another in zip(self._fields, self, other)
            if kind != but
            for line in _apart(sorted(one - another), sorted(another - one))
        ]


def _apart(before: list[str], after: list[str]) -> list[str]:
    """What was and what is, pair by pair, each from a little before where the two part."""
    lines = []
    for one, other in zip_longest(before, after, fillvalue=""):
        same = max(_in_common(one, other) - 40, 0)
        lines.append(f"{one[:60]} … {one[same : same + 160]} ⇒ {other[same : same + 160]}")
    return lines


def _in_common(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))


class System(NamedTuple):
    """An example system as its files stand."""

    root: Path

    @property
    def name(self) -> str:
        return self.root.relative_to(FIXTURES).as_posix()

    def workspace(self, texts: Mapping[str, bytes] = {}) -> Workspace:
        """The system with other texts, or more files."""
        return opened_from_scratch(self.root, texts).workspace

    def flow_map(self, texts: Mapping[str, bytes] = {}) -> FlowMap:
        if not SETTINGS & texts.keys():
            return analyse(self.workspace(texts)).flow_map
        with tempfile.TemporaryDirectory() as folder:  # settings are read from the disk
            return analyse(opened_from_scratch(self.copied(Path(folder), texts), {}).workspace).flow_map

    def copied(self, folder: Path, texts: Mapping[str, bytes] = {}) -> Path:
        """The root of a copy of the system, with other texts."""
        root = folder / self.root.name
        shutil.copytree(self.root, root, ignore=shutil.ignore_patterns("node_modules"))
        for path, text in texts.items():
            (root / path).write_bytes(text)
        return root

    def sources(self) -> dict[str, bytes]:
        workspace = self.workspace()
        return {path: workspace.text(path) for path in workspace.sources()}


def share(number: int, suffixes: Sequence[str] = ()) -> list[System]:
    """The systems that a relation looks at; of the small ones only those with files of ``suffixes``."""
    fitting = [root for root in _SMALL if not suffixes or any(one.suffix in suffixes for one in root.rglob("*"))]
    small = fitting if ALL else fitting[number % _SHARES :: _SHARES]
    large = _LARGE if ALL else _LARGE[number % len(_LARGE) :][:1]
    return [System(root) for root in (*large, *small)]


def every() -> list[System]:
    """All systems that are about dead letters, or all."""
    return [System(root) for root in (*_LARGE, *_SMALL) if ALL or root.parent.name == "no-dead-letter-queue"]


@cache
def first_seen(system: System) -> Seen:
    """What is known of a system as it stands."""
    return seen(system.flow_map())


def seen(flow_map: FlowMap, back: Callable[[str], str] = lambda text: text) -> Seen:
    """What a map says; ``back`` undoes what was done to its words."""

    def said(value: object) -> str:
        return back(_plain(repr(value)))

    channels = {one.id: one.name for one in flow_map.channels}
    names = {site.id: (site.file, site.library, site.channel) for site in flow_map.sites}
    sites = {site.id: said(_site(site) | {"of": names.get(site.of or "", site.of)}) for site in flow_map.sites}
    return Seen(
        Counter(sites.values()),
        Counter(
            f"{sites[flow.publish]} → {sites[flow.subscribe]} {said((flow.event, [channels.get(one, one) for one in flow.route]))}"
            for flow in flow_map.flows
        ),
        Counter(
            said((one.broker, one.scope, one.name, one.kind, one.partitions, one.dead_letter))
            for one in flow_map.channels
        ),
        Counter(
            f"{one.rule} {one.severity} {said((one.file, one.message, one.confidence, one.suppressed))}"
            f" {sites.get(one.site or '', one.site)} {sorted(said((step.file, step.message)) for step in one.related)}"
            for one in flow_map.findings
        ),
        Counter(f"{one.rule} {one.severity} {said((one.file, one.suppressed))}" for one in flow_map.findings),
        Counter(f"{sites[one.site]} {said(msgspec.structs.replace(one, site=''))}" for one in flow_map.deliveries),
    )


_OF_PLACE = {"id", "line", "column", "end_line", "end_column", "evidence", "channel_expression"}


def _site(site: Site) -> dict[str, object]:
    return {name: _placeless(getattr(site, name)) for name in site.__struct_fields__ if name not in _OF_PLACE}


def _placeless(value: object) -> object:
    if isinstance(value, Record):
        return {name: _placeless(getattr(value, name)) for name in value.__struct_fields__ if name not in _OF_PLACE}
    return [_placeless(one) for one in value] if isinstance(value, list) else value


def _plain(text: str) -> str:
    """A text without what a formatter decides; numbers of lines are left out too."""
    text = re.sub(r"\\r|\\n|\s|[\"'`;\\]", "", text)
    return re.sub(r",(?=[)\]}])|(?<=line)\d+", "", text)
