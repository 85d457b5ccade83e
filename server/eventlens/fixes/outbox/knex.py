"""An outbox for Knex: the row is inserted through the write's transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from eventlens.checks.operations import DualWrite
from eventlens.fixes.changes import Change, Edit, NewFile, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.outbox import ecmascript_outbox
from eventlens.fixes.outbox.ecmascript_code import Code, Group, callee, declaration_of, function_of, object_of
from eventlens.fixes.outbox.ecmascript_messages import Row
from eventlens.fixes.outbox.ecmascript_outbox import TABLE, Plan
from eventlens.fixes.outbox.ecmascript_project import NodeProject
from eventlens.fixes.outbox.ecmascript_relay import Fields, of_client, opened, order_columns, relay_file
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile

_ON_KNEX = frozenset(("raw", "table", "from", "into", "insert", "select", "with", "queryBuilder"))
_FOLDERS = ("migrations", "src/migrations", "db/migrations", "src/db/migrations", "database/migrations", "src/database/migrations")  # fmt: skip
_STAMPED = re.compile(r"(\d{14})_([\w-]+)\.ts")
_FIRST = 20000101000000


class _Knex:
    library = "knex"
    relay_mark = "select<OutboxMessage[]>"
    handles: tuple[str, ...] = ("trx", "transaction", "knexTransaction")

    def client(self, file: SourceFile, chain: Node) -> Node | None:
        """``knex`` of ``knex('orders').insert(…).returning('*')``."""
        if ".transacting(" in file.text(chain):
            return None
        call = chain
        while True:
            called = function_of(call)
            inner = called.child_by_field_name("object") if called is not None else None
            if called is None or inner is None or inner.type != "call_expression":
                break
            call = inner
        name = called.child_by_field_name("property") if called is not None else None
        return inner if name is not None and file.text(name) in _ON_KNEX else called

    def within(self, file: SourceFile, client: Node, handle: str) -> str | None:
        """The callback's own transaction."""
        return handle if file.text(client) == handle else None

    def through(self, file: SourceFile, client: Node, handle: str) -> str:
        """The same query, on the transaction."""
        return handle

    def opening(self, file: SourceFile, client: Node, handle: str) -> str | None:
        """Not on what may be a transaction itself."""
        declared = declaration_of(file, client) if client.type == "identifier" else None
        if "trx" in file.text(client).lower() or (declared is not None and "Transaction" in file.text(declared)):
            return None
        return f"{file.text(client)}.transaction(async ({handle}) => {{"

    def begun(self, file: SourceFile, commit: Node | None, client: Node) -> str | None:
        """The transaction that commits."""
        text = file.text(client)
        return text if commit is not None and callee(file, commit) == f"{text}.commit" else None

    def declared(self, project: NodeProject) -> bytes:
        """Nowhere else."""
        return b""

    def fits(self, project: NodeProject) -> bool:
        """Whether the database is PostgreSQL."""
        return project.uses_postgres

    def row(self, handle: str, row: Row, file: SourceFile) -> Code:
        """An ``insert``."""
        quote = file.style.quote
        entries = object_of([(column.name, value) for column, value in row.values])
        return Group(f"await {handle}({quote}{TABLE}{quote}).insert(", (entries,), ")")

    def imports(self, plan: Plan) -> list[Edit]:
        """A table needs nothing but its name."""
        return []

    def beside(self, plan: Plan) -> list[Change]:
        """Nothing but the migration."""
        return []

    def files(self, plan: Plan) -> list[Change]:
        """The migration behind the newest, and the relay."""
        client = plan.client
        text = render(
            "outbox/typescript/knex_migration.ts", columns=client.columns, key=client.key, order=order_columns(client)
        )
        source = opened(
            plan.project,
            plan.project.origin("knex", ("knex", "Knex")),
            'knex({ client: "pg", connection: process.env.DATABASE_URL })',
        )
        fields = Fields(client.columns, snake=True, buffers=True, objects=of_client(plan.client))
        return [
            NewFile(_migration(plan.project), restyled(text, plan.file.style, ".ts")),
            *relay_file(plan, "knex", fields, source=source),
        ]


def _migration(project: NodeProject) -> str:
    for folder in (*_named(project), *(project.inside(place) for place in _FOLDERS)):
        stamps = [int(found[1]) for name in project.listed(folder) if (found := _STAMPED.fullmatch(name)) is not None]
        if stamps:
            return f"{folder}/{max(stamps) + 1}_{TABLE}.ts"
    folder = next(iter(_named(project)), project.inside("migrations"))
    return f"{folder}/{_FIRST}_{TABLE}.ts"


def _named(project: NodeProject) -> list[str]:
    """The folder that the knexfile names."""
    text = project.text(project.inside("knexfile.ts")) or b""
    found = re.search(rb"""directory:\s*["'](?:\./)?([\w./-]+)["']""", text)
    return [project.inside(found[1].decode())] if found is not None else []


_STORAGE = _Knex()


def offers(context: FixContext, one: DualWrite) -> Iterator[Offer]:
    """Where the row can be stored in the transaction of the write, or in one around the two."""
    yield from ecmascript_outbox.offers(_STORAGE, context, one)
