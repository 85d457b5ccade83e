# ruff: noqa: E101  (Go is indented with tabs)
"""Packages of Go that are not called like their folders."""

from __future__ import annotations

from flow.conftest import Find

_MODULE = "module example.com/shop\n\ngo 1.22\n\nrequire github.com/segmentio/kafka-go v0.4.47\n"
_PUBLISHER = """
    package publisher

    import (
    	"context"

    	"github.com/segmentio/kafka-go"
    )

    type Config struct {
    	Topic string
    }

    type Publisher struct {
    	writer *kafka.Writer
    }

    func New(config Config) *Publisher {
    	return &Publisher{writer: &kafka.Writer{Topic: config.Topic}}
    }

    func (p *Publisher) Publish(ctx context.Context, body []byte) error {
    	return p.writer.WriteMessages(ctx, kafka.Message{Value: body})
    }
    """


def test_a_package_is_called_what_its_files_say(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "infrastructure/kafka/publisher.go": _PUBLISHER,
        "main.go": """
            package main

            import (
            	"context"

            	"example.com/shop/infrastructure/kafka"
            )

            func main() {
            	orders := publisher.New(publisher.Config{Topic: "orders"})
            	_ = orders.Publish(context.Background(), []byte("placed"))
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "file") == {
        ("publish", "orders", "infrastructure/kafka/publisher.go"),
        ("publish", "orders", "main.go"),
    }


def test_a_folder_called_like_a_library_does_not_hide_it(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "infrastructure/kafka/publisher.go": _PUBLISHER,
        "main.go": """
            package main

            import (
            	"context"

            	"example.com/shop/infrastructure/kafka"
            	"github.com/segmentio/kafka-go"
            )

            func main() {
            	orders := publisher.New(publisher.Config{Topic: "orders"})
            	_ = orders.Publish(context.Background(), []byte("placed"))
            	reader := kafka.NewReader(kafka.ReaderConfig{GroupID: "billing", Topic: "payments"})
            	for {
            		message, err := reader.ReadMessage(context.Background())
            		if err != nil {
            			return
            		}
            		println(string(message.Value))
            	}
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "file") == {
        ("publish", "orders", "infrastructure/kafka/publisher.go"),
        ("publish", "orders", "main.go"),
        ("subscribe", "payments", "main.go"),
    }


def test_a_package_that_the_import_names_is_called_so(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "infrastructure/kafka/publisher.go": _PUBLISHER,
        "main.go": """
            package main

            import (
            	"context"

            	events "example.com/shop/infrastructure/kafka"
            	"example.com/shop/publisher"
            )

            func main() {
            	orders := events.New(events.Config{Topic: "orders"})
            	_ = orders.Publish(context.Background(), []byte("placed"))
            	_ = publisher.New(publisher.Config{Topic: "letters"}).Publish(context.Background(), []byte("printed"))
            }
            """,
        "publisher/press.go": """
            package publisher

            import "context"

            type Config struct{ Topic string }

            type Press struct{ topic string }

            func New(config Config) *Press { return &Press{topic: config.Topic} }

            func (p *Press) Publish(ctx context.Context, body []byte) error { return nil }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "file") == {
        ("publish", "orders", "infrastructure/kafka/publisher.go"),
        ("publish", "orders", "main.go"),
    }
