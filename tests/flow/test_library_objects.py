"""Objects of a library that the workspace wraps: extended classes, lazily made singletons, consumers in a shared package."""

from __future__ import annotations

import pytest

from .conftest import Find


def test_a_class_that_extends_the_library_gives_the_librarys_decorators(find: Find) -> None:
    found = find({
        "shop/__init__.py": "from .celery import app as celery_app\n",
        "shop/celery.py": """
            from celery import Celery

            class LoggingCelery(Celery):
                def task(self, *args, **kwargs):
                    return super().task(*args, **kwargs)

            app = LoggingCelery('shop', broker='redis://')
            """,
        "shop/tasks.py": """
            from shop import celery_app

            @celery_app.task(name='send_receipt', queue='mail')
            def send_receipt(order):
                print(order)
            """,
        "shop/orders.py": "from shop.tasks import send_receipt\ndef place(order):\n    send_receipt.delay(order)\n",
    })  # fmt: skip
    assert found.rows("role", "place", "channel") == {
        ("subscribe", "shop/tasks.py:4", "send_receipt"),
        ("publish", "shop/orders.py:3", "send_receipt"),
    }
    assert found.flows() == {("shop/orders.py", "shop/tasks.py")}


def test_a_class_that_extends_a_queue_sends_to_the_queue_it_names(find: Find) -> None:
    found = find({
        "queue.ts": "import { Queue } from 'bullmq';\nexport class OrdersQueue extends Queue {\n  constructor() {\n    super('orders');\n  }\n}\n",
        "place.ts": "import { OrdersQueue } from './queue';\nconst queue = new OrdersQueue();\nexport const place = (id: string) => queue.add('placed', { id });\n",
        "worker.ts": "import { Worker } from 'bullmq';\nexport class OrdersWorker extends Worker {\n  constructor(handle: (job: any) => Promise<void>) {\n    super('orders', handle);\n  }\n}\n",
        "main.ts": "import { OrdersWorker } from './worker';\nasync function handle(job: any) {\n  console.log(job.data);\n}\nexport const worker = new OrdersWorker(handle);\n",
    })  # fmt: skip
    assert ("publish", "place.ts:3", "orders") in found.rows("role", "place", "channel")
    assert ("subscribe", "orders") in found.rows("role", "channel")
    assert len(found.flows()) == 1


def test_a_queue_that_a_static_getter_makes_when_first_asked(find: Find) -> None:
    found = find({
        "queues.ts": "export enum QueueName {\n  Orders = 'orders',\n}\n",
        "ordersQueue.ts": """
            import { Queue } from 'bullmq';
            import { QueueName } from './queues';
            import { connect } from './redis';
            export class OrdersQueue {
              private static instance: Queue | null = null;
              public static getInstance(): Queue | null {
                if (OrdersQueue.instance) {
                  return OrdersQueue.instance;
                }
                const connection = connect();
                OrdersQueue.instance = connection ? new Queue(QueueName.Orders, { connection }) : null;
                OrdersQueue.instance?.on('error', (err) => {
                  console.error(err);
                });
                return OrdersQueue.instance;
              }
            }
            """,
        "redis.ts": "export const connect = (): any => ({});\n",
        "place.ts": """
            import { OrdersQueue } from './ordersQueue';
            export async function place(id: string) {
              await OrdersQueue.getInstance()?.add('placed', { id });
            }
            export async function placeAll(ids: string[]) {
              const queue = OrdersQueue.getInstance();
              if (!queue) {
                throw new Error('no queue');
              }
              await queue.addBulk(ids.map((id) => ({ name: 'placed', data: { id } })));
            }
            """,
        "worker.ts": "import { Worker } from 'bullmq';\nimport { QueueName } from './queues';\nexport const worker = new Worker(QueueName.Orders, async (job) => {\n  console.log(job.data);\n});\n",
    })  # fmt: skip
    assert found.rows("role", "place", "channel") == {
        ("publish", "place.ts:4", "orders"), ("publish", "place.ts:11", "orders"), ("subscribe", "worker.ts:3", "orders"),
    }  # fmt: skip


def test_a_consumer_in_a_shared_package_serves_the_services_that_use_it(find: Find) -> None:
    found = find({
        "package.json": '{"private": true, "workspaces": ["packages/*", "services/*"]}',
        "packages/kafka/package.json": '{"name": "@shop/kafka", "main": "build/src/index"}',
        "packages/kafka/src/index.ts": "export * from './consumer';\n",
        "packages/kafka/src/consumer.ts": """
            import { Consumer, Kafka, KafkaMessage } from 'kafkajs';
            const kafka = new Kafka({ brokers: ['k'] });
            export let consumer: Consumer | undefined;
            let onMessageFunction: (topic: string, message: KafkaMessage) => Promise<void>;
            export function updateOnMessageFunction(onMessage: (topic: string, message: KafkaMessage) => Promise<void>): void {
              onMessageFunction = onMessage;
            }
            export async function initConsumer(): Promise<void> {
              consumer = kafka.consumer({ groupId: 'g' });
            }
            export async function startConsumer(): Promise<void> {
              await consumer!.run({
                eachMessage: async ({ topic, message }) => {
                  await onMessageFunction(topic, message);
                },
              });
            }
            """,
        "services/ender/package.json": '{"name": "ender", "dependencies": {"@shop/kafka": "*"}}',
        "services/ender/src/index.ts": """
            import { consumer, initConsumer, startConsumer, updateOnMessageFunction } from '@shop/kafka';
            import { onMessage } from './on-message';
            export async function connect(): Promise<void> {
              await initConsumer();
              await consumer!.subscribe({ topic: 'to-ender' });
              updateOnMessageFunction(onMessage);
              await startConsumer();
            }
            """,
        "services/ender/src/on-message.ts": "export async function onMessage(topic: string, message: any): Promise<void> {\n  console.log(message.value);\n}\n",
    })  # fmt: skip
    assert ("subscribe", "to-ender") in found.rows("role", "channel")


def test_services_that_share_a_consumer_keep_their_topics_apart(find: Find) -> None:
    service = """
        import {{ consumer, updateOnMessageFunction }} from '@shop/kafka';
        export async function connect(): Promise<void> {{
          await consumer!.subscribe({{ topic: '{topic}' }});
          updateOnMessageFunction(async (topic, message) => console.log(message));
        }}
        """
    found = find({
        "package.json": '{"private": true, "workspaces": ["packages/*", "services/*"]}',
        "packages/kafka/package.json": '{"name": "@shop/kafka", "main": "src/index.ts"}',
        "packages/kafka/src/index.ts": """
            import { Consumer, Kafka } from 'kafkajs';
            const kafka = new Kafka({ brokers: ['k'] });
            export let consumer: Consumer | undefined;
            let onMessageFunction: (topic: string, message: any) => Promise<void>;
            export function updateOnMessageFunction(onMessage: (topic: string, message: any) => Promise<void>): void {
              onMessageFunction = onMessage;
            }
            export async function startConsumer(): Promise<void> {
              consumer = kafka.consumer({ groupId: 'g' });
              await consumer.run({ eachMessage: onMessageFunction });
            }
            """,
        "services/mail/package.json": '{"name": "mail"}',
        "services/mail/src/index.ts": service.format(topic="receipts"),
        "services/stock/package.json": '{"name": "stock"}',
        "services/stock/src/index.ts": service.format(topic="orders"),
    })  # fmt: skip
    assert found.rows("file", "channels") == {
        ("services/mail/src/index.ts", ("receipts",)),
        ("services/stock/src/index.ts", ("orders",)),
    }


def test_a_class_that_is_chosen_at_run_time(find: Find) -> None:
    found = find({
        "worker.ts": """
            import { Worker } from 'bullmq';
            const pro = process.env.PRO !== undefined;
            export class Workers {
              public createWorker(topic: string, processor: any) {
                const WorkerClass = !pro ? Worker : require('bullmq-pro').WorkerPro;
                return new WorkerClass(topic, processor, {});
              }
            }
            """,
        "mail.ts": "import { Workers } from './worker';\nasync function handle(job: any) {\n  console.log(job.data);\n}\nnew Workers().createWorker('mail', handle);\n",
    })  # fmt: skip
    assert found.rows("role", "place", "channel", "handler") == {("subscribe", "mail.ts:5", "mail", "handle")}


def test_a_base_of_workers_gets_the_queue_from_the_class_that_extends_it(find: Find) -> None:
    worker = """
        import {{ WorkerBase }} from './base';
        export class {name} extends WorkerBase {{
          constructor(private readonly store: any) {{
            super('{queue}');
            this.createWorker(this.processor());
          }}
          processor() {{
            return async (job: any) => this.store.keep(job.data);
          }}
        }}
        """
    found = find({
        "base.ts": """
            import { Worker } from 'bullmq';
            export class WorkerBase {
              constructor(public readonly queue: string) {}
              createWorker(processor: any) {
                return new Worker(this.queue, processor);
              }
            }
            """,
        **{f"{name}.ts": worker.format(name=name.title(), queue=name) for name in ("mail", "stock", "orders", "billing", "returns")},
    })  # fmt: skip
    assert found.rows("file", "channels") == {
        (f"{name}.ts", (name,)) for name in ("mail", "stock", "orders", "billing", "returns")
    }


def test_a_base_of_tasks_without_a_name_is_no_subscription(find: Find) -> None:
    found = find({
        "tasks.py": """
            from celery import Celery, Task

            class LoggingTask(Task):
                def on_failure(self, exc, task_id, args, kwargs, einfo):
                    super().on_failure(exc, task_id, args, kwargs, einfo)

            class Receipt(Task):
                name = 'receipt'
                def run(self, order):
                    print(order)

            app = Celery('shop')
            app.register_task(Receipt())
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("subscribe", "receipt")}


_CLIENTS = """
    from typing import Any

    import boto3


    class Clients:
        def __init__(self) -> None:
            self.session = boto3.Session()

        def of(self, service: str) -> Any:
            return self.session.client(service, region_name="eu-west-1")


    def client_of(service: str) -> Any:
        return boto3.client(service, region_name="eu-west-1")
    """


def _sender(making: str) -> dict[str, str]:
    return {
        "clients.py": _CLIENTS,
        "sender.py": f"""
            from typing import Any

            from clients import Clients, client_of


            class Sender:
                def __init__(self, service: str = "") -> None:
                    self.service = service
                    self._client: Any = None

                @property
                def client(self) -> Any:
                    if self._client is None:
                        self._client = {making}
                    return self._client

                def send(self, body: str) -> None:
                    self.client.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/orders", MessageBody=body)
            """,
    }


@pytest.mark.parametrize("making", ['client_of("sqs")', 'client_of(service="sqs")', 'Clients().of("sqs")'])
def test_clients_whose_kind_is_said_to_a_function_that_makes_any(find: Find, making: str) -> None:
    assert find(_sender(making)).rows("role", "channel", "library") == {("publish", "orders", "boto3")}


@pytest.mark.parametrize("making", ['client_of("s3")', "client_of(self.service)", 'Clients().of("sns")'])
def test_clients_of_another_kind_or_of_one_that_nobody_says(find: Find, making: str) -> None:
    assert not find(_sender(making)).sites
