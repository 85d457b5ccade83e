"""Java systems: injected clients, repositories of a library, poll loops behind helpers, topologies of streams, annotated wrappers."""

from __future__ import annotations

import pytest

from .conftest import Find

BUILD = 'plugins { java }\ndependencies {\n    implementation("org.springframework.kafka:spring-kafka:3.3.6")\n}\n'
FOLDER = "src/main/java/shop/"


@pytest.mark.parametrize(
    "given",
    [
        "this.kafka = kafka;",
        'this.kafka = java.util.Objects.requireNonNull(kafka, "kafka must be there");',
        "this.kafka = checked(kafka);",
    ],
)
def test_what_a_constructor_is_given_keeps_its_declared_type(find: Find, given: str) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        FOLDER + "Till.java": f"""
            package shop;
            import org.springframework.kafka.core.KafkaTemplate;
            import static shop.tools.Checks.checked;
            class Till {{
                private static final String TOPIC = "sales";
                private final KafkaTemplate<String, String> kafka;
                Till(KafkaTemplate<String, String> kafka) {{ {given} }}
                void sell(String item) {{ kafka.send(TOPIC, item); }}
            }}
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", "sales")}


@pytest.mark.parametrize(
    "sold",
    [
        "KafkaTemplate<String, String> kafka = templates.loud();\nkafka.send(TOPIC, item);",
        "KafkaTemplate<String, String> kafka = given.loud();\nkafka.send(TOPIC, item);",
        "loud().send(TOPIC, item);",
        "var kafka = loud();\nkafka.send(TOPIC, item);",
    ],
)
def test_what_another_library_gives_is_what_the_code_says_it_is(find: Find, sold: str) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        FOLDER + "Till.java": f"""
            package shop;
            import com.shopworks.commons.Templates;
            import org.springframework.kafka.core.KafkaTemplate;
            class Till {{
                private static final String TOPIC = "sales";
                private final Templates templates;
                Till(Templates templates) {{ this.templates = templates; }}
                void sell(Templates given, String item) {{
                    {sold}
                }}
                private KafkaTemplate<String, String> loud() {{ return templates.loud(); }}
            }}
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", "sales")}


def test_folders_of_a_package_are_no_examples(find: Find) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        "src/main/java/com/demo/Till.java": """
            package com.demo;
            import org.springframework.kafka.annotation.KafkaListener;
            class Till {
                @KafkaListener(topics = "sales")
                void sold(String item) { System.out.println(item); }
            }
            """,
    })  # fmt: skip
    assert found.rows("source_set", "channel", "handler") == {("main", "sales", "sold")}


def test_an_annotated_wrapper_is_followed_to_its_callers(find: Find) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        FOLDER + "Sales.java": """
            package shop;
            interface Sales { void sold(Sale sale); }
            record Sale(String item) {}
            """,
        FOLDER + "KafkaSales.java": """
            package shop;
            import org.springframework.kafka.core.KafkaTemplate;
            class KafkaSales implements Sales {
                private final KafkaTemplate<String, Sale> kafka;
                KafkaSales(KafkaTemplate<String, Sale> kafka) { this.kafka = kafka; }
                @Override
                public void sold(Sale sale) { kafka.send("sales", sale); }
            }
            """,
        FOLDER + "Till.java": """
            package shop;
            class Till {
                private final Sales sales;
                Till(Sales sales) { this.sales = sales; }
                void sell(String item) { sales.sold(new Sale(item)); }
            }
            """,
    })  # fmt: skip
    assert found.rows("place", "via", "event") == {
        (FOLDER + "KafkaSales.java:8", "direct", "Sale"),
        (FOLDER + "Till.java:6", "wrapper", "Sale"),
    }


def test_a_function_that_fills_in_what_it_sends_is_no_wrapper(find: Find) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        FOLDER + "Tills.java": """
            package shop;
            import org.springframework.kafka.core.KafkaTemplate;
            class Sale {
                private String till;
                public void setTill(String till) { this.till = till; }
            }
            class Ledger {
                private final KafkaTemplate<String, Sale> kafka;
                Ledger(KafkaTemplate<String, Sale> kafka) { this.kafka = kafka; }
                void book(Sale sale) {
                    sale.setTill("main");
                    kafka.send("sales", sale);
                }
            }
            class Till {
                private final Ledger ledger;
                Till(Ledger ledger) { this.ledger = ledger; }
                void sell(Sale sale) { ledger.book(sale); }
            }
            """,
    })  # fmt: skip
    assert found.rows("place", "via") == {(FOLDER + "Tills.java:13", "direct")}


JEDIS = 'plugins { java }\ndependencies {\n    implementation("redis.clients:jedis:6.0.0")\n}\n'


@pytest.mark.parametrize(
    ("each", "handler"),
    [("book(entry);", "book"), ("Sale sale = read(entry.getFields()); book(entry.getID(), sale);", "handle")],
)
def test_a_batch_stays_with_the_function_that_takes_its_messages_apart(find: Find, each: str, handler: str) -> None:
    found = find({
        "build.gradle.kts": JEDIS,
        FOLDER + "Worker.java": f"""
            package shop;
            import java.util.List;
            import java.util.Map;
            import redis.clients.jedis.StreamEntryID;
            import redis.clients.jedis.UnifiedJedis;
            import redis.clients.jedis.params.XReadGroupParams;
            import redis.clients.jedis.resps.StreamEntry;
            class Worker {{
                private final UnifiedJedis jedis;
                Worker(UnifiedJedis jedis) {{ this.jedis = jedis; }}
                void run() {{
                    long handled = 0;
                    while (true) {{
                        List<StreamEntry> entries = next();
                        handled += handle(entries);
                        System.out.println(handled);
                    }}
                }}
                private List<StreamEntry> next() {{
                    var batches = jedis.xreadGroup("tills", "one", XReadGroupParams.xReadGroupParams(), Map.of("sales", StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
                    return flat(batches);
                }}
                private List<StreamEntry> flat(List<Map.Entry<String, List<StreamEntry>>> batches) {{ return batches.get(0).getValue(); }}
                private long handle(List<StreamEntry> entries) {{
                    for (StreamEntry entry : entries) {{
                        {each}
                    }}
                    return entries.size();
                }}
                private Sale read(Map<String, String> fields) {{ return new Sale(fields.get("item")); }}
                private void book(StreamEntry entry) {{ System.out.println(entry); }}
                private void book(StreamEntryID id, Sale sale) {{ System.out.println(sale); }}
            }}
            record Sale(String item) {{}}
            """,
    })  # fmt: skip
    assert found.rows("channel", "group", "handler") == {("sales", "tills", handler)}


STREAMS = 'plugins { java }\ndependencies {\n    implementation("org.apache.kafka:kafka-streams:3.9.1")\n}\n'


@pytest.mark.parametrize(
    ("chain", "handler"),
    [
        ("sales.filter((key, sale) -> sale != null).mapValues(this::price).to(\"prices\");", "price"),
        ("sales.peek((key, sale) -> System.out.println(sale)).foreach((key, sale) -> store(sale));", "store"),
        ("sales.join(builder.table(\"rates\"), this::rated).to(\"prices\");", "rated"),
    ],
)  # fmt: skip
def test_functions_chained_on_a_stream_handle_its_messages(find: Find, chain: str, handler: str) -> None:
    found = find({
        "build.gradle.kts": STREAMS,
        FOLDER + "Prices.java": f"""
            package shop;
            import org.apache.kafka.streams.StreamsBuilder;
            import org.apache.kafka.streams.kstream.KStream;
            class Prices {{
                void build(StreamsBuilder builder) {{
                    KStream<String, String> sales = builder.stream("sales");
                    {chain}
                }}
                private String price(String sale) {{ return sale; }}
                private String rated(String sale, String rate) {{ return sale + rate; }}
                private void store(String sale) {{ System.out.println(sale); }}
            }}
            """,
    })  # fmt: skip
    assert ("subscribe", "sales", handler) in found.rows("role", "channel", "handler")


@pytest.mark.parametrize(
    ("taken", "linked"), [("SaleMessage", True), ("Booking", True), ("String", True)]
)  # fmt: skip
def test_both_ends_have_classes_of_their_own(find: Find, taken: str, linked: bool) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        FOLDER + "Till.java": """
            package shop;
            import org.springframework.kafka.core.KafkaTemplate;
            record Sale(String item) {}
            class Till {
                private final KafkaTemplate<String, Sale> kafka;
                Till(KafkaTemplate<String, Sale> kafka) { this.kafka = kafka; }
                void sell(String item) { kafka.send("sales", new Sale(item)); }
            }
            """,
        FOLDER + "Books.java": f"""
            package shop;
            import org.springframework.kafka.annotation.KafkaListener;
            record SaleMessage(String item) {{}}
            record Booking(String item) {{}}
            class Books {{
                @KafkaListener(topics = "sales")
                void sold({taken} sale) {{ System.out.println(sale); }}
            }}
            """,
    })  # fmt: skip
    assert bool(found.flows()) is linked


def test_one_of_several_listeners_gets_what_is_of_its_type(find: Find) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        FOLDER + "Till.java": """
            package shop;
            import org.springframework.kafka.core.KafkaTemplate;
            record SaleMade(String item) {}
            record DayClosed(String day) {}
            class Till {
                private final KafkaTemplate<String, Object> kafka;
                Till(KafkaTemplate<String, Object> kafka) { this.kafka = kafka; }
                void sell(String item) { kafka.send("tills", new SaleMade(item)); }
            }
            """,
        FOLDER + "Books.java": """
            package shop;
            import org.springframework.kafka.annotation.KafkaHandler;
            import org.springframework.kafka.annotation.KafkaListener;
            @KafkaListener(topics = "tills")
            class Books {
                @KafkaHandler
                void sold(SaleMade sale) { System.out.println(sale); }
                @KafkaHandler
                void closed(DayClosed day) { System.out.println(day); }
            }
            """,
    })  # fmt: skip
    by_id = {site.id: site for site in found.sites}
    assert {by_id[flow.subscribe].event for flow in found.graph.flows} == {"SaleMade"}


def test_a_caller_of_a_wrapper_has_its_own_routing_key(find: Find) -> None:
    found = find({
        "build.gradle.kts": 'dependencies {\n    implementation("org.springframework.boot:spring-boot-starter-amqp:3.5.0")\n}\n',
        FOLDER + "Events.java": """
            package shop;
            import org.springframework.amqp.rabbit.core.RabbitTemplate;
            class Events {
                private final RabbitTemplate rabbit;
                Events(RabbitTemplate rabbit) { this.rabbit = rabbit; }
                public void publish(Sold event) { this.send("shop.sold", event); }
                public void publish(Returned event) { this.send("shop.returned", event); }
                private void send(String key, Object event) { rabbit.convertAndSend("shop", key, event); }
            }
            record Sold(String item) {}
            record Returned(String item) {}
            class Till {
                private final Events events;
                Till(Events events) { this.events = events; }
                void sell(String item) { events.publish(new Sold(item)); }
                void back(String item) { events.publish(new Returned(item)); }
            }
            """,
    })  # fmt: skip
    assert {(s.event, s.routing_key) for s in found.sites if s.via == "wrapper"} == {
        ("Sold", "shop.sold"),
        ("Returned", "shop.returned"),
    }


def test_a_generated_getter_of_injected_settings_is_looked_up(find: Find) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        "src/main/resources/application.yml": "till: {topic: sales}",
        FOLDER + "TillSettings.java": """
            package shop;
            import lombok.Data;
            import org.springframework.boot.context.properties.ConfigurationProperties;
            @Data
            @ConfigurationProperties(prefix = "till")
            public class TillSettings {
                private String topic;
            }
            """,
        FOLDER + "Till.java": """
            package shop;
            import org.springframework.kafka.core.KafkaTemplate;
            class Till {
                private final KafkaTemplate<String, String> kafka;
                private final String topic;
                Till(KafkaTemplate<String, String> kafka, TillSettings settings) {
                    this.kafka = kafka;
                    this.topic = settings.getTopic();
                }
                void sell(String item) { kafka.send(topic, item); }
            }
            """,
    })  # fmt: skip
    assert found.rows("channel") == {("sales",)}


@pytest.mark.parametrize(
    ("before", "channels"),
    [
        pytest.param("destination = session.createQueue(name);", {"returns", "parcels"}, id="in every case"),
        pytest.param(
            "if (destination == null) { destination = session.createQueue(name); }",
            {"returns", "parcels", "news"},
            id="under a condition",
        ),
    ],
)
def test_a_field_that_a_method_has_just_set_holds_that(find: Find, before: str, channels: set[str]) -> None:
    found = find({
        "build.gradle.kts": 'plugins { java }\ndependencies {\n    implementation("jakarta.jms:jakarta.jms-api:3.1.0")\n}\n',
        FOLDER + "Queues.java": f"""
            package shop;
            import jakarta.jms.Destination;
            import jakarta.jms.JMSException;
            import jakarta.jms.Session;
            class Queues {{
                private Destination destination;
                private final Session session;
                Queues(Session session) {{ this.session = session; }}
                void send(String name, String text) throws JMSException {{
                    {before}
                    session.createProducer(destination).send(session.createTextMessage(text));
                }}
                void tell(String text) throws JMSException {{
                    destination = session.createQueue("news");
                }}
            }}
            """,
        FOLDER + "Desk.java": """
            package shop;
            class Desk {
                private final Queues queues;
                Desk(Queues queues) { this.queues = queues; }
                void back(String order) throws Exception { queues.send("returns", order); }
                void out(String order) throws Exception { queues.send("parcels", order); }
            }
            """,
    })  # fmt: skip
    assert {channel for site in found.sites for channel in site.channels} == channels


@pytest.mark.parametrize(
    ("topics", "expected"),
    [
        ("#{topicNames.sales}", {"shop.sales"}),
        ("#{@topicNames.sales}", {"shop.sales"}),
        ("#{topicNames.forSales()}", {"shop.sales"}),
        ("#{refunds.name()}", {"shop.refunds"}),
        ("#{__listener.topic}", {"shop.own"}),
        ("#{topicNames.unknown}", set()),
        ("#{elsewhere.sales}", set()),
    ],
)
def test_an_expression_names_an_object_of_the_container(find: Find, topics: str, expected: set[str]) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        FOLDER + "Listener.java": f"""
            package shop;
            import org.springframework.kafka.annotation.KafkaListener;
            abstract class Named {{
                private final String topic;
                Named(String topic) {{ this.topic = topic; }}
                public String getTopic() {{ return topic; }}
            }}
            class Listener extends Named {{
                Listener() {{ super("shop.own"); }}
                @KafkaListener(topics = "{topics}")
                void sold(String item) {{ System.out.println(item); }}
            }}
            """,
        FOLDER + "TopicNames.java": """
            package shop;
            import org.springframework.stereotype.Component;
            @Component
            class TopicNames {
                private final String sales = "shop.sales";
                public String getSales() { return sales; }
                public String forSales() { return getSales(); }
            }
            """,
        FOLDER + "TopicBeans.java": """
            package shop;
            import org.apache.kafka.clients.admin.NewTopic;
            import org.springframework.context.annotation.Bean;
            import org.springframework.context.annotation.Configuration;
            import org.springframework.kafka.config.TopicBuilder;
            @Configuration
            class TopicBeans {
                @Bean
                NewTopic refunds() { return TopicBuilder.name("shop.refunds").build(); }
            }
            """,
    })  # fmt: skip
    assert {name for site in found.sites for name in site.channels} - {"*"} == expected


SALES = """
    package shop;
    public enum Sales {
        SOLD("sales.sold", 3),
        RETURNED("sales.returned", 1);
        private final String topic;
        @lombok.Getter private final int partitions;
        @lombok.Getter private final String dead;
        Sales(String topic, int partitions) { this.topic = topic; this.partitions = partitions; this.dead = topic + ".dead"; }
        public String topic() { return topic; }
        public String getTopic() { return topic; }
    """


@pytest.mark.parametrize(
    ("spoken", "said"),
    [
        ("sale.topic()", "sales.sold"),
        ("sale.getTopic()", "sales.sold"),
        ("sale.getDead()", "sales.sold.dead"),
        ("sale.name()", "SOLD"),
        ("sale.toString()", "SOLD"),
    ],
)
@pytest.mark.parametrize("given", ["kafka.send({}, item);", "send(item, Sales.SOLD);", "send(item, SOLD);"])
def test_a_constant_of_an_enum_is_built_by_its_constructor(find: Find, spoken: str, said: str, given: str) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        FOLDER + "Sales.java": SALES + "}",
        FOLDER + "Till.java": f"""
            package shop;
            import static shop.Sales.*;
            import org.springframework.kafka.core.KafkaTemplate;
            class Till {{
                private final KafkaTemplate<String, String> kafka;
                Till(KafkaTemplate<String, String> kafka) {{ this.kafka = kafka; }}
                void sell(String item) {{ {given.format(spoken.replace("sale", "Sales.SOLD"))} }}
                private void send(String item, Sales sale) {{ kafka.send({spoken}, item); }}
            }}
            """,
    })  # fmt: skip
    assert ("publish", said) in found.rows("role", "channel")


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ('@Override public String toString() { return "eu." + topic; }', "eu.sales.returned"),
        ("", "RETURNED"),
    ],
)
def test_a_constant_reads_as_its_enum_says(find: Find, method: str, said: str) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        FOLDER + "Sales.java": SALES + method + "}",
        FOLDER + "Till.java": """
            package shop;
            import org.springframework.kafka.core.KafkaTemplate;
            class Till {
                private final KafkaTemplate<String, String> kafka;
                Till(KafkaTemplate<String, String> kafka) { this.kafka = kafka; }
                void takeBack(String item) { send(Sales.RETURNED, item); }
                private void send(Sales sale, String item) { kafka.send(sale.toString(), item); }
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", said)}


@pytest.mark.parametrize("steps", [10, 35, 75])
def test_a_chain_may_be_long(find: Find, steps: int) -> None:
    middle = "".join(f'.setHeader("step", constant("{step}"))' for step in range(steps))
    found = find({
        "build.gradle.kts": BUILD.replace("org.springframework.kafka:spring-kafka:3.3.6", "org.apache.camel:camel-kafka:4.10.0"),
        FOLDER + "Sales.java": f"""
            package shop;
            import org.apache.camel.builder.RouteBuilder;
            class Sales extends RouteBuilder {{
                @Override public void configure() {{
                    from("kafka:sold").to("kafka:counted"){middle}.to("kafka:booked");
                }}
            }}
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("subscribe", "sold"), ("publish", "counted"), ("publish", "booked")}
