"""What SQL files say of the keys of tables."""

from __future__ import annotations

import pytest

from eventlens.config.sql_tables import UniqueKey, read_unique_keys


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE TABLE orders (id UUID PRIMARY KEY, note text)", [("orders", "id")]),
        ("create table if not exists shop.`orders` (`order_no` int unique not null, x int)", [("orders", "order_no")]),
        (
            "CREATE TABLE [dbo].[Orders] ([Id] INT, CONSTRAINT [PK] PRIMARY KEY CLUSTERED ([Id] ASC))",
            [("orders", "id")],
        ),
        ("create table o (a int, b decimal(10, 2), unique (a, b), primary key (a))", [("o", "a b"), ("o", "a")]),
        ("create table o (a int, b int, unique key both_of (a, b(20)))", [("o", "a b")]),
        ("create unique index on public.o using btree (a, b desc) where a > 0", [("o", "a b")]),
        ("create unique index concurrently if not exists i on o (lower(a))", []),
        ("create index i on o (a)", []),
        ("alter table only o add column c int, add constraint k unique (a, c);", [("o", "a c")]),
        ("create table o (a int, -- primary key\n b int /* unique */)", []),
        ("create table o (a int references p (id), check (a in (1, 2)))", []),
        ("insert into o values ('unique')", []),
    ],
)
def test_keys(text: str, expected: list[tuple[str, str]]) -> None:
    assert list(read_unique_keys(text)) == [UniqueKey(table, frozenset(columns.split())) for table, columns in expected]
