"""What mutations begin with: files of the fixtures, of a corpus where one is named, and small texts of what those lack."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
RULES = FIXTURES.parent / "rules"
CORPUS = "EVENTLENS_FUZZ_CORPUS"
"""Environment variable: folders of work trees, separated as in ``PATH``."""

_LARGEST = 12_000
"""Bytes. Larger files take longer and show nothing that smaller ones do not."""
_MOST = 400
_NOT_ENTERED = frozenset((".git", "node_modules", ".venv", "dist", "build"))


def seeds(wanted: Callable[[str], bool], *own: str) -> tuple[bytes, ...]:
    """The own texts, and the files whose path is wanted: at most `_MOST`, spread evenly over fixtures and corpus."""
    paths = [path for path in _files() if wanted(path.as_posix())]
    step = max(1, -(-len(paths) // _MOST))
    found = [path.read_bytes() for path in paths[::step]]
    return (*(text.encode() for text in own), *found)


@cache
def _files() -> tuple[Path, ...]:
    roots = [FIXTURES, RULES, *(Path(root) for root in os.environ.get(CORPUS, "").split(os.pathsep) if root)]
    return tuple(path for root in roots for path in sorted(_below(root)))


def _below(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _NOT_ENTERED]
        for name in names:
            path = Path(folder, name)
            if path.is_file() and path.stat().st_size <= _LARGEST:
                yield path


TSX = """import React, { useEffect } from 'react';
import { Kafka } from 'kafkajs';

type Props<T> = { items: readonly T[]; onPick?: (item: T) => Promise<void> };

export default function List<T extends { id: string }>({ items, onPick = async () => {} }: Props<T>) {
  useEffect(() => { void producer.send({ topic: `viewed-${items.length}`, messages: [] }); }, [items]);
  return (
    <>
      {/* one row each */}
      {items.map((item) => <li key={item.id} onClick={() => onPick(item)} {...rest} data-a="x&amp;y">{item.id ?? 'none'} text</li>)}
      <Menu.Item<T> value={<b>1</b>} disabled />
    </>
  );
}
"""
TYPESCRIPT = """import type { Order } from './orders';
import amqp = require('amqplib');
export * as events from './events';
declare module 'x' { export const y: number }
namespace Shop.Inner { export enum Topic { Orders = 'orders', Refunds = `refunds`, N = 1 << 2 } }
abstract class Base<T, K extends keyof T = never> extends Mixin(Other)<T> implements A, B {
  static #count = 0; declare readonly name?: string; [key: string]: unknown;
  static { Base.#count += 1; }
  constructor(@Inject(TOKEN) private readonly orders: Repo<Order>, protected y = 1) { super(); }
  @EventPattern('orders.placed', { noAck: false }) async *on(@Payload() { id, ...rest }: Order, [a, , b] = []): AsyncGenerator<T> {
    await using file = open(); for await (const x of this.orders!) yield* (x as unknown as T) satisfies T;
    label: while (true) { switch (x) { case 1: break label; default: { continue; } } }
  }
  get size() { return this?.a?.[0]?.(1)!; } set size(v) {} abstract run<T>(): asserts this is T;
}
type Each<T> = T extends (infer U)[] ? { [K in keyof T as `on${K & string}`]-?: T[K] } : typeof import('./a');
function over(a: string): void; function over(a: any, ...b: number[]) { return <T,>(x: T) => x; }
const { a: { b = 1 }, ...c } = d, f = async x => { try { throw x ** 2 } catch { return /[/]\\//giu.test(`${x}`) } finally {} };
export { f as default, type Order }; export = f;
"""
JSX = """const React = require('react');
class Shop extends React.Component { state = { n: 0n }; render = () => <a.b {...this.props}>{this.state.n}&nbsp;{...all}</a.b> }
module.exports = { Shop, ...rest }; exports.go = function* () { yield* go(); }; with (x) { y() } do { debugger } while (0);
new.target; a ||= b ?? c; tag`x${1}`; if (a) { } else if (b) c(); else d(), e(); var { [key()]: z = 2 } = q; import('x').then(import.meta.url);
"""
PYTHON = '''from __future__ import annotations
import os, a.b.c as d
from ..shared import (topics as t, *)
@app.on_event("x")
async def run[T: int = str](self, /, a: Annotated[str, Query(...)], *args, b=1, **kw) -> "Order | None":
    """Doc."""
    global x; nonlocal y
    async with a as (b, c), d() as e: pass
    match command.split():
        case [Point(x=0), {"a": 1, **rest}, *_] | None if x > 1: return f"{x!r:>{width}} {'y'}" "z" rf\'\'\'{a}\\d\'\'\'
        case str() as s: raise E from None
    try: yield (await x for x in y if z async for q in w)
    except* (A, B) as e: ...
    else: del a[1:2, ::3]
    finally: assert x, "no"
    while (n := next(it)) and not n in m is not None: print("%s-%d" % (a, b), "{}".format(c), sep=\'\', *d, **e)
    return lambda *a, b: a if b else {**c, 1: 2}
class A(Base, metaclass=M, enum.Enum): x: int = field(default=0); y = z = [i async for i in j]; type L[T] = list[T]
print >>f, x; exec "y"; a @= b; x: Final = 1_000j; y = 0xFF if __name__ == "__main__" else -1e10
'''
JSON_SCHEMA = """{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Order", "type": "object", "required": ["id"],
"allOf": [{"$ref": "#/$defs/base"}], "properties": {"id": {"type": "string", "format": "uuid", "default": "x"}, "kind": {"enum": ["a", 1, null]},
"lines": {"type": "array", "items": {"$ref": "#/$defs/line"}}, "c": {"const": 1}, "d": {"anyOf": [{"type": ["null", "integer"]}, {"$ref": "#/$defs/base"}]}},
"$defs": {"base": {"type": "object", "properties": {"at": {"type": "string"}, "self": {"$ref": "#"}}}, "line": {"type": "object", "properties": {"sku": {}}}}}
"""
RABBITMQ = """{"exchanges": [{"name": "orders", "vhost": "/", "type": "topic", "durable": true, "internal": false, "arguments": {}}],
"queues": [{"name": "q", "vhost": "/", "durable": true, "arguments": {"x-queue-type": "quorum", "x-dead-letter-exchange": "dlx"}}],
"bindings": [{"source": "orders", "vhost": "/", "destination": "q", "destination_type": "queue", "routing_key": "order.#", "arguments": {}}],
"policies": [{"name": "p", "vhost": "/", "pattern": "^q", "apply-to": "queues", "priority": 1, "definition": {"max-length": 10}}]}
"""
TERRAFORM = """variable "stage" { default = "a" }
locals { prefix = replace(format("%s_%s", "shop", var.stage), "_", "-") }
module "m" { source = "./m", name = "a" }
resource "aws_sqs_queue" "q" {
  for_each = toset(["a", "b"])
  name = "${local.prefix}-${each.key}"
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.q["b"].arn, maxReceiveCount = 3 })
}
resource "aws_cloudwatch_event_rule" "r" {
  event_pattern = <<EOF
{"detail-type": ["A", {"prefix": "B"}], "detail": {"type": ["C"]}}
EOF
}
resource "aws_cloudwatch_event_target" "t" { rule = aws_cloudwatch_event_rule.r.name, arn = aws_sqs_queue.q["a"].arn }
resource "aws_lambda_function" "f" {
  filename = var.stage == "a" ? "x/a.zip" : "b.zip"
  environment { variables = { for k, v in { A = aws_sqs_queue.q["a"].url } : k => v } }
}
resource "aws_lambda_event_source_mapping" "e" { event_source_arn = one(aws_sqs_queue.q[*].arn), function_name = aws_lambda_function.f.arn }
"""
SERVERLESS = """service: {name: a}
custom: {queue: "q-${opt:stage, 'dev'}", again: "${self:custom.again}"}
provider: {environment: {Q: "${self:custom.queue}"}}
functions:
  f:
    handler: src/a.handler
    events: [{sqs: {arn: {Fn::GetAtt: [Q, Arn]}}}, {sns: t}, {eventBridge: {pattern: {source: [a]}}}, {kafka: {topic: t}}]
resources: {Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: "${self:custom.queue}"}}}}
"""
FUNCTION = """{"scriptFile": "../dist/Bake/index.js", "entryPoint": "bake", "bindings": [
  {"type": "queueTrigger", "direction": "in", "name": "order", "queueName": "orders"},
  {"type": "serviceBusTrigger", "topicName": "%PARCELS%"}, {"type": "eventHubTrigger", "path": "heat"}, {"type": "http"}]}
"""
KUBERNETES = """apiVersion: template.openshift.io/v1
kind: Template
parameters: [{name: TOPIC, value: orders}]
objects:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: "shop-${TOPIC}"}
  spec: {template: {spec: {containers: [{name: api, env: [{name: A, value: "${TOPIC}"}, {name: B, valueFrom: {configMapKeyRef: {name: m, key: k}}}], envFrom: [{configMapRef: {name: m}, prefix: P_}]}]}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: m}
data: {k: v, n: "1"}
"""
COMPOSE = """x-base: &base {image: "a:${TAG:-1}", environment: [A=b, C, "D=${E}"]}
services:
  api: {<<: *base, build: {context: ./api, dockerfile: D}, env_file: [.env, {path: b.env}], ports: ["80:80", {target: 1, published: 2}], command: [a, b]}
  worker: {extends: {service: api}, environment: {X: 1, Y: null, Z: true}, depends_on: {api: {condition: service_started}}}
  other: {extends: worker, build: ./o, command: run it, depends_on: [api]}
"""
YAML = """%YAML 1.1
---
a: &a {b: 1, <<: [{c: 2}, {d: 3}]}
? [complex, key]
: !Sub "${AWS::Region}"
text: |+
  line

folded: >-
  more
list: [0o14, 0x1F, 1_000, 1:30, .inf, -.NaN, ~, yes, 2001-12-14t21:59:43.10-05:00, !!binary aGk=, !!set {x, y}, *a]
...
--- # second
- - - x
"""
ENV = """# note
export A=1
B="two ${A} lines
and \\"quotes\\"" # c
C='$A' D=`x`
E: yaml like
F=${A:-${B:-x}}/$C/$$/${D:?no}/${G:+y} # z
EMPTY=
"""
PROPERTIES = "# a\na.b = c\\\n   d\nkey\\ x : \\u00e9\\t\n! no\nempty\n"
INI = "top = 1\n[a]\nkey: value\n  more\n; note\n[b]\nx=%(y)s\n"
JSONC = '// a\n{"a": [1, 2,], /* b */ "b": {"c": "//no", "d": -1.5e3, "e": NaN,},}\n'
TOML = """title = "x"
[a."b c".d]
k = {x = 1, y = [1979-05-27T07:32:00Z, 07:32:00, 0xff, inf, 1_0]}
s = \"\"\"
many\\
lines\"\"\"
l = '''raw'''
[[rows]]
n.m = true
[[rows.inner]]
"""
SETTINGS = """exclude = ["gen/**"]
profiles = ["prod"]
[values]
TOPIC = "orders"
n = 3
b = true
[[services]]
name = "a"
path = "services/a"
[[external]]
channel = "audit.*"
owner = "team"
[rules]
dual-write = "off"
orphan-publish = {severity = "hint"}
[libraries]
paths = ["models"]
"""
PYPROJECT = """[project]
name = "shop"
dependencies = ["aiokafka[snappy]>=0.8; python_version > '3'", "-e ."]
[project.optional-dependencies]
dev = ["pytest"]
[project.scripts]
run = "shop:main"
[dependency-groups]
x = [{include-group = "dev"}, "a"]
[tool.poetry]
name = "p"
[tool.poetry.dependencies]
python = "^3"
pika = {version = "1", optional = true}
[tool.poetry.group.t.dependencies]
z = "1"
[tool.eventlens]
exclude = []
"""
PACKAGE = """{"name": "@a/b", "workspaces": {"packages": ["p/*"]}, "dependencies": {"kafkajs": "^2"}, "devDependencies": {"x": {}},
"scripts": {"start": "node ."}, "exports": {".": {"import": "./i.js"}}, "main": "x.js"}
"""
SETUP_CFG = "[metadata]\nname = a\n[options]\ninstall_requires =\n    pika>=1\n    x; python_version<'3'\n"
SETUP_PY = 'from setuptools import setup\nsetup(name="a-b", install_requires=["pika>=1", \'x[y]\'])\n'
PIPFILE = '[packages]\npika = "*"\nx = {version = "1", extras = ["y"]}\n[dev-packages]\n'
REQUIREMENTS = "# a\npika==1.0 # b\n-r other.txt\nx[y,z]>=2; python_version<'3'\ngit+https://a/b#egg=c\n\n"
CHANGELOG = """<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">
  <changeSet id="1" author="orders">
    <createTable tableName="orders">
      <column name="id" type="bigint"><constraints primaryKey="true" nullable="false"/></column>
      <column name="number"><constraints unique="true"/></column>
    </createTable>
    <createIndex tableName="orders" indexName="one" unique="true"><column name="shop"/><column name="number"/></createIndex>
    <sql><![CDATA[create unique index two on orders (shop)]]></sql>
  </changeSet>
</databaseChangeLog>
"""
SQL = """-- one row an order
CREATE TABLE IF NOT EXISTS shop."orders" (id BIGSERIAL PRIMARY KEY, no VARCHAR(20) NOT NULL UNIQUE, at DATE, /* a */
  CONSTRAINT once UNIQUE KEY k (no, at DESC), CHECK (no IN ('a', 'b')));
create unique index concurrently on only `lines` using btree (order_id, lower(sku)) where sku > '';
ALTER TABLE ONLY [dbo].[lines] ADD COLUMN x INT, ADD CONSTRAINT pk PRIMARY KEY CLUSTERED ([id] ASC);
"""
PROTOBUF = """syntax = "proto3"; package shop.v1; import "a.proto";
// An order.
message Order { option (x) = {a: 1}; reserved 1 to 3; string id = 1 [(v).len = 3]; // trailing
  repeated Line lines = 2; map<string, Line> by = 3; oneof pay { string card = 4; .google.protobuf.Timestamp at = 5; }
  enum Kind { A = 0; B = 1 [deprecated = true]; } optional Kind kind = 6; message Line { bytes sku = 1; Order inner = 2; } /* end */ }
service S { rpc R (Order) returns (stream Order) { option y = "z"; } }
"""
AVRO = """[{"type": "record", "name": "shop.Order", "namespace": "x", "doc": "d", "fields": [{"name": "id", "type": {"type": "string", "logicalType": "uuid"}},
{"name": "n", "type": ["null", "long", "Order"], "default": null}, {"name": "l", "type": {"type": "array", "items": "shop.Line"}},
{"name": "m", "type": {"type": "map", "values": {"type": "enum", "name": "E", "symbols": ["A", "B"]}}, "default": {"a": [1]}}]},
{"type": "record", "name": "Line", "namespace": "shop", "fields": [{"name": "o", "type": "Order"}]}]
"""
ASYNCAPI = """asyncapi: 3.0.0
channels:
  orders: {address: shop.orders, messages: {Placed: {$ref: '#/components/messages/Placed'}}}
  old: {publish: {message: {oneOf: [{$ref: '#/components/messages/Placed'}, {name: X, payload: {type: object, properties: {a: {type: string}}}}]}}}
components:
  messages:
    Placed: {summary: s, payload: {schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {type: record, name: P, fields: [{name: a, type: int}]}}}
    Next: {payload: {$ref: './other.json#/x/0'}}
"""
TERRAFORM = (
    'resource "aws_sqs_queue" "orders" {\n  name = "orders"\n  tags = { a = "b" }\n}\nvariable "x" { default = "y" }\n'
)
CLOUDFORMATION = """AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${AWS::StackName}-q', RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn}}}
Outputs: {A: {Value: !Ref Queue}}
"""
LIBRARY = """library: kafka-ish
languages: [typescript, python]
packages: [kafka-ish]
broker: kafka
"""

MESSAGING_OBJECTS = """\
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaTopic
metadata: {name: orders}
spec: {topicName: shop.orders, partitions: 12}
---
apiVersion: rabbitmq.com/v1beta1
kind: Queue
metadata: {name: orders}
spec: {name: shop.orders, type: quorum, durable: true, arguments: {x-dead-letter-exchange: shop.dead}}
---
apiVersion: rabbitmq.com/v1beta1
kind: Binding
spec: {source: shop, destination: shop.orders, destinationType: queue, routingKey: "order.*"}
---
apiVersion: rabbitmq.com/v1beta1
kind: Policy
spec: {name: dead, pattern: "^shop", priority: 2, definition: {dead-letter-exchange: all.dead}}
"""

CONNECTOR_OBJECT = """\
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaConnector
metadata: {name: orders}
spec:
  class: io.debezium.connector.mysql.MySqlConnector
  config:
    database.server.name: shop
    table.whitelist: shop.orders,shop.outbox
    transforms: outbox
    transforms.outbox.type: io.debezium.transforms.outbox.EventRouter
"""

CHART = """\
{{- if .Values.orders }}
kind: Deployment
metadata: {name: {{ include "shop.name" . }}}
env:
  {{- /* two
  lines */}}
  - name: TOPIC
    value: {{ .Values.orders.topic | default "shop.orders" | quote }}
  - {name: DEAD, value: "{{ .Values.orders.topic }}.dlq"}
{{- end }}
"""

KEYS = """\
app:
  version: @project.version@
  topics: [{name: "${TOPIC:shop.${env:dev}}"}, b]
"%prod":
  app.on: true
---
spring.config.activate.on-profile: "prod & (eu | !us)"
app.topics[0].name: x
"""
