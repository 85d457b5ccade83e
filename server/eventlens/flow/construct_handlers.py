"""Which code a construct's function runs: from the properties with which the function, or the base of an in-house construct, is made."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace

from eventlens import ir
from eventlens.config.infrastructure import DeployedFunction, has_holes
from eventlens.flow import application, class_hierarchy, members
from eventlens.flow.call_chains import binding_environment
from eventlens.flow.channels import ChannelReader
from eventlens.flow.denotations import (
    Denotation,
    Environment,
    ExternalResult,
    Instance,
    LibraryValue,
    Receiver,
    Record,
)
from eventlens.flow.matched_place import Place as Reading
from eventlens.flow.model import Place
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.wired_handlers import WiredHandlers
from eventlens.knowledge.schema import Subscribe

_ARCHIVES = ("fileName", "file_name", "app")
_SOURCES = ("entry", "code")
_JOINING = (("join",), ("resolve",), ("path", "join"), ("path", "resolve"))
"""Functions that make one path of several."""
_MOST_INNER = 40
_NODE = ir.Unknown(0, 0, "construct")


class ConstructHandlers:
    """Moves subscriptions that constructs wire to their handlers, where the workspace has these."""

    def __init__(self, channels: ChannelReader, wired: WiredHandlers) -> None:
        self._channels = channels
        self._matcher = channels.matcher
        self._evaluator = channels.matcher.evaluator
        self._wired = wired

    def at_handler(self, node: SiteNode, place: Place) -> SiteNode:
        """The subscription at its handler, wired at ``place``; itself where that is not found."""
        entry = node.match.entry
        if not isinstance(entry, Subscribe) or entry.handler.entry is None or node.handler.frame is not None:
            return node
        for properties, environment in self._properties(node):
            function = self._function(node, properties, environment)
            found = self._wired.handler_of(function) if function is not None else None
            location = self._wired.location_of(found) if found is not None else None
            if found is not None and location is not None:
                match = replace(node.match, place=replace(node.match.place, function=found.frame))
                return replace(
                    node, match=match, place=replace(node.place, function=found.frame), frame=location[0],
                    node=location[1], handler=found, via="framework", wiring=(place,), chain=(),
                )  # fmt: skip
        return replace(node, via="config")

    # ------------------------------------------------------------------------------------------------- properties

    def _properties(self, node: SiteNode) -> Iterator[tuple[Denotation, Environment]]:
        """The objects of properties that the function may be made with."""
        call, frame = node.match.place.call, node.match.place.frame
        if not isinstance(call, ir.Call) or frame is None:
            return
        environment = binding_environment(list(node.chain), self._evaluator)
        outer = next((one for one in frame.calls if any(_holds(a.value, call, 0) for a in one.args)), None)
        if outer is not None and outer.is_new and len(outer.args) > 2:  # ``new Function(this, id, {events: [source]})``
            for value in self._evaluator.evaluate(outer.args[2].value, frame, environment):
                yield value, environment
        receivers: tuple[Denotation, ...] = ()
        if outer is not None and isinstance(outer.callee, ir.Member):
            receivers = self._receivers(outer.callee.object, frame, node, environment)
        given = [one for target in _calls_in(call, 0) for argument in target.args[:1] for one in (argument.value,)]
        named = [meaning for one in given for meaning in self._evaluator.evaluate(one, frame, environment)]
        for receiver in (*receivers, *named):
            yield from self._made_with(receiver, environment)

    def _receivers(
        self, written: ir.Value, frame: Frame, node: SiteNode, environment: Environment
    ) -> tuple[Denotation, ...]:
        """The function that is given the event source; in a construct that extends one, what is made where it is used."""
        own = isinstance(written, ir.Super) or any(
            isinstance(one, Receiver) for one in self._evaluator.evaluate(written, frame)
        )
        if own and frame.cls is not None:
            if node.chain:
                caller = node.chain[-1]
                return (Instance(frame.cls, caller.call, caller.frame, ()),)
            return (Instance(frame.cls),)
        return self._evaluator.evaluate(written, frame, environment)

    def _made_with(self, receiver: Denotation, environment: Environment) -> Iterator[tuple[Denotation, Environment]]:
        if isinstance(receiver, Instance):
            bound = application.construction_environment(self._evaluator, receiver)
            constructors = [index.constructor for index in class_hierarchy.bases(self._evaluator, receiver.index)]
            for constructor in reversed([one for one in constructors if one is not None]):
                for call in constructor.calls:
                    if isinstance(call.callee, ir.Super) and len(call.args) > 2:
                        values = self._evaluator.evaluate(call.args[2].value, constructor, bound)
                        yield from ((value, bound) for value in values)
        elif isinstance(receiver, LibraryValue | ExternalResult):
            made, frame = receiver.call, receiver.frame
            if not isinstance(made, ir.Call) or frame is None:
                return
            if any(argument.name is not None for argument in made.args):  # Python's properties are keyword arguments
                yield _named_arguments(made, frame, receiver.environment), receiver.environment
            elif len(made.args) > 2:
                for value in self._evaluator.evaluate(made.args[2].value, frame, receiver.environment):
                    yield _as_record(value), (*receiver.environment, *environment)

    # -------------------------------------------------------------------------------------------------- the function

    def _function(self, node: SiteNode, properties: Denotation, environment: Environment) -> DeployedFunction | None:
        if not isinstance(properties, Record):
            return None
        made_in = properties.frame.module.path
        handler = self._text(properties, ("handler",), environment)
        sources = list(self._texts(properties, _SOURCES, environment))
        archives = [posixpath.splitext(one)[0] for one in self._texts(properties, _ARCHIVES, environment)]
        if not handler and not sources:
            return None
        stem = next((source for source in sources if posixpath.splitext(source)[1]), "")
        export = handler.rpartition(".")[2] or "handler"
        if stem:  # the source file itself is named
            handler = f"{posixpath.splitext(posixpath.basename(stem))[0]}.{export}"
            sources = [posixpath.dirname(stem) or "."]
        folder = made_in.rpartition("/")[0]
        ways = [folder]
        while ways[-1]:
            ways.append(ways[-1].rpartition("/")[0])
        places = [posixpath.normpath(posixpath.join(way, source)) for source in sources for way in ways]
        return DeployedFunction(
            "", "", handler, made_in, 1, tuple(one for one in places if not one.startswith("..") and one != "."),
            tuple(one for one in archives if not has_holes(one)),
        )  # fmt: skip

    def _text(self, properties: Record, names: tuple[str, ...], environment: Environment) -> str:
        found = list(self._texts(properties, names, environment))
        return next((one for one in found if not has_holes(one)), "")

    def _texts(self, properties: Record, names: tuple[str, ...], environment: Environment) -> Iterator[str]:
        place = self._matcher.place(None, properties.frame)
        for name in names:
            found = members.member(self._evaluator, properties, name, _NODE, properties.frame)
            for value in self._evaluator.substitute_all(found, environment):
                yield from self._text_of(value, place)

    def _text_of(self, value: Denotation, place: Reading) -> Iterator[str]:
        if (
            isinstance(value, LibraryValue | ExternalResult)
            and isinstance(value.call, ir.Call)
            and value.frame is not None
        ):
            inner = replace(place, call=value.call, frame=value.frame, environment=value.environment)
            if isinstance(value, ExternalResult) and value.external.path[-1:] in _JOINING:
                yield from self._joined(value.call, inner)
                return
            for part in read_first(inner, ["0"]):  # ``Code.fromAsset("../orders")``
                yield from (name.template for name in self._channels.names_of(part, inner))
            return
        yield from (name.template for name in self._channels.names_of(value, place))

    def _joined(self, call: ir.Call, place: Reading) -> Iterator[str]:
        """The path that a call makes of parts, seen from the file that it stands in (``join(__dirname, "../src/bill.ts")``)."""
        parts = []
        for at, argument in enumerate(call.args):
            if not _is_own_folder(argument.value):
                known = (one for value in read_first(place, [str(at)]) for one in self._text_of(value, place))
                parts.append(next(known, ""))
        if parts and all(parts):
            below = parts if len(parts) == len(call.args) else [part.lstrip("/") for part in parts]
            yield posixpath.join(*below)


def _is_own_folder(value: ir.Value) -> bool:
    """Whether a value is the folder of the file that it stands in (``__dirname``, ``os.path.dirname(__file__)``)."""
    if isinstance(value, ir.Call):
        first = value.args[0].value if len(value.args) == 1 else None
        return isinstance(first, ir.Name) and first.name == "__file__"
    return isinstance(value, ir.Name) and value.name == "__dirname"


def _as_record(value: Denotation) -> Denotation:
    """Properties that an object of their own type is made with (C#'s ``new FunctionProps { Handler = … }``), named as everywhere else."""
    if isinstance(value, ExternalResult) and any(argument.name is not None for argument in value.call.args):
        return _named_arguments(value.call, value.frame, value.environment)
    return value


def _named_arguments(call: ir.Call, frame: Frame, environment: Environment) -> Record:
    fields = tuple(
        ir.Field(one.start, one.end, one.name[:1].lower() + one.name[1:], one.value) for one in call.args if one.name
    )
    return Record(ir.Object(call.start, call.end, fields), frame, environment)


def _calls_in(call: ir.Call, depth: int) -> Iterator[ir.Call]:
    """The calls that a call is given, in lists and objects too (``targets: [new LambdaFunction(handler)]``)."""
    waiting = [argument.value for argument in call.args]
    while waiting and depth < _MOST_INNER:
        value, depth = waiting.pop(0), depth + 1
        if isinstance(value, ir.Call):
            yield value
        elif isinstance(value, ir.Sequence):
            waiting.extend(value.items)
        elif isinstance(value, ir.Object):
            waiting.extend(field.value for field in value.fields)


def _holds(value: ir.Value, wanted: ir.Call, depth: int) -> bool:
    """Whether a call is an argument, or stands in a list or object that is one."""
    if value is wanted:
        return True
    if depth > 2:
        return False
    if isinstance(value, ir.Sequence):
        return any(_holds(item, wanted, depth + 1) for item in value.items)
    return isinstance(value, ir.Object) and any(_holds(field.value, wanted, depth + 1) for field in value.fields)


def settled(
    handlers: ConstructHandlers, nodes: list[SiteNode], place_of: Callable[[SiteNode], Place]
) -> list[SiteNode]:
    """Subscriptions at their handlers; what only a type says to be a handler goes where a construct says it too."""
    moved = [handlers.at_handler(node, place_of(node)) for node in nodes]
    wired = {node.handler.frame for node in moved if node.wiring and node.handler.frame is not None}
    files = {node.handler.export.module.path for node in moved if node.wiring and node.handler.export is not None}
    return [
        node
        for node in moved
        if node.wiring
        or not node.match.entry.typed
        or (node.handler.frame not in wired and node.module.path not in files)
    ]
