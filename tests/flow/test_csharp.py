"""What C# systems are made of: generic handlers and buses, overloads, extensions, names that configuration makes of types."""

from __future__ import annotations

import pytest

from eventlens.checks.context import CheckContext
from eventlens.config.settings import Settings
from flow.conftest import Find

PROJECT = """
    <Project Sdk="Microsoft.NET.Sdk">
      <ItemGroup><PackageReference Include="MassTransit.RabbitMQ" Version="8.2.5" /></ItemGroup>
    </Project>
    """


def test_type_parameters_are_bound_through_the_bases(find: Find) -> None:
    found = find({
        "Shop.csproj": PROJECT,
        "Handlers.cs": """
            using MassTransit;
            namespace Shop;
            public interface IHandle<TCommand> : IHandle<TCommand, bool> where TCommand : class;
            public interface IHandle<TCommand, TResult> : IConsumer<TCommand> where TCommand : class;
            public abstract class Audited<T> : IConsumer<T> where T : class
            {
                public abstract Task Consume(ConsumeContext<T> context);
            }
            """,
        "Orders.cs": """
            using MassTransit;
            namespace Shop;
            public record PlaceOrder(string Id);
            public record OrderPaid(string Id);
            public class PlaceOrderHandler : IHandle<PlaceOrder>
            {
                public Task Consume(ConsumeContext<PlaceOrder> context) => Task.CompletedTask;
            }
            public class OrderPaidHandler : Audited<OrderPaid>
            {
                public override Task Consume(ConsumeContext<OrderPaid> context) => Task.CompletedTask;
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "event", "place") == {
        ("subscribe", "PlaceOrder", "Orders.cs:6"),
        ("subscribe", "OrderPaid", "Orders.cs:10"),
    }


def test_a_bare_name_may_be_a_property_of_a_base_class_elsewhere(find: Find) -> None:
    found = find({
        "Shop.csproj": PROJECT,
        "Announcing.cs": """
            using MassTransit;
            namespace Shop;
            public abstract class Announcing(IPublishEndpoint endpoint)
            {
                protected IPublishEndpoint Endpoint { get; } = endpoint;
            }
            """,
        "Orders.cs": """
            using MassTransit;
            namespace Shop;
            public record OrderPaid(string Id);
            public class Orders(IPublishEndpoint endpoint) : Announcing(endpoint)
            {
                public Task Pay(string id) => Endpoint.Publish(new OrderPaid(id));
            }
            public class Reports
            {
                public Task Send(string id) => Endpoint.Publish(new OrderPaid(id));
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "event", "place") == {("publish", "OrderPaid", "Orders.cs:7")}


BUS = """
    using MassTransit;
    namespace Shop;
    public interface IEnvelope { object Message { get; } }
    public interface IEnvelope<out T> : IEnvelope { new T Message { get; } }
    public record Envelope<T>(T Message) : IEnvelope<T>
    {
        object IEnvelope.Message => Message;
    }
    public static class Envelopes
    {
        public static IEnvelope<T> Of<T>(T data) => Of(data, Guid.NewGuid());
        public static IEnvelope<T> Of<T>(T data, Guid id) => new Envelope<T>(data);
        public static IEnvelope Of(object data) => null!;
    }
    public interface IDirectBus
    {
        Task Publish<T>(IEnvelope<T> envelope);
        Task Publish(IEnvelope envelope);
    }
    public class DirectBus(IBus bus) : IDirectBus
    {
        public async Task Publish<T>(IEnvelope<T> envelope) => await bus.Publish(envelope.Message);
        public Task Publish(IEnvelope envelope) => Task.CompletedTask;
    }
    public interface IEventBus
    {
        Task Publish<T>(T message);
        Task Publish<T>(IEnvelope<T> envelope);
    }
    public class EventBus(IDirectBus direct) : IEventBus
    {
        public Task Publish<T>(T message)
        {
            var envelope = Envelopes.Of(message);
            return Publish(envelope);
        }
        public async Task Publish<T>(IEnvelope<T> envelope) => await direct.Publish(envelope);
    }
    """
ORDERS = """
    namespace Shop;
    public record OrderPlaced(string Id)
    {
        public static OrderPlaced Of(string id) => new OrderPlaced(id);
    }
    public class Orders(IEventBus bus)
    {
        public async Task Place()
        {
            var placed = OrderPlaced.Of("7");
            await bus.Publish(placed);
        }
    }
    """


def test_an_event_in_an_envelope_through_overloads_of_generic_buses(find: Find) -> None:
    found = find({"Shop.csproj": PROJECT, "Bus.cs": BUS, "Orders.cs": ORDERS})
    assert found.rows("place", "via", "channel", "event") == {("Orders.cs:12", "wrapper", "OrderPlaced", "OrderPlaced")}


def test_channels_are_named_by_a_formatter_of_types(find: Find) -> None:
    found = find({
        "Shop.csproj": PROJECT,
        "Bus.cs": BUS,
        "Orders.cs": ORDERS,
        "Start.cs": """
            using Humanizer;
            using MassTransit;
            namespace Shop;
            public static class Names { public const string Suffix = ".events"; }
            public class SnakeNames : IEntityNameFormatter
            {
                public string FormatEntityName<T>() => $"{typeof(T).Name.Underscore()}{Names.Suffix}";
            }
            public static class Start
            {
                public static void AddBus(this IServiceCollection services) =>
                    services.AddMassTransit(x => x.UsingRabbitMq((context, cfg) =>
                        cfg.MessageTopology.SetEntityNameFormatter(new SnakeNames())));
            }
            """,
    })  # fmt: skip
    assert found.rows("place", "channel") == {("Orders.cs:12", "order_placed.events")}


def test_a_message_has_the_name_that_its_topology_sets(find: Find) -> None:
    found = find({
        "Shop.csproj": PROJECT,
        "Bus.cs": BUS,
        "Orders.cs": ORDERS,
        "Topology.cs": """
            using MassTransit;
            namespace Shop;
            public static class Topology
            {
                public static void NameOrders(this IRabbitMqBusFactoryConfigurator cfg) =>
                    cfg.Message<OrderPlaced>(m => m.SetEntityName("orders.placed"));
            }
            """,
    })  # fmt: skip
    assert found.rows("place", "channel") == {("Orders.cs:12", "orders.placed")}


def test_queues_are_those_of_the_endpoints_that_consumers_are_configured_on(find: Find) -> None:
    found = find({
        "Shop.csproj": PROJECT,
        "Orders.cs": """
            using MassTransit;
            namespace Shop;
            public record OrderPlaced(string Id);
            public record OrderPaid(string Id);
            public class OrderPlacedConsumer : IConsumer<OrderPlaced>
            {
                public Task Consume(ConsumeContext<OrderPlaced> context) => Task.CompletedTask;
            }
            public class OrderPaidConsumer : IConsumer<OrderPaid>
            {
                public Task Consume(ConsumeContext<OrderPaid> context) => Task.CompletedTask;
            }
            """,
        "Endpoints.cs": """
            using Humanizer;
            using MassTransit;
            namespace Shop;
            public static class Endpoints
            {
                public static void AddOrders(this IRabbitMqBusFactoryConfigurator cfg, IBusRegistrationContext context)
                {
                    cfg.ReceiveEndpoint(queueName: "placed-orders", e => e.ConfigureConsumer<OrderPlacedConsumer>(context));
                    cfg.ReceiveEndpoint(nameof(OrderPaid).Underscore(), e =>
                    {
                        e.Bind<OrderPaid>();
                        e.ConfigureConsumers(context);
                    });
                }
            }
            """,
    })  # fmt: skip
    assert found.rows("event", "channel") == {("OrderPlaced", "placed-orders"), ("OrderPaid", "order_paid")}


def test_events_of_mappers_that_an_outbox_keeps(find: Find) -> None:
    found = find({
        "Shop.csproj": PROJECT,
        "Bus.cs": """
            using MassTransit;
            namespace Shop;
            public interface IEvent;
            public class Settings { public bool OutboxEnabled { get; set; } }
            public interface IMessageStore { Task Add(object message); }
            public class MessageStore : IMessageStore
            {
                public Task Add(object message) => Task.CompletedTask;
            }
            public interface IEventBus { Task Send(object message); }
            public class EventBus(IBus bus, IMessageStore store, Settings settings) : IEventBus
            {
                public async Task Send(object message)
                {
                    if (settings.OutboxEnabled)
                    {
                        await store.Add(message);
                        return;
                    }
                    await bus.Publish(message);
                }
            }
            """,
        "Domain.cs": """
            namespace Shop;
            public interface IEventMapper { IEvent? Map(object domainEvent); }
            public class DomainEvents(IServiceProvider provider, IMessageStore store)
            {
                public async Task Dispatch(object domainEvent)
                {
                    var mappers = provider.GetServices<IEventMapper>().ToList();
                    foreach (var message in Mapped(mappers, domainEvent))
                    {
                        await store.Add(message);
                    }
                }
                private static IReadOnlyList<IEvent> Mapped(IReadOnlyList<IEventMapper> mappers, object domainEvent)
                {
                    var events = new List<IEvent>();
                    foreach (var mapper in mappers)
                    {
                        var mapped = mapper.Map(domainEvent);
                        if (mapped is not null)
                        {
                            events.Add(mapped);
                        }
                    }
                    return events.ToList();
                }
            }
            """,
        "Orders.cs": """
            namespace Shop;
            public class Placed;
            public class Paid;
            public record OrderPlaced(string Id) : IEvent
            {
                public static OrderPlaced Of(string id) => new OrderPlaced(id);
            }
            public record OrderPaid(string Id) : IEvent;
            public class OrderMapper : IEventMapper
            {
                public IEvent? Map(object domainEvent) => domainEvent switch
                {
                    Placed placed => OrderPlaced.Of("1"),
                    Paid paid => new OrderPaid("1"),
                    _ => null,
                };
            }
            """,
    })  # fmt: skip
    assert found.rows("place", "event", "via") == {
        ("Orders.cs:14", "OrderPlaced", "wrapper"),
        ("Orders.cs:15", "OrderPaid", "wrapper"),
    }


def test_fields_have_the_names_that_attributes_give_them(find: Find) -> None:
    found = find({
        "Shop.csproj": PROJECT,
        "Orders.cs": """
            using System.Text.Json.Serialization;
            using MassTransit;
            using Newtonsoft.Json;
            namespace Shop;
            public record OrderPlaced([property: JsonPropertyName("order_id")] Guid Id, IReadOnlyList<Line> Lines);
            public class Line
            {
                [JsonProperty(PropertyName = "sku")]
                public string Code { get; set; } = "";
                [JsonIgnore]
                public string Secret { get; set; } = "";
                [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
                public string? Note { get; set; }
            }
            public class Orders(IPublishEndpoint publisher)
            {
                public Task Place(Guid id) => publisher.Publish(new OrderPlaced(id, new List<Line>()));
            }
            """,
    })  # fmt: skip
    (site,) = found.sites
    assert [(one.name, [inner.name for inner in one.fields]) for one in site.payload] == [
        ("order_id", []),
        ("Lines", ["sku", "Note"]),
    ]


def test_a_bus_that_global_usings_bring_in_and_that_sends_inside_a_callback(find: Find) -> None:
    project = '<Project Sdk="Microsoft.NET.Sdk"><ItemGroup><PackageReference Include="RabbitMQ.Client" /></ItemGroup></Project>'
    found = find({
        "Abstractions/Abstractions.csproj": project,
        "Abstractions/IEventBus.cs": """
            namespace Shop.Abstractions;
            public record Event;
            public interface IEventBus { Task Send(Event message); }
            """,
        "Bus/Bus.csproj": project,
        "Bus/Usings.cs": "global using RabbitMQ.Client;\nglobal using Shop.Abstractions;\n",
        "Bus/RabbitBus.cs": """
            namespace Shop.Bus;
            using System.Text.Json;
            public class RabbitBus(IModel channel, Policy policy) : IEventBus
            {
                public async Task Send(Event message)
                {
                    var body = JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), new JsonSerializerOptions());
                    await policy.Execute(async () => channel.BasicPublish("shop", message.GetType().Name, false, null, body));
                }
            }
            """,
        "Orders/Orders.csproj": project,
        "Orders/Usings.cs": "global using Shop.Abstractions;\n",
        "Orders/Orders.cs": """
            namespace Shop.Orders;
            public record OrderPlaced(string Id) : Event;
            public class Orders(IEventBus bus)
            {
                public Task Place() => bus.Send(new OrderPlaced("1"));
            }
            """,
    })  # fmt: skip
    assert ("Orders/Orders.cs:6", "shop", "OrderPlaced") in found.rows("place", "channel", "routing_key")


def test_senders_that_a_table_keeps_once_they_are_made(find: Find) -> None:
    found = find({
        "Depot.csproj": """
            <Project Sdk="Microsoft.NET.Sdk">
              <ItemGroup><PackageReference Include="Azure.Messaging.ServiceBus" Version="7.18.0" /></ItemGroup>
            </Project>
            """,
        "Sending.cs": """
            using System.Collections.Concurrent;
            using Azure.Messaging.ServiceBus;
            namespace Depot;
            public class Sending(ServiceBusClient client)
            {
                private readonly ConcurrentDictionary<string, ServiceBusSender> _senders = new();
                public async Task Send(string queue, string text)
                {
                    var sender = _senders.GetOrAdd(queue, client.CreateSender);
                    await sender.SendMessageAsync(new ServiceBusMessage(text));
                }
                public async Task Label(string text)
                {
                    var sender = _senders.GetOrAdd("labels", name => client.CreateSender(name));
                    await sender.SendMessageAsync(new ServiceBusMessage(text));
                }
            }
            public class Counting(Sending sending)
            {
                public Task Count() => sending.Send("counts", "7");
            }
            """,
    })  # fmt: skip
    assert found.rows("broker", "channel") == {("azure-service-bus", "labels"), ("azure-service-bus", "counts")}


def test_how_a_task_is_waited_for_does_not_hide_what_it_gives(find: Find) -> None:
    found = find({
        "Shop.csproj": PROJECT,
        "Labels.cs": """
            using MassTransit;
            namespace Shop;
            public record PrintLabel(string Id);
            public class Labels(ISendEndpointProvider provider, SemaphoreSlim printing)
            {
                public async Task Print(PrintLabel label, CancellationToken token)
                {
                    var plain = await provider.GetSendEndpoint(new Uri("queue:labels-plain")).ConfigureAwait(false);
                    await plain.Send(label, token).ConfigureAwait(false);
                    var timed = await provider.GetSendEndpoint(new Uri("queue:labels-timed")).WaitAsync(token);
                    await timed.Send(label, token);
                    var blocked = provider.GetSendEndpoint(new Uri("queue:labels-blocked")).GetAwaiter().GetResult();
                    await printing.WaitAsync(token);
                    await blocked.Send(label, token);
                }
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {
        ("publish", "labels-plain"),
        ("publish", "labels-timed"),
        ("publish", "labels-blocked"),
    }


def test_who_implements_a_contract_is_found_however_many_use_it(find: Find) -> None:
    """The handler of a poll loop does its work behind an interface of which most files of a system know."""
    users = {  # more than are looked through
        f"Pages/Page{number}.cs": f"using Shop.Mails;\nnamespace Shop.Pages;\npublic class Page{number}(IMails mails) {{ }}"
        for number in range(150)
    }
    found = find({
        "Shop.csproj": PROJECT,
        "Mails/IMails.cs": """
            namespace Shop.Mails;
            public interface IMails { Task Send(string letter); }
            """,
        "Mails/SignedMails.cs": """
            namespace Shop.Mails.Signed;
            public class SignedMails(IPostOffice office) : IMails
            {
                public async Task Send(string letter) => await office.Take(letter + "The shop");
            }
            """,
        "Mails/PostOffice.cs": """
            using Microsoft.EntityFrameworkCore;
            namespace Shop.Mails;
            public interface IPostOffice { Task Take(string text); }
            public class Letter { public int Id { get; set; } public string Text { get; set; } }
            public class LettersDb : DbContext { public DbSet<Letter> Letters { get; set; } }
            public class PostOffice(LettersDb db) : IPostOffice
            {
                public async Task Take(string text)
                {
                    db.Letters.Add(new Letter { Text = text });
                    await db.SaveChangesAsync();
                }
            }
            """,
        "Reminders.cs": """
            using MassTransit;
            using Shop.Mails;
            namespace Shop;
            public record ReminderDue(string Text);
            public class ReminderDueConsumer(IMails mails) : IConsumer<ReminderDue>
            {
                public async Task Consume(ConsumeContext<ReminderDue> context) => await mails.Send(context.Message.Text);
            }
            """,
        **users,
    })  # fmt: skip
    (consumer,) = (node for node, site in found.graph.nodes if site.role == "subscribe")
    events = CheckContext(found.graph, Settings()).handler_events(consumer)
    assert "insert" in {event.effect for event in events}


def test_a_class_that_its_own_file_imports_as_a_whole(find: Find) -> None:
    found = find({
        "Shop.csproj": PROJECT,
        "Orders.cs": """
            using MassTransit;
            using static Shop.OrderPlacedConsumer;
            namespace Shop;
            public record OrderPlaced(string Id);
            public class OrderPlacedConsumer : Logging<Line>, IConsumer<OrderPlaced>
            {
                public class Line { }
                public Task Consume(ConsumeContext<OrderPlaced> context) => Task.CompletedTask;
            }
            """,
        "Logging.cs": """
            namespace Shop;
            public abstract class Logging<T> { }
            """,
    })  # fmt: skip
    assert found.rows("role", "event") == {("subscribe", "OrderPlaced")}


@pytest.mark.parametrize(
    ("made", "event"),
    [
        ("_mapper.Map<OrderPaid>(order)", "OrderPaid"),
        ("_mapper.Map<Order, OrderPaid>(order)", "OrderPaid"),
        ("order.Adapt<OrderPaid>()", "OrderPaid"),
        ("JsonSerializer.Deserialize<OrderPaid>(body)", "OrderPaid"),
        ("JsonConvert.DeserializeObject<OrderPaid>(body)", "OrderPaid"),
        ("_mapper.Convert<Order, string, OrderPaid>(order)", None),
        ("new Envelope<OrderPaid>(order)", "Envelope"),
    ],
)
def test_what_an_unknown_method_gives_has_the_type_that_the_call_names_last(
    find: Find, made: str, event: str | None
) -> None:
    found = find({
        "Shop.csproj": PROJECT,
        "Orders.cs": f"""
            using System.Text.Json;
            using AutoMapper;
            using MassTransit;
            using Newtonsoft.Json;
            namespace Shop;
            public record Order(string Id);
            public record OrderPaid(string Id);
            public record Envelope<T>(object Content);
            public class Till
            {{
                private readonly IMapper _mapper;
                private readonly IPublishEndpoint _endpoint;
                public Till(IMapper mapper, IPublishEndpoint endpoint)
                {{
                    _mapper = mapper;
                    _endpoint = endpoint;
                }}
                public async Task Pay(Order order, string body)
                {{
                    var paid = {made};
                    await _endpoint.Publish(paid);
                }}
            }}
            """,
    })  # fmt: skip
    assert found.rows("role", "event") == {("publish", event)}


def test_a_wrapper_around_a_bus_that_infers_the_type_of_what_it_hands_on(find: Find) -> None:
    found = find({
        "Shop.csproj": PROJECT.replace("MassTransit.RabbitMQ", "EasyNetQ").replace("8.2.5", "7.8.0"),
        "MessageBus.cs": """
            using EasyNetQ;
            namespace Shop;
            public interface IMessageBus
            {
                Task PublishAsync<T>(T message) where T : class;
                void Subscribe<T>(string subscription, Func<T, Task> handle) where T : class;
            }
            public class MessageBus : IMessageBus
            {
                private IBus _bus;
                private readonly string _connection;
                public MessageBus(string connection) => _connection = connection;
                public async Task PublishAsync<T>(T message) where T : class
                {
                    Connect();
                    await _bus.PubSub.PublishAsync(message);
                }
                public void Subscribe<T>(string subscription, Func<T, Task> handle) where T : class
                {
                    Connect();
                    _bus.PubSub.SubscribeAsync(subscription, handle);
                }
                private void Connect() => _bus = RabbitHutch.CreateBus(_connection);
            }
            """,
        "Till.cs": """
            namespace Shop;
            public record Sold(string Item);
            public class Till
            {
                private readonly IMessageBus _bus;
                public Till(IMessageBus bus) => _bus = bus;
                public Task Sell(string item) => _bus.PublishAsync(new Sold(item));
            }
            public class Books
            {
                private readonly IMessageBus _bus;
                public Books(IMessageBus bus) => _bus = bus;
                public void Start() => _bus.Subscribe<Sold>("books", async sold => await Book(sold));
                private Task Book(Sold sold) => Task.CompletedTask;
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "event") == {("publish", "Sold", "Sold"), ("subscribe", "Sold_books", "Sold")}


def test_a_name_that_is_given_for_the_whole_project_means_that_one_type(find: Find) -> None:
    found = find({
        "Shop.csproj": PROJECT,
        "Usings.cs": """
            global using Names = Shop.Messaging.QueueNames;
            """,
        "Messaging/QueueNames.cs": """
            namespace Shop.Messaging;
            public static class QueueNames
            {
                public const string Orders = "orders";
            }
            """,
        "Desk.cs": """
            using RabbitMQ.Client;
            namespace Shop.Sales;
            public class Desk(IModel channel)
            {
                public void Place(byte[] body) => channel.BasicPublish("", Names.Orders, null, body);
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "place") == {("publish", "orders", "Desk.cs:6")}


def test_what_a_method_that_stands_elsewhere_makes_is_unknown(find: Find) -> None:
    found = find({
        "Shop.csproj": PROJECT,
        "Orders.cs": """
            using MassTransit;
            namespace Shop;
            public record OrderPlaced(System.Guid CorrelationId);
            public record OrderState : SagaStateMachineInstance { public System.Guid CorrelationId { get; set; } public string CurrentState { get; set; } = ""; }
            public partial class OrderStateMachine : MassTransitStateMachine<OrderState>
            {
                public OrderStateMachine()
                {
                    InstanceState(x => x.CurrentState);
                    Initially(When(Placed).PublishAsync(PaymentOfOrder));
                }
                public Event<OrderPlaced> Placed { get; private set; } = null!;
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", None), ("subscribe", "Order")}


_HANDLER = """
    namespace Shop.Sales;
    public class PlaceOrderHandler : IHandleMessages<PlaceOrder>
    {
        public Task Handle(PlaceOrder message, IMessageHandlerContext context) => context.Publish(new OrderPlaced(message.Id));
    }
    public record PlaceOrder(string Id);
    public record OrderPlaced(string Id);
    """


def _sales(usings: str) -> dict[str, str]:
    return {
        "Sales.csproj": f"""
            <Project Sdk="Microsoft.NET.Sdk.Worker">
              <PropertyGroup><ImplicitUsings>{usings}</ImplicitUsings></PropertyGroup>
              <ItemGroup><PackageReference Include="NServiceBus" Version="9.2.6" /></ItemGroup>
            </Project>
            """,
        "PlaceOrderHandler.cs": _HANDLER,
    }


def test_handlers_whose_library_the_project_imports_by_itself(find: Find) -> None:
    found = find(_sales("enable"))
    assert found.rows("role", "channel", "library") == {
        ("subscribe", "PlaceOrder", "nservicebus"),
        ("publish", "OrderPlaced", "nservicebus"),
    }


def test_a_project_that_does_not_want_what_packages_import(find: Find) -> None:
    own = "namespace Shop.Sales;\npublic interface IHandleMessages<T> {}\npublic interface IMessageHandlerContext { Task Publish(object message); }\n"
    found = find({**_sales("disable"), "Own.cs": own})
    assert found.rows("role") == set()
