"""Avro, Protocol Buffers, JSON Schema and AsyncAPI files as message schemas; broken ones give a problem and never raise."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from eventlens.config.asyncapi import read_asyncapi
from eventlens.config.avro import read_avro
from eventlens.config.documents import read_document
from eventlens.config.json_schema import read_json_schema
from eventlens.config.message_schemas import SchemaField, SchemaFile
from eventlens.config.protobuf import read_protobuf
from eventlens.config.values import Value


def rows(fields: Sequence[SchemaField], above: str = "") -> list[str]:
    """Fields as lines: name, type, format, mark of an optional one, default, description."""
    lines: list[str] = []
    for one in fields:
        words = [f"{above}{one.name}{'?' if one.optional else ''}: {one.type}"]
        words += [f"({one.format})"] if one.format else []
        words += [f"= {one.default}"] if one.default is not None else []
        words += [f"# {one.doc}"] if one.doc else []
        lines += [" ".join(words), *rows(one.fields, f"{above}{one.name}{'[]' if one.repeated else ''}.")]
    return lines


def nothing(path: str) -> Value | None:
    return None


class Folder:
    """Files of a workspace; remembers which were asked for."""

    def __init__(self, **files: str) -> None:
        self.files = {name.replace("__", "/").replace("_json", ".json"): text for name, text in files.items()}
        self.asked: list[str] = []

    def __call__(self, path: str) -> Value | None:
        self.asked.append(path)
        text = self.files.get(path)
        return read_document(path, text).root if text is not None else None


# -------------------------------------------------------------------------------------------------------------- Avro

ORDER_PLACED_AVSC = """{
  "type": "record", "name": "OrderPlaced", "namespace": "com.shop",
  "doc": "An order was placed.",
  "fields": [
    {"name": "orderId", "type": {"type": "string", "logicalType": "uuid"}, "doc": "Who it is."},
    {"name": "placedAt", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "note", "type": ["null", "string"], "default": null},
    {"name": "currency", "type": {"type": "enum", "name": "Currency", "symbols": ["EUR", "USD"]}, "default": "EUR"},
    {"name": "customer", "type": {"type": "record", "name": "Customer", "fields": [{"name": "email", "type": "string"}]}},
    {"name": "billedTo", "type": ["null", "Customer"]},
    {"name": "lines", "type": {"type": "array", "items": {"type": "record", "name": "Line", "fields": [
      {"name": "sku", "type": "string"}, {"name": "next", "type": ["null", "com.shop.Line"]}]}}}
  ]
}"""


def test_avro_record() -> None:
    (message,) = read_avro(ORDER_PLACED_AVSC).messages
    assert (message.namespace, message.name, message.line) == ("com.shop", "OrderPlaced", 2)
    assert message.doc == "An order was placed."
    assert rows(message.fields) == [
        "orderId: string (uuid) # Who it is.",
        "placedAt: long (timestamp-millis)",
        "note?: string",
        'currency: enum Currency(EUR, USD) = "EUR"',
        "customer: Customer",
        "customer.email: string",
        "billedTo?: Customer",
        "billedTo.email: string",
        "lines: array<Line>",
        "lines[].sku: string",
        "lines[].next?: Line",
        "lines[].next.sku: string",
        "lines[].next.next?: Line",
    ]


def test_avro_union_file_declares_each_of_its_records() -> None:
    file = read_avro(
        '[{"type": "record", "name": "a.B", "fields": []}, {"type": "enum", "name": "E", "symbols": []},'
        ' {"type": "record", "name": "C", "fields": [{"name": "b", "type": "a.B"}]}]'
    )
    assert [(one.namespace, one.name) for one in file.messages] == [("a", "B"), ("", "C")]


@pytest.mark.parametrize("text", ["{", '"string"', "[1, null]", "", '{"type": "record"}', "[" * 5000])
def test_avro_never_raises(text: str) -> None:
    file = read_avro(text)
    assert all(not one.fields for one in file.messages)


def test_a_broken_file_says_where() -> None:
    (problem,) = read_avro('{\n  "type": record\n}').problems
    assert "line 2" in problem.message


# ---------------------------------------------------------------------------------------------------------- Protobuf

ORDERS_PROTO = """syntax = "proto3";
package shop.orders.v1;
import "google/protobuf/timestamp.proto";
option java_package = "com.shop";

// An order was placed.
message OrderPlaced {
  option deprecated = true;
  reserved 4, 9 to 11;
  // Who it is.
  string order_id = 1 [(validate.rules).string = {min_len: 1}];
  google.protobuf.Timestamp placed_at = 2; // when it was paid
  optional string note = 3;
  repeated Line lines = 5;
  map<string, int32> counts = 6;
  Status status = 7;
  oneof payment {
    string card = 12;
    shop.orders.v1.OrderPlaced.Transfer transfer = 13;
  }
  message Line {
    string sku = 1;
    Line bundled = 2;
  }
  message Transfer { string iban = 1; }
  enum Status { OPEN = 0; PAID = 1; }
}

service Orders { rpc Place (OrderPlaced) returns (OrderPlaced) { option (google.api.http) = { post: "/v1" }; } }
/* Gone. */
message OrderCancelled { string order_id = 1; }
"""


def test_protobuf_messages() -> None:
    file = read_protobuf(ORDERS_PROTO)
    assert [(one.namespace, one.name, one.line) for one in file.messages] == [
        ("shop.orders.v1", "OrderPlaced", 7),
        ("shop.orders.v1.OrderPlaced", "Line", 21),
        ("shop.orders.v1.OrderPlaced", "Transfer", 25),
        ("shop.orders.v1", "OrderCancelled", 31),
    ]
    assert [one.doc for one in file.messages] == ["An order was placed.", "", "", "Gone."]
    assert rows(file.messages[0].fields) == [
        "order_id: string # Who it is.",
        "placed_at: timestamp # when it was paid",
        "note?: string",
        "lines: repeated Line",
        "lines[].sku: string",
        "lines[].bundled: Line",
        "lines[].bundled.sku: string",
        "lines[].bundled.bundled: Line",
        "counts: map<string, int32>",
        "status: enum Status(OPEN, PAID)",
        "card?: string",
        "transfer?: Transfer",
        "transfer.iban: string",
    ]
    assert file.problems == ()


def test_protobuf_keeps_what_stands_before_a_mistake() -> None:
    file = read_protobuf("message A { string a = 1; }\nmessage B { string b = 1;")
    assert [one.name for one in file.messages] == ["A", "B"]
    assert [problem.line for problem in file.problems] == [2]


@pytest.mark.parametrize(
    "text",
    ["", "message", "message A {", "}}}", "message A { = ; }", "message A { map<a } ", "{" * 999, 'enum E { A = "'],
)
def test_protobuf_never_raises(text: str) -> None:
    assert all(not one.fields for one in read_protobuf(text).messages)


# ------------------------------------------------------------------------------------------------------- JSON Schema

PAYMENT_JSON = """{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "PaymentCaptured",
  "description": "Money came in.",
  "type": "object",
  "required": ["id", "amount", "card"],
  "allOf": [{"$ref": "../common.json#/$defs/Envelope"}],
  "properties": {
    "id": {"type": "string", "format": "uuid"},
    "amount": {"$ref": "#/$defs/Money", "description": "What was paid."},
    "card": {"type": ["string", "null"]},
    "method": {"enum": ["card", "transfer"], "default": "card"},
    "parts": {"type": "array", "items": {"$ref": "#/$defs/Money"}},
    "parent": {"$ref": "#"}
  },
  "$defs": {"Money": {"type": "object", "required": ["cents"], "properties": {"cents": {"type": "integer"}}}}
}"""
COMMON_JSON = '{"$defs": {"Envelope": {"type": "object", "properties": {"traceId": {"type": "string"}}}}}'


def schema_of(text: str, path: str, folder: Folder | None = None) -> SchemaFile:
    return read_json_schema(text, path, folder or nothing)


def test_json_schema() -> None:
    folder = Folder(schemas__common_json=COMMON_JSON)
    (message,) = schema_of(PAYMENT_JSON, "schemas/events/payment.json", folder).messages
    assert (message.name, message.line, message.doc) == ("PaymentCaptured", 3, "Money came in.")
    assert rows(message.fields) == [
        "traceId?: string",
        "id: string (uuid)",
        "amount: object # What was paid.",
        "amount.cents: integer",
        "card?: string",
        'method?: "card" | "transfer" = "card"',
        "parts?: object[]",
        "parts[].cents: integer",
        "parent?: object # Money came in.",
    ]


def test_json_schema_references_stay_inside_the_workspace() -> None:
    folder = Folder()
    for reference in (
        "https://example.com/a.json",
        "../../../etc/passwd.json",
        "/etc/passwd.json",
        "file:///etc/a.json",
    ):
        text = json.dumps({"type": "object", "properties": {"a": {"$ref": reference}}})
        (message,) = schema_of(text, "schemas/a.json", folder).messages
        assert rows(message.fields) == ["a?: any"], reference
    assert folder.asked == []


def test_json_schema_circles_end() -> None:
    circle = json.dumps({"type": "object", "properties": {"b": {"$ref": "b.json"}}})
    folder = Folder(b_json=json.dumps({"$ref": "a.json"}), a_json=circle)
    (message,) = schema_of(circle, "a.json", folder).messages
    assert [one.name for one in message.fields] == ["b"]
    assert schema_of('{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#"}', "a.json") == SchemaFile()


def test_a_file_of_definitions_declares_each() -> None:
    text = '{"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"A": {"type": "object", "properties": {"x": {}}}, "N": {"type": "string"}}}'
    assert [one.name for one in schema_of(text, "events.json").messages] == ["A"]


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"type": "object"}', '{"$schema": "https://example.com/config"}', "null"]
)
def test_other_json_is_no_schema(text: str) -> None:
    assert schema_of(text, "package.json").messages == ()


# ---------------------------------------------------------------------------------------------------------- AsyncAPI

ASYNCAPI_2 = """asyncapi: 2.6.0
channels:
  order-events:
    publish:
      message:
        oneOf:
          - $ref: '#/components/messages/OrderPlaced'
          - $ref: '#/components/messages/OrderCancelled'
  mails:
    subscribe:
      message:
        name: MailSent
        payload: {type: object, properties: {to: {type: string, format: email}}}
components:
  messages:
    OrderPlaced:
      summary: An order was placed.
      payload:
        type: object
        required: [orderId]
        properties:
          orderId: {type: string, description: Who it is.}
    OrderCancelled:
      schemaFormat: application/vnd.apache.avro;version=1.9.0
      payload: {type: record, name: OrderCancelled, namespace: shop, fields: [{name: reason, type: string}]}
"""
ASYNCAPI_3 = """asyncapi: 3.0.0
channels:
  orders:
    address: order-events
    messages:
      placed: {$ref: '#/components/messages/OrderPlaced'}
operations:
  onOrder: {action: receive, channel: {$ref: '#/channels/orders'}}
components:
  messages:
    OrderPlaced:
      payload:
        schemaFormat: application/schema+json;version=draft-07
        schema: {type: object, properties: {orderId: {type: string}}}
"""


def test_asyncapi_2() -> None:
    found = read_asyncapi(ASYNCAPI_2, "asyncapi.yaml", nothing).messages
    assert [(one.name, one.channels, one.line) for one in found] == [
        ("OrderPlaced", ("order-events",), 16),
        ("OrderCancelled", ("order-events",), 23),
        ("MailSent", ("mails",), 12),
    ]
    assert [rows(one.fields) for one in found] == [
        ["orderId: string # Who it is."],
        ["reason: string"],
        ["to?: string (email)"],
    ]
    assert found[0].doc == "An order was placed."


def test_asyncapi_3() -> None:
    (message,) = read_asyncapi(ASYNCAPI_3, "asyncapi.yaml", nothing).messages
    assert (message.name, message.channels) == ("OrderPlaced", ("order-events",))
    assert rows(message.fields) == ["orderId?: string"]


def test_asyncapi_payload_in_another_file() -> None:
    text = "asyncapi: 2.0.0\nchannels:\n  a:\n    publish:\n      message: {name: A, payload: {$ref: ./a.json}}\n"
    folder = Folder(docs__a_json='{"type": "object", "properties": {"x": {"type": "integer"}}}')
    (message,) = read_asyncapi(text, "docs/asyncapi.yaml", folder).messages
    assert rows(message.fields) == ["x?: integer"] and message.path == "docs/asyncapi.yaml"


@pytest.mark.parametrize(
    "text", ["", "a: b", "asyncapi: 2.0.0", "asyncapi: [", "asyncapi: 3.0.0\nchannels: {a: 1, b: {messages: [x]}}"]
)
def test_asyncapi_never_raises(text: str) -> None:
    assert read_asyncapi(text, "asyncapi.yaml", nothing).messages == ()


def test_asyncapi_describes_an_application() -> None:
    two = read_asyncapi(ASYNCAPI_2_CHANNELS, "asyncapi.yaml", nothing).application
    assert two is not None and two.title == "Orders" and two.is_whole
    assert [(one.names, one.around, one.line, one.is_used, one.protocols) for one in two.channels] == [
        (("shop/*/placed", "placed-queue"), ("orders",), 6, True, ("amqp",)),
        (("plain",), (), 14, False, ("amqp",)),
    ]


def test_asyncapi_3_names_channels_by_address() -> None:
    text = (
        "asyncapi: 3.0.0\nservers: {k: {protocol: Kafka}, w: {protocol: ws}}\nchannels:\n"
        "  placed: {address: orders.placed, servers: [{$ref: '#/servers/k'}]}\n"
        "  replies: {address: null}\n  gone: {$ref: './missing.yaml#/gone'}\n"
        "operations:\n  tell: {action: send, channel: {$ref: '#/channels/placed'}, bindings: {kafka: {topic: t}}}\n"
        "  ask: {action: receive, channel: {$ref: '#/channels/replies'}}\n"
    )
    application = read_asyncapi(text, "asyncapi.yaml", nothing).application
    assert application is not None and not application.is_whole
    assert [(one.names, one.is_used, one.protocols) for one in application.channels] == [
        (("orders.placed", "t"), True, ("kafka",)),
        (("replies",), False, ("kafka", "ws")),
    ]


ASYNCAPI_2_CHANNELS = """asyncapi: 2.6.0
info: {title: Orders}
servers:
  rabbit: {url: localhost, protocol: amqp}
channels:
  shop/{tenant}/placed:
    bindings:
      amqp:
        is: queue
        exchange: {name: orders}
        queue: {name: placed-queue}
    publish:
      message: {payload: {type: string}}
  plain:
    description: Told by somebody else.
"""
