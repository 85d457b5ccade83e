"""How a relay reaches the broker: with the project's own settings where they can be carried over, else from the environment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.checks.operations import DualWrite
from eventlens.fixes.changes import NotFixable
from eventlens.fixes.python_code import free_names, method
from eventlens.fixes.python_imports import Wanted
from eventlens.fixes.python_project import PythonProject, called_name, top_assignments
from eventlens.fixes.source import SourceFile
from eventlens.flow.denotations import LibraryValue


class Broker(NamedTuple):
    """What the relay of one client library needs. ``made_by``: the name of the call that opens its connection."""

    connection: str
    imports: tuple[Wanted, ...]
    connection_imports: tuple[Wanted, ...]
    made_by: tuple[str, ...]
    is_awaited: bool = False


_OS = Wanted("os")
BROKERS: dict[str, Broker] = {
    "confluent_kafka": Broker(
        """Producer(
        {
            "bootstrap.servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"],
            "enable.idempotence": True,
        }
    )""",
        tuple(Wanted("confluent_kafka", name) for name in ("KafkaError", "KafkaException", "Message", "Producer")),
        (_OS,),
        ("Producer",),
    ),
    "kafka_python": Broker(
        """KafkaProducer(
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"], acks="all"
    )""",
        (Wanted("kafka", "KafkaProducer"), Wanted("kafka.errors", "KafkaError")),
        (_OS,),
        ("KafkaProducer",),
    ),
    "aiokafka": Broker(
        """AIOKafkaProducer(
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"],
        enable_idempotence=True,
    )""",
        (Wanted("aiokafka", "AIOKafkaProducer"), Wanted("aiokafka.errors", "KafkaError")),
        (_OS,),
        ("AIOKafkaProducer",),
    ),
    "pika": Broker(
        'pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))',
        (
            Wanted("pika"),
            Wanted("pika.adapters.blocking_connection", "BlockingChannel"),
            Wanted("pika.exceptions", "NackError"),
            Wanted("pika.exceptions", "UnroutableError"),
        ),
        (_OS,),
        ("BlockingConnection",),
    ),
    "aio_pika": Broker(
        'await connect(os.environ["AMQP_URL"])',
        (
            Wanted("aio_pika", "Message"),
            Wanted("aio_pika.abc", "AbstractChannel"),
            Wanted("aio_pika.exceptions", "DeliveryError"),
        ),
        (_OS, Wanted("aio_pika", "connect")),
        ("connect_robust", "connect"),
        is_awaited=True,
    ),
    "nats": Broker(
        'await nats.connect(os.environ["NATS_URL"])',
        (
            Wanted("nats.js", "JetStreamContext"),
            Wanted("nats.js.errors", "APIError"),
            Wanted("nats.js.errors", "NoStreamResponseError"),
        ),
        (_OS, Wanted("nats")),
        ("connect",),
        is_awaited=True,
    ),
    "redis": Broker(
        'Redis.from_url(os.environ["REDIS_URL"])',
        (Wanted("redis", "Redis"), Wanted("redis.exceptions", "ResponseError"), Wanted("typing", "Any")),
        (_OS,),
        (),
    ),
    "redis_asyncio": Broker(
        'Redis.from_url(os.environ["REDIS_URL"])',
        (Wanted("redis.asyncio", "Redis"), Wanted("redis.exceptions", "ResponseError"), Wanted("typing", "Any")),
        (_OS,),
        (),
    ),
    "sqs": Broker(
        'boto3.client("sqs")',
        (Wanted("boto3"), Wanted("botocore.exceptions", "ClientError"), Wanted("typing", "Any")),
        (),
        ("client",),
    ),
    "sns": Broker(
        'boto3.client("sns")',
        (Wanted("boto3"), Wanted("botocore.exceptions", "ClientError"), Wanted("typing", "Any")),
        (),
        ("client",),
    ),
    "celery": Broker(
        "current_app",
        (
            Wanted("celery", "Celery"),
            Wanted("kombu.exceptions", "EncodeError"),
            Wanted("kombu.utils", "json as kombu_json"),
        ),
        (Wanted("celery", "current_app"),),
        (),
    ),
}


ARGUMENTS = {
    "confluent_kafka": "producer",
    "kafka_python": "producer",
    "aiokafka": "producer",
    "pika": "channel",
    "aio_pika": "channel",
    "nats": "stream",
    "redis": "connection",
    "redis_asyncio": "connection",
    "sqs": "sqs",
    "sns": "sns",
    "celery": "app",
}
"""What a relay calls the object that it sends with."""


class Connection(NamedTuple):
    """An expression that opens the broker's connection, and what it needs."""

    text: str
    imports: tuple[Wanted, ...]


def connection_of(project: PythonProject, one: DualWrite, client: str) -> Connection:
    """The connection as the project opens it for this publish; from the environment where that needs more than imports."""
    broker = BROKERS[client]
    if client == "celery":
        return _celery_application(project)
    found = _made(one.node.place.receiver, broker.made_by)
    places: list[tuple[SourceFile, Node]] = []
    if found is not None and found.frame is not None and isinstance(found.call, ir.Node):
        file = project.context.file(found.frame.module.path)
        places.append((file, file.node_at(found.call.start, found.call.end)))
    elif broker.made_by:
        places += _constructions(project, broker)
    carried = _carried(project, *places[0]) if len(places) == 1 else None
    if carried is None:
        return Connection(broker.connection, broker.connection_imports)
    text = places[0][0].text(places[0][1])
    return Connection(f"await {text}" if broker.is_awaited else text, carried)


def _celery_application(project: PythonProject) -> Connection:
    """The project's own application: only it knows the broker and the routes. Django makes it the current one when it starts."""
    applications = [
        Wanted(project.module_name(file.path), f"{name} as celery_app")
        for file in project.holding(b"Celery(")
        for name, value in top_assignments(file)
        if called_name(file, value) == "Celery"
    ]
    if len(applications) == 1:
        return Connection("celery_app", (applications[0],))
    if any(project.holding(b"import django", b"from django")):
        return Connection(BROKERS["celery"].connection, BROKERS["celery"].connection_imports)
    raise NotFixable("which Celery application sends the task is not known")


def _constructions(project: PythonProject, broker: Broker) -> Iterator[tuple[SourceFile, Node]]:
    """Where the project opens connections of that kind."""
    library = broker.imports[0].module.partition(".")[0]
    for file in project.holding(*(f"{name}(".encode() for name in broker.made_by)):
        imported = any(library in file.text(one) for one in file.nodes("import_statement", "import_from_statement"))
        for call in file.nodes("call"):
            if imported and method(file, call) in broker.made_by:
                yield file, call


def _made(value: LibraryValue | None, by: tuple[str, ...]) -> LibraryValue | None:
    """The value, of those from which the publish's object was made, that a call of one of the names made."""
    while value is not None:
        call = value.call
        if isinstance(call, ir.Call):
            callee = call.callee
            if (callee.name if isinstance(callee, ir.Name | ir.Member) else "") in by:
                return value
        value = value.parent
    return None


def _carried(project: PythonProject, file: SourceFile, node: Node) -> tuple[Wanted, ...] | None:
    """What an expression of a module needs elsewhere; None where it reads more than imports and what the module defines at its top."""
    if node.type != "call" or not method(file, node) or "\n" in file.text(node):
        return None
    wanted: list[Wanted] = []
    for name in sorted(free_names(file, node)):
        imported = _import_of(project, file, name)
        if imported is None:
            return None
        wanted.append(imported)
    return tuple(wanted)


def _import_of(project: PythonProject, file: SourceFile, name: str) -> Wanted | None:
    for statement in file.tree.root_node.named_children:
        if statement.type not in ("import_statement", "import_from_statement"):
            continue
        module = statement.child_by_field_name("module_name")
        for one in statement.children_by_field_name("name"):
            if file.text(one) != name:
                continue
            if module is None:
                return Wanted(name)
            written = file.text(module)
            if written.startswith("."):
                target = project.context.workspace.resolve(file.path, written).path
                if target is None:
                    return None
                written = project.module_name(target)
            return Wanted(written, name)
    value = next((value for own, value in top_assignments(file) if own == name), None)
    # A name for a text or number is imported from where it stands; anything else might start more than a name.
    is_plain = value is not None and (
        value.type in ("string", "integer") or file.text(value).startswith(("os.environ", "os.getenv"))
    )
    return Wanted(project.module_name(file.path), name) if is_plain and not name.startswith("_") else None
