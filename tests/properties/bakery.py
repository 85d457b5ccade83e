"""A small system with everything in it that one file can change for another, and what is done to it.

Two services in two languages: a wrapper, a barrel, a path mapping, injected fields, constants, a value of the environment, a schema
file, a binding in code, a library model and settings of the workspace's own.
"""

from __future__ import annotations

FILES = {
    "package.json": '{"name": "bakery", "private": true, "workspaces": ["services/*"]}\n',
    "eventlens.toml": '[[external]]\nchannel = "invoices"\nowner = "accounting"\n',
    ".eventlens/libraries/ring.yaml": """library: ring
broker: kafka
kind: topic
languages: [typescript, javascript, python]
packages: ["@bakery/ring", ring]
values:
  Ring:
    - {new: Ring}
publishes:
  - call: Ring.shout
    channel: "0"
    payload: "1"
    completion: promise
subscribes:
  - call: Ring.hear
    channel: "0"
    handler: {argument: "1", message: param 0}
    delivery: at-least-once
    acknowledgement: {mode: auto-after}
    on-failure: {retries: {default: 3}, then: log-and-skip}
""",
    "docker-compose.yml": """services:
  kafka: {image: "apache/kafka:3.9.0"}
  orders:
    build: services/orders
    environment: {LOAVES_TOPIC: bakery.loaves}
  ovens:
    build: services/ovens
    environment: {OVEN_QUEUE: oven-jobs}
""",
    "services/orders/package.json": '{"name": "orders", "dependencies": {"kafkajs": "2", "amqplib": "0.10", "typeorm": "0.3"}}\n',
    "services/orders/tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@orders/*": ["src/*"]}}}\n',
    "services/orders/.env": "LOAVES_TOPIC=loaves\nREFUNDS_TOPIC=refunds\n",
    "services/orders/src/topics.ts": """export const Topics = {
  loaves: process.env.LOAVES_TOPIC ?? 'loaves',
  refunds: process.env.REFUNDS_TOPIC,
  invoices: 'invoices',
} as const;
export const QUEUE = 'oven-jobs';
""",
    "services/orders/src/publisher.ts": """import { Kafka } from 'kafkajs';

const producer = new Kafka({ brokers: [] }).producer();

export class Publisher {
  async publish(topic: string, payload: { id: string; flour?: number }): Promise<void> {
    await producer.send({ topic, messages: [{ key: payload.id, value: JSON.stringify(payload) }] });
  }
}
""",
    "services/orders/src/index.ts": "export * from './publisher';\nexport { Topics, QUEUE as OvenQueue } from './topics';\n",
    "services/orders/src/place.ts": """import { Repository } from 'typeorm';
import { Publisher, Topics } from '@orders/index';

interface Order {
  id: string;
  loaves: number;
}

export class Orders {
  constructor(
    private readonly publisher: Publisher,
    private readonly rows: Repository<Order>,
  ) {}

  async place(order: Order): Promise<void> {
    await this.rows.save(order);
    await this.publisher.publish(Topics.loaves, { id: order.id });
  }

  async refund(id: string): Promise<void> {
    this.publisher.publish(Topics.refunds, { id });
  }
}
""",
    "services/orders/src/follow.ts": """import { Kafka } from 'kafkajs';
import { Topics } from './topics';
import { applyRefund } from './refunds';

export async function follow(): Promise<void> {
  const consumer = new Kafka({ brokers: [] }).consumer({ groupId: 'orders' });
  await consumer.subscribe({ topic: Topics.refunds });
  await consumer.run({
    eachMessage: async ({ message }) => {
      try {
        await applyRefund(JSON.parse(String(message.value)));
      } catch (error) {
        console.log(error);
      }
    },
  });
}
""",
    "services/orders/src/refunds.ts": """import { getRepository } from 'typeorm';
import { Ring } from '@bakery/ring';

const ring = new Ring();

export async function applyRefund(refund: { id: string }): Promise<void> {
  await getRepository('refund').insert({ id: refund.id });
  await ring.shout('refunds.done', refund);
}
""",
    "services/orders/src/jobs.ts": """import amqp from 'amqplib';
import { OvenQueue } from './index';

export async function bake(order: string): Promise<void> {
  const connection = await amqp.connect('amqp://localhost');
  const channel = await connection.createChannel();
  await channel.assertExchange('bakery', 'topic');
  await channel.assertQueue(OvenQueue);
  await channel.bindQueue(OvenQueue, 'bakery', 'oven.*');
  channel.publish('bakery', 'oven.light', Buffer.from(JSON.stringify({ order })));
}
""",
    "services/ovens/pyproject.toml": '[project]\nname = "ovens"\ndependencies = ["confluent-kafka", "pika"]\n',
    "services/ovens/ovens/__init__.py": "from .events import announce\n",
    "services/ovens/ovens/settings.py": 'import os\n\nQUEUE = os.environ.get("OVEN_QUEUE", "jobs")\nBAKED = "loaves.baked"\n',
    "services/ovens/ovens/events.py": """from confluent_kafka import Producer

producer = Producer({})


def announce(topic, event):
    producer.produce(topic, value=event)
    producer.flush()
""",
    "services/ovens/ovens/work.py": """import pika

from ovens import announce
from ovens.settings import BAKED, QUEUE


def on_job(channel, method, properties, body):
    try:
        announce(BAKED, {"job": body})
    except Exception:
        channel.basic_nack(method.delivery_tag)
        return
    channel.basic_ack(method.delivery_tag)


def work():
    channel = pika.BlockingConnection().channel()
    channel.queue_declare(QUEUE)
    channel.basic_consume(QUEUE, on_job)
    channel.start_consuming()
""",
    "services/ovens/ovens/watch.py": """from confluent_kafka import Consumer

from .settings import BAKED


def watch():
    consumer = Consumer({"group.id": "ovens"})
    consumer.subscribe([BAKED, "bakery.loaves"])
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        print(message.value())
        consumer.commit(message)
""",
    "services/ovens/schemas/baked.avsc": """{"type": "record", "name": "Baked", "namespace": "bakery",
 "fields": [{"name": "job", "type": "string"}, {"name": "at", "type": ["null", "long"], "default": null}]}
""",
}
"""Path to text."""

SWAPS: dict[str, tuple[tuple[str, str], ...]] = {
    "eventlens.toml": (
        ('channel = "invoices"', 'channel = "refunds*"'),
        ('[[external]]\nchannel = "invoices"', '[rules]\norphan-publish = "off"\n\n[[external]]\nchannel = "invoices"'),
        ("[[external]]", '[values]\nREFUNDS_TOPIC = "refunds.v2"\n\n[[external]]'),
        ("[[external]]", '[[services]]\nname = "counter"\npath = "services/orders/src"\n\n[[external]]'),
        ("[[external]]", 'exclude = ["**/watch.py"]\n\n[[external]]'),
        ("[[external]]", "[[external"),
    ),
    ".eventlens/libraries/ring.yaml": (
        ("Ring.shout", "Ring.cry"),
        ("broker: kafka", "broker: nats"),
        ("completion: promise", "completion: blocking"),
        ("publishes:", "publisches:"),
        ('packages: ["@bakery/ring", ring]', 'packages: ["kafkajs"]'),
    ),
    "docker-compose.yml": (
        ("bakery.loaves", "loaves.v2"),
        ("OVEN_QUEUE: oven-jobs", "OVEN_QUEUE: oven-work"),
        ("    environment: {LOAVES_TOPIC: bakery.loaves}\n", ""),
        ("services:", "services: ["),
    ),
    "package.json": (('["services/*"]', "[]"),),
    "services/orders/package.json": (('"name": "orders"', '"name": "counter"'), ('"kafkajs": "2", ', "")),
    "services/orders/tsconfig.json": (("@orders/*", "@counter/*"), ('["src/*"]', '["lib/*"]'), ("{", "")),
    "services/orders/.env": (
        ("REFUNDS_TOPIC=refunds", "REFUNDS_TOPIC=returns"),
        ("REFUNDS_TOPIC=refunds\n", ""),
        ("LOAVES_TOPIC=loaves", "LOAVES_TOPIC=bakery.loaves"),
    ),
    "services/orders/src/topics.ts": (
        ("'invoices'", "'refunds'"),
        ("'oven-jobs'", "'oven-work'"),
        ("export const QUEUE", "export const LINE"),
        ("process.env.LOAVES_TOPIC ??", "process.env.OTHER_TOPIC ??"),
        ("refunds: process.env.REFUNDS_TOPIC", "refunds: 'refunds'"),
    ),
    "services/orders/src/publisher.ts": (
        ("topic, messages", "topic: 'loaves', messages"),
        ("topic, messages", "topic: `bakery.${topic}`, messages"),
        ("class Publisher", "class Sender"),
        ("async publish(", "async send("),
        ("await producer", "producer"),
        ("'kafkajs'", "'kafka-node'"),
    ),
    "services/orders/src/index.ts": (
        ("export * from './publisher';\n", ""),
        ("QUEUE as OvenQueue", "QUEUE"),
        ("'./topics'", "'./extra'"),
    ),
    "services/orders/src/place.ts": (
        ("await this.rows.save(order);\n", ""),
        ("    await this.publisher", "    // eventlens: ignore[dual-write]\n    await this.publisher"),
        ("this.publisher.publish(Topics.refunds", "await this.publisher.publish(Topics.refunds"),
        ("Topics.loaves", "Topics.invoices"),
        ("publisher: Publisher", "publisher: Sender"),
        ("'@orders/index'", "'./index'"),
    ),
    "services/orders/src/follow.ts": (
        ("console.log(error)", "throw error"),
        ("Topics.refunds", "'refunds'"),
        ("await applyRefund(", "void applyRefund("),
        ("from './refunds'", "from './extra'"),
    ),
    "services/orders/src/refunds.ts": (
        (".insert(", ".upsert("),
        ("'refunds.done'", "'loaves'"),
        ("ring.shout", "ring.cry"),
        ("applyRefund", "applyRefunds"),
    ),
    "services/orders/src/jobs.ts": (
        ("'oven.*'", "'stove.*'"),
        ("bindQueue(OvenQueue", "bindQueue('oven-work'"),
        ("assertQueue(OvenQueue)", "assertQueue(OvenQueue, { deadLetterExchange: 'dead' })"),
    ),
    "services/ovens/pyproject.toml": (('name = "ovens"', 'name = "stoves"'),),
    "services/ovens/ovens/__init__.py": (("announce", "announce as tell"), ("from .events", "from .extra")),
    "services/ovens/ovens/settings.py": (
        ('"loaves.baked"', '"loaves"'),
        ('"OVEN_QUEUE", "jobs"', '"OVEN_LINE", "jobs"'),
        ("BAKED =", "DONE ="),
    ),
    "services/ovens/ovens/events.py": (
        ("    producer.flush()\n", ""),
        ("produce(topic", "produce('loaves'"),
        ("def announce", "def tell"),
        ("def announce(topic, event)", "def announce(event, topic)"),
    ),
    "services/ovens/ovens/work.py": (
        ("announce(BAKED", "announce('loaves.burnt'"),
        ("basic_nack(method.delivery_tag)", "basic_nack(method.delivery_tag, requeue=False)"),
        ("basic_consume(QUEUE, on_job)", "basic_consume(QUEUE, on_job, auto_ack=True)"),
        ("from ovens import announce", "from .events import announce"),
    ),
    "services/ovens/ovens/watch.py": (
        ('"bakery.loaves"', '"loaves"'),
        ("[BAKED, ", "["),
        ("consumer.commit(message)", "pass"),
    ),
    "services/ovens/schemas/baked.avsc": (('"job"', '"order"'), ('"name": "Baked"', '"name": "loaves.baked"'), ("{", "")),
}  # fmt: skip
"""What is exchanged in a text, and back: each changes something for another place."""

NEW_FILES = {
    "services/orders/src/extra.ts": """import { Publisher, Topics } from './index';
export const applyRefund = async (p: Publisher) => p.publish(Topics.refunds, { id: '1' });
export const Topics2 = Topics;
""",
    "services/orders/src/index.tsx": "export { Publisher } from './publisher';\n",
    "services/orders/lib/index.ts": "export class Publisher {\n  async publish(topic: string) {}\n}\nexport const Topics = { loaves: 'x' };\n",
    "services/orders/.env.production": "REFUNDS_TOPIC=refunds.production\n",
    "services/orders/.gitignore": "lib/\nfollow.ts\n",
    "services/orders/src/publisher/index.ts": "export class Publisher {}\n",
    "services/ovens/ovens/extra.py": "from .events import announce\n\n\ndef late(x):\n    announce('late', x)\n",
    "services/ovens/ovens/events/__init__.py": "def announce(topic, event):\n    print(topic)\n",
    "services/ovens/.env": "OVEN_QUEUE=jobs\n",
    "services/ovens/schemas/refund.schema.json": '{"$id": "refund", "title": "refunds", "type": "object", "properties": {"id": {"type": "string"}}}\n',
    ".eventlens/libraries/bell.yaml": "library: bell\nbroker: redis\nkind: channel\nlanguages: [python]\npackages: [confluent_kafka]\nvalues:\n  Bell:\n    - {new: Producer}\npublishes:\n  - call: Bell.flush\n    channel: \"0\"\n    completion: blocking\n",
    "pyproject.toml": '[tool.eventlens.rules]\ndual-write = "error"\n',
    "odd/no package.ts": "import { Kafka } from 'kafkajs';\nnew Kafka({ brokers: [] }).producer().send({ topic: 'loaves', messages: [] });\n",
}  # fmt: skip
"""Files that are not there at first; some of them stand in for others, or are read before others."""

FOLDERS = ("services/orders", "services/orders/src", "services/ovens", "services/ovens/ovens", ".eventlens")

INSERTS = (
    "import { Publisher } from './publisher';\n", "from .events import announce as send\n",
    "export async function again(p: Publisher) { await p.publish('again', { id: '1' }); }\n",
    "\ndef late(x):\n    announce('late', x)\n",
    "// eventlens: ignore[unawaited-publish] as it is\n", "# eventlens: ignore\n",
    "// note\n", "# note\n", "\n\n", "}\n", "(", "'", "await ", "export ", "é€𝕏", "\r\n", "\t", "{", '"""',
)  # fmt: skip


def swapped(path: str, text: str, number: int) -> str:
    """``text`` with one of its exchanges made, or taken back where it is made already."""
    swaps = SWAPS.get(path) or (("\n", "\n\n"),)
    old, new = swaps[number % len(swaps)]
    return text.replace(new, old, 1) if new and new in text else text.replace(old, new, 1)
