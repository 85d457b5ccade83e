"""What becomes of an operation where a request in it fails: whether anything on the way out may take back what was stored before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.error_operators import GOES_ON
from eventlens.behaviour.events import Context, Event, events_inside, is_outside_effect, is_write, names_given
from eventlens.behaviour.failures import is_hidden, outcome
from eventlens.behaviour.paths import contexts_at, levels, named_function, scopes
from eventlens.behaviour.protections import Protection, protections
from eventlens.behaviour.shown_code import Shown
from eventlens.behaviour.unseen_acts import unseen_act
from eventlens.behaviour.walking import is_cut
from eventlens.checks.announced import entity_of
from eventlens.checks.asked_in_turn import Asked, request_in, trace_of
from eventlens.checks.context import CheckContext
from eventlens.checks.operations import where_sent
from eventlens.checks.second_delivery import subscriptions_by_function
from eventlens.flow.module_index import decorator_name, last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import inward, mentions

_MOST_LEVELS = 3
_MOST_CALLERS = 12
_UNDOING = re.compile(
    r"(?i)compensat|refund|roll_?back|revert|undo|cancel|release|restor|unreserve|reverse|delete|remove|destroy|abort|mark_?\w*fail"
)
"""How functions are called that take a step back."""
_COMPENSATING = re.compile(r"(?i)compensat|roll_?back|undo(?![a-z])")
"""Words of code that takes steps back."""
_REPEATED = re.compile(r"(?i)cron|schedul|interval|every|recurring|periodic|task$")
"""Decorators of functions that run again by themselves: the next run does what this one left."""
_FAILING_ANEW = frozenset(("throwError", "error", "failedFuture"))
"""Functions that give a stream or future which fails (RxJS, Reactor, `CompletableFuture`)."""
_CALLERS = frozenset(("next", "reject", "res", "response", "reply"))
"""Names by which web frameworks are told what to answer."""
_ARMS = frozenset(("then", "orelse", "catch", "finally"))


def is_dealt_with(context: CheckContext, asked: Asked) -> bool:
    """Whether something may be done about the failure of a request: by the operation, by those that call it, or by a second delivery of the
    message that it handles. Also where not all of the way out is seen."""
    if _is_undone_below(asked):
        return True
    for root, events in _ways_out(context, asked):
        if is_cut(events) or _runs_again(context, root) or _speaks_of_undoing(context, root):
            return True
        made = request_in(events, asked.node)
        sent = where_sent(events, made) if made is not None else None
        if sent is None or any(_ends_at(one, events) for one in _catches(sent)) or _is_told_of_failure(sent):
            return True
    return False


def _ways_out(context: CheckContext, asked: Asked) -> Iterator[tuple[Frame, tuple[Event, ...]]]:
    """The functions on the way out of a request with what they do: the operation, and those that lead to it."""
    yield asked.root, asked.events
    frames, seen = [asked.root], {id(asked.root)}
    for _ in range(_MOST_LEVELS):
        above: list[Frame] = []
        for frame in frames:
            for caller in context.graph.callers.of(frame, read=False)[:_MOST_CALLERS]:
                outer = named_function(caller.frame)
                source_set = context.graph.program.workspace.source_set(outer.module.path)
                if id(outer) not in seen and outer.function is not None and source_set == "main":
                    seen.add(id(outer))
                    above.append(outer)
                    events = trace_of(context, outer)
                    if request_in(events, asked.node) is not None:
                        yield outer, events
        frames = above


# ------------------------------------------------------------------------------------------------------------ catches


def _catches(made: Event) -> Iterator[Protection]:
    """The catches around a request, also those of some errors only."""
    yield from protections(made)
    for one in made.contexts:
        if one.kind == "try" and isinstance(one.node, ir.Try):
            level = next(level for level in levels(made) if one in contexts_at(made, level))
            for catch in one.node.catches:
                yield Protection(catch, one.node, one.frame, catch.body, catch.name, level)


def _ends_at(protection: Protection, events: Sequence[Event]) -> bool:
    """Whether a catch may take something back, or lets the operation go on as if the step were not needed."""
    if any(map(_acts, events_inside(events, protection.node))):
        return True
    body = tuple(one for one in protection.body if not _answers(one))
    if unseen_act(protection._replace(body=body), events) is not None:
        return True
    return outcome(protection, events) == "swallowed" and is_hidden(protection, events)


def _answers(statement: ir.Statement) -> bool:
    """Whether a statement only tells the caller that something failed (``next(error)``, ``response.status(500).json(…)``)."""
    value = statement.value if isinstance(statement, ir.Evaluate) else None
    return value is not None and any(isinstance(one, ir.Name) and one.name in _CALLERS for one in inward(value))


def _acts(event: Event) -> bool:
    return is_write(event) or is_outside_effect(event) or event.kind in ("publish", "send", "rollback")


# ---------------------------------------------------------------------------------------------------------- operators


def _is_told_of_failure(made: Event) -> bool:
    """Whether the stream or future that a request gives is given something to do where it fails, and that does not only fail anew."""
    return any(
        _is_around(call, level.node) and any(map(_goes_on, _operators(call)))
        for level in levels(made)
        for scope in scopes(level.frame)
        for call in scope.calls
    )


def _is_around(call: ir.Call, node: ir.Node) -> bool:
    """Whether a method is called on what begins with a node (``client.send(…).pipe(…)``)."""
    return (
        isinstance(call.callee, ir.Member)
        and call.callee.object.start <= node.start
        and node.end <= call.callee.object.end
    )


def _operators(call: ir.Call) -> Iterator[ir.Call]:
    yield call
    yield from (one.value for one in call.args if isinstance(one.value, ir.Call))


def _goes_on(operator: ir.Call) -> bool:
    name = last_name(operator.callee)
    if name == "subscribe":
        first = operator.args[0].value if operator.args else None
        return len(operator.args) > 1 or (
            isinstance(first, ir.Object) and any(field.key == "error" for field in first.fields)
        )
    if name not in GOES_ON:
        return False
    handler = operator.args[-1].value if operator.args else None
    return not (isinstance(handler, ir.Lambda) and _fails_anew(handler.function))


def _fails_anew(handler: ir.Function) -> bool:
    last = handler.body[-1] if handler.body else None
    if isinstance(last, ir.Return) and isinstance(last.value, ir.Call):
        return last_name(last.value.callee) in _FAILING_ANEW
    return isinstance(last, ir.Throw)


# -------------------------------------------------------------------------------------------------------------- below


def _is_undone_below(asked: Asked) -> bool:
    """Whether something stands below a request that takes a step back, or acts on what the answer says, in some case."""
    made = asked.event
    around = {(id(one.node), one.kind) for one in made.contexts}
    names = names_given(made.usage)
    entities = {entity_of(part.write) for part in asked.before} - {""}
    for event in asked.events:
        arms = [one for one in event.contexts if one.kind in _ARMS and (id(one.node), one.kind) not in around]
        if event.order <= asked.before[-1].order or not arms:
            continue
        if event.kind == "call" and isinstance(event.node, ir.Call) and _UNDOING.search(last_name(event.node.callee)):
            return True
        if is_write(event) and (event.effect == "delete" or entity_of(event) in entities):
            return True
        if _acts(event) and any(_asks_for(one, names) for one in arms):
            return True
    return False


def _asks_for(arm: Context, names: set[str]) -> bool:
    """Whether an arm is for an answer that says no, or that is none."""
    if not names or not isinstance(arm.node, ir.Branch) or not mentions(arm.node.condition, names):
        return False
    condition = arm.node.condition
    negative = isinstance(condition, ir.Operation) and condition.operator in ("not", "!=", "==", "<", "<=", "is", "or")
    return negative or arm.kind == "orelse"


def _speaks_of_undoing(context: CheckContext, root: Frame) -> bool:
    """Whether a function, or the class in which it stands, has something that is called like taking steps back: a table of steps, methods that a
    framework calls."""
    shown = Shown()
    shown.add_sender(root)
    return _COMPENSATING.search(shown.text(context.graph.program.workspace)) is not None


# ---------------------------------------------------------------------------------------------------------- run again


def _runs_again(context: CheckContext, root: Frame) -> bool:
    """Whether a function is run again where it failed: for the same message, or by a schedule."""
    assert root.function is not None
    if any(_REPEATED.search(decorator_name(one)) for one in root.function.decorators):
        return True
    handled = subscriptions_by_function(context).get(id(root), ())
    return any(context.site_of[id(node)].interaction != "request" for node in handled)
