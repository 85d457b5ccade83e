from __future__ import annotations

from eventlens.config.kubernetes import looks_deployed, read_deployments
from eventlens.config.rabbitmq_definitions import looks_like_definitions, read_definitions

KUBERNETES = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: topics}
data:
  ORDERS_TOPIC: shop.orders
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders}
spec:
  template:
    spec:
      containers:
        - name: api
          envFrom:
            - prefix: X_
              configMapRef: {name: topics}
          env:
            - name: BROKER
              value: kafka:9092
            - name: TOPIC
              valueFrom: {configMapKeyRef: {name: topics, key: ORDERS_TOPIC}}
            - name: PASSWORD
              valueFrom: {secretKeyRef: {name: s, key: k}}
"""

TEMPLATE = """\
apiVersion: v1
kind: Template
objects:
- apiVersion: apps.example.org/v1
  kind: ClowdApp
  metadata: {name: "${APP}"}
  spec:
    deployments:
    - name: consumer
      podSpec:
        env:
        - name: TOPIC
          value: ${EVENT_TOPIC}
        - name: GROUP
          value: ${GROUP}
        - {name: BATCH, value: "${{BATCH}}"}
parameters:
- name: APP
  value: shop
- name: EVENT_TOPIC
  description: where events go
  value: shop.events
- name: GROUP
- {name: BATCH, value: 50}
"""


def test_containers_with_their_variables() -> None:
    assert looks_deployed(KUBERNETES.encode()) and not looks_deployed(b"services: {}")
    (found,) = read_deployments("k.yml", KUBERNETES).environments
    assert (found.owner, found.container) == ("orders", "api")
    assert [(v.name, v.value, v.line) for v in found.variables] == [
        ("X_ORDERS_TOPIC", "shop.orders", 16),
        ("BROKER", "kafka:9092", 20),
        ("TOPIC", "shop.orders", 21),
        ("PASSWORD", None, 23),
    ]


def test_config_maps_of_other_files() -> None:
    maps, deployment = KUBERNETES.split("---\n")
    known = read_deployments("maps.yml", maps).config_maps
    (found,) = read_deployments("d.yml", deployment, known).environments
    assert {v.name: v.value for v in found.variables}["TOPIC"] == "shop.orders"


def test_templates_fill_in_parameter_defaults() -> None:
    deployments = read_deployments("t.yml", TEMPLATE)
    (found,) = deployments.environments
    assert (found.owner, found.container) == ("shop", "consumer")
    assert [(v.name, v.value, v.line) for v in found.variables] == [
        ("TOPIC", "shop.events", 13),
        ("GROUP", "${GROUP}", 15),
        ("BATCH", "50", 16),
    ]
    assert [(p.name, p.value, p.line) for p in deployments.parameters] == [
        ("APP", "shop", 19),
        ("EVENT_TOPIC", "shop.events", 22),
        ("GROUP", None, 23),
        ("BATCH", "50", 24),
    ]


def test_other_files_have_no_deployments() -> None:
    for text in ("", "a: 1", "kind: Deployment", "- 1", "kind: List\nitems: [1]"):
        assert read_deployments("x.yml", text).environments == ()


DEFINITIONS = """{
  "vhosts": [{"name": "/"}],
  "exchanges": [
    {"name": "orders", "vhost": "/", "type": "topic", "durable": true, "arguments": {"alternate-exchange": "unrouted"}}
  ],
  "queues": [
    {"name": "billing", "vhost": "/", "durable": true,
     "arguments": {"x-dead-letter-exchange": "dlx", "x-message-ttl": 60000, "x-queue-type": "quorum"}}
  ],
  "bindings": [
    {"source": "orders", "vhost": "/", "destination": "billing", "destination_type": "queue", "routing_key": "order.*", "arguments": {}},
    {"source": "orders", "destination": "audit", "destination_type": "exchange", "routing_key": "#"}
  ],
  "policies": [
    {"vhost": "/", "name": "dlq", "pattern": "^bill", "apply-to": "queues", "priority": 3, "definition": {"dead-letter-exchange": "dlx"}}
  ]
}"""


def test_broker_definitions() -> None:
    assert looks_like_definitions(DEFINITIONS.encode()) and not looks_like_definitions(b'{"queues": 1}')
    found = read_definitions(DEFINITIONS)
    (exchange,), (queue,), (policy,) = found.exchanges, found.queues, found.policies
    assert (exchange.name, exchange.kind, exchange.durable, exchange.line) == ("orders", "topic", True, 4)
    assert exchange.arguments == {"alternate-exchange": "unrouted"}
    assert (queue.name, queue.kind, queue.line, queue.arguments["x-message-ttl"]) == ("billing", "quorum", 7, 60000)
    assert [(b.source, b.destination, b.to_exchange, b.routing_key, b.vhost, b.line) for b in found.bindings] == [
        ("orders", "billing", False, "order.*", "/", 11),
        ("orders", "audit", True, "#", "/", 12),
    ]
    assert (policy.pattern, policy.apply_to, policy.priority, policy.definition) == (
        "^bill",
        "queues",
        3,
        {"dead-letter-exchange": "dlx"},
    )
    assert read_definitions("[]") == read_definitions("{") == read_definitions('{"queues": [1]}')
