from __future__ import annotations

import pytest

from eventlens.config.infrastructure import ChannelName
from eventlens.config.kubernetes_channels import looks_messaging, read_messaging_objects

STRIMZI = """\
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaTopic
metadata:
  name: orders
spec:
  partitions: 12
---
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaTopic
metadata: {name: shop-paid}
spec:
  topicName: shop.paid
---
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaUser
metadata: {name: orders}
"""

RABBITMQ = """\
apiVersion: rabbitmq.com/v1beta1
kind: Exchange
metadata: {name: shop}
spec: {name: shop, type: topic}
---
apiVersion: rabbitmq.com/v1beta1
kind: Queue
metadata: {name: orders}
spec:
  name: shop.orders
  type: quorum
  durable: true
  arguments: {x-dead-letter-exchange: shop.dead, x-delivery-limit: 5}
---
apiVersion: rabbitmq.com/v1beta1
kind: Binding
metadata: {name: b}
spec:
  source: shop
  destination: shop.orders
  destinationType: queue
  routingKey: order.*
---
apiVersion: rabbitmq.com/v1beta1
kind: Policy
metadata: {name: p}
spec: {name: dead, pattern: "^shop", applyTo: queues, definition: {dead-letter-exchange: all.dead}}
"""


def test_strimzi_topics_are_channels() -> None:
    found = read_messaging_objects("k.yaml", STRIMZI).infrastructure
    assert [(one.channel, one.line, one.partitions) for one in found.channels] == [
        (ChannelName("kafka", "topic", "orders"), 4, 12),
        (ChannelName("kafka", "topic", "shop.paid"), 12, None),
    ]


def test_objects_of_the_topology_operator() -> None:
    found = read_messaging_objects("r.yaml", RABBITMQ)
    exchange, queue = found.infrastructure.channels
    assert (exchange.channel, exchange.line) == (ChannelName("rabbitmq", "exchange", "shop"), 4)
    assert (queue.channel, queue.line, queue.max_deliveries) == (ChannelName("rabbitmq", "queue", "shop.orders"), 10, 5)
    assert queue.dead_letter == ChannelName("rabbitmq", "exchange", "shop.dead")
    (binding,) = found.infrastructure.bindings
    assert (binding.source, binding.target, binding.pattern) == (exchange.channel, queue.channel, "order.*")
    (policy,) = found.definitions.policies
    assert (policy.pattern, policy.definition) == ("^shop", {"dead-letter-exchange": "all.dead"})
    assert found.definitions.queues[0].kind == "quorum"


@pytest.mark.parametrize(
    "text", ["", "a: [", "kind: KafkaTopic", "apiVersion: kafka.strimzi.io/v1\nkind: KafkaTopic\n"]
)
def test_other_files_declare_nothing(text: str) -> None:
    assert read_messaging_objects("x.yaml", text).infrastructure.channels == ()


def test_files_are_told_by_their_groups() -> None:
    assert looks_messaging(STRIMZI.encode()) and looks_messaging(RABBITMQ.encode())
    assert not looks_messaging(b"apiVersion: apps/v1\nkind: Deployment\n")
