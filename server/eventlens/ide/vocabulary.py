"""Which arguments of which calls are channels: as the calls of the workspace show it, and as the library models say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from eventlens.flow.catalogue import Catalogue
from eventlens.flow.channels import DEFAULT_KIND
from eventlens.flow.library_models import CompiledModel
from eventlens.flow.model import Role
from eventlens.ide.call_text import OpenCall
from eventlens.ide.index import FlowIndex
from eventlens.knowledge.paths import EACH, AccessPath, parse_path
from eventlens.knowledge.schema import Publish, Subscribe

_IMPORTED = re.compile(r"\b(?:from|import|require\()\s*['\"]?(@?\w[\w./-]*)")
_ENOUGH = 40
"""Calls of one name that are looked at: they show where its channel stands."""


class Slot(NamedTuple):
    """What a position of a call holds. ``kind`` is "" where the call does not tell."""

    role: Role
    broker: str
    kind: str


class Vocabulary:
    """The channel positions of one snapshot."""

    def __init__(self, index: FlowIndex) -> None:
        self._slots: dict[OpenCall, set[Slot]] = {}
        self._publishing: set[str] = set()
        seen: dict[str, int] = {}
        for site in index.flow_map.sites:
            called = index.code.called(site)
            if called and seen.get(called, 0) < _ENOUGH:
                seen[called] = seen.get(called, 0) + 1
                code = index.code.site(site)
                if code is not None and code.position:
                    self._add(OpenCall(called, code.position), Slot(site.role, site.broker, site.channel_kind))
                if site.role == "publish":
                    self._publishing.add(called)

    def _add(self, call: OpenCall, slot: Slot) -> None:
        self._slots.setdefault(call, set()).add(slot)

    def slots(self, call: OpenCall, models: Iterable[CompiledModel]) -> set[Slot]:
        """What an argument of a call can be a channel of; none for any other argument."""
        found = set(self._slots.get(call, ()))
        for model in models:
            found.update(slot for known, slot in _model_slots(model) if known == call)
        return found

    def publishes(self, call: OpenCall, models: Iterable[CompiledModel]) -> bool:
        """Whether a call of that name publishes."""
        return call.called in self._publishing or any(
            known.called == call.called and slot.role == "publish"
            for model in models
            for known, slot in _model_slots(model)
        )


def models_named(catalogue: Catalogue, text: str) -> list[CompiledModel]:
    """The models of the packages that a source text imports."""
    imported = {found[1] for found in _IMPORTED.finditer(text)}
    return [model for model in catalogue.models if any(map(model.has_package, imported))]


def _model_slots(model: CompiledModel) -> Iterator[tuple[OpenCall, Slot]]:
    entries: list[Publish | Subscribe] = [*model.model.publishes, *model.model.subscribes]
    for entry in entries:
        if not (entry.call or entry.decorator):
            continue
        called = model.pattern_of(entry).names[-1]
        role: Role = "publish" if isinstance(entry, Publish) else "subscribe"
        for text in entry.channel.name if called not in ("()", "*") else ():
            position = _position(parse_path(text))
            if position:
                yield OpenCall(called, position), Slot(role, *_broker_and_kind(model, entry))


def _broker_and_kind(model: CompiledModel, entry: Publish | Subscribe) -> tuple[str, str]:
    broker = entry.channel.broker or (entry.broker if isinstance(entry.broker, str) else None) or model.model.broker
    kind = entry.channel.kind or model.model.kind or DEFAULT_KIND.get(broker or "", "")
    return broker or "", kind


def _position(path: AccessPath) -> str:
    """An access path as a position in the text of a call; "" for what is no argument."""
    if (
        path.head == "position"
        or (path.head == "decorator" and path.key.isdigit())
        or path.head in ("keyword", "decorator")
    ):
        head = path.key
    else:
        return ""
    steps = [step for step in path.steps if step != EACH]
    return "" if any(step.startswith(("{", "<")) for step in steps) else ".".join([head, *steps])
