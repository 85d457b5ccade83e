"""What makes a repeated delivery harmless: claims, recorded checks, versions, states that the first run leaves behind."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.builders import work_of_builders
from eventlens.behaviour.demands import demands, frames_of, is_denied
from eventlens.behaviour.entities import queried_fields
from eventlens.behaviour.error_operators import GOES_ON
from eventlens.behaviour.events import CallStep, Event, is_outside_effect, is_write
from eventlens.behaviour.flagged_duplicates import arms_of_the_first, left_by_error
from eventlens.behaviour.given_values import values_given, written
from eventlens.behaviour.given_work import given_after, given_to
from eventlens.behaviour.missing_rows import inserted_if_missing
from eventlens.behaviour.newer_only import arms_of_newer
from eventlens.behaviour.paths import Level, levels
from eventlens.behaviour.recorded_fields import may_record
from eventlens.behaviour.repetition import entity_of, fields_of, read_first_of
from eventlens.behaviour.replaced_rows import inserted_in_place
from eventlens.behaviour.result_tests import Test, branches, leaves, tests, tests_of
from eventlens.behaviour.rows_worked_off import done_on_rows_worked_off
from eventlens.behaviour.same_rows import written_where_different
from eventlens.behaviour.told_changes import is_count_asked_below, told_changes
from eventlens.flow import conditions
from eventlens.flow.denotations import FunctionRef
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.knowledge.schema import Effect, Transaction

_DUPLICATE = re.compile(
    r"(?i)unique|duplicate|integrity|already_?exists|conflict|conditionalcheck|23505|11000|P2002|ER_DUP_ENTRY|\b1062\b|\b409\b"
    r"|\b2627\b|\b2601\b|primary key"
)
_HAD_ALREADY = re.compile(
    r"(?i)already_?(exists|received|processed|handled|registered|accepted|charged|sent)|duplicate|\b409\b|\bconflict\b"
)
_VERSION = re.compile(r"(?i)^_?_?(version|revision|rev|etag|seq|sequence|v)$|version$|_version$")
TELLS_DUPLICATES = re.compile(
    r"(?i)duplicate|dedup|idempoten|already_?(processed|handled|seen)|(is|was)_?(processed|handled|seen)"
)
_NEVER = 1 << 30
"""The order of a guard that covers its own event alone."""


class Guard(NamedTuple):
    """A guard: what the trace does after ``order`` is done once; with ``within`` only what stands in that branch (``arm``).

    ``scope`` are the calls that lead to the function that is left: what its callers do afterwards is not guarded."""

    order: int
    event: Event | None
    why: str
    scope: tuple[CallStep, ...] = ()
    within: ir.Branch | None = None
    arm: str = ""


def guards(events: Sequence[Event]) -> list[Guard]:
    """The guards of a trace."""
    found = list(guards_of_effects(events))
    inside = [(guard.event, guard.why) for guard in found if guard.event is not None and guard.event.chain]
    by_call = given_to(events) if inside else {}
    found.extend(Guard(_NEVER, work, why) for asked, why in inside for work in given_after(asked, by_call))
    found.extend(_states(events))
    found.extend(_demanded(events))
    found.extend(_asked_elsewhere(events))
    found.extend(_acknowledged_together(events))
    found.extend(
        Guard(_NEVER, one.work, "done only when it was not found")
        for one in work_of_builders(events)
        if _is_recorded(one.check, events)
    )
    found.extend(
        Guard(_NEVER, None, "done only where no duplicate was refused", within=branch, arm=arm)
        for branch, arm in arms_of_the_first(events)
    )
    found.extend(_newer(events))
    found.extend(Guard(_NEVER, event, "only what was not found is inserted") for event in inserted_if_missing(events))
    found.extend(Guard(_NEVER, event, "the rows of its key are deleted first") for event in inserted_in_place(events))
    found.extend(Guard(_NEVER, event, "its row is chosen only once") for event in done_on_rows_worked_off(events))
    found.extend(Guard(_NEVER, event, "the row is gone when all is done") for event in _counted_until_done(events))
    found.extend(
        Guard(event.order - 1, event, "it is left where the row says so already", left)
        for event, left in written_where_different(events)
    )
    return found


def guards_of_effects(events: Sequence[Event]) -> Iterator[Guard]:
    """Those guards that are made by what is written, claimed or asked."""
    for event in events:
        if event.kind == "effect":
            yield from _of_effect(event, events)


def _counted_until_done(events: Sequence[Event]) -> Iterator[Event]:
    """What is counted on a row that the same handling removes in any case at its end: how far it has come, and nothing else."""
    for event in events:
        if event.effect == "increment" and (entity := entity_of(event)):
            around = {id(one.node) for one in event.contexts}
            if any(
                later.effect == "delete"
                and later.order > event.order
                and entity_of(later) == entity
                and all(one.kind == "try" or id(one.node) in around for one in later.contexts)
                for later in events
            ):
                yield event


def covers(guard: Guard, event: Event) -> bool:
    """Whether an effect happens only once because of a guard."""
    if guard.within is not None:
        return any(context.node is guard.within and context.kind == guard.arm for context in event.contexts)
    return event is guard.event or (event.order > guard.order and event.chain[: len(guard.scope)] == guard.scope)


def _of_effect(event: Event, events: Sequence[Event]) -> Iterator[Guard]:
    entry = event.entry
    if not isinstance(entry, Effect):
        return
    if event.effect == "set-if-absent":
        yield from (Guard(event.order, event, "the key is claimed first", _left(test)) for test in tests(event, events))
    elif event.effect in ("insert", "upsert", "update", "write", "object-write"):
        yield from _of_write(event, entry, events)
    elif event.effect in ("delete", "increment"):
        yield from _of_change(event, events)
    elif event.effect in ("read", "cache-read", "external-read"):
        yield from _of_read(event, entry, events)
    elif event.effect in ("external-call", "payment") and _says_that_it_had_it(event):
        yield Guard(_NEVER, event, "the other side says that it had it already")


def _of_write(event: Event, entry: Effect, events: Sequence[Event]) -> Iterator[Guard]:
    yield from _of_change(event, events)
    own = next(levels(event)).outer
    for outer in left_by_error(event):
        yield Guard(event.order, event, "a second row is refused, and that is asked of the error", outer)
    if _duplicate_is_handled(event):
        yield Guard(event.order, event, "a second row is refused, and that is handled", own)
        yield from _told_to_caller(event, events)
    elif (commit := _refusing_commit(event, entry, events)) is not None:
        yield Guard(commit.order, event, "a second row is refused, and that is handled", next(levels(commit)).outer)
    elif entry.conditional and event.place is not None and conditions.hold_at(event.place, entry.conditional):
        yield Guard(event.order, event, "the write is conditional", own)
    elif event.sql is not None and event.sql.conditional:
        yield from (
            Guard(event.order, event, "the statement tells whether it changed anything", _left(test))
            for test in tests(event, events)
        )
        if is_count_asked_below(event):
            yield Guard(event.order, event, "the statement tells whether it changed anything", own)
    elif event.effect == "upsert" and event.sql is None:
        yield from (
            Guard(event.order, event, "the write tells whether it was the first", _left(test))
            for test in tests(event, events)
        )
    elif _has_version(event, entry):
        yield Guard(event.order, event, "only the expected version is changed")


def _of_change(write: Event, events: Sequence[Event]) -> Iterator[Guard]:
    """What is done only where a write says that it changed something."""
    for branch, arm, outer in told_changes(write, events):
        yield Guard(_NEVER, None, "done only where the write changed something", within=branch, arm=arm)
        if leaves(branch.orelse if arm == "then" else branch.then):
            yield Guard(write.order, None, "it is left where the write changed nothing", outer)


def _told_to_caller(write: Event, events: Sequence[Event]) -> Iterator[Guard]:
    """What is done only where the function that writes says that the row was new (``if (isNew(order)) …``)."""
    if not write.chain:
        return
    step = write.chain[-1]
    told = [one.value for one in step.callee.returns if isinstance(one, ir.Literal) and isinstance(one.value, bool)]
    if not (True in told and False in told):
        return
    usage = next((one.usage for one in events if one.kind == "call" and one.node is step.call), ())
    for test in tests_of(step.call, step.frame, usage, write.chain[:-1], True, events):
        arm, refused = ("then", test.branch.orelse) if test.positive else ("orelse", test.branch.then)
        yield Guard(write.order, None, "done only when the row was new", within=test.branch, arm=arm)
        if leaves(refused):
            yield Guard(write.order, None, "a row that is refused is left", _left(test))


def _left(test: Test) -> tuple[CallStep, ...]:
    """What is left with a test: the function that returns, or all of them when an error is thrown."""
    arms = (test.branch.then, test.branch.orelse)
    return () if any(arm and isinstance(arm[-1], ir.Throw) for arm in arms) else test.outer


def _of_read(event: Event, entry: Effect, events: Sequence[Event]) -> Iterator[Guard]:
    if _has_version(event, entry):
        yield Guard(event.order, event, "only the expected version is found")
        return
    for test in tests(event, events) if _is_recorded(event, events) else ():
        arm, other = ("then", "orelse") if test.positive else ("orelse", "then")
        found, missing = (
            (test.branch.then, test.branch.orelse) if test.positive else (test.branch.orelse, test.branch.then)
        )
        if leaves(found):
            told = max(
                _work_in(test.branch, arm, events), default=event.order
            )  # what is told of it there is judged by itself
            yield Guard(told, event, "what was handled before is found, and left", _left(test))
        elif missing:
            yield Guard(event.order, event, "done only when it was not found", within=test.branch, arm=other)


def _work_in(branch: ir.Branch, arm: str, events: Iterable[Event]) -> Iterator[int]:
    """The places in the trace of what an arm does of the handler's work."""
    for event in events:
        if (is_write(event) or is_outside_effect(event) or event.kind in ("publish", "sent")) and any(
            context.node is branch and context.kind == arm for context in event.contexts
        ):
            yield event.order


def _is_recorded(read: Event, events: Sequence[Event]) -> bool:
    """Whether something in the same handling makes the read find something the next time."""
    if read.effect == "cache-read":
        return any(event.effect in ("cache-write", "set-if-absent") for event in events)
    if read.effect == "external-read":
        return any(
            event.effect == "external-call" and event.order > read.order and _is_same_client(read, event)
            for event in events
        )
    entity = entity_of(read)
    made = [
        event
        for event in events
        if event.kind == "effect" and event.effect in ("insert", "upsert", "write") and entity_of(event) == entity
    ]
    asked = queried_fields(last_name(read.node.callee)) if isinstance(read.node, ir.Call) else []
    return bool(entity and made) and (not asked or may_record(asked, entity, made, events))


def _is_same_client(one: Event, other: Event) -> bool:
    """Whether two calls to somebody outside are made by methods of one class: what one keeps there, the other asks for."""
    return one.frame.cls is not None and one.frame.cls is other.frame.cls and bool(one.chain) and bool(other.chain)


def _has_version(event: Event, entry: Effect) -> bool:
    return any(_VERSION.search(name) for item in read_first_of(event, entry.keys) for name, _ in fields_of(item))


def _duplicate_is_handled(event: Event) -> bool:
    for context in event.contexts:
        if context.kind == "try" and isinstance(context.node, ir.Try) and event.place is not None:
            for catch in context.node.catches:
                text = " ".join(catch.types) + " " + event.place.evaluator.source(catch, context.frame, 700)
                if _DUPLICATE.search(text):
                    return True
    return False


def _says_that_it_had_it(event: Event) -> bool:
    """Whether the innermost catch around a request, or a call in the chain that makes it, looks for the answer that it was made before."""
    if event.place is None:
        return False
    source = event.place.evaluator.source
    if any(_HAD_ALREADY.search(source(one, event.frame, 700)) for one in _chained_to_failure(event)):
        return True
    around = event.within("try")
    if around is None or not isinstance(around.node, ir.Try):
        return False
    return any(
        _HAD_ALREADY.search(" ".join(catch.types) + " " + source(catch, around.frame, 700))
        for catch in around.node.catches
    )


def _chained_to_failure(event: Event) -> Iterator[ir.Value]:
    """What the chain of calls that makes a request does where it fails (``….retrieve().onErrorResume(Conflict::class) { … }``)."""
    for call in event.frame.calls:
        if call.start == event.node.start and call.end > event.node.end and last_name(call.callee) in GOES_ON:
            yield from (one.value for one in call.args)


def _refusing_commit(event: Event, entry: Effect, events: Sequence[Event]) -> Event | None:
    """The commit that writes what is only noted at first, where it handles that a second row is refused."""
    if not entry.pending:
        return None
    commit = next((one for one in events if one.kind == "commit" and one.order > event.order), None)
    return commit if commit is not None and _duplicate_is_handled(commit) else None


# ---------------------------------------------------------------------------------------------------------------- states


def _states(events: Sequence[Event]) -> Iterator[Guard]:
    """Branches that leave in a state that the first run brings about (``if (order.status === 'paid') return``)."""
    places: dict[int, Level] = {}
    running: dict[int, list[tuple[int, int]]] = defaultdict(list)
    """Function, by its identity → where it stands when an event happens, and the event's place in the trace."""
    for event in events:
        for level in levels(event):
            places[id(level.frame)] = level
            running[id(level.root)].append((level.node.start, event.order))
    given = values_given(level.frame for level in places.values())
    for level in places.values():
        for branch in branches(level.frame):
            if leaves(branch.then) and _is_left_behind(branch.condition, given):
                after = [order for start, order in running[id(level.root)] if start >= branch.start]
                if after:
                    scope = () if isinstance(branch.then[-1], ir.Throw) else level.outer
                    yield Guard(min(after) - 1, None, "it is left in the state that the first run brings about", scope)


def _newer(events: Sequence[Event]) -> Iterator[Guard]:
    """What is done only where a message is newer than what the row says, and then says itself."""
    for frame, branch, arm in arms_of_newer(events):
        yield Guard(_NEVER, None, "done only for what is newer than the row", within=branch, arm=arm)
        if leaves(branch.orelse if arm == "then" else branch.then):
            after = [
                (one.order, level.outer) for one in events for level in levels(one) if _is_below(level, branch, frame)
            ]
            if after:
                yield Guard(min(after, key=lambda one: one[0])[0] - 1, None, "what is not newer is left", after[0][1])


def _is_below(level: Level, branch: ir.Branch, frame: Frame) -> bool:
    return level.frame is frame and level.node.start >= branch.end


def _demanded(events: Sequence[Event]) -> Iterator[Guard]:
    """States that a function demands and the first run ends (``require(status == OPEN)``, then ``status = CLOSED``)."""
    known = list(demands(events))
    given = values_given(frames_of(events)) if known else {}
    for one in known:
        if is_denied(one.condition, given):
            yield Guard(one.order, None, "it is refused in the state that the first run brings about")


def _asked_elsewhere(events: Sequence[Event]) -> Iterator[Guard]:
    """A function of another package that says by its name that it tells duplicates, and whose answer decides."""
    evaluator = next((event.place.evaluator for event in events if event.place is not None), None)
    if evaluator is None:
        return
    places = {id(level.frame): level for event in events for level in levels(event)}
    for level in places.values():
        for call in level.frame.calls:
            if TELLS_DUPLICATES.search(last_name(call.callee)) and not any(
                isinstance(one, FunctionRef) for one in evaluator.evaluate(call.callee, level.frame)
            ):
                order = _order_before(call, level, events)
                for test in tests_of(call, level.frame, (), level.outer, True, events):
                    yield Guard(order, None, "a function elsewhere tells duplicates", _left(test))


def _acknowledged_together(events: Sequence[Event]) -> Iterator[Guard]:
    """Effects in the broker itself that take effect in one transaction with the acknowledgement (``MULTI … XACK … EXEC``)."""
    begun: Event | None = None
    inside: list[Event] = []
    for event in events:
        if event.kind == "begin" and isinstance(event.entry, Transaction) and event.entry.store == "broker":
            begun, inside = event, []
        elif event.kind == "commit" and begun is not None and _is_same_library(begun, event):
            if any(one.kind == "acknowledge" for one in inside):
                yield from (Guard(_NEVER, one, "done together with the acknowledgement") for one in inside)
            begun = None
        elif begun is not None and event.match is not None and _is_same_store(begun, event):
            inside.append(event)


def _is_same_library(one: Event, other: Event) -> bool:
    return one.match is not None and other.match is not None and one.match.library == other.match.library


def _is_same_store(begun: Event, event: Event) -> bool:
    """Whether an event belongs to the library of a transaction, or to another model of the same client."""
    assert begun.match is not None and event.match is not None
    mine, theirs = begun.match.model.model.packages, event.match.model.model.packages
    return not set(mine).isdisjoint(theirs)


def _order_before(call: ir.Call, level: Level, events: Sequence[Event]) -> int:
    """The place in the trace just before a call that the trace does not show."""
    before = [
        event.order
        for event in events
        if any(one.frame is level.frame and one.node.start < call.start for one in levels(event))
        or (level.outer and event.kind == "call" and event.node is level.outer[-1].call)
    ]
    return max(before, default=-1)


def _is_left_behind(condition: ir.Value, given: dict[str, set[str]]) -> bool:
    value = condition
    if isinstance(value, ir.Operation) and value.operator in ("and", "or"):
        return any(_is_left_behind(one, given) for one in value.operands)
    if isinstance(value, ir.Operation) and value.operator in ("==", "!=", "is") and len(value.operands) == 2:
        member, other = value.operands if isinstance(value.operands[0], ir.Member) else reversed(value.operands)
        if not isinstance(member, ir.Member) or (isinstance(other, ir.Literal) and other.value is None):
            return False
        values = given.get(member.name, set()) - {""}
        wanted = written(other)
        return wanted in values if value.operator != "!=" else bool(values - {wanted})
    if isinstance(value, ir.Member):
        return "True" in given.get(value.name, set())
    if isinstance(value, ir.Operation) and value.operator == "not" and isinstance(value.operands[0], ir.Member):
        return "False" in given.get(value.operands[0].name, set())
    return False
