"""Go texts for the generated workspace: one module, a package for each area of a service."""

from __future__ import annotations

from collections.abc import Iterator

SHARED = {
    "go.mod": "module example.com/shop\n\ngo 1.22\n\nrequire (\n\tgithub.com/segmentio/kafka-go v0.4.47\n\tgithub.com/rabbitmq/amqp091-go v1.10.0\n)\n",
    "pkg/messaging/topics.go": 'package messaging\n\nconst (\n\tOrders   = "shop.orders"\n\tInvoices = "shop.invoices"\n)\n',
    "pkg/messaging/publisher.go": """package messaging

import (
	"context"
	"encoding/json"

	"github.com/segmentio/kafka-go"
)

type EventPublisher struct {
	writer *kafka.Writer
}

func NewEventPublisher(servers string) *EventPublisher {
	return &EventPublisher{writer: &kafka.Writer{Addr: kafka.TCP(servers)}}
}

func (p *EventPublisher) PublishEvent(ctx context.Context, topic string, key string, payload any) error {
	value, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	return p.writer.WriteMessages(ctx, kafka.Message{Topic: topic, Key: []byte(key), Value: value})
}
""",
}


def service_files(name: str) -> Iterator[tuple[str, str]]:
    """Configuration of one service."""
    folder = f"services/{name}"
    yield f"{folder}/.env", f"ORDERS_TOPIC={name}.orders\nAMQP_URL=amqp://localhost\n"
    yield f"{folder}/Dockerfile", f"FROM golang:1.22\nRUN go build -o /app ./services/{name}\n"


HEADER = """
import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)
"""

PLAIN = (
    """
// @Noun@Calculation@n@ adds up one @noun@ as the @service@ sees it.
type @Noun@Calculation@n@ struct {
	currency string
	amounts  []int64
}

func New@Noun@Calculation@n@(currency string) *@Noun@Calculation@n@ {
	return &@Noun@Calculation@n@{currency: currency}
}

func (c *@Noun@Calculation@n@) Add(price int64, quantity int) (int64, error) {
	if quantity <= 0 || price < 0 {
		return 0, fmt.Errorf("a @noun@ needs a quantity and a price: %d × %d", quantity, price)
	}
	c.amounts = append(c.amounts, price*int64(quantity))
	var total int64
	for _, amount := range c.amounts {
		total += amount
	}
	return total, nil
}

func (c *@Noun@Calculation@n@) Handle(ctx context.Context, identifier string) error {
	for _, amount := range c.amounts {
		if amount > @m@ {
			return errors.New(identifier + " is above the limit in " + c.currency)
		}
	}
	return ctx.Err()
}
""",
    """
type @Noun@Repository@n@ struct {
	rows map[string]@Noun@Row@n@
}

type @Noun@Row@n@ struct {
	version int
	state   string
	changed time.Time
}

func New@Noun@Repository@n@() *@Noun@Repository@n@ {
	return &@Noun@Repository@n@{rows: map[string]@Noun@Row@n@{}}
}

func (r *@Noun@Repository@n@) Handle(ctx context.Context, identifier string) error {
	row, known := r.rows[strings.TrimSpace(identifier)]
	if !known {
		r.rows[identifier] = @Noun@Row@n@{version: 1, state: "@verb@"}
		return nil
	}
	row.version++
	row.changed = time.Now()
	r.rows[identifier] = row
	return ctx.Err()
}
""",
)

SITES = (
    (
        'import "github.com/segmentio/kafka-go"',
        """
type @Noun@Announcer@n@ struct {
	writer *kafka.Writer
}

func New@Noun@Announcer@n@() *@Noun@Announcer@n@ {
	return &@Noun@Announcer@n@{writer: &kafka.Writer{Addr: kafka.TCP("localhost:9092"), Topic: "@noun@-events"}}
}

func (a *@Noun@Announcer@n@) Announce(ctx context.Context, identifier string) error {
	return a.writer.WriteMessages(ctx, kafka.Message{Key: []byte(identifier), Value: []byte(identifier)})
}
""",
    ),
    (
        'import "github.com/segmentio/kafka-go"',
        """
type @Noun@Follower@n@ struct {
	reader *kafka.Reader
}

func New@Noun@Follower@n@() *@Noun@Follower@n@ {
	return &@Noun@Follower@n@{reader: kafka.NewReader(kafka.ReaderConfig{Topic: "@noun@-events", GroupID: "@service@"})}
}

func (f *@Noun@Follower@n@) Follow(ctx context.Context, identifier string) error {
	for {
		message, err := f.reader.FetchMessage(ctx)
		if err != nil {
			return err
		}
		fmt.Println(identifier, string(message.Value))
		if err := f.reader.CommitMessages(ctx, message); err != nil {
			return err
		}
	}
}
""",
    ),
    (
        'import amqp "github.com/rabbitmq/amqp091-go"',
        """
type @Noun@Courier@n@ struct {
	channel *amqp.Channel
}

func New@Noun@Courier@n@(channel *amqp.Channel) *@Noun@Courier@n@ {
	return &@Noun@Courier@n@{channel: channel}
}

func (c *@Noun@Courier@n@) Deliver(ctx context.Context, identifier string) error {
	return c.channel.PublishWithContext(ctx, "@noun@s", "@noun@.@verb@", false, false, amqp.Publishing{Body: []byte(identifier)})
}
""",
    ),
    (
        'import "example.com/shop/pkg/messaging"',
        """
type @Noun@Notifier@n@ struct {
	publisher *messaging.EventPublisher
}

func New@Noun@Notifier@n@(publisher *messaging.EventPublisher) *@Noun@Notifier@n@ {
	return &@Noun@Notifier@n@{publisher: publisher}
}

func (n *@Noun@Notifier@n@) NotifyOf(ctx context.Context, identifier string) error {
	return n.publisher.PublishEvent(ctx, messaging.Orders, identifier, map[string]string{"type": "@Noun@@Verb@", "id": identifier})
}
""",
    ),
)
