"""Jumps and hovers in files that say what keys of a configuration are."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from eventlens import analysis
from eventlens.ide.code_places import CodePlaces
from eventlens.ide.hints import Hint, hints
from eventlens.ide.index import FlowIndex
from eventlens.ide.navigation import declaration, definition

LISTENER = """\
    package shop;

    import org.springframework.kafka.annotation.KafkaListener;
    import org.springframework.kafka.core.KafkaTemplate;

    class Orders {
        KafkaTemplate<String, String> template;

        @KafkaListener(topics = "${app.topics.orders}")
        void on(String order) {}

        void send() { template.send("shop.orders", "x"); }
    }
    """
PATH = "orders/src/main/java/shop/Orders.java"
YAML = "orders/src/main/resources/application.yml"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlowIndex:
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path / "cache"))
    files = {
        "orders/pom.xml": "<project><artifactId>orders</artifactId></project>",
        PATH: LISTENER,
        YAML: "app:\n  topics:\n    orders: shop.orders\n",
    }
    for name, text in files.items():
        target = tmp_path / "shop" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text), "utf-8")
    found = analysis.analyse(analysis.open_workspace(tmp_path / "shop").workspace)
    assert found.checks is not None
    return FlowIndex(found.flow_map, CodePlaces(found.checks.graph))


def test_the_line_of_a_key_leads_to_the_handlers(index: FlowIndex) -> None:
    jump = definition(index, YAML, 3, 14, "    orders: shop.orders")
    assert [(landing.at.file, landing.at.line) for landing in jump.targets] == [(PATH, 10)]


def test_an_annotation_leads_to_the_line_of_its_key(index: FlowIndex) -> None:
    jump = declaration(index, PATH, 9, 35, '    @KafkaListener(topics = "${app.topics.orders}")')
    assert (YAML, 3) in [(landing.at.file, landing.at.line) for landing in jump.targets]


def test_a_line_of_configuration_says_who_is_at_the_ends_of_its_channel(index: FlowIndex) -> None:
    assert hints(index, YAML, 1, 3) == [Hint(3, 0, "← orders → orders", "ends")]
    assert hints(index, YAML, 1, 2) == []
    assert not [hint for hint in hints(index, PATH, 1, 100) if hint.kind == "ends"]
    assert hints(FlowIndex(index.flow_map, index.code, is_partial=True), YAML, 1, 3) == []


TERRAFORM = """\
    resource "aws_sqs_queue" "refunds" {
      name           = "refunds"
      redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.failed.arn, maxReceiveCount = 3 })
    }

    resource "aws_sqs_queue" "failed" {
      name = "refunds-failed"
    }

    resource "aws_sqs_queue" "nobodys" {
      name = "nobodys"
    }
    """
SENDER = """\
    import boto3

    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="refunds")["QueueUrl"], MessageBody="{}")
    """


def test_infrastructure_says_whose_dead_letters_a_queue_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path / "cache"))
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "main.tf").write_text(dedent(TERRAFORM))
    (shop / "send.py").write_text(dedent(SENDER))
    index = FlowIndex(analysis.analyse(analysis.open_workspace(shop).workspace).flow_map)
    assert [(hint.line, hint.text) for hint in hints(index, "main.tf", 1, 100)] == [
        (1, "← 1 → nobody"),
        (6, "dead letters of refunds → nobody"),
    ]
