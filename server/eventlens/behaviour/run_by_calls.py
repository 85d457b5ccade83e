"""What a call runs: functions that it is given, what it calls itself, and the handlers that a library runs before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from eventlens import ir
from eventlens.behaviour.events import Context, ContextKind
from eventlens.behaviour.methods_of_rows import methods_of_row
from eventlens.behaviour.opened_scopes import (
    callback_context,
    is_scope_of_argument,
    runs_after_commit,
    runs_with_elements,
)
from eventlens.flow import lists
from eventlens.flow.denotations import ClassRef, Denotation, FunctionRef, Instance
from eventlens.flow.dispatched import handlers_of
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode

if TYPE_CHECKING:
    from eventlens.behaviour.walking import Walk

_OBSERVING = frozenset(("tap", "subscribe"))
"""Calls whose argument may be an object of callbacks."""


def enter_functions(
    walk: Walk, node: ir.Call, frame: Frame, matches: Sequence[LibraryMatch], published: bool, usage: tuple[str, ...]
) -> None:
    """Enter the functions that a call is given and runs, then what it calls; ``published``: the call is a publish site's."""
    scope = next((m for m in matches if is_scope_of_argument(m)), None) if matches else None
    name = node.callee.name if isinstance(node.callee, ir.Member | ir.Name) else ""
    application = (
        next((m for m in matches if m.section == "applications" or runs_after_commit(m)), None) if matches else None
    )
    for argument in node.args:
        if isinstance(argument.value, ir.Lambda):
            inner = frame.module.frame_for(argument.value.function)
            walk.function_in(callback_context(name, node, frame, scope, application, usage), inner)
        elif name in _OBSERVING and isinstance(argument.value, ir.Object):
            _observer(walk, argument.value, node, frame, usage)
        elif scope is not None or application is not None:
            for meaning in walk.evaluator.evaluate(argument.value, frame):
                if isinstance(meaning, FunctionRef):
                    around = callback_context(name, node, frame, scope, application, usage)
                    walk.step(node, frame, meaning, around, usage)
        elif runs_with_elements(name) and isinstance(argument.value, ir.Member | ir.Name):
            _named_callback(walk, argument.value, node, frame, usage)
    if scope is not None and any(isinstance(a.value, ir.Sequence) for a in node.args):
        _batch(walk, node, frame, scope)
    walk.in_publish += published
    for meaning in _run_by(walk, node, frame, matches):
        if isinstance(meaning, FunctionRef):
            walk.step(node, frame, meaning, None, usage)
        elif isinstance(meaning, ClassRef) and meaning.index.constructor is not None:
            made = FunctionRef(meaning.index.constructor, Instance(meaning.index, node, frame))
            walk.step(node, frame, made, None, usage)
    walk.in_publish -= published


def _run_by(walk: Walk, node: ir.Call, frame: Frame, matches: Sequence[LibraryMatch]) -> Sequence[Denotation]:
    """The functions and classes that a call runs: those of a row that was read where nothing else says whose method it is."""
    found = walk.tracer.callees.of(node, frame, walk.receiver, walk.environment)
    if found or matches:
        return found
    return tuple(methods_of_row(node, frame, walk.evaluator, lambda call, at: walk.tracer.of_call(call, at).matches))


def _named_callback(walk: Walk, given: ir.Value, node: ir.Call, frame: Frame, usage: tuple[str, ...]) -> None:
    """A function that is handed over by its name (``rows.forEach(this::send)``) runs with the elements."""
    callee = node.callee
    if not isinstance(callee, ir.Member) or given is not node.args[0].value:
        return
    around = callback_context(callee.name, node, frame, None, None, usage)
    for meaning in walk.evaluator.evaluate(given, frame):
        if isinstance(meaning, FunctionRef) and meaning.frame.function is not None:
            walk.step(lists.with_element(walk.evaluator, node, callee), frame, meaning, around, usage)


def _observer(walk: Walk, observer: ir.Object, node: ir.Call, frame: Frame, usage: tuple[str, ...]) -> None:
    """The callbacks of an observer: ``error`` is told of a failure, the others of what goes well."""
    for field in observer.fields:
        if isinstance(field.value, ir.Lambda):
            kind: ContextKind = "catch" if field.key == "error" else "deferred"
            inner = frame.module.frame_for(field.value.function)
            walk.function_in(Context(kind, node, frame, usage=usage), inner)


def _batch(walk: Walk, node: ir.Call, frame: Frame, scope: LibraryMatch) -> None:
    """Operations listed in a transaction's array were walked as arguments already: they belong to its scope."""
    context = Context("transaction", node, frame, match=scope)
    for position, event in enumerate(walk.events):
        if node.start <= event.node.start < node.end and event.frame is frame and event.chain == walk.chain:
            walk.events[position] = msgspec.structs.replace(event, contexts=(*event.contexts, context))


def enter_handlers(
    walk: Walk,
    node: ir.Call,
    frame: Frame,
    matches: Sequence[LibraryMatch],
    publishes: Sequence[SiteNode],
    usage: tuple[str, ...],
) -> None:
    """Enter the handlers that the library runs before the call is done: a mediator's, and that of a request within the process."""
    for match in matches:
        if match.section == "dispatches":
            place = replace(match.place, environment=walk.environment)
            for handler in handlers_of(walk.evaluator, match, place):
                walk.step(node, frame, handler, None, usage)
    if walk.tracer.answered is not None:
        for site in publishes:
            for handler in walk.tracer.answered.handlers_of(site):
                walk.step(node, frame, handler, None, usage)
