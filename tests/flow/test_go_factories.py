# ruff: noqa: E101  (Go is indented with tabs)
"""Objects of Go whose fields are set after they are made."""

from __future__ import annotations

from flow.conftest import Find

_MODULE = "module example.com/shop\n\ngo 1.22\n\nrequire github.com/segmentio/kafka-go v0.4.47\n"
_CONFIG = """
    package config

    import "os"

    type Config struct {
    	Enabled bool
    	Topic   string
    }

    func Load() Config {
    	return Config{Enabled: os.Getenv("KAFKA_ENABLED") == "true", Topic: "inventory"}
    }
    """
_MAIN = """
    package main

    import (
    	"context"

    	"example.com/shop/config"
    	"example.com/shop/events"
    )

    func main() {
    	publisher := events.NewPublisher(config.Load())
    	_ = publisher.Publish(context.Background(), []byte("counted"))
    }
    """


def test_a_field_that_the_maker_of_the_object_sets_later(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "config/config.go": _CONFIG,
        "main.go": _MAIN,
        "events/publisher.go": """
            package events

            import (
            	"context"

            	"example.com/shop/config"
            	"github.com/segmentio/kafka-go"
            )

            type Publisher struct {
            	enabled bool
            	writer  *kafka.Writer
            }

            func NewPublisher(cfg config.Config) *Publisher {
            	p := &Publisher{enabled: cfg.Enabled}
            	if !cfg.Enabled {
            		return p
            	}
            	p.writer = &kafka.Writer{Topic: cfg.Topic}
            	return p
            }

            func (p *Publisher) Publish(ctx context.Context, body []byte) error {
            	if !p.enabled || p.writer == nil {
            		return nil
            	}
            	return p.writer.WriteMessages(ctx, kafka.Message{Value: body})
            }
            """,
    })  # fmt: skip
    assert {channel for (channel,) in found.rows("channel")} == {"inventory"}


def test_readers_that_the_maker_of_the_object_sets_later(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "events/consumer.go": """
            package events

            import (
            	"context"

            	"github.com/segmentio/kafka-go"
            )

            type Consumer struct {
            	orders   *kafka.Reader
            	products *kafka.Reader
            }

            func NewConsumer(brokers []string) *Consumer {
            	c := &Consumer{}
            	c.orders = kafka.NewReader(kafka.ReaderConfig{Brokers: brokers, Topic: "orders", GroupID: "stock"})
            	c.products = kafka.NewReader(kafka.ReaderConfig{Brokers: brokers, Topic: "products", GroupID: "stock"})
            	return c
            }

            func (c *Consumer) Run(ctx context.Context) {
            	go c.read(ctx, c.products, c.onProduct)
            	c.read(ctx, c.orders, c.onOrder)
            }

            func (c *Consumer) read(ctx context.Context, reader *kafka.Reader, handle func(context.Context, kafka.Message)) {
            	for {
            		message, err := reader.ReadMessage(ctx)
            		if err != nil {
            			return
            		}
            		handle(ctx, message)
            	}
            }

            func (c *Consumer) onOrder(ctx context.Context, message kafka.Message) { println(string(message.Value)) }

            func (c *Consumer) onProduct(ctx context.Context, message kafka.Message) { println(string(message.Key)) }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "handler") == {
        ("subscribe", "orders", "onOrder"),
        ("subscribe", "products", "onProduct"),
    }


def test_what_another_object_is_given_says_nothing(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "events/publisher.go": """
            package events

            import (
            	"context"

            	"github.com/segmentio/kafka-go"
            )

            type Audit struct{ writer *kafka.Writer }

            type Publisher struct{ writer *kafka.Writer }

            func New(writer *kafka.Writer) (*Publisher, *Audit) {
            	p := &Publisher{}
            	a := &Audit{}
            	a.writer = &kafka.Writer{Topic: "audit"}
            	p.writer = writer
            	return p, a
            }

            func (p *Publisher) Publish(ctx context.Context, body []byte) error {
            	return p.writer.WriteMessages(ctx, kafka.Message{Value: body})
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", None)}


def _consumer(fallback: str) -> dict[str, str]:
    return {
        "go.mod": _MODULE,
        "config/config.go": f"""
            package config

            import (
            	"os"
            	"strings"
            )

            type Config struct {{ Topic string }}

            func Load() Config {{
            	return Config{{Topic: getEnv("ORDERS_TOPIC", {fallback})}}
            }}

            func getEnv(key, fallback string) string {{
            	if value := strings.TrimSpace(os.Getenv(key)); value != "" {{
            		return value
            	}}
            	return fallback
            }}
            """,
        "main.go": """
            package main

            import (
            	"context"

            	"example.com/shop/config"
            	"example.com/shop/events"
            )

            func main() { events.NewConsumer(config.Load()).Run(context.Background()) }
            """,
        "events/consumer.go": """
            package events

            import (
            	"context"

            	"example.com/shop/config"
            	"github.com/segmentio/kafka-go"
            )

            type Consumer struct{ reader *kafka.Reader }

            func NewConsumer(cfg config.Config) *Consumer {
            	return &Consumer{reader: kafka.NewReader(kafka.ReaderConfig{GroupID: "billing", Topic: cfg.Topic})}
            }

            func (c *Consumer) Run(ctx context.Context) { c.poll(ctx, c.reader) }

            func (c *Consumer) poll(ctx context.Context, reader *kafka.Reader) {
            	for {
            		message, err := reader.ReadMessage(ctx)
            		if err != nil {
            			return
            		}
            		println(string(message.Key))
            	}
            }
            """,
    }


def test_what_stands_in_for_a_variable_that_nothing_sets_is_the_name(find: Find) -> None:
    assert find(_consumer('"orders"')).rows("channels") == {(("orders",),)}


def test_a_variable_that_nothing_sets_and_nothing_stands_in_for_stays_open(find: Find) -> None:
    assert find(_consumer("key")).rows("channels") != {(("orders",),)}
