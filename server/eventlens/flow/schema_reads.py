"""What a handler reads of the message that it gets, and which types it says the message has.

One walk over the handler in order of writing: names that hold the message, or a part of it, are followed through decoding
(``JSON.parse(message.value)``), assignment, destructuring and calls of workspace functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from eventlens import ir
from eventlens.flow.decoding_calls import DECODERS, SAME, content_type, filled_by, gives_content, keeps_part, maker_of
from eventlens.flow.denotations import ClassRef, Denotation, FunctionRef, Instance
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.field_methods import field_read_by
from eventlens.flow.model import PayloadField
from eventlens.flow.module_index import last_name
from eventlens.flow.noted_reads import (
    NotedRead,
    Path,
    ReadNotes,
    asks,
    is_asking,
    is_chosen,
    is_filling,
    lets_some_pass,
)
from eventlens.flow.read_fields import NO_FIELDS, fields_of
from eventlens.flow.schema_types import Written
from eventlens.flow.schema_zod import schema_calls
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import child_blocks, inward
from eventlens.flow.written_arguments import declared_type
from eventlens.knowledge.paths import parse_path
from eventlens.knowledge.schema import Subscribe

CONTENT = "$content"
"""The first step of paths that begin at the content; those that begin at what the handler is given have ``$0``, its first parameter."""
_RECORD = ("$record",)
"""What the broker's client wraps around the content."""
_MAX_CALLS = 2
_MAX_READS = 400


class Stated(NamedTuple):
    """The part ``path`` of the content is said to be of a type: one as written, or a class or schema value."""

    path: Path
    type: Written | Denotation
    at: tuple[Frame, ir.Node] | None = None
    """The call that makes every message into one of the type."""


class Reading(NamedTuple):
    """The parts of the content that are read, outermost first, and the types that are stated."""

    reads: tuple[Path, ...]
    stated: tuple[Stated, ...]
    noted: tuple[NotedRead, ...] = ()
    """Where each part is read."""

    def fields(self) -> list[PayloadField]:
        """The parts that are read as fields of types unknown."""
        return fields_of(self.reads, 1)


def read_by_handler(evaluator: Evaluator, site: SiteNode) -> Reading:
    """What the handler of a subscription reads."""
    frame = site.handler.frame
    if frame is None or not isinstance(site.match.entry, Subscribe):
        return Reading((), ())
    walk = _Walk(evaluator, _message_paths(site.match.entry, site.via == "wrapper"))
    loop = site.handler.loop
    if loop is not None and site.handler.loop_frame is not None:
        walk.loop(loop, site.handler.loop_frame, site.match.entry)
    if frame.function is not None and (loop is None or frame is not site.handler.loop_frame):
        handed = loop is not None or site.via == "wrapper"
        walk.function(frame, {index: (f"${index}",) for index in range(len(frame.function.parameters))}, handed)
    return walk.result()


def _message_paths(entry: Subscribe, wrapped: bool) -> list[Path]:
    """Where the content is, seen from the handler."""
    found: list[Path] = []
    for text in entry.handler.message or ():
        path = parse_path(text)
        if path.head == "param":
            found.append((f"${path.key}", *(step for step in path.steps if step != "[]")))
    return found or ([("$0",)] if wrapped else [])


class _Walk:
    def __init__(self, evaluator: Evaluator, messages: list[Path]) -> None:
        self._evaluator = evaluator
        self._messages = messages
        self._found: dict[Path, None] = {}
        self._stated: list[Stated] = []
        self._notes = ReadNotes()
        self._polls: set[str] = set()
        """Names of the calls that take a message inside the loop."""
        self._calls = 0
        self._seen: set[int] = set()

    def result(self) -> Reading:
        """What was read of the content; of what a wrapper hands over, everything where nothing is decoded."""
        content = [path[1:] for path in self._found if path[0] == CONTENT]
        for path in self._found:
            content.extend(
                path[len(message) :]
                for message in self._messages
                if path[: len(message)] == message and len(path) > len(message)
            )
        reads = tuple(dict.fromkeys(path for path in content if path and path[0] not in NO_FIELDS))
        noted = (one._replace(path=self._content(one.path) or ()) for one in self._notes.all())
        return Reading(reads[:_MAX_READS], tuple(self._stated), tuple(one for one in noted if one.path))

    # ---------------------------------------------------------------------------------------------------- functions

    def function(self, frame: Frame, given: Mapping[int, Path], handed: bool = False) -> None:
        """Walk a function whose parameters hold parts of the message. ``handed``: its first is the content, decoded before."""
        function = frame.function
        if function is None or function.body is None or id(frame) in self._seen:
            return
        self._seen.add(id(frame))
        known: dict[str, Path] = {}
        for index, parameter in enumerate(function.parameters):
            path = given.get(index)
            if path is None:
                continue
            if self._is_record(parameter, path, frame):
                known[parameter.name] = _RECORD
                continue
            if handed and index == 0 and not self._goes_further(frame, parameter.name):
                path = (CONTENT,)
            if parameter.pattern is not None:
                self._bind(parameter.pattern, path, known, frame)
            elif parameter.name:
                known[parameter.name] = path
            if parameter.type is not None and (content := self._content(path)) is not None:
                self._stated.append(Stated(content, Written(parameter.type, frame.outside)))
        self._statements(function.body, known, frame)

    def _is_record(self, parameter: ir.Parameter, path: Path, frame: Frame) -> bool:
        """Whether a parameter is what a client wraps around the content, in place of the content; what its type says of that is stated."""
        inner = content_type(parameter.type) if path in self._messages else None
        carried = parameter.type.args if parameter.type is not None else ()
        if len(carried) == 1 and any(len(one) > 1 and one[0] == path[0] for one in self._messages):
            self._stated.append(Stated((), Written(carried[0], frame.outside)))
        elif inner is not None:
            self._stated.append(Stated((), Written(inner, frame.outside)))
        return inner is not None

    def _goes_further(self, frame: Frame, name: str) -> bool:
        """Whether a parameter is still the broker's message: its raw content is read off it."""
        raw = {message[1] for message in self._messages if len(message) > 1}
        return any(
            isinstance(call.callee, ir.Member | ir.Name)
            and any(_reads_member(argument.value, name, raw) for argument in call.args)
            for call in frame.calls
        )

    def loop(self, loop: ir.Loop, frame: Frame, entry: Subscribe) -> None:
        """Walk a loop that takes messages: over them, or polling for them."""
        known: dict[str, Path] = {}
        if loop.target is not None:
            self._bind(loop.target, ("$0",), known, frame)
        self._polls = {pattern.rpartition(".")[2] for pattern in entry.handler.polls}
        self._statements(loop.body, known, frame)

    # --------------------------------------------------------------------------------------------------- statements

    def _statements(self, body: Iterable[ir.Statement], known: dict[str, Path], frame: Frame) -> None:
        with self._notes.own_doubts():
            for statement in body:
                self._statement(statement, known, frame)
                is_doubted = is_chosen(statement, known)
                with self._notes.doubting(is_doubted):
                    for block in child_blocks(statement):
                        self._statements(block, known, frame)
                if is_doubted and lets_some_pass(statement):
                    self._notes.doubt_what_follows()

    def _statement(self, statement: ir.Statement, known: dict[str, Path], frame: Frame) -> None:
        if isinstance(statement, ir.Assign):
            self._assigned(statement, known, frame)
        elif isinstance(statement, ir.Loop):
            source = self._value(statement.source, known, frame) if statement.source is not None else None
            if source is not None and statement.target is not None:
                self._bind(statement.target, (*source, "[]") if source[0] == CONTENT else source, known, frame)
        elif isinstance(statement, ir.Branch):
            with self._notes.doubting(isinstance(statement.condition, ir.Name | ir.Member | ir.Call)):
                self._value(statement.condition, known, frame)
        elif isinstance(statement, ir.FunctionDeclaration):
            self._statements(statement.function.body or (), _without(known, statement.function), frame)
        elif isinstance(statement, ir.Evaluate | ir.Return | ir.Throw) and statement.value is not None:
            self._value(statement.value, known, frame)

    def _assigned(self, statement: ir.Assign, known: dict[str, Path], frame: Frame) -> None:
        path = self._value(statement.value, known, frame) if statement.value is not None else None
        if path is not None:
            self._bind(statement.target, path, known, frame)
            self._annotated(statement.annotation, path, frame)
        elif isinstance(statement.target, ir.Name) and statement.value is not None:
            known.pop(statement.target.name, None)
        if isinstance(statement.target, ir.Member | ir.Index):
            self._filled(statement.target, known)

    def _filled(self, target: ir.Member | ir.Index, known: dict[str, Path]) -> None:
        """Note that the handler itself gives a part a value."""
        steps: list[str] = []
        value: ir.Value = target
        while isinstance(value, ir.Member | ir.Index):
            steps = [value.name, *steps] if isinstance(value, ir.Member) else []
            value = value.object
        base = known.get(value.name) if isinstance(value, ir.Name) else None
        if base is not None:
            self._notes.fill((*base, *steps))

    def _annotated(self, annotation: ir.TypeRef | None, path: Path, frame: Frame) -> None:
        content = self._content(path)
        if annotation is not None and content is not None:
            self._stated.append(Stated(content, Written(annotation, frame)))

    def _bind(self, target: ir.Value, path: Path, known: dict[str, Path], frame: Frame) -> None:
        """Give the names of a target or pattern their parts; what a pattern takes out is read."""
        if isinstance(target, ir.Name):
            known[target.name] = path
        elif isinstance(target, ir.Choice) and target.options:
            self._bind(target.options[0], path, known, frame)
        elif isinstance(target, ir.Object):
            for one in target.fields:
                if one.key is not None:
                    with self._notes.doubting(isinstance(one.value, ir.Choice)):
                        self._read((*path, one.key), frame, one)
                    self._bind(one.value, (*path, one.key), known, frame)
        elif isinstance(target, ir.Sequence):
            for item in target.items:
                self._bind(item, (*path, "[]"), known, frame)

    # ------------------------------------------------------------------------------------------------------- values

    def _value(self, value: ir.Value, known: dict[str, Path], frame: Frame) -> Path | None:
        """The part that a value is, None for none; what is read inside it is noted."""
        if isinstance(value, ir.Name):
            return known.get(value.name)
        if isinstance(value, ir.Member):
            base = self._value(value.object, known, frame)
            if base == _RECORD:
                return (CONTENT,) if gives_content(value.name) else None
            return None if base is None else self._read((*base, value.name), frame, value)
        if isinstance(value, ir.Await):
            return self._value(value.value, known, frame)
        if isinstance(value, ir.Index):
            self._value(value.key, known, frame)
            base = self._value(value.object, known, frame)
            return None if base is None else ((*base, "[]") if base[0] == CONTENT else base)
        if isinstance(value, ir.Call):
            return self._call(value, known, frame)
        if isinstance(value, ir.Choice):
            with self._notes.doubting(True):
                if value.condition is not None:
                    self._value(value.condition, known, frame)
                found = [self._value(option, known, frame) for option in value.options]
            return next((path for path in found if path is not None), None)
        if isinstance(value, ir.AssignValue):
            path = self._value(value.value, known, frame)
            if path is not None:
                self._bind(value.target, path, known, frame)
            return path
        self._inside(value, known, frame)
        return None

    def _inside(self, value: ir.Value, known: dict[str, Path], frame: Frame) -> None:
        if isinstance(value, ir.Lambda):
            self._statements(value.function.body or (), _without(known, value.function), frame)
        elif isinstance(value, ir.Object):
            for one in value.fields:
                self._value(one.value, known, frame)
        elif isinstance(value, ir.Comprehension):
            self._comprehension(value, known, frame)
        else:
            with self._notes.doubting(isinstance(value, ir.Operation) and asks(value)):
                for part in _parts(value):
                    self._value(part, known, frame)

    def _comprehension(self, value: ir.Comprehension, known: dict[str, Path], frame: Frame) -> None:
        inner = dict(known)
        source = self._value(value.source, known, frame)
        if source is not None:
            self._bind(value.target, (*source, "[]"), inner, frame)
        for part in (value.element, *value.conditions):
            self._value(part, inner, frame)

    def _call(self, call: ir.Call, known: dict[str, Path], frame: Frame) -> Path | None:
        name, callee = last_name(call.callee), call.callee
        owner = self._value(callee.object, known, frame) if isinstance(callee, ir.Member) else None
        if owner is not None:
            return self._method(call, name, owner, known, frame)
        with self._notes.doubting(is_asking(name)):
            paths = [self._value(argument.value, known, frame) for argument in call.args]
        given = next((path for path in paths if path is not None), None)
        if given is None:
            return ("$0",) if name in self._polls else None
        filled = filled_by(call)
        if filled is not None:
            self._fill(filled, known, frame)
            return None
        classes = self._classes(call, frame)
        typed = name == "decode" and (made := maker_of(call, frame)) is not None and bool(made.type_args)
        if name in DECODERS or typed or classes or (call.type_args and not call.is_new):
            return self._decoded(call, given, classes, frame)
        if name in SAME:
            return given
        if is_filling(name):
            self._notes.fill(given)
        self._follow(call, paths, frame)
        return None

    def _fill(self, name: ir.Name, known: dict[str, Path], frame: Frame) -> None:
        """A local that is filled with what is decoded."""
        known[name.name] = (CONTENT,)
        declared = declared_type(name, frame)
        if declared is not None:
            self._stated.append(Stated((), Written(*declared)))
        else:
            held = self._evaluator.evaluate(name, frame)
            self._stated.extend(Stated((), ClassRef(one.index)) for one in held if isinstance(one, Instance))

    def _method(self, call: ir.Call, name: str, owner: Path, known: dict[str, Path], frame: Frame) -> Path | None:
        """A method of the message or a part of it."""
        if owner == _RECORD:
            return (CONTENT,) if gives_content(name) else None
        first = call.args[0].value if call.args else None
        if name == "get" and isinstance(first, ir.Literal) and isinstance(first.value, str):
            with self._notes.doubting(True):
                return self._read((*owner, first.value), frame, call)
        if not call.args:
            self._notes.add((*owner, field_read_by(name) or name), frame, call, by_method=True)
        elif is_filling(name):
            self._notes.fill(owner)
        each = isinstance(first, ir.Lambda) and owner[0] == CONTENT
        for argument in call.args:
            if each and isinstance(argument.value, ir.Lambda):
                function = argument.value.function
                inner = _without(known, function)
                for parameter in function.parameters[:1]:
                    self._bind(parameter.pattern or ir.Name(0, 0, parameter.name), (*owner, "[]"), inner, frame)
                self._statements(function.body or (), inner, frame)
            else:
                self._value(argument.value, known, frame)
        if name == "json":
            return (CONTENT,)
        raw = (*owner, name)
        if any(raw[: len(message)] == message for message in self._messages):
            return raw  # ``message.value()``
        return owner if name in SAME else None

    def _decoded(self, call: ir.Call, given: Path, classes: list[Denotation], frame: Frame) -> Path:
        """Decoding gives the content; a part of the content that is validated stays that part."""
        path = given if given[0] == CONTENT and keeps_part(call) else (CONTENT,)
        if path != given and given[0] == CONTENT:
            self._notes.fill(
                (CONTENT,)
            )  # text inside an envelope, which another broker may have put around the content
        content = path[1:]
        at = (frame, call) if self._notes.are_sure else None
        self._stated.extend(Stated(content, found, at) for found in classes)
        made = maker_of(call, frame)
        written = call.asserted or next((one.type_args[0] for one in (call, made) if one is not None and len(one.type_args) == 1), None)  # fmt: skip
        if written is not None:
            self._stated.append(Stated(content, Written(written, frame)))
        return path

    def _classes(self, call: ir.Call, frame: Frame) -> list[Denotation]:
        """The classes and schemas that a call makes the content into: its owner, itself, or one of its arguments."""
        name = last_name(call.callee)
        values: list[ir.Value] = []
        if isinstance(call.callee, ir.Member) and name in DECODERS:
            values.append(call.callee.object)
        elif any(argument.spread == "**" for argument in call.args):
            values.append(call.callee)
        if name in DECODERS or name in ("decode", "loads", "from_dict"):
            values.extend(a.value for a in call.args if isinstance(a.value, ir.Name | ir.Member))
        return [
            found
            for value in values
            for found in self._evaluator.evaluate(value, frame)
            if isinstance(found, ClassRef) or _is_schema_value(found)
        ]

    def _follow(self, call: ir.Call, paths: list[Path | None], frame: Frame) -> None:
        """Into the workspace functions that are given the message or a part of it."""
        if self._calls >= _MAX_CALLS:
            return
        self._calls += 1
        meant = [one for one in self._evaluator.evaluate(call.callee, frame) if isinstance(one, FunctionRef)]
        with self._notes.doubting(len(meant) > 1):  # which one runs, a class that is not known here decides
            for found in meant:
                self.function(found.frame, {at: path for at, path in enumerate(paths) if path is not None})
        self._calls -= 1

    # ---------------------------------------------------------------------------------------------------------- parts

    def _read(self, path: Path, frame: Frame, node: ir.Node) -> Path:
        self._found[path] = None
        self._notes.add(path, frame, node)
        return path

    def _content(self, path: Path) -> Path | None:
        """A path as seen from the content; None for what is no part of it."""
        if path[0] == CONTENT:
            return path[1:]
        return next((path[len(m) :] for m in self._messages if path[: len(m)] == m), None)


def _is_schema_value(found: Denotation) -> bool:
    return any(True for _ in schema_calls((found,)))


def _reads_member(value: ir.Value, name: str, members: set[str]) -> bool:
    """Whether a value is read off a member of a name (``message.content``, ``message.content.toString()``)."""
    return any(
        isinstance(one, ir.Member)
        and isinstance(one.object, ir.Name)
        and one.object.name == name
        and one.name in members
        for one in inward(value)
    )


def _without(known: dict[str, Path], function: ir.Function) -> dict[str, Path]:
    """What an inner function sees: its own parameters hide the names outside."""
    own = {parameter.name for parameter in function.parameters}
    return {name: path for name, path in known.items() if name not in own}


def _parts(value: ir.Value) -> Iterator[ir.Value]:
    if isinstance(value, ir.Template | ir.Unknown):
        yield from value.parts
    elif isinstance(value, ir.Sequence):
        yield from value.items
    elif isinstance(value, ir.Operation):
        yield from value.operands
    elif isinstance(value, ir.Spread | ir.Yield) and value.value is not None:
        yield value.value
