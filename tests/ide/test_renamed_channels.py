"""Every channel of the example systems is renamed exactly, or refused; which are refused is written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens import analysis
from eventlens.flow.model import Channel
from eventlens.ide.index import FlowIndex
from eventlens.ide.renaming.edits import edited
from eventlens.ide.renaming.occurrences import Occurrences
from eventlens.ide.renaming.proof import difference
from eventlens.ide.renaming.refusals import NotRenamable
from eventlens.ide.renaming.written_names import WrittenNames

FIXTURES = Path(__file__).parents[2] / "fixtures"
NEW = "renamed-once"
WITHIN_PATTERNS = {"fleet.vehicle-beats": "fleet.vehicle-renamed", "positions.raw": "positions.renamed"}
"""New names of channels whose messages a pattern takes, too, so that it takes them still."""
_TYPE = "named after the type `{}` at services/notifications/{}: rename the type"
REFUSED: dict[str, dict[str, str]] = {
    "storefront": {},
    "fleet": {
        # MassTransit names an exchange after the type of its messages.
        "exchange DigestPrepared": _TYPE.format("DigestPrepared", "Contracts.cs:19"),
        "exchange DigestRequested": _TYPE.format("DigestRequested", "Contracts.cs:17"),
        "exchange DriverRated": _TYPE.format("DriverRated", "Contracts.cs:21"),
        "exchange MailBounced": _TYPE.format("MailBounced", "Contracts.cs:13"),
        # It names a queue after the class of its consumer, in the case that a formatter gives.
        "queue digest-prepared": _TYPE.format("DigestPreparedConsumer", "Consumers/DigestPreparedConsumer.cs:9"),
        "queue digest-requested": _TYPE.format("DigestRequestedConsumer", "Consumers/DigestRequestedConsumer.cs:9"),
        "queue driver-rated": _TYPE.format("DriverRatedConsumer", "Consumers/DriverRatedConsumer.cs:9"),
        "queue invoice-issued": _TYPE.format("InvoiceIssuedConsumer", "Consumers/InvoiceIssuedConsumer.cs:10"),
        "queue mail-bounced": _TYPE.format("MailBouncedConsumer", "Consumers/MailBouncedConsumer.cs:11"),
        # What takes the messages of several channels has no name of its own.
        "subject geofence.>": "a pattern, which stands for several names (services/tracking/internal/positions/publisher.go:26)",
        "subject positions.*": "a pattern, which stands for several names (services/tracking/internal/positions/archive.go:33)",
        "subject positions.>": "a pattern, which stands for several names (services/tracking/internal/positions/publisher.go:26)",
        "topic ^fleet\\.vehicle-.*": "a pattern, which stands for several names (services/notifications/Workers/BeatWorker.cs:24)",
    },
}
"""The channels that are not renamed, with what is said."""


class Renamed:
    """A workspace with all its channels, and what renaming each of them would give."""

    def __init__(self, root: Path) -> None:
        self.workspace = analysis.open_workspace(root).workspace
        found = analysis.analyse(self.workspace)
        assert found.checks is not None
        self.flow_map = found.flow_map
        graph = found.checks.graph
        self.occurrences = Occurrences(FlowIndex(found.flow_map), graph, WrittenNames(graph))

    def refusal(self, channel: Channel, new: str) -> str:
        """Why a channel cannot be renamed; "" where it can."""
        try:
            renaming = self.occurrences.of(channel)
        except NotRenamable as error:
            return str(error)
        after = analysis.charted(edited(self.workspace, renaming, new).workspace)
        return difference(self.flow_map, after, renaming, new)

    def channel(self, name: str) -> Channel:
        return next(one for one in self.flow_map.channels if one.name == name)


@pytest.mark.parametrize("system", ["storefront", "fleet"])
def test_a_channel_is_renamed_exactly_or_refused(system: str) -> None:
    renamed = Renamed(FIXTURES / system)
    refused = {}
    for channel in renamed.flow_map.channels:
        told = renamed.refusal(channel, WITHIN_PATTERNS.get(channel.name, NEW))
        if told:
            refused[f"{channel.kind} {channel.name}"] = told
    assert refused.keys() == REFUSED[system].keys()
    assert [one for one, told in refused.items() if REFUSED[system][one] not in told] == []
    assert [told for told in refused.values() if "\n" in told] == []


@pytest.mark.parametrize(
    ("library", "refused"),
    [
        ("aws-sdk-client-sqs", {}),  # ends of URLs
        ("boto3", {}),  # parts of ARNs
        (
            "camel",  # parts of URIs
            {
                f"{kind} parcels-*": "a part of `parcels-${header.country}` is not known"
                for kind in ("topic", "exchange")
            },
        ),
        ("spring-amqp", {}),
        ("faststream", {"topic shop.refunds": "put together of parts at kafka_app.py:48"}),
        (
            "nestjs-microservices",
            {
                'queue {"cmd":"weigh"}': "not written as it is for orders/src/orders.service.ts:51",
            },
        ),
        (
            "celery",
            {
                f"task shop.tasks.{name}": f"named after the function `{name}` at shop/tasks.py:"
                for name in ("index_image", "notify_carrier", "reprice", "resize_image", "restock", "send_receipt")
            },
        ),
    ],
)
def test_the_channels_of_a_library_are_renamed_where_their_names_are_written(
    library: str, refused: dict[str, str]
) -> None:
    renamed = Renamed(FIXTURES / "libraries" / library)
    told = {f"{one.kind} {one.name}": renamed.refusal(one, NEW) for one in renamed.flow_map.channels}
    told = {key: said for key, said in told.items() if said and "pattern" not in said}
    assert told.keys() == refused.keys()
    assert [one for one, said in told.items() if refused[one] not in said] == []


def test_a_name_that_a_pattern_would_not_take_any_more_is_refused() -> None:
    renamed = Renamed(FIXTURES / "fleet")
    told = renamed.refusal(renamed.channel("positions.raw"), "raw")
    assert (
        "internal/positions/archive.go:33 (positions.raw fits the subscription's pattern positions.*) would be lost"
        in told
    )


PUBLISHING = """import os
from kafka import KafkaProducer

producer = KafkaProducer(bootstrap_servers="kafka:9092")
TOPIC = {}


def publish(order):
    producer.send(TOPIC, order)
"""


def publishing(root: Path, topic: str, **files: str) -> Renamed:
    (root / "requirements.txt").write_text("kafka-python\n")
    (root / "publish.py").write_text(PUBLISHING.format(topic))
    for name, text in files.items():
        (root / name.replace("_", ".")).write_text(text)
    return Renamed(root)


def places(renamed: Renamed, name: str) -> list[tuple[str, int]]:
    renaming = renamed.occurrences.of(renamed.channel(name))
    text = renamed.workspace.text
    return [(one.path, text(one.path).count(b"\n", 0, one.start) + 1) for one in renaming.spelt]


def test_a_default_beside_the_same_name_in_a_file_is_renamed_too(tmp_path: Path) -> None:
    topic = 'os.environ.get("TOPIC", "orders")'
    renamed = publishing(tmp_path, topic, _env="OTHER=orders\nTOPIC=orders\n", _env_example="TOPIC=orders\n")
    assert places(renamed, "orders") == [(".env", 2), (".env.example", 1), ("publish.py", 5)]
    assert renamed.refusal(renamed.channel("orders"), NEW) == ""


def test_a_variable_that_is_called_like_the_channel_keeps_its_name(tmp_path: Path) -> None:
    renamed = publishing(tmp_path, 'os.environ.get("orders", "orders")')
    (spelt,) = renamed.occurrences.of(renamed.channel("orders")).spelt
    line = PUBLISHING.format('os.environ.get("orders", "')
    assert spelt.start == line.encode().index(b', "') + len(', "')


@pytest.mark.parametrize(
    "environment",
    ["{TOPIC: orders, BROKER: 'orders:9092'}", '["TOPIC=orders", "HOST=orders"]'],
    ids=["mapping", "list"],
)
def test_a_line_that_has_the_name_twice_does_not_say_which_is_the_channel(tmp_path: Path, environment: str) -> None:
    compose = f"services:\n  shop:\n    build: .\n    environment: {environment}\n"
    renamed = publishing(tmp_path, 'os.environ["TOPIC"]', **{"docker-compose_yml": compose})
    told = renamed.refusal(renamed.channel("orders"), NEW)
    assert told == "`orders` stands more than once at docker-compose.yml:4: put its values on lines of their own"


def test_a_name_that_the_settings_state_is_changed_there(tmp_path: Path) -> None:
    renamed = publishing(tmp_path, 'os.environ["TOPIC"]', eventlens_toml='[values]\nTOPIC = "orders"\n')
    told = renamed.refusal(renamed.channel("orders"), NEW)
    assert told == "`orders` is what eventlens.toml says for publish.py:9: change it there"


SENDING = """import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/orders", MessageBody="again")
"""
TEMPLATE = """Parameters:
  Name: {Type: String, Default: orders}
Resources:
  orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: %s
  Take:
    Type: AWS::Serverless::Function
    Properties:
      Handler: send.handler
      Runtime: python3.12
      Events:
        Orders: {Type: SQS, Properties: {Queue: !GetAtt orders.Arn}}
"""


def sending(root: Path, **files: str) -> Renamed:
    (root / "requirements.txt").write_text("boto3\n")
    (root / "send.py").write_text(SENDING)
    for name, text in files.items():
        (root / name.replace("_", ".")).write_text(text)
    return Renamed(root)


def test_a_queue_that_a_handler_is_wired_to_is_renamed_where_it_is_declared_and_not_its_key(tmp_path: Path) -> None:
    renamed = sending(tmp_path, template_yaml=TEMPLATE % "orders")
    assert places(renamed, "orders") == [("send.py", 7), ("template.yaml", 7)]
    assert renamed.refusal(renamed.channel("orders"), NEW) == ""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("template_yaml", TEMPLATE % "!Ref Name"),
        (
            "main_tf",
            'variable "name" {\n  default = "orders"\n}\nresource "aws_sqs_queue" "q" {\n  name = var.name\n}\n',
        ),
    ],
)
def test_a_declaration_that_has_its_name_from_a_variable_is_named(tmp_path: Path, file: str, text: str) -> None:
    renamed = sending(tmp_path, **{file: text})
    place = f"{file.replace('_', '.')}:4"
    told = renamed.refusal(renamed.channel("orders"), NEW)
    assert told == f"the queue at {place} has its name from elsewhere and would keep it"


MODULE = """module "sqs_orders" {
  source     = "https://example.invalid/modules/terraform-sqs.zip"
  name       = "orders"
  create_dlq = true
}
resource "aws_lambda_event_source_mapping" "take" {
  event_source_arn = module.sqs_orders.sqs_queue_arn
  function_name    = aws_lambda_function.take.arn
}
resource "aws_lambda_function" "take" {
  function_name = "take"
  handler       = "send.handler"
  runtime       = "python3.12"
}
"""
RESOURCES = """resource "aws_sqs_queue" "orders" {
  name           = "orders"
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 3 })
}
resource "aws_sqs_queue" "dead" {
  name = "orders-dlq"
}
"""


@pytest.mark.parametrize("infrastructure", [MODULE, RESOURCES], ids=["made of it", "written out"])
def test_a_dead_letter_queue_follows_the_name_that_it_is_made_of(tmp_path: Path, infrastructure: str) -> None:
    renamed = sending(tmp_path, main_tf=infrastructure)
    assert renamed.channel("orders").dead_letter == "orders-dlq"
    assert renamed.refusal(renamed.channel("orders"), NEW) == ""


def test_the_address_in_an_asyncapi_document_is_renamed_with_the_channel() -> None:
    renamed = Renamed(FIXTURES / "schemas" / "schema-files")
    assert places(renamed, "book-arrivals") == [("asyncapi.yaml", 5), ("src/index.ts", 18)]
    assert renamed.refusal(renamed.channel("book-arrivals"), NEW) == ""


KEYED = """asyncapi: 2.6.0
info: {title: Orders, version: 1.0.0}
channels:
  orders:
    publish:
      message:
        name: order
        payload: {type: object, properties: {id: {type: string}}}
  copies:
    $ref: '#/channels/orders'
"""


def test_so_is_a_channel_that_is_a_key_of_a_document_with_what_refers_to_it(tmp_path: Path) -> None:
    renamed = publishing(tmp_path, '"orders"', asyncapi_yaml=KEYED)
    assert places(renamed, "orders") == [("asyncapi.yaml", 4), ("asyncapi.yaml", 10), ("publish.py", 5)]
    assert renamed.refusal(renamed.channel("orders"), NEW) == ""
