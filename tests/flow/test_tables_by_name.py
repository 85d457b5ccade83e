"""What a method puts into a table under its own parameter is, for who asks by another name, made of that name."""

from __future__ import annotations

from .conftest import Find


def test_who_asks_a_table_for_what_another_method_put_in_under_its_name_decides_the_channel(find: Find) -> None:
    found = find({
        "bus.py": """
            import aio_pika

            class Bus:
                def __init__(self, channel: aio_pika.Channel):
                    self._channel = channel
                    self._exchanges = {}

                async def declare(self, name, kind):
                    self._exchanges[name] = await self._channel.declare_exchange(name, kind)

                async def publish(self, exchange_name, body):
                    exchange = self._exchanges.get(exchange_name)
                    await exchange.publish(aio_pika.Message(body), routing_key="placed")
            """,
        "app.py": """
            from bus import Bus

            async def start(bus: Bus):
                await bus.declare("orders", "topic")
                await bus.declare("parcels", "topic")

            async def place(bus: Bus, body):
                await bus.publish("orders", body)
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "file", "line") == {("publish", "orders", "app.py", 9)}


def test_queues_that_a_class_keeps_are_asked_by_name(find: Find) -> None:
    found = find({
        "queues.ts": """
            import { Queue } from 'bullmq';

            export class Queues {
              private readonly kept = new Map<string, Queue>();

              open(name: string): void {
                this.kept.set(name, new Queue(name));
              }

              async add(queue: string, job: object): Promise<void> {
                await this.kept.get(queue)!.add('job', job);
              }
            }
            """,
        "app.ts": """
            import { Queues } from './queues';

            const queues = new Queues();
            queues.open('labels');
            queues.open('letters');

            export async function print(order: object): Promise<void> {
              await queues.add('labels', order);
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "file", "line") == {("publish", "labels", "app.ts", 9)}


def test_what_is_put_in_under_a_written_name_is_not_named_by_it(find: Find) -> None:
    found = find({
        "bus.py": """
            import aio_pika

            class Bus:
                def __init__(self, channel: aio_pika.Channel):
                    self._channel = channel
                    self._exchanges = {}

                async def open(self):
                    self._exchanges["new"] = await self._channel.declare_exchange("orders", "topic")

                async def publish(self, event, body):
                    await self._exchanges[event].publish(aio_pika.Message(body), routing_key="placed")
            """,
        "app.py": """
            from bus import Bus

            async def place(bus: Bus, body):
                await bus.publish("new", body)
            """,
    })  # fmt: skip
    assert found.rows("role") == {("publish",)}
    assert ("new",) not in found.rows("channel")
