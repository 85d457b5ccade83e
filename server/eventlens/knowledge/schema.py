"""The format of a library model (``rules/libraries/**/*.yaml``, ``rules/effects/*.yaml``, ``.eventlens/libraries/*.yaml``).

Names in YAML are hyphenated (``dead-letter``). Every access path is text in the grammar of `paths`. A *callable pattern* is

* ``export`` or ``sub.module.export`` — an export of one of the model's ``packages``, or of a module below it; also a global where
  the model has ``globals``. A construction is a call of its class. ``Class.method`` without a declared ``Class`` is a mistake:
  declare the class with ``instance-of`` for its static methods;
* ``default`` — a package's default export, also the module itself where that is called or constructed (``require('bull')``);
* ``Type.method`` — a method of a value type declared under ``values``; ``Type.*.create`` has a wildcard name in it, ``Type.*`` is any
  method, ``Type()`` a call of the value itself.

How the engine reads a model: the type of a receiver is followed across files (construction → variable → field → constructor injection
→ parameter type → return type); awaiting and ``with … as`` are transparent; a class that extends a library's class counts as it; a value
that came from a method of another value keeps that value's ``bind`` names; a literal
name wins over a wildcard. A class where an entity is wanted stands for its name. A library value where a channel is wanted (``new
SqsEventSource(queue)``) stands for the channel that was declared where the value was made.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from eventlens.knowledge.paths import parse_path


def _checked(text: str) -> str:
    parse_path(text)
    return text


def is_path_check(validator: object) -> bool:
    """Whether ``validator`` is the one that makes a field an access path."""
    return validator is _checked


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


Path = Annotated[str, AfterValidator(_checked)]
Paths = Annotated[list[Path], BeforeValidator(_as_list)]
"""One path or several alternatives: the first that is present counts."""
Names = Annotated[list[str], BeforeValidator(_as_list)]
Broker = Literal[
    "kafka", "rabbitmq", "sqs", "sns", "eventbridge", "kinesis", "dynamodb-streams", "nats", "redis-streams", "redis-pubsub",
    "azure-service-bus", "google-pubsub", "pulsar", "jms", "celery", "bullmq", "eventstoredb", "postgres-notify", "webhook",
    "in-process", "abstract",
]  # fmt: skip
Kind = Literal["topic", "queue", "exchange", "subject", "stream", "bus", "list", "task"]
Transform = Literal["url-tail", "arn-tail", "snake-case", "kebab-case", "lower", "strip-prefix-colon"]
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
]
"""What the library does with a message whose handler failed for good (after its own retries)."""


class Base(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.rstrip("_").replace("_", "-"),
        populate_by_name=True,
    )

    def __hash__(self) -> int:
        """Entries are looked up by identity."""
        return id(self)


class Condition(Base):
    """Holds when the value at ``path`` is (not) what is said; of a path with several values (``*2[]``, ``0[]``) one
    suffices. A value that cannot be known makes no condition hold."""

    path: Path | None = None
    is_: str | int | float | bool | None = None
    not_: str | int | float | bool | None = None
    present: bool | None = None
    matches: str | None = None
    """A regular expression on the text."""
    type: str | list[str] | None = None
    """The value's library type, class or declared type name (``function``: any function); one of several."""
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


Conditions = Annotated[list[Condition], BeforeValidator(_as_list)]


class Source(Base):
    """One way in which a value of a library type comes to be. Exactly one of the first group is set."""

    new: str | None = None
    """Constructing (or, in Python, calling) an export, or a subclass of it."""
    call: str | None = None
    """The result of a call, awaited or not; in a ``with`` also the bound name."""
    member: str | None = None
    """A member of an export or another value: ``Client.topics``; ``Type.*`` for any member."""
    type: str | None = None
    """A declared type (parameter, field, return). The exports named under ``new`` are types without saying so."""
    parameter: str | None = None
    """The parameter of a callback that a call receives: ``Consumer.run 0.eachMessage 0`` = call, path of the callback, parameter index or name.

    The word ``decorated`` in place of the path means the function that carries the call as its decorator (``App.task decorated 0``)."""
    element: str | None = None
    """What iterating (``for``, ``async for``) over that value type, or over the result of that callable pattern, gives."""
    decorated: str | None = None
    """A field or constructor parameter that carries this decorator (``@InjectQueue('orders')``); ``bind`` may use ``decorator n``."""
    decorator: str | None = None
    """A function that carries this decorator: its name, also where it is imported, is the value (``@app.task`` makes a task of a
    function). Paths in ``bind`` are seen from the decorated function (``decorator name``, ``={module}.{function}``)."""
    decorated_parameter: str | None = None
    """A parameter of a handler that carries this decorator (``@Payload()``, ``@Ctx()``)."""
    method_parameter: str | None = None
    """A parameter of a method that a user's class overrides: ``mixins.ConsumerMixin get_consumers 0`` = the export that the class
    extends, the method, the parameter's index (the receiver not counted) or name."""
    instance_of: str | None = None
    """An export that is itself the value (a module-level singleton, a namespace object)."""
    bind: dict[str, Path] = {}
    """Names under which models refer to parts of the making call: ``{options: "0"}`` → ``Consumer.options.groupId``.

    Where several sources match one value, the first that has the name gives it. A member of the value with a bound name that no
    model describes reads as what is bound (``const { queue } = await channel.assertQueue("orders")`` with ``bind: {queue: "0"}``)."""
    token: Path | None = None
    """Which registration (see ``registrations``) the value belongs to, by token.

    A ``decorated`` source with a token makes a value of this type only where such a registration is known; a declared type needs none."""
    when: Conditions = []

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        origins = [
            name
            for name in (
                "new",
                "call",
                "member",
                "type",
                "parameter",
                "element",
                "decorated",
                "decorator",
                "decorated_parameter",
                "method_parameter",
                "instance_of",
            )
            if getattr(self, name)
        ]
        if len(origins) != 1:
            raise ValueError(
                f"a value has exactly one origin (new, call, member, type, parameter, element, decorated, …); this one has {origins or 'none'}"
            )
        return self


class Option(Base):
    """A setting with the library's documented default: the value at ``option`` (path alternatives), else ``default``."""

    option: Paths | None = None
    default: str | int | float | bool | None = None
    unit: Literal["milliseconds", "seconds", "minutes"] = "milliseconds"
    """Of a number that is a time, in the code and in ``default``."""
    includes_first: bool = False
    """The number in the code counts the first try as well (``attempts = "4"`` is three retries); ``default`` does not."""
    docs: str | None = None


class Channel(Base):
    """A channel position. ``name`` are path alternatives; ``kind`` and ``broker`` override the model's."""

    name: Paths
    kind: Kind | None = None
    broker: Broker | None = None
    transform: list[Transform] = []
    pattern: Literal["", "regex", "amqp", "nats", "glob"] = ""
    """The text is a pattern over channel names in that syntax. A regular-expression literal is one without saying so."""
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
    default: str | None = None
    """The channel's name when no path is present."""
    when_empty: Channel | None = None
    """The channel where the name is the empty text (AMQP's default exchange: the queue that the routing key names)."""


class PatternCase(Base):
    when: Conditions
    pattern: Literal["", "regex", "amqp", "nats", "glob", "mqtt"]


def _as_channel(value: Any) -> Any:
    return {"name": value} if isinstance(value, str | list) else value


ChannelSpec = Annotated[Channel, BeforeValidator(_as_channel)]


class BrokerChoice(Base):
    """The broker is decided by a value: ``{of: "setting transport", map: {Transport.KAFKA: kafka}, default: abstract}``.

    Keys of ``map`` are compared with the value's text, the last member name of an enum (``KAFKA``), or the class name of a construction.
    The first path of ``of`` whose value is a key decides; `Condition.is_` compares in the same three ways.
    """

    of: Paths
    map: dict[str, Broker]
    default: Broker = "abstract"


class Entry(Base):
    """A handler that deployment names by file and export. ``module``: path to a file or folder in the workspace · ``export``: its name,
    ``index.handler`` style included."""

    module: Paths | None = None
    export: Paths | None = None
    default_export: str = "handler"


class Handler(Base):
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


def _as_handler(value: Any) -> Any:
    if value == "decorated":
        return {"decorated": True}
    if value == "loop":
        return {"loop": True}
    return {"argument": value} if isinstance(value, str | list) else value


class Failure(Base):
    """What happens when the handler fails: own retries (with default), then ``then``.

    ``then_when`` lists exceptions to ``then``: the first whose conditions hold wins.
    """

    retries: Option | None = None
    then: Then = "redeliver"
    then_when: list[FailureCase] = []
    docs: str | None = None


class FailureCase(Base):
    when: Conditions
    then: Then
    retries: Option | None = None


class DeadLetter(Base):
    """How a dead-letter channel is given at this place: value paths, or ``built-in`` by the library; only ``when`` the conditions hold."""

    channel: Paths | None = None
    built_in: bool = False
    when: Conditions = []
    docs: str | None = None


def _as_dead_letter(value: Any) -> Any:
    if value == "none":
        return None
    return {"built-in": True} if value == "built-in" else value


class Acknowledgement(Base):
    """When the broker is told that a message is done.

    ``mode``: "auto-before" (on delivery, before the handler) · "auto-after" (after the handler returned) · "periodic" (a timer commits positions) ·
    "manual" (the code must) · "none". ``modes`` decide by conditions, the first that holds wins.
    """

    mode: Literal["auto-before", "auto-after", "periodic", "manual", "none"] = "auto-after"
    modes: list[AcknowledgementCase] = []
    docs: str | None = None


class AcknowledgementCase(Base):
    when: Conditions
    mode: Literal["auto-before", "auto-after", "periodic", "manual", "none"]


class Match(Base):
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
    ``methods`` of each class for which the conditions hold (``{path: class, matches: "Handler$"}``), where the library is imported."""
    methods: Names = []
    """Of the convention ``class-method``: what the methods are called."""
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

    @model_validator(mode="after")
    def _one_match(self) -> Match:
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
        return self


class Publish(Match):
    channel: ChannelSpec
    broker: Broker | BrokerChoice | None = None
    routing_key: Paths | None = None
    event: Paths | None = None
    payload: Paths | None = None
    key: Paths | None = None
    headers: Paths | None = None
    completion: Completion = "promise"
    returns_error: bool = False
    """The call returns an error: one that is dropped tells nobody, whatever else ``completion`` says."""
    confirmed_by: Names = []
    """Callable patterns that make earlier publishes on the same receiver certain (``Producer.flush``, ``Channel.waitForConfirms``)."""
    report: Paths | None = None
    """Where the function is that learns of the outcome, for ``callback`` and ``delivery-report``; absent: nobody looks."""
    report_listener: str | None = None
    """The event under which a listener on the same receiver learns of the outcome (``on("delivery-report", fn)``)."""
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
    attempts: Option | None = None
    """How often in all the consumer tries this message, where the sender says so (a job's ``attempts``)."""
    drops_failed: Conditions = []
    """Holds when the sender says that the message is not kept once it has failed for good (``removeOnFail: true``)."""
    returns: bool = False
    """The handler's return value is what is sent (``@SendTo``)."""


class DeliveryCase(Base):
    when: Conditions
    delivery: Delivery


class Subscribe(Match):
    channel: ChannelSpec
    broker: Broker | BrokerChoice | None = None
    handler: Annotated[Handler, BeforeValidator(_as_handler)]
    routing_key: Paths | None = None
    event: Paths | None = None
    group: Paths | None = None
    interaction: Literal["event", "request", "reply"] = "event"
    delivery: Delivery = "at-least-once"
    delivery_cases: list[DeliveryCase] = []
    """The first whose conditions hold wins over ``delivery``."""
    on_failure: Failure | None = None
    dead_letter: Annotated[DeadLetter | None, BeforeValidator(_as_dead_letter)] = None
    acknowledgement: Acknowledgement = Acknowledgement()
    timeout: Option | None = None
    batch: bool = False
    inbox: Conditions = []
    """Holds when the library itself drops messages that were handled before."""


class Declare(Match):
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


class Bind(Match):
    """Messages of ``from`` reach ``to``."""

    from_: ChannelSpec
    to: ChannelSpec
    broker: Broker | BrokerChoice | None = None
    pattern: Paths | None = None
    event: Paths | None = None
    """The event types that pass (an EventBridge rule's ``detailType``)."""


class Acknowledge(Match):
    """``kind``: ack · nack (failed; ``requeue`` decides) · reject · commit (a position) · extend (more time) · terminate (never again) ·
    dead-letter · seek (the position is set by hand: earlier = again, later = skipped) · pause (no delivery until resumed)."""

    kind: Literal["ack", "nack", "reject", "commit", "extend", "terminate", "dead-letter", "seek", "pause"]
    message: Paths | None = None
    requeue: Option | None = None
    scope: bool = False
    """The call opens a ``with`` block: leaving it normally does ``kind``, leaving it by an error rejects with ``requeue``."""


class Transaction(Match):
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


class Effect(Match):
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
    raises_on_duplicate: bool = False
    into: Paths | None = None
    """Of a ``parse``: the argument that takes what was read (``json.Unmarshal(data, &order)``)."""
    duration: Option | None = None
    """How long a ``sleep`` waits or a ``schedule`` puts off."""


class EffectCase(Base):
    when: Conditions
    kind: EffectKind


class Setting(Match):
    """Something said once for the whole service (``NestFactory.createMicroservice(App, {transport})``): names → paths."""

    bind: dict[str, Path]
    shared: bool = False
    """Said in code that services share, it holds for each of them that says nothing itself."""


class Registration(Match):
    """Named registrations (``ClientsModule.register([{name, transport, options}])``): for each element of ``each``, token → names."""

    each: Path | None = None
    token: Paths
    bind: dict[str, Path] = {}
    """Paths begin at the element (``transport``, ``options.queue``) when ``each`` is set."""
    value: Paths | None = None
    """What is injected under the token: its library type and what is bound to it hold for the receiver (``{provide, useFactory}``)."""
    own_service: bool = False
    """It speaks of the code of its own service alone (which consumers a queue has)."""


class Lookup(Base):
    """A look-up of a configuration value: of a process environment variable, or of a key in configuration documents."""

    call: str | None = None
    member: str | None = None
    """A member that is read (``environ.*``); its last name is the variable's. ``Type.*`` is an element in brackets
    (``configuration["Kafka:Topic"]``), whose key is ``member 0``."""
    fields_of: str | None = None
    """Fields of a class that extends this export hold variables: the field's name in capitals, behind the class's prefix."""
    decorated: str | None = None
    """A field, property or parameter that carries this decorator: it holds what ``text``, ``key`` or ``variable`` say. Without any of
    them it holds the key that is called as it is."""
    settings_class: str | None = None
    """A class that carries this decorator: each of its fields holds the key of its name below ``section``, in any relaxed form; a
    field of another class of the workspace holds the section of its name. A field's initial value is its default. A class is one,
    too, where `Model.registrations` say its section under the token ``section of`` and its name."""
    section: Paths | None = None
    """The section that a settings class is bound to, dotted; of a ``call``, the section whose content it gives as the type argument."""
    of_type_argument: bool = False
    """With ``member``: what is read is an object of the class that is the declared type's argument (``IOptions<KafkaOptions>.Value``)."""
    under: str | None = None
    """The name that values bind to the section which they are (``{bind: {section: "0"}}``): ``key`` and ``section`` begin below it."""
    text: Path | None = None
    """A text in which placeholders (``${key:default}``) stand. In arguments of decorators they are put in without saying so."""
    variable: Path | None = None
    """The environment variable's name."""
    key: Path | None = None
    """The key in the documents, dotted; without ``documents`` in the service's own configuration, whichever format holds it."""
    documents: Names = []
    """Where the key is looked up, relative to the service's folder or the root, first found wins (``config/default.json``)."""
    default: Paths | None = None
    default_beside: str | None = None
    """With ``decorated``: the decorator beside it whose first argument is the default (Go's tag ``envDefault``)."""
    docs: str | None = None


class Application(Match):
    """A call that runs a function handed to it with arguments: ``add_task(publish, stream)`` is ``publish(stream)`` later."""

    function: Path
    first: int = 1
    """The positional argument that becomes the function's first."""
    deferred: bool = True


class Surrounding(Match):
    """Code that runs around handlers, so that what it acknowledges counts for them: a decorator (``on: class`` or function) says it for
    what it decorates, a call for every handler of the service.

    ``value``: the classes or objects · ``method``: which of their methods runs · ``on-failure``: only when a handler failed."""

    value: Paths
    method: Names
    on_failure: bool = False


class Model(Base):
    """One library."""

    library: str
    broker: Broker | None = None
    kind: Kind | None = None
    languages: list[Literal["typescript", "javascript", "python", "java", "kotlin", "go", "csharp"]]
    packages: list[str]
    """Import specifiers or manifest names that switch the model on (a prefix counts: ``a`` matches ``a.b`` and ``a/b``)."""
    docs: str | None = None
    globals: Names = []
    """Names of the model that need no import (``fetch``, ``console``, ``open``)."""
    extensions: Names = []
    """Exports that are called as methods of any value where one of the packages is imported (``services.AddMassTransit(…)``):
    patterns name them as exports, positions do not count the receiver, and ``receiver`` is the value on which they are called."""
    located: dict[str, Literal["one", "all"]] = {}
    """Methods of whatever hands out what was registered, of their type argument: one value, or all (``GetServices<IHandler>()``)."""
    transparent: Names = []
    """Exports whose call is its first argument, for whoever reads a value (``aws.String(url)``)."""
    text_forms: dict[str, TextForm] = {}
    """Exports whose call is its first argument as text in another form (``strcase.ToSnake(name)``)."""
    types_of: Names = []
    """Exports whose call is the type of its first argument (``reflect.TypeOf(message)``): names of channels are made of it."""
    store: Literal["relational", "document", "key-value", "object", "cache", "search", "none"] | None = None
    values: dict[str, list[Source]] = {}
    provides: dict[str, dict[str, list[Source]]] = {}
    """Library → its value type → further ways in which such a value comes to be, here: a wrapper library hands out another's channels.
    What is done with the value is then a form of that other library, which need not be imported."""
    likely: dict[str, list[str]] = {}
    """Value type → receiver names that suggest it (``producer``) where nothing better is known; sites are then ``likely``."""
    publishes: list[Publish] = []
    subscribes: list[Subscribe] = []
    declares: list[Declare] = []
    bindings: list[Bind] = []
    acknowledgements: list[Acknowledge] = []
    transactions: list[Transaction] = []
    effects: list[Effect] = []
    settings: list[Setting] = []
    registrations: list[Registration] = []
    lookups: list[Lookup] = []
    constants: dict[str, str | int | float | bool] = {}
    """Exports that are constants, and what they are: ``{ConsumerConfig.GROUP_ID_CONFIG: group.id}``."""
    applications: list[Application] = []
    surroundings: list[Surrounding] = []
    notes: list[str] = []
    """Facts for a reader of ``docs/libraries.md`` that the other fields cannot say."""
    forms: dict[str, str] = Field(default={})
    """Rows of ``docs/libraries.md`` that do not apply to this library, each with the reason (``transaction: has none``)."""


for _late in (Channel, Failure, Acknowledgement, Subscribe, Effect):
    _late.model_rebuild()
