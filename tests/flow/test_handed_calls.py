"""A library's call that is handed over with its arguments, to be made later or elsewhere, is a site where it is handed over."""

from __future__ import annotations

from .conftest import Find

_TASKS = "from celery import shared_task\n\n@shared_task\ndef print_label(code):\n    print(code)\n"
_QUEUE = "https://sqs.example.com/1/labels"


def test_a_task_is_sent_by_what_is_made_of_its_method(find: Find) -> None:
    found = find({
        "tasks.py": _TASKS,
        "parcels.py": """
            from functools import partial
            from django.db import transaction
            from tasks import print_label

            def receive(code):
                transaction.on_commit(partial(print_label.delay, code))

            def receive_later(code):
                send = partial(print_label.apply_async, (code,), countdown=5)
                transaction.on_commit(send)
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "line", "handler") == {
        ("subscribe", "tasks.print_label", 3, "print_label"),
        ("publish", "tasks.print_label", 7, None),
        ("publish", "tasks.print_label", 10, None),
    }


def test_a_hook_that_is_given_the_method_itself_sends_the_task(find: Find) -> None:
    found = find({
        "tasks.py": _TASKS,
        "parcels.py": "from django.db import transaction\nfrom tasks import print_label\n\ndef receive():\n    transaction.on_commit(print_label.delay)\n",
    })  # fmt: skip
    assert ("publish", "tasks.print_label") in found.rows("role", "channel")


def test_positions_and_names_of_arguments_reach_the_call_that_another_thread_makes(find: Find) -> None:
    found = find({
        "labels.py": f"""
            import asyncio
            import boto3

            sqs = boto3.client("sqs")
            kinesis = boto3.client("kinesis")

            async def send(body):
                await asyncio.to_thread(sqs.send_message, QueueUrl="{_QUEUE}", MessageBody=body)
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(None, lambda: kinesis.put_record(StreamName="parcels", Data=body, PartitionKey="1"))
            """,
        "events.py": """
            import asyncio
            from confluent_kafka import Producer

            producer = Producer({"bootstrap.servers": "kafka:9092"})

            async def tell(body):
                await asyncio.get_running_loop().run_in_executor(None, producer.produce, "parcels", body)
            """,
    })  # fmt: skip
    assert found.rows("role", "broker", "channel") == {
        ("publish", "sqs", "labels"), ("publish", "kinesis", "parcels"), ("publish", "kafka", "parcels"),
    }  # fmt: skip


def test_who_calls_a_wrapper_that_hands_over_names_the_channel(find: Find) -> None:
    found = find({
        "queue.py": """
            from concurrent.futures import ThreadPoolExecutor
            from confluent_kafka import Producer

            producer = Producer({"bootstrap.servers": "kafka:9092"})
            executor = ThreadPoolExecutor()

            def tell(topic, body):
                executor.submit(producer.produce, topic, body)

            def place(order):
                tell("orders", order)
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "line", "via") == {("publish", "orders", 12, "wrapper")}


def test_what_is_handed_to_others_or_names_no_library_is_no_site(find: Find) -> None:
    found = find({
        "tasks.py": _TASKS,
        "parcels.py": """
            from functools import partial
            from django.db import transaction
            from tasks import print_label

            class Printer:
                def delay(self, code):
                    print(code)

            def keep(function, code):
                return (function, code)

            def receive(code):
                transaction.on_commit(partial(Printer().delay, code))
                transaction.on_commit(partial(print, print_label.name))
                keep(print_label.delay, code)
                transaction.on_commit(print_label)
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("subscribe", "tasks.print_label")}
