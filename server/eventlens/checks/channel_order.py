"""Whether two subscriptions, or one by itself, get messages in the order in which they were sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from eventlens.checks.context import CheckContext, Consumer
from eventlens.checks.missing_partition_key import is_set_up_otherwise
from eventlens.flow.graph import SitePair
from eventlens.flow.linking import ChannelKey, keys_of
from eventlens.flow.message_keys import key_presence

_APART = frozenset((
    "kafka", "rabbitmq", "sqs", "sns", "eventbridge", "nats", "jetstream", "google-pubsub", "azure-service-bus", "pulsar",
))  # fmt: skip
"""Brokers that say nothing of the order of messages on two of their channels."""
_BEST_EFFORT = {"sqs": "a standard queue", "sns": "a standard topic", "eventbridge": "EventBridge"}
"""Brokers whose channels keep no order, unless they are of another kind."""
_FIFO = re.compile(rb"(?i)fifo")


def why_unordered(context: CheckContext, first: Consumer, second: Consumer, publishes: Sequence[SitePair]) -> str:
    """Why what one subscription gets may come before what the other got earlier; "" where that is not known. ``publishes`` are those of both."""
    one, other = _whole_names(first), _whole_names(second)
    if first.site.broker != second.site.broker or not one or not other or _may_be_fifo(context, (*one, *other)):
        return ""
    if first.site.broker in _APART and not one & other and _comes_apart(first, second):
        return f"{_listed((*one, *other))} are channels of their own, each of which is consumed by itself"
    return why_unordered_alone(context, second, publishes) if one == other else ""


def why_unordered_alone(context: CheckContext, consumer: Consumer, publishes: Sequence[SitePair]) -> str:
    """Why messages of one channel may come in another order than they were sent; "" where that is not known."""
    names = _whole_names(consumer)
    kind = _BEST_EFFORT.get(consumer.site.broker)
    if not names or _may_be_fifo(context, names):
        return ""
    if kind is not None:
        return f"{kind} keeps no order"
    if consumer.site.broker == "kafka" and publishes and _is_spread(context, names, publishes):
        return f"what is sent to {_listed(names)} has no key, so that it is spread over the partitions"
    return ""


def _listed(keys: Iterable[ChannelKey]) -> str:
    return " and ".join(sorted({key.name for key in keys}))


def _whole_names(consumer: Consumer) -> frozenset[ChannelKey]:
    """The channels of a subscription, where all of their names are known."""
    node = consumer.node
    keys = keys_of(node)
    if node.channel.symbolic or node.channel.pattern or any("*" in key.name or not key.name for key in keys):
        return frozenset()
    return frozenset(keys)


def _comes_apart(first: Consumer, second: Consumer) -> bool:
    """Whether two subscriptions to different channels are none of one queue that both are bound to."""
    if first.site.broker != "rabbitmq":
        return True
    if first.site.group or second.site.group:
        return bool(first.site.group and second.site.group) and first.site.group != second.site.group
    return all(key.kind == "queue" for one in (first, second) for key in keys_of(one.node))


def _may_be_fifo(context: CheckContext, keys: Iterable[ChannelKey]) -> bool:
    """Whether a channel is one that keeps an order, or the files that name it speak of such ones."""
    known: dict[str, bool] = context.shared.setdefault("may be fifo", {})
    for key in keys:
        if key.broker not in ("sqs", "sns"):
            continue
        if key.name not in known:
            known[key.name] = key.name.endswith(".fifo") or _is_named_beside_fifo(context, key.name)
        if known[key.name]:
            return True
    return False


def _is_named_beside_fifo(context: CheckContext, name: str) -> bool:
    written, text = name.encode(), context.graph.program.workspace.text_if_there
    return any(written in text(path) for path in _speaking_of_fifo(context))


def _speaking_of_fifo(context: CheckContext) -> list[str]:
    """The files that speak of channels which keep an order."""
    if "speaking of fifo" not in context.shared:
        workspace = context.graph.program.workspace
        paths = (*workspace.sources(), *workspace.configs())
        context.shared["speaking of fifo"] = [path for path in paths if _FIFO.search(workspace.text_if_there(path))]
    known: list[str] = context.shared["speaking of fifo"]
    return known


def _is_spread(context: CheckContext, names: Iterable[ChannelKey], publishes: Sequence[SitePair]) -> bool:
    """Whether messages have no key, and the topic may have several partitions."""
    if any(context.graph.declared.facts.get(key, {}).get("partitions") == 1 for key in names):
        return False
    return all(key_presence(node) == "absent" for node, site in publishes if site.of is None) and not any(
        is_set_up_otherwise(context, site.service) for _, site in publishes
    )
