"""What a second run of a handler changes, and what guards it."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.behaviour.guards import covers, guards
from eventlens.behaviour.repetition import repeated

from .tracing import context_of, delivery

HANDLER = """
import {{ connect }} from 'amqplib';
import axios from 'axios';
import Redis from 'ioredis';
import {{ randomUUID }} from 'node:crypto';
import {{ Pool }} from 'pg';

const pool = new Pool();
const redis = new Redis();

export async function start(): Promise<void> {{
  const channel = await (await connect('amqp://rabbitmq')).createChannel();
  await channel.consume('orders', async (message) => {{
    if (message === null) return;
    const order = JSON.parse(message.content.toString());
    {work}
    channel.ack(message);
  }});
}}
"""


def kinds(folder: Path, work: str) -> list[str]:
    """The kinds of effects that differ the second time and stand behind no guard."""
    _, events = delivery(context_of(folder, HANDLER.format(work=work)))
    known = guards(events)
    return [one.kind for one in repeated(events) if not any(covers(guard, one.event) for guard in known)]


@pytest.mark.parametrize(
    ("work", "wanted"),
    [
        ("await pool.query('INSERT INTO lines (sku) VALUES ($1)', [order.sku]);", ["insert"]),
        ("await pool.query('INSERT INTO lines (id, sku) VALUES ($1, $2)', [order.id, order.sku]);", []),
        ("await pool.query('INSERT INTO lines (sku) VALUES ($1) ON CONFLICT DO NOTHING', [order.sku]);", []),
        ("await pool.query('UPDATE stock SET n = n - 1 WHERE sku = $1', [order.sku]);", ["increment"]),
        ("await pool.query('UPDATE orders SET paid = true WHERE id = $1', [order.id]);", []),
        ("await pool.query('DELETE FROM carts WHERE id = $1', [order.id]);", []),
        ("await axios.post('https://partner.example/orders', order);", ["external-call"]),
        ("await axios.put('https://partner.example/orders/1', order);", []),
        (
            "await axios.post('https://partner.example/orders', order, { headers: { 'Idempotency-Key': order.id } });",
            [],
        ),
        ("await redis.incr('orders');", ["counter"]),
        ("channel.publish('events', 'paid', Buffer.from(JSON.stringify({ id: randomUUID() })));", ["fresh-publish"]),
    ],
)
def test_what_differs_the_second_time(tmp_path: Path, work: str, wanted: list[str]) -> None:
    assert kinds(tmp_path, work) == wanted


POST = "await axios.post('https://partner.example/orders', order);"


@pytest.mark.parametrize(
    ("guard", "wanted"),
    [
        ("if (!(await redis.set(order.id, '1', 'NX'))) return;", []),
        ("await redis.set(order.id, '1', 'NX');", ["external-call"]),
        (
            "const seen = await pool.query('SELECT id FROM handled WHERE id = $1', [order.id]); if (seen.rows.length > 0) return;"
            " await pool.query('INSERT INTO handled (id) VALUES ($1)', [order.id]);",
            [],
        ),
        (
            "const seen = await pool.query('SELECT id FROM handled WHERE id = $1', [order.id]); if (seen.rows.length > 0) return;",
            ["external-call"],
        ),
        (
            "const known = await pool.query('SELECT id FROM orders WHERE id = $1', [order.id]); if (known.rows.length === 0) return;",
            ["external-call"],
        ),
    ],
)
def test_what_guards_an_effect(tmp_path: Path, guard: str, wanted: list[str]) -> None:
    assert kinds(tmp_path, f"{guard}\n    {POST}") == wanted
