"""C# texts for the generated workspace."""

from __future__ import annotations

from collections.abc import Iterator

_PROJECT = """<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup>
    <PackageReference Include="Confluent.Kafka" Version="2.5.0" />
    <PackageReference Include="RabbitMQ.Client" Version="6.8.1" />
  </ItemGroup>
</Project>
"""
SHARED = {
    "libs/Shop.Messaging/Shop.Messaging.csproj": _PROJECT,
    "libs/Shop.Messaging/Topics.cs": """namespace Shop.Messaging;

public static class Topics
{
    public const string Orders = "shop.orders";
    public const string Invoices = "shop.invoices";
}
""",
    "libs/Shop.Messaging/EventPublisher.cs": """using System.Threading.Tasks;
using Confluent.Kafka;

namespace Shop.Messaging;

public class EventPublisher
{
    private readonly IProducer<string, string> _producer;

    public EventPublisher(IProducer<string, string> producer)
    {
        _producer = producer;
    }

    public async Task PublishEvent(string topic, string key, string payload)
    {
        await _producer.ProduceAsync(topic, new Message<string, string> { Key = key, Value = payload });
    }
}
""",
}


def service_files(name: str) -> Iterator[tuple[str, str]]:
    """Manifest and configuration of one service."""
    folder = f"services/{name}"
    yield f"{folder}/{name}.csproj", _PROJECT
    yield f"{folder}/appsettings.json", f'{{"Orders": {{"Topic": "{name}.orders"}}}}\n'
    yield f"{folder}/Dockerfile", 'FROM mcr.microsoft.com/dotnet/aspnet:8.0\nENTRYPOINT ["dotnet", "app.dll"]\n'


def namespace_of(service: str, module: str) -> str:
    """The namespace of a module."""
    named = "".join(part.capitalize() for part in service.split("-"))
    return f"Shop.{named}.{module.partition('/')[0].capitalize()}"


HEADER = """
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
"""

PLAIN = (
    """
public class @Noun@Calculation@n@
{
    private const decimal Limit = @m@m;
    private readonly List<decimal> _amounts = new();
    private readonly string _currency;

    public @Noun@Calculation@n@(string currency)
    {
        _currency = currency;
    }

    /// <summary>Adds up one @noun@ as the @service@ sees it.</summary>
    public decimal @Verb@(decimal price, int quantity)
    {
        if (quantity <= 0 || price < 0)
        {
            throw new ArgumentException("a @noun@ needs a quantity and a price");
        }
        _amounts.Add(price * quantity);
        return _amounts.Sum();
    }

    public Task Handle(string identifier)
    {
        var above = _amounts.Any(amount => amount > Limit);
        return above ? Task.FromException(new InvalidOperationException($"{identifier}: {_currency}")) : Task.CompletedTask;
    }
}
""",
    """
public class @Noun@Repository@n@
{
    private readonly Dictionary<string, Row> _rows = new();

    public Task Handle(string identifier)
    {
        if (!_rows.TryGetValue(identifier, out var row))
        {
            _rows[identifier] = new Row { Version = 1, State = "@verb@" };
            return Task.CompletedTask;
        }
        try
        {
            row.Version += 1;
            row.Changed = DateTime.UtcNow;
        }
        catch (OverflowException error)
        {
            throw new InvalidOperationException($"@verb@ of @noun@ {identifier} failed", error);
        }
        return Task.CompletedTask;
    }

    private class Row
    {
        public int Version { get; set; }
        public string State { get; set; } = "";
        public DateTime Changed { get; set; }
    }
}
""",
)

SITES = (
    (
        "using Confluent.Kafka;",
        """
public class @Noun@Announcer@n@
{
    private readonly IProducer<string, string> _producer;

    public @Noun@Announcer@n@(IProducer<string, string> producer)
    {
        _producer = producer;
    }

    public async Task Announce(string identifier)
    {
        await _producer.ProduceAsync("@noun@-events", new Message<string, string> { Key = identifier, Value = identifier });
    }
}
""",
    ),
    (
        "using Confluent.Kafka;",
        """
public class @Noun@Follower@n@
{
    private readonly IConsumer<string, string> _consumer;

    public @Noun@Follower@n@(IConsumer<string, string> consumer)
    {
        _consumer = consumer;
    }

    public Task Follow(string identifier)
    {
        _consumer.Subscribe("@noun@-events");
        while (true)
        {
            var result = _consumer.Consume(1000);
            Console.WriteLine($"{identifier} {result.Message.Value}");
            _consumer.Commit(result);
        }
    }
}
""",
    ),
    (
        "using RabbitMQ.Client;",
        """
public class @Noun@Courier@n@
{
    private readonly IModel _channel;

    public @Noun@Courier@n@(IModel channel)
    {
        _channel = channel;
    }

    public Task Deliver(string identifier)
    {
        _channel.BasicPublish("@noun@s", "@noun@.@verb@", null, System.Text.Encoding.UTF8.GetBytes(identifier));
        return Task.CompletedTask;
    }
}
""",
    ),
    (
        "using Shop.Messaging;",
        """
public class @Noun@Notifier@n@
{
    private readonly EventPublisher _publisher;

    public @Noun@Notifier@n@(EventPublisher publisher)
    {
        _publisher = publisher;
    }

    public async Task NotifyOf(string identifier)
    {
        await _publisher.PublishEvent(Topics.Orders, identifier, "@Noun@@Verb@");
    }
}
""",
    ),
)
