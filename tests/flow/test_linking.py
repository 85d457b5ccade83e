"""Which publishes reach which subscriptions: through bindings, topics of topics, wildcards and patterns."""

from __future__ import annotations

import pytest

from eventlens.flow.linking import amqp_matches, nats_matches, pattern_matches

from .conftest import Find, Found

PIKA = "import pika\nchannel = pika.BlockingConnection().channel()\n"


def route(found: Found) -> list[list[str]]:
    """The routes of all flows, by channel name."""
    names = {key.id: f"{key.kind} {key.name}" for fact in found.graph.bindings for key in (fact.source, fact.target)}
    return [[names.get(step, step) for step in flow.route] for flow in found.graph.flows]


def shop(pattern: str) -> dict[str, str]:
    """A publish of ``order.placed`` to an exchange, and a queue bound to it with a pattern."""
    return {
        "orders.py": PIKA
        + "def place(body):\n    channel.basic_publish(exchange='shop', routing_key='order.placed', body=body)\n",
        "mail.py": PIKA
        + "channel.queue_declare(queue='mail')\n"
        + f"channel.queue_bind(queue='mail', exchange='shop', routing_key='{pattern}')\n"
        + "def on_message(ch, method, properties, body):\n    print(body)\n"
        + "channel.basic_consume(queue='mail', on_message_callback=on_message)\n",
    }


@pytest.mark.parametrize("pattern", ["order.placed", "order.*", "order.#", "#"])
def test_an_exchange_reaches_the_queues_whose_binding_fits(find: Find, pattern: str) -> None:
    found = find(shop(pattern))
    assert found.flows() == {("orders.py", "mail.py")}
    assert route(found) == [["exchange shop", "queue mail"]]


@pytest.mark.parametrize("pattern", ["order.paid", "payment.*", "*"])
def test_a_binding_for_other_routing_keys_carries_nothing(find: Find, pattern: str) -> None:
    assert find(shop(pattern)).flows() == set()


def test_exchanges_bound_to_exchanges_are_gone_through(find: Find) -> None:
    files = shop("order.*")
    files["topology.py"] = PIKA + "channel.exchange_bind(destination='shop', source='front', routing_key='#')\n"
    files["orders.py"] = files["orders.py"].replace("exchange='shop'", "exchange='front'")
    found = find(files)
    assert route(found) == [["exchange front", "exchange shop", "queue mail"]]


def test_a_topic_reaches_the_queue_that_is_subscribed_to_it(find: Find) -> None:
    found = find({
        "topology.py": """
            import boto3
            sns = boto3.client("sns")
            topic = sns.create_topic(Name="orders")
            sns.subscribe(TopicArn=topic["TopicArn"], Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:123456789012:billing")
            """,
        "orders.py": """
            import boto3
            sns = boto3.client("sns")
            def place(body):
                sns.publish(TopicArn="arn:aws:sns:eu-west-1:123456789012:orders", Message=body)
            """,
        "billing.py": """
            import boto3
            sqs = boto3.client("sqs")
            def run():
                while True:
                    answer = sqs.receive_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/123456789012/billing")
                    for message in answer["Messages"]:
                        print(message["Body"])
            """,
    })  # fmt: skip
    assert found.flows() == {("orders.py", "billing.py")}


@pytest.mark.parametrize(
    ("pattern", "reached"),
    [("orders.*", True), ("orders.>", True), ("*.placed", True), ("orders", False), ("orders.*.eu", False)],
)
def test_nats_wildcards(find: Find, pattern: str, reached: bool) -> None:
    found = find({
        "orders.py": """
            import nats
            async def place(body):
                client = await nats.connect("nats://n")
                await client.publish("orders.placed", body)
            """,
        "mail.py": f"""
            import nats
            async def on_order(message):
                print(message.data)
            async def run():
                client = await nats.connect("nats://n")
                await client.subscribe("{pattern}", cb=on_order)
            """,
    })  # fmt: skip
    assert (("orders.py", "mail.py") in found.flows()) is reached


@pytest.mark.parametrize(("topic", "reached"), [("/^orders\\..*/", True), ("/orders/", True), ("/^payments/", False)])
def test_a_regular_expression_subscribes_to_the_topics_that_it_finds(find: Find, topic: str, reached: bool) -> None:
    found = find({
        "orders.ts": """
            import { Kafka } from 'kafkajs';
            const producer = new Kafka({ brokers: ['k'] }).producer();
            export const place = (value: string) => producer.send({ topic: 'orders.placed', messages: [{ value }] });
            """,
        "mail.ts": f"""
            import {{ Kafka }} from 'kafkajs';
            const consumer = new Kafka({{ brokers: ['k'] }}).consumer({{ groupId: 'mail' }});
            export async function run() {{
              await consumer.subscribe({{ topic: {topic} }});
              await consumer.run({{ eachMessage: async ({{ message }}) => console.log(message.value) }});
            }}
            """,
    })  # fmt: skip
    assert (("orders.ts", "mail.ts") in found.flows()) is reached


def test_the_same_name_on_another_broker_is_another_channel(find: Find) -> None:
    sqs = "import boto3\nsqs = boto3.client('sqs')\ndef place(body):\n    sqs.send_message(QueueUrl='https://sqs.eu-west-1.amazonaws.com/123456789012/mail', MessageBody=body)\n"
    found = find({**shop("order.*"), "orders.py": sqs})
    assert found.rows("channel", "channel_kind") == {("mail", "queue")}
    assert found.flows() == set()


def test_what_tests_publish_takes_no_part(find: Find) -> None:
    files = shop("order.*")
    files["tests/test_orders.py"] = files.pop("orders.py")
    found = find(files)
    assert found.rows("file", "role") == {("mail.py", "subscribe")}
    assert found.flows() == set()


@pytest.mark.parametrize(
    ("pattern", "key", "fits"),
    [
        ("#", "", True),
        ("#", "a.b.c", True),
        ("a.#", "a", True),
        ("a.#.d", "a.d", True),
        ("a.#.d", "a.b.c.d", True),
        ("a.#.d", "a.b.c", False),
        ("*.b", "a.b", True),
        ("*.b", "b", False),
        ("a.*", "a.b.c", False),
        ("a.b", "A.b", False),
        (".".join(["#", "a"] * 40), ".".join(["a"] * 80 + ["b"]), False),  # at once, not after trying every way
    ],
)
def test_amqp_patterns(pattern: str, key: str, fits: bool) -> None:
    assert amqp_matches(pattern, key) is fits


@pytest.mark.parametrize(
    ("pattern", "subject", "fits"),
    [
        ("a.>", "a", False),
        ("a.>", "a.b.c", True),
        ("a.*.c", "a.b.c", True),
        ("a.*", "a", False),
        (">", "a", True),
        ("a.b", "a.b.c", False),
    ],
)
def test_nats_patterns(pattern: str, subject: str, fits: bool) -> None:
    assert nats_matches(pattern, subject) is fits


def test_a_broken_regular_expression_fits_nothing() -> None:
    assert not pattern_matches("regex", "orders(", "orders(")


def test_names_that_are_open_as_a_whole_meet_where_they_are_written_alike(find: Find) -> None:
    sending = "const producer = new Kafka({ brokers: ['k'] }).producer();\n"
    found = find({
        "orders.ts": "import { Kafka } from 'kafkajs';\n" + sending
        + "export const place = (id: string) => producer.send({ topic: process.env.ORDERS!, messages: [{ value: id }] });\n",
        "stock.ts": "import { Kafka } from 'kafkajs';\n" + sending
        + "export const hold = (id: string) => producer.send({ topic: process.env.STOCK!, messages: [{ value: id }] });\n",
        "mail.ts": "import { Kafka } from 'kafkajs';\nconst consumer = new Kafka({ brokers: ['k'] }).consumer({ groupId: 'mail' });\n"
        + "export async function run() {\n  await consumer.subscribe({ topic: process.env.ORDERS! });\n"
        + "  await consumer.run({ eachMessage: async ({ message }) => console.log(message.value) });\n}\n",
    })  # fmt: skip
    assert found.flows() == {("orders.ts", "mail.ts")}
