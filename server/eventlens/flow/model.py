"""The flow map: services, channels, sites, flows and findings of a workspace, in the terms of the machine-readable contract.

Lines and columns are 1-based; columns count Unicode code points. Paths are relative to the workspace root, with ``/``.
Field names are the JSON names of ``eventlens map --format json`` (``docs/map.schema.json``).
"""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal["publish", "subscribe"]
Guarantee = Literal["at-most-once", "at-least-once", "exactly-once", "unknown"]
Confidence = Literal["certain", "likely"]
Via = Literal["direct", "wrapper", "framework", "config"]
Interaction = Literal["event", "request", "reply"]
SourceSet = Literal["main", "test", "example", "generated"]
Severity = Literal["error", "warning", "info", "hint"]
UNUSED_SUPPRESSION = "unused-suppression"
"""The rule whose findings mark what is not needed: clients may show it faded."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of everything in the map."""


class Place(Record, frozen=True):
    file: str
    line: int


class Span(Record, frozen=True):
    """A range in a file: 1-based lines and code-point columns, end exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Step(Record, frozen=True):
    """One step of an evidence chain: what was read where. ``message`` is a sentence fragment in lower case."""

    file: str
    line: int
    message: str


class Service(Record, frozen=True):
    name: str
    path: str
    languages: list[str]


class BrokerUse(Record, frozen=True):
    broker: str
    evidence: list[Place]


class Channel(Record, frozen=True):
    id: str
    broker: str
    scope: str
    kind: str
    name: str
    declared: list[Place] = []
    partitions: int | None = None
    dead_letter: str | None = None


class Binding(Record, frozen=True):
    """Messages of channel ``from`` reach channel ``to`` (ids); ``pattern`` narrows by routing key."""

    from_: str = msgspec.field(name="from")
    to: str
    pattern: str | None
    declared: list[Place]


class PayloadField(Record, frozen=True):
    """One field of a message, under its name on the wire."""

    name: str
    type: str
    """As a person would write it in the language of the declaration."""
    format: str = ""
    """What is said of the values beside their type (``uuid``, ``≥ 1``)."""
    optional: bool = False
    doc: str = ""
    """What the declaration says of it, on one line."""
    default: str | None = None
    """The declared default as it is written."""
    repeated: bool = False
    """A list: ``fields`` are those of each element."""
    fields: list[PayloadField] = []
    """The fields of an object, to a small depth."""


class HandlerPlace(Record, frozen=True):
    file: str
    line: int
    name: str


class Site(Record, frozen=True):
    id: str
    role: Role
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    language: str
    broker: str
    library: str
    service: str | None
    source_set: SourceSet
    interaction: Interaction
    reply_channel: str | None
    channel: str | None
    """The name with ``*`` for holes; null when nothing is known."""
    channel_template: str | None
    """The name with its holes named (``orders-${stage}``)."""
    channels: list[str]
    channel_expression: str
    channel_kind: str
    routing_key: str | None
    group: str | None
    event: str | None
    payload: list[PayloadField]
    payload_source: str
    """Where the payload's shape comes from: "declared" (a type or a schema file) · "inferred" (the value that is sent) · "read" (what the
    handler reads of it) · ""."""
    key: str | None
    handler: HandlerPlace | None
    wiring: list[Place]
    guarantee: Guarantee
    confidence: Confidence
    via: Via
    of: str | None
    origin: str | None
    evidence: list[Step]
    """Why this is a site and why it has this channel, cause first."""
    schema: Place | None = None
    """Where the message's schema is declared."""
    schema_name: str | None = None
    """The name of what declares it: a type, a record, a message."""


class Flow(Record, frozen=True):
    publish: str
    subscribe: str
    event: str | None
    route: list[str]
    why: str
    origin: str | None


class Finding(Record, frozen=True):
    id: str
    rule: str
    severity: Severity
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    site: str | None
    confidence: Confidence
    related: list[Step]
    suppressed: bool
    remedy: str
    """One line: what would make it go away."""


class Delivery(Record, frozen=True):
    """What happens to the messages of a subscription (``site``, an id) whose handler fails."""

    site: str
    retries: int | None
    """The library's own tries after the first; null where they are not known."""
    then: str
    """What the library does in the end: ``requeue``, ``log-and-skip``, ``dead-letter`` …"""
    max_deliveries: int | None = None
    """After how many deliveries the broker gives up; null for never, or where it is not known."""
    dead_letter: str | None = None
    """Where failed messages go: the channel's name, "" where only that there is one is known; null for nowhere known."""
    dead_letter_reason: str = ""
    acknowledgement: str = ""


class ExternalChannels(Record, frozen=True):
    """Channels whose other end lies elsewhere, as the settings say; ``*`` in ``channel`` stands for anything."""

    channel: str
    owner: str = ""
    reason: str = ""


class UnknownValue(Record, frozen=True):
    file: str
    line: int
    what: str
    set: str | None
    """The ``eventlens.toml`` key that would resolve it."""


class Coverage(Record, frozen=True):
    files: int
    lowered: int
    sites_resolved: int
    handlers_followed: int
    unknown: list[UnknownValue]


class Tool(Record, frozen=True):
    name: str
    version: str


class FlowMap(Record, frozen=True):
    """The whole map; encodes with ``msgspec.json`` to the contract's document."""

    version: int
    root: str
    tool: Tool
    services: list[Service]
    brokers: list[BrokerUse]
    channels: list[Channel]
    bindings: list[Binding]
    sites: list[Site]
    flows: list[Flow]
    findings: list[Finding]
    coverage: Coverage
    deliveries: list[Delivery] = []
    external: list[ExternalChannels] = []
