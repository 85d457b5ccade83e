"""What infrastructure as code says about messages, whichever tool it is written for: channels, bindings, wired functions.

Names are texts in which a part that is only known when it is deployed stands as ``${…}``. Lines are 1-based.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

import msgspec

from eventlens.config.patterns import occurs

_HOLE = re.compile(r"\$\{[^}]*\}")
_UNSAFE = re.compile(r"[^\w.\-]+")
_ARN = re.compile(r"^arn:[^:]*:(?P<service>[^:]*):[^:]*:[^:]*:(?P<rest>.*)$", re.DOTALL)
_LONGEST_HOLE = 40


class ChannelName(NamedTuple):
    """A channel of a broker (the brokers and kinds of the map)."""

    broker: str
    kind: str
    name: str


class EventFilter(msgspec.Struct, frozen=True):
    """A condition of an event pattern: the value at ``field`` (``detail-type``, ``source``, ``detail.type``) is one of ``values``, in which ``*`` stands for anything."""

    field: str
    values: tuple[str, ...]


class DeclaredChannel(msgspec.Struct, frozen=True):
    """A queue, topic, bus or stream that is made here. Times are seconds."""

    channel: ChannelName
    path: str
    line: int
    dead_letter: ChannelName | None = None
    max_deliveries: int | None = None
    partitions: int | None = None
    visibility_timeout: int | None = None
    retention: int | None = None


class DeclaredBinding(msgspec.Struct, frozen=True):
    """Messages of ``source`` that fit all ``filters``, and whose routing key fits ``pattern`` (None: any), reach ``target``."""

    source: ChannelName
    target: ChannelName
    path: str
    line: int
    filters: tuple[EventFilter, ...] = ()
    pattern: str | None = None


class GivenVariable(msgspec.Struct, frozen=True):
    """An environment variable that a function or container is given; where it names a channel, ``value`` is the channel's name."""

    name: str
    value: str
    line: int
    channel: ChannelName | None = None


class DeployedFunction(msgspec.Struct, frozen=True):
    """A function that is deployed. ``folders`` are places in the workspace that its code may come from, best first, not
    all of which need exist; ``archives`` are names of what is uploaded, without ending."""

    id: str
    name: str
    handler: str
    path: str
    line: int
    folders: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    package: str = ""
    """The package inside the folder that holds the handler's module."""
    runtime: str = ""
    environment: tuple[GivenVariable, ...] = ()
    timeout: int | None = None


class Wiring(msgspec.Struct, frozen=True):
    """A function that runs for the messages of a channel. ``function`` is an id."""

    source: ChannelName
    function: str
    path: str
    line: int
    filters: tuple[EventFilter, ...] = ()
    batch_size: int | None = None
    retries: int | None = None
    dead_letter: ChannelName | None = None
    trigger: str = ""
    """What the wiring's file calls such a start of a function, where brokers alone do not tell it."""


class TableStream(msgspec.Struct, frozen=True):
    """Tables whose committed changes are published. ``tables`` are expressions for whole names (``schema.table``); with
    ``is_outbox`` their rows are messages, whose topic the column ``routed_by`` and whose key the column ``key`` holds."""

    tables: tuple[str, ...]
    topics: tuple[str, ...]
    path: str
    line: int
    is_outbox: bool = False
    routed_by: str = ""
    key: str = ""

    def captures(self, table: str) -> bool:
        """Whether a table is one of them; a name without a schema is looked for in all schemas."""
        name = table.strip('`"[]').lower()
        parts = self.tables if "." in name else [_AFTER_SCHEMA.split(one)[-1] for one in self.tables]
        return any(occurs(f"^(?i:{one})$", name) for one in parts)

    def writes_to(self, topic: str) -> bool:
        """Whether a topic may be one of those that are written to."""
        return any(fnmatchcase(topic, without_holes(one)) for one in self.topics)


_AFTER_SCHEMA = re.compile(r"\\\.|\.(?![*+?{\]])")
"""The dot between the parts of a table's name, in an expression."""


class Infrastructure(msgspec.Struct, frozen=True):
    """All that one set of files says."""

    channels: tuple[DeclaredChannel, ...] = ()
    bindings: tuple[DeclaredBinding, ...] = ()
    functions: tuple[DeployedFunction, ...] = ()
    wirings: tuple[Wiring, ...] = ()
    variables: tuple[GivenVariable, ...] = ()
    """Of containers whose code is not known."""
    streams: tuple[TableStream, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, field) for field in self.__struct_fields__)


def hole(expression: str) -> str:
    """A part that is not known, under the name of what it is written as."""
    return "${" + (_UNSAFE.sub("_", expression).strip("_")[:_LONGEST_HOLE] or "…") + "}"


def has_holes(text: str) -> bool:
    return _HOLE.search(text) is not None


def without_holes(text: str) -> str:
    """The text with ``*`` for what is not known."""
    return re.sub(r"\*+", "*", _HOLE.sub("*", text))


_SERVICES: dict[str, tuple[str, str]] = {
    "sqs": ("sqs", "queue"),
    "sns": ("sns", "topic"),
    "events": ("eventbridge", "bus"),
    "kinesis": ("kinesis", "stream"),
    "dynamodb": ("dynamodb-streams", "stream"),
}


def channel_of_arn(text: str) -> ChannelName | None:
    """The channel that an Amazon resource name names; None where it names something else."""
    match = _ARN.match(text)
    known = _SERVICES.get(match["service"]) if match is not None else None
    if match is None or known is None:
        return None
    rest = match["rest"]
    if match["service"] == "dynamodb":
        rest = rest.removeprefix("table/").partition("/")[0]
    elif match["service"] in ("events", "kinesis"):
        kind, _, rest = rest.partition("/")
        if kind not in ("event-bus", "stream"):
            return None
    return ChannelName(*known, rest) if rest else None


def function_of_arn(text: str) -> str:
    """The function's name in an Amazon resource name; the text itself where it is none."""
    match = _ARN.match(text)
    if match is None or match["service"] != "lambda":
        return text
    return match["rest"].removeprefix("function:").partition(":")[0]


def event_filters(pattern: object) -> tuple[EventFilter, ...]:
    """The conditions of an EventBridge event pattern (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html).

    Conditions on other fields than the kind and origin of an event, and those that are not about equal text, are left out.
    """
    found: list[EventFilter] = []
    if isinstance(pattern, dict):
        for field, names in _TELLING.items():
            values = _values(pattern.get(field, pattern.get(names)))
            if values:
                found.append(EventFilter(field, values))
        detail = pattern.get("detail")
        for key in _DISCRIMINATORS if isinstance(detail, dict) else ():
            assert isinstance(detail, dict)
            values = _values(detail.get(key))
            if values:
                found.append(EventFilter(f"detail.{key}", values))
    return tuple(found)


_TELLING: dict[Literal["detail-type", "source"], str] = {"detail-type": "detailType", "source": "source"}
_DISCRIMINATORS = ("type", "eventType", "event_type", "eventName")
"""Members of a detail that say which event it is."""


def _values(listed: object) -> tuple[str, ...]:
    found: list[str] = []
    for one in listed if isinstance(listed, list) else [listed]:
        if isinstance(one, str):
            found.append(without_holes(one))
        elif isinstance(one, dict) and isinstance(one.get("prefix"), str):
            found.append(without_holes(one["prefix"]) + "*")
        elif isinstance(one, dict) and isinstance(one.get("suffix"), str):
            found.append("*" + without_holes(one["suffix"]))
        elif isinstance(one, dict) and isinstance(one.get("wildcard"), str):
            found.append(without_holes(one["wildcard"]))
        elif one is not None:
            return ()
    return tuple(found)


def filtered_event(filters: tuple[EventFilter, ...]) -> str | None:
    """The one event that passes the filters; None where several do."""
    for one in filters:
        if one.field != "source" and len(one.values) == 1 and "*" not in one.values[0]:
            return one.values[0]
    return None


def filters_text(filters: tuple[EventFilter, ...]) -> str | None:
    """The filters as a person reads them; None where all passes."""
    return " and ".join(f"{one.field} {' or '.join(one.values)}" for one in filters) or None
