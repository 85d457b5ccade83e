"""Names that a Python module imports where it can, and makes nothing of where it cannot."""

from __future__ import annotations

from flow.conftest import Find

_REQUIREMENTS = "confluent-kafka==2.4.0\n"


def test_a_library_that_may_be_missing(find: Find) -> None:
    found = find({
        "requirements.txt": _REQUIREMENTS,
        "events.py": """
            try:
                from confluent_kafka import Producer
            except ImportError:
                Producer = None


            def connect(servers: str):
                if Producer is None:
                    raise RuntimeError("confluent-kafka is not installed")
                return Producer({"bootstrap.servers": servers})


            def placed(servers: str, order: bytes) -> None:
                producer = connect(servers)
                producer.produce("orders", order)
                producer.flush()
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", "orders")}


def test_types_that_only_the_type_checker_imports(find: Find) -> None:
    found = find({
        "requirements.txt": _REQUIREMENTS,
        "shared/kafka.py": """
            from typing import TYPE_CHECKING, Any

            if TYPE_CHECKING:
                from confluent_kafka import Producer
            else:
                Producer = Any


            def produce_and_wait(producer: Producer, *, topic: str, value: bytes) -> None:
                producer.produce(topic=topic, value=value)
                producer.flush()
            """,
        "shared/__init__.py": "",
        "billing.py": """
            from shared.kafka import produce_and_wait


            def billed(producer, invoice: bytes) -> None:
                produce_and_wait(producer, topic="invoices", value=invoice)
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "file") == {("publish", "invoices", "billing.py")}


def test_what_takes_the_place_of_the_library_counts(find: Find) -> None:
    found = find({
        "requirements.txt": _REQUIREMENTS,
        "events.py": """
            from confluent_kafka import Producer

            from testing import RecordingProducer

            Producer = RecordingProducer


            def placed(order: bytes) -> None:
                Producer().produce("orders", order)
            """,
        "testing.py": """
            class RecordingProducer:
                def __init__(self) -> None:
                    self.sent: list[tuple[str, bytes]] = []

                def produce(self, topic: str, value: bytes) -> None:
                    self.sent.append((topic, value))
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == set()
