"""What is said to become of a message that keeps failing."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.analysis import read_workspace_settings
from eventlens.checks import no_dead_letter_queue
from eventlens.checks.context import CheckContext
from fixtures.engine import graph_of

CONSUMER = """
import aio_pika


class Consumer:
    def __init__(self, handler):
        self._handler = handler

    async def connect(self):
        connection = await aio_pika.connect_robust("amqp://localhost/")
        channel = await connection.channel()
        self._queue = await channel.declare_queue("letters", durable=True)

    async def start(self):
        async with self._queue.iterator() as letters:
            async for letter in letters:
                {work}
"""
BLOCK = "async with letter.process({options}):\n                    await self._handler.handle(letter.body)"


@pytest.mark.parametrize(
    ("work", "said"),
    [
        pytest.param(BLOCK.format(options=""), "refused when the block is left", id="a block"),
        pytest.param(BLOCK.format(options="requeue=True"), "goes back to the queue without end", id="a block that gives back"),
        pytest.param("await self._handler.handle(letter.body)", "the consumer restarts at the same message", id="no block"),
    ],
)  # fmt: skip
def test_a_block_that_acknowledges_decides_what_becomes_of_a_failure(tmp_path: Path, work: str, said: str) -> None:
    (tmp_path / "consumer.py").write_text(CONSUMER.format(work=work))
    settings, problems = read_workspace_settings(tmp_path)
    assert not problems
    context = CheckContext(graph_of(tmp_path), settings)
    found = [finding.message for finding in no_dead_letter_queue.RULE.run(context)]
    assert len(found) == 1 and said in found[0]


def test_what_is_committed_in_the_end_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "Letters.csproj").write_text(
        '<Project Sdk="Microsoft.NET.Sdk.Worker"><ItemGroup><PackageReference Include="Confluent.Kafka" Version="2.5.3" /></ItemGroup></Project>'
    )
    (tmp_path / "Letters.cs").write_text(
        """
        using Confluent.Kafka;
        namespace Letters;
        public class LettersHost(IConsumer<string, string> consumer, ILetters letters) : BackgroundService
        {
            protected override async Task ExecuteAsync(CancellationToken stopping)
            {
                consumer.Subscribe("letters");
                while (!stopping.IsCancellationRequested)
                {
                    var result = consumer.Consume(stopping);
                    try
                    {
                        await letters.Keep(result.Message.Value);
                    }
                    finally
                    {
                        consumer.Commit(result);
                    }
                }
            }
        }
        public interface ILetters { Task Keep(string letter); }
        public class Shelf : ILetters
        {
            public async Task Keep(string letter) => await File.AppendAllTextAsync("letters", letter);
        }
        """
    )
    settings, _ = read_workspace_settings(tmp_path)
    found = [one.message for one in no_dead_letter_queue.RULE.run(CheckContext(graph_of(tmp_path), settings))]
    assert len(found) == 1 and "acknowledged at the end, whether it failed or not" in found[0]


def test_a_channel_that_is_a_long_expression_is_not_spelt_out(tmp_path: Path) -> None:
    queue = "queue({ owner: account(), region: region(), stage: stage(), purpose: 'letters that wait' })"
    options = f"QueueUrl: {queue}, MaxNumberOfMessages: 10, WaitTimeSeconds: 20, VisibilityTimeout: 60"
    (tmp_path / "package.json").write_text('{"name": "letters", "dependencies": {"@aws-sdk/client-sqs": "3.700.0"}}')
    (tmp_path / "letters.ts").write_text(
        "import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';\n"
        "import { account, queue, region, stage } from './elsewhere';\n"
        "const sqs = new SQSClient({});\n"
        "export async function follow(print: (text?: string) => Promise<void>) {\n"
        "  for (;;) {\n"
        f"    const found = await sqs.send(new ReceiveMessageCommand({{ {options} }}));\n"
        "    for (const letter of found.Messages ?? []) await print(letter.Body);\n"
        "  }\n"
        "}\n"
    )
    settings, problems = read_workspace_settings(tmp_path)
    assert not problems
    found = no_dead_letter_queue.RULE.run(CheckContext(graph_of(tmp_path), settings))
    assert "a message of a channel whose name is not known" in next(iter(found)).message
