"""SQL texts of the usual dialects and drivers, and what each of them does."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlens.knowledge.sql import HOLE, SqlEffect, effect_of_sql, effects_of_sql


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT INTO orders (id, total) VALUES ($1, $2)", SqlEffect("insert", "orders")),
        ("insert into shop.orders(id) values (%s) returning id", SqlEffect("insert", "orders")),
        ("INSERT INTO \"Orders\" (id) VALUES (%(id)s)", SqlEffect("insert", "Orders")),
        ("INSERT INTO orders (id) VALUES (:id)", SqlEffect("insert", "orders")),
        ("INSERT INTO seen (id) VALUES ($1) ON CONFLICT DO NOTHING", SqlEffect("upsert", "seen", False, True)),
        ("INSERT INTO seen (id) VALUES ($1) ON CONFLICT (id) DO NOTHING", SqlEffect("upsert", "seen", True, True)),
        ("INSERT INTO t (id, n) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n", SqlEffect("upsert", "t", True)),
        ("INSERT INTO t (id, n) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET n = t.n + 1", SqlEffect("increment", "t", True)),
        ("INSERT INTO `t` (id) VALUES (?) ON DUPLICATE KEY UPDATE n = VALUES(n)", SqlEffect("upsert", "t", True)),
        ("INSERT IGNORE INTO seen (id) VALUES (?)", SqlEffect("upsert", "seen", True, True)),
        ("INSERT OR IGNORE INTO seen (id) VALUES (?)", SqlEffect("upsert", "seen", True, True)),
        ("INSERT OR REPLACE INTO seen (id) VALUES (?)", SqlEffect("upsert", "seen", True, False)),
        ("REPLACE INTO seen (id) VALUES (?)", SqlEffect("upsert", "seen", True)),
        ("INSERT INTO a (id) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM a WHERE id = $1)", SqlEffect("insert", "a", False, True)),
        ("MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = s.n WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)", SqlEffect("upsert", "t", True)),
        ("UPDATE orders SET status = 'paid' WHERE id = $1", SqlEffect("update", "orders", True)),
        ("UPDATE orders SET status = 'paid' WHERE id = $1 AND status = 'pending'", SqlEffect("update", "orders", True, True)),
        ("UPDATE stock SET amount = amount - %s WHERE sku = %s", SqlEffect("increment", "stock", True)),
        ("UPDATE stock SET amount = COALESCE(amount, 0) + 1", SqlEffect("increment", "stock")),
        ("UPDATE stock SET amount = other + 1 WHERE a > 3", SqlEffect("update", "stock")),
        ("DELETE FROM outbox WHERE id IN ($1, $2)", SqlEffect("delete", "outbox", True)),
        ("DELETE FROM outbox WHERE sent_at < now()", SqlEffect("delete", "outbox")),
        ("TRUNCATE TABLE outbox", SqlEffect("delete", "outbox")),
        ("SELECT * FROM processed WHERE event_id = ANY($1) OR a = 1", SqlEffect("read", "processed")),
        ("SELECT 1 FROM processed WHERE event_id = %s FOR UPDATE SKIP LOCKED", SqlEffect("read", "processed", True)),
        ("-- note\n /* two */ SELECT pg_notify('orders', $1)", SqlEffect("notify", "orders")),
        ("SELECT pg_notify($1, $2)", SqlEffect("notify")),
        ("NOTIFY orders, 'x'", SqlEffect("notify", "orders")),
        ("LISTEN \"orders\"", SqlEffect("listen", "orders")),
        ("BEGIN", SqlEffect("begin")),
        ("begin isolation level serializable;", SqlEffect("begin")),
        ("START TRANSACTION", SqlEffect("begin")),
        ("COMMIT;", SqlEffect("commit")),
        ("ROLLBACK", SqlEffect("rollback")),
        ("CREATE TABLE x (id int)", SqlEffect("ddl", "x")),
        ("COPY orders (id) FROM STDIN", SqlEffect("insert", "orders")),
        ("WITH gone AS (DELETE FROM outbox WHERE id = $1 RETURNING *) INSERT INTO archive SELECT * FROM gone", SqlEffect("delete", "outbox", True)),
        ("WITH w AS (INSERT INTO orders (id) VALUES ($1) RETURNING id) SELECT * FROM w", SqlEffect("insert", "orders")),
        (f"INSERT INTO {HOLE} (id) VALUES ($1)", SqlEffect("insert")),
        (f"UPDATE orders SET status = {HOLE} WHERE id = {HOLE}", SqlEffect("update", "orders", True)),
        (f"UPDATE orders SET {HOLE} WHERE id = 1 ~~~ (", SqlEffect("update", "orders", True)),
        ("INSERT INTO seen (id) VALUES (((( ON CONFLICT (id) DO NOTHING", SqlEffect("upsert", "seen", True, True)),
    ],
)  # fmt: skip
def test_what_a_statement_does(text: str, expected: SqlEffect) -> None:
    assert effect_of_sql(text) == expected


@pytest.mark.parametrize(
    "text", ["", "   ", "hello world", "SAVEPOINT a", "ROLLBACK TO SAVEPOINT a", "RELEASE a", "CALL f()", HOLE, "42"]
)
def test_what_is_unknown_is_not_guessed(text: str) -> None:
    assert effect_of_sql(text) is None


def test_several_statements_have_several_effects() -> None:
    found = effects_of_sql("BEGIN; INSERT INTO a VALUES (1); UPDATE b SET n = n + 1 WHERE id = 2; COMMIT;")
    assert [(effect.kind, effect.table) for effect in found] == [
        ("begin", ""),
        ("insert", "a"),
        ("increment", "b"),
        ("commit", ""),
    ]


def test_simple_statements_do_not_import_the_parser() -> None:
    code = "import sys; from eventlens.knowledge.sql import effect_of_sql as e; e('BEGIN'); e('LISTEN x'); e('nothing'); sys.exit('sqlglot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


_WORDS = st.sampled_from(
    [
        "INSERT",
        "INTO",
        "SELECT",
        "WITH",
        "UPDATE",
        "SET",
        "a",
        "=",
        "WHERE",
        "(",
        ")",
        ";",
        "'",
        '"',
        "%s",
        "$1",
        "ON CONFLICT",
        "DO",
        "x",
        ",",
        "FROM",
        "`",
        "[",
        "--",
        "/*",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=25).map(" ".join)))
def test_no_text_raises(text: str) -> None:
    effects_of_sql(text)
