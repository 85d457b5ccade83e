from __future__ import annotations

import pytest

from eventlens.config.compose import ComposeFile, is_compose_name, merge, read_compose
from eventlens.config.environment import Variable

TEXT = """\
x-common: &common
  environment: &env
    BROKER: kafka:9092
    DEBUG: true
    SECRET:
  env_file: .env
services:
  kafka:
    image: confluentinc/cp-kafka:7.5.0
    ports:
      - "9092:9092"
      - target: 9093
        published: 19093
  orders:
    <<: *common
    build: ./services/orders
    command: ["node", "dist/main.js"]
    depends_on: [kafka]
  billing:
    build: {context: ., dockerfile: services/billing/Dockerfile}
    environment:
      - BROKER=kafka:9092
      - PASSED_THROUGH
      - TOPIC=a=b
    env_file: [{path: a.env, required: false}, b.env]
    command: python -m billing
    depends_on:
      kafka: {condition: service_healthy}
  worker:
    extends: {service: orders}
    command: node dist/worker.js
"""


def test_services_with_lines() -> None:
    compose = read_compose(TEXT)
    kafka, orders, billing, worker = compose.services
    assert [(s.name, s.line) for s in compose.services] == [
        ("kafka", 8),
        ("orders", 14),
        ("billing", 19),
        ("worker", 29),
    ]
    assert (kafka.image, kafka.image_line, kafka.ports) == (
        "confluentinc/cp-kafka:7.5.0",
        9,
        ("9092:9092", "19093:9093"),
    )
    assert (orders.build_context, orders.command, orders.depends_on, orders.env_files) == (
        "./services/orders",
        "node dist/main.js",
        ("kafka",),
        (".env",),
    )
    assert orders.environment == (
        Variable("BROKER", "kafka:9092", 3),
        Variable("DEBUG", "true", 4),
        Variable("SECRET", None, 5),
    )
    assert (billing.build_context, billing.dockerfile, billing.env_files) == (
        ".",
        "services/billing/Dockerfile",
        ("a.env", "b.env"),
    )
    assert billing.environment == (
        Variable("BROKER", "kafka:9092", 22),
        Variable("PASSED_THROUGH", None, 23),
        Variable("TOPIC", "a=b", 24),
    )
    assert billing.depends_on == ("kafka",)
    assert (worker.build_context, worker.command) == ("./services/orders", "node dist/worker.js")


def test_later_files_override() -> None:
    override = read_compose(
        "services:\n  orders:\n    environment: [DEBUG=false]\n    ports: ['80:80']\n  extra: {image: redis}\n"
    )
    merged = merge([read_compose(TEXT), override])
    orders = merged.service("orders")
    assert orders is not None and orders.build_context == "./services/orders" and orders.ports == ("80:80",)
    assert {v.name: v.value for v in orders.environment} == {"BROKER": "kafka:9092", "DEBUG": "false", "SECRET": None}
    extra = merged.service("extra")
    assert extra is not None and extra.image == "redis"


@pytest.mark.parametrize(
    "text", ["", "a: 1", "services: 1", "services: [a]", "services: {a: 1}", "services: {a: {extends: a}}", ":\n:"]
)
def test_other_files_have_no_surprises(text: str) -> None:
    compose = read_compose(text)
    assert isinstance(compose, ComposeFile) and len(compose.services) <= 1


def test_names() -> None:
    for name in (
        "docker-compose.yml",
        "docker-compose.dev.yaml",
        "compose.yaml",
        "compose.override.yml",
        "dev-compose.yml",
    ):
        assert is_compose_name(name)
    assert not is_compose_name("composer.json") and not is_compose_name("values.yaml")
