"""A small flow map made by hand, and the workspace that it describes: orders publishes, payments consumes."""

from __future__ import annotations

from pathlib import Path

import msgspec

from eventlens.flow.model import (
    Binding,
    BrokerUse,
    Channel,
    Coverage,
    Finding,
    Flow,
    FlowMap,
    HandlerPlace,
    PayloadField,
    Place,
    Service,
    Site,
    Step,
    Tool,
    UnknownValue,
)

PUBLISH_FILE = "services/orders/place-order.ts"
CONSUME_FILE = "services/payments/on-order.ts"

FILES = {
    PUBLISH_FILE: (
        "import { producer } from './kafka';\n"
        "export async function placeOrder(db, order) {\n"
        "\tawait db.orders.insert(order);\n"
        "\tawait producer.send({ topic: 'orders', messages: [{ key: '😀', value: JSON.stringify(order) }] });\n"
        "}\n"
    ),
    CONSUME_FILE: (
        "import { consumer } from './kafka';\n"
        "await consumer.subscribe({ topic: 'orders' });\n"
        "await consumer.run({ eachMessage: async ({ message }) => charge(message) });\n"
    ),
    "docker-compose.yml": "services:\n  kafka:\n    image: apache/kafka\n",
}

ORDERS = Channel(
    id="kafka/orders",
    broker="kafka",
    scope="workspace",
    kind="topic",
    name="orders",
    declared=[Place(file="docker-compose.yml", line=2)],
    partitions=6,
    dead_letter="orders.DLQ",
)
DEAD_ORDERS = Channel(id="kafka/orders.DLQ", broker="kafka", scope="workspace", kind="topic", name="orders.DLQ")
AUDIT = Channel(id="kafka/audit", broker="kafka", scope="workspace", kind="topic", name="audit")

PUBLISH = Site(
    id="p1",
    role="publish",
    file=PUBLISH_FILE,
    line=4,
    column=8,
    end_line=4,
    end_column=99,
    language="typescript",
    broker="kafka",
    library="kafkajs",
    service="orders",
    source_set="main",
    interaction="event",
    reply_channel=None,
    channel="orders",
    channel_template="orders",
    channels=["orders"],
    channel_expression="'orders'",
    channel_kind="topic",
    routing_key=None,
    group=None,
    event="OrderPlaced",
    payload=[
        PayloadField(name="orderId", type="string"),
        PayloadField(name="note", type="string | null", optional=True),
    ],
    payload_source="declared",
    key="'😀'",
    handler=None,
    wiring=[],
    guarantee="at-least-once",
    confidence="certain",
    via="direct",
    of=None,
    origin=None,
    evidence=[
        Step(file=PUBLISH_FILE, line=1, message="the producer comes from kafkajs"),
        Step(file=PUBLISH_FILE, line=4, message="the topic is written here"),
    ],
)
CONSUME = msgspec.structs.replace(
    PUBLISH,
    id="c1",
    role="subscribe",
    file=CONSUME_FILE,
    line=2,
    column=7,
    end_column=45,
    end_line=2,
    service="payments",
    key=None,
    group="payments",
    payload=[],
    payload_source="",
    handler=HandlerPlace(file=CONSUME_FILE, line=3, name="eachMessage"),
    evidence=[Step(file=CONSUME_FILE, line=2, message="the topic is written here")],
)

DUAL_WRITE = Finding(
    id="f1",
    rule="dual-write",
    severity="error",
    file=PUBLISH_FILE,
    line=4,
    column=8,
    end_line=4,
    end_column=21,
    message="The order is saved and announced in two steps: a crash in between loses the event.",
    site="p1",
    confidence="certain",
    related=[Step(file=PUBLISH_FILE, line=3, message="the order is saved here")],
    suppressed=False,
    remedy="Write the event to an outbox in the transaction that saves the order.",
)
NO_DEAD_LETTER = msgspec.structs.replace(
    DUAL_WRITE,
    id="f2",
    rule="no-dead-letter-queue",
    severity="warning",
    file=CONSUME_FILE,
    line=2,
    column=7,
    end_line=2,
    end_column=45,
    message="A message that keeps failing ends nowhere.",
    site="c1",
    confidence="likely",
    related=[],
    remedy="Publish it to a dead-letter topic.",
)
SUPPRESSED = msgspec.structs.replace(
    NO_DEAD_LETTER, id="f3", rule="swallowed-failure", severity="error", suppressed=True
)

MAP = FlowMap(
    version=1,
    root="/workspace",
    tool=Tool(name="eventlens", version="0.1.0"),
    services=[
        Service(name="orders", path="services/orders", languages=["typescript"]),
        Service(name="payments", path="services/payments", languages=["typescript"]),
    ],
    brokers=[BrokerUse(broker="kafka", evidence=[Place(file="docker-compose.yml", line=2)])],
    channels=[ORDERS, DEAD_ORDERS, AUDIT],
    bindings=[
        Binding(
            from_="kafka/orders",
            to="kafka/audit",
            pattern="order.*",
            declared=[Place(file="docker-compose.yml", line=1)],
        )
    ],
    sites=[PUBLISH, CONSUME],
    flows=[
        Flow(
            publish="p1",
            subscribe="c1",
            event="OrderPlaced",
            route=["kafka/orders"],
            why="both name the topic orders",
            origin=None,
        )
    ],
    findings=[DUAL_WRITE, NO_DEAD_LETTER, SUPPRESSED],
    coverage=Coverage(
        files=3,
        lowered=2,
        sites_resolved=2,
        handlers_followed=1,
        unknown=[UnknownValue(file=CONSUME_FILE, line=2, what="group from GROUP_ID", set="values.GROUP_ID")],
    ),
)


def write_workspace(root: Path) -> Path:
    """Write the files that `MAP` describes below ``root``."""
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="")
    return root


def read(path: str) -> bytes:
    """The bytes of one of the files; raises KeyError."""
    return FILES[path].encode()
