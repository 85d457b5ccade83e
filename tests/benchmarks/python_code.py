"""Python texts for the generated workspace."""

from __future__ import annotations

from collections.abc import Iterator

SHARED = {
    "libs/shop_messaging/pyproject.toml": '[project]\nname = "shop-messaging"\nversion = "1.0"\ndependencies = ["confluent-kafka>=2.5"]\n',
    "libs/shop_messaging/src/shop_messaging/__init__.py": "from shop_messaging.publisher import EventPublisher, publish_event\n",
    "libs/shop_messaging/src/shop_messaging/topics.py": 'ORDERS = "shop.orders"\nINVOICES = "shop.invoices"\nSHIPMENTS = "shop.shipments"\n',
    "libs/shop_messaging/src/shop_messaging/publisher.py": """import json
import os

from confluent_kafka import Producer


class EventPublisher:
    def __init__(self, servers: str) -> None:
        self._producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True})

    def publish(self, topic: str, key: str, payload: dict) -> None:
        self._producer.produce(topic, key=key, value=json.dumps(payload))
        self._producer.flush()


def publish_event(topic: str, key: str, payload: dict) -> None:
    EventPublisher(os.environ.get("KAFKA_SERVERS", "localhost:9092")).publish(topic, key, payload)
""",
}


def service_files(name: str) -> Iterator[tuple[str, str]]:
    """Manifest and configuration of one service."""
    folder = f"services/{name}"
    dependencies = '["confluent-kafka>=2.5", "pika>=1.3", "shop-messaging"]'
    yield f"{folder}/pyproject.toml", f'[project]\nname = "{name}"\nversion = "1.0"\ndependencies = {dependencies}\n'
    yield f"{folder}/src/{name.replace('-', '_')}/__init__.py", ""
    yield f"{folder}/.env", f"ORDERS_TOPIC={name}.orders\nAMQP_URL=amqp://localhost\n"
    yield f"{folder}/Dockerfile", f'FROM python:3.12\nCMD ["python", "-m", "{name.replace("-", "_")}"]\n'


HEADER = """import logging
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

log = logging.getLogger(__name__)
"""

PLAIN = (
    '''
@dataclass(frozen=True)
class @Noun@@n@:
    """One @noun@ as the @service@ sees it."""

    identifier: str
    reference: str
    amount: Decimal
    currency: str = "EUR"
    lines: tuple = ()
    notes: str | None = None


def @verb@_@noun@_@n@(item: "@Noun@@n@", limit: int = @m@) -> "@Noun@@n@":
    lines = tuple(line for line in item.lines if line["quantity"] > 0 and line["price"] >= 0)
    amount = sum(line["quantity"] * line["price"] for line in lines)
    if amount > limit:
        raise ValueError(f"@noun@ {item.reference} is above {limit}")
    return replace(item, lines=lines, amount=amount, reference=item.reference.strip().upper())
''',
    """
class @Noun@Repository@n@:
    def __init__(self, connection, clock=datetime.now):
        self._connection = connection
        self._clock = clock
        self._rows = {}

    def find(self, identifier):
        return self._rows.get(identifier)

    def @verb@(self, identifier, state):
        row = self.find(identifier)
        if row is None:
            self._rows[identifier] = {"id": identifier, "version": 1, "state": state}
            return
        try:
            row.update(version=row["version"] + 1, state=state, changed=self._clock())
        except (KeyError, TypeError) as error:
            log.exception("@verb@ of @noun@ %s failed: %s", identifier, error)
            raise
""",
    '''
@NOUN@_RULES_@n@ = [
    {"code": "A@m@", "when": lambda value: value > @m@, "label": "above the @noun@ limit"},
    {"code": "B@m@", "when": lambda value: value < 0, "label": "negative @noun@"},
]


def broken_@noun@_rules_@n@(value):
    """Which rules a value breaks, in the order in which they are listed."""
    return [f"{rule['code']}: {rule['label']}" for rule in @NOUN@_RULES_@n@ if rule["when"](value)]


async def @verb@_all_@noun@s_@n@(identifiers, one):
    done = 0
    for identifier in identifiers:
        if await one(identifier):
            done += 1
    return done
'''.replace("@NOUN@", "LIMIT"),
)

SITES = (
    (
        "import json\nfrom confluent_kafka import Producer",
        """
producer = Producer({"bootstrap.servers": "localhost:9092", "client.id": "@service@"})


def announce_@noun@(identifier, amount):
    event = {"type": "@Noun@Created", "id": identifier, "amount": amount}
    producer.produce("@noun@-events", key=identifier, value=json.dumps(event))
    producer.flush()
""",
    ),
    (
        "import json\nfrom confluent_kafka import Consumer",
        """
consumer = Consumer({"bootstrap.servers": "localhost:9092", "group.id": "@service@", "enable.auto.commit": False})


def follow_@noun@s():
    consumer.subscribe(["@noun@-events"])
    while True:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        event = json.loads(message.value())
        print("@noun@", event["id"])
        consumer.commit(message)
""",
    ),
    (
        "import json\nimport pika",
        """
def serve_@noun@_queue(url):
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.exchange_declare(exchange="@noun@s", exchange_type="topic", durable=True)
    channel.queue_declare(queue="@service@.@noun@", durable=True)
    channel.queue_bind(queue="@service@.@noun@", exchange="@noun@s", routing_key="@noun@.*")
    channel.basic_publish(exchange="@noun@s", routing_key="@noun@.@verb@", body=json.dumps({"id": "@m@"}))

    def on_message(channel, method, properties, body):
        channel.basic_ack(delivery_tag=method.delivery_tag)

    channel.basic_consume(queue="@service@.@noun@", on_message_callback=on_message)
    channel.start_consuming()
""",
    ),
    (
        "from shop_messaging import publish_event\nfrom shop_messaging import topics",
        """
def notify_@noun@_@verb@(identifier):
    publish_event(topics.ORDERS, identifier, {"type": "@Noun@@Verb@", "id": identifier})
""",
    ),
)
