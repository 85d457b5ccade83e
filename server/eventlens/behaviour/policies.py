"""What happens to a message whose handler fails: retries, what the library does in the end, dead letters, acknowledgement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.config.kubernetes_channels import looks_messaging, read_messaging_objects
from eventlens.config.patterns import occurs
from eventlens.config.rabbitmq_definitions import Definitions, looks_like_definitions, read_definitions
from eventlens.flow import conditions
from eventlens.flow.declarations import whole_number
from eventlens.flow.denotations import Denotation, External, Scalar
from eventlens.flow.deployments import DeploymentFiles
from eventlens.flow.graph import FlowGraph
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.linking import ChannelKey, keys_of
from eventlens.flow.matched_place import Place
from eventlens.flow.reading import read, read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.knowledge.schema import (
    Acknowledge,
    AcknowledgementCase,
    Declare,
    Failure,
    FailureCase,
    Option,
    Subscribe,
)
from eventlens.workspace.snapshot import Workspace

_TEMPLATES = (".tf", ".tf.json", ".yaml", ".yml", ".json", ".template")
_QUEUES = {
    "sqs": re.compile(r"(?i)aws_sqs_queue|AWS::SQS::Queue|redrive_?policy"),
    "google-pubsub": re.compile(r"google_pubsub_subscription|gcp\.pubsub|pubsub\.v1\.subscription|PubSubSubscription"),
}
"""How infrastructure templates speak of the queues of a broker."""
_REDRIVE = re.compile(r"(?i)redrive_?policy|maxReceiveCount|dead_?letter_?policy")


class DeadLettering(NamedTuple):
    """Where failed messages go: the channel's name ("" when only its existence is known) and why that is known."""

    channel: str
    reason: str


class ConsumerPolicy(NamedTuple):
    """The delivery policy of one subscription.

    ``then`` is what the library does in the end (see `knowledge.schema.Then`); ``retries`` its own tries before that (None: not
    known). ``acknowledgement`` is the mode of `knowledge.schema.Acknowledgement`. ``max_deliveries`` bounds redelivery by the broker,
    and so does ``retention``, the seconds after which the broker lets go of a message. ``acknowledgement_is_open``
    and ``then_is_open``: options that are only known when the program runs decide about them.
    """

    then: str
    retries: int | None
    dead_letter: DeadLettering | None
    acknowledgement: str
    delivery: str
    max_deliveries: int | None
    retention: int | None = None
    acknowledgement_is_open: bool = False
    then_is_open: bool = False


def consumer_policy(graph: FlowGraph, node: SiteNode, definitions: Iterable[Definitions] = ()) -> ConsumerPolicy:
    """The policy of a subscription, from its model, the code's options and what is declared about its channels."""
    entry = node.match.entry
    assert isinstance(entry, Subscribe)
    if entry.part is not None:
        node = replace(node, place=graph.matcher.registrations.of_part(node.place, entry.part))
    failure = entry.on_failure or Failure()
    case = next(
        (one for one in failure.then_when if conditions.hold_at(node.place, one.when, node.channel.broker)), None
    )
    then = case.then if case is not None else failure.then
    retries = number(node, (case.retries if case is not None and case.retries is not None else failure.retries))
    return ConsumerPolicy(
        then,
        retries,
        _dead_letter(graph, node, entry, definitions),
        acknowledgement(node, entry),
        delivery(node, entry),
        _max_deliveries(graph, node, definitions),
        next((kept for key in keys_of(node) if (kept := _retention(graph, key)) is not None), None),
        _is_open(graph, node, entry.acknowledgement.modes),
        _is_open(graph, node, failure.then_when),
    )


def _is_open(graph: FlowGraph, node: SiteNode, cases: Sequence[FailureCase | AcknowledgementCase]) -> bool:
    """Whether none of some cases holds that is known, and one of them may."""
    if any(conditions.hold_at(node.place, one.when, node.channel.broker) for one in cases):
        return False
    if any(conditions.is_left_open(node.place, one.when) for one in cases):
        return True
    return any(conditions.ask_for_settings(one.when) for one in cases) and _is_set_up_elsewhere(graph, node)


def _is_set_up_elsewhere(graph: FlowGraph, node: SiteNode) -> bool:
    """Whether a subscription's channel is a setting of a service of which no settings are seen: the others stand where that one does."""
    named = any("." in variable.name for name in node.channel.names for variable in name.unknown)
    return named and not graph.channels.variables.keys.are_given_for(node.module.path)


_SOON = 3600
"""Seconds for which a queue may keep messages so that this alone ends their retries."""


def is_soon_let_go_of(policy: ConsumerPolicy) -> bool:
    """Whether the broker keeps a message for so short a time that it is not delivered again for long."""
    return policy.retention is not None and policy.retention <= _SOON


def acknowledgement(node: SiteNode, entry: Subscribe) -> str:
    """The acknowledgement mode of a subscription."""
    for case in entry.acknowledgement.modes:
        if conditions.hold_at(node.place, case.when, node.channel.broker):
            return case.mode
    return entry.acknowledgement.mode


def delivery(node: SiteNode, entry: Subscribe) -> str:
    """The delivery guarantee of a subscription."""
    for case in entry.delivery_cases:
        if conditions.hold_at(node.place, case.when, node.channel.broker):
            return case.delivery
    return entry.delivery


def number(node: SiteNode, option: Option | None) -> int | None:
    """The number that an option has in the code, else its default; None where neither is known."""
    if option is None:
        return None
    for value in read_first(node.place, option.option) if option.option else ():
        given = whole_number(value.value) if isinstance(value, Scalar) else None
        if given is not None:
            return given - 1 if option.includes_first and given > 0 else given
    return (
        int(option.default)
        if isinstance(option.default, int | float) and not isinstance(option.default, bool)
        else None
    )


def _dead_letter(
    graph: FlowGraph, node: SiteNode, entry: Subscribe, definitions: Iterable[Definitions]
) -> DeadLettering | None:
    if node.dead_letter is not None:
        return DeadLettering(node.dead_letter, "set where the handler is wired to the channel")
    said = entry.dead_letter
    if said is not None and conditions.hold_at(node.place, said.when, node.channel.broker):
        if said.built_in:
            return DeadLettering("", f"{node.match.library} keeps failed messages itself")
        place = _with_own(node, entry)
        for path in said.channel or ():
            if read(place, path):
                return DeadLettering(graph.channels.first_text(place, [path]) or "", "set where the consumer is made")
    for key in keys_of(node):
        known = declared_dead_letter(graph, key)
        if known is not None:
            return DeadLettering(known, f"declared for {key.kind} {key.name}")
        for arguments in queue_arguments(definitions, key):
            exchange = arguments.get("dead-letter-exchange", arguments.get("x-dead-letter-exchange"))
            if exchange is not None:
                return DeadLettering(str(exchange), f"declared in the broker's definitions for {key.name}")
        configured = graph.evaluator.variables.keys.dead_letter_of(key.name)
        if configured is not None:
            return DeadLettering(str(configured.value), f"{configured.key} is set in {configured.path}")
    if not keys_of(node) and _declares_beside(graph, node):
        return DeadLettering("", "given to the queue that is declared beside the consumer")
    return None


def _with_own(node: SiteNode, entry: Subscribe) -> Place:
    """The place of a subscription at which a path may speak of the channel and the group that were found for it."""
    channels: tuple[Denotation, ...] = tuple(Scalar(name.text) for name in node.channel.names)
    return replace(node.place, own={"channel": channels, "group": tuple(read_first(node.place, entry.group))})


def _declares_beside(graph: FlowGraph, node: SiteNode) -> bool:
    """Whether the function that subscribes declares a queue with dead letters: where no name is known, it is the one that is consumed."""
    return any(
        isinstance(match.entry, Declare)
        and match.entry.dead_letter is not None
        and (
            any(not isinstance(one, External) for one in read_first(match.place, match.entry.dead_letter))
            or _puts(graph, call, node.frame, match.entry.dead_letter)
        )
        for call in node.frame.calls
        for match in graph.matcher.at_call(call, node.frame)
    )


_KEY = re.compile(r"\['([^']+)'\]")


def _puts(graph: FlowGraph, call: ir.Call, frame: Frame, paths: Iterable[str]) -> bool:
    """Whether something is put under the key of dead letters, as a constant may name it, into one of the call's arguments."""
    wanted = {key for path in paths for key in _KEY.findall(path)}
    given = {argument.value.name for argument in call.args if isinstance(argument.value, ir.Name)}
    return any(
        isinstance(key, Scalar) and key.value in wanted
        for name in given
        for entry in frame.module.entries.get(name, ())
        if entry.frame is frame
        for key in graph.evaluator.evaluate(entry.key, frame)
    )


def broker_definitions(workspace: Workspace) -> tuple[Definitions, ...]:
    """The RabbitMQ definitions that lie in a workspace; files are told by their names, then by what they hold."""
    found: list[Definitions] = []
    for path in workspace.files:
        if path.endswith(".json") and re.search(r"(?i)definition|rabbit", path):
            try:
                text = workspace.text(path)
            except (OSError, KeyError):
                continue
            if looks_like_definitions(text):
                found.append(read_definitions(text))
        elif path.endswith((".yaml", ".yml")):
            found.extend(_operator_definitions(workspace, path))
    return tuple(found)


def _operator_definitions(workspace: Workspace, path: str) -> Iterator[Definitions]:
    """The definitions that are written as Kubernetes objects."""
    try:
        text = workspace.text(path)
    except (OSError, KeyError):
        return
    if looks_messaging(text):
        yield read_messaging_objects(path, DeploymentFiles(workspace).text(path).text).definitions


def queue_arguments(definitions: Iterable[Definitions], key: ChannelKey) -> Iterator[Mapping[str, object]]:
    """The arguments that definitions give a queue: its own, then those of the policies that match its name."""
    if key.broker != "rabbitmq" or key.kind != "queue":
        return
    for one in definitions:
        yield from (queue.arguments for queue in one.queues if queue.name == key.name)
        for policy in sorted(one.policies, key=lambda policy: -policy.priority):
            if policy.apply_to != "exchanges" and occurs(policy.pattern, key.name):
                yield policy.definition


class QueueTemplates(NamedTuple):
    """Whether infrastructure templates declare a queue by its name (``declared``), and whether they give it, or some queue that they
    name otherwise, a policy by which what keeps failing goes elsewhere (``redriven``)."""

    declared: bool
    redriven: bool


def queue_templates(texts: Iterable[str], name: str | None) -> QueueTemplates:
    """What the templates of a workspace (see `template_texts`) say about a queue."""
    known = tuple(texts)
    own = tuple(text for text in known if name and name in text)
    return QueueTemplates(bool(own), any(_REDRIVE.search(text) for text in own or known))


def template_texts(workspace: Workspace, broker: str) -> tuple[str, ...]:
    """The infrastructure templates of a workspace that speak of the queues of a broker."""
    queues = _QUEUES.get(broker)
    if queues is None:
        return ()
    found: list[str] = []
    for path in workspace.files:
        if path.endswith(_TEMPLATES):
            try:
                text = workspace.text(path).decode("utf-8", "replace")
            except (OSError, KeyError):
                continue
            if queues.search(text):
                found.append(text)
    return tuple(found)


def requeues(refusal: Event | LibraryMatch) -> bool | None:
    """Whether a negative acknowledgement, or a block that is left by an error, gives the message back to its queue; None where that is
    decided when it runs."""
    entry, place = refusal.entry, refusal.place
    if not isinstance(entry, Acknowledge) or entry.requeue is None or place is None:
        return False
    given = read_first(place, entry.requeue.option) if entry.requeue.option else ()
    for value in given:
        return bool(value.value) if isinstance(value, Scalar) else None
    return bool(entry.requeue.default)


def declared_dead_letter(graph: FlowGraph, key: ChannelKey) -> str | None:
    """The dead-letter channel declared for a channel anywhere in the workspace."""
    found = graph.declared.facts.get(key, {}).get("dead_letter")
    return found if isinstance(found, str) else None


def _retention(graph: FlowGraph, key: ChannelKey) -> int | None:
    found = graph.declared.facts.get(key, {}).get("retention")
    return found if isinstance(found, int) else None


def _max_deliveries(graph: FlowGraph, node: SiteNode, definitions: Iterable[Definitions]) -> int | None:
    for key in keys_of(node):
        for arguments in queue_arguments(definitions, key):
            limit = arguments.get("delivery-limit", arguments.get("x-delivery-limit"))
            if isinstance(limit, int):
                return limit
        found = graph.declared.facts.get(key, {}).get("max_deliveries")
        if isinstance(found, int):
            return found
    return None
