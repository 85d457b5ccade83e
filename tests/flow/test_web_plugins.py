"""Functions that a web framework calls with what they are registered with."""

from __future__ import annotations

from flow.conftest import Find

_PRODUCER = """
    import { Kafka } from 'kafkajs';

    export async function publishEvent(brokers: string[], topic: string, value: string) {
      const producer = new Kafka({ brokers }).producer();
      await producer.connect();
      await producer.send({ topic, messages: [{ value }] });
    }
    """
_ROUTES = """
    import type { FastifyInstance } from 'fastify';
    import { publishEvent } from './producer';

    export async function eventRoutes(app: FastifyInstance, options: { brokers: string[]; topic: string }) {
      const { brokers, topic } = options;
      app.post('/events', async (request, reply) => {
        await publishEvent(brokers, topic, JSON.stringify(request.body));
        reply.code(202);
      });
    }
    """


def test_options_that_a_plugin_is_registered_with(find: Find) -> None:
    found = find({
        "producer.ts": _PRODUCER,
        "routes.ts": _ROUTES,
        "server.ts": """
            import Fastify from 'fastify';
            import { eventRoutes } from './routes';

            export async function build(brokers: string[]) {
              const app = Fastify({ logger: true });
              await app.register(eventRoutes, { brokers, topic: 'events.v1' });
              return app;
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "file") == {("publish", "events.v1", "server.ts")}


def test_a_registry_of_ones_own_calls_nothing(find: Find) -> None:
    found = find({
        "producer.ts": _PRODUCER,
        "routes.ts": _ROUTES,
        "server.ts": """
            import { eventRoutes } from './routes';

            class Registry {
              private readonly known = new Map<unknown, unknown>();
              register(plugin: unknown, options: unknown) {
                this.known.set(plugin, options);
              }
            }

            export function build(brokers: string[]) {
              const app = new Registry();
              app.register(eventRoutes, { brokers, topic: 'events.v1' });
              return app;
            }
            """,
    })  # fmt: skip
    assert ("publish", "events.v1") not in found.rows("role", "channel")
