"""Positions of channels, and the code that handles their messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from eventlens.config.written_types import Shortened
from eventlens.knowledge.schema.vocabulary import Base, Broker, Conditions, Kind, Names, Paths, Transform


class Channel(Base, frozen=True, kw_only=True):
    """A channel position. ``name`` are path alternatives; ``kind`` and ``broker`` override the model's."""

    name: Paths
    kind: Kind | None = None
    broker: Broker | None = None
    transform: list[Transform] = []
    pattern: Literal["", "regex", "amqp", "nats", "glob", "all"] = ""
    """The text is a pattern over channel names in that syntax; with "all" it stands for every channel of the broker.

    A regular-expression literal is one without saying so."""
    pattern_when: Conditions = []
    pattern_cases: list[PatternCase] = []
    """Where the syntax depends on the site: the first whose conditions hold wins over ``pattern``."""
    strip_prefix: Names = []
    strip_suffix: Names = []
    """Text taken off a name before ``transform``: the first that fits (``strip-suffix: [Consumer, Handler]``)."""
    until: Names = []
    """The name ends before the first of these texts that occurs (``kafka:orders?groupId=billing`` with ``until: "?"``)."""
    named_by: Paths | None = None
    """A function that makes the channel's name of the type that ``name`` gives: its type argument (``formatter.FormatEntityName<T>()``)."""
    qualified: bool = False
    """A class names the channel by its name with its package (``shop.orders.Order``), not by the name alone; a function does with its module."""
    settings_between: str = ""
    """The mark that stands around the name of an environment variable that holds the name (``%ORDERS_QUEUE%``); "" for none."""
    default: str | None = None
    """The channel's name when no path is present."""
    when_empty: Channel | None = None
    """The channel where the name is the empty text (AMQP's default exchange: the queue that the routing key names)."""


class PatternCase(Base, frozen=True, kw_only=True):
    when: Conditions
    pattern: Literal["", "regex", "amqp", "nats", "glob", "mqtt"]


def as_channel(value: Any) -> Any:
    return {"name": value} if isinstance(value, str | list) else value


ChannelSpec = Annotated[Channel, Shortened(as_channel)]


class BrokerChoice(Base, frozen=True, kw_only=True):
    """The broker is decided by a value: ``{of: "setting transport", map: {Transport.KAFKA: kafka}, default: abstract}``.

    Keys of ``map`` are compared with the value's text, the last member name of an enum (``KAFKA``), or the class name of a construction.
    The first path of ``of`` whose value is a key decides; `Condition.is_` compares in the same three ways.
    """

    of: Paths
    map: dict[str, Broker]
    until: str = ""
    """What is compared ends before this text (``kafka:orders`` is ``kafka`` with ``until: ":"``)."""
    default: Broker = "abstract"


class Entry(Base, frozen=True, kw_only=True):
    """A handler that deployment names by file and export. ``module``: path to a file or folder in the workspace · ``export``: its name,
    ``index.handler`` style included."""

    module: Paths | None = None
    export: Paths | None = None
    default_export: str = "handler"


class Handler(Base, frozen=True, kw_only=True):
    """Which code runs for a message.

    ``argument``: paths to a function value (or an object with ``method``) among the arguments of this call, or of ``call`` on the same receiver
    (``on: same-receiver``), or anywhere in the function (``on: same-function``) · ``loop``: the loop that polls or iterates is the handler ·
    ``decorated``: the decorated function or method · ``method``: these methods of the matched class · ``listener``: ``on(event, fn)`` style call with the event name.
    """

    argument: Paths | None = None
    call: str | None = None
    on: Literal["same-receiver", "same-function", "returned-value"] = "same-receiver"
    listener: str | None = None
    of: Paths | None = None
    """With ``listener``: the value whose listener it is, where that is not the receiver (``consumer.Received += fn`` of ``BasicConsume(queue, false, consumer)``)."""
    loop: bool = False
    polls: Names = []
    """Callable patterns that take the next message inside the loop (``Consumer.poll``); iteration over the receiver counts without saying so."""
    decorated: bool = False
    method: Names = []
    message: Paths | None = None
    """Where the message's decoded content is, seen from the handler: ``param 0.value``. For a loop, ``param 0`` is what is iterated or polled."""
    over: Paths | None = None
    """With ``loop``: what the loop iterates when it is not the receiver (``return``: ``for d := range ch.Consume(…)``)."""
    chain: bool = False
    """The functions given to the calls that are chained on the result run for each message (``stream(x).filter(f).mapValues(g)``)."""
    entry: Entry | None = None
    typed: bool = False
    """The function that carries the matched type (see ``typed`` of the match)."""
    message_decorator: str | None = None
    """The handler's parameter that carries this decorator is the content (with a text argument: that member of it); else ``message``."""
    field: Paths | None = None


def as_handler(value: Any) -> Any:
    if value == "decorated":
        return {"decorated": True}
    if value == "loop":
        return {"loop": True}
    return {"argument": value} if isinstance(value, str | list) else value
