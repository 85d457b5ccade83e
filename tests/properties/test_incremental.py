"""What is known after a series of edits is what an analysis from scratch finds in the same texts."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from eventlens.analysis import analyse, open_workspace
from eventlens.flow.model import FlowMap
from eventlens.workspace.snapshot import Workspace

FILES = {
    "package.json": '{"name": "shop", "private": true, "workspaces": ["services/*"]}',
    "services/orders/package.json": '{"name": "orders", "dependencies": {"kafkajs": "2", "typeorm": "0.3"}}',
    "services/orders/.env": "ORDERS_TOPIC=shop.orders\n",
    "services/orders/topics.ts": "export const Topics = { orders: process.env.ORDERS_TOPIC ?? 'orders', refunds: 'refunds' };\n",
    "services/orders/publisher.ts": """import { Kafka } from 'kafkajs';
const producer = new Kafka({ brokers: [] }).producer();
export class Publisher {
  async publish(topic: string, payload: { id: string }): Promise<void> {
    await producer.send({ topic, messages: [{ key: payload.id, value: JSON.stringify(payload) }] });
  }
}
""",
    "services/orders/index.ts": "export * from './publisher';\nexport * from './topics';\n",
    "services/orders/place.ts": """import { Publisher, Topics } from './index';
export class Orders {
  constructor(private readonly publisher: Publisher, private readonly rows: Repository<Order>) {}
  async place(id: string): Promise<void> {
    await this.rows.save({ id });
    await this.publisher.publish(Topics.orders, { id });
  }
}
""",
    "services/orders/follow.ts": """import { Kafka } from 'kafkajs';
import { Topics } from './topics';
export async function follow(): Promise<void> {
  const consumer = new Kafka({ brokers: [] }).consumer({ groupId: 'g' });
  await consumer.subscribe({ topic: Topics.orders });
  await consumer.run({ eachMessage: async ({ message }) => console.log(message.value) });
}
""",
    "services/billing/pyproject.toml": '[project]\nname = "billing"\ndependencies = ["confluent-kafka"]\n',
    "services/billing/billing/__init__.py": "from .events import announce\n",
    "services/billing/billing/events.py": """from confluent_kafka import Producer

producer = Producer({})


def announce(topic, event):
    producer.produce(topic, value=event)
""",
    "services/billing/billing/pay.py": "from billing import announce\n\n\ndef pay(order):\n    announce('payments', {'id': order})\n",
}
SNIPPETS = (
    "export async function again(p: Publisher) { await p.publish('again', { id: '1' }); }\n",
    "import { Publisher } from './publisher';\n",
    "def late(x):\n    announce('late', x)\n",
    "from .events import announce as send\n",
    "orders", "'refunds'", "// note\n", "# note\n", "}\n", "(", "\n\n", "export ", "await ",
)  # fmt: skip
NEW_PATHS = (
    "services/orders/extra.ts",
    "services/billing/billing/extra.py",
    "services/billing/.env",
    "services/orders/index.tsx",
)


class Editor:
    """Edits a workspace's overlays at random, the same for the same seed."""

    def __init__(self, workspace: Workspace, seed: int) -> None:
        self.workspace = workspace
        self.texts: dict[str, str] = {}
        self._chance = random.Random(seed)
        self._before: list[tuple[str, str | None]] = []

    def step(self) -> None:
        """One insertion, deletion, new file, restored file, or undo."""
        kind = self._chance.choice(("insert", "insert", "delete", "create", "restore", "undo"))
        path = self._chance.choice([*FILES, *self.texts])
        text = self.texts.get(path, FILES.get(path, ""))
        place = self._chance.randint(0, len(text))
        if kind == "insert":
            self._put(path, text[:place] + self._chance.choice(SNIPPETS) + text[place:])
        elif kind == "delete":
            self._put(path, text[:place] + text[place + self._chance.randint(1, 60) :])
        elif kind == "create":
            self._put(self._chance.choice(NEW_PATHS), "".join(self._chance.choices(SNIPPETS, k=4)))
        elif kind == "restore":
            self._put(path, None)
        elif self._before:
            self._put(*self._before.pop())

    def _put(self, path: str, text: str | None) -> None:
        self._before.append((path, self.texts.get(path)))
        if text is None:
            self.texts.pop(path, None)
        else:
            self.texts[path] = text
        self.workspace = self.workspace.with_overlay(path, None if text is None else text.encode())


def comparable(flow_map: FlowMap) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(flow_map, root=""))


@pytest.mark.parametrize("seed", range(12))
def test_edits_and_a_fresh_start_agree(tmp_path: Path, seed: int) -> None:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    editor = Editor(open_workspace(tmp_path).workspace, seed)
    assert analyse(editor.workspace).flow_map.sites
    for _ in range(8):
        editor.step()
        incremental = comparable(analyse(editor.workspace).flow_map)
        fresh = open_workspace(tmp_path).workspace
        for path, text in editor.texts.items():
            fresh = fresh.with_overlay(path, text.encode())
        assert incremental == comparable(analyse(fresh).flow_map)
