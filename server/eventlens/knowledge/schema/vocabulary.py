"""The words of library models: access paths, brokers, kinds, forms of text, conditions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from eventlens.config.written_types import Checked, Shortened, Written
from eventlens.knowledge.paths import parse_path


def as_list(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


ACCESS_PATH = Checked(parse_path)
Path = Annotated[str, ACCESS_PATH]
Paths = Annotated[list[Path], Shortened(as_list)]
"""One path or several alternatives: the first that is present counts."""
Names = Annotated[list[str], Shortened(as_list)]
Broker = Literal[
    "kafka", "rabbitmq", "sqs", "sns", "eventbridge", "kinesis", "dynamodb-streams", "nats", "redis-streams", "redis-pubsub",
    "azure-service-bus", "google-pubsub", "pulsar", "rocketmq", "jms", "celery", "bullmq", "eventstoredb", "postgres-notify", "webhook",
    "in-process", "abstract",
]  # fmt: skip
Kind = Literal["topic", "queue", "exchange", "subject", "stream", "bus", "list", "task"]
Transform = Literal["url-tail", "arn-tail", "snake-case", "kebab-case", "lower", "strip-prefix-colon", "name-tail"]
TextForm = Literal["snake-case", "snake-case-digits", "kebab-case", "lower", "upper"]
"""``snake-case-digits``: numbers are words of their own (``order_v_1``)."""
Delivery = Literal["at-most-once", "at-least-once", "exactly-once", "unknown"]
Completion = Literal[
    "promise", "coroutine", "future", "callback", "delivery-report", "observable", "hot-observable", "error-result", "blocking", "none",
]  # fmt: skip
"""How a caller learns that a publish succeeded. promise/coroutine: awaiting it · future: its result must be asked for ·
callback/delivery-report: an argument is called later · observable: nothing happens before subscription · hot-observable: sent at
once, but only a subscriber learns of a failure · error-result: returned error · blocking: raises · none: cannot be known (no confirm)."""
Then = Literal[
    "crash-and-restart",
    "redeliver",
    "requeue",
    "log-and-skip",
    "drop",
    "dead-letter",
    "retry-topic",
    "park",
    "reply-error",
    "unknown",
]
"""What the library does with a message whose handler failed for good (after its own retries); unknown: code decides that is not seen."""


def in_yaml(name: str) -> str:
    """How a field is called in a model file: ``dead_letter`` is ``dead-letter``."""
    return name.rstrip("_").replace("_", "-")


class Base(Written, frozen=True, kw_only=True, rename=in_yaml):
    def __hash__(self) -> int:
        """Entries are looked up by identity."""
        return id(self)


class Condition(Base, frozen=True, kw_only=True):
    """Holds when the value at ``path`` is (not) what is said; of a path with several values (``*2[]``, ``0[]``) one
    suffices. A value that cannot be known makes no condition hold."""

    path: Path | None = None
    is_: str | int | float | bool | None = None
    not_: str | int | float | bool | None = None
    present: bool | None = None
    matches: str | None = None
    """A regular expression on the text."""
    listing: Path | None = None
    """The text is a list (``charge;price``, ``charge,price``) in which the text at this other path stands."""
    type: str | list[str] | None = None
    """The value's library type, class or declared type name (``function``: any function); one of several."""
    not_type: list[str] | None = None
    """The value's type is known by name, and neither it nor what it extends is one of these."""
    in_: list[str | int | float | bool] | None = None
    """The value is one of these."""
    arity: int | None = None
    """Number of positional arguments."""
    arithmetic: bool | None = None
    """The value is (not) computed by an arithmetic operation (``stock + 1``, ``F("stock") + 1``): repeating it adds up."""
    followed_by: Names = []
    """One of these methods is called further on in the chain that begins with this call (``insert(row).onConflict("id").merge()``)."""
    any: list[Condition] = []
    """Holds when one of these does."""
    broker: Broker | None = None
    """The broker of this site, after `BrokerChoice` has decided. Says nothing about ``path``."""


Conditions = Annotated[list[Condition], Shortened(as_list)]
