"""Where a failure may be let out, and what is said of it where that ends more than the one message's handling."""

from __future__ import annotations

from pathlib import Path

import pytest

from .proving import Analysed

POLLING = """import json
import logging

from confluent_kafka import Consumer
from pymongo import MongoClient

logger = logging.getLogger(__name__)
herds: MongoClient = MongoClient("mongodb://localhost")


def main() -> None:
    consumer = Consumer({{"bootstrap.servers": "localhost:9092", "group.id": "herds", "enable.auto.commit": False}})
    consumer.subscribe(["cow-positions"])
    while True:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
{body}
        consumer.commit(message=message, asynchronous=False)
"""
ONE = """        try:
            herds["farm"]["cows"].insert_one(json.loads(message.value()))
        except Exception:
            logger.exception("not stored")
"""
SURROUNDED = """        try:
            try:
                herds["farm"]["cows"].insert_one(json.loads(message.value()))
            except Exception:
                logger.exception("not stored")
        except Exception:
            consumer.seek(message)
            continue
"""
TWICE = SURROUNDED.replace("consumer.seek(message)", 'logger.exception("failed")').replace("            continue\n", "")
MANY = """        for cow in json.loads(message.value()):
            try:
                herds["farm"]["cows"].insert_one(cow)
            except Exception:
                logger.exception("not stored")
"""
STORING = POLLING.replace(
    "def main",
    """def store(cow: dict[str, str]) -> None:
    try:
        herds["farm"]["cows"].insert_one(cow)
    except Exception:
        logger.exception("not stored")


def main""",
)
CALLED = """        store(json.loads(message.value()))
"""
CALLED_FOR_MANY = """        for cow in json.loads(message.value()):
            store(cow)
"""
UNREADABLE = """        try:
            position = json.loads(message.value())
        except Exception:
            print("not JSON")
"""
STARTED = """import {{ Kafka }} from 'kafkajs';
import {{ PrismaClient }} from '@prisma/client';

const kafka = new Kafka({{ brokers: ['localhost:9092'] }});
const consumer = kafka.consumer({{ groupId: 'herds' }});
const prisma = new PrismaClient();

async function store(position: string): Promise<void> {{
  try {{
    await prisma.cow.create({{ data: {{ position }} }});
  }} catch (error) {{
    console.error(error);
  }}
}}

export async function main(): Promise<void> {{
  await consumer.subscribe({{ topic: 'cow-positions' }});
  await consumer.run({{
    eachMessage: async ({{ message }}) => {{
      {waits} store(String(message.value));
    }},
  }});
}}
"""
PUBLISHING = """import { Kafka } from 'kafkajs';

const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();

export async function announce(topic: string, value: string): Promise<void> {
  try {
    await producer.send({ topic, messages: [{ value }] });
  } catch (error) {
    console.error(error);
  }
}

export async function moved(position: string): Promise<void> {
  await announce('cow-positions', position);
}
"""
OUT, ENDING = "Let the failure out", "Let the failure out, which ends the loop"


@pytest.mark.parametrize(
    ("name", "text", "offered"),
    [
        ("herds.py", POLLING.format(body=ONE), [(ENDING, False)]),
        ("herds.py", POLLING.format(body=SURROUNDED), [(OUT, False)]),
        ("herds.py", POLLING.format(body=TWICE), []),
        ("herds.py", POLLING.format(body=MANY), []),
        ("herds.py", STORING.format(body=CALLED), [(ENDING, False)]),
        ("herds.py", STORING.format(body=CALLED_FOR_MANY), []),
        ("herds.py", POLLING.format(body=UNREADABLE), []),
        ("herds.ts", STARTED.format(waits="await"), [(OUT, True)]),
        ("herds.ts", STARTED.format(waits="void"), []),
        ("herds.ts", PUBLISHING, [("Let the failure out to the callers", False)]),
    ],
    ids=[
        "loop",
        "caught-further-out",
        "swallowed-further-out",
        "parts",
        "called",
        "called-for-parts",
        "unreadable",
        "awaited",
        "dropped",
        "publisher",
    ],
)
def test_offered(tmp_path: Path, name: str, text: str, offered: list[tuple[str, bool]]) -> None:
    (tmp_path / "requirements.txt").write_text("confluent-kafka==2.6.0\npymongo==4.9\n")
    (tmp_path / "package.json").write_text(
        '{"name": "herds", "dependencies": {"kafkajs": "2.2.4", "@prisma/client": "6.0.0"}}'
    )
    (tmp_path / name).write_text(text)
    found = Analysed(tmp_path)
    (finding,) = found.of_rule("swallowed-failure")
    rethrown = [one.offer for one in found.proposals(finding) if one.fix == "rethrow"]
    assert [(one.title, one.preferred) for one in rethrown] == offered


def test_a_queue_of_infrastructure_code_is_asked_for_fixes_without_complaint(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_lambda_event_source_mapping" "returns" {\n'
        "  event_source_arn = aws_sqs_queue.returns.arn\n"
        '  function_name    = "returns"\n'
        "}\n\n"
        'resource "aws_sqs_queue" "returns" {\n  name = "returns"\n}\n'
    )
    analysed = Analysed(tmp_path)
    found = [one for one in analysed.findings if one.file == "main.tf"]
    assert found
    for finding in found:
        analysed.proposals(finding)
    assert not caplog.records
