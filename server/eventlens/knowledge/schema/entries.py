"""What code does with a library: publishing, subscribing, declaring, binding, acknowledging, transactions, effects, applying functions, surrounding handlers."""

from __future__ import annotations

from typing import Annotated, Literal

from eventlens.config.written_types import Shortened
from eventlens.knowledge.schema.channels import BrokerChoice, ChannelSpec, Handler, as_handler
from eventlens.knowledge.schema.outcomes import Acknowledgement, DeadLetter, Failure, as_dead_letter
from eventlens.knowledge.schema.values import Option
from eventlens.knowledge.schema.vocabulary import (
    Base,
    Broker,
    Completion,
    Conditions,
    Delivery,
    Kind,
    Names,
    Path,
    Paths,
    Transform,
)


class Match(Base, frozen=True, kw_only=True):
    """What in the code matches. Exactly one of the first group is set.

    Entries of one section with the same matcher are alternatives in order: the first whose conditions all hold is used.
    """

    call: str | None = None
    decorator: str | None = None
    """A decorator/annotation export on a method or function (``on: class`` for a class decorator)."""
    implements: str | None = None
    """A class that extends or implements this export (type arguments: ``type-arg n``)."""
    convention: str | None = None
    """A named convention of the framework: matched by configuration (``spring-cloud-stream-function``), or ``class-method``: the
    ``methods`` of each class for which the conditions hold (``{path: class, matches: "Handler$"}``), in files that import the
    library; in the other files of their project (C#) as well, as likely sites; or ``class-field``: each function that the ``fields`` of
    such a class list, in files that import the library."""
    methods: Names = []
    """Of the convention ``class-method``: what the methods are called."""
    extending: str | None = None
    """Of the convention ``class-method``: the export of the library that such a class extends; without it any class is one."""
    fields: Names = []
    """Of the convention ``class-field``: what the fields are called."""
    constructs: str | None = None
    """An infrastructure construct: ``new`` of this export with (scope, id, props)."""
    send: str | None = None
    """A channel send on a member of this value type (Go ``producer.Input() <- message``)."""
    typed: str | None = None
    """A function, or a variable that holds one, whose declared type or first parameter's type is this export (``SQSHandler``)."""
    field_type: str | None = None
    """A class field or property of this type (``Event<OrderSubmitted>``: ``type-arg n``)."""
    executes: str | None = None
    """An SQL statement kind passed to a database: ``LISTEN``, ``NOTIFY``."""
    on: Literal["function", "class", "parameter"] = "function"
    """What carries the decorator. ``parameter``: a parameter of the handler (``[ServiceBusTrigger("orders")] string body``); the
    function is the decorated one, and the parameter is the content unless ``message`` says otherwise."""
    within: str | None = None
    """The enclosing class carries this decorator; its arguments are the paths ``within n``."""
    beside: str | None = None
    """The decorated function carries this decorator as well; its arguments are the paths ``beside n``."""
    registered: Paths | None = None
    """Which registrations hold for this entry, by token, where the receiver has none: the message's type (``["type-arg 0", "0<type>"]``)."""
    when: Conditions = []
    docs: str | None = None
    """Link to the page of the library's documentation that says so."""
    default: str | None = None
    """The documented default of this form in one sentence, for ``docs/libraries.md``."""

    def check(self) -> None:
        ways = [
            name
            for name in (
                "call",
                "decorator",
                "implements",
                "convention",
                "constructs",
                "send",
                "typed",
                "field_type",
                "executes",
            )
            if getattr(self, name)
        ]
        if len(ways) != 1:
            raise ValueError(
                f"exactly one of call, decorator, implements, convention, constructs, send, typed, field-type, executes is needed; this one has {ways or 'none'}"
            )


class Publish(Match, frozen=True, kw_only=True):
    channel: ChannelSpec
    broker: Broker | BrokerChoice | None = None
    routing_key: Paths | None = None
    event: Paths | None = None
    payload: Paths | None = None
    key: Paths | None = None
    keyless: bool = False
    """This form of the call has no place for a key: what it sends has none."""
    polymorphic: Paths | None = None
    """Where the message stands, in libraries that give it to the subscribers of its base classes and interfaces as well."""
    headers: Paths | None = None
    completion: Completion = "promise"
    returns_error: bool = False
    """The call returns an error: one that is dropped tells nobody, whatever else ``completion`` says."""
    refused: str | None = None
    """The member of what the call gives that tells which messages were refused, though the call succeeds (``Failed`` of a batch)."""
    confirmed_by: Names = []
    """Callable patterns that make earlier publishes on the same receiver certain (``Producer.flush``, ``Channel.waitForConfirms``)."""
    report: Paths | None = None
    """Where the function is that learns of the outcome, for ``callback`` and ``delivery-report``; absent: nobody looks."""
    report_listener: str | None = None
    """The event under which a listener on the same receiver learns of the outcome (``on("delivery-report", fn)``)."""
    failure_heard: Conditions = []
    """Holds when something that is set up elsewhere is told of each failure (a listener of the producer)."""
    each: Path | None = None
    """One message an element: ``0.topicMessages[]``; the other paths then begin at the element with ``element``-less steps, see docs."""
    interaction: Literal["event", "request", "reply"] = "event"
    reply_channel: Paths | None = None
    reply_channel_when: Conditions = []
    """Where these do not hold there is no named reply channel."""
    transactional: Conditions = []
    """Holds when the publish is part of a broker transaction."""
    outbox: Conditions = []
    """Holds when the library stores the message with the surrounding database transaction and sends it after the commit."""
    waits_for_ever: Conditions = []
    """Of a request: holds when who waits for the answer does so as long as there is none, as neither the library nor an option ends that."""
    attempts: Option | None = None
    """How often in all the consumer tries this message, where the sender says so (a job's ``attempts``)."""
    drops_failed: Conditions = []
    """Holds when the sender says that the message is not kept once it has failed for good (``removeOnFail: true``)."""
    applied_by: Names = []
    """The call only describes the message. It is sent by these methods of what the call gives, or of what that becomes part of; ``()``
    is calling it."""
    returns: bool = False
    """The handler's return value is what is sent (``@SendTo``)."""


class DeliveryCase(Base, frozen=True, kw_only=True):
    when: Conditions
    delivery: Delivery


class PartOfService(Base, frozen=True, kw_only=True):
    """A part of a service that settings hold for: those that are set in a function which gives one of the types ``made-by`` hold for what
    names that function (``name``; ``default`` where it names none), and for nothing else."""

    name: Paths
    made_by: Names
    default: str


class Subscribe(Match, frozen=True, kw_only=True):
    channel: ChannelSpec
    broker: Broker | BrokerChoice | None = None
    handler: Annotated[Handler, Shortened(as_handler)]
    routing_key: Paths | None = None
    event: Paths | None = None
    group: Paths | None = None
    interaction: Literal["event", "request", "reply"] = "event"
    saga: bool = False
    """The message goes to an object that remembers how far a piece of work has come, and takes other messages about it, too."""
    delivery: Delivery = "at-least-once"
    delivery_cases: list[DeliveryCase] = []
    """The first whose conditions hold wins over ``delivery``."""
    on_failure: Failure | None = None
    dead_letter: Annotated[DeadLetter | None, Shortened(as_dead_letter)] = None
    acknowledgement: Acknowledgement = Acknowledgement()
    timeout: Option | None = None
    batch: bool = False
    inbox: Conditions = []
    """Holds when the library itself drops messages that were handled before."""
    part: PartOfService | None = None
    """The part of the service whose settings hold for the subscription, where it has several."""


class Declare(Match, frozen=True, kw_only=True):
    """A channel is declared here, with what can be said of it."""

    channel: ChannelSpec
    broker: Broker | BrokerChoice | None = None
    partitions: Paths | None = None
    dead_letter: Paths | None = None
    dead_letter_kind: Kind | None = None
    dead_letter_routing_key: Paths | None = None
    """With which routing key dead letters are published; absent: with the key that they came with."""
    dead_letter_transform: list[Transform] = []
    max_deliveries: Paths | None = None
    retention: dict[Literal["seconds", "minutes", "hours", "days"], Paths] = {}
    """How long messages are kept, by the unit in which the path has it."""


class Bind(Match, frozen=True, kw_only=True):
    """Messages of ``from`` reach ``to``."""

    from_: ChannelSpec
    to: ChannelSpec
    broker: Broker | BrokerChoice | None = None
    pattern: Paths | None = None
    event: Paths | None = None
    """The event types that pass (an EventBridge rule's ``detailType``)."""


class Acknowledge(Match, frozen=True, kw_only=True):
    """``kind``: ack · nack (failed; ``requeue`` decides) · reject · commit (a position) · extend (more time) · terminate (never again) ·
    dead-letter · seek (the position is set by hand: earlier = again, later = skipped) · pause (no delivery until resumed)."""

    kind: Literal["ack", "nack", "reject", "commit", "extend", "terminate", "dead-letter", "seek", "pause"]
    message: Paths | None = None
    requeue: Option | None = None
    scope: bool = False
    """The call opens a ``with`` block: leaving it normally does ``kind``, leaving it by an error rejects with ``requeue``."""


class Transaction(Match, frozen=True, kw_only=True):
    """``kind``: scope (argument ``body`` runs inside; a ``with`` block; a decorated function) · begin · commit · rollback ·
    after-commit (``body`` runs once the transaction is committed, and not at all when the process ends in between).

    Without ``body`` a scope's call counts only in the head of a ``with``; ``Type.__enter__`` is the value itself there (``with connection:``)."""

    kind: Literal["scope", "begin", "commit", "rollback", "after-commit"]
    body: Paths | None = None
    store: Literal["database", "broker"] = "database"
    autocommit: bool = False
    """Writes outside such a transaction are durable at once (True) or wait for commit (False: SQLAlchemy sessions)."""
    by_proxy: bool = False
    """A decorated function opens it only for calls from outside its object, and a decorated class for each public method without a
    decorator of its own: calls go through a proxy around the object."""


EffectKind = Literal[
    "insert", "upsert", "update", "increment", "delete", "write", "read", "external-call", "external-read", "mail", "payment",
    "object-write", "cache-write", "cache-read", "set-if-absent", "lock", "schedule", "log", "sleep", "exit", "sql", "parse",
]  # fmt: skip
"""write: a durable change that is not further known · external-call: changes something elsewhere (POST) · external-read: GET · sql:
decided by the statement · set-if-absent: a guard (SET NX) · parse: may fail on a bad payload."""


class Effect(Match, frozen=True, kw_only=True):
    kind: EffectKind
    kind_when: list[EffectCase] = []
    entity: Paths | None = None
    keys: Paths | None = None
    """What selects or identifies the row (where clause, primary key, idempotency key)."""
    payload: Paths | None = None
    statement: Paths | None = None
    idempotency_key: Paths | None = None
    completion: Completion = "promise"
    pending: bool = False
    """The change waits for a later commit/flush (``session.add``)."""
    tracked: bool = False
    """What is read is written back when the transaction commits, where the code changes it (a row of a unit of work)."""
    conditional: Conditions = []
    """Holds when the write is conditional (``ConditionExpression``): harmless when repeated."""
    repeatable: Conditions = []
    """Holds when a request changes nothing more when it is made again (``PUT``)."""
    raises_on_duplicate: bool = False
    held: bool = False
    """What is given may be a row that the store has already (``session.add`` of one that was read)."""
    whole: Conditions = []
    """Of a ``read``: holds when it gives all events of a stream, from the first one on."""
    into: Paths | None = None
    """Of a ``parse``: the argument that takes what was read (``json.Unmarshal(data, &order)``)."""
    duration: Option | None = None
    """How long a ``sleep`` waits or a ``schedule`` puts off."""


class EffectCase(Base, frozen=True, kw_only=True):
    when: Conditions
    kind: EffectKind


class Application(Match, frozen=True, kw_only=True):
    """A call that runs a function handed to it with arguments: ``add_task(publish, stream)`` is ``publish(stream)`` later."""

    function: Path
    first: int = 1
    """The positional argument that becomes the function's first."""
    deferred: bool = True


class Dispatch(Match, frozen=True, kw_only=True):
    """A call that runs, before it returns, the one handler of what it is given: a mediator's request (``mediator.Send(new PlanPickup(…))``).

    The handler's class implements ``handled_by`` of what is given, where that is said, and is called like it with ``Handler`` behind, or
    stands in the same file."""

    message: Paths
    handled_by: str | None = None
    method: Names


class Surrounding(Match, frozen=True, kw_only=True):
    """Code that runs around handlers, so that what it acknowledges counts for them: a decorator (``on: class`` or function) says it for
    what it decorates, a call for every handler of the service.

    ``value``: the classes or objects · ``method``: which of their methods runs; without it, what is decorated runs around the handlers
    that ``value`` gives, around all where it gives none · ``on-failure``: only when a handler failed."""

    value: Paths
    method: Names = []
    on_failure: bool = False
