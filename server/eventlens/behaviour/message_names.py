"""Under which names code has the message that it handles, and which calls are given it, or its content in another form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from eventlens import ir
from eventlens.behaviour.events import CallStep, Event
from eventlens.behaviour.paths import scopes
from eventlens.flow.decoding_calls import DECODERS, SAME
from eventlens.flow.handler_found import HandlerFound
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import names_bound, statements_in

_ERROR = re.compile(r"(?i)^err|err$|error$")
_FORMS = re.compile(
    r"(?i)decod|decrypt|decompress|unzip|inflate|string|bytes|buffer|utf|reader|stream|text|payload|body|content|convert|unwrap|extract|pars|read_?value|json|unmarshal"
)
"""Names of functions that give what they are given in another form."""


def is_error_name(name: str) -> bool:
    """Whether a name is called like an error."""
    return _ERROR.search(name) is not None


def message_names(handler: HandlerFound, subscription: ir.Node) -> set[str]:
    """The names under which a handler has the message: its parameters, a loop's variable, what the call that takes it, or a channel of the
    language, gives."""
    if handler.loop is None:
        function = handler.frame.function if handler.frame is not None else None
        return {one.name for one in function.parameters} if function is not None else set()
    taken = names_bound(handler.loop.target)
    for statement in statements_in(handler.body):
        if not isinstance(statement, ir.Assign) or statement.value is None:
            continue
        value = statement.value
        if isinstance(value, ir.Receive) or value.start <= subscription.start < value.end:
            taken |= names_bound(statement.target)
    return {name for name in taken if not is_error_name(name)}


def is_given_the_message(event: Event, handler: HandlerFound, subscription: ir.Node) -> bool:
    """Whether a call is made on, or given, the message of a handler or its content: through locals, and functions that are handed it."""
    if not isinstance(event.node, ir.Call):
        return False
    names = (
        message_names(handler, subscription) | _taken(handler)
        if handler.loop is not None
        else _parameters(handler.frame)
    )
    chain = event.chain
    inside = [at for at, step in enumerate(chain) if step.callee is handler.frame]
    if inside:
        names, chain = _parameters(handler.frame), chain[inside[0] + 1 :]
    known = _handed_on(names, chain)
    return bool(known) and _is_given(event.node, _known_in(event.frame, known))


def _taken(handler: HandlerFound) -> set[str]:
    """The names that are given what the call gives which takes a message out of a consumer."""
    taken = handler.taken
    if taken is None:
        return set()
    return {
        name
        for statement in statements_in(handler.body)
        if isinstance(statement, ir.Assign) and statement.start <= taken.start < statement.end
        for name in names_bound(statement.target)
    }


def _handed_on(names: set[str], chain: Sequence[CallStep]) -> set[str]:
    """The parameters that get the message, or its content, at the end of a chain of calls."""
    for step in chain:
        known = _known_in(step.frame, names)
        function = step.callee.function
        parameters = function.parameters if function is not None else ()
        given = {one.name: one.value for one in step.call.args if one.name}
        by_place = [one.value for one in step.call.args if not one.name]
        names = {
            one.name
            for at, one in enumerate(parameters)
            if (value := given.get(one.name) or (by_place[at] if at < len(by_place) else None)) is not None
            and _carries(value, known)
        }
        if not names:
            break
    return names


def _known_in(frame: Frame, names: set[str]) -> set[str]:
    """The names in a scope that hold what some names hold, in whatever form; those of the functions around it included."""
    known = set(names)
    for scope in reversed(tuple(scopes(frame))):
        if scope.function is not None and scope.parent is not None and scope.function.kind == "lambda":
            around = [one for one in scope.parent.calls if one.start <= scope.function.start < one.end]
            if any(isinstance(one.callee, ir.Member) and _carries(one.callee.object, known) for one in around):
                known |= _parameters(scope)
        body = scope.function.body or () if scope.function is not None else scope.module.module.body
        for statement in statements_in(body):
            given = statement.value if isinstance(statement, ir.Assign) else None
            given = statement.source if isinstance(statement, ir.Loop) else given
            if given is not None and _carries(given, known):
                known |= names_bound(statement.target)  # type: ignore[union-attr]
    return known


def _is_given(call: ir.Call, names: set[str]) -> bool:
    owner = call.callee.object if isinstance(call.callee, ir.Member) else None
    return any(_carries(one.value, names) for one in call.args) or (owner is not None and _carries(owner, names))


def _carries(value: ir.Value, names: set[str]) -> bool:
    """Whether a value is what some names hold, a part of it, or the same in another form: not what others answer who are given it."""
    if isinstance(value, ir.Name):
        return value.name in names
    if isinstance(value, ir.Member | ir.Index):
        return _carries(value.object, names)
    if isinstance(value, ir.Await | ir.Spread):
        return _carries(value.value, names)
    if isinstance(value, ir.Call):
        if isinstance(value.callee, ir.Member) and _carries(value.callee.object, names):
            return True
        name = last_name(value.callee)
        return (name in SAME or name in DECODERS or _FORMS.search(name) is not None) and _is_given(value, names)
    return any(_carries(one, names) for one in _parts(value))


def _parts(value: ir.Value) -> Iterable[ir.Value]:
    """The values that one is put together of."""
    if isinstance(value, ir.Choice):
        return value.options
    if isinstance(value, ir.Operation):
        return value.operands
    if isinstance(value, ir.Template | ir.Unknown):
        return value.parts
    if isinstance(value, ir.Sequence):
        return value.items
    return [one.value for one in value.fields] if isinstance(value, ir.Object) else ()


def _parameters(frame: Frame | None) -> set[str]:
    if frame is None or frame.function is None:
        return set()
    named = {one.name for one in frame.function.parameters if one.name}
    return named.union(*(names_bound(one.pattern) for one in frame.function.parameters))
