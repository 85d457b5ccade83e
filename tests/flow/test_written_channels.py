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


SENDERS = """
using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;

namespace Shop;

public class Announcer
{
    private readonly ServiceBusSender _sender;

    public Announcer(ServiceBusClient client, BusSettings settings)
    {
        _sender = client.CreateSender(settings.Topics.Orders);
    }

    public Task Announce(string body) => _sender.SendMessageAsync(new ServiceBusMessage(body));
}

public class Queues(ServiceBusClient client)
{
    private readonly ConcurrentDictionary<string, ServiceBusSender> _senders = new();

    public Task Add(string body, string queue)
    {
        var sender = _senders.GetOrAdd(queue, client.CreateSender);
        return sender.SendMessageAsync(new ServiceBusMessage(body));
    }
}

public class Shipping(Queues queues, BusSettings settings)
{
    public Task Ship(string id) => queues.Add(id, settings.ShippingQueue);
}
"""
PROJECT = """
<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup><PackageReference Include="Azure.Messaging.ServiceBus" Version="7.17.0" /></ItemGroup>
</Project>
"""


def test_a_channel_of_a_sender_is_called_as_it_was_written_where_the_sender_was_made(tmp_path: Path) -> None:
    (tmp_path / "Shop.csproj").write_text(PROJECT)
    (tmp_path / "Senders.cs").write_text(SENDERS)
    sites = [site for _, site in graph_of(tmp_path).nodes]
    assert [(site.line, site.channel, site.channel_expression) for site in sites] == [
        (16, None, "settings.Topics.Orders"),
        (32, None, "settings.ShippingQueue"),
    ]


WORKER = """
package shop

import (
	"context"

	"github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/segmentio/kafka-go"
)

type Settings struct{ Queue, Stream, Topic string }

var settings Settings

func Announce(ctx context.Context, channel *amqp091.Channel, body []byte) error {
	return channel.PublishWithContext(ctx, "", settings.Queue, false, false, amqp091.Publishing{Body: body})
}

func Follow(ctx context.Context, client *redis.Client) error {
	_, err := client.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "shop", Streams: []string{settings.Stream, ">"}}).Result()
	return err
}

func Listen(ctx context.Context) error {
	reader := kafka.NewReader(kafka.ReaderConfig{GroupTopics: []string{settings.Topic}, GroupID: "shop"})
	_, err := reader.ReadMessage(ctx)
	return err
}
"""


def test_the_queue_behind_an_exchange_without_a_name_and_a_topic_or_stream_in_a_list_say_what_is_open(
    tmp_path: Path,
) -> None:
    module = "module shop\n\ngo 1.22\n\nrequire (\n\tgithub.com/rabbitmq/amqp091-go v1.10.0\n\tgithub.com/redis/go-redis/v9 v9.5.1\n\tgithub.com/segmentio/kafka-go v0.4.47\n)\n"
    (tmp_path / "go.mod").write_text(module)
    (tmp_path / "worker.go").write_text(WORKER)
    sites = [site for _, site in graph_of(tmp_path).nodes]
    assert [(site.role, site.channel, site.channel_expression) for site in sites] == [
        ("publish", None, "settings.Queue"),
        ("subscribe", None, "settings.Stream"),
        ("subscribe", None, "settings.Topic"),
    ]
