"""Messages that a call only describes: they are sent where what it gives is applied.

``task = send_mail.s(order.id)`` sends nothing; ``task.apply_async()``, or a chain, group or callback that it becomes part of, does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from eventlens import ir
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import COLLECTING, mentions, names_bound, names_made_of, statements_in, values_in
from eventlens.knowledge.schema import Publish

_CALLED = "()"
"""As a way of applying: what a call gives is called (``chord(tasks)(callback.s())``)."""


class Applications:
    """Of one function: which described messages each of its calls sends."""

    def __init__(self, frame: Frame, sites: Mapping[int, Sequence[SiteNode]]) -> None:
        self._sent_by: dict[int, list[ir.Call]] = defaultdict(list)
        self._senders: dict[int, list[ir.Call]] = defaultdict(list)
        for call in frame.calls:
            ways = {way for site in sites.get(id(call), ()) for way in _ways(site)}
            for applying in _applying(frame, call, ways) if ways else ():
                self._sent_by[id(applying)].append(call)
                self._senders[id(call)].append(applying)

    def sent_by(self, call: ir.Call) -> Sequence[ir.Call]:
        """The calls that described what ``call`` sends."""
        return self._sent_by.get(id(call), ())

    def senders_of(self, call: ir.Call) -> Sequence[ir.Call]:
        """The calls of the same function that send what ``call`` describes; none where it sends by itself, or another function does."""
        return self._senders.get(id(call), ())


def _ways(site: SiteNode) -> Sequence[str]:
    entry = site.match.entry
    return entry.applied_by if isinstance(entry, Publish) else ()


def _applying(frame: Frame, described: ir.Call, ways: set[str]) -> Iterator[ir.Call]:
    names = _names_of(frame, described)
    for call in frame.calls:
        way = _CALLED if isinstance(call.callee, ir.Call) else last_name(call.callee)
        if call is described or way not in ways:
            continue
        is_around = call.start <= described.start and described.end <= call.end
        if is_around or (call.start > described.end and names and mentions(call, names)):
            yield call


def _names_of(frame: Frame, described: ir.Call) -> set[str]:
    """The names that hold what a call describes, alone or as a part of something."""
    body = frame.function.body if frame.function is not None else frame.module.module.body
    held: set[str] = set()
    for statement in statements_in(body or ()):
        value = statement.value if isinstance(statement, ir.Assign | ir.Evaluate) else None
        if value is None or not any(inner is described for inner in values_in(value)):
            continue
        if isinstance(statement, ir.Assign):
            held |= names_bound(statement.target)
        elif isinstance(value, ir.Call) and isinstance(value.callee, ir.Member) and value.callee.name in COLLECTING:
            held |= names_bound(value.callee.object)
    return names_made_of(body or (), held) if held else held
