"""Kotlin texts for the generated workspace."""

from __future__ import annotations

from collections.abc import Iterator

_FOLDER = "libs/shop-messaging-kotlin/src/main/kotlin/com/shop/bus"
_BUILD = """plugins {
    kotlin("jvm") version "2.0.0"
}

dependencies {
    implementation("org.springframework.kafka:spring-kafka:3.2.0")
    implementation("org.springframework.amqp:spring-rabbit:3.1.0")
}
"""
SHARED = {
    "libs/shop-messaging-kotlin/build.gradle.kts": _BUILD,
    f"{_FOLDER}/Topics.kt": """package com.shop.bus

object Topics {
    const val ORDERS = "shop.orders"
    const val INVOICES = "shop.invoices"
}
""",
    f"{_FOLDER}/EventBus.kt": """package com.shop.bus

import org.springframework.kafka.core.KafkaTemplate

class EventBus(private val template: KafkaTemplate<String, Any>) {
    fun publishEvent(topic: String, key: String, payload: Any) {
        template.send(topic, key, payload)
    }
}
""",
}


def service_files(name: str) -> Iterator[tuple[str, str]]:
    """Manifest and configuration of one service."""
    folder = f"services/{name}"
    yield f"{folder}/build.gradle.kts", _BUILD
    yield f"{folder}/src/main/resources/application.yml", f"spring:\n  application:\n    name: {name}\n"
    yield f"{folder}/Dockerfile", "FROM eclipse-temurin:21\nCOPY build/libs/app.jar /app.jar\n"


HEADER = """
import java.math.BigDecimal
import java.time.Instant
"""

PLAIN = (
    """
data class @Noun@Line@n@(val reference: String, val price: BigDecimal, val quantity: Int = 1, val notes: String? = null)

class @Noun@Calculation@n@(private val currency: String = "EUR") {
    private val lines = mutableListOf<@Noun@Line@n@>()

    /** Adds up one @noun@ as the @service@ sees it. */
    fun @verb@(line: @Noun@Line@n@): BigDecimal {
        require(line.quantity > 0) { "a @noun@ needs a quantity" }
        lines += line
        return lines.sumOf { it.price.multiply(BigDecimal(it.quantity)) }
    }

    fun handle(identifier: String): String =
        if (lines.any { it.price > BigDecimal(@m@) }) "$identifier is above the limit in $currency" else identifier.trim().uppercase()
}
""",
    """
class @Noun@Repository@n@ {
    private data class Row(val version: Int, val state: String, val changed: Instant = Instant.EPOCH)

    private val rows = mutableMapOf<String, Row>()

    fun handle(identifier: String): String = rows[identifier]?.state ?: ""

    fun @verb@(identifier: String, state: String) {
        val known = rows[identifier]
        try {
            rows[identifier] = known?.copy(version = known.version + 1, state = state, changed = Instant.now()) ?: Row(1, state)
        } catch (error: RuntimeException) {
            throw IllegalStateException("@verb@ of @noun@ $identifier failed", error)
        }
    }
}
""",
)

SITES = (
    (
        "import org.springframework.kafka.core.KafkaTemplate",
        """
class @Noun@Announcer@n@(private val template: KafkaTemplate<String, Map<String, Any>>) {
    fun announce(identifier: String): String {
        template.send("@noun@-events", identifier, mapOf("type" to "@Noun@Created", "id" to identifier))
        return identifier
    }
}
""",
    ),
    (
        "import org.springframework.kafka.annotation.KafkaListener",
        """
class @Noun@Follower@n@ {
    private val seen = mutableMapOf<String, Int>()

    @KafkaListener(topics = ["@noun@-events"], groupId = "@service@")
    fun onEvent(event: Map<String, Any>) {
        seen.merge(event["id"].toString(), 1, Int::plus)
    }

    fun follow(identifier: String): String = "$identifier ${seen[identifier] ?: 0}"
}
""",
    ),
    (
        "import org.springframework.amqp.rabbit.core.RabbitTemplate",
        """
class @Noun@Courier@n@(private val rabbit: RabbitTemplate) {
    fun deliver(identifier: String): String {
        rabbit.convertAndSend("@noun@s", "@noun@.@verb@", mapOf("id" to identifier))
        return identifier
    }
}
""",
    ),
    (
        "import com.shop.bus.EventBus\nimport com.shop.bus.Topics",
        """
class @Noun@Notifier@n@(private val bus: EventBus) {
    fun notifyOf(identifier: String): String {
        bus.publishEvent(Topics.ORDERS, identifier, mapOf("type" to "@Noun@@Verb@", "id" to identifier))
        return identifier
    }
}
""",
    ),
)
