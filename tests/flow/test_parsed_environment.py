"""Settings that a schema reads out of the environment."""

from __future__ import annotations

from .conftest import Find

_KAFKA = "import { Kafka } from 'kafkajs';\nimport { config } from './config';\nconst producer = new Kafka({ brokers: ['k'] }).producer();\n"
_ENV = "ORDERS_TOPIC=orders.v1\nREFUNDS_TOPIC=refunds.v1\n"


def test_what_a_schema_makes_of_the_environment(find: Find) -> None:
    found = find({
        ".env": _ENV,
        "shared/topics.ts": """
            import { z } from 'zod';
            export const OrderTopics = z
              .object({ ORDERS_TOPIC: z.string() })
              .transform((c) => ({ ordersTopic: c.ORDERS_TOPIC }));
            export type OrderTopics = z.infer<typeof OrderTopics>;
            """,
        "config.ts": """
            import { z } from 'zod';
            import { OrderTopics } from './shared/topics';
            const Config = OrderTopics
              .and(z.object({ REFUNDS_TOPIC: z.string().min(1), AUDIT_TOPIC: z.string().default('audit.v1') }))
              .transform((c) => ({ ...c, refundsTopic: c.REFUNDS_TOPIC }));
            type Config = z.infer<typeof Config>;
            export const config: Config = Config.parse(process.env);
            """,
        "orders.ts": _KAFKA
        + "export const placed = (value: string) => producer.send({ topic: config.ordersTopic, messages: [{ value }] });\n"
        + "export const refunded = (value: string) => producer.send({ topic: config.refundsTopic, messages: [{ value }] });\n"
        + "export const audited = (value: string) => producer.send({ topic: config.AUDIT_TOPIC, messages: [{ value }] });\n",
    })  # fmt: skip
    assert found.rows("channel") == {("orders.v1",), ("refunds.v1",), ("audit.v1",)}


def test_a_part_of_the_schema_that_another_extends(find: Find) -> None:
    found = find({
        ".env": _ENV,
        "config.ts": """
            import { z } from 'zod';
            const Base = z.object({ ORDERS_TOPIC: z.string() }).strict();
            export const config = Base.extend({ REFUNDS_TOPIC: z.string() }).parse(process.env);
            """,
        "orders.ts": _KAFKA
        + "export const placed = (value: string) => producer.send({ topic: config.ORDERS_TOPIC, messages: [{ value }] });\n"
        + "export const refunded = (value: string) => producer.send({ topic: config.REFUNDS_TOPIC, messages: [{ value }] });\n",
    })  # fmt: skip
    assert found.rows("channel") == {("orders.v1",), ("refunds.v1",)}


def test_what_is_read_of_something_else_is_no_variable(find: Find) -> None:
    found = find({
        ".env": _ENV,
        "config.ts": """
            import { z } from 'zod';
            const Command = z.object({ ORDERS_TOPIC: z.string() }).transform((c) => ({ topic: c.ORDERS_TOPIC }));
            export const config = { parse: (text: string) => Command.parse(JSON.parse(text)) };
            """,
        "orders.ts": _KAFKA
        + "export const relayed = (text: string) => producer.send({ topic: config.parse(text).topic, messages: [{ value: text }] });\n",
    })  # fmt: skip
    assert "orders.v1" not in {site.channel for site in found.sites}


def test_what_a_schema_read_beside_whether_it_could(find: Find) -> None:
    found = find({
        ".env": _ENV,
        "config.ts": """
            import { z } from 'zod';
            const schema = z.object({ ORDERS_TOPIC: z.string(), AUDIT_TOPIC: z.string().default('audit.v1') });
            export type Config = z.infer<typeof schema>;
            export function loadConfig(): Config {
              const result = schema.safeParse(process.env);
              if (!result.success) {
                throw new Error(z.prettifyError(result.error));
              }
              return result.data;
            }
            export const config = loadConfig();
            """,
        "orders.ts": _KAFKA
        + "export const placed = (value: string) => producer.send({ topic: config.ORDERS_TOPIC, messages: [{ value }] });\n"
        + "export const audited = (value: string) => producer.send({ topic: config.AUDIT_TOPIC, messages: [{ value }] });\n",
    })  # fmt: skip
    assert found.rows("channel") == {("orders.v1",), ("audit.v1",)}


def test_a_schema_that_validates_the_environment(find: Find) -> None:
    found = find({
        ".env": _ENV,
        "config.js": """
            const Joi = require('joi');
            const schema = Joi.object()
              .keys({ ORDERS_TOPIC: Joi.string().required(), AUDIT_TOPIC: Joi.string().default('audit.v1').description('where changes go') })
              .unknown();
            const { value: envVars, error } = schema.prefs({ errors: { label: 'key' } }).validate(process.env);
            if (error) {
              throw new Error(error.message);
            }
            module.exports = { topics: { orders: envVars.ORDERS_TOPIC, audit: envVars.AUDIT_TOPIC } };
            """,
        "orders.js": """
            const { Kafka } = require('kafkajs');
            const config = require('./config');
            const producer = new Kafka({ brokers: ['k'] }).producer();
            exports.placed = (value) => producer.send({ topic: config.topics.orders, messages: [{ value }] });
            exports.audited = (value) => producer.send({ topic: config.topics.audit, messages: [{ value }] });
            """,
    })  # fmt: skip
    assert found.rows("channel") == {("orders.v1",), ("audit.v1",)}


def test_what_is_validated_of_a_request_is_no_variable(find: Find) -> None:
    found = find({
        ".env": _ENV,
        "orders.js": """
            const Joi = require('joi');
            const { Kafka } = require('kafkajs');
            const producer = new Kafka({ brokers: ['k'] }).producer();
            const schema = Joi.object({ ORDERS_TOPIC: Joi.string() });
            exports.placed = async (request) => {
              const { value } = schema.validate(request.body, { abortEarly: false });
              await producer.send({ topic: value.ORDERS_TOPIC, messages: [{ value: 'x' }] });
            };
            """,
    })  # fmt: skip
    assert found.rows("channel") == {(None,)}
