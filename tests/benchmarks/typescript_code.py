"""TypeScript texts for the generated workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator

SHARED = {
    "package.json": json.dumps({"name": "shop", "private": True, "workspaces": ["packages/*", "services/*"]}),
    "tsconfig.base.json": json.dumps({"compilerOptions": {"strict": True, "target": "es2022", "module": "commonjs"}}),
    "packages/messaging/package.json": json.dumps(
        {"name": "@shop/messaging", "main": "dist/index.js", "dependencies": {"kafkajs": "^2.2.4"}}
    ),
    "packages/messaging/src/index.ts": "export * from './publisher';\nexport * from './topics';\n",
    "packages/messaging/src/topics.ts": """export const Topics = {
  orders: 'shop.orders',
  invoices: 'shop.invoices',
  shipments: 'shop.shipments',
} as const;
""",
    "packages/messaging/src/publisher.ts": """import { Kafka, Producer } from 'kafkajs';

export class EventPublisher {
  private readonly producer: Producer;

  constructor(brokers: string[]) {
    this.producer = new Kafka({ clientId: 'shop', brokers }).producer({ idempotent: true });
  }

  async publishEvent(topic: string, key: string, payload: Record<string, unknown>): Promise<void> {
    await this.producer.send({ topic, messages: [{ key, value: JSON.stringify(payload) }] });
  }
}
""",
}


def service_files(name: str) -> Iterator[tuple[str, str]]:
    """Manifest and configuration of one service."""
    folder = f"services/{name}"
    dependencies = {"kafkajs": "^2.2.4", "amqplib": "^0.10.4", "@shop/messaging": "*"}
    yield (
        f"{folder}/package.json",
        json.dumps({"name": name, "scripts": {"start": "node dist/main.js"}, "dependencies": dependencies}),
    )
    yield (
        f"{folder}/tsconfig.json",
        json.dumps({"extends": "../../tsconfig.base.json", "compilerOptions": {"outDir": "dist"}}),
    )
    yield f"{folder}/.env", f"ORDERS_TOPIC={name}.orders\nAMQP_URL=amqp://localhost\n"
    yield f"{folder}/Dockerfile", 'FROM node:20\nCMD ["node", "dist/main.js"]\n'


PLAIN = (
    """export interface @Noun@@n@ {
  id: string;
  reference: string;
  amount: number;
  currency: 'EUR' | 'USD';
  lines: Array<{ sku: string; quantity: number; unitPrice: number }>;
  createdAt: Date;
  notes?: string;
}

export function @verb@@Noun@@n@(input: @Noun@@n@, limit = @m@): @Noun@@n@ {
  const lines = input.lines.filter((line) => line.quantity > 0 && line.unitPrice >= 0);
  const amount = lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0);
  if (amount > limit) {
    throw new RangeError(`@noun@ ${input.reference} is above ${limit}`);
  }
  return { ...input, lines, amount, reference: input.reference.trim().toUpperCase() };
}
""",
    """export class @Noun@Repository@n@ {
  private readonly rows = new Map<string, { id: string; version: number; state: string }>();

  constructor(private readonly clock: () => Date = () => new Date()) {}

  async find(id: string): Promise<{ id: string; version: number; state: string } | undefined> {
    return this.rows.get(id);
  }

  async @verb@(id: string, state: string): Promise<void> {
    const row = await this.find(id);
    if (!row) {
      this.rows.set(id, { id, version: 1, state });
      return;
    }
    try {
      this.rows.set(id, { ...row, version: row.version + 1, state });
    } catch (error) {
      console.error('@verb@ of @noun@ failed', { id, at: this.clock().toISOString(), error });
      throw error;
    }
  }
}
""",
    """const @noun@Rules@n@ = [
  { code: 'A@m@', when: (value: number) => value > @m@, label: 'above the @noun@ limit' },
  { code: 'B@m@', when: (value: number) => value < 0, label: 'negative @noun@' },
];

/** Which rules a value breaks, in the order in which they are listed. */
export const broken@Noun@Rules@n@ = (value: number): string[] =>
  @noun@Rules@n@.filter((rule) => rule.when(value)).map((rule) => `${rule.code}: ${rule.label}`);

export async function @verb@All@Noun@s@n@(ids: string[], one: (id: string) => Promise<boolean>): Promise<number> {
  let done = 0;
  for (const id of ids) {
    const ok = await one(id);
    done += ok ? 1 : 0;
  }
  return done;
}
""",
)

SITES = (
    (
        "import { Kafka } from 'kafkajs';",
        """const kafka = new Kafka({ clientId: '@service@', brokers: ['localhost:9092'] });
const producer = kafka.producer();

export async function announce@Noun@(id: string, amount: number): Promise<void> {
  await producer.send({
    topic: '@noun@-events',
    messages: [{ key: id, value: JSON.stringify({ type: '@Noun@Created', id, amount }) }],
  });
}
""",
    ),
    (
        "import { Kafka } from 'kafkajs';",
        """const consumer = new Kafka({ clientId: '@service@', brokers: ['localhost:9092'] }).consumer({ groupId: '@service@' });

export async function follow@Noun@s(): Promise<void> {
  await consumer.subscribe({ topic: '@noun@-events', fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const event = JSON.parse(message.value!.toString());
      console.log('@noun@', event.id, event.amount);
    },
  });
}
""",
    ),
    (
        "import * as amqp from 'amqplib';",
        """export async function serve@Noun@Queue(url: string): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange('@noun@s', 'topic', { durable: true });
  await channel.assertQueue('@service@.@noun@', { durable: true });
  await channel.bindQueue('@service@.@noun@', '@noun@s', '@noun@.*');
  channel.publish('@noun@s', '@noun@.@verb@', Buffer.from(JSON.stringify({ id: '@m@' })));
  await channel.consume('@service@.@noun@', (message) => {
    if (message) channel.ack(message);
  });
}
""",
    ),
    (
        "import { EventPublisher, Topics } from '@shop/messaging';",
        """export class @Noun@Notifier {
  constructor(private readonly publisher: EventPublisher) {}

  async @verb@(id: string): Promise<void> {
    await this.publisher.publishEvent(Topics.orders, id, { type: '@Noun@@Verb@', id });
  }
}
""",
    ),
)
