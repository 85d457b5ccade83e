"""Names that the brokers forbid are refused before anything is renamed."""

from __future__ import annotations

import pytest

from eventlens.flow.model import Channel
from eventlens.ide.renaming.new_names import require_allowed
from eventlens.ide.renaming.refusals import NotRenamable


def channel(broker: str) -> Channel:
    return Channel(id="1", broker=broker, scope="", kind="topic", name="old")


@pytest.mark.parametrize(
    ("broker", "name"),
    [
        ("kafka", "a" * 249),
        ("kafka", "orders.v1_x-y"),
        ("sqs", "orders-dlq.fifo"),
        ("sqs", "a" * 80),
        ("sns", "a" * 256),
        ("nats", "orders.créés.v1"),
        ("rabbitmq", "orders & refunds"),
        ("rabbitmq", "a" * 255),
        ("other", "any thing"),
    ],
)
def test_what_the_broker_allows_is_allowed(broker: str, name: str) -> None:
    require_allowed(channel(broker), name)


@pytest.mark.parametrize(
    ("broker", "name", "told"),
    [
        ("kafka", "a" * 250, "249"),
        ("kafka", "..", "neither"),
        ("kafka", "a b", "letters"),
        ("kafka", "orders/new", "letters"),
        ("sqs", "orders.new", "fifo"),
        ("sqs", "a" * 76 + ".fifo", "80"),
        ("sns", "a" * 257, "256"),
        ("nats", "orders..new", "single dots"),
        ("nats", "orders.*", "without"),
        ("nats", "orders new", "without"),
        ("rabbitmq", "é" * 128, "255 bytes"),
    ],
)
def test_what_it_forbids_is_refused_and_said(broker: str, name: str, told: str) -> None:
    with pytest.raises(NotRenamable, match=told):
        require_allowed(channel(broker), name)
