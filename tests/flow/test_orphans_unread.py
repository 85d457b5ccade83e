"""Orphans are not reported where the other end may be a use of the library that could not be read."""

from __future__ import annotations

from pathlib import Path

from eventlens.analysis import analyse, open_workspace

PRODUCER = """import { Kafka } from 'kafkajs';
const producer = new Kafka({ brokers: ['kafka:9092'] }).producer();
export const shipped = async (id: string) => {
  await producer.send({ topic: 'parcel-events', messages: [{ key: id, value: id }] });
};
"""


def orphans(root: Path, consumer: str) -> list[str]:
    (root / "package.json").write_text('{"name": "parcels", "dependencies": {"kafkajs": "2.2.4"}}')
    (root / "parcels.ts").write_text(PRODUCER)
    (root / "consume.ts").write_text(consumer)
    return [
        one.rule for one in analyse(open_workspace(root).workspace).flow_map.findings if one.rule.startswith("orphan")
    ]


def test_nobody_consumes(tmp_path: Path) -> None:
    assert orphans(
        tmp_path, "import { Kafka } from 'kafkajs';\nexport const kafka = new Kafka({ brokers: ['kafka:9092'] });\n"
    ) == ["orphan-publish"]


def test_a_subscription_to_a_topic_that_is_not_known_may_be_the_consumer(tmp_path: Path) -> None:
    consumer = """import { Kafka } from 'kafkajs';
import { topicOf } from 'somewhere';
const consumer = new Kafka({ brokers: ['kafka:9092'] }).consumer({ groupId: 'g' });
export async function start() {
  await consumer.subscribe({ topic: topicOf('parcels') });
  await consumer.run({ eachMessage: async ({ message }) => console.log(message.value) });
}
"""
    assert orphans(tmp_path, consumer) == []


def test_a_use_of_the_library_on_an_object_that_is_not_known_may_be_the_consumer(tmp_path: Path) -> None:
    consumer = """import { Kafka } from 'kafkajs';
const kafka = new Kafka({ brokers: ['kafka:9092'] });
export async function start(listening: any) {
  const reader = listening ?? (kafka as any)[`${kafka}`]`made`;
  await (reader + 0).subscribe({ topic: 'parcel-events' });
}
"""
    assert orphans(tmp_path, consumer) == []
