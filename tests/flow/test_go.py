# ruff: noqa: E101  (Go is indented with tabs)
"""What the engine understands of Go: fields of literals, interfaces, variables, names made of types, what is called at once."""

from __future__ import annotations

import pytest

from flow.conftest import Find

_MODULE = "module example.com/shop\n\ngo 1.22\n\nrequire (\n\tgithub.com/IBM/sarama v1.43.3\n\tgithub.com/rabbitmq/amqp091-go v1.10.0\n\tgithub.com/segmentio/kafka-go v0.4.47\n)\n"


def test_a_variable_of_the_package_that_a_function_fills(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "main.go": """
            package main

            import amqp "github.com/rabbitmq/amqp091-go"

            var channel *amqp.Channel

            func connect(url string) error {
            	connection, err := amqp.Dial(url)
            	if err != nil {
            		return err
            	}
            	channel, err = connection.Channel()
            	return err
            }

            func main() {
            	go func() {
            		deliveries, _ := channel.Consume("orders", "", true, false, false, false, nil)
            		for delivery := range deliveries {
            			println(string(delivery.Body))
            		}
            	}()
            	select {}
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("subscribe", "orders")}


def test_a_field_that_the_literal_gives(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "audit/reader.go": """
            package audit

            import (
            	"context"

            	"github.com/segmentio/kafka-go"
            )

            type Reader struct{ inner *kafka.Reader }

            func NewReader(brokers []string) *Reader {
            	return &Reader{inner: kafka.NewReader(kafka.ReaderConfig{Brokers: brokers, GroupID: "audit", Topic: "payments"})}
            }

            func (r *Reader) Run(ctx context.Context) error {
            	for {
            		message, err := r.inner.FetchMessage(ctx)
            		if err != nil {
            			return err
            		}
            		println(string(message.Value))
            	}
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "group") == {("subscribe", "payments", "audit")}


def test_a_library_value_behind_an_interface_of_the_workspace(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "billing/billing.go": """
            package billing

            import "context"

            type Sender interface {
            	Send(ctx context.Context, topic string, body []byte) error
            }

            type Billing struct{ sender Sender }

            func New(sender Sender) *Billing { return &Billing{sender: sender} }

            func (b *Billing) Bill(ctx context.Context) error {
            	return b.sender.Send(ctx, "invoices", []byte("1"))
            }
            """,
        "kafka/sender.go": """
            package kafka

            import (
            	"context"

            	"github.com/segmentio/kafka-go"
            )

            type Sender struct{ writer *kafka.Writer }

            func NewSender(brokers ...string) *Sender { return &Sender{writer: &kafka.Writer{Addr: kafka.TCP(brokers...)}} }

            func (s *Sender) Send(ctx context.Context, topic string, body []byte) error {
            	return s.writer.WriteMessages(ctx, kafka.Message{Topic: topic, Value: body})
            }
            """,
        "main.go": """
            package main

            import (
            	"context"

            	"example.com/shop/billing"
            	"example.com/shop/kafka"
            )

            func main() {
            	_ = billing.New(kafka.NewSender("localhost:9092")).Bill(context.Background())
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "place", "channel") == {("publish", "billing/billing.go:15", "invoices")}


def test_an_exchange_that_is_called_like_the_type_of_the_message(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "bus/bus.go": """
            package bus

            import (
            	"context"
            	"encoding/json"
            	"reflect"

            	"github.com/iancoleman/strcase"
            	amqp "github.com/rabbitmq/amqp091-go"
            )

            type Bus struct{ channel *amqp.Channel }

            func exchangeOf(message any) string {
            	if reflect.TypeOf(message).Kind() == reflect.Pointer {
            		return strcase.ToSnake(reflect.TypeOf(message).Elem().Name())
            	}
            	return strcase.ToSnake(reflect.TypeOf(message).Name())
            }

            func (b *Bus) Publish(ctx context.Context, message any) error {
            	body, err := json.Marshal(message)
            	if err != nil {
            		return err
            	}
            	return b.channel.PublishWithContext(ctx, exchangeOf(message), "", false, false, amqp.Publishing{Body: body})
            }
            """,
        "orders/place.go": """
            package orders

            import (
            	"context"

            	"example.com/shop/bus"
            )

            type OrderPlacedV1 struct{ ID string }

            func Place(ctx context.Context, b *bus.Bus) error {
            	return b.Publish(ctx, &OrderPlacedV1{ID: "1"})
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "place", "channel") == {("publish", "orders/place.go:13", "order_placed_v_1")}


def test_an_exchange_that_is_called_like_what_a_function_outside_gives(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "bus/bus.go": """
            package bus

            import (
            	"context"
            	"reflect"

            	amqp "github.com/rabbitmq/amqp091-go"
            )

            type Bus struct{ channel *amqp.Channel }

            func (b *Bus) Publish(ctx context.Context, message any) error {
            	name := reflect.TypeOf(message).Elem().Name()
            	return b.channel.PublishWithContext(ctx, name, "", false, false, amqp.Publishing{})
            }
            """,
        "orders/place.go": """
            package orders

            import (
            	"context"

            	"example.com/shop/bus"
            	"github.com/acme/mapping"
            )

            type OrderPlaced struct{ ID string }

            func Place(ctx context.Context, b *bus.Bus, row any) error {
            	return b.Publish(ctx, mapping.Map[*OrderPlaced](row))
            }

            func Copy(ctx context.Context, b *bus.Bus, row any) error {
            	return b.Publish(ctx, mapping.Copy(row))
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "place", "channel") == {
        ("publish", "orders/place.go:14", "OrderPlaced"),
        ("publish", "orders/place.go:18", None),
    }


def test_a_function_that_is_called_where_it_is_written(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "flood.go": """
            package shop

            import "github.com/IBM/sarama"

            func flood(producer sarama.AsyncProducer) {
            	message := sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder("x")}
            	for range 10 {
            		go func(m sarama.ProducerMessage) {
            			producer.Input() <- &m
            		}(message)
            	}
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", "orders")}


def test_messages_that_a_variadic_wrapper_hands_on(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "producer.go": """
            package shop

            import (
            	"context"

            	"github.com/segmentio/kafka-go"
            )

            type Producer struct{ writer *kafka.Writer }

            func (p *Producer) Publish(ctx context.Context, messages ...kafka.Message) error {
            	return p.writer.WriteMessages(ctx, messages...)
            }

            func place(ctx context.Context, p *Producer) error {
            	message := kafka.Message{Topic: "orders", Value: []byte("1")}
            	return p.Publish(ctx, message)
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "place", "channel") == {("publish", "producer.go:18", "orders")}


def test_settings_that_are_unmarshalled_from_a_file(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "config/config.yaml": "kafka:\n  topics:\n    placed: orders-placed\n",
        "config/config.go": """
            package config

            import "github.com/spf13/viper"

            type Config struct {
            	Kafka Kafka `mapstructure:"kafka"`
            }

            type Kafka struct {
            	Topics Topics `mapstructure:"topics"`
            }

            type Topics struct {
            	Placed string `mapstructure:"placed"`
            }

            func Load() (*Config, error) {
            	cfg := &Config{}
            	viper.SetConfigFile("config/config.yaml")
            	if err := viper.ReadInConfig(); err != nil {
            		return nil, err
            	}
            	return cfg, viper.Unmarshal(cfg)
            }
            """,
        "orders/place.go": """
            package orders

            import (
            	"context"

            	"example.com/shop/config"
            	"github.com/segmentio/kafka-go"
            )

            type Orders struct {
            	cfg    *config.Config
            	writer *kafka.Writer
            }

            func (o *Orders) Place(ctx context.Context) error {
            	return o.writer.WriteMessages(ctx, kafka.Message{Topic: o.cfg.Kafka.Topics.Placed, Value: []byte("1")})
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", "orders-placed")}


def test_settings_that_are_handed_on_are_what_the_function_beside_their_type_makes(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "settings/settings.go": """
            package settings

            import "os"

            type Settings struct{ Topic string }

            func Load() Settings { return Settings{Topic: or("TOPIC", "orders")} }

            func or(name string, otherwise string) string {
            	if value := os.Getenv(name); value != "" {
            		return value
            	}
            	return otherwise
            }
            """,
        "audit/consumer.go": """
            package audit

            import (
            	"context"

            	"example.com/shop/settings"
            	"github.com/segmentio/kafka-go"
            )

            type Consumer struct{ settings settings.Settings }

            func New(given settings.Settings) *Consumer { return &Consumer{settings: given} }

            func (c *Consumer) Run(ctx context.Context) error {
            	reader := kafka.NewReader(kafka.ReaderConfig{Topic: c.settings.Topic, GroupID: "audit"})
            	for {
            		message, err := reader.ReadMessage(ctx)
            		if err != nil {
            			return err
            		}
            		println(string(message.Value))
            	}
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channels", "group") == {("subscribe", ("orders",), "audit")}


def test_deliveries_that_are_taken_one_by_one(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "worker.go": """
            package shop

            import (
            	"context"

            	amqp "github.com/rabbitmq/amqp091-go"
            )

            func run(ctx context.Context, channel *amqp.Channel) error {
            	deliveries, err := channel.Consume("orders", "", false, false, false, false, nil)
            	if err != nil {
            		return err
            	}
            	go func() {
            		for {
            			select {
            			case <-ctx.Done():
            				return
            			case delivery, ok := <-deliveries:
            				if !ok {
            					return
            				}
            				place(delivery)
            			}
            		}
            	}()
            	return nil
            }

            func place(delivery amqp.Delivery) {
            	println(string(delivery.Body))
            	_ = delivery.Ack(false)
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "handler") == {("subscribe", "orders", "place")}


def test_a_variable_that_is_called_like_the_type_it_is_made_of(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "relay.go": """
            package relay

            import (
            	"context"

            	"github.com/IBM/sarama"
            )

            type consumer struct{ out chan []byte }

            func (c *consumer) Setup(sarama.ConsumerGroupSession) error   { return nil }
            func (c *consumer) Cleanup(sarama.ConsumerGroupSession) error { return nil }
            func (c *consumer) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
            	for message := range claim.Messages() {
            		c.out <- message.Value
            	}
            	return nil
            }

            func run(ctx context.Context, group sarama.ConsumerGroup, out chan []byte) error {
            	consumer := consumer{out: out}
            	return group.Consume(ctx, []string{"orders"}, &consumer)
            }
            """,
    })  # fmt: skip
    assert found.rows("channel", "handler") == {("orders", "ConsumeClaim")}


def test_a_logger_made_of_what_was_set_elsewhere_is_no_handler(find: Find) -> None:
    found = find({
        "go.mod": _MODULE.replace("\tgithub.com/IBM/sarama", "\tgithub.com/nats-io/nats.go v1.36.0\n\tgithub.com/IBM/sarama"),
        "logging/logging.go": """
            package logging

            import "go.uber.org/zap"

            var options *zap.Config

            func Use(given *zap.Config) {
            	options = given
            }

            func UseDefaults() {
            	Use(Defaults())
            }

            func Defaults() *zap.Config {
            	made := zap.NewProductionConfig()
            	return &made
            }

            func Logger() *zap.SugaredLogger {
            	made, _ := options.Build()
            	return made.Sugar()
            }
            """,
        "orders.go": """
            package main

            import (
            	"example.com/shop/logging"
            	"github.com/nats-io/nats.go"
            )

            var log = logging.Logger()

            func listen(connection *nats.Conn) error {
            	_, err := connection.Subscribe("orders", func(message *nats.Msg) {
            		log.Errorw("an order", "order", message.Data)
            	})
            	return err
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "place") == {("subscribe", "orders", "orders.go:12")}


def test_an_embedded_client_is_a_field_called_like_its_type(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "queue/writer.go": """
            package queue

            import (
            	"context"

            	"github.com/segmentio/kafka-go"
            )

            type Message struct{ Key, Value []byte }

            type Writer interface {
            	WriteMessages(ctx context.Context, messages ...Message) error
            }

            type writer struct {
            	*kafka.Writer
            }

            func (w *writer) WriteMessages(ctx context.Context, messages ...Message) error {
            	records := make([]kafka.Message, len(messages))
            	for i, one := range messages {
            		records[i] = kafka.Message{Key: one.Key, Value: one.Value}
            	}
            	return w.Writer.WriteMessages(ctx, records...)
            }

            func NewWriter(topic string) Writer {
            	return &writer{kafka.NewWriter(kafka.WriterConfig{Brokers: []string{"kafka:9092"}, Topic: topic})}
            }
            """,
        "queue/reader.go": """
            package queue

            import (
            	"context"

            	"github.com/segmentio/kafka-go"
            )

            type reader struct {
            	kafka.Reader
            	group string
            }

            func (r *reader) Handle(ctx context.Context, handler func(Message) error) error {
            	for {
            		record, err := r.FetchMessage(ctx)
            		if err != nil {
            			return err
            		}
            		if err := handler(Message{Key: record.Key, Value: record.Value}); err != nil {
            			return err
            		}
            		if err := r.CommitMessages(ctx, record); err != nil {
            			return err
            		}
            	}
            }

            func NewReader(topic string) *reader {
            	return &reader{*kafka.NewReader(kafka.ReaderConfig{Topic: topic, GroupID: "rating"}), "rating"}
            }
            """,
        "main.go": """
            package main

            import (
            	"context"

            	"example.com/shop/queue"
            )

            var ratings queue.Writer

            func main() {
            	ratings = queue.NewWriter("ratings")
            	_ = queue.NewReader("orders").Handle(context.Background(), rate)
            }

            func rate(message queue.Message) error {
            	return ratings.WriteMessages(context.Background(), queue.Message{Value: message.Value})
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", "ratings"), ("subscribe", "orders")}


def test_an_embedded_type_of_ones_own_is_no_client(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "main.go": """
            package main

            import "github.com/segmentio/kafka-go"

            type Writer struct{ lines []kafka.Message }

            func (w *Writer) WriteMessages(messages ...kafka.Message) { w.lines = append(w.lines, messages...) }

            type ledger struct {
            	*Writer
            	topic string
            }

            func (l *ledger) Note(text string) {
            	l.Writer.WriteMessages(kafka.Message{Topic: l.topic, Value: []byte(text)})
            }

            func main() {
            	(&ledger{&Writer{}, "orders"}).Note("opened")
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == set()


def test_a_type_whose_methods_stand_in_many_files(find: Find) -> None:
    names = [
        "orders",
        "payments",
        "refunds",
        "returns",
        "parcels",
        "stocks",
        "prices",
        "carts",
        "users",
        "ratings",
        "coupons",
        "invoices",
        "vouchers",
        "shops",
        "zones",
    ]
    method = """
            package feed

            import (
            	"context"

            	"github.com/segmentio/kafka-go"
            )

            func (f *Feed) Publish{name}(ctx context.Context, body []byte) error {{
            	return f.{name}.WriteMessages(ctx, kafka.Message{{Value: body}})
            }}
            """
    files = {f"feed/{name}.go": method.format(name=name) for name in names}
    fields = "\n".join(f"            \t{name} *kafka.Writer" for name in names)
    made = "\n".join(f'            \t\t{name}: writer("{name}"),' for name in names)
    files["feed/feed.go"] = f"""
            package feed

            import "github.com/segmentio/kafka-go"

            type Feed struct {{
{fields}
            }}

            func New() *Feed {{
            	return &Feed{{
{made}
            	}}
            }}

            func writer(topic string) *kafka.Writer {{
            	return &kafka.Writer{{Addr: kafka.TCP("kafka:9092"), Topic: topic}}
            }}
            """
    found = find({"go.mod": _MODULE, **files})
    assert found.rows("role", "channel") == {("publish", name) for name in names}


_CONFIGURED = """
package main

import (
	"context"

	"example.com/shop/settings"
	"github.com/segmentio/kafka-go"
)

func main() {
	config, err := settings.Load("config.json")
	if err != nil {
		panic(err)
	}
	writer := &kafka.Writer{Addr: kafka.TCP("kafka:9092"), Topic: config.OrderTopic}
	_ = writer.WriteMessages(context.Background(), kafka.Message{Value: []byte("{}")})
}
"""


def test_settings_in_a_named_result(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "config.json": '{"order_topic": "orders.v2"}',
        "main.go": _CONFIGURED,
        "settings/settings.go": """
            package settings

            import "github.com/spf13/viper"

            type Settings struct {
            	OrderTopic string `mapstructure:"order_topic"`
            }

            func Load(path string) (settings Settings, err error) {
            	viper.SetConfigFile(path)
            	if err = viper.ReadInConfig(); err != nil {
            		return
            	}
            	err = viper.Unmarshal(&settings)
            	return
            }
            """,
    })  # fmt: skip
    assert found.rows("channel") == {("orders.v2",)}


def _loaded(imports: str, body: str, tag: str = "json") -> str:
    return f"""
            package settings

            import (
            {imports}
            )

            type Settings struct {{
            	OrderTopic string      `{tag}:"order_topic"`
            	Returns    TopicConfig `{tag}:"returned"`
            }}

            type TopicConfig struct {{
            	Name string `{tag}:"topic"`
            }}

            func Load(path string) (settings Settings, err error) {{
            {body}
            	return
            }}
            """


_FROM_FILE = "\tfile, err := os.Open(path)\n\tif err != nil {\n\t\treturn settings, err\n\t}\n\tdefer file.Close()\n"
_FROM_CONTENT = "\tcontent, err := os.ReadFile(path)\n\tif err != nil {\n\t\treturn settings, err\n\t}\n"
_FROM_ELSEWHERE = "\tanswer, err := http.Get(path)\n\tif err != nil {\n\t\treturn settings, err\n\t}\n"


@pytest.mark.parametrize(
    ("imports", "body", "channel"),
    [
        ('"encoding/json"\n"os"', _FROM_FILE + "\terr = json.NewDecoder(file).Decode(&settings)", "orders.v2"),
        ('"encoding/json"\n"os"', _FROM_CONTENT + "\terr = json.Unmarshal(content, &settings)", "orders.v2"),
        (
            '"encoding/json"\n"net/http"',
            _FROM_ELSEWHERE + "\terr = json.NewDecoder(answer.Body).Decode(&settings)",
            None,
        ),
    ],
)
def test_settings_that_are_decoded_from_a_file(find: Find, imports: str, body: str, channel: str | None) -> None:
    found = find({
        "go.mod": _MODULE,
        "config.json": '{"order_topic": "orders.v2"}',
        "main.go": _CONFIGURED,
        "settings/settings.go": _loaded(imports, body),
    })  # fmt: skip
    assert found.rows("channel") == {(channel,)}


def test_sections_of_settings_that_are_decoded_from_a_file(find: Find) -> None:
    body = _FROM_CONTENT + "\terr = yaml.Unmarshal(content, &settings)"
    found = find({
        "go.mod": _MODULE,
        "config.yaml": "returned:\n  topic: returns.v1\n",
        "main.go": _CONFIGURED.replace("config.OrderTopic", "config.Returns.Name"),
        "settings/settings.go": _loaded('"gopkg.in/yaml.v3"\n"os"', body, "yaml"),
    })  # fmt: skip
    assert found.rows("channel") == {("returns.v1",)}


_FEED = """
    package feed

    import (
    	"context"

    	"github.com/redis/go-redis/v9"
    )

    type Feed struct {
    	client *redis.Client
    	stream string
    }

    func New(client *redis.Client, stream string) *Feed {
    	return &Feed{client: client, stream: stream}
    }

    func (f *Feed) Tell(ctx context.Context, body string) error {
    	return f.client.XAdd(ctx, &redis.XAddArgs{Stream: f.stream, Values: map[string]any{"body": body}}).Err()
    }

    func Own(client *redis.Client) *Feed {
    	return &Feed{client: client, stream: "own"}
    }
    """
_SETTINGS_SET_LATER = """
    package settings

    import "os"

    type Settings struct {
    	Orders  string
    	Returns string
    	Closed  string
    }

    func Load() *Settings {
    	settings := &Settings{Orders: os.Getenv("ORDER_STREAM"), Closed: "closed"}
    	if settings.Orders == "" {
    		settings.Orders = "orders"
    	}
    	settings.Returns = "returns"
    	other := &Settings{}
    	other.Closed = "never"
    	return settings
    }
    """


def test_a_name_that_an_object_is_made_with_by_a_function_beside_its_type(find: Find) -> None:
    found = find({
        "go.mod": _MODULE + "require github.com/redis/go-redis/v9 v9.5.1\n",
        "feed/feed.go": _FEED,
        "settings/settings.go": _SETTINGS_SET_LATER,
        "main.go": """
            package main

            import (
            	"context"

            	"example.com/shop/feed"
            	"example.com/shop/settings"
            	"github.com/redis/go-redis/v9"
            )

            func main() {
            	client := redis.NewClient(&redis.Options{})
            	known := settings.Load()
            	orders, returns := feed.New(client, known.Orders), feed.New(client, known.Returns)
            	_ = orders.Tell(context.Background(), "1")
            	_ = returns.Tell(context.Background(), "2")
            	closed := feed.New(client, known.Closed)
            	_ = closed.Tell(context.Background(), "3")
            }
            """,
    })  # fmt: skip
    assert found.rows("place", "channels") == {
        ("main.go:16", ("orders",)),
        ("main.go:17", ("returns",)),
        ("main.go:19", ("closed",)),
    }


_EVENTS = """
    package events

    import (
    	"context"
    	"log"
    	"strings"

    	"github.com/segmentio/kafka-go"
    )

    type Handler func(ctx context.Context, body []byte) error

    type Client struct {
    	group   string
    	readers map[string]*kafka.Reader
    }

    func NewClient(group string) *Client {
    	group = strings.TrimSpace(group)
    	return &Client{group: group, readers: map[string]*kafka.Reader{}}
    }

    func (c *Client) Subscribe(topic string, handler Handler) error {
    	reader := kafka.NewReader(kafka.ReaderConfig{Topic: topic, GroupID: c.group})
    	c.readers[topic] = reader
    	go c.consume(reader, topic, handler)
    	return nil
    }

    func (c *Client) consume(reader *kafka.Reader, topic string, handler Handler) {
    	for {
    		message, err := reader.ReadMessage(context.Background())
    		if err != nil {
    			log.Printf("reading %s: %v", topic, err)
    			continue
    		}
    		if err := handler(context.Background(), message.Value); err != nil {
    			log.Printf("handling: %v", err)
    		}
    	}
    }
    """


def test_a_reader_that_is_handed_to_a_function_of_its_own(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "events/events.go": _EVENTS,
        "main.go": """
            package main

            import (
            	"context"

            	"example.com/shop/events"
            )

            func paid(ctx context.Context, body []byte) error { return nil }

            func main() {
            	client := events.NewClient(" billing ")
            	_ = client.Subscribe("orders", paid)
            	_ = client.Subscribe("returns", paid)
            	select {}
            }
            """,
    })  # fmt: skip
    assert found.rows("place", "role", "channel") == {
        ("main.go:14", "subscribe", "orders"),
        ("main.go:15", "subscribe", "returns"),
    }


_NOTIFIER = """
    package rabbit

    import (
    	"context"
    	"strings"

    	amqp "github.com/rabbitmq/amqp091-go"
    )

    type Notifier struct {
    	channel  *amqp.Channel
    	exchange string
    }

    func NewNotifier(channel *amqp.Channel, exchange string) *Notifier {
    	exchange = strings.TrimSpace(exchange)
    	return &Notifier{channel: channel, exchange: exchange}
    }

    func (n *Notifier) Invite(ctx context.Context, who string) error {
    	return n.channel.PublishWithContext(ctx, n.exchange, "invited", false, false, amqp.Publishing{Body: []byte(who)})
    }
    """


def test_an_object_behind_an_interface_that_is_set_later(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "rabbit/notifier.go": _NOTIFIER,
        "members/members.go": """
            package members

            import "context"

            type Notifier interface {
            	Invite(ctx context.Context, who string) error
            }

            type Members struct {
            	notifier Notifier
            }

            func (m *Members) Enable(notifier Notifier) { m.notifier = notifier }

            func (m *Members) Add(ctx context.Context, who string) error {
            	return m.notifier.Invite(ctx, who)
            }
            """,
        "main.go": """
            package main

            import (
            	"context"

            	"example.com/shop/members"
            	"example.com/shop/rabbit"
            	amqp "github.com/rabbitmq/amqp091-go"
            )

            func main() {
            	connection, _ := amqp.Dial("amqp://rabbit")
            	channel, _ := connection.Channel()
            	all := &members.Members{}
            	all.Enable(rabbit.NewNotifier(channel, "people"))
            	_ = all.Add(context.Background(), "ann")
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", "people")}


def test_tags_that_are_called_like_the_package_that_reads_them(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        ".env": "ORDER_TOPIC=orders.v3\n",
        "main.go": _CONFIGURED,
        "settings/settings.go": """
            package settings

            import "github.com/caarlos0/env/v11"

            type Settings struct {
            	OrderTopic string `env:"ORDER_TOPIC,required"`
            	Returned   string `env:"RETURN_TOPIC" envDefault:"returns"`
            }

            func Load(path string) (*Settings, error) {
            	settings := &Settings{}
            	if err := env.Parse(settings); err != nil {
            		return nil, err
            	}
            	return settings, nil
            }
            """,
    })  # fmt: skip
    assert found.rows("channel") == {("orders.v3",)}


def test_a_method_that_is_only_handed_over_is_no_wrapper(find: Find) -> None:
    found = find({
        "go.mod": _MODULE,
        "loops/loops.go": """
            package loops

            func Each(bodies [][]byte, handle func(body []byte) error) {
            	for _, body := range bodies {
            		_ = handle(body)
            	}
            }
            """,
        "relay/relay.go": """
            package relay

            import (
            	"context"

            	"example.com/shop/loops"
            	"github.com/segmentio/kafka-go"
            )

            type Relay struct {
            	writer *kafka.Writer
            	topic  string
            }

            func New(writer *kafka.Writer, topic string) *Relay {
            	return &Relay{writer: writer, topic: topic}
            }

            func (r *Relay) Run(bodies [][]byte) { loops.Each(bodies, r.handle) }

            func (r *Relay) handle(body []byte) error { return r.send(body) }

            func (r *Relay) send(body []byte) error {
            	return r.writer.WriteMessages(context.Background(), kafka.Message{Topic: r.topic, Value: body})
            }
            """,
        "main.go": """
            package main

            import (
            	"example.com/shop/loops"
            	"example.com/shop/relay"
            	"github.com/segmentio/kafka-go"
            )

            func main() {
            	relay.New(&kafka.Writer{Addr: kafka.TCP("kafka:9092")}, "relayed").Run(nil)
            	loops.Each(nil, func(body []byte) error { return nil })
            }
            """,
    })  # fmt: skip
    assert found.rows("file", "channel") == {("relay/relay.go", "relayed")}


def test_what_code_sets_for_a_key_of_viper_is_its_value(find: Find) -> None:
    found = find({
        "go.mod": "module shop\n\nrequire (\n\tgithub.com/segmentio/kafka-go v0.4.47\n\tgithub.com/spf13/viper v1.19.0\n)\n",
        "settings/settings.go": """
            package settings
            import "github.com/spf13/viper"
            func Load() *viper.Viper {
            	options := viper.New()
            	options.SetDefault("topics.orders", "shop.orders")
            	options.AutomaticEnv()
            	return options
            }
            """,
        "orders/send.go": """
            package orders
            import (
            	"context"
            	"github.com/segmentio/kafka-go"
            	"github.com/spf13/viper"
            )
            func Send(ctx context.Context, cfg *viper.Viper, writer *kafka.Writer, body []byte) error {
            	if err := writer.WriteMessages(ctx, kafka.Message{Topic: cfg.GetString("topics.orders"), Value: body}); err != nil {
            		return err
            	}
            	return writer.WriteMessages(ctx, kafka.Message{Topic: cfg.GetString("topics.refunds"), Value: body})
            }
            """,
    })  # fmt: skip
    assert found.rows("place", "channel") == {("orders/send.go:9", "shop.orders"), ("orders/send.go:12", None)}
