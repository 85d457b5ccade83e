"""What becomes of a failure inside a handler."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.behaviour.completion import completing
from eventlens.behaviour.events import is_write
from eventlens.behaviour.failures import is_hidden, outcome
from eventlens.behaviour.protections import protections

from .tracing import context_of, delivery

HANDLER = """
import {{ connect }} from 'amqplib';
import {{ Pool }} from 'pg';

const pool = new Pool();

export async function start(failures: unknown[]): Promise<void> {{
  const channel = await (await connect('amqp://rabbitmq')).createChannel();
  await channel.consume('orders', async (message) => {{
    if (message === null) return;
    let ok = true;
    try {{
      await pool.query('UPDATE orders SET paid = true WHERE id = $1', [message.content.toString()]);
    }} catch (error) {{
      {caught}
    }}
    {after}
  }});
}}
"""


@pytest.mark.parametrize(
    ("caught", "wanted"),
    [
        ("", "swallowed"),
        ("console.error('not paid', error);", "swallowed"),
        ("throw error;", "rethrown"),
        ("console.error(error); throw new Error('not paid');", "rethrown"),
        ("if (String(error).includes('deadlock')) throw error;", "handled"),
        ("channel.nack(message, false, false);", "handled"),
        ("failures.push(message);", "handled"),
        ("ok = false;", "handled"),
        ("await channel.sendToQueue('orders.dead', message.content);", "handled"),
        ("await pool.query('INSERT INTO failed (body) VALUES ($1)', [message.content]);", "handled"),
        ("process.exit(1);", "rethrown"),
    ],
)
def test_what_a_catch_does_with_a_failure(tmp_path: Path, caught: str, wanted: str) -> None:
    _, events = delivery(context_of(tmp_path, HANDLER.format(caught=caught, after="if (ok) channel.ack(message);")))
    write = next(event for event in events if is_write(event))
    (protection,) = protections(write)
    assert outcome(protection, events) == wanted


@pytest.mark.parametrize(
    ("caught", "after", "wanted"),
    [
        ("", "channel.ack(message);", True),
        ("return;", "channel.ack(message);", False),
        ("channel.ack(message); return;", "channel.ack(message);", True),
        ("", "", False),
    ],
)
def test_whether_the_message_is_done_after_a_swallowed_failure(
    tmp_path: Path, caught: str, after: str, wanted: bool
) -> None:
    consumer, events = delivery(context_of(tmp_path, HANDLER.format(caught=caught, after=after)))
    write = next(event for event in events if is_write(event))
    (protection,) = protections(write)
    assert is_hidden(protection, events)
    assert (completing(write, protection, consumer.policy.acknowledgement, events) is not None) is wanted


def test_a_result_that_the_caller_looks_at_shows_the_failure(tmp_path: Path) -> None:
    source = """
import { connect } from 'amqplib';
import { Pool } from 'pg';

const pool = new Pool();

async function pay(id: string): Promise<boolean> {
  try {
    await pool.query('UPDATE orders SET paid = true WHERE id = $1', [id]);
    return true;
  } catch (error) {
    console.error('not paid', error);
    return false;
  }
}

export async function start(): Promise<void> {
  const channel = await (await connect('amqp://rabbitmq')).createChannel();
  await channel.consume('orders', async (message) => {
    if (message === null) return;
    const paid = await pay(message.content.toString());
    if (!paid) {
      channel.nack(message, false, false);
      return;
    }
    channel.ack(message);
  });
}
"""
    _, events = delivery(context_of(tmp_path, source))
    write = next(event for event in events if is_write(event))
    (protection,) = protections(write)
    assert not is_hidden(protection, events)
