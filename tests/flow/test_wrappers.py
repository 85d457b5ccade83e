"""In-house functions around library calls: whose parameters decide, and where the sites are then."""

from __future__ import annotations

import pytest

from .conftest import Find

KAFKAJS = "import { Kafka } from 'kafkajs';\nexport const producer = new Kafka({ brokers: ['k'] }).producer();\n"


def test_a_parameter_that_reaches_the_channel_makes_the_callers_sites(find: Find) -> None:
    found = find({
        "bus.ts": KAFKAJS + "export async function publish(topic: string, body: unknown) {\n  await producer.send({ topic, messages: [{ value: JSON.stringify(body) }] });\n}\n",
        "orders.ts": "import { publish } from './bus';\nexport const placed = (id: string) => publish('orders', { id });\n",
        "payments.ts": "import { publish } from './bus';\nexport const paid = (id: string) => publish('payments', { id });\n",
    })  # fmt: skip
    assert found.rows("place", "channel", "via") == {
        ("orders.ts:2", "orders", "wrapper"),
        ("payments.ts:2", "payments", "wrapper"),
    }


def test_wrappers_of_wrappers_are_followed(find: Find) -> None:
    found = find({
        "bus.py": """
            from confluent_kafka import Producer
            producer = Producer({})
            def send(topic, value):
                producer.produce(topic, value)
            def send_json(name, payload):
                send(f"shop.{name}", payload)
            """,
        "orders.py": "from bus import send_json\ndef place(order):\n    send_json('orders', order)\n",
    })  # fmt: skip
    assert ("orders.py:3", "shop.orders", "wrapper") in found.rows("place", "channel", "via")


def test_a_fixed_channel_is_a_site_and_so_are_the_first_callers(find: Find) -> None:
    found = find({
        "receipts.ts": KAFKAJS + "export const emit = async (receipt: object) => {\n  await producer.send({ topic: 'receipts', messages: [{ value: JSON.stringify(receipt) }] });\n};\n",
        "mail.ts": "import { emit } from './receipts';\nexport async function mailed(id: string) {\n  await emit({ type: 'MailSent', id });\n}\n",
    })  # fmt: skip
    inner = next(site for site in found.sites if site.file == "receipts.ts")
    outer = next(site for site in found.sites if site.file == "mail.ts")
    assert (inner.via, inner.of, outer.via, outer.of, outer.event) == ("direct", None, "wrapper", inner.id, "MailSent")


def test_an_object_that_calls_itself_with_what_it_is_given_is_called_from_outside(find: Find) -> None:
    found = find({
        "publisher.py": """
            import json
            import pika
            class Publisher:
                EXCHANGE = "shop"
                def __init__(self):
                    self._connect()
                def _connect(self):
                    self._channel = pika.BlockingConnection(pika.ConnectionParameters("mq")).channel()
                def _publish(self, message):
                    self._channel.basic_publish(exchange=self.EXCHANGE, routing_key="orders", body=json.dumps(message))
                def publish(self, message):
                    try:
                        self._publish(message)
                    except pika.exceptions.ConnectionClosed:
                        self._connect()
                        self._publish(message)
                def ping(self):
                    self._publish({"type": "ping"})
            """,
        "orders.py": "from publisher import Publisher\npublisher = Publisher()\ndef place(order):\n    publisher.publish(order)\n",
    })  # fmt: skip
    inner = next(site for site in found.sites if site.file == "publisher.py")
    outside = [(site.file, site.line, site.of) for site in found.sites if site.via == "wrapper"]
    assert outside == [("orders.py", 4, inner.id)]


def test_a_constructor_bound_channel_makes_the_calls_on_the_object_sites(find: Find) -> None:
    found = find({
        "event_producer.py": """
            from kafka import KafkaProducer
            class EventProducer:
                def __init__(self, topic):
                    self._topic = topic
                    self._producer = KafkaProducer()
                def publish(self, event):
                    self._producer.send(self._topic, event)
            """,
        "orders.py": "from event_producer import EventProducer\norders = EventProducer('orders')\ndef place(order):\n    orders.publish(order)\n",
        "stock.py": "from event_producer import EventProducer\nstock = EventProducer('stock')\ndef count(item):\n    stock.publish(item)\n",
    })  # fmt: skip
    assert found.rows("place", "channel") == {("orders.py:4", "orders"), ("stock.py:4", "stock")}


def test_an_object_that_only_its_module_makes_is_decided_there(find: Find) -> None:
    found = find({
        "tracker.py": """
            from kafka import KafkaProducer
            class Tracker:
                def __init__(self, topic):
                    self._topic = topic
                    self._producer = KafkaProducer()
                def _send(self, message):
                    self._producer.send(self._topic, message)
                def received(self):
                    self._send("received")
            def tracker():
                return Tracker("payload-status")
            """,
    })  # fmt: skip
    assert found.rows("place", "channel", "via") == {("tracker.py:8", "payload-status", "direct")}


def test_injected_publishers_are_followed_through_constructor_parameters(find: Find) -> None:
    found = find({
        "publisher.ts": KAFKAJS + "export class Publisher {\n  async publish(topic: string, body: object) {\n    await producer.send({ topic, messages: [{ value: JSON.stringify(body) }] });\n  }\n}\n",
        "service.ts": "import { Publisher } from './publisher';\nexport class OrderService {\n  constructor(private readonly publisher: Publisher) {}\n  async place() {\n    await this.publisher.publish('orders', {});\n  }\n}\n",
    })  # fmt: skip
    assert found.rows("place", "channel") == {("service.ts:5", "orders")}


def test_re_exports_and_barrels_are_followed(find: Find) -> None:
    found = find({
        "messaging/publish.ts": KAFKAJS.replace("export const", "const") + "export const publish = (topic: string) => producer.send({ topic, messages: [] });\n",
        "messaging/index.ts": "export { publish as send } from './publish';\n",
        "orders.ts": "import { send } from './messaging';\nexport const placed = () => send('orders');\n",
    })  # fmt: skip
    assert found.rows("place", "channel") == {("orders.ts:2", "orders")}


@pytest.mark.parametrize(
    ("wrapper", "taken"),
    [
        pytest.param("async function publish{}\nexport default publish;\n", "import publish from './bus';", id="a named default"),
        pytest.param("async function publish{}\nexport default publish;\n", "import tell from './bus';", id="under another name"),
        pytest.param("export default async function{}\n", "import tell from './bus';", id="without a name"),
        pytest.param("export default async function publish{}\n", "import tell from './barrel';", id="through a barrel"),
        pytest.param("async function publish{}\nmodule.exports = publish;\n", "const tell = require('./bus');", id="required"),
    ],
)  # fmt: skip
def test_what_a_module_is_as_a_whole_is_called_by_its_importers(find: Find, wrapper: str, taken: str) -> None:
    body = "(topic: string) {\n  await producer.send({ topic, messages: [] });\n}"
    called = "publish" if "publish" in taken else "tell"
    found = find({
        "bus.ts": KAFKAJS + wrapper.format(body),
        "barrel.ts": "export { default } from './bus';\n",
        "orders.ts": f"{taken}\nexport const placed = () => {called}('orders');\n",
        "other.ts": "export default function publish(topic: string) {\n  return topic;\n}\n",
        "paper.ts": "import publish from './other';\nimport tell from './other';\nexport const printed = () => [publish('print'), tell('print')];\n",
    })  # fmt: skip
    assert found.rows("place", "channel", "via") == {("orders.ts:2", "orders", "wrapper")}


def test_subclasses_of_a_class_that_is_its_module(find: Find) -> None:
    found = find({
        "publisher.ts": KAFKAJS + "export default abstract class Publisher {\n  abstract topic: string;\n  publish(body: object) {\n    return producer.send({ topic: this.topic, messages: [{ value: JSON.stringify(body) }] });\n  }\n}\n",
        "orders.ts": "import Publisher from './publisher';\nexport class Orders extends Publisher {\n  topic = 'orders';\n}\nexport const placed = () => new Orders().publish({});\n",
    })  # fmt: skip
    assert ("orders.ts:5", "orders", "wrapper") in found.rows("place", "channel", "via")


def test_curried_publishers(find: Find) -> None:
    found = find({
        "publisher.ts": KAFKAJS + "export const publisher = (topic: string) => (body: object) => producer.send({ topic, messages: [{ value: JSON.stringify(body) }] });\n",
        "orders.ts": "import { publisher } from './publisher';\nconst publishOrder = publisher('orders');\nexport const placed = (id: string) => publishOrder({ id });\n",
    })  # fmt: skip
    assert ("orders", "publish") in found.rows("channel", "role")


def test_an_abstract_base_with_the_channel_in_a_subclass(find: Find) -> None:
    found = find({
        "base.ts": KAFKAJS + "export abstract class Publisher<T> {\n  abstract topic: string;\n  async publish(data: T) {\n    await producer.send({ topic: this.topic, messages: [{ value: JSON.stringify(data) }] });\n  }\n}\n",
        "order.ts": "import { Publisher } from './base';\nexport class OrderPublisher extends Publisher<object> {\n  topic = 'orders';\n}\n",
        "route.ts": "import { OrderPublisher } from './order';\nexport async function place() {\n  await new OrderPublisher().publish({ id: 1 });\n}\n",
    })  # fmt: skip
    assert found.rows("place", "channel") == {("route.ts:3", "orders")}


def test_functions_that_are_handed_over(find: Find) -> None:
    found = find({
        "bus.py": """
            import threading
            from kafka import KafkaProducer
            producer = KafkaProducer()
            def publish(topic):
                producer.send(topic, b"")
            def later():
                threading.Thread(target=publish, args=("reminders",)).start()
            """,
        "api.py": """
            from fastapi import BackgroundTasks
            from bus import publish
            def place(tasks: BackgroundTasks):
                tasks.add_task(publish, "orders")
            """,
    })  # fmt: skip
    assert ("orders",) in found.rows("channel")


def test_a_channel_bound_to_an_object_that_only_callers_know(find: Find) -> None:
    found = find({
        "relay.py": """
            from aio_pika.abc import AbstractChannel, AbstractExchange
            from aio_pika import Message
            async def relay(exchange: AbstractExchange):
                await exchange.publish(Message(b""), routing_key="done")
            async def run(channel: AbstractChannel):
                await relay(await channel.declare_exchange("fulfilment"))
            """,
    })  # fmt: skip
    assert ("fulfilment", "done") in found.rows("channel", "routing_key")


def test_a_registering_decorator_subscribes_what_carries_it(find: Find) -> None:
    found = find({
        "loop.py": """
            from confluent_kafka import Consumer
            class Loop:
                def __init__(self):
                    self._handlers = {}
                    self._consumer = Consumer({"group.id": "g"})
                def handles(self, topic):
                    def register(handler):
                        self._handlers[topic] = handler
                        return handler
                    return register
                def run(self):
                    self._consumer.subscribe(list(self._handlers))
                    while True:
                        message = self._consumer.poll(1.0)
                        self._handlers[message.topic()](message.value())
            """,
        "orders.py": "from loop import Loop\nloop = Loop()\n@loop.handles('orders')\ndef on_order(body):\n    print(body)\n",
    })  # fmt: skip
    assert found.rows("place", "channel", "handler") == {("orders.py:3", "orders", "on_order")}


def test_a_caller_that_says_no_is_no_site(find: Find) -> None:
    found = find({
        "bus.py": """
            from confluent_kafka import Producer
            producer = Producer({})
            def store(order, announce=True, quiet=False):
                if quiet or not announce:
                    return
                producer.produce("orders", order)
            """,
        "orders.py": """
            from bus import store
            def place(order):
                store(order)
            def replay(order):
                store(order, announce=False)
            def move(order):
                store(order, quiet=True)
            def copy(order, loud):
                store(order, loud)
            """,
    })  # fmt: skip
    places = {place for place, via in found.rows("place", "via") if via == "wrapper"}
    assert places == {"orders.py:4", "orders.py:10"}


_ENVELOPES = """
    import json
    from dataclasses import asdict, dataclass

    import aio_pika


    @dataclass
    class Envelope:
        name: str
        content: dict


    class Events:
        def __init__(self, exchange: aio_pika.abc.AbstractExchange) -> None:
            self._exchange = exchange

        async def connect(self, channel: aio_pika.abc.AbstractChannel) -> None:
            self._exchange = await channel.get_exchange("shop")

        async def tell(self, name: str, content: dict) -> None:
            envelope = Envelope(name=name, content=content)
            body = json.dumps(asdict(envelope)).encode()
            await self._exchange.publish(aio_pika.Message(body=body), routing_key=name)

        async def order_paid(self, order: str) -> None:
            await self.tell("order.paid", {"order": order})

        async def alive(self) -> None:
            body = json.dumps({"alive": True}).encode()
            await self._exchange.publish(aio_pika.Message(body=body), routing_key="alive")
    """


def test_who_names_the_event_of_a_wrapper_publishes_it(find: Find) -> None:
    found = find({
        "requirements.txt": "aio-pika==9.5.0\n",
        "events.py": _ENVELOPES,
        "orders.py": """
            from events import Events


            async def place(events: Events, order: str) -> None:
                await events.tell("order.placed", {"order": order})
                await events.order_paid(order)
                await events.alive()
            """,
    })  # fmt: skip
    assert found.rows("place", "routing_key", "channel") == {
        ("events.py:24", None, "shop"),
        ("events.py:27", "order.paid", "shop"),
        ("events.py:31", "alive", "shop"),
        ("orders.py:6", "order.placed", "shop"),
    }


def test_a_value_that_is_one_of_two_publishes_to_both(find: Find) -> None:
    found = find({
        "package.json": '{"dependencies": {"bullmq": "5.0.0"}}',
        "jobs.ts": """
            import { Queue } from 'bullmq';

            const urgent = new Queue('urgent');
            const normal = new Queue('normal');
            const notes = new Map<string, string>();

            export async function enqueue(order: { id: string; fast: boolean }) {
              const queue = order.fast ? urgent : normal;
              await queue.add('pack', order);
              await urgent.add('look', order);
              const kept = order.fast ? notes : new Set<string>();
              kept.forEach(() => undefined);
            }
            """,
    })  # fmt: skip
    assert found.rows("place", "channels") == {
        ("jobs.ts:10", ("normal", "urgent")),
        ("jobs.ts:11", ("urgent",)),
    }


def test_a_queue_that_is_injected_and_handed_on(find: Find) -> None:
    found = find({
        "package.json": '{"dependencies": {"bullmq": "5.0.0", "@nestjs/bullmq": "11.0.0"}}',
        "exports.ts": """
            import { Queue } from 'bullmq';

            export class Exports {
              static async begin(queue: Queue, id: string) {
                await queue.add('project', { id });
              }
            }
            """,
        "projects.ts": """
            import { InjectQueue } from '@nestjs/bullmq';
            import { Queue } from 'bullmq';
            import { Exports } from './exports';

            export class Projects {
              constructor(@InjectQueue('exports') private readonly queue: Queue) {}

              async export(id: string) {
                await Exports.begin(this.queue, id);
              }
            }
            """,
        "letters.ts": """
            export class Letters {
              static begin(queue: Map<string, string>, id: string) {
                queue.add('project', { id });
              }
            }
            """,
    })  # fmt: skip
    assert found.rows("place", "channel") == {("exports.ts:6", "exports")}


def test_a_client_that_is_handed_in_with_a_part_of_its_type(find: Find) -> None:
    found = find({
        "bus.ts": """
            import { ClientProxy } from '@nestjs/microservices';
            import { firstValueFrom } from 'rxjs';
            export class Requests {
              ask(client: Pick<ClientProxy, 'send'>, cmd: string, payload: unknown) {
                return firstValueFrom(client.send({ cmd }, payload));
              }
              tell(client: Omit<ClientProxy, 'send'>, topic: string, payload: unknown) {
                return client.emit(topic, payload);
              }
              quote(book: Pick<Book, 'send'>, cmd: string) {
                return book.send({ cmd });
              }
            }
            interface Book { send(what: object): void; }
            """,
        "prices.ts": """
            import { ClientProxy } from '@nestjs/microservices';
            import { Requests } from './bus';
            export class Prices {
              constructor(private readonly shop: ClientProxy, private readonly requests: Requests) {}
              of(sku: string) {
                return this.requests.ask(this.shop, 'price-of', { sku });
              }
              changed(sku: string) {
                return this.requests.tell(this.shop, 'price.changed', { sku });
              }
              quoted(book: any) {
                return this.requests.quote(book, 'quote');
              }
            }
            """,
    })  # fmt: skip
    assert found.rows("place", "channel", "via") == {
        ("prices.ts:7", '{"cmd":"price-of"}', "wrapper"),
        ("prices.ts:10", "price.changed", "wrapper"),
    }
