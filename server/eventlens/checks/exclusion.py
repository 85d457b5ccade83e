"""Which two events cannot both happen in one run: other arms, other implementations, other options; and what only tells of a failure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eventlens import ir
from eventlens.behaviour.events import Context, Event
from eventlens.behaviour.result_tests import Test, leaves, tests, tests_of
from eventlens.config.name_words import words_of
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in, values_in, values_of

_ERROR = re.compile(r"(?i)^e$|err|fail|exception")
_THROWING = frozenset(("throw", "rethrow", "reraise"))
_IN_SOME_CASE = frozenset(("if", "for", "when", "on", "unless", "where"))
"""Words in the names of functions that throw where something is the case only (``throwIfCancelled``)."""


def exclusive(one: Event, other: Event) -> bool:
    """Whether two events can never happen in the same run: other arms of a branch, or an arm that ends before the other."""
    for mine, theirs in zip(one.contexts, other.contexts):
        if mine.node is theirs.node and mine.frame is theirs.frame:
            if {mine.kind, theirs.kind} == {"then", "orelse"}:
                return True
            if mine.kind == theirs.kind:
                continue
        break
    if _in_other_implementations(one, other):
        return True
    first, second = (one, other) if one.order < other.order else (other, one)
    return _ends_before(first, second) or _other_options(one, other) or _gives_otherwise(first, second)


def _gives_otherwise(first: Event, second: Event) -> bool:
    """Whether the arm of a called function in which one event stands gives an answer (``return false``) with which another is not reached."""
    for step in first.chain:
        answers = [answer for one in first.contexts if (answer := _answer_of(one, step.callee)) is not None]
        if not answers or any(other.call is step.call for other in second.chain):
            continue
        for test in tests_of(step.call, step.frame, (), (), True, ()):
            if not _asks_plainly(test.branch.condition):
                continue
            arm = "then" if test.positive == answers[-1] else "orelse"
            other_arm = "orelse" if arm == "then" else "then"
            if any(one.node is test.branch and one.kind == other_arm for one in second.contexts):
                return True
    return False


def _answer_of(one: Context, callee: Frame) -> bool | None:
    """What an arm of a function gives at its end, where that is written out as true or false; None else."""
    if one.frame is not callee or not isinstance(one.node, ir.Branch) or one.kind not in ("then", "orelse"):
        return None
    arm = one.node.then if one.kind == "then" else one.node.orelse
    value = arm[-1].value if arm and isinstance(arm[-1], ir.Return) else None
    return value.value if isinstance(value, ir.Literal) and isinstance(value.value, bool) else None


def _in_other_implementations(one: Event, other: Event) -> bool:
    """Whether one call of an interface's method leads to the two events, through methods of different classes: it runs one of them."""
    for mine, theirs in zip(one.chain, other.chain):
        if mine.frame is not theirs.frame:
            return False
        if mine.call is not theirs.call:
            return _is_one_object(mine.call, theirs.call) and _are_rivals(mine.callee, theirs.callee)
        if mine.callee is not theirs.callee:
            return _are_rivals(mine.callee, theirs.callee)
    return _is_sent_by_a_rival(one, other) or _is_sent_by_a_rival(other, one)


def _is_sent_by_a_rival(publish: Event, other: Event) -> bool:
    """Whether a wrapper's call publishes in one class's method, and one on the same object leads to the other event through another's."""
    call = publish.node
    if publish.site is None or not publish.site.chain or not isinstance(call, ir.Call):
        return False
    through = publish.site.chain[-1].callee.frame
    return any(
        step.frame is publish.frame
        and (step.call is call or _is_one_object(step.call, call))
        and _are_rivals(through, step.callee)
        for step in other.chain
    )


def _are_rivals(one: Frame, other: Frame) -> bool:
    """Whether two functions are the same method of different classes."""
    return _method_of(one) == _method_of(other) and one.cls is not other.cls


def _is_one_object(one: ir.Call, other: ir.Call) -> bool:
    """Whether two calls are made on what is written alike: it is of one class both times."""
    mine, theirs = (
        _dotted(call.callee.object) if isinstance(call.callee, ir.Member) else None for call in (one, other)
    )
    return mine is not None and mine == theirs


def _dotted(value: ir.Value) -> tuple[str, ...] | None:
    """The names of ``a.b.c``, the object's own member among them; None for any other value."""
    if isinstance(value, ir.This):
        return ("",)
    if isinstance(value, ir.Member):
        outer = _dotted(value.object)
        return (*outer, value.name) if outer is not None else None
    return (value.name,) if isinstance(value, ir.Name) else None


def _method_of(frame: Frame) -> str:
    """The name of the function of a scope."""
    return frame.function.name if frame.function is not None else ""


def _other_options(one: Event, other: Event) -> bool:
    """Whether two events stand in different options of one conditional value (``cheap ? save(x) : send(x)``)."""
    mine = [*((step.call, step.frame) for step in one.chain), (one.node, one.frame)]
    theirs = [*((step.call, step.frame) for step in other.chain), (other.node, other.frame)]
    first, second = next(((a, b) for a, b in zip(mine, theirs) if a[0] is not b[0]), (mine[0], mine[0]))
    frame = first[1]
    if frame is not second[1] or first is second or frame.function is None:
        return False
    for statement in statements_in(frame.function.body or ()):
        if not (_holds(statement, first[0]) and _holds(statement, second[0])):
            continue
        for choice in (
            inner
            for value in values_of(statement)
            for inner in values_in(value)
            if isinstance(inner, ir.Choice) and inner.condition is not None
        ):
            sides = [
                [index for index, option in enumerate(choice.options) if _holds(option, call)]
                for call in (first[0], second[0])
            ]
            if sides[0] and sides[1] and sides[0] != sides[1]:
                return True
    return False


def _holds(outer: ir.Node, inner: ir.Node) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _ends_before(first: Event, second: Event) -> bool:
    """Whether the arm, catch or attempt in which ``first`` stands leaves the function before ``second`` is reached."""
    shared = {id(one.node) for one in second.contexts if one.kind in ("then", "orelse", "catch", "try", "loop")}
    return any(
        id(one.node) not in shared
        and (
            (one.kind in ("then", "orelse", "catch") and (_leaves(one, second) or _fails_through(one, first, second)))
            or (one.kind == "try" and _is_last_of_attempt(first, one) and _is_reached_from(one, second))
        )
        for one in first.contexts
    )


def _is_last_of_attempt(first: Event, attempt: Context) -> bool:
    """Whether a ``try`` ends with an event and then leaves: who comes to what stands below it comes from a failure before that."""
    body = attempt.node.body if isinstance(attempt.node, ir.Try) and not attempt.node.orelse else ()
    if not body or not isinstance(body[-1], ir.Return):
        return False
    calls = [*((step.call, step.frame) for step in first.chain), (first.node, first.frame)]
    here = next((call for call, frame in calls if frame is attempt.frame and _holds(attempt.node, call)), None)
    if here is None or _holds(body[-1], here):
        return here is not None
    idle = not any(isinstance(value, ir.Call) for value in values_in(body[-1].value))
    return idle and len(body) > 1 and _holds(body[-2], here)


def _leaves(one: Context, second: Event) -> bool:
    return _always_leaves(_body_of(one), jumps=second.within("loop") is not None) and _is_reached_from(one, second)


def _fails_through(one: Context, first: Event, second: Event) -> bool:
    """Whether the arm or catch in which ``first`` stands ends with a failure that leaves the functions around it as well: nothing around it
    catches that but what ``second`` stands in, too."""
    if not _always_throws(_body_of(one)):
        return False
    shared = {id(context.node) for context in second.contexts if context.kind in ("try", "callback", "deferred")}
    around = first.contexts[: next(at for at, context in enumerate(first.contexts) if context is one)]
    return all(id(context.node) in shared for context in around if _may_stop(context))


def _may_stop(context: Context) -> bool:
    """Whether a failure inside of a context may not leave it."""
    if context.kind == "try":
        return not isinstance(context.node, ir.Try) or bool(context.node.catches)
    return context.kind in ("callback", "deferred")


def _body_of(one: Context) -> tuple[ir.Statement, ...]:
    node = one.node
    if isinstance(node, ir.Branch):
        return node.then if one.kind == "then" else node.orelse
    return node.body if isinstance(node, ir.Catch) else ()


def _always_throws(body: tuple[ir.Statement, ...]) -> bool:
    """Whether a block ends with a failure, whatever is the case."""
    last = body[-1] if body else None
    if isinstance(last, ir.Branch):
        return _always_throws(last.then) and _always_throws(last.orelse)
    if isinstance(last, ir.With | ir.Block):
        return _always_throws(last.body)
    return isinstance(last, ir.Throw) or _says_that_it_throws(last)


def _is_reached_from(one: Context, second: Event) -> bool:
    """Whether an event happens in the function of a context, or in what that calls."""
    return second.frame is one.frame or any(step.frame is one.frame for step in second.chain)


def _always_leaves(body: tuple[ir.Statement, ...], jumps: bool) -> bool:
    """Whether nothing below a block is reached after it; ``jumps``: ``continue`` and ``break`` count."""
    last = body[-1] if body else None
    if isinstance(last, ir.Try):
        return _always_leaves(last.final, jumps) or (
            _always_leaves(last.orelse or last.body, jumps)
            and all(_always_leaves(one.body, jumps) for one in last.catches)
        )
    if isinstance(last, ir.Branch):
        return _always_leaves(last.then, jumps) and _always_leaves(last.orelse, jumps)
    if isinstance(last, ir.With | ir.Block):
        return _always_leaves(last.body, jumps)
    return isinstance(last, ir.Return | ir.Throw) or (jumps and isinstance(last, ir.Jump)) or _says_that_it_throws(last)


def _says_that_it_throws(statement: ir.Statement | None) -> bool:
    """Whether a statement is a call whose name says that it throws, whatever it is given (``rethrow.countedError(error)``): nothing asks
    for its result."""
    value = statement.value if isinstance(statement, ir.Evaluate) else None
    value = value.value if isinstance(value, ir.Await) else value
    words: Sequence[str] = words_of(last_name(value.callee)) if isinstance(value, ir.Call) else ()
    return bool(words) and words[0] in _THROWING and not _IN_SOME_CASE.intersection(words)


def tells_of_its_failure(write: Event, publish: Event) -> bool:
    """Whether a publish stands where the result of the write, or of a call that leads to it, says that it failed (``if (!saved)``)."""
    for node, frame in ((write.node, write.frame), *((step.call, step.frame) for step in write.chain)):
        for test in tests_of(node, frame, (), (), True, ()):
            arm = _arm_of_failure(test)
            if arm and any(one.node is test.branch and one.kind == arm for one in publish.contexts):
                return True
    return False


def _arm_of_failure(test: Test) -> str:
    """The arm of a branch that runs where a result says that something failed; "" where the condition does not ask just that."""
    if _asks_plainly(test.branch.condition):
        return "orelse" if test.positive else "then"
    return _arm_of_error(test.branch.condition)


def _arm_of_error(condition: ir.Value) -> str:
    """The arm that runs where there is an error, of a condition that asks for one: ``err != nil``, ``error``."""
    if isinstance(condition, ir.Name):
        return "then" if _ERROR.search(condition.name) else ""
    if not isinstance(condition, ir.Operation):
        return ""
    if condition.operator == "not":
        return {"then": "orelse", "orelse": "then"}.get(_arm_of_error(condition.operands[0]), "")
    asked = [one for one in condition.operands if isinstance(one, ir.Name) and _ERROR.search(one.name)]
    nothing = any(isinstance(one, ir.Literal) and one.value is None for one in condition.operands)
    if not (asked and nothing and len(condition.operands) == 2):
        return ""
    return {"!=": "then", "is not": "then", "==": "orelse", "is": "orelse"}.get(condition.operator, "")


def is_stored_instead(write: Event, publish: Event, events: Sequence[Event]) -> bool:
    """Whether a write is made only where the publish says that it reached nobody (``if (receivers > 0) return;``)."""
    for test in tests(publish, events):
        if any(isinstance(one, ir.Name) and _ERROR.search(one.name) for one in values_in(test.branch.condition)):
            continue
        other = "orelse" if test.positive else "then"
        if any(one.node is test.branch and one.kind == other for one in write.contexts):
            return True
        reached = test.branch.then if test.positive else test.branch.orelse
        if leaves(reached) and _stands_below(write, test.branch, len(test.outer), publish):
            return True
    return False


def _stands_below(write: Event, branch: ir.Branch, depth: int, publish: Event) -> bool:
    """Whether a write happens after a branch, in the function that ``depth`` calls lead to on the way to the publish too."""
    if any(mine.call is not theirs.call for mine, theirs in zip(write.chain[:depth], publish.chain[:depth])):
        return False
    made = write.chain[depth].call if depth < len(write.chain) else write.node
    return len(write.chain) >= depth and made.start >= branch.end


def _asks_plainly(condition: ir.Value) -> bool:
    """Whether a condition is a result, or its negation, and no error: ``saved``, ``!saved``, ``!repository.save(order)``."""
    value = condition.value if isinstance(condition, ir.Await) else condition
    if isinstance(value, ir.Operation) and value.operator == "not":
        return _asks_plainly(value.operands[0])
    return isinstance(value, ir.Call) or (isinstance(value, ir.Name) and not _ERROR.search(value.name))
