"""Cases of ``fixtures/fixes`` with a few texts changed: the fix writes something else there, or is not offered."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.expectations import FIXTURES

from .proving import Analysed, apply, copied, files_of

SLF4J = "private static final Logger log = LoggerFactory.getLogger(BookingListener.class);"
JUL = "private static final Logger log = Logger.getLogger(BookingListener.class.getName());"
JUL_IMPORTS = ("import org.slf4j.Logger;\nimport org.slf4j.LoggerFactory;", "import java.util.logging.Logger;")

ROUTER = (
    ("router, err := message.NewRouter(message.RouterConfig{}, watermill.NopLogger{})\n\tif err != nil {\n\t\treturn err\n\t}\n\t", ""),
    ("db *sql.DB, publisher", "db *sql.DB, router *message.Router, publisher"),
    ('\t"github.com/ThreeDotsLabs/watermill"\n', ""),
    ("return router.Run(ctx)", "err := router.Run(ctx)\n\treturn err"),
)  # fmt: skip
SUBSCRIBED = (
    ('"github.com/nats-io/nats.go/jetstream"', '"github.com/nats-io/nats.go"'),
    ("stream jetstream.JetStream) (jetstream.ConsumeContext, error)", "stream nats.JetStreamContext, options []nats.SubOpt) (*nats.Subscription, error)"),
    ("return consumer.Consume(func(msg jetstream.Msg)", 'return stream.Subscribe("beacons.lit", func(msg *nats.Msg)'),
    ("msg.Data()", "msg.Data"),
)  # fmt: skip
SENT = '_, _, err = p.writer.SendMessage(&kafka.ProducerMessage{Topic: "parcels", Value: kafka.ByteEncoder(value)})\n\treturn err'
SARAMA = (
    ('"github.com/segmentio/kafka-go"\n)\n\ntype', 'kafka "github.com/IBM/sarama"\n)\n\ntype'),
    ("writer *kafka.Writer", "writer kafka.SyncProducer"),
    ('writer: &kafka.Writer{Addr: kafka.TCP("kafka:9092"), Topic: "parcels", RequiredAcks: kafka.RequireAll}', ""),
    ("return p.writer.WriteMessages(ctx, kafka.Message{Value: value})", SENT),
    ("message := kafka.Message{Value: value}\n\treturn p.writer.WriteMessages(ctx, message)", SENT),
    ("\tgithub.com/segmentio/kafka-go", "\tgithub.com/IBM/sarama v1.46.0\n\tgithub.com/segmentio/kafka-go"),
)
BEAN = "    @Bean\n    public DefaultErrorHandler errorHandler() {"
CALLED = """    @Bean
    ConcurrentKafkaListenerContainerFactory<String, String> kafkaListenerContainerFactory() {
        var factory = new ConcurrentKafkaListenerContainerFactory<String, String>();
        factory.setCommonErrorHandler(errorHandler());
        return factory;
    }

"""


def written(root: Path, case: str, texts: tuple[tuple[str, str], ...]) -> str | None:
    """All files after the fix of a case whose texts were changed before, in one; None where it is not offered."""
    before = copied(FIXTURES / "fixes" / case / "before", root / "workspace")
    for path, content in files_of(before).items():
        text = content.decode()
        for old, new in texts:
            text = text.replace(old, new)
        (before / path).write_text(text)
    rule = (FIXTURES / "fixes" / case / "case.yaml").read_text().partition("rule: ")[2].split()[0]
    found = Analysed(before)
    offers = [
        one.offer for finding in found.of_rule(rule) for one in found.proposals(finding) if case.startswith(one.fix)
    ]
    assert found.of_rule(rule), "no finding is left to mend"
    if not offers:
        return None
    apply(before, offers[0].changes())
    return "\n".join(content.decode() for content in files_of(before).values())


@pytest.mark.parametrize(
    ("case", "texts", "after"),
    [
        ("log-with-error/slf4j", (JUL_IMPORTS, (SLF4J, JUL), ("log.error(", "log.warning(")), 'log.log(Level.WARNING, "Booking failed", e)'),
        ("log-with-error/slf4j", (JUL_IMPORTS, (SLF4J, JUL), ("log.error(", "log.warning(")), "import java.util.logging.Level;"),
        ("log-with-error/go-slog", (('"log/slog"', 'uber "go.uber.org/zap"'), ("slog.Error(", "uber.L().Error(")), 'uber.L().Error("stamp could not be stored", uber.Error(err))'),
        ("log-with-error/go-slog", (('"log/slog"', '"log"'), ("slog.Error(", "log.Print(")), 'log.Print("stamp could not be stored: ", err)'),
        ("partition-key/java-record", (("KafkaProducer<String", "KafkaProducer<Long"), ("ProducerRecord<String", "ProducerRecord<Long")), None),
        ("partition-key/aiokafka-bytes", (("connection = psycopg", "made = {'key_serializer': str.encode}\nconnection = psycopg"),), None),
        ("acknowledge-after/go-moved", (("if err := msg.Ack(); err != nil {", "var err error\n\terr = msg.Ack()\n\tif err != nil {"), ("_, err := w", "_, err = w")), None),
        ("acknowledge-after/go-option", (("if _, err := pool.Exec(", "go pool.Exec(ctx, \"SELECT 1\")\n\t\tif _, err := pool.Exec("),), None),
        ("log-failed-publish/kotlin-suspended", (("class LeaveSender(", "class Leaves {\n    private val log = LoggerFactory.getLogger(\"a\")\n\nclass LeaveSender("), ("private val log = LoggerFactory.getLogger(LeaveSender::class.java)", ""), ("\n}\n", "\n}\n}\n")), None),
        ("dead-letter/spring-kafka-handler-without-recoverer", ((BEAN, CALLED + BEAN),), "kafkaListenerContainerFactory(KafkaOperations<?, ?> template)"),
        ("dead-letter/spring-kafka-handler-without-recoverer", ((BEAN, CALLED + BEAN),), "factory.setCommonErrorHandler(errorHandler(template));"),
        ("dead-letter/spring-kafka-handler-without-recoverer", ((BEAN, CALLED.replace("@Bean", "") + BEAN),), None),
        ("dead-letter/go-watermill", ROUTER, "\tpoison, poisonErr := middleware.PoisonQueue("),
        ("dead-letter/go-watermill", ROUTER, "\t\treturn poisonErr\n"),
        ("bound-retry/go-deliveries", SUBSCRIBED, "}, nats.MaxDeliver(5))"),
        ("bound-retry/go-deliveries", (*SUBSCRIBED, ("_ = msg.Ack()\n\t})", "_ = msg.Ack()\n\t}, options...)")), None),
        ("partition-key/go-message", SARAMA, "Key: kafka.StringEncoder("),
    ],
)  # fmt: skip
def test_what_is_written(case: str, texts: tuple[tuple[str, str], ...], after: str | None, tmp_path: Path) -> None:
    made = written(tmp_path, case, texts)
    assert made is None if after is None else made is not None and after in made
