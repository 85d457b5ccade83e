"""An outbox for node-postgres: the row is one more statement between BEGIN and COMMIT."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from eventlens.checks.operations import DualWrite
from eventlens.fixes.changes import Change, Edit, NewFile, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.es_imports import import_edits
from eventlens.fixes.outbox import ecmascript_outbox
from eventlens.fixes.outbox.ecmascript_code import Code, Group, callee, declaration_of, function_of
from eventlens.fixes.outbox.ecmascript_messages import Client, Row
from eventlens.fixes.outbox.ecmascript_outbox import TABLE, Plan
from eventlens.fixes.outbox.ecmascript_project import NodeProject
from eventlens.fixes.outbox.ecmascript_relay import Fields, of_client, opened, order_columns, relay_file
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile, inside

_HELPER, _HELPER_FILE = "inTransaction", "in-transaction.ts"
_FOLDERS = (
    "migrations",
    "db/migrations",
    "database/migrations",
    "sql/migrations",
    "src/migrations",
    "src/db/migrations",
    "db",
    "sql",
)
_NUMBERED = re.compile(r"(?P<lead>V?)(?P<number>\d+)(?P<between>__|_|-)(?P<name>[\w.-]+?)(?P<up>\.up)?\.sql")


class _Pg:
    library = "pg"
    relay_mark = "client.query<OutboxMessage>"
    handles: tuple[str, ...] = ("client", "connection", "transactionClient")

    def client(self, file: SourceFile, chain: Node) -> Node | None:
        """``pool`` of ``pool.query(…)``."""
        called = function_of(chain)
        name = called.child_by_field_name("property") if called is not None else None
        return (
            called.child_by_field_name("object")
            if called is not None and name is not None and file.text(name) == "query"
            else None
        )

    def within(self, file: SourceFile, client: Node, handle: str) -> str | None:
        """The callback's own client."""
        return handle if file.text(client) == handle else None

    def through(self, file: SourceFile, client: Node, handle: str) -> str:
        """Every statement of a transaction goes through one client."""
        return handle

    def opening(self, file: SourceFile, client: Node, handle: str) -> str | None:
        """Only a pool gives a client of its own for the transaction."""
        return f"{_HELPER}({file.text(client)}, async ({handle}) => {{" if _is_pool(file, client) else None

    def begun(self, file: SourceFile, commit: Node | None, client: Node) -> str | None:
        """The client on which the write and COMMIT run."""
        text = file.text(client)
        return text if commit is not None and callee(file, commit) == f"{text}.query" else None

    def declared(self, project: NodeProject) -> bytes:
        """Nowhere else."""
        return b""

    def fits(self, project: NodeProject) -> bool:
        """The library is PostgreSQL's alone."""
        return True

    def row(self, handle: str, row: Row, file: SourceFile) -> Code:
        """An INSERT with its parameters."""
        quote = file.style.quote
        names = ", ".join(column.name for column, _ in row.values)
        places = ", ".join(f"${number + 1}" for number in range(len(row.values)))
        statement = f"{quote}INSERT INTO {TABLE} ({names}) VALUES ({places}){quote}"
        values = Group("[", tuple(value for _, value in row.values), "]")
        return Group(f"await {handle}.query(", (statement, values), ")")

    def imports(self, plan: Plan) -> list[Edit]:
        """The helper, where a transaction is made."""
        if plan.place.wrapped is None:
            return []
        target = plan.project.beside(_HELPER_FILE)
        return import_edits(plan.file, plan.project.specifier(plan.file.path, target), _HELPER)

    def beside(self, plan: Plan) -> list[Change]:
        """The helper's file."""
        target = plan.project.beside(_HELPER_FILE)
        if plan.place.wrapped is None or plan.project.exists(target):
            return []
        return [NewFile(target, restyled(render("outbox/typescript/in_transaction.ts"), plan.file.style, ".ts"))]

    def files(self, plan: Plan) -> list[Change]:
        """The migration and the relay."""
        pool = opened(
            plan.project,
            plan.project.origin("pg", ("Pool",)),
            "new Pool({ connectionString: process.env.DATABASE_URL })",
        )
        return [
            *sql_migration(plan.project, plan.client, plan.file.style.newline),
            *relay_file(
                plan,
                "pg",
                Fields(plan.client.columns, snake=True, buffers=True, objects=of_client(plan.client)),
                pool=pool,
            ),
        ]


def _is_pool(file: SourceFile, client: Node) -> bool:
    """Whether what a query goes through is certainly a pool, not a client that may be in a transaction."""
    if client.type == "identifier":
        found = declaration_of(file, client)
        if found is not None:
            kind = found.child_by_field_name("type")
            value = found.child_by_field_name("value")
            written = file.text(kind) if kind is not None else file.text(value) if value is not None else ""
            return bool(re.match(r":\s*(?:pg\.)?Pool\b|new (?:\w+\.)?Pool\(", written))
        return bool(re.fullmatch(r"pool|pgPool|\w+Pool|db", file.text(client))) and "PoolClient" not in file.text(
            file.tree.root_node
        )
    name = file.text(client).rpartition(".")[2].lstrip("#")
    fields = [
        one
        for one in inside(file.tree.root_node, "required_parameter", "public_field_definition")
        if re.search(rf"\b{re.escape(name)}\b", file.text(one).partition(":")[0].partition("=")[0])
    ]
    return bool(fields) and all(
        re.search(r":\s*(?:pg\.)?Pool\b|new (?:\w+\.)?Pool\(", file.text(one)) for one in fields
    )


def sql_migration(project: NodeProject, client: Client, newline: str) -> list[Change]:
    """The table as a script, numbered like those that are there."""
    folder, name, is_up = _script(project)
    text = render(
        "outbox/typescript/migration.sql", columns=client.columns, key=client.key, order=order_columns(client)
    ).replace("\n", newline)
    made: list[Change] = [NewFile(f"{folder}/{name}.up.sql" if is_up else f"{folder}/{name}.sql", text)]
    if is_up:
        made.append(NewFile(f"{folder}/{name}.down.sql", f"DROP TABLE {TABLE};{newline}"))
    return made


def _script(project: NodeProject) -> tuple[str, str, bool]:
    for place in _FOLDERS:
        folder = project.inside(place)
        found = [match for name in project.listed(folder) if (match := _NUMBERED.fullmatch(name)) is not None]
        if found:
            last = max(found, key=lambda match: int(match["number"]))
            number = str(int(last["number"]) + 1).zfill(len(last["number"]))
            return folder, f"{last['lead']}{number}{last['between']}{TABLE}", last["up"] is not None
    return project.inside("migrations"), f"0001_{TABLE}", False


_STORAGE = _Pg()


def offers(context: FixContext, one: DualWrite) -> Iterator[Offer]:
    """Where the row can be stored in the transaction of the write, or in one around the two."""
    yield from ecmascript_outbox.offers(_STORAGE, context, one)
