"""Which local names hold the message that is handled, or a part of its content, in each function on the way to the effects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import CallStep
from eventlens.behaviour.paths import named_function, scopes
from eventlens.fixes.dedup.handling import Handling
from eventlens.flow.module_index import decorator_name, last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in, values_in
from eventlens.knowledge.paths import parse_path
from eventlens.knowledge.schema import Subscribe

MESSAGE = "$message"
"""The first step of what is read off the broker's message; the content's own members have none."""
_DECODERS = frozenset((
    "parse", "parseAsync", "loads", "decode", "deserialize", "fromJSON", "model_validate", "model_validate_json", "parse_raw", "parse_obj",
    "plainToInstance", "from_dict", "json",
))  # fmt: skip
_DECODED = frozenset(("bullmq", "bull"))
"""Libraries that hand the content over decoded, as ``data`` of the message."""


class Known(NamedTuple):
    """The names of a function: each with the path from the content (``("meta", "id")``), or from the message (`MESSAGE` first)."""

    names: dict[str, tuple[str, ...]]
    before: dict[str, int]
    """Where each name is known from (a byte offset); parameters from the function's start."""

    def content(self) -> list[str]:
        """The names that hold all of the content."""
        return [name for name, path in self.names.items() if path == ()]

    def message(self) -> list[str]:
        """The names that hold the broker's message."""
        return [name for name, path in self.names.items() if path == (MESSAGE,)]


def known_in(handling: Handling, chain: Iterable[CallStep], frame: Frame) -> Known:
    """What is known in the function of ``frame``, to which the calls of ``chain`` lead from the handler."""
    handler = handling.consumer.node.handler
    entry = handling.consumer.node.match.entry
    assert isinstance(entry, Subscribe)
    root = frame if handler.frame is None else handler.frame
    names: dict[str, tuple[str, ...]] = {}
    before: dict[str, int] = {}
    if handling.loop is not None:
        loop, root = handling.loop
        _of_loop(loop, entry, names, before)
    elif root.function is not None:
        _of_parameters(root.function, entry, names, before)
    paths = _contents(handling, entry)
    for step in chain:
        _assigned(named_function(step.frame), step.frame, paths, names, before)
        names, before = _handed(step, paths, names)
    _assigned(named_function(frame), frame, paths, names, before)
    return Known(names, before)


def _contents(handling: Handling, entry: Subscribe) -> list[tuple[str, ...]]:
    """Members of the broker's message that hold the decoded content."""
    found: list[tuple[str, ...]] = []
    if handling.consumer.node.match.library not in _DECODED:
        return found
    for text in entry.handler.message or ():
        path = parse_path(text)
        if path.head == "param":
            found.append(tuple(step for step in path.steps if step != "[]"))
    return found


def _of_parameters(
    function: ir.Function, entry: Subscribe, names: dict[str, tuple[str, ...]], before: dict[str, int]
) -> None:
    """The handler's parameters: the message is the first, or as the model says; of a pattern each part has its path."""
    content = next((at for at, one in enumerate(function.parameters) if _has_decorator(one, entry)), 0)
    is_content = any("." not in text for text in entry.handler.message or ())
    for index, parameter in enumerate(function.parameters):
        base: tuple[str, ...] = (MESSAGE,) if index == 0 else (MESSAGE, f"${index}")
        if index == content and is_content and not _is_raw(function, parameter.name):
            base = ()
        _bind(parameter.pattern or ir.Name(0, 0, parameter.name), base, names, before, function.start)


def _has_decorator(parameter: ir.Parameter, entry: Subscribe) -> bool:
    wanted = entry.handler.message_decorator
    return wanted is not None and any(decorator_name(one) == wanted for one in parameter.decorators)


def _is_raw(function: ir.Function, name: str) -> bool:
    """Whether a parameter is decoded first."""
    return any(
        isinstance(value, ir.Call)
        and last_name(value.callee) in _DECODERS
        and any(
            isinstance(inner, ir.Name) and inner.name == name for one in value.args for inner in values_in(one.value)
        )
        for statement in statements_in(function.body or ())
        for top in _values(statement)
        for value in values_in(top)
    )


def _of_loop(loop: ir.Loop, entry: Subscribe, names: dict[str, tuple[str, ...]], before: dict[str, int]) -> None:
    if loop.target is not None:
        _bind(loop.target, (MESSAGE,), names, before, loop.start)
    polls = {pattern.rpartition(".")[2] for pattern in entry.handler.polls}
    for statement in loop.body:
        if isinstance(statement, ir.Assign) and isinstance(statement.target, ir.Name):
            taken = _bare(statement.value)
            if isinstance(taken, ir.Call) and last_name(taken.callee) in polls:
                _bind(statement.target, (MESSAGE,), names, before, statement.end)


def _handed(
    step: CallStep, contents: list[tuple[str, ...]], known: dict[str, tuple[str, ...]]
) -> tuple[dict[str, tuple[str, ...]], dict[str, int]]:
    """What a called function is given of the message."""
    names: dict[str, tuple[str, ...]] = {}
    before: dict[str, int] = {}
    function = step.callee.function
    if function is None:
        return names, before
    by_name = {one.name: one for one in function.parameters}
    for index, argument in enumerate(step.call.args):
        parameter = by_name.get(argument.name) if argument.name else None
        if argument.name is None and index < len(function.parameters):
            parameter = function.parameters[index]
        path = _path(argument.value, contents, known)
        if parameter is not None and path is not None and not argument.spread:
            _bind(parameter.pattern or ir.Name(0, 0, parameter.name), path, names, before, function.start)
    return names, before


def _assigned(
    root: Frame,
    frame: Frame,
    contents: list[tuple[str, ...]],
    names: dict[str, tuple[str, ...]],
    before: dict[str, int],
) -> None:
    """Follow the assignments of a function and of the lambdas around a scope in it."""
    for scope in reversed(list(scopes(frame))):
        body = (scope.function.body or ()) if scope.function is not None else ()
        for statement in statements_in(body):
            if isinstance(statement, ir.Assign) and statement.value is not None and not statement.operator:
                path = _path(statement.value, contents, names)
                if path is not None:
                    _bind(statement.target, path, names, before, statement.end)
        for name in _texts(body):
            names.pop(name, None)


def _texts(body: Iterable[ir.Statement]) -> set[str]:
    """The names that are parsed: they hold text."""
    return {
        one.value.name
        for statement in statements_in(body)
        for top in _values(statement)
        for value in values_in(top)
        if isinstance(value, ir.Call) and last_name(value.callee) in ("parse", "loads")
        for one in value.args
        if isinstance(one.value, ir.Name)
    }


def _path(
    value: ir.Value, contents: list[tuple[str, ...]], known: dict[str, tuple[str, ...]]
) -> tuple[str, ...] | None:
    """What a value is of the message; None for what is no part of it."""
    if isinstance(value, ir.Await):
        return _path(value.value, contents, known)
    if isinstance(value, ir.Name):
        return known.get(value.name)
    if isinstance(value, ir.Member | ir.Index):
        base = _path(value.object, contents, known)
        key = value.name if isinstance(value, ir.Member) else _literal(value.key)
        if base is None or not key:
            return None
        whole = (*base, key)
        return () if base[:1] == (MESSAGE,) and whole[1:] in contents else whole
    if isinstance(value, ir.Call):
        name = last_name(value.callee)
        given = [*(one.value for one in value.args), *((value.callee,) if name in ("json", "decode") else ())]
        of_message = any(
            isinstance(inner, ir.Name) and known.get(inner.name, ("",))[:1] in ((MESSAGE,), ())
            for one in given
            for inner in values_in(one)
        )
        if name in _DECODERS and of_message:
            return ()
    return None


def _literal(value: ir.Value) -> str:
    return value.value if isinstance(value, ir.Literal) and isinstance(value.value, str) else ""


def _bind(
    target: ir.Value, path: tuple[str, ...], names: dict[str, tuple[str, ...]], before: dict[str, int], at: int
) -> None:
    if isinstance(target, ir.Name):
        if target.name:
            names[target.name] = path
            before[target.name] = at
    elif isinstance(target, ir.Choice) and target.options:
        _bind(target.options[0], path, names, before, at)
    elif isinstance(target, ir.Object):
        for one in target.fields:
            if one.key is not None:
                _bind(one.value, (*path, one.key), names, before, at)
    elif isinstance(target, ir.Sequence):
        for number, item in enumerate(target.items):
            _bind(item, (*path, f"${number}"), names, before, at)


def _bare(value: ir.Value | None) -> ir.Value | None:
    while isinstance(value, ir.Await):
        value = value.value
    return value


def _values(statement: ir.Statement) -> list[ir.Value]:
    found = [getattr(statement, name, None) for name in ("value", "condition", "source")]
    return [one for one in found if one is not None]
