"""What a rule is given: the flow graph, traces of handlers and operations, delivery policies, and a way to report."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from eventlens import ir
from eventlens.behaviour.answered_requests import AnsweredRequests
from eventlens.behaviour.events import Event
from eventlens.behaviour.other_handlers import without_other_handlers
from eventlens.behaviour.own_service import seen_from
from eventlens.behaviour.policies import ConsumerPolicy, broker_definitions, consumer_policy
from eventlens.behaviour.surroundings import Surroundings
from eventlens.behaviour.trace import NEAR_DEPTH, Tracer
from eventlens.behaviour.walking import MAX_DEPTH, is_cut
from eventlens.checks.earlier import Earlier
from eventlens.config.rabbitmq_definitions import Definitions
from eventlens.config.secrets import masked_code
from eventlens.config.settings import Settings
from eventlens.flow import class_hierarchy
from eventlens.flow.denotations import (
    Denotation,
    Instance,
    Receiver,
)
from eventlens.flow.graph import FlowGraph
from eventlens.flow.handler_found import HandlerFound
from eventlens.flow.model import Confidence, Finding, FlowMap, Severity, Site, Step
from eventlens.flow.records import lasting_name, stable_id
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import loops_of


class Evidence(NamedTuple):
    """One related location of a finding: a node in a scope and a sentence fragment in lower case."""

    frame: Frame
    node: ir.Node
    message: str


class Subject(NamedTuple):
    """What a finding was reported about: the site, or a node in a scope; with its evidence."""

    at: SiteNode | None
    frame: Frame | None
    node: ir.Node | None
    related: tuple[Evidence, ...]


class Consumer(NamedTuple):
    """A subscription with its policy and the trace of its handler."""

    node: SiteNode
    site: Site
    policy: ConsumerPolicy
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Rule:
    """A rule: its id, severity, one-line remedy, and the function that finds."""

    id: str
    severity: Severity
    remedy: str
    run: Callable[[CheckContext], Iterable[Finding]]
    needs_all_sites: bool = False
    """Whether the verdict on one site hangs on sites anywhere in the workspace: it is not renewed while somebody types."""
    waits: bool = False
    """Whether, of those, it is run with the whole workspace alone: it looks at more than the findings of other files should wait for."""
    needs_setup: bool = False
    """Whether the verdict hangs on how a consumer and its broker are set up, which may be written in any file."""
    sums_up: bool = False
    """Whether one finding may stand for several sites, so that they have to be looked at together."""


class CheckContext:
    """Everything that rules ask for, computed once and shared."""

    def __init__(
        self,
        graph: FlowGraph,
        settings: Settings,
        edited: frozenset[str] | None = None,
        before: CheckContext | None = None,
        is_wide: bool = False,
        others: tuple[FlowMap, ...] = (),
        left_alone: frozenset[int] = frozenset(),
        earlier: Earlier | None = None,
    ) -> None:
        """``edited``: only the sites that stand in these files, or whose handlers do, are checked; None: all.

        ``before`` is what was known before these files, and nothing else, were edited. ``is_wide``: rules that need all sites and do not wait are run, too.
        ``left_alone``: sites, by the identity of their nodes, that no rule need look at.
        """
        self.graph = graph
        self.others = others
        """The maps of other repositories."""
        self.earlier = earlier
        """The version to compare with, where it is known."""
        self.settings = settings
        self.edited = edited
        self.before = before
        self._is_wide = is_wide
        self.is_near = edited is not None and not is_wide
        """Whether somebody waits for what is found in a few files, so that calls are followed less far."""
        checked = graph.nodes if graph.renewed is None else graph.renewed
        self._left_alone = left_alone
        self._checked = [pair for pair in checked if id(pair[0]) not in left_alone] if left_alone else checked
        sites = {id(node): site for node, site in checked}
        publishes: dict[int, list[SiteNode]] = {}
        for node, site in checked:
            if site.role == "publish":
                publishes.setdefault(id(node.node), []).append(node)
        if before is not None and edited is not None:
            for node, _ in before.graph.standing_in(edited):
                publishes.setdefault(id(node.node), [])  # what stood there is what was found now, or nothing
        self.site_of: ChainMap[int, Site] = ChainMap(sites, *(before.site_of.maps if before is not None else ()))
        """The record of a site node, by the node's identity."""
        self.publishes: ChainMap[int, list[SiteNode]] = ChainMap(
            publishes, *(before.publishes.maps if before is not None else ())
        )
        """The publishing sites by the identity of their calls."""
        graph.callers.near = edited if self.is_near else None
        depth = NEAR_DEPTH if self.is_near else MAX_DEPTH
        answered = AnsweredRequests((node for node, _ in graph.nodes), graph.matcher.service_of)
        variables = graph.channels.variables
        self.tracer = Tracer(graph.matcher, graph.callers, self.publishes, variables, depth, answered)
        self.surroundings = Surroundings(graph, self.tracer)
        self.subjects: dict[str, Subject] = {}
        """What each finding was reported about, by the finding's id."""
        self.shared: dict[str, Any] = {}
        """What one rule has worked out and another asks for again, by name."""
        self._consumers: list[Consumer] | None = None
        self._placed: dict[tuple[str, str, str], list[int]] = {}
        self._deliveries: dict[int, tuple[Event, ...]] = {}
        self._by_loop: dict[int, set[int]] | None = None
        self._cut: set[int] = set()
        """The subscriptions of whose handling not all is known, by the identity of their nodes."""

    # -------------------------------------------------------------------------------------------------------- views

    def sites(self, role: str) -> Iterator[tuple[SiteNode, Site]]:
        """Main sites of a role that are certain, in-process channels left out."""
        for node, site in self._checked:
            self.beat()
            if site.role == role and site.source_set == "main" and site.broker != "in-process":
                yield node, site

    def wants(self, rule: Rule) -> bool:
        """Whether a rule is to be run."""
        if rule.sums_up and self._left_alone:
            return False
        return self.edited is None or not rule.needs_all_sites or (self._is_wide and not rule.waits)

    def is_renewed(self, path: str) -> bool:
        """Whether a file is looked at anew, rather than taken as it was before."""
        return self.edited is None or path in self.edited

    def leaving_nothing_alone(self) -> CheckContext:
        """The same, for who asks of a site that no rule looked at."""
        if not self._left_alone:
            return self
        return CheckContext(self.graph, self.settings, self.edited, self.before, self._is_wide, self.others)

    def over_all(self) -> CheckContext:
        """The same, for a rule that has to look at every site: what was not edited is as it was before."""
        if self.before is None:
            return self
        view = copy(self)
        view._checked = self.graph.nodes
        known = {id(one.node): one for one in (*self.before.consumers(), *self.consumers())}
        view._consumers = [known[id(node)] for node, _ in view.sites("subscribe") if id(node) in known]
        return view

    def consumers(self) -> list[Consumer]:
        """Every main subscription with its policy and its handler's trace (empty where the handler is not known)."""
        if self._consumers is None:
            self._consumers = [self._consumer(node, site) for node, site in self.sites("subscribe")]
        return self._consumers

    def _consumer(self, node: SiteNode, site: Site) -> Consumer:
        self.beat()
        return Consumer(node, site, consumer_policy(self.graph, node, self.definitions), self.handler_events(node))

    def forget_answers(self) -> None:
        """Let go of what can be worked out again: whoever asks further is answered a little later, and less memory is held meanwhile."""
        self.graph.evaluator.forget_answers()
        self.graph.callers.forget_answers()
        self.tracer.forget_answers()

    def beat(self) -> None:
        """Let who waits look in amid long work."""
        self.graph.program.workspace.beat()

    @cached_property
    def definitions(self) -> tuple[Definitions, ...]:
        """The broker's definitions that lie in the workspace."""
        if self.before is not None:
            return self.before.definitions
        return broker_definitions(self.graph.program.workspace)

    def handler_events(self, node: SiteNode) -> tuple[Event, ...]:
        """What happens for one message: the handler's trace; for a loop that itself processes, the loop body's."""
        handler = node.handler
        if handler.frame is None:
            return ()
        own = self._class_that_subscribes(node)
        if handler.loop is not None and handler.frame is handler.loop_frame:
            return self._own(node, self.tracer.trace_body(handler.frame, handler.loop.body, own))
        return self._own(node, self.tracer.trace(handler.frame, own))

    def _class_that_subscribes(self, node: SiteNode) -> ClassIndex | None:
        """The class of the object whose base class handles its messages, where a method of the object itself subscribes through it."""
        base, own = node.handler.frame.cls if node.handler.frame is not None else None, node.frame.cls
        if (
            base is None
            or own is None
            or own is base
            or not any(_is_of(one.callee.receiver, own) for one in node.chain)
        ):
            return None
        return own if base in class_hierarchy.bases(self.graph.evaluator, own) else None

    def _own(self, node: SiteNode, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """The events that happen in the service of a site."""
        if is_cut(events):
            self._cut.add(id(node))
        service_of = self.graph.matcher.service_of
        return seen_from(service_of(node.frame.module.path), events, service_of)

    def loop_events(self, node: SiteNode) -> tuple[Event, ...]:
        """For a poll loop, what its whole body does (acknowledgements and catches around the handler included); else ().

        A loop over a batch belongs to the loop that fetches batches."""
        handler = node.handler
        if handler.loop is None or handler.loop_frame is None:
            return ()
        loop = handler.loop
        around = next(
            (one for one in loops_of(handler.loop_frame) if one.start < loop.start and loop.end <= one.end), loop
        )
        own = self._object_of(handler) or self._class_that_subscribes(node)
        return self._own(node, self.tracer.trace_body(handler.loop_frame, around.body, own))

    def delivery_events(self, node: SiteNode) -> tuple[Event, ...]:
        """What happens from taking a message to being done with it: a poll loop's whole turn where there is one, else the handler."""
        known = self._deliveries.get(id(node))
        if known is None:
            handler = node.handler
            if handler.loop_frame is not None and handler.loop is None:
                known = self._own(node, self.tracer.trace(handler.loop_frame, self._object_of(handler)))
            else:
                known = self.loop_events(node) or self.handler_events(node)
            known = self._deliveries[id(node)] = without_other_handlers(
                known, handler.frame, self._handlers_beside(node)
            )
        return known

    def _handlers_beside(self, node: SiteNode) -> frozenset[int]:
        """The handlers, by their identity, of the other subscriptions whose messages the same code takes."""
        if self._by_loop is None:
            self._by_loop = {}
            for other, site in self.graph.nodes:
                if (
                    site.role == "subscribe"
                    and other.handler.frame is not None
                    and other.handler.loop_frame is not None
                ):
                    self._by_loop.setdefault(id(other.handler.loop_frame), set()).add(id(other.handler.frame))
        handler = node.handler
        return frozenset(self._by_loop.get(id(handler.loop_frame), ())) - {id(handler.frame)}

    def is_cut(self, node: SiteNode) -> bool:
        """Whether so much happens for one message that it was not followed to its end."""
        self.delivery_events(node)
        return id(node) in self._cut

    def _object_of(self, handler: HandlerFound) -> ClassIndex | None:
        """The class of the object that polls, where the handler is a method of the same object (a subclass of the polling one)."""
        own, polling = (
            (handler.frame.cls if handler.frame is not None else None),
            (handler.loop_frame.cls if handler.loop_frame is not None else None),
        )
        if own is None or polling is None or own is polling:
            return None
        return own if polling in class_hierarchy.bases(self.graph.evaluator, own) else None

    # ---------------------------------------------------------------------------------------------------- reporting

    def finding(
        self,
        rule: Rule,
        message: str,
        *,
        at: SiteNode | None = None,
        frame: Frame | None = None,
        node: ir.Node | None = None,
        related: Iterable[Evidence] = (),
        severity: Severity | None = None,
        confidence: Confidence = "certain",
    ) -> Finding:
        """A finding at a site, or at ``node`` in ``frame``. A likely one is information at most."""
        self.beat()
        site = self.site_of.get(id(at)) if at is not None else None
        if frame is not None and node is not None:
            span = self.graph.places.span(frame.module, *_shown(node))
            owner = lasting_name(frame.name)
        else:
            assert at is not None
            span = self.graph.recorder.span(at)
            owner = lasting_name(at.frame.name)
        level = severity or rule.severity
        if confidence == "likely" or (site is not None and site.confidence == "likely"):
            confidence, level = "likely", "info" if level in ("error", "warning") else level
        evidence = tuple(related)
        identity = stable_id(rule.id, span.file, owner, site.id if site is not None else message, *self._ordinal((rule.id, span.file, owner), node))  # fmt: skip
        self.subjects[identity] = Subject(at, frame, node, evidence)
        return Finding(
            id=identity, rule=rule.id, severity=level, file=span.file, line=span.line, column=span.column, end_line=span.end_line, end_column=span.end_column,
            message=masked_code(message), site=site.id if site is not None else None, confidence=confidence,
            related=[self.step(one) for one in evidence], suppressed=False, remedy=rule.remedy,
        )  # fmt: skip

    def _ordinal(self, key: tuple[str, str, str], node: ir.Node | None) -> tuple[str, ...]:
        """Tells several findings of one rule in one function apart, in the order in which they are reported; the first needs nothing."""
        if node is None:
            return ()
        known = self._placed.setdefault(key, [])
        if id(node) not in known:
            known.append(id(node))
        at = known.index(id(node))
        return (str(at),) if at else ()

    def is_forgotten(self, event: Event) -> bool:
        """Whether an event is a publish to a broker that keeps nothing for who is not there."""
        site = self.site_of.get(id(event.site)) if event.kind == "publish" and event.site is not None else None
        return site is not None and severity_of_loss(site) is not None

    def step(self, evidence: Evidence) -> Step:
        """A related location as a record."""
        start, _ = _shown(evidence.node)
        return self.graph.places.step(evidence.frame.module.path, start, evidence.message)


def _is_of(receiver: Denotation | None, index: ClassIndex) -> bool:
    return isinstance(receiver, Receiver | Instance) and receiver.index is index


_MAX_EXPRESSION = 60
"""How long an expression may be that stands for a channel in a sentence."""


def written_channel(site: Site) -> str:
    """A site's channel for a sentence: its name, what a name that is all open stands for, else the expression where that is short
    enough to be read, else ""."""
    expression = site.channel_expression
    if site.channel == "*" and site.channel_template:
        return site.channel_template
    return site.channel or (expression if len(expression) <= _MAX_EXPRESSION and "\n" not in expression else "")


def channel_text(site: Site) -> str:
    """How a message names a site's channel: by its name, else as the code writes it."""
    return written_channel(site) or "a channel whose name is not known"


_FORGETTING = frozenset(("redis-pubsub", "postgres-notify"))


def severity_of_loss(site: Site) -> Severity | None:
    """How bad it is that a message may not be sent: worth knowing only where the broker keeps none for who is not there, else the rule's severity."""
    return "info" if site.broker in _FORGETTING else None


def event_evidence(event: Event, message: str) -> Evidence:
    """An event as a related location."""
    return Evidence(event.frame, event.node, message)


def _shown(node: ir.Node) -> tuple[int, int]:
    """The bytes that are underlined for a node: a call's callee, a function's name, else all of it."""
    if isinstance(node, ir.Call):
        callee = node.callee
        return (
            (callee.name_start or callee.start, callee.end)
            if isinstance(callee, ir.Member)
            else (callee.start, callee.end)
        )
    if isinstance(node, ir.Function) and node.name_end:
        return node.name_start, node.name_end
    return node.start, node.end
