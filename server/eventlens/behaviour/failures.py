"""What becomes of a failure: what each of the catches around a call does with the error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from eventlens import ir
from eventlens.behaviour.after_attempts import fails_anyway, settles_by_error
from eventlens.behaviour.events import Context, Event, events_inside, is_outside_effect, is_write
from eventlens.behaviour.left_behind import is_left_behind
from eventlens.behaviour.other_ways import is_tried_another_way
from eventlens.behaviour.paths import statements_around
from eventlens.behaviour.protections import Protection
from eventlens.config.name_words import words_of
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import mentions, statements_in, values_in, values_of

Outcome = Literal["rethrown", "handled", "swallowed"]
"""rethrown: the failure goes on outwards · handled: something is done about it, or it depends on the error · swallowed: at most
logged, and the code goes on as if nothing had happened."""

_THROWS = frozenset(("throw", "rethrow", "raise", "reraise", "throws"))
_FAILS_A_RESULT = frozenset(
    (
        "TrySetException",
        "SetException",
        "setException",
        "set_exception",
        "completeExceptionally",
        "setFailure",
        "tryFailure",
    )
)
"""Methods that let a result fail which somebody else waits for."""
_ACTS = frozenset((
    "reject", "nack", "nak", "park", "parked", "dead", "dlq", "dlt", "retry", "retries", "requeue", "redeliver", "abort",
    "exit", "kill", "stop", "shutdown", "terminate", "fail", "failed", "raise", "throw", "publish", "send", "emit",
    "enqueue", "produce", "schedule", "push", "append", "add", "extend", "done", "next", "callback", "cb", "reply",
    "respond", "seek", "pause", "unsubscribe", "resubscribe", "reconnect", "restart", "quarantine", "poison", "rewind", "compensate", "save", "store", "insert", "upsert",
    "create", "put", "write", "update", "delete", "remove", "persist", "queue", "notify", "alert", "refund", "undo",
    "revert",
))  # fmt: skip
"""Words in the name of a call that is not known and may well do something about the failure."""
_HARMLESS_RECEIVERS = re.compile(r"(?i)span|trac|metric|counter|histogram|gauge|stats|sentry|newrelic|apm|scope|log")
_VISIBLE_LOGS = frozenset((
    "error", "warn", "warning", "exception", "critical", "fatal", "captureException", "captureMessage", "capture_exception",
    "capture_message", "report_exc_info", "noticeError", "notice_error",
))  # fmt: skip
"""Calls by which people learn of a failure: logs at a level that is looked at, and what collects errors (Sentry, Rollbar, New Relic)."""


# ---------------------------------------------------------------------------------------------------------- outcomes


def outcome(protection: Protection, events: Sequence[Event]) -> Outcome:
    """What a catch does with a failure; ``events`` is the trace in which it was found."""
    inside = events_inside(events, protection.node)
    if _always_throws(protection, inside) or fails_anyway(protection):
        return "rethrown"
    statements = list(statements_in(protection.body))
    if any(isinstance(one, ir.Throw) for one in statements) or any(_acts(event) for event in inside):
        return "handled"
    if protection.attempt is not None and any(
        _decides(event, protection.attempt) for event in events_inside(events, protection.attempt)
    ):
        return "handled"
    if _keeps_error(protection, statements) or _acts_unseen(protection, statements, inside):
        return "handled"
    if settles_by_error(protection, events):
        return "handled"
    if protection.attempt is not None and is_tried_another_way(protection.attempt, protection.frame):
        return "handled"
    return "swallowed"


def _always_throws(protection: Protection, inside: Iterable[Event]) -> bool:
    if protection.body and isinstance(protection.body[-1], ir.Throw) and not _leaves_early(protection.body[:-1]):
        return True
    if protection.body and _throws_by_name(protection.body[-1]) and not _leaves_early(protection.body[:-1]):
        return True
    for event in inside:
        if event.kind == "throw" or (event.kind == "effect" and event.effect == "exit"):
            own = next(at for at, context in enumerate(event.contexts) if context.node is protection.node)
            if not any(
                c.kind in ("then", "orelse", "try", "catch", "loop", "callback", "deferred")
                for c in event.contexts[own + 1 :]
            ):
                return True
    return False


def _throws_by_name(statement: ir.Statement) -> bool:
    """Whether a statement is a call that says that it throws (``rethrow.databaseError(error)``, ``raise_for(error)``)."""
    value = statement.value if isinstance(statement, ir.Evaluate | ir.Return) else None
    value = value.value if isinstance(value, ir.Await) else value
    if not isinstance(value, ir.Call):
        return False
    name = f"{_receiver(value)} {last_name(value.callee)}"
    return not _THROWS.isdisjoint(words_of(name))


def _leaves_early(body: Iterable[ir.Statement]) -> bool:
    return any(isinstance(one, ir.Return | ir.Jump) for one in statements_in(body))


def _acts(event: Event) -> bool:
    """Whether an event in a catch is more than logging."""
    if event.kind == "acknowledge":
        return event.effect not in ("ack", "commit", "extend")
    if event.kind == "effect":
        return (
            is_write(event)
            or is_outside_effect(event)
            or event.effect in ("cache-write", "set-if-absent", "schedule", "exit")
        )
    return event.kind == "publish"


def _decides(event: Event, attempt: ir.Try) -> bool:
    """Whether a ``finally`` gives the message back (``finally: if ok: ack() else: nack()``)."""
    return event.kind == "acknowledge" and event.effect in ("nack", "reject", "terminate", "seek") and any(
        context.kind == "finally" and context.node is attempt for context in event.contexts
    )  # fmt: skip


def _keeps_error(protection: Protection, statements: Sequence[ir.Statement]) -> bool:
    """Whether a catch leaves the failure in a variable that the code looks at, returns the error, or puts it into what is returned."""
    if _tells_in_result(protection, statements):
        return True
    for one in statements:
        if (
            isinstance(one, ir.Return)
            and one.value is not None
            and protection.error
            and mentions(one.value, {protection.error})
        ):
            return True
        if isinstance(one, ir.Assign | ir.Evaluate) and is_left_behind(one, protection):
            return True
    return False


def _tells_in_result(protection: Protection, statements: Sequence[ir.Statement]) -> bool:
    """Whether a catch gives the error to a value that the function returns (``answer.setError(e)``, then ``return answer``), or to one
    that its caller handed in to be told (``callback.onCompletion(null, e)``)."""
    frame = protection.level.root
    given = {value.name for value in frame.returns if isinstance(value, ir.Name)}
    if frame.function is not None:
        given |= {one.name for one in frame.function.parameters if _TOLD.search(one.name)}
    calls = (
        inner
        for statement in statements
        for value in values_of(statement)
        for inner in values_in(value)
        if isinstance(inner, ir.Call) and isinstance(inner.callee, ir.Member)
    )
    return bool(protection.error and given) and any(
        mentions(call.callee.object, given)
        and not only_tells(call)
        and any(mentions(argument.value, {protection.error}) for argument in call.args)
        for call in calls
        if isinstance(call.callee, ir.Member)
    )


def _acts_unseen(protection: Protection, statements: Iterable[ir.Statement], inside: Iterable[Event]) -> bool:
    """Whether a call that no model knows may do something about the failure, by its name or because it takes the error along."""
    known = {id(event.node) for event in inside if event.kind in ("effect", "acknowledge", "rollback")}
    for statement in statements:
        for value in values_of(statement):
            for call in _calls_outside(value, known):
                if _may_act(call, protection.error):
                    return True
    return False


def only_tells(call: ir.Call) -> bool:
    """Whether a call is on a logger, a span or a metric, by its name."""
    return _HARMLESS_RECEIVERS.search(_receiver(call)) is not None


def _calls_outside(value: ir.Value, known: set[int]) -> Iterator[ir.Call]:
    """The calls in a value, those inside the arguments of known calls left out."""
    skipped: list[tuple[int, int]] = []
    for inner in values_in(value):
        if isinstance(inner, ir.Call) and not any(start <= inner.start and inner.end <= end for start, end in skipped):
            if id(inner) in known or only_tells(inner):
                skipped.append((inner.start, inner.end))
            else:
                yield inner


def _receiver(call: ir.Call) -> str:
    value = call.callee.object if isinstance(call.callee, ir.Member) else None
    while isinstance(value, ir.Call | ir.Await):
        value = value.callee if isinstance(value, ir.Call) else value.value
        value = value.object if isinstance(value, ir.Member) else value
    return last_name(value) if value is not None else ""


def _may_act(call: ir.Call, error: str) -> bool:
    name = last_name(call.callee)
    words = set(words_of(name))
    given = any(
        isinstance(one, ir.Name) and one.name == error for argument in call.args for one in values_in(argument.value)
    )
    if given and name in _FAILS_A_RESULT:
        return True
    return bool(words & _ACTS) and not ("log" in words or "record" in words)


_TOLD = re.compile(r"(?i)call_?back|listener$|observer$|handler$|promise$|sink$|emitter$")
"""Names of parameters that are told how something ended."""
_WHEN_FAILED = frozenset((
    "onFailure", "doOnError", "onErrorResume", "onErrorContinue", "exceptionally", "exceptionallyCompose", "recover",
    "recoverCatching",
))  # fmt: skip
"""Methods of results, futures and streams whose callback runs only where something failed."""
_ERROR_NAME = re.compile(r"(?i)^(err|error|failure|failed|exception)$|(?<=[a-z])Err(or)?$")


def is_for_failure(context: Context) -> bool:
    """Whether code runs only where something failed: a catch, what a result calls then (``onFailure``), or an arm for which an error is
    there (``if err != nil``)."""
    if context.kind == "catch":
        return True
    if context.kind in ("callback", "deferred"):
        return isinstance(context.node, ir.Call) and last_name(context.node.callee) in _WHEN_FAILED
    if context.kind not in ("then", "orelse") or not isinstance(context.node, ir.Branch):
        return False
    condition = context.node.condition
    if not isinstance(condition, ir.Operation) or condition.operator not in ("!=", "is not", "==", "is"):
        return False
    nothing = any(_is_nothing(one) for one in condition.operands)
    names = any(isinstance(one, ir.Name) and _ERROR_NAME.search(one.name) for one in condition.operands)
    return nothing and names and (context.kind == "then") == (condition.operator in ("!=", "is not"))


def is_logged_visibly(protection: Protection) -> bool:
    """Whether a catch logs at a level that people look at."""
    return any(
        isinstance(inner, ir.Call) and last_name(inner.callee) in _VISIBLE_LOGS and not _is_console(inner)
        for statement in statements_in(protection.body)
        for value in values_of(statement)
        for inner in values_in(value)
    )


def is_told(protection: Protection, events: Sequence[Event]) -> bool:
    """Whether a catch logs at such a level in whatever way a language writes it (``LogError``, ``log.Warn().Msg(…)``), itself or in a
    function that it calls."""
    return (
        is_logged_visibly(protection)
        or any(
            isinstance(inner, ir.Call) and _is_visible(last_name(inner.callee))
            for statement in statements_in(protection.body)
            for value in values_of(statement)
            for inner in values_in(value)
        )
        or any(
            _is_visible(last_name(call.callee)) and not _is_console(call)
            for event in events
            if event.callee is not None and any(context.node is protection.node for context in event.contexts)
            for call in event.callee.calls
        )
    )


def is_visible_log(call: ir.Call) -> bool:
    """Whether a call logs at a level that people look at, by its name."""
    return _is_visible(last_name(call.callee))


def _is_visible(name: str) -> bool:
    level = re.fullmatch(r"(?:[lL]og)?([A-Za-z]+?)(?:f|w|ln|Context|Async)?", name)
    return name in _VISIBLE_LOGS or (level is not None and level[1].lower() in _VISIBLE_LOGS)


def _is_console(call: ir.Call) -> bool:
    return (
        isinstance(call.callee, ir.Member)
        and last_name(call.callee.object) == "console"
        and call.callee.name not in ("error", "warn")
    )


# --------------------------------------------------------------------------------------------------- what comes after

_WAITING = re.compile(
    r"argument:(all(settled|of)?|any(of)?|race|gather|join|joinall|when_?all|invoke_?all|wait(_for|for|_?until)?|run(_until_complete)?|shield"
    r"|create_?task|ensure_future|resolve|go|spawn|launch|async|push|append|add|log\w*|info|debug|print\w*|await\w*)",
    re.IGNORECASE,
)
"""What a call may be given to whose own result is then dropped: what waits for it, starts it, collects it or logs what it gave."""


def is_hidden(protection: Protection, events: Sequence[Event]) -> bool:
    """Whether nobody can tell that the failure happened: the function's result does not show it, or nobody looks at the result.

    Followed through the calls that lead to the catch. What the traced function itself returns is for the caller to judge.
    """
    shown = returned(protection.body)
    if protection.attempt is None:
        return not shown
    if gives_one_answer(protection.level.root):
        return True
    if not shown and not _gives_results(protection):
        return True
    constant = not shown or all(_is_constant(value) for value in shown)
    for step in reversed(protection.level.outer):
        usage = _usage_of(step.call, events)
        rest = [one for one in usage if one != "awaited"]
        if not rest or rest[0] == "dropped" or (rest[-1] == "dropped" and all(map(_WAITING.fullmatch, rest[:-1]))):
            return True
        if rest[0] == "returned":
            continue
        if rest[0].startswith("assigned:"):
            return constant and not _is_tested(step.frame, rest[0].removeprefix("assigned:"), events)
        return False
    return constant


def returned(body: Iterable[ir.Statement]) -> list[ir.Value]:
    """The values that a catch returns, nothing and ``None`` left out."""
    return [
        one.value
        for one in statements_in(body)
        if isinstance(one, ir.Return) and one.value is not None and not _is_nothing(one.value)
    ]


def _is_nothing(value: ir.Value) -> bool:
    return (isinstance(value, ir.Literal) and value.value is None) or (
        isinstance(value, ir.Name) and value.name == "undefined"
    )


def _is_constant(value: ir.Value) -> bool:
    return (
        isinstance(value, ir.Literal)
        or (isinstance(value, ir.Sequence) and not value.items)
        or (isinstance(value, ir.Object) and not value.fields)
    )


def _gives_results(protection: Protection) -> bool:
    """Whether the function around a catch returns something when nothing fails."""
    return any(not _is_nothing(value) for value in protection.level.root.returns)


def gives_one_answer(frame: Frame) -> bool:
    """Whether a function returns the same constant wherever it returns: its result says nothing."""
    literals = [value for value in frame.returns if isinstance(value, ir.Literal)]
    return bool(literals) and len(literals) == len(frame.returns) and len({one.value for one in literals}) == 1


def _usage_of(call: ir.Call, events: Iterable[Event]) -> tuple[str, ...]:
    return next((event.usage for event in events if event.kind == "call" and event.node is call), ())


def _is_tested(frame: Frame, name: str, events: Sequence[Event]) -> bool:
    """Whether a variable decides about something other than going on: a throw, a rejection, another effect, or leaving before the acknowledgement."""
    for statement in statements_around(frame):
        if isinstance(statement, ir.Branch) and mentions(statement.condition, {name}):
            for kind, arm in (("then", statement.then), ("orelse", statement.orelse)):
                if arm and not _only_acknowledges(statement, kind, arm, events):
                    return True
    return False


def _only_acknowledges(branch: ir.Branch, kind: str, arm: Sequence[ir.Statement], events: Sequence[Event]) -> bool:
    """Whether an arm does nothing about a failure: assignments, logs, an acknowledgement with or without leaving."""
    inside = [
        event
        for event in events_inside(events, branch)
        if any(c.node is branch and c.kind == kind for c in event.contexts)
    ]
    if any(event.kind == "throw" or event.kind == "publish" or _acts(event) for event in inside):
        return False
    acknowledged = any(event.kind == "acknowledge" and event.effect in ("ack", "commit") for event in inside)
    return acknowledged or not any(isinstance(one, ir.Return | ir.Jump | ir.Throw) for one in statements_in(arm))
