# ruff: noqa: E101  (Go is indented with tabs)
"""Channels that an event names itself: whoever hands on the event decides."""

from __future__ import annotations

from flow.conftest import Find

_GO = {
    "go.mod": "module example.com/shop\n\ngo 1.22\n\nrequire github.com/segmentio/kafka-go v0.4.47\n",
    "events/events.go": """
        package events

        type Event interface{ GetName() string }

        type Placed struct{ Name string }

        func NewPlaced() *Placed { return &Placed{Name: "placed"} }

        func (e *Placed) GetName() string { return e.Name }

        type Paid struct{ Name string }

        func NewPaid() *Paid { return &Paid{Name: "paid"} }

        func (e *Paid) GetName() string { return e.Name }
        """,
    "events/emitter.go": """
        package events

        import (
        	"context"

        	"github.com/segmentio/kafka-go"
        )

        type Emitter struct{ writer *kafka.Writer }

        func (m *Emitter) Emit(event Event) error {
        	topic := event.GetName()
        	return m.writer.WriteMessages(context.Background(), kafka.Message{Topic: topic, Value: []byte(topic)})
        }
        """,
}
_JAVA = {
    "pom.xml": """
        <project><modelVersion>4.0.0</modelVersion><groupId>shop</groupId><artifactId>shop</artifactId><version>1</version>
        <dependencies><dependency><groupId>org.springframework.kafka</groupId><artifactId>spring-kafka</artifactId><version>3.2.0</version></dependency></dependencies>
        </project>
        """,
    "src/main/java/shop/DomainEvent.java": "package shop;\npublic interface DomainEvent { String topic(); }\n",
    "src/main/java/shop/Placed.java": 'package shop;\npublic record Placed(String id) implements DomainEvent { public String topic() { return "order.placed"; } }\n',
    "src/main/java/shop/Paid.java": 'package shop;\npublic record Paid(String id) implements DomainEvent { public String topic() { return "order.paid"; } }\n',
    "src/main/java/shop/Publisher.java": """
        package shop;
        import org.springframework.kafka.core.KafkaTemplate;
        public class Publisher {
          private final KafkaTemplate<String, DomainEvent> template;
          public Publisher(KafkaTemplate<String, DomainEvent> template) { this.template = template; }
          public void publish(DomainEvent event) { template.send(event.topic(), event); }
        }
        """,
}


def test_the_event_that_is_handed_on_names_the_channel(find: Find) -> None:
    found = find({
        **_GO,
        "orders/place.go": """
            package orders

            import "example.com/shop/events"

            type EventEmitter interface{ Emit(event events.Event) error }

            type Orders struct{ emitter EventEmitter }

            func (o *Orders) Place() error { return o.emitter.Emit(events.NewPlaced()) }
            """,
        "orders/pay.go": """
            package orders

            import "example.com/shop/events"

            func (o *Orders) Pay() error {
            	paid := events.NewPaid()
            	return o.emitter.Emit(paid)
            }
            """,
    })  # fmt: skip
    assert found.rows("file", "channel") == {("orders/place.go", "placed"), ("orders/pay.go", "paid")}


def test_events_of_records(find: Find) -> None:
    found = find({
        **_JAVA,
        "src/main/java/shop/Orders.java": """
            package shop;
            public class Orders {
              private final Publisher publisher;
              public Orders(Publisher publisher) { this.publisher = publisher; }
              public void place(String id) { publisher.publish(new Placed(id)); }
            }
            """,
        "src/main/java/shop/Payments.java": """
            package shop;
            public class Payments {
              private final Publisher publisher;
              public Payments(Publisher publisher) { this.publisher = publisher; }
              public void pay(String id) { Paid paid = new Paid(id); publisher.publish(paid); }
            }
            """,
    })  # fmt: skip
    assert found.rows("file", "channel") == {
        ("src/main/java/shop/Orders.java", "order.placed"),
        ("src/main/java/shop/Payments.java", "order.paid"),
    }


def test_an_event_of_any_type_may_go_to_the_channel_of_each(find: Find) -> None:
    found = find({
        **_JAVA,
        "src/main/java/shop/Replay.java": """
            package shop;
            import java.util.List;
            public class Replay {
              private final Publisher publisher;
              public Replay(Publisher publisher) { this.publisher = publisher; }
              public void first(String id) {
                publisher.publish(new Placed(id));
                publisher.publish(new Paid(id));
              }
              public void all(List<DomainEvent> events) {
                for (DomainEvent event : events) {
                  publisher.publish(event);
                }
              }
            }
            """,
    })  # fmt: skip
    assert found.rows("place", "channels") == {
        ("src/main/java/shop/Replay.java:8", ("order.placed",)),
        ("src/main/java/shop/Replay.java:9", ("order.paid",)),
        ("src/main/java/shop/Replay.java:13", ("order.paid", "order.placed")),
    }
