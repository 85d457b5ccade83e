"""Terraform: the queues, topics, buses, streams, bindings and wired functions that a workspace's files make.

Modules inside the workspace are followed with their inputs. Of a module that lies elsewhere (a registry, another repository)
only its inputs are known: an output that says by its name that it is a queue's or topic's stands for one with the name that
the module is given.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from eventlens.config.hcl import Block, read_hcl
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
from eventlens.config.terraform_blocks import Item, add_settings, folders_of, is_hole, number, source_of
from eventlens.config.terraform_values import (
    Bound,
    Elsewhere,
    Made,
    ModuleScope,
    Value,
    as_text,
    decoded,
    instances,
    worked_out,
)

_MAX_MODULES = 400
_CHANNELS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "aws_sqs_queue": ("sqs", "queue", ("name",)),
    "aws_sns_topic": ("sns", "topic", ("name",)),
    "aws_cloudwatch_event_bus": ("eventbridge", "bus", ("name",)),
    "aws_kinesis_stream": ("kinesis", "stream", ("name",)),
    "aws_dynamodb_table": ("dynamodb-streams", "stream", ("name",)),
    "kafka_topic": ("kafka", "topic", ("name",)),
    "confluent_kafka_topic": ("kafka", "topic", ("topic_name",)),
    "aiven_kafka_topic": ("kafka", "topic", ("topic_name",)),
    "rabbitmq_queue": ("rabbitmq", "queue", ("name",)),
    "rabbitmq_exchange": ("rabbitmq", "exchange", ("name",)),
    "google_pubsub_topic": ("google-pubsub", "topic", ("name",)),
    "azurerm_servicebus_queue": ("azure-service-bus", "queue", ("name",)),
    "azurerm_servicebus_topic": ("azure-service-bus", "topic", ("name",)),
}
"""Type of resource → broker, kind and the arguments that may hold the name."""
_OUTPUTS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"queue|sqs"), "sqs", "queue"),
    (re.compile(r"topic|sns"), "sns", "topic"),
    (re.compile(r"event_?bus|(^|_)bus_"), "eventbridge", "bus"),
    (re.compile(r"kinesis|(?<!table_)(?<!dynamodb_)stream_(arn|name)"), "kinesis", "stream"),
    (re.compile(r"(table|dynamodb).*stream"), "dynamodb-streams", "stream"),
)
_DEAD = re.compile(r"dlq|dead_?letter")
_NAMES = ("name", "queue_name", "topic_name", "bus_name", "stream_name", "function_name")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_DEFAULT_BUS = ChannelName("eventbridge", "bus", "default")


def read_terraform(files: Mapping[str, bytes]) -> Infrastructure:
    """What the Terraform files of a workspace (path → text) say together. Broken files give what can be read of them."""
    folders: dict[str, list[tuple[str, Block]]] = defaultdict(list)
    settings: dict[str, dict[str, Value]] = defaultdict(dict)
    for path, text in sorted(files.items()):
        folder = posixpath.dirname(path)
        if path.endswith(".tfvars"):
            add_settings(settings[folder], read_hcl(text))
        else:
            folders[folder].extend((path, block) for block in read_hcl(text))
    called = {
        source
        for folder, blocks in folders.items()
        for _, block in blocks
        if (source := source_of(folder, block)) is not None and source in folders
    }
    reading = _Reading(folders)
    for folder, blocks in folders.items():
        if folder not in called:
            reading.use(ModuleScope(folder, blocks, settings[folder]), 0)
    return reading.result()


class _Reading:
    """Collects what every use of every module says."""

    def __init__(self, folders: Mapping[str, list[tuple[str, Block]]]) -> None:
        self._folders = folders
        self._scopes: dict[str, dict[str, ModuleScope]] = defaultdict(dict)
        self._used = 0
        self._channels: dict[tuple[ChannelName, str, int], DeclaredChannel] = {}
        self._bindings: list[DeclaredBinding] = []
        self._functions: dict[str, DeployedFunction] = {}
        self._wirings: list[Wiring] = []
        self._variables: list[GivenVariable] = []
        self._all: list[ModuleScope] = []
        self._root = ""

    def use(self, root: ModuleScope, depth: int) -> None:
        """Read a root module and all that it calls."""
        self._all = []
        self._root = root.folder
        self._enter(root, depth)
        for scope in self._all:
            self._read(scope)

    def result(self) -> Infrastructure:
        return Infrastructure(
            tuple(self._channels.values()),
            tuple(self._bindings),
            tuple(self._functions.values()),
            tuple(self._wirings),
            tuple(self._variables),
        )

    def _enter(self, scope: ModuleScope, depth: int) -> None:
        self._used += 1
        self._all.append(scope)
        self._scopes[self._root][scope.address] = scope
        for name, (_, block) in scope.calls.items():
            folder = source_of(scope.folder, block)
            if folder is None or folder not in self._folders or depth > 8 or self._used > _MAX_MODULES:
                scope.children[name] = None
                continue
            for key, bound in instances(scope, block):
                inputs = {one: worked_out(scope, value, bound) for one, value in block.attributes.items()}
                inputs.pop("source", None)
                address = f"{scope.address}module.{name}" + ("" if key is None else f"[{key}]") + "."
                child = ModuleScope(folder, self._folders[folder], inputs, address)
                scope.children.setdefault(name, child)
                self._enter(child, depth + 1)

    # ------------------------------------------------------------------------------------------------------- reading

    def _read(self, scope: ModuleScope) -> None:
        for address, (path, block) in scope.resources.items():
            for key, bound in instances(scope, block):
                self._resource(Item(scope, path, block, address, key, bound))
        for name, (path, block) in scope.calls.items():
            if scope.children.get(name) is None:
                self._called_elsewhere(Item(scope, path, block, f"module.{name}", None, {}))

    def _resource(self, item: Item) -> None:
        type_ = item.block.labels[0]
        if item.block.type == "resource" and type_ in _CHANNELS:
            self._declare(item, _CHANNELS[type_])
        reader = _RESOURCES.get(type_)
        if reader is not None and item.block.type == "resource":
            reader(self, item)

    def _declare(self, item: Item, known: tuple[str, str, tuple[str, ...]]) -> None:
        if item.block.labels[0] == "aws_dynamodb_table" and item.value("stream_enabled") is not True:
            return
        channel = self.channel(item.scope, Made(item.scope.address, item.address, "id", item.key))
        if channel is None:
            return
        redrive = item.table("redrive_policy")
        self._add_channel(
            DeclaredChannel(
                channel,
                item.path,
                item.block.line,
                self.channel(item.scope, redrive.get("deadLetterTargetArn")),
                number(redrive.get("maxReceiveCount")),
                number(item.value("partitions", "partitions_count", "shard_count")),
                number(item.value("visibility_timeout_seconds")),
                number(item.value("message_retention_seconds")),
            )
        )

    def _add_channel(self, declared: DeclaredChannel) -> None:
        self._channels.setdefault((declared.channel, declared.path, declared.line), declared)

    def redrive(self, item: Item) -> None:
        queue = self.channel(item.scope, item.value("queue_url"))
        policy = item.table("redrive_policy")
        dead = self.channel(item.scope, policy.get("deadLetterTargetArn"))
        if queue is not None and dead is not None:
            count = number(policy.get("maxReceiveCount"))
            self._add_channel(DeclaredChannel(queue, item.path, item.block.line, dead, count))

    def subscription(self, item: Item) -> None:
        topic, endpoint = self.channel(item.scope, item.value("topic_arn")), item.value("endpoint")
        if topic is None:
            return
        protocol = item.value("protocol")
        target = self.channel(item.scope, endpoint)
        dead = self.channel(item.scope, item.table("redrive_policy").get("deadLetterTargetArn"))
        if protocol == "lambda":
            self._wire(item, topic, endpoint, dead=dead)
        elif target is not None:
            self._bindings.append(DeclaredBinding(topic, target, item.path, item.block.line))

    def event_target(self, item: Item) -> None:
        rule = item.value("rule")
        address = rule.address if isinstance(rule, Made) else self._rule_named(item.scope, rule)
        scope = self._scope_of(rule.module, item.scope) if isinstance(rule, Made) else item.scope
        if address is None or address not in scope.resources:
            return
        path, block = scope.resources[address]
        named = next((one for one in instances(scope, block) if isinstance(rule, Made) and one[0] == rule.key), None)
        given = Item(scope, path, block, address, item.key, named[1] if named is not None else item.bound)
        bus = self.channel(scope, given.value("event_bus_name"), ("eventbridge", "bus")) or _DEFAULT_BUS
        filters = event_filters(given.table("event_pattern"))
        if "event_pattern" not in block.attributes:
            return  # a schedule: no message makes it run
        arn = item.value("arn")
        target = self.channel(item.scope, arn)
        if target is not None:
            self._bindings.append(DeclaredBinding(bus, target, item.path, item.block.line, filters))
        else:
            self._wire(item, bus, arn, filters, self._inner_channel(item, "dead_letter_config", "arn"))

    def _rule_named(self, scope: ModuleScope, name: Value) -> str | None:
        for address, (_, block) in scope.resources.items():
            is_rule = address.startswith("aws_cloudwatch_event_rule.") and name is not None
            if is_rule and worked_out(scope, block.attributes.get("name")) == name:
                return address
        return None

    def mapping(self, item: Item) -> None:
        topics = item.value("topics")
        if isinstance(topics, list):
            sources = [ChannelName("kafka", "topic", one) for one in topics if isinstance(one, str)]
        else:
            found = self.channel(item.scope, item.value("event_source_arn"))
            sources = [found] if found is not None else []
        failing = next(iter(item.block.inner("destination_config")), None)
        target = next(iter(failing.inner("on_failure")), None) if failing is not None else None
        arn = worked_out(item.scope, target.attributes.get("destination_arn"), item.bound) if target else None
        for source in sources:
            self._wire(item, source, item.value("function_name"), dead=self.channel(item.scope, arn))

    def pipe(self, item: Item) -> None:
        source = self.channel(item.scope, item.value("source"))
        target = self.channel(item.scope, item.value("target"))
        if source is not None and target is not None:
            self._bindings.append(DeclaredBinding(source, target, item.path, item.block.line))
        elif source is not None:
            self._wire(item, source, item.value("target"))

    def _wire(
        self,
        item: Item,
        source: ChannelName,
        function: Value,
        filters: tuple[EventFilter, ...] = (),
        dead: ChannelName | None = None,
    ) -> None:
        id_ = self._function_id(item.scope, function)
        if id_:
            retries = number(item.value("maximum_retry_attempts"))
            size = number(item.value("batch_size"))
            self._wirings.append(Wiring(source, id_, item.path, item.block.line, filters, size, retries, dead))

    def _function_id(self, scope: ModuleScope, value: Value) -> str:
        if isinstance(value, Made):
            if value.address.startswith("aws_lambda_alias."):
                alias = self._scope_of(value.module, scope)
                block = alias.resources[value.address][1]
                return self._function_id(alias, worked_out(alias, block.attributes.get("function_name")))
            lambda_ = value.address.startswith(("aws_lambda_function.", "data.aws_lambda_function."))
            return self.id_of(value.module, value.address, value.key) if lambda_ else ""
        if isinstance(value, Elsewhere):
            is_function = re.search(r"function|lambda|invoke|alias|^(arn|name|qualified_arn)$", value.output)
            return f"{self._root}:{value.address}" if is_function else ""
        return f"named:{function_of_arn(value)}" if isinstance(value, str) and not is_hole(value) else ""

    def id_of(self, module: str, address: str, key: str | int | None) -> str:
        return f"{self._root}:{module}{address}" + ("" if key is None else f"[{key}]")

    def function(self, item: Item) -> None:
        archives = [item.value("filename"), item.value("s3_key")]
        sources: list[Value] = []
        for archive in [*archives, item.value("source_code_hash")]:
            if isinstance(archive, Made) and archive.address.startswith("data.archive_file."):
                packing = self._scope_of(archive.module, item.scope)
                path, block = packing.resources[archive.address]
                bound = item.bound if packing is item.scope else {}
                data = Item(packing, path, block, archive.address, None, bound)
                sources.extend((data.value("source_dir"), data.value("source_file")))
        environment = next(iter(item.block.inner("environment")), None)
        variables = worked_out(item.scope, environment.attributes.get("variables"), item.bound) if environment else {}
        self._deploy(item, sources, archives, variables)

    def _deploy(self, item: Item, sources: list[Value], archives: list[Value], variables: Value) -> None:
        texts = [as_text(item.scope, one) for one in archives if isinstance(one, str)]
        paths = [*sources, *(one for one in texts if "/" in one)]
        id_ = self.id_of(item.scope.address, item.address, item.key)
        self._functions[id_] = DeployedFunction(
            id_,
            item.text("function_name", "name"),
            item.text("handler", "lambda_handler", "handler_function_name"),
            item.path,
            item.block.line,
            tuple(dict.fromkeys(folders_of(item.scope.folder, self._root, paths))),
            tuple(posixpath.splitext(posixpath.basename(one))[0] for one in texts),
            item.text("function_module_name", "handler_module_name"),
            item.text("runtime"),
            tuple(self.environment(item, variables)),
            number(item.value("timeout")),
        )

    def environment(self, item: Item, variables: Value) -> Iterator[GivenVariable]:
        """Environment variables; those of channels have the channel's name for a value."""
        for name, value in variables.items() if isinstance(variables, dict) else ():
            channel = self.channel(item.scope, value) if isinstance(value, Made | Elsewhere) else None
            text = channel.name if channel is not None else as_text(item.scope, value)
            if text and not is_hole(text):
                yield GivenVariable(name, text, item.block.line, channel)

    def container(self, item: Item) -> None:
        definitions = item.value("container_definitions")
        if isinstance(definitions, str):
            definitions = decoded(definitions)
        for one in definitions if isinstance(definitions, list) else ():
            listed = one.get("environment") if isinstance(one, dict) else None
            for pair in listed if isinstance(listed, list) else ():
                if isinstance(pair, dict) and isinstance(pair.get("name"), str):
                    self._variables.extend(self.environment(item, {pair["name"]: pair.get("value")}))

    def _called_elsewhere(self, item: Item) -> None:
        """A module whose files are not here: where its inputs name a handler it deploys a function."""
        inputs = {name: item.value(name) for name in item.block.attributes if name not in ("source", "version")}
        handler = next((name for name in inputs if "handler" in name), None)
        if handler is None:
            return
        texts = [value for value in inputs.values() if isinstance(value, str) and "\n" not in value]
        joined = [posixpath.join(one, other) for one in texts if one.startswith(".") for other in texts if one != other]
        variables = {
            name: value
            for key, table in inputs.items()
            if "env" in key.lower() and isinstance(table, dict)
            for name, value in table.items()
            if _VARIABLE.fullmatch(name)
        }
        self._deploy(item, [*joined, *(one for one in texts if "/" in one)], [], variables)

    # ------------------------------------------------------------------------------------------------------ channels

    def channel(self, scope: ModuleScope, value: Value, kind: tuple[str, str] | None = None) -> ChannelName | None:
        """The channel that a value stands for: a resource, an output of a module elsewhere, an ARN, or with ``kind`` a name."""
        if isinstance(value, Made):
            return self._made_channel(self._scope_of(value.module, scope), value)
        if isinstance(value, Elsewhere):
            return self._channel_elsewhere(scope, value)
        if not isinstance(value, str) or is_hole(value):
            return None
        return channel_of_arn(value) or (ChannelName(*kind, value) if kind is not None and value else None)

    def _inner_channel(self, item: Item, block: str, name: str) -> ChannelName | None:
        for inner in item.block.inner(block):
            return self.channel(item.scope, worked_out(item.scope, inner.attributes.get(name), item.bound))
        return None

    def _scope_of(self, module: str, near: ModuleScope) -> ModuleScope:
        return self._scopes[self._root].get(module, near)

    def _made_channel(self, scope: ModuleScope, made: Made) -> ChannelName | None:
        type_ = made.address.removeprefix("data.").partition(".")[0]
        if type_ not in _CHANNELS or made.address not in scope.resources:
            return None
        broker, kind, arguments = _CHANNELS[type_]
        path, block = scope.resources[made.address]
        bound: Bound = next((found for key, found in instances(scope, block) if key == made.key), {})
        item = Item(scope, path, block, made.address, made.key, bound)
        prefix = item.text("name_prefix")
        name = item.text(*arguments) or (prefix + hole("suffix") if prefix else block.labels[1])
        return ChannelName(broker, kind, name)

    def _channel_elsewhere(self, scope: ModuleScope, value: Elsewhere) -> ChannelName | None:
        module, _, name = value.address.rpartition("module.")
        caller = self._scope_of(module, scope)
        if name not in caller.calls:
            return None
        path, block = caller.calls[name]
        item = Item(caller, path, block, value.address, None, {})
        output = value.output.lower()
        for pattern, broker, kind in _OUTPUTS:
            if pattern.search(output):
                called = item.text(*_NAMES) or name
                dead = ChannelName(broker, kind, f"{called}-dlq")
                if _DEAD.search(output):
                    return dead
                found = ChannelName(broker, kind, called)
                keeps = any(
                    _DEAD.search(key) and item.value(key) not in (False, None, "", 0) for key in block.attributes
                )
                count = number(item.value("max_receive_count", "maxReceiveCount"))
                self._add_channel(DeclaredChannel(found, path, block.line, dead if keeps else None, count))
                return found
        return None


_RESOURCES = {
    "aws_sqs_queue_redrive_policy": _Reading.redrive,
    "aws_sns_topic_subscription": _Reading.subscription,
    "aws_cloudwatch_event_target": _Reading.event_target,
    "aws_lambda_event_source_mapping": _Reading.mapping,
    "aws_pipes_pipe": _Reading.pipe,
    "aws_lambda_function": _Reading.function,
    "aws_ecs_task_definition": _Reading.container,
}
