"""Whether a message counts as done although its handling failed: what is acknowledged after a swallowed failure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eventlens import ir
from eventlens.behaviour.events import Context, Event
from eventlens.behaviour.failures import gives_one_answer
from eventlens.behaviour.paths import Level, levels, statements_around
from eventlens.behaviour.protections import Protection
from eventlens.flow.module_index import last_name
from eventlens.flow.walk import is_endless, mentions, statements_in, values_in

POSITIVE = frozenset(("ack", "commit"))
_BY_ITSELF = frozenset(("auto-after", "periodic"))
_NOT_ALWAYS = frozenset(("then", "orelse", "loop", "catch", "finally", "callback", "deferred"))


def completing(
    event: Event, protection: Protection, mode: str, events: Sequence[Event]
) -> Event | Context | bool | None:
    """What marks the message as done after ``protection`` swallowed the failure of ``event``.

    The acknowledging event, or the ``with`` that acknowledges when it is left; True where the library does it by itself (``mode``,
    see `knowledge.schema.Acknowledgement`); None where nothing is seen to do it.
    """
    scope = _acknowledging_scope(event, protection)
    if scope is not None:
        return scope
    found = next(
        (
            one
            for one in events
            if one.kind == "acknowledge" and one.effect in POSITIVE and _comes(one, event, protection)
        ),
        None,
    )
    if found is not None:
        return found
    return True if mode in _BY_ITSELF else None


def _acknowledging_scope(event: Event, protection: Protection) -> Context | None:
    for context in event.contexts:
        if context.kind == "acknowledged":
            return context
        if context.node is protection.attempt:
            return None
    return None


def _comes(ack: Event, event: Event, protection: Protection) -> bool:
    """Whether an acknowledgement is reached once the failure is swallowed."""
    own = protection.node
    if _is_of_what_succeeded(ack, protection):
        return False
    if any(context.node is own for context in ack.contexts):
        return not _is_conditional(ack, own)
    attempt = protection.attempt
    if attempt is None:
        return ack.order > event.order and not _is_skipped(ack, protection)
    if any(context.node is attempt for context in ack.contexts):
        finals = [context for context in ack.contexts if context.node is attempt]
        return finals[-1].kind == "finally" and not _depends(ack, event, protection)
    if ack.order < event.order or _in_else(ack, attempt, protection.level):
        return False
    return not _is_skipped(ack, protection) and not _depends(ack, event, protection)


_ADDING = frozenset(("append", "push", "add", "Add"))
"""What puts one more into a list: methods, and Go's function."""


def _is_of_what_succeeded(ack: Event, protection: Protection) -> bool:
    """Whether an acknowledgement is of messages that are put on a list one by one, and not after a failure."""
    if ack.frame is not protection.frame or not isinstance(ack.node, ir.Call):
        return False
    lists = {one.name for given in ack.node.args for one in values_in(given.value) if isinstance(one, ir.Name)}
    added = [call for call in ack.frame.calls if _list_of(call) in lists]
    return bool(added) and all(_is_left_out(call, protection) for call in added)


def _list_of(call: ir.Call) -> str:
    """The name of the list into which a call puts something, "" for other calls."""
    if last_name(call.callee) not in _ADDING:
        return ""
    inner = call.callee.object if isinstance(call.callee, ir.Member) else call.args[0].value if call.args else None
    return inner.name if isinstance(inner, ir.Name) else ""


def _is_left_out(call: ir.Call, protection: Protection) -> bool:
    """Whether a call is not reached after a failure: it stands behind it in the attempt, or below a catch that leaves the turn."""
    attempt, own = protection.attempt, protection.node
    if attempt is None:
        return False
    made = protection.level.node
    if attempt.start <= call.start < own.start or any(one.start <= call.start < one.end for one in attempt.orelse):
        return call.start > made.start
    turn = all(_is_in(call, one) for one in _loops_around(protection))
    return turn and call.start >= own.end and any(isinstance(one, ir.Jump) for one in statements_in(protection.body))


def _loops_around(protection: Protection) -> list[ir.Loop]:
    """The loops in whose turns a catch stands."""
    around = statements_around(protection.frame)
    return [one for one in around if isinstance(one, ir.Loop) and _is_in(protection.node, one)]


def _is_in(inner: ir.Node, outer: ir.Node) -> bool:
    return outer.start <= inner.start < outer.end


def _is_conditional(ack: Event, own: ir.Node) -> bool:
    at = next(i for i, context in enumerate(ack.contexts) if context.node is own)
    return any(context.kind in ("then", "orelse", "catch") for context in ack.contexts[at + 1 :])


def _at_level(ack: Event, level: Level) -> Level | None:
    """The level of an acknowledgement that lies in the same call of the same function as ``level``."""
    return next((one for one in levels(ack) if one.outer == level.outer), None)


def _in_else(ack: Event, attempt: ir.Try, level: Level) -> bool:
    there = _at_level(ack, level)
    return there is not None and any(one.start <= there.node.start < one.end for one in attempt.orelse)


def _is_skipped(ack: Event, protection: Protection) -> bool:
    """Whether the catch leaves before the acknowledgement, by ``return`` or by ``continue``."""
    there = _at_level(ack, protection.level)
    if there is None:
        return False
    if protection.attempt is None:
        return False
    statements = list(statements_in(protection.body))
    if any(isinstance(one, ir.Return) for one in statements):
        return True
    jumps = [one for one in statements if isinstance(one, ir.Jump)]
    return bool(jumps) and _in_loop_of(ack, there.node, protection)


def _in_loop_of(ack: Event, made: ir.Node, protection: Protection) -> bool:
    """Whether an acknowledgement stands in the innermost loop around the catch; ``made`` is what leads to it in the function of the catch."""
    around = _loops_around(protection)
    # the loop whose body is traced is no context of its events: what stands inside it is told by its place
    return not around or any(context.node is around[-1] for context in ack.contexts) or _is_in(made, around[-1])


def _depends(ack: Event, event: Event, protection: Protection) -> bool:
    """Whether an acknowledgement depends on something that the attempt leaves behind (``if (ok) ack()``)."""
    left = _assigned(protection.attempt.body if protection.attempt is not None else ()) | _assigned(protection.body)
    shared = {id(context.node) for context in event.contexts}
    for context in ack.contexts:
        if id(context.node) in shared:
            continue
        if context.kind == "catch":
            return True
        if context.kind in ("then", "orelse") and isinstance(context.node, ir.Branch):
            condition = context.node.condition
            is_success = (context.kind == "then") != _is_negative(condition)
            if mentions(condition, left) or (is_success and _tests_result(condition, protection)):
                return True
    return False


def _assigned(body: Iterable[ir.Statement]) -> set[str]:
    return {
        one.target.name
        for one in statements_in(body)
        if isinstance(one, ir.Assign) and isinstance(one.target, ir.Name) and not one.operator
    }


def _tests_result(condition: ir.Value, protection: Protection) -> bool:
    """Whether a condition looks at the result of a call that leads to the catch, and the result tells anything."""
    if protection.attempt is not None and gives_one_answer(protection.level.root) and _is_passed_on(protection):
        return False
    calls = {id(step.call) for step in protection.level.outer}
    names = {
        statement.target.name
        for step in protection.level.outer
        for statement in statements_around(step.frame)
        if isinstance(statement, ir.Assign) and isinstance(statement.target, ir.Name) and statement.value is not None
        and any(inner is step.call for inner in values_in(statement.value))
    }  # fmt: skip
    names |= _names_of_results_around(protection)
    return any(
        id(inner) in calls or (isinstance(inner, ir.Name) and inner.name in names) for inner in values_in(condition)
    )


def _is_passed_on(protection: Protection) -> bool:
    """Whether all functions between the one whose result is looked at and the one with the catch return just what they are given."""
    inner = protection.level.outer[1:]
    return all(
        len(step.frame.returns) == 1 and any(value is step.call for value in values_in(step.frame.returns[0]))
        for step in inner
    )


def _names_of_results_around(protection: Protection) -> set[str]:
    """The names that hold what a callback with the catch in it gives back (``const ok = await traced(async () => { try … })``)."""
    own = protection.node
    return {
        statement.target.name
        for statement in statements_around(protection.frame)
        if isinstance(statement, ir.Assign)
        and isinstance(statement.target, ir.Name)
        and statement.value is not None
        and statement.value.start <= own.start < statement.value.end
    }


def _is_negative(condition: ir.Value) -> bool:
    if not isinstance(condition, ir.Operation):
        return False
    if condition.operator == "not":
        return True
    return condition.operator in ("==", "is") and any(
        isinstance(one, ir.Literal) and one.value in (None, False) for one in condition.operands
    )


def is_acknowledged_before(event: Event, events: Sequence[Event]) -> bool:
    """Whether the message is acknowledged on each way to an effect: what fails there may lose it, and does not bring it back."""
    return any(
        one.kind == "acknowledge"
        and one.effect in POSITIVE
        and one.order < event.order
        and {id(context.node) for context in one.contexts if _may_be_passed_by(context, one, events)}
        <= {id(context.node) for context in event.contexts}
        for one in events
    )


def _may_be_passed_by(context: Context, ack: Event, events: Sequence[Event]) -> bool:
    """Whether there is a way past what stands around an acknowledgement: there is none past a loop without an end that is left after it only."""
    if context.kind != "loop" or not isinstance(context.node, ir.Loop) or not is_endless(context.node):
        return context.kind in _NOT_ALWAYS
    return any(
        one.order < ack.order and _leaves(one) and any(around.node is context.node for around in one.contexts)
        for one in events
    )


def _leaves(event: Event) -> bool:
    return event.kind == "return" or (isinstance(event.node, ir.Jump) and event.node.kind == "break")
