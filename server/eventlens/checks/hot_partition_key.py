"""hot-partition-key: all messages of a publish have the same key, so that one partition gets them all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eventlens.checks.context import CheckContext, Rule, channel_text
from eventlens.checks.missing_partition_key import is_set_up_otherwise
from eventlens.flow.denotations import Denotation, EnumMember, Scalar, Text
from eventlens.flow.linking import keys_of
from eventlens.flow.model import Finding
from eventlens.flow.reading import read_first
from eventlens.flow.site_node import SiteNode
from eventlens.knowledge.schema import Publish

_PARTITIONED = frozenset(("kafka", "kinesis"))
"""Brokers that choose the partition of a message by its key."""
_FEW = re.compile(r"(?i)dl[qt](?![a-z])|dead[-_.]?letter|heart_?beat|config|settings|control|leader|health|test")
"""In the names of topics to which little is sent, or of which only the last message counts."""
_PARTITION = re.compile(r"(?i)partition(?!_?key)")


def _run(context: CheckContext) -> Iterator[Finding]:
    told: set[tuple[int, str]] = set()
    for node, site in context.sites("publish"):
        if site.broker not in _PARTITIONED or any(map(_FEW.search, site.channels)):
            continue
        values = _keys(node)
        if not values or not all(map(_is_fixed, values)) or _has_one_partition(context, node):
            continue
        if node.inner is not None and all(map(_is_fixed, _keys(node.inner))):
            continue  # the wrapper says so itself
        key = id(node.match.place.call or node.node), " ".join(map(_written, values))
        if key in told or _chooses_partition(context, node) or is_set_up_otherwise(context, site.service):
            continue
        told.add(key)
        several = len({_written(one) for one in values}) > 1
        said = f"one of {len(values)} keys" if several else f"the key {_written(values[0])}"
        where = "few partitions" if several else "one partition"
        yield context.finding(
            RULE,
            f"whatever is sent to {channel_text(site)} here has {said}: all of it goes to {where}, and more consumers do not help",
            at=node,
        )


def _keys(node: SiteNode) -> Sequence[Denotation]:
    entry = node.match.entry
    return read_first(node.place, entry.key) if isinstance(entry, Publish) and entry.key is not None else ()


def _is_fixed(value: Denotation) -> bool:
    if isinstance(value, Text):
        return all(isinstance(part, str) for part in value.parts)
    return isinstance(value, EnumMember) or (isinstance(value, Scalar) and value.value not in (None, ""))


def _written(value: Denotation) -> str:
    if isinstance(value, EnumMember):
        return value.name
    if isinstance(value, Text):
        return "".join(one for one in value.parts if isinstance(one, str))
    return str(value.value) if isinstance(value, Scalar) else ""


def _has_one_partition(context: CheckContext, node: SiteNode) -> bool:
    return any(context.graph.declared.facts.get(key, {}).get("partitions") == 1 for key in keys_of(node))


def _chooses_partition(context: CheckContext, node: SiteNode) -> bool:
    """Whether a call that sends names the partition itself."""
    frame, call = node.match.place.frame, node.match.place.call
    return frame is not None and call is not None and _PARTITION.search(context.graph.evaluator.source(call, frame, 600)) is not None  # fmt: skip


RULE = Rule(
    "hot-partition-key",
    "info",
    "Send with the id of the thing as the key.",
    _run,
    needs_all_sites=True,
    waits=True,
)
