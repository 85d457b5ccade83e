"""Where a channel's name can come from: constants, texts, environment, options, configuration files."""

from __future__ import annotations

import pytest

from .conftest import Find


def python(*lines: str, value: str) -> str:
    return "\n".join(
        (
            "from kafka import KafkaProducer",
            *lines,
            "producer = KafkaProducer()",
            "def place():",
            f"    producer.send({value}, b'')",
            "",
        )
    )


PYTHON_VALUES = {
    "a constant": python("TOPIC = 'orders'", value="TOPIC"),
    "an enum member's value": python(
        "from enum import Enum", "class Topics(Enum):", "    ORDERS = 'orders'", value="Topics.ORDERS.value"
    ),
    "an f-string": python("SHOP = 'ord'", value="f'{SHOP}ers'"),
    "percent formatting": python("SHOP = 'ord'", value="'%sers' % SHOP"),
    "format": python("SHOP = 'ord'", value="'{}ers'.format(SHOP)"),
    "a joined list": python(value="''.join(['ord', 'ers'])"),
    "lower case": python(value="'ORDERS'.lower()"),
    "an item that a truth value chooses": python("TOPICS = ['refunds', 'orders']", value="TOPICS[True]"),
    "a dictionary": python("TOPICS = {'placed': 'orders'}", value="TOPICS['placed']"),
    "a key in brackets": python(
        "def named(topics):", "    return topics['[placed]']", value="named({'[placed]': 'orders'})"
    ),
    "a dictionary filled later": python("TOPICS = {}", "TOPICS['placed'] = 'orders'", value="TOPICS['placed']"),
    "get with a default": python("TOPICS = {}", value="TOPICS.get('placed', 'orders')"),
    "an environment variable's default": python("import os", value="os.environ.get('TOPIC', 'orders')"),
    "getenv or": python("import os", value="os.getenv('TOPIC') or 'orders'"),
    "a data class default": python(
        "from dataclasses import dataclass",
        "@dataclass",
        "class Config:",
        "    topic: str = 'orders'",
        "config = Config()",
        value="config.topic",
    ),
    "a data class argument": python(
        "from dataclasses import dataclass",
        "@dataclass",
        "class Config:",
        "    topic: str = 'x'",
        "config = Config(topic='orders')",
        value="config.topic",
    ),
    "a data class field": python(
        "from dataclasses import dataclass, field",
        "@dataclass",
        "class Config:",
        "    topic: str = field(default='orders')",
        "config = Config()",
        value="config.topic",
    ),
    "a pydantic field": python(
        "from pydantic import BaseModel, Field",
        "class Config(BaseModel):",
        "    topic: str = Field(default='orders')",
        "config = Config()",
        value="config.topic",
    ),
    "a settings class": python(
        "from pydantic_settings import BaseSettings",
        "class Config(BaseSettings):",
        "    topic: str = 'orders'",
        "config = Config()",
        value="config.topic",
    ),
    "a module global that a function sets": python(
        "TOPIC = None", "def configure():", "    global TOPIC", "    TOPIC = 'orders'", value="TOPIC"
    ),
    "an argparse default": python(
        "import argparse",
        "parser = argparse.ArgumentParser()",
        "parser.add_argument('--topic', default='orders')",
        "args = parser.parse_args()",
        value="args.topic",
    ),
    "an argparse destination": python(
        "import argparse",
        "parser = argparse.ArgumentParser()",
        "parser.add_argument('-t', dest='where', default='orders')",
        "args = parser.parse_args()",
        value="args.where",
    ),
    "a class constant": python("class Topics:", "    ORDERS = 'orders'", value="Topics.ORDERS"),
    "a property": python(
        "class Config:",
        "    @property",
        "    def topic(self):",
        "        return 'orders'",
        "config = Config()",
        value="config.topic",
    ),
    "a function's result": python("def topic(name):", "    return name + 's'", value="topic('order')"),
    "a function's default": python("def topic(name='orders'):", "    return name", value="topic()"),
}


@pytest.mark.parametrize("source", PYTHON_VALUES.values(), ids=PYTHON_VALUES.keys())
def test_python_value(find: Find, source: str) -> None:
    assert find({"shop.py": source}).rows("channel") == {("orders",)}


def script(*lines: str, value: str) -> str:
    return "\n".join(
        (
            "import { Kafka } from 'kafkajs';",
            *lines,
            "const producer = new Kafka({ brokers: [] }).producer();",
            f"export const place = () => producer.send({{ topic: {value}, messages: [] }});",
            "",
        )
    )


SCRIPT_VALUES = {
    "a constant": script("const TOPIC = 'orders';", value="TOPIC"),
    "an enum": script("enum Topics { Orders = 'orders' }", value="Topics.Orders"),
    "a template": script("const shop = 'ord';", value="`${shop}ers`"),
    "concatenation": script("const shop = 'ord';", value="shop + 'ers'"),
    "an object": script("const TOPICS = { placed: 'orders' } as const;", value="TOPICS.placed"),
    "a frozen object": script("const TOPICS = Object.freeze({ placed: 'orders' });", value="TOPICS.placed"),
    "a static field": script("class Topics { static readonly ORDERS = 'orders'; }", value="Topics.ORDERS"),
    "a nullish default": script(value="process.env.TOPIC ?? 'orders'"),
    "an or default": script(value="process.env.TOPIC || 'orders'"),
    "a ternary": script(value="Math.random() > 2 ? 'orders' : 'orders'"),
    "a map": script("const topics = new Map();", "topics.set('placed', 'orders');", value="topics.get('placed')"),
    "a destructured default": script("const { topic = 'orders' } = {} as any;", value="topic"),
}


@pytest.mark.parametrize("source", SCRIPT_VALUES.values(), ids=SCRIPT_VALUES.keys())
def test_script_value(find: Find, source: str) -> None:
    assert find({"shop.ts": source}).rows("channel") == {("orders",)}


READERS = {
    "yaml": (
        "config.yaml",
        "kafka:\n  topic: orders\n",
        python(
            "import yaml",
            "with open('config.yaml') as f:",
            "    config = yaml.safe_load(f)",
            value="config['kafka']['topic']",
        ),
    ),
    "yaml in one line": (
        "config.yaml",
        "kafka:\n  topic: orders\n",
        python("import yaml", "config = yaml.safe_load(open('config.yaml'))", value="config['kafka']['topic']"),
    ),
    "yaml beside the module": (
        "config.yaml",
        "kafka:\n  topic: orders\n",
        python(
            "import os, yaml",
            "PATH = os.path.join(os.path.dirname(__file__), 'config.yaml')",
            "config = yaml.safe_load(open(PATH).read())",
            value="config['kafka']['topic']",
        ),
    ),
    "json": (
        "config.json",
        '{"kafka": {"topic": "orders"}}',
        python("import json", "config = json.load(open('config.json'))", value="config['kafka'].get('topic')"),
    ),
    "toml": (
        "config.toml",
        "[kafka]\ntopic = 'orders'\n",
        python(
            "import tomllib",
            "with open('config.toml', 'rb') as f:",
            "    config = tomllib.load(f)",
            value="config['kafka']['topic']",
        ),
    ),
    "path": (
        "config.json",
        '{"topic": "orders"}',
        python(
            "import json",
            "from pathlib import Path",
            "config = json.loads(Path('config.json').read_text())",
            value="config['topic']",
        ),
    ),
    "ini sections": (
        "app.ini",
        "[kafka]\ntopic = orders\n",
        python(
            "import configparser",
            "config = configparser.ConfigParser()",
            "config.read('app.ini')",
            value="config['kafka']['topic']",
        ),
    ),
    "ini get": (
        "app.ini",
        "[kafka]\ntopic = orders\n",
        python(
            "import configparser",
            "config = configparser.ConfigParser()",
            "config.read('app.ini')",
            value="config.get('kafka', 'topic')",
        ),
    ),
    "a variable with a default in yaml": (
        "config.yaml",
        "topic: ${TOPIC:-orders}\n",
        python("import yaml", "config = yaml.safe_load(open('config.yaml'))", value="config['topic']"),
    ),
    "imported json": (
        "config.json",
        '{"kafka": {"topic": "orders"}}',
        script("import config from './config.json';", value="config.kafka.topic"),
    ),
    "parsed json": (
        "config.json",
        '{"topic": "orders"}',
        script(
            "import { readFileSync } from 'fs';",
            "const config = JSON.parse(readFileSync('config.json', 'utf8'));",
            value="config.topic",
        ),
    ),
    "js-yaml": (
        "config.yml",
        "topic: orders\n",
        script(
            "import fs from 'fs';",
            "import yaml from 'js-yaml';",
            "const config = yaml.load(fs.readFileSync('./config.yml', 'utf8')) as any;",
            value="config.topic",
        ),
    ),
    "node-config": (
        "config/default.json",
        '{"kafka": {"topic": "orders"}}',
        script("import config from 'config';", value="config.get('kafka.topic')"),
    ),
}


@pytest.mark.parametrize(("name", "content", "source"), READERS.values(), ids=READERS.keys())
def test_configuration_file(find: Find, name: str, content: str, source: str) -> None:
    module = "shop.ts" if source.startswith("import {") else "shop.py"
    assert find({name: content, module: source}).rows("channel") == {("orders",)}


def test_a_required_configuration_by_environment(find: Find) -> None:
    found = find({
        "config.js": "module.exports = { development: { topic: 'orders' }, production: { topic: 'shop.orders' } };\n",
        "shop.js": "const { Kafka } = require('kafkajs');\nconst config = require('./config')[process.env.NODE_ENV];\nconst producer = new Kafka({}).producer();\nexports.place = () => producer.send({ topic: config.topic, messages: [] });\n",
    })  # fmt: skip
    assert found.rows("channels") == {(("orders", "shop.orders"),)}


@pytest.mark.parametrize(
    "declared",
    [
        "@click.option('--topic', default='orders')\ndef place(topic):",
        "@app.command()\ndef place(topic: str = typer.Option('orders', '--topic')):",
    ],
    ids=["click", "typer"],
)
def test_a_command_line_option_of_a_function(find: Find, declared: str) -> None:
    source = f"import click, typer\nfrom kafka import KafkaProducer\napp = typer.Typer()\nproducer = KafkaProducer()\n{declared}\n    producer.send(topic, b'')\n"
    assert find({"shop.py": source}).rows("channel") == {("orders",)}


def test_environment_files_and_compose(find: Find) -> None:
    read = python("import os", value="os.environ['TOPIC']")
    assert find({"shop.py": read, ".env": "TOPIC=orders\n"}).rows("channel") == {("orders",)}
    compose = "services:\n  shop:\n    build: .\n    environment:\n      TOPIC: orders-of-compose\n"
    assert find({"shop.py": read, "docker-compose.yml": compose}).rows("channel") == {("orders-of-compose",)}


def test_an_unknown_part_is_a_hole(find: Find) -> None:
    found = find({"shop.py": python("import os", value="f\"orders-{os.environ['STAGE']}\"")})
    assert found.rows("channel", "channel_template") == {("orders-*", "orders-${STAGE}")}
    assert [row.set for row in found.graph.unknown] == ["values.STAGE"]


def test_several_values_are_kept_as_several(find: Find) -> None:
    source = python(value="'orders' if __debug__ else 'returns'")
    assert find({"shop.py": source}).rows("channels") == {(("orders", "returns"),)}
