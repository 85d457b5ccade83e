"""Kotlin systems: blocks that run on a value, queues that an injected registry looks up, dead letters that the configuration names."""

from __future__ import annotations

import pytest

from eventlens.behaviour.policies import consumer_policy

from .conftest import Find

CLIENTS = 'plugins { kotlin("jvm") }\ndependencies {\n    implementation("org.apache.kafka:kafka-clients:3.9.1")\n}\n'
SQS = 'plugins { kotlin("jvm") }\ndependencies {\n    implementation("io.awspring.cloud:spring-cloud-aws-starter-sqs:3.3.0")\n    implementation("software.amazon.awssdk:sqs:2.31.40")\n}\n'
FOLDER = "src/main/kotlin/shop/"


@pytest.mark.parametrize(
    "made",
    [
        'KafkaConsumer<String, String>(props).apply { subscribe(listOf("sales")) }',
        'KafkaConsumer<String, String>(props).also { it.subscribe(listOf("sales")) }',
        'KafkaConsumer<String, String>(props).run { subscribe(listOf("sales")); this }',
    ],
)
def test_a_block_subscribes_on_the_value_that_it_runs_on(find: Find, made: str) -> None:
    found = find({
        "build.gradle.kts": CLIENTS,
        FOLDER + "Books.kt": f"""
            package shop
            import org.apache.kafka.clients.consumer.ConsumerConfig
            import org.apache.kafka.clients.consumer.KafkaConsumer
            import java.time.Duration
            import java.util.Properties
            fun main() {{
                val props = Properties()
                props[ConsumerConfig.GROUP_ID_CONFIG] = "books"
                val consumer = {made}
                consumer.use {{
                    while (true) {{
                        consumer.poll(Duration.ofSeconds(1)).forEach {{ record -> book(record.value()) }}
                    }}
                }}
            }}
            fun book(sale: String) = println(sale)
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "group", "handler") == {("subscribe", "sales", "books", "book")}


def test_what_a_block_gives_is_what_the_call_gives(find: Find) -> None:
    found = find({
        "build.gradle.kts": CLIENTS,
        FOLDER + "Till.kt": """
            package shop
            import org.apache.kafka.clients.producer.KafkaProducer
            import org.apache.kafka.clients.producer.ProducerRecord
            class Till(private val producer: KafkaProducer<String, String>) {
                fun sell(item: String) {
                    val topic = "shop".let { "$it.sales" }
                    producer.send(ProducerRecord(topic, item))
                }
            }
            """,
    })  # fmt: skip
    assert found.rows("channel") == {("shop.sales",)}


REGISTRY = """
    package shop
    import com.example.queues.Queues
    import software.amazon.awssdk.services.sqs.model.SendMessageRequest
    class Till(private val queues: Queues) {
        private val sales by lazy { queues.find("sales") ?: throw IllegalStateException("no queue") }
        fun sell(item: String) {
            sales.client.sendMessage(SendMessageRequest.builder().queueUrl(sales.url).messageBody(item).build())
        }
    }
    """


def test_a_queue_is_known_by_the_name_with_which_a_registry_is_asked_for_it(find: Find) -> None:
    found = find({
        "build.gradle.kts": SQS,
        FOLDER + "Till.kt": REGISTRY,
        FOLDER + "Books.kt": """
            package shop
            import io.awspring.cloud.sqs.annotation.SqsListener
            class Books {
                @SqsListener("sales")
                fun sold(item: String) = println(item)
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "broker", "channel") == {("publish", "sqs", "sales"), ("subscribe", "sqs", "sales")}
    assert len(found.graph.flows) == 1


@pytest.mark.parametrize(
    ("yaml", "dead"),
    [
        ("queues: {sales: {url: x, dlq-name: sales-dead}}", "sales-dead"),
        ("queues: {till: {queueName: sales, deadLetterQueue: sales-dead}}", "sales-dead"),
        ("queues: {returns: {queueName: returns, dlqName: returns-dead}}", None),
        ("queues: {sales: {dlqName: ''}}", None),
    ],
)
def test_the_configuration_names_a_dead_letter_queue_beside_the_queue(find: Find, yaml: str, dead: str | None) -> None:
    found = find({
        "build.gradle.kts": SQS,
        "src/main/resources/application.yml": yaml,
        FOLDER + "Books.kt": """
            package shop
            import io.awspring.cloud.sqs.annotation.SqsListener
            class Books {
                @SqsListener("sales")
                fun sold(item: String) = println(item)
            }
            """,
    })  # fmt: skip
    [(node, _)] = found.graph.nodes
    known = consumer_policy(found.graph, node).dead_letter
    assert (known.channel if known is not None else None) == dead


@pytest.mark.parametrize(
    ("spoken", "said"),
    [
        ("sale.topic", "sales.sold"),
        ("sale.name", "SOLD"),
        ("sale.dead()", "sales.sold.dead"),
        ("sale.toString()", "SOLD"),
    ],
)
def test_a_constant_of_an_enum_is_built_by_its_constructor(find: Find, spoken: str, said: str) -> None:
    found = find({
        "build.gradle.kts": CLIENTS,
        FOLDER + "Till.kt": f"""
            package shop
            import org.apache.kafka.clients.producer.KafkaProducer
            import org.apache.kafka.clients.producer.ProducerRecord
            enum class Sale(val topic: String) {{
                SOLD("sales.sold"), RETURNED("sales.returned");
                fun dead(): String = "$topic.dead"
            }}
            class Till(private val producer: KafkaProducer<String, String>) {{
                fun sell(item: String) = send(Sale.SOLD, item)
                private fun send(sale: Sale, item: String) {{
                    producer.send(ProducerRecord({spoken}, item)).get()
                }}
            }}
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", said)}


@pytest.mark.parametrize("imported", ["shop.events.Noted.Companion.noted", "shop.events.*"])
def test_extensions_that_are_members_of_a_class_say_what_is_published(find: Find, imported: str) -> None:
    found = find({
        "build.gradle.kts": 'plugins { kotlin("jvm") }\ndependencies {\n    implementation("org.springframework:spring-context:6.2.7")\n}\n',
        FOLDER + "events/Noted.kt": """
            package shop.events
            import shop.Note
            data class Noted(val id: String, val why: String) {
                companion object {
                    fun Note.noted(why: String): Noted = Noted(id, why)
                }
            }
            """,
        FOLDER + "Note.kt": "package shop\nclass Note(val id: String)\nclass Dropped(val id: String)\n",
        FOLDER + "Notes.kt": f"""
            package shop
            import com.acme.Store
            import org.springframework.context.ApplicationEventPublisher
            import {imported}
            class Notes(private val publisher: ApplicationEventPublisher, private val store: Store<Note>) {{
                fun added(note: Note) = publisher.publishEvent(note.noted("added"))
                fun found() = store.find().forEach {{ publisher.publishEvent(it.noted("found")) }}
                fun dropped(note: Note) = publisher.publishEvent(note.asDropped())
                private fun Note.asDropped() = Dropped(id)
            }}
            """,
    })  # fmt: skip
    assert found.rows("line", "channel") == {(7, "Noted"), (8, "Noted"), (9, "Dropped")}
