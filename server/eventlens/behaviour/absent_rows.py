"""What becomes of a message whose row is not there: it is let go of, or somebody sees to it that it is looked at again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from eventlens import ir
from eventlens.behaviour import failures
from eventlens.behaviour.events import Event, is_outside_effect, is_write
from eventlens.behaviour.missing_rows import Comparison
from eventlens.behaviour.paths import Level, levels, statements_around
from eventlens.behaviour.protections import protections
from eventlens.behaviour.result_tests import branches, leaves
from eventlens.behaviour.rows_read import Point, RowsRead
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in, values_of

Way = Literal["left", "thrown"]
"""left: what should be changed is left alone, and the code goes on · thrown: an error leaves the function."""

_NO_ROW = frozenset(("ErrNoRows", "ErrRecordNotFound", "ErrNoDocuments"))
"""Errors by which a store says that there is none, where functions give errors back."""
_NO_ROW_TYPES = frozenset(
    ("DoesNotExist", "ObjectDoesNotExist", "NoResultFound", "NoResultException", "EmptyResultDataAccessException")
)
"""Errors by which it does where they are thrown."""
_POSITIVE = frozenset(("ack", "commit"))
_THROWING = frozenset(("chained:orElseThrow", "chained:orElseThrow()"))
_LEAVING = frozenset(("chained:ifPresent", "chained:let", "chained:also", "chained:apply", "chained:run"))
"""Methods that run a function on what was found, and nothing where nothing was."""
_COUNTS = frozenset((
    "rowcount", "rowsaffected", "affectedrows", "rows_affected", "matchedcount", "modifiedcount", "matched_count", "modified_count", "nmodified", "count", "affected",
    "changes",
))  # fmt: skip
"""Names, in small letters, of what tells how many rows a statement changed."""
_DONE = frozenset((
    "ack", "acknowledge", "basic_ack", "basicack", "commit", "commitmessages", "log", "print", "println", "printf", "writeline", "deletemessage", "delete_message",
    "deletemessageasync",
))  # fmt: skip
"""Calls, in small letters, that tell, or say that a message is done with."""


class LetGo(NamedTuple):
    """What an arm of a branch does beside leaving its message alone: ``node`` is where it does, ``inside`` what happens there, and behind it
    where the arm does not leave."""

    way: Way
    node: ir.Node
    inside: tuple[Event, ...]


class Absence(NamedTuple):
    """What is done where ``read`` finds nothing: ``node`` in ``frame`` is the place, ``level`` the function."""

    read: Event
    way: Way
    frame: Frame
    node: ir.Node
    level: Level
    inside: tuple[Event, ...]
    """What happens there, and behind it where that does not leave the function."""


def absences(read: Event, writes: Sequence[Event], events: Sequence[Event]) -> Iterator[Absence]:
    """What is done where a read finds nothing, as far as that keeps ``writes`` from happening and does nothing else but tell."""
    if not isinstance(read.node, ir.Call):
        return
    rows = Comparison(RowsRead.given_by([read.node], events))
    chained = _chained(read)
    if chained is not None:
        inside = tuple(_behind(read.node, (), read.frame, events)) if chained == "left" else ()
        yield Absence(read, chained, read.frame, read.node, next(levels(read)), inside)
    for level in levels(read):
        for branch in branches(level.frame):
            arm = rows.missing_arm(branch.condition, Point(level.frame, level.outer)) or _said_by_error(branch, read)
            if arm is not None:
                yield from _in_arm(read, level, branch, arm, writes, events)
    yield from _in_catches(read, events)


def changed_unlooked(write: Event, events: Sequence[Event]) -> Absence | None:
    """What is done where a statement changes no row: nothing, as nobody asks how many it changed; None where somebody may."""
    if write.effect != "update" or write.match is None or not isinstance(write.node, ir.Call):
        return None
    level = next(levels(write))
    if not _is_dropped(write, level) or any(
        isinstance(value, ir.Member) and value.name.lower() in _COUNTS
        for statement in statements_around(write.frame)
        for outer in values_of(statement)
        for value in values_in(outer)
    ):
        return None
    return Absence(write, "left", write.frame, write.node, level, tuple(_behind(write.node, (), write.frame, events)))


def _is_dropped(write: Event, level: Level) -> bool:
    """Whether nothing is made of what a call gives, but for an error."""
    if write.usage and write.usage[-1] == "dropped":
        return all(use in ("dropped", "awaited") for use in write.usage)
    return any(
        isinstance(one, ir.Assign)
        and one.value is write.node
        and isinstance(one.target, ir.Sequence)
        and isinstance(one.target.items[0], ir.Name)
        and one.target.items[0].name == "_"
        for one in statements_around(level.frame)
    )


def _chained(read: Event) -> Way | None:
    """What is done in the same breath: ``find(id).orElseThrow(…)``, ``find(id).ifPresent(…)``."""
    if not _THROWING.isdisjoint(read.usage):
        return "thrown"
    return "left" if not _LEAVING.isdisjoint(read.usage) and read.usage[-1] == "dropped" else None


def _said_by_error(branch: ir.Branch, read: Event) -> str | None:
    """The arm that is taken where the error that a read gave says that there is no row."""
    condition = branch.condition
    if branch.start < read.node.start or not any(
        isinstance(one, ir.Name | ir.Member) and one.name in _NO_ROW for one in values_in(condition)
    ):
        return None
    if isinstance(condition, ir.Call):
        return "then"
    return "then" if isinstance(condition, ir.Operation) and condition.operator == "==" else None


def _in_arm(
    read: Event, level: Level, branch: ir.Branch, arm: str, writes: Sequence[Event], events: Sequence[Event]
) -> Iterator[Absence]:
    let_go = let_go_in(branch, arm, level.frame, writes, events)
    if let_go is not None:
        yield Absence(read, let_go.way, level.frame, let_go.node, level, let_go.inside)


def let_go_in(
    branch: ir.Branch, arm: str, frame: Frame, writes: Sequence[Event], events: Sequence[Event]
) -> LetGo | None:
    """How an arm of a branch lets go of a message, so that ``writes`` do not happen; None where it does more than tell."""
    body, other = (branch.then, "orelse") if arm == "then" else (branch.orelse, "then")
    inside = tuple(one for one in events if _is_in(one, branch, arm))
    way = _way(body, inside, frame)
    if way is None or not (leaves(body) or all(_is_in(one, branch, other) for one in writes)):
        return None
    return LetGo(way, body[-1] if body else branch.condition, (*inside, *_behind(branch, body, frame, events)))


def _behind(node: ir.Node, body: Sequence[ir.Statement], frame: Frame, events: Sequence[Event]) -> Iterator[Event]:
    """What still happens in the function behind a statement, where the arm that is taken in it does not leave."""
    if not leaves(body):
        yield from (one for one in events if one.frame is frame and one.node.start >= node.end)


def _is_in(event: Event, branch: ir.Branch, arm: str) -> bool:
    return any(one.node is branch and one.kind == arm for one in event.contexts)


def _in_catches(read: Event, events: Sequence[Event]) -> Iterator[Absence]:
    """The catches that are about there being no row."""
    for level in levels(read):
        for context in read.contexts:
            attempt = context.node
            if context.kind != "try" or not isinstance(attempt, ir.Try) or context.frame is not level.frame:
                continue
            for catch in attempt.catches:
                if not {name.rpartition(".")[2] for name in catch.types} & _NO_ROW_TYPES:
                    continue
                inside = tuple(e for e in events if any(c.node is catch for c in e.contexts))
                way = _way(catch.body, inside, level.frame)
                if way is not None:
                    inside = (*inside, *_behind(attempt, catch.body, level.frame, events))
                    yield Absence(read, way, level.frame, catch.body[-1] if catch.body else catch, level, inside)


def _way(body: Sequence[ir.Statement], inside: Sequence[Event], frame: Frame) -> Way | None:
    """How some statements let go of a message; None where they do more than tell, or it hangs on more."""
    known = {id(one.node) for one in inside if one.kind in ("effect", "acknowledge")}
    if any(map(_acts, inside)) or not all(_is_plain(one, known) for one in body):
        return None
    last = body[-1] if body else None
    if isinstance(last, ir.Throw):
        return "thrown"
    if isinstance(last, ir.Return):
        return _way_of_return(last, frame)
    return None if isinstance(last, ir.Jump) and last.kind != "continue" else "left"


def _acts(event: Event) -> bool:
    if event.kind == "acknowledge":
        return event.effect not in _POSITIVE
    if event.kind == "effect":
        return is_write(event) or is_outside_effect(event) or event.effect not in ("log", "read", "cache-read")
    return event.kind in ("publish", "send", "sent", "rollback")


def _is_plain(statement: ir.Statement, known: Collection[int]) -> bool:
    """Whether a statement does nothing but tell, acknowledge, or leave; ``known`` are the calls of which that is known by their models."""
    if isinstance(statement, ir.Throw | ir.Jump):
        return True
    if isinstance(statement, ir.Return):
        return not _calls(statement) or _makes_an_error(statement)
    return isinstance(statement, ir.Evaluate) and all(
        id(one) in known or failures.only_tells(one) or last_name(one.callee).lower() in _DONE
        for one in _outer_calls(statement)
    )


def _calls(statement: ir.Statement) -> list[ir.Call]:
    return [one for value in values_of(statement) for one in values_in(value) if isinstance(one, ir.Call)]


def _outer_calls(statement: ir.Statement) -> list[ir.Call]:
    """The calls of a statement that are not arguments of others."""
    calls = _calls(statement)
    return [one for one in calls if not any(other is not one and other.start <= one.start and one.end <= other.end for other in calls)]  # fmt: skip


def _makes_an_error(statement: ir.Return) -> bool:
    return all(
        "err" in last_name(one.callee).lower() or last_name(one.callee) == "Sprintf" for one in _calls(statement)
    )


def _way_of_return(statement: ir.Return, frame: Frame) -> Way | None:
    value = statement.value
    function = frame.function
    given = value.items[-1] if isinstance(value, ir.Sequence) and value.items else value
    if given is None or (isinstance(given, ir.Literal) and given.value is None):
        return "left"
    if function is not None and function.says_errors:
        return "thrown"
    return "left" if isinstance(given, ir.Name) and given.name == "undefined" else None


def fate(absence: Absence, events: Sequence[Event]) -> failures.Outcome:
    """What becomes of the error that is thrown where there is no row: whether it leaves the handler, and who sees to it."""
    thrown = next((one for one in absence.inside if one.node is absence.node), absence.read)
    told = (failures.outcome(one, events) for one in protections(thrown))
    return next((one for one in told if one != "rethrown"), "rethrown")
