"""Where the outbox for TypeScript is not offered, and what it leaves as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eventlens.fixes.changes import FileEdit, NewFile, apply_edits

from .proving import Analysed, apply

PACKAGE = {"name": "shop", "dependencies": {"@prisma/client": "6", "amqplib": "2", "kafkajs": "2", "knex": "3", "pg": "8", "typeorm": "0.3"}}  # fmt: skip
HEAD = """\
import type { PrismaClient, Prisma } from "@prisma/client";
import type { ConfirmChannel } from "amqplib";
import type { Producer } from "kafkajs";
import type { Knex } from "knex";
import type { Pool, PoolClient } from "pg";
import { publishSafely } from "./elsewhere";

export class Shop {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly knex: Knex,
    private readonly pool: Pool,
    private readonly producer: Producer,
    private readonly channel: ConfirmChannel,
    private readonly placed: string[],
  ) {}

"""
SCHEMA = """\
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Order {
  id    String @id
  cents Int
}
"""


def workspace(root: Path, method: str, schema: str = SCHEMA, package: object = PACKAGE) -> Path:
    """A service of one class with one method."""
    (root / "src").mkdir(parents=True)
    (root / "prisma").mkdir()
    (root / "package.json").write_text(json.dumps(package))
    (root / "prisma/schema.prisma").write_text(schema)
    (root / "src/shop.ts").write_bytes((HEAD + method + "}\n").encode())
    return root


def offered(root: Path) -> list[str]:
    """The outbox offers for the dual write of a workspace."""
    analysed = Analysed(root)
    findings = [one for rule in ("dual-write", "publish-before-write") for one in analysed.of_rule(rule)]
    assert findings, "there is nothing to mend"
    return [one.offer.key for each in findings for one in analysed.proposals(each) if one.fix == "outbox"]


SEND = 'await this.producer.send({ topic: "orders", messages: [{ key: id, value: JSON.stringify({ id }) }] });'

REFUSED = {
    "its result is used": """
  async place(id: string) {
    await this.prisma.order.create({ data: { id, cents: 1 } });
    const sent = await this.producer.send({ topic: "orders", messages: [{ key: id, value: JSON.stringify({ id }) }] });
    return sent.length;
  }
""",
    "its failure is swallowed inside the transaction": f"""
  async place(id: string) {{
    await this.prisma.$transaction(async (tx) => {{
      await tx.order.create({{ data: {{ id, cents: 1 }} }});
      try {{
        {SEND}
        this.placed.push(id);
      }} catch (error) {{
        console.error(error);
      }}
    }});
  }}
""",
    "it runs when the transaction is over": f"""
  async place(id: string) {{
    await this.prisma.$transaction(async (tx) => {{
      await tx.order.create({{ data: {{ id, cents: 1 }} }});
      setTimeout(async () => {{
        {SEND}
      }}, 10);
    }});
  }}
""",
    "the write goes past the transaction": f"""
  async place(id: string) {{
    await this.prisma.$transaction(async (tx) => {{
      await this.prisma.order.create({{ data: {{ id, cents: 1 }} }});
      {SEND}
    }});
  }}
""",
    "something between the two decides": f"""
  async place(id: string, loud: boolean) {{
    await this.prisma.order.create({{ data: {{ id, cents: 1 }} }});
    if (!loud) return;
    {SEND}
  }}
""",
    "something between the two changes what is sent": """
  async place(order: { id: string; cents: number }) {
    await this.prisma.order.create({ data: order });
    order.cents += 5;
    await this.producer.send({ topic: "orders", messages: [{ key: order.id, value: JSON.stringify(order) }] });
  }
""",
    "it waits for something that it sends": """
  async place(id: string) {
    await this.prisma.order.create({ data: { id, cents: 1 } });
    const link = await publishSafely(id);
    await this.producer.send({ topic: "orders", messages: [{ key: id, value: JSON.stringify({ id, link }) }] });
  }
""",
    "headers may hold bytes": """
  async place(id: string, message: { headers: Record<string, Buffer> }) {
    await this.prisma.order.create({ data: { id, cents: 1 } });
    await this.producer.send({ topic: "orders", messages: [{ key: id, value: JSON.stringify({ id }), headers: message.headers }] });
  }
""",
    "what it sends is of no known type": """
  async place(id: string) {
    await this.prisma.order.create({ data: { id, cents: 1 } });
    await this.producer.send({ topic: "orders", messages: [{ key: id, value: publishSafely(id) }] });
  }
""",
    "it names a partition": """
  async place(id: string) {
    await this.prisma.order.create({ data: { id, cents: 1 } });
    await this.producer.send({ topic: "orders", messages: [{ partition: 3, key: id, value: JSON.stringify({ id }) }] });
  }
""",
    "the confirmation has a callback": """
  async place(id: string) {
    await this.prisma.order.create({ data: { id, cents: 1 } });
    this.channel.publish("orders", "placed", Buffer.from(JSON.stringify({ id })), {}, (error) => console.error(error));
  }
""",
    "its failure is made up for": f"""
  async place(id: string) {{
    await this.prisma.order.create({{ data: {{ id, cents: 1 }} }});
    try {{
      {SEND}
    }} catch (error) {{
      console.error(error);
      await publishSafely(id);
    }}
  }}
""",
    "somebody takes the whole list of results": f"""
  async place(id: string) {{
    const done = await this.prisma.$transaction([this.prisma.order.create({{ data: {{ id, cents: 1 }} }})]);
    {SEND}
    return done;
  }}
""",
    "the client may be in a transaction already": f"""
  async place(tx: Prisma.TransactionClient, id: string) {{
    await tx.order.create({{ data: {{ id, cents: 1 }} }});
    {SEND}
  }}
""",
    "a single client has no transaction of its own": f"""
  async place(client: PoolClient, id: string) {{
    await client.query("INSERT INTO orders (id) VALUES ($1)", [id]);
    {SEND}
  }}
""",
    "a caught failure goes on to the publish": f"""
  async place(id: string) {{
    const client = await this.pool.connect();
    try {{
      await client.query("BEGIN");
      await client.query("INSERT INTO orders (id) VALUES ($1)", [id]);
      await client.query("COMMIT");
    }} catch (error) {{
      await client.query("ROLLBACK");
      console.error(error);
    }} finally {{
      client.release();
    }}
    {SEND}
  }}
""",
    "the query names its transaction": f"""
  async place(trx: Knex.Transaction, id: string) {{
    await this.knex("orders").transacting(trx).insert({{ id }});
    {SEND}
  }}
""",
}


@pytest.mark.parametrize("method", REFUSED.values(), ids=REFUSED.keys())
def test_not_offered_where(method: str, tmp_path: Path) -> None:
    assert offered(workspace(tmp_path / "shop", method)) == []


PLAIN = f"""
  async place(id: string) {{
    await this.prisma.order.create({{ data: {{ id, cents: 1 }} }});
    {SEND}
  }}
"""


def test_offered_for_postgresql_only(tmp_path: Path) -> None:
    assert offered(workspace(tmp_path / "postgresql", PLAIN)) == ["prisma"]
    assert offered(workspace(tmp_path / "mysql", PLAIN, SCHEMA.replace("postgresql", "mysql"))) == []
    knex = PLAIN.replace("this.prisma.order.create({ data: { id, cents: 1 } })", 'this.knex("orders").insert({ id })')
    assert offered(workspace(tmp_path / "knex", knex)) == ["knex"]
    assert (
        offered(workspace(tmp_path / "knex-mysql", knex, package={"dependencies": {"knex": "3", "mysql2": "3"}})) == []
    )


def test_an_outbox_of_the_projects_own_is_left_alone(tmp_path: Path) -> None:
    schema = SCHEMA + '\nmodel OutboxMessage {\n  id BigInt @id\n  body String\n\n  @@map("outbox_messages")\n}\n'
    assert offered(workspace(tmp_path / "shop", PLAIN, schema)) == []


def test_a_second_publish_reuses_the_outbox_and_another_client_does_not(tmp_path: Path) -> None:
    root = workspace(tmp_path / "shop", PLAIN)
    _mend(root)
    again = HEAD.replace("class Shop", "class Store") + PLAIN + "}\n"
    (root / "src/store.ts").write_text(again)
    assert [type(one) for one in _changes(root)] == [FileEdit]
    (root / "src/store.ts").write_text(
        again.replace(SEND, 'this.channel.publish("orders", "placed", Buffer.from(JSON.stringify({ id })));')
    )
    assert offered(root) == []


@pytest.mark.parametrize(
    "sent",
    [
        f"try {{\n      {SEND}\n    }} catch (error) {{\n      console.error(error);\n    }}",
        SEND.removesuffix(";") + ".catch((error) => console.error(error));",
    ],
    ids=["try", "catch"],
)
def test_a_failure_that_was_only_logged_goes_with_the_publish(sent: str, tmp_path: Path) -> None:
    root = workspace(tmp_path / "shop", PLAIN.replace(SEND, sent))
    _mend(root)
    text = (root / "src/shop.ts").read_text()
    assert "catch" not in text and "tx.outboxMessage.create(" in text


def test_lines_end_as_they_did_and_a_byte_order_mark_stays(tmp_path: Path) -> None:
    root = workspace(tmp_path / "shop", PLAIN)
    path = root / "src/shop.ts"
    path.write_bytes(
        b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n").replace(b"class Shop", "class Café".encode())
    )
    changes = _changes(root)
    texts = [
        apply_edits(path.read_bytes(), one.edits)
        for one in changes
        if isinstance(one, FileEdit) and one.path == "src/shop.ts"
    ]
    texts += [one.text.encode() for one in changes if isinstance(one, NewFile)]
    assert texts[0].startswith(b"\xef\xbb\xbfimport type")
    assert all(text.count(b"\n") == text.count(b"\r\n") for text in texts)
    assert "class Café".encode() in texts[0]


def test_sql_in_a_template_keeps_its_lines(tmp_path: Path) -> None:
    sql = "`\n      INSERT INTO orders (id)\n           VALUES ($1)\n    `"
    method = PLAIN.replace("this.prisma.order.create({ data: { id, cents: 1 } })", f"this.pool.query({sql}, [id])")
    root = workspace(tmp_path / "shop", method)
    _mend(root)
    assert sql in (root / "src/shop.ts").read_text()


def _changes(root: Path) -> tuple[object, ...]:
    analysed = Analysed(root)
    made = [
        one.offer for each in analysed.of_rule("dual-write") for one in analysed.proposals(each) if one.fix == "outbox"
    ]
    assert len(made) == 1
    return made[0].changes()


def _mend(root: Path) -> None:
    apply(root, _changes(root))  # type: ignore[arg-type]
