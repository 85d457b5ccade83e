"""Subscriptions that deployment wires: one site at the handler; where the workspace has none, at the wiring."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, cast

from eventlens import ir
from eventlens.config.infrastructure import (
    ChannelName,
    DeployedFunction,
    Infrastructure,
    Wiring,
    has_holes,
    without_holes,
)
from eventlens.flow import class_members, exported_names
from eventlens.flow.channels import ChannelNames
from eventlens.flow.denotations import FunctionRef, Trail
from eventlens.flow.handler_found import NOTHING, Export, HandlerFound
from eventlens.flow.infrastructure import EntryPoint, EntryPoints, is_inside
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.matching import Matcher
from eventlens.flow.model import Place, Via
from eventlens.flow.module_index import ModuleIndex
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.texts import Name
from eventlens.knowledge.schema import Subscribe

if TYPE_CHECKING:
    from eventlens.flow.denotations import Denotation
    from eventlens.flow.library_models import CompiledModel
    from eventlens.workspace.snapshot import Workspace

_RUNTIME = "aws-lambda"
"""The model that says how deployed functions are given messages, by the types of their parameters."""
_RUNTIME_OF = {"cs": "aws-lambda-dotnet", "java": "aws-lambda-java", "kt": "aws-lambda-java"}
_ENVELOPES = {
    "sqs": "SQSEvent",
    "sns": "SNSEvent",
    "eventbridge": "EventBridgeEvent",
    "kinesis": "KinesisStreamHandler",
    "dynamodb-streams": "DynamoDBStreamHandler",
    "kafka": "MSKHandler",
}
_STARTED_BY = {
    "queueTrigger": ("app.storageQueue", "App.queue_trigger"),
    "serviceBusTrigger": ("app.serviceBusQueue", "App.service_bus_queue_trigger"),
    "eventHubTrigger": ("app.eventHub", "App.event_hub_message_trigger"),
    "kafkaTrigger": ("app.eventHub", "App.kafka_trigger"),
}
"""Trigger of a wiring → the forms that say the same in code, as the models of JavaScript and of Python write them."""
_SAYING_SO = {"js": "@azure/functions", "python": "azure-functions"}


class WiredHandlers:
    """Makes sites of the wirings of a workspace's infrastructure."""

    def __init__(self, infrastructure: Infrastructure, matcher: Matcher, workspace: Workspace) -> None:
        self._infrastructure = infrastructure
        self._matcher = matcher
        self._workspace = workspace
        points = self._points = EntryPoints(workspace)
        self._functions = {one.id: one for one in infrastructure.functions}
        for one in infrastructure.functions:
            self._functions.setdefault(f"named:{one.name}", one)
        wired = {wiring.function for wiring in infrastructure.wirings}
        self.passing: set[Frame] = set()
        """What is deployed, but only gives its event to the function that is the handler."""
        self._entries: dict[str, EntryPoint] = {}
        for id_, function in self._functions.items():
            found = points.of(function) if id_ in wired else None
            if found is not None:
                self._entries[id_] = found

    def files(self) -> list[str]:
        """The files that wired handlers are exported from."""
        return sorted({entry.path for entry in self._entries.values()})

    def sites(self, within: Collection[str] | None = None) -> Iterator[SiteNode]:
        """A site for each wiring; with ``within`` only for handlers exported from these files."""
        for wiring in self._infrastructure.wirings:
            entry = self._entries.get(wiring.function)
            if within is not None and (entry is None or entry.path not in within):
                continue
            node = self._site(wiring, entry)
            if node is not None:
                yield node

    def _site(self, wiring: Wiring, entry: EntryPoint | None) -> SiteNode | None:
        known = self._started(wiring.trigger, entry) if wiring.trigger else self._known(wiring.source, entry)
        if known is None:
            return None
        handler = self._handler(entry) if entry is not None else NOTHING
        place = Place(file=wiring.path, line=wiring.line)
        channel = _channel(wiring)
        frame, node = self._location(handler) or self._at_wiring(wiring)
        matched = self._matcher.place(None, frame, function=handler.frame)
        via: Via = "framework" if handler is not NOTHING else "config"
        found = LibraryMatch(known[0], "subscribes", known[1], matched)
        dead = without_holes(wiring.dead_letter.name) if wiring.dead_letter is not None else None
        return SiteNode(
            "subscribe", found, matched, frame, node, channel, handler, via=via, wiring=(place,),
            filters=wiring.filters, dead_letter=dead,
        )  # fmt: skip

    def _known(self, source: ChannelName, entry_point: EntryPoint | None) -> tuple[CompiledModel, Subscribe] | None:
        """The entry for messages of a broker, in the model for the language of the function, else in the one for any."""
        ending = entry_point.path.rpartition(".")[2] if entry_point is not None else ""
        for runtime in dict.fromkeys((_RUNTIME_OF.get(ending, _RUNTIME), _RUNTIME)):
            wanted = _ENVELOPES.get(source.broker) if runtime == _RUNTIME else None
            for compiled in self._matcher.evaluator.catalogue.models:
                for entry in compiled.model.subscribes if compiled.model.library == runtime else ():
                    if entry.typed and (entry.typed == wanted or (wanted is None and entry.broker == source.broker)):
                        return compiled, entry
        return None

    def _started(self, trigger: str, entry: EntryPoint | None) -> tuple[CompiledModel, Subscribe] | None:
        """The model's entry for a trigger, in the language of the function that it starts."""
        is_python = entry is not None and entry.path.endswith(".py")
        for compiled in self._matcher.evaluator.catalogue.models:
            if compiled.model.library == _SAYING_SO["python" if is_python else "js"]:
                for one in compiled.model.subscribes:
                    if (one.decorator or one.call) == _STARTED_BY[trigger][is_python]:
                        return compiled, one
        return None

    def handler_of(self, function: DeployedFunction) -> HandlerFound | None:
        """The handler of a function that is deployed in another way."""
        entry = self._points.of(function)
        found = self._handler(entry) if entry is not None else NOTHING
        return None if found is NOTHING else found

    def location_of(self, handler: HandlerFound) -> tuple[Frame, ir.Value] | None:
        """Where the site of a wired handler stands."""
        return self._location(handler)

    def _location(self, handler: HandlerFound) -> tuple[Frame, ir.Value] | None:
        if handler.export is not None:
            export = handler.export
            return export.module.top, ir.Name(export.start, export.end, export.name)
        if handler.frame is None or handler.frame.function is None:
            return None
        function = handler.frame.function
        start = function.name_start or function.start
        end = max(function.name_end, start + 1)
        return handler.frame.parent or handler.frame.module.top, ir.Name(start, end, function.name)

    def _at_wiring(self, wiring: Wiring) -> tuple[Frame, ir.Value]:
        module = self._configuration(wiring.path)
        start = module.module.line_starts[min(wiring.line, len(module.module.line_starts)) - 1]
        text = self._workspace.text(wiring.path)
        line = text[start:].split(b"\n", 1)[0].rstrip()
        indent = len(line) - len(line.lstrip())
        return module.top, ir.Name(start + indent, start + len(line), wiring.function)

    def _configuration(self, path: str) -> ModuleIndex:
        """A configuration file as a module without code, so that a site can stand in it."""
        text = self._workspace.text(path)
        starts = (0, *(at + 1 for at, byte in enumerate(text) if byte == 10))
        language: Any = "terraform" if path.endswith(".tf") else path.rpartition(".")[2]
        return ModuleIndex(ir.Module(path, language, len(text), starts, (), (), ()))

    # ------------------------------------------------------------------------------------------------------- handlers

    def _handler(self, entry: EntryPoint, hops: int = 3) -> HandlerFound:
        """The function behind what a file exports: itself, what a factory of the same folder returns, or what a shared wrapper is given."""
        evaluator = self._matcher.evaluator
        module = evaluator.program.module(entry.path)
        if module is None:
            return NOTHING
        if entry.owner:
            return self._method(module, entry)
        elsewhere = self._handed_on(module, entry) if hops else None
        if elsewhere is not None:
            return self._handler(elsewhere, hops - 1)
        found = exported_names.exported(evaluator, entry.path, entry.export)
        for meaning in found:
            if isinstance(meaning, FunctionRef) and is_inside(meaning.frame.module.path, entry.folder):
                return HandlerFound(self._passed_on(meaning.frame, entry.folder))
        export = _definition(module, entry.export)
        if export is None:
            return NOTHING
        value, place = export
        given = self._given(value, module) if value is not None else None
        return HandlerFound(given, export=place) if given is not None or found else NOTHING

    def _handed_on(self, module: ModuleIndex, entry: EntryPoint) -> EntryPoint | None:
        """Where the file stands that an entry file takes its handler from, in another folder (``export { handler } from "../src/bill"``)."""
        for export in module.exports.get(entry.export, ()):
            paths = self._workspace.resolve(entry.path, export.module).paths if export.module else ()
            if len(paths) == 1 and not is_inside(paths[0], entry.folder):
                return EntryPoint(paths[0].rpartition("/")[0], paths[0], export.name_in_module or entry.export)
        return None

    def _method(self, module: ModuleIndex, entry: EntryPoint) -> HandlerFound:
        """The method of a class that an entry point names, its own or one that it takes from a class above it."""
        for index in (one for one in module.classes if one.name == entry.owner):
            for meaning in class_members.class_member(self._matcher.evaluator, index, entry.export, None):
                if isinstance(meaning, FunctionRef):
                    return HandlerFound(meaning.frame)
        return NOTHING

    def _passed_on(self, frame: Frame, folder: str) -> Frame:
        """The function that another one of the folder only gives its event to (``return handle(event)``)."""
        function = frame.function
        if function is None or not function.parameters or len(frame.returns) != 1:
            return frame
        value = frame.returns[0]
        call = value.value if isinstance(value, ir.Await) else value
        event = function.parameters[0].name
        if not isinstance(call, ir.Call) or not any(
            isinstance(argument.value, ir.Name) and argument.value.name == event for argument in call.args[:1]
        ):
            return frame
        for meaning in self._matcher.evaluator.evaluate(call.callee, frame):
            if (
                isinstance(meaning, FunctionRef)
                and is_inside(meaning.frame.module.path, folder)
                and meaning.frame is not frame
            ):
                self.passing.add(frame)
                return meaning.frame
        return frame

    def _given(self, value: ir.Value, module: ModuleIndex) -> Frame | None:
        """The first function of the workspace that a call, or a call within it, is given."""
        call = value.value if isinstance(value, ir.Await) else value
        if not isinstance(call, ir.Call):
            return None
        for argument in call.args:
            meanings: tuple[Denotation, ...] = self._matcher.evaluator.evaluate(argument.value, module.top)
            for meaning in meanings:
                if isinstance(meaning, FunctionRef):
                    return meaning.frame
            inner = self._given(argument.value, module)
            if inner is not None:
                return inner
        return self._given(call.callee.object, module) if isinstance(call.callee, ir.Member) else None


def _definition(module: ModuleIndex, name: str) -> tuple[ir.Value | None, Export] | None:
    """What an exported name is defined as, and where."""
    for definition in module.top.definitions.get(name, ()):
        value = definition.value if definition.kind == "value" else None
        start = definition.start
        return cast("ir.Value | None", value), Export(module, name, start, start + len(name))
    for export in module.exports.get(name, ()):
        start = export.start
        value = getattr(export, "value", None)
        return value, Export(module, name, start, start + len(name))
    return None


def channel_name(name: str, path: str, line: int, message: str) -> Name:
    """A name that a configuration file says, holes and all."""
    return Name(without_holes(name), name, not has_holes(name), (Trail(path, line, message),))


def _channel(wiring: Wiring) -> ChannelNames:
    source = wiring.source
    name = channel_name(source.name, wiring.path, wiring.line, "wired to the handler here")
    return ChannelNames(source.broker, source.kind, (name,), "", (), ())
