"""Work that is given to a builder as functions, of which one asks whether it was done (``check { … }  work { … }  record { … }``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from eventlens import ir
from eventlens.behaviour.events import Context, Event
from eventlens.flow.denotations import ClassRef, FunctionRef
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.walk import mentions, statements_in, values_in, values_of

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Evaluator

_READS = frozenset(("read", "cache-read", "external-read"))


class CheckedWork(NamedTuple):
    """Something that a builder runs only as the answer of ``check``, another of its functions, decides."""

    check: Event
    work: Event


def work_of_builders(events: Sequence[Event]) -> Iterator[CheckedWork]:
    """What functions do that are given to one object beside the function whose answer decides."""
    for check in events:
        given = check.within("callback") if check.effect in _READS else None
        if given is None or check.place is None or not _is_answer(check, given, events):
            continue
        builder = _builder(check.place.evaluator, given, check)
        if builder is None or not _is_decided(builder, given):
            continue
        for event in events:
            if event.order > check.order and any(_is_beside(one, given, builder) for one in event.contexts):
                yield CheckedWork(check, event)


def _is_answer(check: Event, given: Context, events: Sequence[Event]) -> bool:
    """Whether what is read is what the function gives that was handed over."""
    own = {id(one.value.function) for one in _arguments(given) if isinstance(one.value, ir.Lambda)}
    inside = [at for at, step in enumerate(check.chain) if id(step.frame.function) in own]
    steps = check.chain[inside[0] :] if inside else ()
    if not steps and id(check.frame.function) not in own:
        return False
    calls = {id(step.call) for step in steps}
    usages = [check.usage, *(one.usage for one in events if one.kind == "call" and id(one.node) in calls)]
    return all(usage[-1:] == ("returned",) for usage in usages)


def _arguments(given: Context) -> Sequence[ir.Argument]:
    return given.node.args if isinstance(given.node, ir.Call) else ()


def _builder(evaluator: Evaluator, given: Context, check: Event) -> ClassIndex | None:
    """The class of the object that gets the function: whose method is called, or, where the call names none, that the function around
    it is run on (``synchronise { check { … } }``)."""
    assert isinstance(given.node, ir.Call)
    for one in evaluator.evaluate(given.node.callee, given.frame):
        if isinstance(one, FunctionRef):
            return one.frame.cls
    name = last_name(given.node.callee)
    for around in (one for one in check.contexts if one.kind == "callback" and isinstance(one.node, ir.Call)):
        assert isinstance(around.node, ir.Call)
        for taker in evaluator.evaluate(around.node.callee, around.frame):
            if isinstance(taker, FunctionRef):
                made = _made_in(evaluator, taker.frame, name)
                if made is not None:
                    return made
    return None


def _made_in(evaluator: Evaluator, frame: Frame, method: str) -> ClassIndex | None:
    """The class, with a method of that name, of which a function makes an object."""
    for call in frame.calls:
        for made in evaluator.evaluate(call.callee, frame):
            if isinstance(made, ClassRef) and method in made.index.methods:
                return made.index
    return None


def _is_decided(builder: ClassIndex, given: Context) -> bool:
    """Whether the object keeps the function, and a method of it lets its answer decide."""
    assert isinstance(given.node, ir.Call)
    keeper = builder.methods.get(last_name(given.node.callee))
    fields = set(_kept_in(keeper)) if keeper is not None else set()
    return bool(fields) and any(_decides_by(method, fields) for method in builder.methods.values())


def _kept_in(method: Frame) -> Iterator[str]:
    """The fields in which a method keeps what it is given."""
    function = method.function
    given = {one.name for one in function.parameters} if function is not None else set()
    for one in statements_in(function.body or ()) if function is not None else ():
        if (
            isinstance(one, ir.Assign)
            and isinstance(one.target, ir.Member)
            and isinstance(one.target.object, ir.This)
            and isinstance(one.value, ir.Name)
            and one.value.name in given
        ):
            yield one.target.name


def _decides_by(method: Frame, fields: set[str]) -> bool:
    function = method.function
    named: set[str] = set()
    for statement in statements_in(function.body or ()) if function is not None else ():
        if isinstance(statement, ir.Branch) and (
            _asks(statement.condition, fields) or (named and mentions(statement.condition, named))
        ):
            return True
        if isinstance(statement, ir.Assign) and isinstance(statement.target, ir.Name) and statement.value is not None:
            named |= {statement.target.name} if _asks(statement.value, fields) else set()
        for value in values_of(statement):
            for inner in values_in(value):
                if isinstance(inner, ir.Choice) and _asks(inner.condition or inner.options[0], fields):
                    return True
    return False


def _asks(value: ir.Value, fields: set[str]) -> bool:
    """Whether a kept function is called in a value."""
    return any(
        isinstance(one, ir.Call)
        and isinstance(one.callee, ir.Member)
        and isinstance(one.callee.object, ir.This)
        and one.callee.name in fields
        for one in values_in(value)
    )


def _is_beside(context: Context, given: Context, builder: ClassIndex) -> bool:
    """Whether something is done in another function that the same object is given, at the same place."""
    return (
        context.kind == "callback"
        and context.frame is given.frame
        and context.node is not given.node
        and isinstance(context.node, ir.Call)
        and last_name(context.node.callee) in builder.methods
    )
