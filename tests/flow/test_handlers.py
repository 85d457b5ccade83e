"""Which function handles a message: handed over, decorated, a method, or the body of a poll loop."""

from __future__ import annotations

import pytest

from .conftest import Find

KAFKAJS = (
    "import { Kafka } from 'kafkajs';\nconst consumer = new Kafka({ brokers: ['k'] }).consumer({ groupId: 'g' });\n"
)
PIKA = "import pika\nchannel = pika.BlockingConnection().channel()\n"
CONFLUENT = (
    "from confluent_kafka import Consumer\nconsumer = Consumer({'group.id': 'g'})\nconsumer.subscribe(['orders'])\n"
)


def test_a_function_handed_over_by_name(find: Find) -> None:
    found = find(
        {
            "mail.py": PIKA
            + "def on_message(ch, method, properties, body):\n    print(body)\nchannel.basic_consume('mail', on_message)\n"
        }
    )
    assert found.rows("channel", "handler") == {("mail", "on_message")}


def test_a_function_of_another_module(find: Find) -> None:
    found = find({
        "mail.py": PIKA + "from handling import on_message\nchannel.basic_consume('mail', on_message)\n",
        "handling.py": "def on_message(ch, method, properties, body):\n    print(body)\n",
    })  # fmt: skip
    assert [(site.handler.file, site.handler.line) for site in found.sites if site.handler] == [("handling.py", 1)]


def test_a_bound_method(find: Find) -> None:
    found = find({
        "mail.py": """
            import pika
            class Mailer:
                def __init__(self):
                    self.channel = pika.BlockingConnection().channel()
                def run(self):
                    self.channel.basic_consume("mail", on_message_callback=self.on_message)
                def on_message(self, ch, method, properties, body):
                    print(body)
            """,
    })  # fmt: skip
    assert found.rows("channel", "handler") == {("mail", "on_message")}


@pytest.mark.parametrize(
    ("callback", "handler"),
    [
        ("({ message }) => store(message)", "store"),
        ("async ({ message }) => await store(message)", "store"),
        ("async (payload) => store(payload.message.value)", "store"),
        ("store", "store"),
        ("async ({ message }) => { console.log(message); }", "eachMessage"),
    ],
)
def test_a_lambda_that_only_forwards_is_looked_through(find: Find, callback: str, handler: str) -> None:
    found = find({
        "mail.ts": KAFKAJS
        + "async function store(message: unknown) {\n  console.log(message);\n}\n"
        + "export async function run() {\n  await consumer.subscribe({ topics: ['orders'] });\n  await consumer.run({ eachMessage: " + callback + " });\n}\n",
    })  # fmt: skip
    assert found.rows("channel", "handler") == {("orders", handler)}


def test_a_lambda_that_makes_something_else_is_the_handler_itself(find: Find) -> None:
    found = find(
        {
            "mail.py": PIKA
            + "def tell(text):\n    print(text)\nchannel.basic_consume('mail', lambda ch, method, properties, body: tell('one came'))\n"
        }
    )
    assert found.rows("channel", "handler") == {("mail", "<lambda>")}


def test_a_decorated_function(find: Find) -> None:
    found = find(
        {
            "tasks.py": "from celery import Celery\napp = Celery('shop')\n@app.task(name='mail.send')\ndef send_mail(to):\n    print(to)\n"
        }
    )
    assert ("mail.send", "send_mail") in found.rows("channel", "handler")


def test_a_decorated_method(find: Find) -> None:
    found = find({
        "orders.controller.ts": """
            import { Controller } from '@nestjs/common';
            import { EventPattern, Payload } from '@nestjs/microservices';
            @Controller()
            export class OrdersController {
              @EventPattern('order.placed')
              async placed(@Payload() order: object) {
                console.log(order);
              }
            }
            """,
    })  # fmt: skip
    assert found.rows("channel", "handler") == {("order.placed", "placed")}


def test_the_function_around_a_poll_loop(find: Find) -> None:
    found = find(
        {
            "mail.py": CONFLUENT
            + "def run():\n    while True:\n        message = consumer.poll(1.0)\n        print(message.value())\n"
        }
    )
    assert found.rows("channel", "handler") == {("orders", "run")}


def test_the_function_that_a_poll_loop_hands_its_message_to(find: Find) -> None:
    found = find({
        "mail.py": CONFLUENT
        + "def handle(message):\n    print(message.value())\ndef run():\n    while True:\n        message = consumer.poll(1.0)\n        if message is None:\n            continue\n        handle(message)\n",
    })  # fmt: skip
    assert found.rows("channel", "handler") == {("orders", "handle")}


def test_iterating_the_consumer(find: Find) -> None:
    found = find({
        "mail.py": """
            from kafka import KafkaConsumer
            import json
            def store(order):
                print(order)
            def run():
                consumer = KafkaConsumer("orders", group_id="mail")
                for message in consumer:
                    store(json.loads(message.value))
            """,
    })  # fmt: skip
    assert found.rows("channel", "handler") == {("orders", "store")}


def test_a_module_without_functions_handles_in_its_own_loop(find: Find) -> None:
    found = find(
        {
            "mail.py": "from kafka import KafkaConsumer\nfor message in KafkaConsumer('orders', group_id='mail'):\n    print(message.value)\n"
        }
    )
    assert [(site.handler.name, site.handler.line) for site in found.sites if site.handler] == [("<module>", 2)]


def test_a_handler_that_callers_give_a_wrapper(find: Find) -> None:
    found = find({
        "bus.py": PIKA + "def listen(queue, handle):\n    channel.basic_consume(queue, on_message_callback=handle)\n",
        "mail.py": "from bus import listen\ndef on_mail(ch, method, properties, body):\n    print(body)\nlisten('mail', on_mail)\n",
        "bills.py": "from bus import listen\ndef on_bill(ch, method, properties, body):\n    print(body)\nlisten('bills', on_bill)\n",
    })  # fmt: skip
    assert found.rows("place", "channel", "handler") == {
        ("mail.py:4", "mail", "on_mail"),
        ("bills.py:4", "bills", "on_bill"),
    }
