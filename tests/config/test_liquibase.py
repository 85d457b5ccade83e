"""What Liquibase changelogs say of the keys of tables."""

from __future__ import annotations

import json

import pytest

from eventlens.config.liquibase import is_changelog, read_changelog_keys

TABLE = """<createTable tableName="Orders" remarks="rows > 0">
  <column name="id" type="uuid"><constraints nullable="false" primaryKey="true"/></column>
  <column name='order_no'><constraints unique='true'/></column>
  <column name="note"/>
</createTable>"""


def _keys(name: str, text: str) -> list[tuple[str, str]]:
    return [(key.table, " ".join(sorted(key.columns))) for key in read_changelog_keys(name, text)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (TABLE, [("orders", "id"), ("orders", "order_no")]),
        (f"<!-- {TABLE} -->", []),
        ('<createIndex tableName="o" unique="true"><column name="a"/><column name="b"/></createIndex>', [("o", "a b")]),
        ('<createIndex tableName="o"><column name="a"/></createIndex>', []),
        ('<addUniqueConstraint columnNames="a, b" tableName="o"/>', [("o", "a b")]),
        ('<addPrimaryKey columnNames="a" tableName="o" constraintName="pk"></addPrimaryKey>', [("o", "a")]),
        (
            '<addColumn tableName="o"><column name="a" type="int"><constraints unique="true"/></column></addColumn>',
            [("o", "a")],
        ),
        ("<sql><![CDATA[create unique index i on o (a)]]></sql><sql>open", [("o", "a")]),
        ('<dropColumn tableName="o" columnName="a"/>', []),
    ],
)
def test_keys_in_xml(changes: str, expected: list[tuple[str, str]]) -> None:
    text = f"<databaseChangeLog><changeSet id='1' author='us'>{changes}</changeSet></databaseChangeLog>"
    assert _keys("db/changelog-1.xml", text) == expected


CHANGES = [
    {
        "createTable": {
            "tableName": "orders",
            "columns": [
                {"column": {"name": "id", "constraints": {"primaryKey": True}}},
                {"column": {"name": "order_no", "constraints": {"unique": True}}},
                {"column": {"name": "note"}},
            ],
        }
    },
    {"createIndex": {"tableName": "orders", "unique": True, "columns": [{"column": {"name": "a"}}]}},
    {"createIndex": {"tableName": "orders", "columns": [{"column": {"name": "b"}}]}},
    {"addUniqueConstraint": {"tableName": "orders", "columnNames": "c, d"}},
    {"sql": {"sql": "create unique index i on orders (e)"}},
    "no change",
]


@pytest.mark.parametrize("name", ["changelog.yaml", "changelog.json"])
def test_keys_in_yaml_and_json(name: str) -> None:
    text = json.dumps({"databaseChangeLog": [{"changeSet": {"id": 1, "changes": CHANGES}}, {"include": {"file": "a"}}]})
    assert _keys(name, text) == [("orders", one) for one in ("id", "order_no", "a", "c d", "e")]


def test_only_what_says_so_is_a_changelog() -> None:
    assert is_changelog("a.xml", b"<databaseChangeLog/>")
    assert not is_changelog("a.xml", b"<project/>")
    assert not is_changelog("a.md", b"databaseChangeLog")
