"""One walk through a function and what it calls, in the order in which things happen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from eventlens import ir
from eventlens.behaviour import run_by_calls
from eventlens.behaviour.accessor_writes import FieldSet, adds_up
from eventlens.behaviour.events import CallStep, Context, Event, EventKind, Trace
from eventlens.behaviour.held_rows import HeldRows
from eventlens.behaviour.library_effects import done_by
from eventlens.behaviour.opened_scopes import (
    callback_context,
    decorator_scopes,
    entered,
    made_later_in,
    runs_after_commit,
)
from eventlens.flow.call_chains import Caller, further_environment
from eventlens.flow.decided_choices import held
from eventlens.flow.denotations import Denotation, Environment, FunctionRef, Instance
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.site_node import SiteNode
from eventlens.knowledge.schema import Effect

if TYPE_CHECKING:
    from eventlens.behaviour.trace import Tracer


MAX_DEPTH = 8
"""How many calls deep a walk goes at most."""
MAX_EVENTS = 4000
"""With more events a walk ends where it is."""
_STILL = frozenset((ir.Name, ir.Literal, ir.This, ir.Super, ir.Lambda, ir.ClassValue))
"""Values in which nothing happens where they stand."""


def is_cut(events: Sequence[Event]) -> bool:
    """Whether a trace ends before what it traces does."""
    return len(events) > MAX_EVENTS or (isinstance(events, Trace) and events.is_near)


class OfCall(NamedTuple):
    """What a call is by itself: a library's, a publish site's, a setter's."""

    matches: tuple[LibraryMatch, ...]
    sites: Sequence[SiteNode]
    setter: FieldSet | None
    is_near: bool
    """Whether callers far away could say what else it is."""


class _Begun(NamedTuple):
    """A publish by a wrapper's call, which happens when the walk comes to the library's call inside."""

    site: SiteNode
    node: ir.Call
    frame: Frame
    usage: tuple[str, ...]
    around: tuple[tuple[Context, ...], tuple[CallStep, ...], Environment]
    """The contexts, the chain of calls and the environment where it began."""


class Walk:
    """One walk through a function and what it calls."""

    def __init__(self, tracer: Tracer, receiver: ClassIndex | None) -> None:
        self.tracer = tracer
        self.receiver = receiver
        """The class of ``this``, while methods of the traced object call each other; None where it is not known."""
        self.evaluator = tracer.matcher.evaluator
        self.events: list[Event] = []
        self.contexts: tuple[Context, ...] = ()
        self.chain: tuple[CallStep, ...] = ()
        self.environment: Environment = ()
        self.stack: list[Frame] = []
        self.in_publish = 0
        self.begun: list[_Begun] = []
        self.rows = HeldRows(self.events)
        self.is_near = False
        """Whether it went less deep into a call than a walk may, or did not ask far away what a call is."""

    # ---------------------------------------------------------------------------------------------------- functions

    def function(self, frame: Frame) -> None:
        """Walk a function's body; a transaction that its decorators open is a context of all of it."""
        function = frame.function
        if function is None:
            self.statements(frame.module.module.body, frame)
            return
        self.stack.append(frame)
        scopes = decorator_scopes(self.tracer.matcher, self._traced, frame, self._is_called_by_own_object(frame))
        before, self.contexts = self.contexts, (*self.contexts, *scopes)
        self.statements(function.body or (), frame)
        self.contexts = before
        self.stack.pop()

    def _is_called_by_own_object(self, frame: Frame) -> bool:
        """Whether the function that is walked was called on the object whose method calls it."""
        callee = self.chain[-1].call.callee if self.chain and self.chain[-1].callee is frame else None
        return isinstance(callee, ir.Member) and isinstance(callee.object, ir.This | ir.Super)

    # --------------------------------------------------------------------------------------------------- statements

    def statements(self, body: Iterable[ir.Statement], frame: Frame) -> None:
        for statement in body:
            if len(self.events) > MAX_EVENTS:
                return
            if not isinstance(statement, ir.Branch):
                self.statement(statement, frame)
            elif self._branch(statement, frame):
                return

    def _branch(self, node: ir.Branch, frame: Frame) -> bool:
        """Whether the call that led here decides for an arm that ends the function; an arm that it decides against is left out."""
        self.value(node.condition, frame, ("condition",))
        holds = held(self.evaluator, node.condition, frame, self.environment) if self.chain else None
        if holds is not False:
            self._inside(Context("then", node, frame), node.then)
        if holds is not True:
            self._inside(Context("orelse", node, frame), node.orelse)
        taken = () if holds is None else node.then if holds else node.orelse
        return bool(taken) and isinstance(taken[-1], ir.Return | ir.Throw)

    def _inside(self, context: Context, body: Iterable[ir.Statement]) -> None:
        before, self.contexts = self.contexts, (*self.contexts, context)
        self.statements(body, context.frame)
        self.contexts = before

    def statement(self, node: ir.Statement, frame: Frame) -> None:
        if isinstance(node, ir.Evaluate):
            self.value(node.value, frame, ("dropped",))
        elif isinstance(node, ir.Assign):
            self._assign(node, frame)
        elif isinstance(node, ir.Return):
            if node.value is not None:
                self.value(node.value, frame, ("returned",))
            self.emit("return", node, frame)
        elif isinstance(node, ir.Throw):
            if node.value is not None:
                self.value(node.value, frame, ("thrown",))
            self.emit("throw", node, frame)
        elif isinstance(node, ir.Jump):
            self.emit("jump", node, frame)
        elif isinstance(node, ir.Loop):
            self._loop(node, frame)
        elif isinstance(node, ir.Try):
            self._try(node, frame)
        elif isinstance(node, ir.With):
            self._with(node, frame)
        elif isinstance(node, ir.Block):
            self.statements(node.body, frame)

    def _assign(self, node: ir.Assign, frame: Frame) -> None:
        if node.value is None:
            return
        target = node.target
        name = target.name if isinstance(target, ir.Name | ir.Member) else "pattern"
        before = len(self.events)
        self.value(node.value, frame, (f"assigned:{name}",))
        if isinstance(target, ir.Name):
            self.rows.named(target.name, frame, before)
        elif isinstance(target, ir.Member) and isinstance(target.object, ir.Name):
            self._change(node, target, frame)

    def _set_on_row(self, one: FieldSet, node: ir.Call, frame: Frame) -> None:
        """A setter called on a row that a unit of work holds; it writes at the end of a transaction, where there is one."""
        row = self.rows.of(one.owner, frame)
        if row is not None and any(context.kind == "transaction" for context in self.contexts):
            kind = "increment" if adds_up(one, frame) else "update"
            self.emit("effect", node, frame, usage=("dropped",), match=row.match, place=row.place, effect=kind)

    def _change(self, node: ir.Assign, target: ir.Member, frame: Frame) -> None:
        assert isinstance(target.object, ir.Name)
        row = self.rows.of(target.object.name, frame)
        if row is not None:
            kind = "increment" if node.operator in ("+", "-", "*", "/") else "update"
            self.emit("effect", node, frame, usage=("dropped",), match=row.match, place=row.place, effect=kind)

    def _loop(self, node: ir.Loop, frame: Frame) -> None:
        self.statements(node.init, frame)
        if node.source is not None and node.kind == "each":
            first = len(self.events)
            self.value(node.source, frame, ("iterated",))
            self.rows.named_each(node, frame, first)
        before, self.contexts = self.contexts, (*self.contexts, Context("loop", node, frame))
        if node.source is not None and node.kind != "each":
            self.value(node.source, frame, ("condition",))
        self.statements(node.body, frame)
        self.statements(node.step, frame)
        self.contexts = before
        self.statements(node.orelse, frame)

    def _try(self, node: ir.Try, frame: Frame) -> None:
        self._inside(Context("try", node, frame), node.body)
        self.statements(node.orelse, frame)
        for catch in node.catches:
            self._inside(Context("catch", catch, frame, outer=node), catch.body)
        self._inside(Context("finally", node, frame), node.final)

    def _with(self, node: ir.With, frame: Frame) -> None:
        before = self.contexts
        for item in node.items:
            value = item.value if isinstance(item, ir.Assign | ir.Evaluate) else None
            if value is None:
                continue
            self.value(value, frame, ("entered",))
            self.contexts = (*self.contexts, *entered(self.tracer.matcher, self._traced, value, node, frame))
        self.statements(node.body, frame)
        self.contexts = before

    def _traced(self, inner: Frame) -> tuple[Event, ...]:
        """The events of another function; none of one that is being walked."""
        return () if inner in self.stack else self.tracer.trace(inner)

    # ------------------------------------------------------------------------------------------------------- values

    def value(self, node: ir.Value, frame: Frame, usage: tuple[str, ...]) -> None:
        """Walk a value in order of evaluation; ``usage`` says what becomes of it."""
        if type(node) in _STILL:
            return
        if isinstance(node, ir.Call):
            self._call(node, frame, usage)
        elif isinstance(node, ir.Await):
            self.value(node.value, frame, ("awaited", *usage))
        elif isinstance(node, ir.Member):
            self.value(node.object, frame, ("read", *usage))
        elif isinstance(node, ir.Choice):
            if node.condition is not None:
                self.value(node.condition, frame, ("condition",))
            for option in node.options:
                self.value(option, frame, usage)
        elif isinstance(node, ir.Sequence):
            for item in node.items:
                self.value(item, frame, usage)
        elif isinstance(node, ir.Spread):
            self.value(node.value, frame, usage)
        elif isinstance(node, ir.Object):
            for field in node.fields:
                self.value(field.value, frame, ("field",))
        elif isinstance(node, ir.Index):
            self.value(node.object, frame, ("read", *usage))
            self.value(node.key, frame, ("read",))
        elif isinstance(node, ir.Operation):
            inner = (
                ("condition",)
                if node.operator in ("not", "==", "!=", "and", "or") or usage[:1] == ("condition",)
                else ("operand",)
            )
            for operand in node.operands[:-1] if node.operator == "and" else node.operands:
                self.value(operand, frame, inner)
            if node.operator == "and":
                self.value(node.operands[-1], frame, usage)
        elif isinstance(node, ir.Template):
            for part in node.parts:
                self.value(part, frame, ("operand",))
        elif isinstance(node, ir.Comprehension):
            self.value(node.source, frame, ("iterated",))
            before, self.contexts = self.contexts, (*self.contexts, Context("loop", node, frame))
            self.value(node.element, frame, usage)
            self.contexts = before
        elif isinstance(node, ir.AssignValue):
            name = node.target.name if isinstance(node.target, ir.Name) else "pattern"
            self.value(node.value, frame, (f"assigned:{name}", *usage))
        elif isinstance(node, ir.Spawn):
            before, self.contexts = self.contexts, (*self.contexts, Context("deferred", node, frame, usage=usage))
            self.value(node.value, frame, ("dropped",))
            self.contexts = before
        elif isinstance(node, ir.Send):
            sent = frame.module.sent_by.get(id(node))
            if sent is not None:
                self._call(sent, frame, usage)
            else:
                self.value(node.value, frame, ("operand",))
        elif isinstance(node, ir.Receive):
            self.value(node.channel, frame, ("iterated",))
        elif isinstance(node, ir.Yield):
            if node.value is not None:
                self.value(node.value, frame, ("yielded",))
        elif isinstance(node, ir.Unknown):
            for part in node.parts:
                self.value(part, frame, ("operand",))

    def _call(self, node: ir.Call, frame: Frame, usage: tuple[str, ...]) -> None:
        callee = node.callee
        name = callee.name if isinstance(callee, ir.Member | ir.Name) else ""
        if isinstance(callee, ir.Member):
            if type(callee.object) not in _STILL:
                self.value(callee.object, frame, (f"chained:{name}", *usage))
        elif isinstance(callee, ir.Call):
            self._call(callee, frame, ("called", *usage))
        matches, sites, setter, is_near = self.tracer.of_call(node, frame)
        self.is_near = self.is_near or is_near
        before = self.contexts
        if matches and (hook := next(filter(runs_after_commit, matches), None)) is not None:
            self.contexts = (*before, callback_context(name, node, frame, None, hook, usage))
        for argument in node.args:
            if type(argument.value) not in _STILL:
                self.value(argument.value, frame, (f"argument:{name}", *usage))
        self.contexts = before
        publishes = sites if not self.in_publish else ()
        applications = self.tracer.applications(frame)
        if not applications.senders_of(node):
            self._publishes([site for site in publishes if not site.chain], node, frame, usage)
            around = (self.contexts, self.chain, self.environment)
            self.begun += [_Begun(site, node, frame, usage, around) for site in publishes if site.chain]
        for described in applications.sent_by(node) if not self.in_publish else ():
            self._publishes(self.tracer.sites.get(id(described), ()), described, frame, usage)
        for match in matches:
            if match.section != "publishes":
                self._library(match, node, frame, usage)
            elif not publishes:
                if self.in_publish:
                    self._reached(node)
                self.emit(
                    "sent" if self.in_publish else "send",
                    node,
                    frame,
                    usage=usage,
                    match=match,
                    place=replace(match.place, environment=self.environment),
                )
        if setter is not None:
            self._set_on_row(setter, node, frame)
        run_by_calls.enter_functions(self, node, frame, matches, bool(publishes), usage)
        if publishes and self.begun:
            self._reached(None)
        run_by_calls.enter_handlers(self, node, frame, matches, publishes, usage)

    def _reached(self, call: ir.Call | None) -> None:
        """The wrappers' publishes that a library's call makes, seen from where they began; all of them for None."""
        begun, self.begun = self.begun, []
        before = (self.contexts, self.chain, self.environment)
        for one in begun:
            if call is None or one.site.match.place.call is call:
                self.contexts, self.chain, self.environment = one.around
                self._publishes((one.site,), one.node, one.frame, one.usage)
            else:
                self.begun.append(one)
        self.contexts, self.chain, self.environment = before

    def _publishes(self, sites: Sequence[SiteNode], node: ir.Call, frame: Frame, usage: tuple[str, ...]) -> None:
        for site in sites:
            self.emit(
                "publish",
                node,
                frame,
                usage=usage,
                match=site.match,
                site=site,
                place=replace(site.place, environment=(*site.place.environment, *self.environment)),
            )

    def _library(self, match: LibraryMatch, node: ir.Call, frame: Frame, usage: tuple[str, ...]) -> None:
        place = replace(match.place, environment=self.environment)
        done = done_by(match, place, self.tracer.variables)
        if done is not None:
            self.emit(done.kind, node, frame, usage=usage, match=match, place=place, effect=done.effect, sql=done.sql)

    # -------------------------------------------------------------------------------------------------- entering calls

    def function_in(self, context: Context, inner: Frame) -> None:
        """Walk a function that is run in a context, as code that is given to a call is."""
        if inner in self.stack or len(self.stack) >= MAX_DEPTH + 6:
            return
        before, self.contexts = self.contexts, (*self.contexts, context)
        self.function(inner)
        self.contexts = before

    def step(
        self, node: ir.Call, frame: Frame, callee: FunctionRef, context: Context | None, usage: tuple[str, ...]
    ) -> None:
        """Walk a function that a call runs, with what the call gives for its parameters."""
        target = callee.frame
        if target in self.stack or target.function is None or target.function.body is None:
            return
        if len(self.chain) >= self.tracer.depth:
            self.is_near = self.is_near or self.tracer.depth < MAX_DEPTH
            return
        self.emit("call", node, frame, callee=target, usage=usage)
        before = (self.contexts, self.chain, self.environment, self.receiver)
        if not (isinstance(node.callee, ir.Member) and isinstance(node.callee.object, ir.This | ir.Super)):
            self.receiver = _class_made(callee.receiver)
        if context is not None:
            self.contexts = (*self.contexts, context)
        self.chain = (*self.chain, CallStep(node, frame, target))
        self.environment = further_environment(self.environment, Caller(frame, node, callee), self.evaluator)
        self.function(target)
        self.contexts, self.chain, self.environment, self.receiver = before

    # --------------------------------------------------------------------------------------------------------- emit

    def emit(
        self, kind: EventKind, node: ir.Node, frame: Frame, match: LibraryMatch | None = None, **more: object
    ) -> None:
        is_handed_over = match is not None and match.handed_over is not None
        around = (*self.contexts, *made_later_in(match)) if is_handed_over else self.contexts
        event = Event(kind, node, frame, len(self.events), around, self.chain, match=match, **more)  # type: ignore[arg-type]
        if event.match is not None and isinstance(event.match.entry, Effect) and event.match.entry.tracked:
            self.rows.handed_out(len(self.events))
        self.events.append(event)


def _class_made(receiver: Denotation | None) -> ClassIndex | None:
    """The class of an object that the code makes itself: its own methods run where those of its bases call theirs."""
    return receiver.index if isinstance(receiver, Instance) and receiver.call is not None else None
