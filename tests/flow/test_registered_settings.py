"""Settings that functions of the application give and code asks for by dotted keys."""

from __future__ import annotations

from flow.conftest import Find

_CONFIGURATION = """
    export default () => ({
      port: parseInt(process.env.PORT ?? '3000', 10),
      kafka: {
        brokers: (process.env.KAFKA_BROKERS ?? 'localhost:9092').split(','),
        ordersTopic: process.env.ORDERS_TOPIC ?? 'TOPIC',
      },
    });
    """
_MODULE = """
    import { Module } from '@nestjs/common';
    import { ConfigModule } from '@nestjs/config';
    import configuration from './configuration';
    import { Publisher } from './publisher';

    @Module({ imports: [ConfigModule.forRoot({ isGlobal: true, load: [configuration] })], providers: [Publisher] })
    export class AppModule {}
    """
_PUBLISHER = """
    import { Injectable } from '@nestjs/common';
    import { ConfigService } from '@nestjs/config';
    import { Kafka, Producer } from 'kafkajs';

    @Injectable()
    export class Publisher {
      private readonly producer: Producer;

      constructor(private readonly config: ConfigService) {
        this.producer = new Kafka({ brokers: this.config.get<string[]>('kafka.brokers')! }).producer();
      }

      async placed(value: string) {
        await this.producer.send({ topic: this.config.getOrThrow<string>('kafka.ordersTopic'), messages: [{ value }] });
      }
    }
    """
_PACKAGE = '{"name": "NAME", "dependencies": {"@nestjs/common": "10", "@nestjs/config": "3", "kafkajs": "2"}}'


def _service(name: str, topic: str) -> dict[str, str]:
    return {
        f"{name}/package.json": _PACKAGE.replace("NAME", name),
        f"{name}/src/configuration.ts": _CONFIGURATION.replace("TOPIC", topic),
        f"{name}/src/app.module.ts": _MODULE,
        f"{name}/src/publisher.ts": _PUBLISHER,
    }


def test_settings_that_the_module_of_the_configuration_loads(find: Find) -> None:
    found = find(_service("orders", "orders.v1"))
    assert found.rows("role", "channel") == {("publish", "orders.v1")}


def test_each_service_has_its_own(find: Find) -> None:
    found = find({**_service("orders", "orders.v1"), **_service("billing", "invoices.v1")})
    assert found.rows("file", "channel") == {
        ("orders/src/publisher.ts", "orders.v1"),
        ("billing/src/publisher.ts", "invoices.v1"),
    }


def test_settings_registered_under_a_name(find: Find) -> None:
    found = find({
        "package.json": _PACKAGE,
        "src/kafka.config.ts": """
            import { registerAs } from '@nestjs/config';

            export default registerAs('kafka', () => ({
              brokers: ['localhost:9092'],
              topics: { placed: process.env.PLACED_TOPIC || 'orders.placed' },
            }));
            """,
        "src/publisher.ts": _PUBLISHER.replace("kafka.ordersTopic", "kafka.topics.placed"),
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", "orders.placed")}


def test_a_key_that_no_function_gives_is_a_variable(find: Find) -> None:
    found = find({
        **_service("orders", "orders.v1"),
        "orders/.env": "REFUNDS_TOPIC=refunds.v1\n",
        "orders/src/publisher.ts": _PUBLISHER.replace("kafka.ordersTopic", "REFUNDS_TOPIC"),
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", "refunds.v1")}
