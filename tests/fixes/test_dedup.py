"""Where the inbox is offered, by which id, where it is not, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from eventlens.fixes.changes import FileEdit, NewFile, NotFixable, apply_edits
from eventlens.fixes.registry import Proposal

from .proving import Analysed, apply

WORKER = """\
import { connect } from 'amqplib';
import { Pool } from 'pg';
import { PrismaClient } from '@prisma/client';
import { audit } from './audit';

interface Deposit { %s }

const pool = new Pool();
const prisma = new PrismaClient();

export async function start(): Promise<void> {
  const channel = await (await connect('amqp://localhost')).createChannel();
  await channel.consume('deposits', async (message) => {
    if (message === null) return;
    const deposit = JSON.parse(message.content.toString()) as Deposit;
%s
    channel.ack(message);
  });
}
"""
AUDIT = """\
import { Pool } from 'pg';

const pool = new Pool();

export async function audit(account: string): Promise<void> {
  await pool.query('UPDATE accounts SET touched_at = now() WHERE id = $1', [account]);
}
"""
SCHEMA = 'datasource db {\n  provider = "postgresql"\n}\n\nmodel Account {\n  id String @id\n}\n'
FIELDS = "eventId: string; account: string; cents: number"
ADD = "await pool.query('UPDATE accounts SET balance = balance + $2 WHERE id = $1', [deposit.account, deposit.cents]);"
BOOK = "await prisma.booking.create({ data: { account: deposit.account, cents: deposit.cents } });"


def worker(root: Path, body: str, fields: str = FIELDS) -> Path:
    (root / "src").mkdir()
    (root / "prisma").mkdir()
    (root / "package.json").write_text('{ "name": "accounts", "dependencies": { "pg": "^8" } }')
    (root / "prisma" / "schema.prisma").write_text(SCHEMA)
    (root / "src" / "audit.ts").write_text(AUDIT)
    (root / "src" / "worker.ts").write_text(WORKER % (fields, indent(dedent(body), " " * 4)))
    return root


def offered(analysed: Analysed) -> list[Proposal]:
    findings = analysed.of_rule("non-idempotent-consumer")
    assert findings, "there is nothing to mend"
    return [one for one in analysed.proposals(findings[0]) if one.fix == "dedup"]


def mended(root: Path, path: str) -> str:
    (proposal,) = offered(Analysed(root))
    apply(root, proposal.offer.changes())
    assert not Analysed(root).of_rule("non-idempotent-consumer")
    return (root / path).read_text()


@pytest.mark.parametrize(
    ("fields", "called"),
    [
        pytest.param(FIELDS, "eventId", id="the event's id"),
        pytest.param("message_id: string; account: string; cents: number", "message_id", id="the message's id"),
        pytest.param("meta: { id: string }; account: string; cents: number", "meta.id", id="the id in the meta data"),
        pytest.param("id: string; type: string; data: object; account: string; cents: number", "id", id="an envelope's id"),
    ],
)  # fmt: skip
def test_the_id_is_that_of_the_message(tmp_path: Path, fields: str, called: str) -> None:
    (proposal,) = offered(Analysed(worker(tmp_path, ADD, fields)))
    assert proposal.offer.title == f"Remember handled messages by {called}"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param("account: string; cents: number", id="no id"),
        pytest.param("id: string; account: string; cents: number", id="the id of a thing"),
        pytest.param("eventId?: string; account: string; cents: number", id="an id that may be missing"),
        pytest.param("eventIds: string[]; account: string; cents: number", id="several ids"),
    ],
)
def test_without_an_id_nothing_is_offered(tmp_path: Path, fields: str) -> None:
    assert offered(Analysed(worker(tmp_path, ADD, fields))) == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"if (deposit.cents > 0) {{\n  {ADD}\n}}", id="on a condition"),
        pytest.param(f"try {{\n  {ADD}\n}} catch (error) {{\n  channel.nack(message);\n  return;\n}}", id="around a catch"),
        pytest.param(
            f"const {{ rows }} = await pool.query('SELECT 1 FROM accounts WHERE id = $1', [deposit.account]);\n{ADD}\nconsole.log(rows);",
            id="what a read gave is logged",
        ),
        pytest.param(f"for (const part of [1, 2]) {{\n  {ADD}\n  console.log(part);\n}}", id="in a loop"),
        pytest.param(f"{ADD}\nawait audit(deposit.account);", id="another function writes behind it"),
        pytest.param(f"{BOOK}\nconsole.log('booked');", id="Prisma"),
        pytest.param(f"await prisma.$transaction(async (tx) => {{\n  {BOOK.replace('prisma', 'tx')}\n}});", id="in a transaction"),
    ],
)  # fmt: skip
def test_offered(tmp_path: Path, body: str) -> None:
    text = mended(worker(tmp_path, body), "src/worker.ts")
    assert "deposit.eventId" in text


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            f"{ADD}\nchannel.publish('bank', 'booked', Buffer.from('{{}}'), {{ persistent: true }});\n{ADD}", id="a publish between"
        ),
        pytest.param(f"{ADD}\nchannel.ack(message);\n{ADD}", id="acknowledged between"),
        pytest.param(f"{ADD}\nif (deposit.cents > 9) return;\n{ADD}", id="a return between"),
        pytest.param(f"{ADD}\nawait audit(deposit.account);\n{ADD}", id="another connection writes between"),
        pytest.param(f"{ADD}\n{BOOK}", id="two libraries"),
        pytest.param(f"try {{\n  {ADD}\n}} catch {{\n  console.warn('twice');\n}}\n{ADD}", id="a failure that is caught between"),
        pytest.param(f"const done = {ADD}\nif (done.rowCount === 1) channel.ack(message);", id="the answer settles the message"),
        pytest.param(
            f"await prisma.$transaction([{BOOK.removeprefix('await ').removesuffix(';')}]);", id="a transaction without a callback"
        ),
        pytest.param(f"await fetch('https://bank.example/deposits', {{ method: 'POST' }});\n{ADD}", id="a call outside"),
    ],
)  # fmt: skip
def test_not_offered(tmp_path: Path, body: str) -> None:
    assert offered(Analysed(worker(tmp_path, body))) == []


def test_keeps_a_byte_order_mark_and_line_ends(tmp_path: Path) -> None:
    root = worker(tmp_path, ADD)
    path = root / "src" / "worker.ts"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    (proposal,) = offered(Analysed(root))
    (change,) = [one for one in proposal.offer.changes() if isinstance(one, FileEdit)]
    made = apply_edits(path.read_bytes(), change.edits)
    assert made.startswith(b"\xef\xbb\xbf")
    assert made.count(b"\r\n") == made.count(b"\n")


def test_the_table_of_an_earlier_fix_is_used_again(tmp_path: Path) -> None:
    root = worker(tmp_path, ADD)
    mended(root, "src/worker.ts")
    other = (WORKER % (FIELDS, indent(ADD, " " * 4))).replace("'deposits'", "'gifts'")
    (root / "src" / "gifts.ts").write_text(other)
    (proposal,) = offered(Analysed(root))
    assert not [one for one in proposal.offer.changes() if isinstance(one, NewFile)]


def test_a_table_of_another_make_is_left_alone(tmp_path: Path) -> None:
    root = worker(tmp_path, ADD)
    (root / "migrations").mkdir()
    (root / "migrations" / "001_inbox.sql").write_text("CREATE TABLE processed_messages (id uuid PRIMARY KEY);\n")
    (proposal,) = offered(Analysed(root))
    with pytest.raises(NotFixable, match="of another make"):
        proposal.offer.changes()


# --------------------------------------------------------------------------------------------------------------- Python

MODELS = """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Deposit(Base):
    __tablename__ = "deposits"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
"""
CONSUMER = """\
import json

import requests
from confluent_kafka import Consumer
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bank.models import Deposit

engine = create_engine("postgresql+psycopg://localhost/bank")


def run() -> None:
    consumer = Consumer({"group.id": "bank", "enable.auto.commit": False})
    consumer.subscribe(["deposits"])
    while True:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        event = json.loads(message.value())
        print(event["eventId"])
"""
IN_SESSION = """\
with Session(engine) as session:
    session.add(Deposit(owner=event["owner"]))
    session.commit()
"""


def consumer(root: Path, body: str) -> Path:
    (root / "bank").mkdir()
    (root / "requirements.txt").write_text("SQLAlchemy\nconfluent-kafka\n")
    (root / "bank" / "__init__.py").touch()
    (root / "bank" / "models.py").write_text(MODELS)
    (root / "bank" / "consumer.py").write_text(CONSUMER + indent(dedent(body), " " * 8))
    return root


COMMIT = "consumer.commit(message=message, asynchronous=False)\n"


def test_the_offset_is_committed_for_a_message_that_is_left_out(tmp_path: Path) -> None:
    text = mended(consumer(tmp_path, IN_SESSION + COMMIT), "bank/consumer.py")
    assert "continue\n        event" in text
    assert "if recorded is not None:" in text
    assert text.index("if recorded") < text.index("session.add") < text.index("session.commit") < text.index("consumer.commit")  # fmt: skip


def test_a_turn_is_left_where_nothing_follows(tmp_path: Path) -> None:
    text = mended(consumer(tmp_path, COMMIT.replace("commit(", "pause(") + IN_SESSION), "bank/consumer.py")
    assert "if recorded is None:\n                continue\n" in text


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            "with Session(engine) as session:\n    session.add(Deposit(owner='a'))\n    session.commit()\n"
            "    session.add(Deposit(owner='b'))\n    session.commit()\n",
            id="two transactions",
        ),
        pytest.param(
            "with Session(engine) as first, Session(engine) as second:\n    first.add(Deposit(owner='a'))\n"
            "    second.add(Deposit(owner='b'))\n    first.commit()\n    second.commit()\n",
            id="two sessions",
        ),
        pytest.param(
            "with Session(engine) as session:\n    try:\n        session.add(Deposit(owner='a'))\n        session.flush()\n"
            "    except ValueError:\n        print('odd')\n    session.add(Deposit(owner='b'))\n    session.commit()\n",
            id="a failure that is caught between",
        ),
        pytest.param(IN_SESSION + "requests.post('https://bank.example', json=event, timeout=5)\n", id="a call outside"),
        pytest.param(
            "for part in event['parts']:\n    with Session(engine) as session:\n        session.add(Deposit(owner=part))\n"
            "        session.commit()\n",
            id="a transaction for each part",
        ),
    ],
)  # fmt: skip
def test_not_offered_in_python(tmp_path: Path, body: str) -> None:
    assert offered(Analysed(consumer(tmp_path, body + COMMIT))) == []


def test_a_database_that_cannot_skip_gets_no_offer(tmp_path: Path) -> None:
    root = consumer(tmp_path, IN_SESSION + COMMIT)
    path = root / "bank" / "consumer.py"
    path.write_text(path.read_text().replace("postgresql+psycopg", "mysql+pymysql"))
    assert offered(Analysed(root)) == []
