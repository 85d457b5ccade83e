"""CloudFormation and SAM templates: queues, topics, buses, streams, rules, subscriptions, functions and what they are wired to.

A logical name stands for the resource's physical one where the template gives it, else for itself.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from eventlens.config.documents import read_document
from eventlens.config.infrastructure import (
    ChannelName,
    DeclaredBinding,
    DeclaredChannel,
    DeployedFunction,
    EventFilter,
    GivenVariable,
    Infrastructure,
    Wiring,
    channel_of_arn,
    event_filters,
    function_of_arn,
    hole,
)
from eventlens.config.values import Items, Scalar, Table, Value, items_at, table_at, text_at

_MAX_DEPTH = 40
_REFERENCE = re.compile(r"\$\{(!?)([^}]*)\}")
_CHANNELS = {
    "AWS::SQS::Queue": ("sqs", "queue", "QueueName"),
    "AWS::SNS::Topic": ("sns", "topic", "TopicName"),
    "AWS::Events::EventBus": ("eventbridge", "bus", "Name"),
    "AWS::Kinesis::Stream": ("kinesis", "stream", "Name"),
    "AWS::DynamoDB::Table": ("dynamodb-streams", "stream", "TableName"),
}
_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")
_DEFAULT_BUS = ChannelName("eventbridge", "bus", "default")


class Logical(NamedTuple):
    """A resource of the template."""

    name: str


Resolver = Callable[[str], "str | None"]
"""What a variable of a surrounding format (``self:custom.queue``) stands for; None where it is not known."""


def looks_templated(text: bytes) -> bool:
    """Whether a YAML or JSON text may be a template; cheap, so that other files need not be parsed."""
    return b"Resources" in text and b"AWS::" in text


def read_template(path: str, text: bytes) -> Infrastructure:
    """What a template says. Broken text gives nothing."""
    for root in read_document(path.rpartition("/")[2], text).roots:
        if isinstance(root, Table) and isinstance(root.entries.get("Resources"), Table):
            template = Template(path, root)
            template.read()
            return template.result()
    return Infrastructure()


class Template:
    """One template. ``resolver`` answers variables of the format that it is written in."""

    def __init__(self, path: str, root: Table, resolver: Resolver | None = None) -> None:
        self.path = path
        self._root = root
        self._resolver = resolver
        self._resources = table_at(root, "Resources").entries
        self._naming: set[str] = set()
        """Resources whose names are being worked out: one that is named after itself ends here."""
        self.channels: list[DeclaredChannel] = []
        self.bindings: list[DeclaredBinding] = []
        self.functions: list[DeployedFunction] = []
        self.wirings: list[Wiring] = []

    def result(self) -> Infrastructure:
        return Infrastructure(tuple(self.channels), tuple(self.bindings), tuple(self.functions), tuple(self.wirings))

    def read(self) -> None:
        """Read every resource."""
        for name, resource in self._resources.items():
            type_ = text_at(resource, "Type") or ""
            properties = table_at(resource, "Properties")
            line = table_at(self._root, "Resources").lines.get(name, resource.line)
            if type_ in _CHANNELS:
                self._declare(name, type_, properties, line)
            if type_ in _FUNCTIONS:
                self._function(name, type_, resource, properties, line)
            reader = _READERS.get(type_)
            if reader is not None:
                reader(self, properties, line)

    # -------------------------------------------------------------------------------------------------------- values

    def value(self, value: Value | None, depth: int = 0) -> Any:
        """A value with its functions worked out: text with ``${…}`` for what is not known, `Logical`, list, dict, number."""
        if value is None or depth > _MAX_DEPTH:
            return None
        if isinstance(value, Scalar):
            return self._scalar(value, depth)
        if isinstance(value, Items):
            if value.tag:
                return self._called(value.tag.lstrip("!"), Items(value.items, value.line), depth + 1)
            return [self.value(item, depth + 1) for item in value.items]
        if len(value.entries) == 1:
            ((key, inner),) = value.entries.items()
            if key == "Ref" or key.startswith("Fn::"):
                return self._called(key.removeprefix("Fn::"), inner, depth + 1)
        return {key: self.value(item, depth + 1) for key, item in value.entries.items()}

    def _scalar(self, value: Scalar, depth: int) -> Any:
        if value.tag:
            return self._called(value.tag.lstrip("!"), Scalar(value.value, value.line), depth + 1)
        if isinstance(value.value, str) and "${" in value.value and self._resolver is not None:
            return self._with_variables(value.value)
        return value.value

    def _with_variables(self, text: str) -> str:
        def replaced(match: re.Match[str]) -> str:
            known = self._resolver(match[2]) if self._resolver is not None else None
            return known if known is not None else hole(match[2])

        return _REFERENCE.sub(replaced, text)

    def _called(self, function: str, given: Value, depth: int) -> Any:
        if function in ("Ref", "GetAtt"):
            names = self.value(given, depth + 1)
            name = str(names[0] if isinstance(names, list) and names else names)
            return self._named(name.partition(".")[0] if function == "GetAtt" else name)
        if function == "Sub":
            found = self.value(given, depth + 1)
            text, own = (found[0], found[1]) if isinstance(found, list) and len(found) > 1 else (found, {})
            return self._substituted(str(text), own if isinstance(own, dict) else {})
        if function == "Join":
            found = self.value(given, depth + 1)
            if isinstance(found, list) and len(found) == 2 and isinstance(found[1], list):
                return str(found[0]).join(self.text(item) for item in found[1])
        if function == "If":
            found = self.value(given, depth + 1)
            return found[1] if isinstance(found, list) and len(found) > 1 else hole(function)
        return hole(function)

    def _named(self, name: str) -> Any:
        """What ``Ref`` gives: a resource, or a parameter's only value. What SAM makes of a function for its releases stands for it."""
        resource = name.removesuffix(".Alias").removesuffix(".Version")
        if resource in self._resources:
            return Logical(resource)
        parameter = table_at(self._root, "Parameters", name)
        default = text_at(parameter, "Default")
        return default if default and len(items_at(parameter, "AllowedValues")) < 2 else hole(name)

    def _substituted(self, text: str, own: Mapping[str, Any]) -> str:
        def replaced(match: re.Match[str]) -> str:
            name = match[2].strip()
            if match[1]:
                return "${" + name + "}"
            return self.text(own[name]) if name in own else self.text(self._named(name.partition(".")[0]))

        return _REFERENCE.sub(replaced, text)

    def text(self, value: Any) -> str:
        """A value within a text; a resource stands for its name."""
        if isinstance(value, Logical):
            channel = self.channel(value)
            return channel.name if channel is not None else value.name
        return hole("") if isinstance(value, list | dict) else "" if value is None else str(value)

    def channel(self, value: Any, kind: tuple[str, str] | None = None) -> ChannelName | None:
        """The channel that a value stands for; with ``kind`` a plain name counts."""
        if isinstance(value, Logical):
            resource = self._resources[value.name]
            known = _CHANNELS.get(text_at(resource, "Type") or "")
            if known is None:
                return None
            broker, kind_, argument = known
            if value.name in self._naming:
                return ChannelName(broker, kind_, value.name)
            self._naming.add(value.name)
            try:
                name = self.text(self.value(table_at(resource, "Properties").entries.get(argument)))
            finally:
                self._naming.discard(value.name)
            return ChannelName(broker, kind_, name or value.name)
        if not isinstance(value, str) or not value:
            return None
        return channel_of_arn(value) or (ChannelName(*kind, value) if kind is not None else None)

    def function_id(self, value: Any) -> str:
        """The id of the function that a value names."""
        if isinstance(value, Logical):
            return f"{self.path}:{value.name}"
        return f"named:{function_of_arn(value)}" if isinstance(value, str) and value else ""

    # ----------------------------------------------------------------------------------------------------- resources

    def _declare(self, name: str, type_: str, properties: Table, line: int) -> None:
        if type_ == "AWS::DynamoDB::Table" and "StreamSpecification" not in properties.entries:
            return
        channel = self.channel(Logical(name))
        given = self.value(properties)
        redrive = given.get("RedrivePolicy") if isinstance(given, dict) else None
        redrive = redrive if isinstance(redrive, dict) else {}
        assert channel is not None
        dead = self.channel(redrive.get("deadLetterTargetArn"))
        deliveries, shards = _number(redrive.get("maxReceiveCount")), _number(given.get("ShardCount"))
        timeout = _number(given.get("VisibilityTimeout"))
        kept = _number(given.get("MessageRetentionPeriod"))
        self.channels.append(DeclaredChannel(channel, self.path, line, dead, deliveries, shards, timeout, kept))
        for one in given.get("Subscription") or () if type_ == "AWS::SNS::Topic" else ():
            if isinstance(one, dict):
                self._subscribe(channel, one, line)

    def _subscribe(self, topic: ChannelName, given: Mapping[str, Any], line: int) -> None:
        endpoint = given.get("Endpoint")
        if given.get("Protocol") == "lambda":
            self.wire(topic, self.function_id(endpoint), line)
            return
        queue = self.channel(endpoint)
        if queue is not None:
            self.bindings.append(DeclaredBinding(topic, queue, self.path, line))

    def _subscription(self, properties: Table, line: int) -> None:
        given = self.value(properties)
        topic = self.channel(given.get("TopicArn")) if isinstance(given, dict) else None
        if topic is not None:
            self._subscribe(topic, given, line)

    def _rule(self, properties: Table, line: int) -> None:
        given = self.value(properties)
        if not isinstance(given, dict) or not given.get("EventPattern"):
            return
        bus = self.channel(given.get("EventBusName"), ("eventbridge", "bus")) or _DEFAULT_BUS
        filters = event_filters(given["EventPattern"])
        for target in given.get("Targets") or ():
            arn = target.get("Arn") if isinstance(target, dict) else None
            channel = self.channel(arn)
            if channel is not None:
                self.bindings.append(DeclaredBinding(bus, channel, self.path, line, filters))
            elif isinstance(arn, Logical) and text_at(self._resources[arn.name], "Type") in _FUNCTIONS:
                kept = self._kept_in(self.value(table_at(self._resources[arn.name], "Properties")))
                self.wire(bus, self.function_id(arn), line, filters, None, kept)

    def _mapping(self, properties: Table, line: int) -> None:
        given = self.value(properties)
        if not isinstance(given, dict):
            return
        function = self.function_id(given.get("FunctionName"))
        sources = [ChannelName("kafka", "topic", one) for one in given.get("Topics") or () if isinstance(one, str)]
        source = self.channel(given.get("EventSourceArn"))
        target = self._kept_in(given)
        for one in sources or ([source] if source is not None else []):
            self.wire(one, function, line, (), given, target)

    def _kept_in(self, given: Any) -> ChannelName | None:
        """Where the options of a function, or of what wires it, say that failed messages go; without a name where that queue is declared elsewhere."""
        said = next((found for path in _KEPT if (found := _inside(given, path))), None)
        return (self.channel(said) or _ELSEWHERE) if said is not None else None

    def wire(
        self,
        source: ChannelName,
        function: str,
        line: int,
        filters: tuple[EventFilter, ...] = (),
        given: Mapping[str, Any] | None = None,
        dead: ChannelName | None = None,
    ) -> None:
        """A function runs for a channel's messages; ``given`` are the mapping's options."""
        if function:
            options = given or {}
            size = _number(options.get("BatchSize", options.get("batchSize")))
            retries = _number(options.get("MaximumRetryAttempts", options.get("maximumRetryAttempts")))
            self.wirings.append(Wiring(source, function, self.path, line, filters, size, retries, dead))

    def _function(self, name: str, type_: str, resource: Value, properties: Table, line: int) -> None:
        shared = self.value(table_at(self._root, "Globals", "Function")) if type_ == _FUNCTIONS[1] else {}
        given = {**(shared if isinstance(shared, dict) else {}), **(self.value(properties) or {})}
        variables = {**_variables(shared), **_variables(given)}
        built = self.value(table_at(resource, "Metadata", "BuildProperties"))
        sources = [*_texts(given.get("CodeUri")), *_texts(given.get("Code"))]
        sources.extend(_texts(built.get("EntryPoints")) if isinstance(built, dict) else ())
        self.deploy(name, given, sources, variables, line)
        events = table_at(properties, "Events")
        kept = self._kept_in(given)
        for key, event in events.entries.items():
            self._event(f"{self.path}:{name}", event, events.lines.get(key, event.line), kept)

    def deploy(
        self, name: str, given: Mapping[str, Any], sources: list[str], variables: Mapping[str, Any], line: int
    ) -> None:
        """A function that is deployed from places seen from the template's folder."""
        folder = posixpath.dirname(self.path)
        places = [posixpath.normpath(posixpath.join(folder, source)) for source in (*sources, ".")]
        environment = tuple(self._environment(variables, line))
        self.functions.append(
            DeployedFunction(
                f"{self.path}:{name}",
                self.text(given.get("FunctionName")) or name,
                self.text(given.get("Handler")),
                self.path,
                line,
                tuple(dict.fromkeys("" if place == "." else place for place in places if not place.startswith(".."))),
                runtime=self.text(given.get("Runtime")),
                environment=environment,
                timeout=_number(given.get("Timeout")),
            )
        )

    def _environment(self, variables: Mapping[str, Any], line: int) -> Iterator[GivenVariable]:
        for name, value in variables.items():
            channel = self.channel(value) if isinstance(value, Logical) else None
            text = self.text(value)
            if text and not (text.startswith("${") and text.endswith("}") and text.count("}") == 1):
                yield GivenVariable(name, text, line, channel)

    def _event(self, function: str, event: Value, line: int, kept: ChannelName | None) -> None:
        """An event of a SAM function (https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html).

        ``kept``: where the function's failures go when nobody waits for its answer.
        """
        type_ = text_at(event, "Type")
        given = self.value(table_at(event, "Properties"))
        if not isinstance(given, dict):
            return
        if type_ in ("EventBridgeRule", "CloudWatchEvent"):
            bus = self.channel(given.get("EventBusName"), ("eventbridge", "bus")) or _DEFAULT_BUS
            self.wire(bus, function, line, event_filters(given.get("Pattern")), given, kept)
        elif type_ in ("MSK", "SelfManagedKafka"):
            for topic in given.get("Topics") or ():
                self.wire(
                    ChannelName("kafka", "topic", self.text(topic)), function, line, (), given, self._kept_in(given)
                )
        else:
            named = _SOURCES.get(type_ or "")
            source = self.channel(given.get(named)) if named is not None else None
            if source is not None:
                self.wire(source, function, line, (), given, kept if type_ == "SNS" else self._kept_in(given))


_SOURCES = {"SQS": "Queue", "SNS": "Topic", "Kinesis": "Stream", "DynamoDB": "Stream"}
_KEPT = (
    ("DestinationConfig", "OnFailure", "Destination"),
    ("EventInvokeConfig", "DestinationConfig", "OnFailure", "Destination"),
    ("DeadLetterQueue", "TargetArn"),
    ("DeadLetterConfig", "TargetArn"),
)
"""Where options name what takes failed messages."""
_ELSEWHERE = ChannelName("sqs", "queue", "")
_READERS = {
    "AWS::SNS::Subscription": Template._subscription,
    "AWS::Events::Rule": Template._rule,
    "AWS::Lambda::EventSourceMapping": Template._mapping,
}


def _inside(value: Any, path: Sequence[str]) -> Any:
    """What tables in tables hold under some keys; None where one is missing."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _variables(function: Any) -> Mapping[str, Any]:
    environment = function.get("Environment") if isinstance(function, dict) else None
    found = environment.get("Variables") if isinstance(environment, dict) else None
    return found if isinstance(found, dict) else {}


def _texts(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, str) and "${" not in one and ":" not in one and "\n" not in one]


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
