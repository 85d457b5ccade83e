"""What containers hand out: the value of a library that a factory makes is the one that a constructor or field gets."""

from __future__ import annotations

import pytest

from .conftest import Find

BUILD = """
    plugins { java }
    dependencies {
        implementation("com.azure:azure-messaging-servicebus:7.17.0")
        implementation("org.springframework.boot:spring-boot-starter-amqp:3.5.0")
        implementation("org.springframework.kafka:spring-kafka:3.3.6")
    }
    """
JAVA = "src/main/java/shop/"
SENDERS = """
    package shop;
    import com.azure.messaging.servicebus.ServiceBusClientBuilder;
    import com.azure.messaging.servicebus.ServiceBusSenderClient;
    import org.springframework.context.annotation.Bean;
    import org.springframework.context.annotation.Configuration;
    @Configuration
    class Senders {{
        @Bean("sales")
        ServiceBusSenderClient first() {{ return sender("sales-queue"); }}
        {more}
        private ServiceBusSenderClient sender(String queue) {{
            return new ServiceBusClientBuilder().connectionString("...").sender().queueName(queue).buildClient();
        }}
    }}
    """
SECOND = '@Bean ServiceBusSenderClient returns() { return sender("returns-queue"); }'
ELSEWHERE = "@Bean ServiceBusSenderClient returns(com.shopworks.Senders senders) { return senders.make(); }"
TILL = """
    package shop;
    import com.azure.messaging.servicebus.ServiceBusMessage;
    import com.azure.messaging.servicebus.ServiceBusSenderClient;
    import org.springframework.beans.factory.annotation.Autowired;
    import org.springframework.beans.factory.annotation.Qualifier;
    class Till {{
        {asked}
        void sell(String item) {{ sender.sendMessage(new ServiceBusMessage(item)); }}
    }}
    """
BY_CONSTRUCTOR = (
    "private final ServiceBusSenderClient sender;\nTill({}ServiceBusSenderClient sender) {{ this.sender = sender; }}"
)


@pytest.mark.parametrize(
    ("more", "asked", "channel"),
    [
        ("", BY_CONSTRUCTOR.format(""), "sales-queue"),
        ("", "@Autowired private ServiceBusSenderClient sender;", "sales-queue"),
        (SECOND, BY_CONSTRUCTOR.format('@Qualifier("sales") '), "sales-queue"),
        (SECOND, BY_CONSTRUCTOR.format('@Qualifier("returns") '), "returns-queue"),
        (SECOND, '@Autowired @Qualifier("returns") private ServiceBusSenderClient sender;', "returns-queue"),
        (SECOND, BY_CONSTRUCTOR.format(""), None),
        (ELSEWHERE, BY_CONSTRUCTOR.format(""), None),
        (ELSEWHERE, BY_CONSTRUCTOR.format('@Qualifier("returns") '), None),
    ],
)
def test_a_bean_is_handed_out_by_name_or_as_the_only_one_of_its_type(
    find: Find, more: str, asked: str, channel: str | None
) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        JAVA + "Senders.java": SENDERS.format(more=more),
        JAVA + "Till.java": TILL.format(asked=asked),
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", channel)}


def test_a_bean_of_another_service_is_not_handed_out(find: Find) -> None:
    found = find({
        "sales/build.gradle.kts": BUILD,
        "sales/" + JAVA + "Senders.java": SENDERS.format(more=""),
        "till/build.gradle.kts": BUILD,
        "till/" + JAVA + "Till.java": TILL.format(asked=BY_CONSTRUCTOR.format("")),
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", None)}


def test_what_beans_declare_names_the_channels_of_who_gets_them(find: Find) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        JAVA + "Topology.java": """
            package shop;
            import org.apache.kafka.clients.admin.NewTopic;
            import org.springframework.amqp.core.Queue;
            import org.springframework.amqp.core.TopicExchange;
            import org.springframework.context.annotation.Bean;
            import org.springframework.kafka.config.TopicBuilder;
            class Topology {
                @Bean TopicExchange exchange() { return new TopicExchange("shop"); }
                @Bean Queue stock() { return new Queue("stock", true); }
                @Bean NewTopic sales() { return TopicBuilder.name("sales").partitions(3).build(); }
                @Bean NewTopic returns() { return new NewTopic("returns", 1, (short) 1); }
            }
            """,
        JAVA + "Till.java": """
            package shop;
            import lombok.RequiredArgsConstructor;
            import org.apache.kafka.clients.admin.NewTopic;
            import org.springframework.amqp.core.Queue;
            import org.springframework.amqp.core.TopicExchange;
            import org.springframework.amqp.rabbit.core.RabbitTemplate;
            import org.springframework.beans.factory.annotation.Autowired;
            import org.springframework.kafka.core.KafkaTemplate;
            @RequiredArgsConstructor
            class Till {
                private final KafkaTemplate<String, String> kafka;
                private final RabbitTemplate rabbit;
                private final NewTopic sales;
                private final TopicExchange exchange;
                @Autowired private Queue stock;
                void sell(String item) {
                    kafka.send(sales.name(), item);
                    rabbit.convertAndSend(exchange.getName(), "sold", item);
                    rabbit.convertAndSend(stock.getName(), item);
                }
            }
            """,
    })  # fmt: skip
    assert found.rows("broker", "channel") == {("kafka", "sales"), ("rabbitmq", "shop"), ("rabbitmq", "stock")}


@pytest.mark.parametrize(
    ("made", "asked", "channel"),
    [
        ("AddSingleton(_ => client.CreateSender(\"sales\"))", "", "sales"),
        ("AddSingleton<ServiceBusSender>(sp => sp.GetRequiredService<ServiceBusClient>().CreateSender(\"sales\"))", "", "sales"),
        ("AddScoped(_ => client.CreateSender(builder.Configuration[\"Bus:Topic\"]))", "", "sales"),
        ("AddKeyedSingleton(\"till\", (_, _) => client.CreateSender(\"sales\"))", "[FromKeyedServices(\"till\")] ", "sales"),
        ("AddSingleton(client.CreateSender(\"sales\")).AddSingleton(client.CreateSender(\"returns\"))", "", None),
    ],
)  # fmt: skip
def test_what_a_collection_of_services_makes(find: Find, made: str, asked: str, channel: str | None) -> None:
    found = find({
        "Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><PackageReference Include="Azure.Messaging.ServiceBus" Version="7.18.0" /></ItemGroup></Project>',
        "appsettings.json": '{"Bus": {"Topic": "sales"}}',
        "Program.cs": f"""
            using Azure.Messaging.ServiceBus;
            using Microsoft.AspNetCore.Builder;
            using Microsoft.Extensions.DependencyInjection;
            var builder = WebApplication.CreateBuilder(args);
            var client = new ServiceBusClient(builder.Configuration["Bus:Connection"]);
            builder.Services.AddSingleton(client);
            builder.Services.{made};
            builder.Services.AddScoped<Till>();
            """,
        "Till.cs": f"""
            using Azure.Messaging.ServiceBus;
            using Microsoft.Extensions.DependencyInjection;
            public class Till
            {{
                private readonly ServiceBusSender _sender;
                public Till({asked}ServiceBusSender sender) => _sender = sender;
                public Task Sell(string item) => _sender.SendMessageAsync(new ServiceBusMessage(item));
            }}
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", channel)}


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ("ObjectProvider<KafkaTemplate<String, String>>", "given.getObject()"),
        ("ObjectProvider<KafkaTemplate<String, String>>", "given.getIfAvailable()"),
        ("Provider<KafkaTemplate<String, String>>", "given.get()"),
    ],
)
def test_what_is_handed_out_when_it_is_asked_for(find: Find, given: str, called: str) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        JAVA + "Till.java": f"""
            package shop;
            import jakarta.inject.Provider;
            import org.springframework.beans.factory.ObjectProvider;
            import org.springframework.kafka.core.KafkaTemplate;
            class Till {{
                private final {given} given;
                Till({given} given) {{ this.given = given; }}
                void sell(String item) {{ {called}.send("sales", item); }}
            }}
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", "sales")}


@pytest.mark.parametrize(
    "held",
    [
        "private readonly Lazy<IPublishEndpoint> _held; public Till(Lazy<IPublishEndpoint> held) => _held = held;",
        "private readonly Lazy<IPublishEndpoint> _held = new Lazy<IPublishEndpoint>(() => Endpoints.Make());",
    ],
)
def test_what_is_made_when_it_is_asked_for(find: Find, held: str) -> None:
    found = find({
        "Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk"><ItemGroup><PackageReference Include="MassTransit" Version="8.2.5" /></ItemGroup></Project>',
        "Till.cs": f"""
            using System;
            using MassTransit;
            public record Sold(string Item);
            public class Till
            {{
                {held}
                public Task Sell(string item) => _held.Value.Publish(new Sold(item));
            }}
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", "Sold")}


SETTINGS = {
    "build.gradle.kts": BUILD,
    "src/main/resources/application.yml": """
        queues:
          sales:
            queue-name: sales-queue
          returns:
            queue-name: returns-queue
        """,
    JAVA + "QueueSettings.java": """
        package shop;
        public class QueueSettings {
            private String queueName;
            public String getQueueName() { return queueName; }
            public void setQueueName(String queueName) { this.queueName = queueName; }
        }
        """,
}  # fmt: skip
QUEUES = """
    package shop;
    import com.azure.messaging.servicebus.ServiceBusClientBuilder;
    import com.azure.messaging.servicebus.ServiceBusSenderClient;
    import org.springframework.beans.factory.annotation.Qualifier;
    import org.springframework.boot.context.properties.ConfigurationProperties;
    import org.springframework.context.annotation.Bean;
    import org.springframework.context.annotation.Configuration;
    @Configuration
    class Queues {{
        @Bean("sales-settings")
        @ConfigurationProperties(prefix = "queues.sales")
        QueueSettings sales() {{ return new QueueSettings(); }}
        {more}
        @Bean
        ServiceBusSenderClient sender({asked}QueueSettings settings) {{
            return new ServiceBusClientBuilder().connectionString("...").sender().queueName(settings.getQueueName()).buildClient();
        }}
    }}
    """
FILLED = '@Bean @ConfigurationProperties("queues.returns") QueueSettings returns() { return new QueueSettings(); }'


@pytest.mark.parametrize(
    ("more", "asked", "channel"),
    [
        ("", "", "sales-queue"),
        (FILLED, '@Qualifier("sales-settings") ', "sales-queue"),
        (FILLED, '@Qualifier("returns") ', "returns-queue"),
        (FILLED, "", None),
    ],
)
def test_an_object_that_the_container_fills_in_holds_the_section_that_its_factory_names(
    find: Find, more: str, asked: str, channel: str | None
) -> None:
    found = find(SETTINGS | {
        JAVA + "Queues.java": QUEUES.format(more=more, asked=asked),
        JAVA + "Till.java": TILL.format(asked="@Autowired private ServiceBusSenderClient sender;"),
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", channel)}


DEFAULTS = """
    package shop;
    import org.springframework.context.annotation.Bean;
    import org.springframework.context.annotation.Configuration;
    import org.springframework.kafka.core.KafkaTemplate;
    import org.springframework.kafka.core.ProducerFactory;
    @Configuration
    class Templates {
        @Bean
        KafkaTemplate<String, String> sales(ProducerFactory<String, String> factory) {
            KafkaTemplate<String, String> template = new KafkaTemplate<>(factory);
            template.setDefaultTopic("sales");
            return template;
        }
        @Bean
        KafkaTemplate<String, String> returns(ProducerFactory<String, String> factory) {
            return new KafkaTemplate<>(factory);
        }
    }
    """


@pytest.mark.parametrize(("asked", "channel"), [("sales", "sales"), ("returns", None), ("other", None)])
def test_the_default_topic_is_that_of_the_template_on_which_it_is_set(
    find: Find, asked: str, channel: str | None
) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        JAVA + "Templates.java": DEFAULTS,
        JAVA + "Till.java": f"""
            package shop;
            import org.springframework.kafka.core.KafkaTemplate;
            class Till {{
                private final KafkaTemplate<String, String> {asked};
                Till(KafkaTemplate<String, String> {asked}) {{ this.{asked} = {asked}; }}
                void sell(String item) {{ {asked}.sendDefault(item); }}
            }}
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", channel)}


def test_the_default_topic_that_a_block_sets_in_kotlin(find: Find) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        "src/main/resources/application.yml": "shop:\n  topic: sales\n",
        "src/main/kotlin/shop/Templates.kt": """
            package shop
            import org.springframework.beans.factory.annotation.Value
            import org.springframework.context.annotation.Bean
            import org.springframework.context.annotation.Configuration
            import org.springframework.kafka.core.KafkaTemplate
            import org.springframework.kafka.core.ProducerFactory
            @Configuration
            class Templates(@param:Value("\\${shop.topic}") private val topic: String) {
                @Bean
                fun sales(factory: ProducerFactory<String, String>): KafkaTemplate<String, String> {
                    return KafkaTemplate(factory).apply { setDefaultTopic(topic) }
                }
                @Bean
                fun returns(factory: ProducerFactory<String, String>): KafkaTemplate<String, String> {
                    return KafkaTemplate(factory).also { it.setDefaultTopic("returns") }
                }
            }
            """,
        "src/main/kotlin/shop/Till.kt": """
            package shop
            import org.springframework.kafka.core.KafkaTemplate
            class Till(private val sales: KafkaTemplate<String, String>, private val returns: KafkaTemplate<String, String>) {
                fun sell(item: String) { sales.sendDefault(item) }
                fun takeBack(item: String) { returns.sendDefault(item) }
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", "sales"), ("publish", "returns")}
