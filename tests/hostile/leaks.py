"""A workspace full of secrets, each with a text of its own that must show up nowhere."""

from __future__ import annotations

from pathlib import Path

SECRETS: dict[str, str] = {}
"""What each canary is → its text."""


def canary(what: str) -> str:
    return SECRETS.setdefault(what, f"zq{len(SECRETS)}Xcanary{len(SECRETS)}v7")


def aws(what: str) -> str:
    return SECRETS.setdefault(what, f"AKIAZQCANARY{len(SECRETS):08d}"[:20])


ENV = f"""\
KAFKA_PASSWORD={canary(".env, by name")}
TENANT_SECRET="{canary(".env, quoted")}"
API_TOKEN={canary(".env, a topic of its own")}
BROKER_URL=amqp://shop:{canary(".env, in a URL")}@mq:5672/v
COMPOSED_TOPIC=orders-${{TENANT_SECRET}}
SB_CONNECTION=Endpoint=sb://x.example/;SharedAccessKeyName=root;SharedAccessKey={canary(".env, a connection string")}
ACCESS={aws(".env, an access key")}
"""
COMPOSE = f"""\
services:
  orders:
    build: orders
    environment:
      DB_PASSWORD: {canary("compose, by name")}
      COMPOSE_TOPIC: stock-${{TENANT_SECRET}}
      HOOK_URL: https://hooks.example/in?token={canary("compose, in a query")}
    command: serve --password={canary("compose, a command")}
  mq:
    image: rabbitmq
    environment: [RABBITMQ_DEFAULT_PASS={canary("compose, a list")}]
"""
DEPLOYMENT = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: orders}}
spec:
  template:
    spec:
      containers:
        - name: orders
          env:
            - name: SHIPPING_TOKEN
              value: {canary("a deployment")}
            - name: SHIP_TOPIC
              value: shipping
"""
CONFIG = f"""\
kafka:
  topic: configured-topic
  password: {canary("a configuration document")}
  secretTopic: plain-topic
"""
SETTINGS = f"""\
[values]
STATED_SECRET = "{canary("the settings")}"
"""
PUBLISH = f"""\
import {{ Kafka }} from 'kafkajs';
import amqp from 'amqplib';
const kafka = new Kafka({{ brokers: ['b'], sasl: {{ mechanism: 'plain', username: 'u', password: '{canary("code, a literal")}' }} }});
const producer = kafka.producer();
interface Login {{ user: string; password: string }}
export async function all(id: string, login: Login): Promise<void> {{
  await producer.send({{ topic: process.env.KAFKA_PASSWORD ?? '{canary("code, a fallback behind a set variable")}', messages: [{{ value: id }}] }});
  await producer.send({{ topic: process.env.MISSING_PASSWORD ?? '{canary("code, a fallback")}', messages: [{{ value: id }}] }});
  await producer.send({{ topic: process.env['OTHER_SECRET'] || "{canary("code, another fallback")}", messages: [{{ value: id }}] }});
  await producer.send({{ topic: `orders-${{process.env.TENANT_SECRET}}`, messages: [{{ value: JSON.stringify(login) }}] }});
  await producer.send({{ topic: process.env.API_TOKEN, messages: [{{ key: process.env.API_TOKEN, value: id }}] }});
  await producer.send({{ topic: process.env.COMPOSED_TOPIC, messages: [{{ value: id }}] }});
  await producer.send({{ topic: process.env.COMPOSE_TOPIC, messages: [{{ value: id }}] }});
  await producer.send({{ topic: process.env.BROKER_URL, messages: [{{ value: id }}] }});
  await producer.send({{ topic: process.env.SB_CONNECTION, messages: [{{ value: id }}] }});
  await producer.send({{ topic: `logs-${{process.env.ACCESS}}`, messages: [{{ value: id }}] }});
  await producer.send({{ topic: process.env.SHIPPING_TOKEN, messages: [{{ value: id }}] }});
  await producer.send({{ topic: process.env.STATED_SECRET, messages: [{{ value: id }}] }});
  await producer.send({{ topic: process.env.HOOK_URL, messages: [{{ value: id }}] }});
  await producer.send({{ topic: process.env.DB_PASSWORD, messages: [{{ value: id }}] }});
  await producer.send({{ topic: `t-${{process.env.DB_TOKEN ?? "{canary("code, a hole's fallback")}"}}-x`, messages: [{{ value: id }}] }});
  producer.send({{ topic: pick(process.env.A_TOKEN ?? '{canary("code, an expression that is not known")}'), messages: [] }});
  const connection = await amqp.connect('amqp://u:{canary("code, a URL")}@mq');
  const channel = await connection.createChannel();
  channel.sendToQueue('amqp://u:{canary("code, a URL for a name")}@mq', Buffer.from(id));
}}
"""
CONSUME = f"""\
import os
import yaml
from pydantic_settings import BaseSettings
from kafka import KafkaConsumer, KafkaProducer

class Settings(BaseSettings):
    admin_password: str = "{canary("code, a settings class")}"
    topic: str = "settings-topic"

settings = Settings()
config = yaml.safe_load(open("config.yaml"))
consumer = KafkaConsumer(f"orders-{{os.environ['TENANT_SECRET']}}", group_id=os.environ["TENANT_SECRET"])
other = KafkaConsumer(os.getenv("LOST_TOKEN", "{canary("code, a default argument")}"), group_id="g", sasl_plain_password="{canary("code, a keyword")}")
producer = KafkaProducer()

def forward():
    for message in consumer:
        producer.send(settings.admin_password, message.value)
        producer.send(config["kafka"]["password"], message.value)
        producer.send(config["kafka"]["topic"], message.value)
        producer.send(settings.topic, message.value)
    for message in other:
        print(message)
"""
SCHEMA = f"""\
{{"$schema": "https://json-schema.org/draft-07", "title": "configured-topic", "type": "object", "properties": {{
  "password": {{"type": "string", "default": "{canary("a schema's default")}"}},
  "apiKey": {{"const": "{canary("a schema's constant")}"}},
  "url": {{"type": "string", "description": "e.g. amqp://u:{canary("a schema's description")}@mq"}}}}}}
"""
FILES = {
    ".env": ENV,
    "docker-compose.yml": COMPOSE,
    "deploy.yaml": DEPLOYMENT,
    "eventlens.toml": SETTINGS,
    "orders/package.json": '{"name": "orders", "dependencies": {"kafkajs": "2", "amqplib": "0"}}',
    "orders/src/publish.ts": PUBLISH,
    "billing/pyproject.toml": '[project]\nname = "billing"\n',
    "billing/consume.py": CONSUME,
    "billing/config.yaml": CONFIG,
    "configured-topic.schema.json": SCHEMA,
}


def write_leaks(root: Path) -> Path:
    """The workspace in a folder."""
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def leaked(content: str | bytes) -> list[str]:
    """Which secrets stand in a text."""
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    return [what for what, secret in SECRETS.items() if secret in text]
