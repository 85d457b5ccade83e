"""Messaging modules of given lengths, and a publisher and a consumer that a third module joins: what the server is measured in.

Each module has publishes with findings, about one every hundred lines, and ordinary business code between them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from code_templates import Language, filled
from languages import PYTHON, TYPESCRIPT

LINES = (50, 150, 500, 1500, 5000)


def sized_files(chance: random.Random, typescript: str, python: str) -> Iterator[tuple[str, str]]:
    """Below the folder of a TypeScript service and below the package folder of a Python service."""
    for lines in LINES:
        yield f"{typescript}/src/workers/sized_{lines}.ts", _sized(chance, TYPESCRIPT, _TYPESCRIPT, lines)
        yield f"{python}/workers/sized_{lines}.py", _sized(chance, PYTHON, _PYTHON, lines)
    yield f"{typescript}/src/workers/pair_topic.ts", "export const PAIR_TOPIC = 'pairs.created';\n"
    yield f"{typescript}/src/workers/pair_publisher.ts", _PAIR_PUBLISHER
    yield f"{typescript}/src/workers/pair_consumer.ts", _PAIR_CONSUMER


def _sized(chance: random.Random, language: Language, messaging: tuple[str, str], lines: int) -> str:
    head, publish = messaging
    parts, length, number = [head], head.count("\n") + 1, 0
    for at in range(max(2, lines // 100)):
        parts.append(publish.replace("@n@", str(at)).replace("@lines@", str(lines)))
        length += parts[-1].count("\n") + 1
        while length < (at + 1) * lines / max(2, lines // 100) - 12:
            part = filled(chance.choice(language.plain), chance, "sized", number)
            parts.append(part)
            length += part.count("\n") + 1
            number += 1
    return "\n".join(parts)


_TYPESCRIPT = (
    """import { Kafka } from 'kafkajs';

const producer = new Kafka({ clientId: 'sized', brokers: ['localhost:9092'] }).producer();
""",
    """export async function announceSized@n@(id: string, amount: number): Promise<void> {
  const event = { type: 'Sized@n@', id, amount };
  producer.send({ topic: 'sized-@lines@-@n@', messages: [{ key: id, value: JSON.stringify(event) }] });
}
""",
)

_PYTHON = (
    """import json
import logging
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from confluent_kafka import Producer

log = logging.getLogger(__name__)
producer = Producer({"bootstrap.servers": "localhost:9092"})
""",
    """
def announce_sized_@n@(identifier, amount):
    event = {"type": "Sized@n@", "id": identifier, "amount": amount}
    producer.produce("sized-@lines@-@n@", key=identifier, value=json.dumps(event))
""",
)

_PAIR_PUBLISHER = """import { Kafka } from 'kafkajs';
import { PAIR_TOPIC } from './pair_topic';

const producer = new Kafka({ clientId: 'pair', brokers: ['localhost:9092'] }).producer();

export async function announcePair(id: string): Promise<void> {
  await producer.send({ topic: PAIR_TOPIC, messages: [{ key: id, value: JSON.stringify({ id }) }] });
}
"""

_PAIR_CONSUMER = """import { Kafka } from 'kafkajs';

const consumer = new Kafka({ clientId: 'pair', brokers: ['localhost:9092'] }).consumer({ groupId: 'pairs' });

export async function followPairs(): Promise<void> {
  await consumer.subscribe({ topic: 'pairs.created' });
  await consumer.run({
    eachMessage: async ({ message }) => {
      console.log(message.value?.toString());
    },
  });
}
"""
