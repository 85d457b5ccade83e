"""Where nothing is offered for Java and Kotlin: what would be written does not compile there, or would not mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from .proving import Analysed

BOOT = 'dependencies { implementation("org.springframework.boot:spring-boot-starter-jdbc:3.5.0")\n'
KAFKA = BOOT + 'implementation("org.springframework.kafka:spring-kafka:3.3.6") }\n'
SENDER = """package a;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.core.KafkaTemplate;

class Sender {{
    {logger}
    private final KafkaTemplate<String, String> kafka;

    Sender(KafkaTemplate<String, String> kafka) {{
        this.kafka = kafka;
    }}

    {body}
}}
"""
LOGGER = "private static final Logger log = LoggerFactory.getLogger(Sender.class);"
LISTENER = """package a;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.stereotype.Component;

@Component
class Listener {
    private final JdbcTemplate jdbc;

    Listener(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    @KafkaListener(topics = "passages", groupId = "toll")
    void passed(String plate) {
        jdbc.update("UPDATE vehicles SET passages = 1 WHERE plate = ?", plate);
    }
}
"""


def offered(root: Path, rule: str, files: dict[str, str]) -> list[str]:
    """The fixes for the one finding of a rule, the one that only silences left out."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    found = Analysed(root)
    (finding,) = found.of_rule(rule)
    return [one.fix for one in found.proposals(finding) if one.fix != "ignore"]


@pytest.mark.parametrize(
    ("build", "logger", "body", "fixes"),
    [
        (KAFKA, LOGGER, 'void f() { kafka.send("a", ""); }', ["await-publish"]),
        (KAFKA.replace("3.", "2."), LOGGER, 'void f() { kafka.send("a", ""); }', []),
        (KAFKA.replace("3.", "2."), "", 'void f() throws Exception { kafka.send("a", ""); }', ["await-publish"]),
        (KAFKA, LOGGER, 'void f() { try { kafka.send("a", ""); } catch (RuntimeException e) { log.warn("a", e); } }', ["log-failed-publish"]),
        (KAFKA, "", 'void f() { try { kafka.send("a", ""); } catch (RuntimeException e) { g(); } }', []),
        (KAFKA, "private final Logger log = LoggerFactory.getLogger(Sender.class);", 'static void f(KafkaTemplate<String, String> kafka) { try { kafka.send("a", ""); } catch (RuntimeException e) { g(); } }', []),
        (KAFKA, "private final Logger log = LoggerFactory.getLogger(Sender.class);", 'static class Own { KafkaTemplate<String, String> kafka; void f() { try { kafka.send("a", ""); } catch (RuntimeException e) { g(); } } }', []),
        (KAFKA, "private final Logger log = LoggerFactory.getLogger(Sender.class);", 'class Own { KafkaTemplate<String, String> kafka; void f() { try { kafka.send("a", ""); } catch (RuntimeException e) { g(); } } }', ["log-failed-publish"]),
        (KAFKA, LOGGER, 'static class Own { KafkaTemplate<String, String> kafka; void f() { try { kafka.send("a", ""); } catch (RuntimeException e) { g(); } } }', ["log-failed-publish"]),
    ],
)  # fmt: skip
def test_a_dropped_publish(build: str, logger: str, body: str, fixes: list[str], tmp_path: Path) -> None:
    files = {"build.gradle.kts": build, "src/main/java/a/Sender.java": SENDER.format(logger=logger, body=body)}
    assert offered(tmp_path, "unawaited-publish", files) == fixes


@pytest.mark.parametrize(
    ("others", "fixes"),
    [
        ({}, ["dead-letter"]),
        ({"src/main/resources/application.properties": "spring.kafka.consumer.value-deserializer=a.JsonDeserializer"}, []),
        ({"src/main/resources/application.properties": "spring.kafka.consumer.value-deserializer=a.JsonDeserializer\nspring.kafka.producer.value-serializer=a.JsonSerializer"}, ["dead-letter"]),
        ({"src/main/java/a/Two.java": "class Two { Object a() { return new KafkaTemplate<String, String>(x); } Object b() { return new KafkaTemplate<String, Long>(y); } }"}, []),
        ({"src/main/java/a/Own.java": "class Own implements org.springframework.kafka.listener.CommonErrorHandler { }"}, []),
        ({"build.gradle.kts": 'dependencies { implementation("org.springframework.kafka:spring-kafka:3.3.6") }'}, []),
    ],
)  # fmt: skip
def test_a_listener_without_dead_letters(others: dict[str, str], fixes: list[str], tmp_path: Path) -> None:
    files = {"build.gradle.kts": KAFKA, "src/main/java/a/Listener.java": LISTENER, **others}
    assert offered(tmp_path, "no-dead-letter-queue", files) == fixes
