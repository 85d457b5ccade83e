"""The trace of a function: what happens in it and in what it calls, in order, with what protects, repeats or delays it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from eventlens import ir
from eventlens.behaviour.accessor_writes import field_set
from eventlens.behaviour.answered_requests import AnsweredRequests
from eventlens.behaviour.callees import Callees
from eventlens.behaviour.described_messages import Applications
from eventlens.behaviour.events import Context, Event, Trace
from eventlens.behaviour.opened_scopes import (
    entered,
)
from eventlens.behaviour.walking import MAX_DEPTH, OfCall, Walk
from eventlens.flow.callers import Callers
from eventlens.flow.matching import Matcher
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.variables import Variables

NEAR_DEPTH = 3
"""How many calls deep a look goes that must be short."""
_TRACED = frozenset(("effects", "acknowledgements", "transactions", "applications", "dispatches", "publishes"))


class Tracer:
    """Traces functions of one program. ``sites`` are the publish sites by the identity of their call; ``depth`` is how many calls
    deep it goes."""

    def __init__(
        self,
        matcher: Matcher,
        callers: Callers,
        sites: Mapping[int, Sequence[SiteNode]],
        variables: Variables,
        depth: int = MAX_DEPTH,
        answered: AnsweredRequests | None = None,
    ) -> None:
        self.matcher = matcher
        self.callers = callers
        self.sites = sites
        self.variables = variables
        self.depth = depth
        self.answered = answered
        self._known: dict[tuple[int, int], tuple[Event, ...]] = {}
        self._calls: dict[int, OfCall] = {}
        self.callees = Callees(matcher.evaluator, callers)
        self._applications: dict[int, Applications] = {}

    def forget_answers(self) -> None:
        """Let go of what can be worked out again."""
        self._known, self._calls, self._applications = {}, {}, {}
        self.callees.forget_answers()

    def applications(self, frame: Frame) -> Applications:
        """Which calls of a function send what others only describe."""
        known = self._applications.get(id(frame))
        if known is None:
            known = self._applications[id(frame)] = Applications(frame, self.sites)
        return known

    def of_call(self, node: ir.Call, frame: Frame) -> OfCall:
        """What a call is whoever gets there: worked out once, as traces come to it again and again."""
        known = self._calls.get(id(node))
        if known is None:
            left_out = self.callers.left_out
            matches = tuple(one for one in self.matcher.at_call(node, frame) if one.section in _TRACED)
            is_near = self.callers.left_out > left_out
            known = self._calls[id(node)] = OfCall(matches, self.sites.get(id(node), ()), field_set(node), is_near)
        return known

    def scopes_of(self, node: ir.With, frame: Frame) -> list[Context]:
        """What a ``with`` block opens."""
        values = [item.value for item in node.items if isinstance(item, ir.Assign | ir.Evaluate)]
        return [
            scope
            for value in values
            if value is not None
            for scope in entered(self.matcher, self.trace, value, node, frame)
        ]

    def trace(self, frame: Frame, receiver: ClassIndex | None = None) -> tuple[Event, ...]:
        """The events of a function, parameters left symbolic; ``receiver`` is the class of the object on which a method runs."""
        key = (id(frame), id(receiver))
        known = self._known.get(key)
        if known is None:
            self.matcher.evaluator.program.workspace.beat()
            walk = Walk(self, receiver)
            walk.function(frame)
            known = self._known[key] = Trace(walk.events, walk.is_near)
        return known

    def trace_body(
        self, frame: Frame, body: Iterable[ir.Statement], receiver: ClassIndex | None = None
    ) -> tuple[Event, ...]:
        """The events of some statements of a function (a poll loop's body)."""
        walk = Walk(self, receiver)
        walk.statements(body, frame)
        return Trace(walk.events, walk.is_near)
