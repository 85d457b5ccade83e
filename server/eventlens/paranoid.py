"""Distrust of every short cut: a state analysed from scratch, and where an answer that was given for it says something else.

May import `analysis`, `renewal` and what lies below. Invariant: what is compared with owes nothing to an earlier analysis, neither
to its objects nor to the cache. Of a whole analysis everything is compared; of a renewal what it promises: the sites and the findings
of the edited files, without those that need all sites of the workspace and without the way by which a site was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from eventlens.analysis import OpenedWorkspace, open_workspace, read_workspace_settings
from eventlens.checks.registry import NEED_ALL_SITES
from eventlens.flow.model import Finding, FlowMap, Record, Site
from eventlens.workspace.snapshot import Workspace

_SHOWN = 12
"""Lines of one report; the others are counted."""
_LONGEST_VALUE = 80
"""Code points of a value that are shown."""

_Key: TypeAlias = tuple[object, ...]


def opened_from_scratch(root: Path, overlays: Mapping[str, bytes]) -> OpenedWorkspace:
    """The workspace at ``root`` as a first run without a cache opens it, with the texts that the editor holds."""
    settings, _ = read_workspace_settings(root)
    workspace, problems = open_workspace(root, Workspace.open(root, (), settings.exclude, cached=False))
    for path, source in overlays.items():
        workspace = workspace.with_overlay(path, source)
    return OpenedWorkspace(workspace, problems)


def differences(given: FlowMap, fresh: FlowMap, renewed: Collection[str] = ()) -> list[str]:
    """What ``given`` says otherwise than the map made from scratch, a line each; empty where it is right.

    ``renewed`` are the files that alone were looked at for ``given``: only what that promises is compared.
    """
    if renewed:
        given, fresh = _promised(given, renewed), _promised(fresh, renewed)
    if given == fresh:
        return []
    return [line for field in FlowMap.__struct_fields__ for line in _lines_of_field(field, given, fresh)]


def report(differences: Sequence[str], edited: Collection[str]) -> str:
    """The differences as one text for a log: what was edited, then the first of them."""
    shown = [f"  {line}" for line in differences[:_SHOWN]]
    if len(differences) > _SHOWN:
        shown.append(f"  … and {len(differences) - _SHOWN} more")
    after = f" (edited: {', '.join(sorted(edited))})" if edited else ""
    return "\n".join([f"what is shown differs from an analysis from scratch{after}:", *shown])


def _promised(flow_map: FlowMap, renewed: Collection[str]) -> FlowMap:
    return FlowMap(
        version=flow_map.version,
        root=flow_map.root,
        tool=flow_map.tool,
        services=[],
        brokers=[],
        channels=[],
        bindings=[],
        sites=sorted(
            (msgspec.structs.replace(site, evidence=[]) for site in flow_map.sites if site.file in renewed), key=str
        ),
        flows=[],
        findings=sorted(
            (one for one in flow_map.findings if one.file in renewed and one.rule not in NEED_ALL_SITES), key=str
        ),
        coverage=msgspec.structs.replace(
            flow_map.coverage, files=0, lowered=0, sites_resolved=0, handlers_followed=0, unknown=[]
        ),
    )


def _lines_of_field(field: str, given: FlowMap, fresh: FlowMap) -> Iterator[str]:
    one, other = getattr(given, field), getattr(fresh, field)
    if one == other:
        return
    if not isinstance(one, list):
        yield f"{field}: {'; '.join(_changes(one, other))}"
        return
    known, wanted = _by_key(one), _by_key(other)
    for key in [key for key in known if key not in wanted]:
        yield f"{field}: {_named(known[key])} is not there from scratch"
    for key in [key for key in wanted if key not in known]:
        yield f"{field}: {_named(wanted[key])} is there from scratch only"
    for key in [key for key in known if key in wanted and known[key] != wanted[key]]:
        yield f"{field}: {_named(wanted[key])}: {'; '.join(_changes(known[key], wanted[key]))}"
    if sorted(map(repr, one)) == sorted(map(repr, other)):
        yield f"{field}: the same in another order"


def _by_key(records: Iterable[Record]) -> dict[_Key, Record]:
    """Records by what makes them the same one; the second with the same key is another."""
    seen: Counter[_Key] = Counter()
    keyed: dict[_Key, Record] = {}
    for record in records:
        key = _key(record)
        numbered = (*key, seen[key])
        keyed[numbered] = record
        seen[key] += 1
    return keyed


def _key(record: Record) -> _Key:
    for names in (("id",), ("publish", "subscribe"), ("site",), ("name",), ("broker",)):
        if all(name in record.__struct_fields__ for name in names):
            return tuple(getattr(record, name) for name in names)
    return (repr(record),)


def _named(record: Record) -> str:
    if isinstance(record, Site):
        return f"{record.file}:{record.line} {record.role} {record.channel or '?'}"
    if isinstance(record, Finding):
        return f"{record.file}:{record.line} {record.rule}"
    return _short(" → ".join(str(part) for part in _key(record)))


def _changes(given: object, fresh: object) -> Iterator[str]:
    if not isinstance(given, msgspec.Struct) or not isinstance(fresh, msgspec.Struct):
        yield f"{_short(given)}, from scratch {_short(fresh)}"
        return
    for field in given.__struct_fields__:
        one, other = getattr(given, field), getattr(fresh, field)
        if one != other:
            yield f"{field} {_short(one)}, from scratch {_short(other)}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
