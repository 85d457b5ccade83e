"""Java texts for the generated workspace. A file declares several public classes, which the compiler would ask to be files of their own."""

from __future__ import annotations

from collections.abc import Iterator

_FOLDER = "libs/shop-messaging-java/src/main/java/com/shop/messaging"
_POM = """<project><modelVersion>4.0.0</modelVersion><groupId>com.shop</groupId><artifactId>{name}</artifactId><version>1.0</version>
<dependencies>
<dependency><groupId>org.springframework.kafka</groupId><artifactId>spring-kafka</artifactId></dependency>
<dependency><groupId>org.springframework.amqp</groupId><artifactId>spring-rabbit</artifactId></dependency>
</dependencies></project>
"""
SHARED = {
    "libs/shop-messaging-java/pom.xml": _POM.format(name="shop-messaging-java"),
    f"{_FOLDER}/Topics.java": """package com.shop.messaging;

public final class Topics {
    public static final String ORDERS = "shop.orders";
    public static final String INVOICES = "shop.invoices";
}
""",
    f"{_FOLDER}/EventPublisher.java": """package com.shop.messaging;

import org.springframework.kafka.core.KafkaTemplate;

public class EventPublisher {
    private final KafkaTemplate<String, Object> template;

    public EventPublisher(KafkaTemplate<String, Object> template) {
        this.template = template;
    }

    public void publishEvent(String topic, String key, Object payload) {
        template.send(topic, key, payload);
    }
}
""",
}


def service_files(name: str) -> Iterator[tuple[str, str]]:
    """Manifest and configuration of one service."""
    folder = f"services/{name}"
    yield f"{folder}/pom.xml", _POM.format(name=name)
    yield (
        f"{folder}/src/main/resources/application.properties",
        f"spring.application.name={name}\norders.topic={name}.orders\n",
    )
    yield f"{folder}/Dockerfile", "FROM eclipse-temurin:21\nCOPY target/app.jar /app.jar\n"


def package_of(service: str, module: str) -> str:
    """The package of a module."""
    return f"com.shop.{service.replace('-', '_')}.{module.partition('/')[0]}"


HEADER = """
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
"""

PLAIN = (
    """
public class @Noun@Calculation@n@ {
    private static final BigDecimal LIMIT = BigDecimal.valueOf(@m@);

    private final List<BigDecimal> amounts = new ArrayList<>();
    private final String currency;

    public @Noun@Calculation@n@(String currency) {
        this.currency = currency;
    }

    /** Adds up one @noun@ as the @service@ sees it. */
    public BigDecimal @verb@(BigDecimal price, int quantity) {
        if (quantity <= 0 || price.signum() < 0) {
            throw new IllegalArgumentException("a @noun@ needs a quantity and a price");
        }
        BigDecimal amount = price.multiply(BigDecimal.valueOf(quantity));
        amounts.add(amount);
        return amounts.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    public String handle(String identifier) {
        boolean above = amounts.stream().anyMatch(amount -> amount.compareTo(LIMIT) > 0);
        return above ? identifier + " is above the limit in " + currency : identifier.strip().toUpperCase();
    }
}
""",
    """
public class @Noun@Repository@n@ {
    private final Map<String, Row> rows = new HashMap<>();

    public String handle(String identifier) {
        Row row = rows.get(identifier);
        return row == null ? "" : row.state;
    }

    public void @verb@(String identifier, String state) {
        Row known = rows.get(identifier);
        if (known == null) {
            rows.put(identifier, new Row(1, state));
            return;
        }
        try {
            known.version += 1;
            known.state = state;
            known.changed = Instant.now();
        } catch (RuntimeException error) {
            throw new IllegalStateException("@verb@ of @noun@ " + identifier + " failed", error);
        }
    }

    private static final class Row {
        private int version;
        private String state;
        private Instant changed = Instant.EPOCH;

        private Row(int version, String state) {
            this.version = version;
            this.state = state;
        }
    }
}
""",
)

SITES = (
    (
        "import org.springframework.kafka.core.KafkaTemplate;",
        """
public class @Noun@Announcer@n@ {
    private final KafkaTemplate<String, Map<String, Object>> template;

    public @Noun@Announcer@n@(KafkaTemplate<String, Map<String, Object>> template) {
        this.template = template;
    }

    public String announce(String identifier) {
        template.send("@noun@-events", identifier, Map.of("type", "@Noun@Created", "id", identifier));
        return identifier;
    }
}
""",
    ),
    (
        "import org.springframework.kafka.annotation.KafkaListener;",
        """
public class @Noun@Follower@n@ {
    private final Map<String, Integer> seen = new HashMap<>();

    @KafkaListener(topics = "@noun@-events", groupId = "@service@")
    public void onEvent(Map<String, Object> event) {
        seen.merge(String.valueOf(event.get("id")), 1, Integer::sum);
    }

    public String follow(String identifier) {
        return identifier + seen.getOrDefault(identifier, 0);
    }
}
""",
    ),
    (
        "import org.springframework.amqp.rabbit.core.RabbitTemplate;",
        """
public class @Noun@Courier@n@ {
    private final RabbitTemplate rabbit;

    public @Noun@Courier@n@(RabbitTemplate rabbit) {
        this.rabbit = rabbit;
    }

    public String deliver(String identifier) {
        rabbit.convertAndSend("@noun@s", "@noun@.@verb@", Map.of("id", identifier));
        return identifier;
    }
}
""",
    ),
    (
        "import com.shop.messaging.EventPublisher;\nimport com.shop.messaging.Topics;",
        """
public class @Noun@Notifier@n@ {
    private final EventPublisher publisher;

    public @Noun@Notifier@n@(EventPublisher publisher) {
        this.publisher = publisher;
    }

    public String notifyOf(String identifier) {
        publisher.publishEvent(Topics.ORDERS, identifier, Map.of("type", "@Noun@@Verb@", "id", identifier));
        return identifier;
    }
}
""",
    ),
)
