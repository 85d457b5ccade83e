"""What something that happens inside of called functions is made of, as the function at the top sees it: the calls on the way hand it down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from eventlens import ir
from eventlens.behaviour.events import CallStep, Event
from eventlens.checks.announced import local_definitions, origins_in, origins_of, used_by
from eventlens.checks.carried_rows import given_by
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import names_bound, owner_name, values_in

_MOST_NAMES = 60


def origins_handed_down(event: Event) -> set[str]:
    """The local names of the traced function of which what a call uses is made, however deep the call stands."""
    return _handed_down(event, _made_of)


def shares_what_is_handed_down(publish: Event, write: Event) -> bool:
    """Whether a write in a called function is made of something that a message is made of too, or the message of what that call gave; true also
    where nothing is known of the message."""
    sent = origins_of(publish)
    if not sent or not sent.isdisjoint(origins_handed_down(write)):
        return True
    top = write.chain[0]
    return any(
        one.value is not None and one.value.start <= top.call.start and top.call.end <= one.value.end
        for name in sent
        for one in local_definitions(name, top.frame)
        if one.kind in ("value", "element", "context")
    )


def is_made_of_parameters(event: Event, frame: Frame) -> bool:
    """Whether something that a call uses comes from what a function of the trace was given."""
    function = frame.function
    own = {
        name
        for one in (function.parameters if function is not None else ())
        for name in (one.name, *(names_bound(one.pattern) if one.pattern is not None else ()))
    }
    return not own.isdisjoint(_handed_down(event, _names_in))


def _made_of(values: Sequence[ir.Value], frame: Frame) -> set[str]:
    """The local names of which values are made, with what is put into the objects that these hold."""
    found = origins_in(values, frame)
    known: set[str] = set()
    while found - known and len(found) < _MOST_NAMES:
        fresh, known = found - known, found
        put = [
            *(one.value for call in frame.calls if owner_name(call.callee) in fresh for one in call.args),
            *(one.value for one in frame.members if one.base in fresh),
        ]
        found = found | origins_in(put, frame)
    return found


def _handed_down(event: Event, names_in: Callable[[Sequence[ir.Value], Frame], set[str]]) -> set[str]:
    used: Sequence[ir.Value] = used_by(event.node)
    names = names_in(used, event.frame)
    for step in reversed(event.chain):
        used = _given(step, used, names)
        names = names_in(used, step.frame)
    return names


def _given(step: CallStep, used: Sequence[ir.Value], names: set[str]) -> Sequence[ir.Value]:
    """What a call hands down for what is used in the function that it enters: all that it has where it does not say what it hands to which."""
    call = step.call
    values = list(_own(call, used, names))
    given = given_by(step)
    parameters = step.callee.function.parameters if step.callee.function is not None else ()
    if any(one.name in names and _takes_what_is_left(one, given, call) for one in parameters):
        return [*(one.value for one in call.args), *values]
    return [*(value for name, value in given.items() if name in names), *values]


def _takes_what_is_left(parameter: ir.Parameter, given: Mapping[str, ir.Value], call: ir.Call) -> bool:
    """Whether what a parameter gets is more than one argument, or not told by the call: by no means the default."""
    if parameter.kind in ("rest", "keywords"):
        return True
    is_left_out = parameter.default is not None or parameter.optional
    return parameter.name not in given and (any(one.spread for one in call.args) or not is_left_out)


def _own(call: ir.Call, used: Sequence[ir.Value], names: set[str]) -> Iterator[ir.Value]:
    """What stands for the object, or for members of it, that a method uses."""
    if not isinstance(call.callee, ir.Member):
        return
    owner = call.callee.object
    members = [one.partition(".")[2] for one in names if one.startswith("this.")]
    if isinstance(owner, ir.This | ir.Super):
        yield from (ir.Member(owner.start, owner.end, owner, name) for name in members)
    elif members:
        yield owner
    if any(isinstance(one, ir.This | ir.Super) for one in used):
        yield owner


def _names_in(values: Sequence[ir.Value], frame: Frame) -> set[str]:
    """The local names in values, and in what these are given."""
    queue = list(values)
    found: set[str] = set()
    while queue and len(found) < _MOST_NAMES:
        for value in values_in(queue.pop()):
            if isinstance(value, ir.Name) and value.name not in found:
                found.add(value.name)
                queue.extend(_values_of(value.name, frame))
    return found


def _values_of(name: str, frame: Frame) -> Iterator[ir.Value]:
    """What a local name is given, or, where it is only declared, what calls that may fill it are given beside it."""
    scope: Frame | None = frame
    while scope is not None and scope.function is not None:
        known = scope.definitions.get(name)
        if known is not None:
            values = [
                one.value for one in known if one.kind in ("value", "element", "context") and one.value is not None
            ]
            yield from values
            if not values and all(one.kind == "value" for one in known):
                yield from _filling(name, scope)
            return
        scope = scope.parent
    yield from _filling(name, frame)


def _filling(name: str, frame: Frame) -> Iterator[ir.Value]:
    for call in frame.calls:
        if any(isinstance(one.value, ir.Name) and one.value.name == name for one in call.args):
            yield from (one.value for one in call.args)
