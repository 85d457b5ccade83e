"""Brokers are listed with the compose file that runs them and the sites that use them."""

from __future__ import annotations

from pathlib import Path

from eventlens.analysis import analyse, open_workspace

COMPOSE = """services:
  broker:
    image: confluentinc/cp-kafka:7.6.0
  console:
    image: provectuslabs/kafka-ui:latest
  cache:
    image: redis:7
"""
PRODUCER = """import { Kafka } from 'kafkajs';

const producer = new Kafka({ brokers: ['broker:9092'] }).producer();
export const placed = (id: string) => producer.send({ topic: 'orders', messages: [{ value: id }] });
"""


def test_compose_files_and_sites_are_the_evidence(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text(COMPOSE)
    (tmp_path / "package.json").write_text('{"name": "orders", "dependencies": {"kafkajs": "2.2.4"}}')
    (tmp_path / "orders.ts").write_text(PRODUCER)
    brokers = analyse(open_workspace(tmp_path).workspace).flow_map.brokers
    assert [(one.broker, [(place.file, place.line) for place in one.evidence]) for one in brokers] == [
        ("kafka", [("docker-compose.yml", 3), ("orders.ts", 4)])
    ]
