"""Terraform's files as channels, bindings, functions and wirings."""

from __future__ import annotations

from textwrap import dedent

import pytest

from eventlens.config.hcl import Call, Choice, Each, Literal, Reference, Template, read_hcl
from eventlens.config.infrastructure import ChannelName, EventFilter, Infrastructure, channel_of_arn, event_filters
from eventlens.config.terraform import read_terraform


def read(**files: str) -> Infrastructure:
    return read_terraform({path.replace("__", "/") + ".tf": dedent(text).encode() for path, text in files.items()})


def names(found: Infrastructure) -> list[str]:
    return sorted(one.channel.name for one in found.channels)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ('"orders"', Literal),
        ('"orders-${var.stage}"', Template),
        ("aws_sqs_queue.orders[0].arn", Reference),
        ('var.live ? "a" : "b"', Choice),
        ("[for name in var.names : upper(name)]", Each),
        ('format("%s-%s", var.a, "b")', Call),
        ("<<-EOT\n  orders\n  EOT", Literal),
    ],
)
def test_expressions(written: str, kind: type) -> None:
    (block,) = read_hcl(f"locals {{\n  it = {written}\n}}\n".encode())
    assert isinstance(block.attributes["it"], kind)
    assert block.attributes["it"].line == 2


def test_names_are_worked_out_and_what_is_said_at_deployment_stays_a_hole() -> None:
    found = read(
        main="""
        variable "stage" {}
        variable "team" { default = "shop" }
        locals { prefix = replace(format("%s_%s", var.team, var.stage), "_", "-") }
        resource "aws_sqs_queue" "a" { name = "${local.prefix}-orders" }
        resource "aws_sns_topic" "b" { name = join("-", [var.team, "prices"]) }
        resource "aws_sqs_queue" "each" {
          for_each = toset(["mail", "stock"])
          name     = "work-${each.key}"
        }
        """
    )
    assert names(found) == ["shop-${var.stage}-orders", "shop-prices", "work-mail", "work-stock"]


def test_values_of_a_folder_count_where_its_files_agree() -> None:
    files = {
        "infra/main.tf": b'variable "a" {}\nvariable "b" {}\nresource "aws_sqs_queue" "q" { name = "${var.a}-${var.b}" }',
        "infra/test.tfvars": b'a = "shop"\nb = "test"\n',
        "infra/live.tfvars": b'a = "shop"\nb = "live"\n',
    }
    assert names(read_terraform(files)) == ["shop-${var.b}"]


def test_dead_letters_and_wirings_through_a_module() -> None:
    found = read(
        infra__main="""
        module "orders" {
          source = "../queue"
          name   = "orders"
        }
        resource "aws_lambda_event_source_mapping" "it" {
          event_source_arn = module.orders.queue_arn
          function_name    = aws_lambda_function.it.function_name
          batch_size       = 7
        }
        resource "aws_lambda_function" "it" {
          function_name = "orders"
          handler       = "src/orders.handle"
          filename      = "../orders/dist/orders.zip"
          environment {
            variables = { QUEUE_URL = module.orders.queue_url, PLAIN = "x" }
          }
        }
        """,
        queue__main="""
        variable "name" {}
        resource "aws_sqs_queue" "failed" { name = "${var.name}-failed" }
        resource "aws_sqs_queue" "it" {
          name           = var.name
          redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.failed.arn, maxReceiveCount = 5 })
        }
        output "queue_arn" { value = aws_sqs_queue.it.arn }
        output "queue_url" { value = aws_sqs_queue.it.url }
        """,
    )
    orders = ChannelName("sqs", "queue", "orders")
    declared = {one.channel.name: one for one in found.channels}
    assert declared["orders"].dead_letter == ChannelName("sqs", "queue", "orders-failed")
    assert declared["orders"].max_deliveries == 5
    (wiring,) = found.wirings
    (function,) = found.functions
    assert (wiring.source, wiring.function, wiring.batch_size, wiring.line) == (orders, function.id, 7, 6)
    assert function.folders == ("orders/dist/orders.zip",)
    assert [(one.name, one.value, one.channel) for one in function.environment] == [
        ("QUEUE_URL", "orders", orders),
        ("PLAIN", "x", None),
    ]


def test_a_function_of_a_module_is_packed_where_the_module_is_used() -> None:
    found = read(
        infra__main="""
        data "archive_file" "orders" {
          type        = "zip"
          source_dir  = "../services/orders"
          output_path = "orders.zip"
        }
        module "orders" {
          source  = "../function"
          package = data.archive_file.orders.output_path
        }
        module "returns" {
          source  = "../function"
          package = data.archive_file.returns.output_path
        }
        """,
        function__main="""
        variable "package" {}
        resource "aws_lambda_function" "it" {
          function_name = "it"
          handler       = "main.handle"
          filename      = var.package
        }
        """,
    )
    assert {function.folders for function in found.functions} == {("services/orders",), ()}


def test_an_output_of_a_module_elsewhere_stands_for_what_its_name_says() -> None:
    found = read(
        main="""
        module "mail" {
          source     = "registry.example.com/shared/sqs/aws"
          name       = "mail"
          create_dlq = true
        }
        resource "aws_sns_topic" "prices" { name = "prices" }
        resource "aws_sns_topic_subscription" "mail" {
          topic_arn = aws_sns_topic.prices.arn
          protocol  = "sqs"
          endpoint  = module.mail.queue_arn
        }
        """
    )
    (binding,) = found.bindings
    assert (binding.source.name, binding.target.name, binding.line) == ("prices", "mail", 8)
    assert {one.channel.name: one.dead_letter and one.dead_letter.name for one in found.channels} == {
        "prices": None,
        "mail": "mail-dlq",
    }


def test_a_schedule_is_no_message() -> None:
    found = read(
        main="""
        resource "aws_cloudwatch_event_rule" "daily" { schedule_expression = "rate(1 day)" }
        resource "aws_cloudwatch_event_target" "daily" {
          rule = aws_cloudwatch_event_rule.daily.name
          arn  = aws_lambda_function.it.arn
        }
        resource "aws_lambda_function" "it" { function_name = "it" }
        """
    )
    assert not found.wirings


def test_patterns_of_events() -> None:
    pattern = {"detail-type": ["A", {"prefix": "B."}], "source": ["shop"], "detail": {"type": ["C"], "amount": [1]}}
    assert event_filters(pattern) == (
        EventFilter("detail-type", ("A", "B.*")),
        EventFilter("source", ("shop",)),
        EventFilter("detail.type", ("C",)),
    )
    assert event_filters({"detail-type": [{"anything-but": "A"}]}) == ()


@pytest.mark.parametrize(
    ("arn", "channel"),
    [
        ("arn:aws:sqs:eu-west-1:1:orders", ChannelName("sqs", "queue", "orders")),
        ("arn:aws:sns:eu-west-1:1:prices", ChannelName("sns", "topic", "prices")),
        ("arn:aws:events:eu-west-1:1:event-bus/shop", ChannelName("eventbridge", "bus", "shop")),
        ("arn:aws:events:eu-west-1:1:rule/shop", None),
        ("arn:aws:dynamodb:eu-west-1:1:table/a/stream/2", ChannelName("dynamodb-streams", "stream", "a")),
        ("arn:aws:s3:::bucket", None),
        ("orders", None),
    ],
)
def test_resource_names(arn: str, channel: ChannelName | None) -> None:
    assert channel_of_arn(arn) == channel


@pytest.mark.parametrize(
    "text",
    [b"", b"resource {", b'locals { a = local.a }\nresource "aws_sqs_queue" "q" { name = local.a }', b"\xff" * 9],
)
def test_broken_and_endless_texts_are_read_as_far_as_they_go(text: bytes) -> None:
    assert isinstance(read_terraform({"a.tf": text}), Infrastructure)


def test_modules_that_call_each_other_end() -> None:
    found = read(
        a__main='module "b" { source = "../b" }\nresource "aws_sqs_queue" "a" { name = "a" }',
        b__main='module "a" { source = "../a" }',
        c__main='module "a" { source = "../a" }',
    )
    assert set(names(found)) == {"a"}


def test_locals_that_double_at_each_level_are_worked_out_once() -> None:
    doubled = "".join(f'  a{level} = "${{local.a{level + 1}}}${{local.a{level + 1}}}"\n' for level in range(60))
    text = f'locals {{\n{doubled}  a60 = "x"\n}}\nresource "aws_sqs_queue" "q" {{ name = local.a0 }}\n'
    assert len(read_terraform({"a.tf": text.encode()}).channels) == 1
