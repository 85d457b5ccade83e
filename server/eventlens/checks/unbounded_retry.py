"""unbounded-retry: a message that fails is tried again without a maximum."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.completion import is_acknowledged_before
from eventlens.behaviour.endings import is_when_ending
from eventlens.behaviour.events import Context, Event, is_outside_effect, is_write
from eventlens.behaviour.paths import encloses, named_function
from eventlens.behaviour.policies import is_soon_let_go_of, requeues
from eventlens.checks.context import CheckContext, Consumer, Evidence, Rule, channel_text, event_evidence
from eventlens.checks.swallowed_failure import swallowed_in
from eventlens.checks.telling import is_log_entry
from eventlens.flow.denotations import Denotation, External, FunctionRef, LibraryMember, Opaque, Scalar
from eventlens.flow.linking import keys_of, told_apart
from eventlens.flow.model import Finding
from eventlens.flow.module_index import last_name
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import is_endless, loops_of, mentions, statements_in, values_in, values_of
from eventlens.knowledge.schema import Subscribe

_ENDLESS = re.compile(r"(?i)\b(infinity|positive_infinity|inf|max_safe_integer|maxsize)\b")
_COUNTED = re.compile(r"(?i)attempt|retr|redeliver|death|count|tries|times_delivered|delivery")
_GIVES_BACK = frozenset(("rabbitmq", "nats"))
"""Brokers on which a negative acknowledgement gives a message back without counting, unless a limit is set."""
_ASKING = frozenset(("contains", "containskey", "has", "trygetvalue"))
_KEEPING = frozenset(("add", "tryadd", "set", "put", "putifabsent"))
"""Methods that ask a set or table for something, and that put it there."""
_LESS = frozenset(
    ("slice", "splice", "filter", "Skip", "skip", "subList", "drop", "difference", "minus", "without", "Except")
)
"""Calls that give less than what they are made on."""
_COMPARED = frozenset(("<", "<=", ">", ">="))


def _run(context: CheckContext) -> Iterator[Finding]:
    seen: set[int] = set()
    for consumer in context.consumers():
        if consumer.policy.delivery == "at-most-once":
            continue
        option = _endless_option(context, consumer)
        if option is not None:
            yield context.finding(
                RULE,
                f"{'as far as the code shows, ' if consumer.policy.then_is_open else ''}"
                f"a message of {channel_text(consumer.site)} that fails is tried without end: {option}",
                at=consumer.node,
                confidence="likely" if consumer.policy.then_is_open else "certain",
            )
        events = context.delivery_events(consumer.node)
        again = _sent_again(consumer, events)
        if again is not None:
            yield context.finding(
                RULE,
                f"a message of {channel_text(consumer.site)} that fails is sent to the same channel again: nothing counts how often",
                at=consumer.node,
                related=[event_evidence(again, "sent again here")],
            )
        for frame, node, message, related in (
            *_given_back(context, consumer, events),
            *_loops(events),
            *_recursions(context, events),
        ):
            if id(node) not in seen:
                seen.add(id(node))
                yield context.finding(
                    RULE,
                    message.format(channel=channel_text(consumer.site)),
                    at=consumer.node,
                    frame=frame,
                    node=node,
                    related=related,
                )


_Found = tuple[Frame, ir.Node, str, list[Evidence]]

# --------------------------------------------------------------------------------------------------- options, defaults


def _endless_option(context: CheckContext, consumer: Consumer) -> str | None:
    """How an option or a default makes retries endless; None where it does not."""
    entry, policy = consumer.node.match.entry, consumer.policy
    assert isinstance(entry, Subscribe)
    failure = entry.on_failure
    if failure is not None and failure.retries is not None:
        given = read_first(consumer.node.place, failure.retries.option)
        if any(_is_endless(value) for value in given) and (failure.retries.default or _asks_again(context, consumer)):
            return "the number of retries is set to no limit"
    if policy.max_deliveries is not None or policy.dead_letter is not None:
        return None
    if (
        policy.then == "requeue"
        and not any(event.within("catch") is not None for event in consumer.events)
        and not _is_done_with_first(consumer.events)
    ):
        return "the library puts it back into the queue each time"
    if (
        consumer.site.broker == "sqs"
        and policy.then == "redeliver"
        and not is_soon_let_go_of(policy)
        and any(key in context.graph.declared.places for key in keys_of(consumer.node))
        and not any(isinstance(one.done, Event) for one in swallowed_in(context, consumer))
    ):
        return "the queue is declared without a redrive policy and so without maxReceiveCount"
    return None


def _is_done_with_first(events: Sequence[Event]) -> bool:
    """Whether all that is done for a message is done after it was acknowledged."""
    done = [one for one in events if is_write(one) or is_outside_effect(one) or one.kind == "publish"]
    return bool(done) and all(is_acknowledged_before(one, events) for one in done)


def _asks_again(context: CheckContext, consumer: Consumer) -> bool:
    """Whether the handler itself asks for another try: where the library tries none on its own, its limit is about those."""
    return any(event.kind == "acknowledge" and requeues(event) for event in context.delivery_events(consumer.node))


def _is_endless(value: Denotation) -> bool:
    if isinstance(value, Scalar):
        return value.value is None or value.value == float("inf")
    if isinstance(value, Opaque):
        return bool(_ENDLESS.search(value.what))
    if isinstance(value, External):
        return bool(value.path) and bool(_ENDLESS.fullmatch(value.path[-1]))
    return isinstance(value, LibraryMember) and bool(_ENDLESS.fullmatch(value.names[-1]))


# ----------------------------------------------------------------------------------------------------------- given back


def _given_back(context: CheckContext, consumer: Consumer, events: Sequence[Event]) -> Iterator[_Found]:
    for event in given_back(context, consumer, events):
        message = "a message of {channel} that fails is given back each time: it comes again without end"
        yield event.frame, event.node, message, []


def given_back(context: CheckContext, consumer: Consumer, events: Sequence[Event]) -> Iterator[Event]:
    """The negative acknowledgements by which a message comes again without end: nothing counts how often, and nothing remembers it."""
    policy = consumer.policy
    if consumer.site.broker not in _GIVES_BACK or policy.max_deliveries is not None:
        return
    if consumer.site.broker == "nats" and (policy.retries or -1) > 0:
        return
    if _takes_so_many(consumer):
        return
    for event in (*events, *context.surroundings.failing(consumer.node)):
        if (
            event.kind == "acknowledge"
            and event.effect in ("nack", "reject")
            and requeues(event)
            and not _is_counted(event.contexts)
            and not any(map(_is_remembered, event.contexts))
            and not any(map(is_when_ending, event.contexts))
        ):
            yield event


def _takes_so_many(consumer: Consumer) -> bool:
    """Whether messages are taken one by one in a loop that ends: over something else (``for _ in range(most): channel.basic_get(…)``), or
    when so many were taken or the time is up (``while (Date.now() < deadline) channel.get(…)``)."""
    frame, taken = consumer.node.match.place.frame, consumer.node.match.place.call
    if frame is None or taken is None:
        return False
    around = [one for one in loops_of(frame) if one.start <= taken.start < one.end]
    turns = [one for one in around if not (one.source is not None and one.source.start <= taken.start < one.source.end)]
    return bool(turns) and all(map(_comes_to_an_end, turns))


def _comes_to_an_end(loop: ir.Loop) -> bool:
    if loop.kind == "each" or loop.source is None:
        return loop.kind == "each"
    return any(isinstance(inner, ir.Operation) and inner.operator in _COMPARED for inner in values_in(loop.source))


def _is_remembered(context: Context) -> bool:
    """Whether an arm keeps in a set what it gives back, and is left to the other arm when it is in there (``if (tried.Contains(id)) …``)."""
    if context.kind not in ("then", "orelse") or not isinstance(context.node, ir.Branch):
        return False
    asked = _owners(values_in(context.node.condition), _ASKING)
    arm = context.node.then if context.kind == "then" else context.node.orelse
    kept = (inner for one in statements_in(arm) for value in values_of(one) for inner in values_in(value))
    return not asked.isdisjoint(_owners(kept, _KEEPING))


def _owners(values: Iterable[ir.Value], methods: frozenset[str]) -> set[str]:
    """The names of what some methods are called on."""
    return {
        last_name(value.callee.object)
        for value in values
        if isinstance(value, ir.Call) and isinstance(value.callee, ir.Member) and value.callee.name.lower() in methods
    } - {""}


def _sent_again(consumer: Consumer, events: Sequence[Event]) -> Event | None:
    """A copy of the message that a failure path sends back to where it came from, with nothing about attempts on the way."""
    own = told_apart(consumer.node)
    for event in events:
        caught = event.within("catch")
        if event.kind != "publish" or event.site is None or caught is None or own.isdisjoint(told_apart(event.site)):
            continue
        frames = [step.callee for step in event.chain] + [one.callee.frame for one in event.site.chain]
        inside = [value for frame in frames for value in frame.calls]
        body = caught.node.body if isinstance(caught.node, ir.Catch) else ()
        written = [value for statement in statements_in(body) for value in values_of(statement)]
        if _is_of_a_rest(event) or _is_counted(event.contexts) or is_log_entry(event):
            continue
        if not any(map(_speaks_of_attempts, (*inside, *written))):
            return event
    return None


def _is_of_a_rest(event: Event) -> bool:
    """Whether what is sent is what is left of something (``wanted - done``): each time there is less."""
    given = event.node.args if isinstance(event.node, ir.Call) else ()
    names = {inner.name for one in given for inner in values_in(one.value) if isinstance(inner, ir.Name)}
    held = [one.value for name in names for one in event.frame.definitions.get(name, ())]
    values = (
        inner for value in (*held, *(one.value for one in given)) if value is not None for inner in values_in(value)
    )
    return any(
        (isinstance(one, ir.Operation) and one.operator == "-" and len(one.operands) > 1)
        or (isinstance(one, ir.Call) and last_name(one.callee) in _LESS)
        for one in values
    )


def _speaks_of_attempts(value: ir.Value) -> bool:
    """Whether a name, or a short text such as a header's, speaks of attempts."""
    for inner in values_in(value):
        texts = [inner.name] if isinstance(inner, ir.Name | ir.Member) else []
        if isinstance(inner, ir.Call):
            texts = [argument.name for argument in inner.args if argument.name]
        if isinstance(inner, ir.Literal) and isinstance(inner.value, str) and len(inner.value) <= _HEADER:
            texts = [inner.value]
        if any(_COUNTED.search(text) for text in texts):
            return True
    return False


_HEADER = 24
"""Letters of a text that may be the name of a header."""


def _is_counted(contexts: Iterable[Context]) -> bool:
    """Whether something on the way counts attempts: a comparison, or a name that says so."""
    return any(
        context.kind in ("then", "orelse") and isinstance(context.node, ir.Branch) and _counts(context.node.condition)
        for context in contexts
    )


def _counts(condition: ir.Value) -> bool:
    for inner in values_in(condition):
        if isinstance(inner, ir.Operation) and inner.operator in _COMPARED:
            return True
        name = inner.name if isinstance(inner, ir.Name | ir.Member) else ""
        if name and _COUNTED.search(name):
            return True
    return False


# ------------------------------------------------------------------------------------------------- loops and recursion


def _loops(events: Sequence[Event]) -> Iterator[_Found]:
    """Loops without a condition around an attempt whose catch never leaves them."""
    for event in events:
        if not (
            is_write(event)
            or is_outside_effect(event)
            or event.kind == "publish"
            or event.effect in ("external-read", "read")
        ):
            continue
        for at, context in enumerate(event.contexts):
            if context.kind == "loop" and isinstance(context.node, ir.Loop) and is_endless(context.node):
                attempt = next(
                    (c for c in event.contexts[at + 1 :] if c.kind == "try" and c.frame is context.frame), None
                )
                if attempt is not None and isinstance(attempt.node, ir.Try) and _retries(attempt.node, context.node):
                    message = (
                        "an attempt for a message of {channel} is repeated here for ever: nothing counts the attempts"
                    )
                    yield context.frame, context.node, message, [event_evidence(event, "this is tried again and again")]


def _retries(attempt: ir.Try, loop: ir.Loop) -> bool:
    """Whether success leaves the loop, and failure never does."""
    after = [one for one in loop.body if one.start >= attempt.end]
    success = [*attempt.body, *attempt.orelse, *after]
    if not attempt.catches or not any(_leaves(one) for one in statements_in(success)):
        return False
    if _turns_the_page(attempt, after) or any(_gives_up(one) for one in after):
        return False
    return not any(_leaves(one) for catch in attempt.catches for one in statements_in(catch.body))


def _gives_up(statement: ir.Statement) -> bool:
    """Whether what stands below an attempt leaves after so many of them (``if attempt == 5 { return err }``)."""
    return (
        isinstance(statement, ir.Branch)
        and _counts(statement.condition)
        and any(map(_leaves, statements_in(statement.then)))
    )


def _turns_the_page(attempt: ir.Try, after: Sequence[ir.Statement]) -> bool:
    """Whether what stands below an attempt counts up a number that the attempt asks with: each turn is about others (``offset += size``)."""
    counted = {
        one.target.name
        for one in statements_in(after)
        if isinstance(one, ir.Assign) and isinstance(one.target, ir.Name) and one.operator == "+"
    }
    asked = (value for one in statements_in(attempt.body) for value in values_of(one))
    return bool(counted) and any(mentions(value, counted) for value in asked)


def _leaves(statement: ir.Statement) -> bool:
    return isinstance(statement, ir.Return | ir.Throw) or (isinstance(statement, ir.Jump) and statement.kind == "break")


def _recursions(context: CheckContext, events: Sequence[Event]) -> Iterator[_Found]:
    """Functions that call themselves with the same message when they fail."""
    frames = {id(frame): frame for event in events for frame in (event.frame, *(step.callee for step in event.chain))}
    for frame in frames.values():
        function = named_function(frame)
        body = function.function.body or () if function.function is not None else ()
        for attempt in (one for one in statements_in(body) if isinstance(one, ir.Try)):
            for catch in attempt.catches:
                call = _call_of_itself(context, function, catch)
                if call is not None:
                    yield (
                        function,
                        call,
                        "a message of {channel} that fails is handled again by the handler itself, without end",
                        [],
                    )


def _call_of_itself(context: CheckContext, function: Frame, catch: ir.Catch) -> ir.Call | None:
    if any(isinstance(one, ir.Branch) and _counts(one.condition) for one in statements_in(catch.body)):
        return None
    for statement in statements_in(catch.body):
        for value in values_of(statement):
            for inner in values_in(value):
                if isinstance(inner, ir.Call) and _hands_over_the_same(inner, function):
                    meanings = context.graph.evaluator.evaluate(inner.callee, function)
                    if any(isinstance(one, FunctionRef) and encloses(one.frame, function) for one in meanings):
                        return inner
    return None


def _hands_over_the_same(call: ir.Call, frame: Frame) -> bool:
    """Whether a call is given nothing but what a function was given: anything else may end it, or be about something else."""
    function = frame.function
    own = {one.name for one in function.parameters} if function is not None else set()
    return all(isinstance(one.value, ir.Name) and one.value.name in own for one in call.args)


RULE = Rule(
    "unbounded-retry",
    "warning",
    "Count the attempts and send the message to a dead-letter channel after the last.",
    _run,
    needs_setup=True,
)
