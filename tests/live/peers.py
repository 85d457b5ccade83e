"""The other end of a channel, run with the real client libraries in a process of its own.

    peers.py listen BROKER ADDRESS CHANNEL   writes each message that arrives as one line of JSON (a text) to standard output
    peers.py speak BROKER ADDRESS CHANNEL    sends {"id": …, "body": …} for each line of standard input, and answers with the id

Both declare the channel and write the line "ready" first.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from uuid import uuid4


def main() -> None:
    action, broker, address, channel = sys.argv[1:]
    PEERS[action, broker](address, channel)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def heard(body: bytes | str) -> None:
    say(json.dumps(body if isinstance(body, str) else body.decode()))


# --- RabbitMQ: the channel is an exchange for a listener, a queue for a speaker ----------------------------------------


def listen_rabbitmq(address: str, exchange: str) -> None:
    import pika

    channel = pika.BlockingConnection(pika.URLParameters(f"amqp://guest:guest@{address}/%2F")).channel()
    channel.exchange_declare(exchange, "topic", durable=True)
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, exchange, "#")
    channel.basic_consume(queue, lambda _channel, _method, _properties, body: heard(body), auto_ack=True)
    say("ready")
    channel.start_consuming()


def speak_rabbitmq(address: str, queue: str) -> None:
    import pika

    connection = pika.BlockingConnection(pika.URLParameters(f"amqp://guest:guest@{address}/%2F?heartbeat=0"))
    channel = connection.channel()
    channel.queue_declare(f"{queue}.dead", durable=True)
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": f"{queue}.dead"}
    channel.queue_declare(queue, durable=True, arguments=dead)
    channel.confirm_delivery()
    say("ready")
    for line in sys.stdin:
        message = json.loads(line)
        properties = pika.BasicProperties(message_id=message["id"], content_type="application/json", delivery_mode=2)
        channel.basic_publish("", queue, message["body"].encode(), properties)
        say(message["id"])


# --- Kafka: a topic ----------------------------------------------------------------------------------------------------


def listen_kafka(address: str, topic: str) -> None:
    from confluent_kafka import Consumer

    _create_topic(address, topic)
    # A group of its own: one that a killed listener is still a member of would be kept waiting.
    consumer = Consumer({"bootstrap.servers": address, "group.id": str(uuid4()), "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    say("ready")
    while True:
        message = consumer.poll(1.0)
        if message is not None and not message.error():
            heard(message.value())


def speak_kafka(address: str, topic: str) -> None:
    from confluent_kafka import Producer

    _create_topic(address, topic)
    producer = Producer({"bootstrap.servers": address})
    say("ready")
    for line in sys.stdin:
        message = json.loads(line)
        producer.produce(topic, message["body"].encode(), key=message["id"], headers={"message-id": message["id"]})
        producer.flush()
        say(message["id"])


def _create_topic(address: str, topic: str) -> None:
    from confluent_kafka import KafkaError, KafkaException
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": address})
    for created in admin.create_topics([NewTopic(topic, 2, 1)]).values():
        try:
            created.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise


# --- Redis: a stream ---------------------------------------------------------------------------------------------------


def listen_redis(address: str, stream: str) -> None:
    import redis

    connection = redis.Redis.from_url(f"redis://{address}", decode_responses=True)
    say("ready")
    last = "0"
    while True:
        for _, entries in connection.xread({stream: last}, block=1000) or []:
            for _, fields in entries:
                heard(json.dumps(fields))
            last = entries[-1][0]


def speak_redis(address: str, stream: str) -> None:
    import redis

    connection = redis.Redis.from_url(f"redis://{address}", decode_responses=True)
    say("ready")
    for line in sys.stdin:
        message = json.loads(line)
        connection.xadd(stream, {"message-id": message["id"], "body": message["body"]})
        say(message["id"])


# --- NATS JetStream: a subject, kept by a stream -----------------------------------------------------------------------


def listen_nats(address: str, subject: str) -> None:
    async def listen() -> None:
        import nats

        connection = await nats.connect(f"nats://{address}")
        jetstream = connection.jetstream()
        await jetstream.add_stream(name=subject.partition(".")[0].upper(), subjects=[subject])
        subscription = await jetstream.subscribe(subject, ordered_consumer=True)
        say("ready")
        async for message in subscription.messages:
            heard(message.data)

    asyncio.run(listen())


def speak_nats(address: str, subject: str) -> None:
    async def speak() -> None:
        import nats

        connection = await nats.connect(f"nats://{address}")
        jetstream = connection.jetstream()
        await jetstream.add_stream(name=subject.partition(".")[0].upper(), subjects=[subject])
        say("ready")
        while line := await asyncio.to_thread(sys.stdin.readline):
            message = json.loads(line)
            # The header that a stream itself tells duplicates by is left out: the consumer has to.
            await jetstream.publish(subject, message["body"].encode(), headers={"message-id": message["id"]})
            say(message["id"])

    asyncio.run(speak())


PEERS: dict[tuple[str, str], Callable[[str, str], None]] = {
    ("listen", "rabbitmq"): listen_rabbitmq,
    ("speak", "rabbitmq"): speak_rabbitmq,
    ("listen", "kafka"): listen_kafka,
    ("speak", "kafka"): speak_kafka,
    ("listen", "redis"): listen_redis,
    ("speak", "redis"): speak_redis,
    ("listen", "nats"): listen_nats,
    ("speak", "nats"): speak_nats,
}


if __name__ == "__main__":
    main()
