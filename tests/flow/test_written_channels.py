"""How a channel is called that cannot be known: as the argument is written that decides it."""

from __future__ import annotations

from pathlib import Path

from fixtures.engine import graph_of

QUEUE = """
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const sqs = new SQSClient({});

export const send = async (queueUrl: string, body: string, group?: string): Promise<void> => {
  const fifo = group ? { MessageGroupId: group } : {};
  const command = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, ...fifo });
  await sqs.send(command);
};
"""
CALLER = """
import { settings } from './settings';
import { send } from './queue';

export async function order(id: string): Promise<void> {
  await send(settings().urls.orders, id);
}
"""


def test_a_channel_inside_a_command_is_called_as_the_caller_of_the_wrapper_writes_it(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "shop", "dependencies": {"@aws-sdk/client-sqs": "3.850.0"}}')
    (tmp_path / "queue.ts").write_text(QUEUE)
    (tmp_path / "order.ts").write_text(CALLER)
    sites = [site for _, site in graph_of(tmp_path).nodes]
    assert [(site.file, site.channel, site.channel_expression) for site in sites] == [
        ("order.ts", None, "settings().urls.orders")
    ]
