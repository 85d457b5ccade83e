"""An outbox for Prisma: the row is created through the client of the write's transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import dirname, normpath, relpath

from tree_sitter import Node

from eventlens.checks.operations import DualWrite
from eventlens.fixes.changes import Change, Edit, FileEdit, NewFile, NotFixable, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.outbox import ecmascript_outbox
from eventlens.fixes.outbox.ecmascript_code import Code, Group, declaration_of, function_of, object_of
from eventlens.fixes.outbox.ecmascript_messages import Client, Column, Row
from eventlens.fixes.outbox.ecmascript_outbox import Plan
from eventlens.fixes.outbox.ecmascript_project import NodeProject
from eventlens.fixes.outbox.ecmascript_relay import Fields, Opened, opened, order_columns, relay_file
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile, inside

_SCHEMAS = ("prisma/schema.prisma", "schema.prisma", "src/prisma/schema.prisma")
_STAMPED = re.compile(r"(\d{14})_")
_RAW = ("$executeRaw", "$queryRaw", "$executeRawUnsafe", "$queryRawUnsafe")
_TYPES = {"text": "String", "bytes": "Bytes", "object": "Json"}


class _Prisma:
    library = "prisma"
    relay_mark = "tx.outboxMessage.findMany"
    handles: tuple[str, ...] = ("tx", "transaction", "prismaTransaction")

    def client(self, file: SourceFile, chain: Node) -> Node | None:
        """``this.prisma`` of ``this.prisma.order.create(…)``."""
        method = function_of(chain)
        if method is None or method.type != "member_expression":
            return None
        model, name = method.child_by_field_name("object"), method.child_by_field_name("property")
        if name is not None and file.text(name) in _RAW:
            return model
        return model.child_by_field_name("object") if model is not None and model.type == "member_expression" else None

    def within(self, file: SourceFile, client: Node, handle: str) -> str | None:
        """The callback's own client."""
        return handle if file.text(client) == handle else None

    def through(self, file: SourceFile, client: Node, handle: str) -> str:
        """The same calls, on the transaction's client."""
        return handle

    def opening(self, file: SourceFile, client: Node, handle: str) -> str | None:
        """Not on what may be the client of a transaction: that one cannot open another."""
        declared = declaration_of(file, client) if client.type == "identifier" else None
        if declared is not None and "TransactionClient" in file.text(declared):
            return None
        return f"{file.text(client)}.$transaction(async ({handle}) => {{"

    def begun(self, file: SourceFile, commit: Node | None, client: Node) -> str | None:
        """Prisma's transactions are those of callbacks."""
        return None

    def declared(self, project: NodeProject) -> bytes:
        """The schema."""
        schema = _schema(project)
        return project.text(schema) or b"" if schema is not None else b""

    def fits(self, project: NodeProject) -> bool:
        """Whether there is one schema, and it is PostgreSQL's."""
        schema = _schema(project)
        text = project.text(schema) if schema is not None else None
        return text is not None and re.search(rb'provider\s*=\s*"postgresql"', text) is not None

    def row(self, handle: str, row: Row, file: SourceFile) -> Code:
        """A ``create``."""
        entries = object_of([(column.field, value) for column, value in row.values])
        return Group(f"await {handle}.outboxMessage.create(", (object_of([("data", entries)]),), ")")

    def imports(self, plan: Plan) -> list[Edit]:
        """The client knows its models."""
        return []

    def beside(self, plan: Plan) -> list[Change]:
        """Nothing but the model and its migration."""
        return []

    def files(self, plan: Plan) -> list[Change]:
        """The model, its migration where the project keeps migrations, and the relay."""
        fields = Fields(plan.client.columns, snake=False, buffers=False)
        return [
            _model(plan, fields),
            *_migration(plan.project, plan.client),
            *relay_file(plan, "prisma", fields, prisma=_Connection.of(plan.project), package=_package(plan.project)),
        ]


class _Connection:
    """What the relay's template asks of the client: ``name`` is what it goes by there."""

    def __init__(self, found: Opened) -> None:
        self.expression, self.line, self.is_imported = found
        self.name = found.expression if found.is_imported else "prisma"

    @staticmethod
    def of(project: NodeProject) -> _Connection:
        package = _written_package(project)
        origin = project.origin(package, ("PrismaClient",))
        if origin is None or origin.imported is None:
            for file in project.holding("extends PrismaClient"):
                service = _service(file)
                if service:
                    specifier = project.specifier(project.beside(ecmascript_outbox.RELAY), file.path)
                    return _Connection(Opened(f"new {service}()", f'import {{ {service} }} from "{specifier}";', False))
        return _Connection(opened(project, origin, "new PrismaClient()"))


def _service(file: SourceFile) -> str:
    """An exported class that is the client and is made of nothing."""
    for node in inside(file.tree.root_node, "class_declaration"):
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        constructors = [
            one
            for one in (body.named_children if body is not None else ())
            if one.type == "method_definition" and file.text(one.child_by_field_name("name") or one) == "constructor"
        ]
        takes = [one.child_by_field_name("parameters") for one in constructors]
        is_exported = node.parent is not None and node.parent.type == "export_statement"
        if (
            name is not None
            and is_exported
            and "extends PrismaClient" in file.text(node)
            and not any(one is not None and one.named_children for one in takes)
        ):
            return file.text(name)
    return ""


def _schema(project: NodeProject) -> str | None:
    named = project.package.get("prisma")
    own = named.get("schema") if isinstance(named, dict) else None
    places = (own,) if isinstance(own, str) and own.endswith(".prisma") else _SCHEMAS
    found = [path for place in places if project.exists(path := project.inside(place))]
    return found[0] if len(found) == 1 else None


def _model(plan: Plan, fields: Fields) -> FileEdit:
    path = _schema(plan.project)
    text = plan.project.text(path) if path is not None else None
    if path is None or text is None:
        raise NotFixable("the Prisma schema cannot be read")
    newline = "\r\n" if b"\r\n" in text else "\n"
    lines = _aligned([_field("id", "BigInt", "@id @default(autoincrement())"), *_message_fields(plan.client), *_STATE])
    model = render(
        "outbox/typescript/prisma_model.prisma",
        lines=lines,
        key=plan.client.key,
        order=order_columns(plan.client),
        f=fields,
    )
    lead = "\n" if text.endswith(b"\n") else "\n\n"
    return FileEdit(path, (Edit(len(text), len(text), (lead + model).replace("\n", newline)),))


def _field(name: str, kind: str, *attributes: str) -> tuple[str, str, str]:
    return name, kind, " ".join(one for one in attributes if one)


_STATE = (
    _field("createdAt", "DateTime", '@default(now()) @map("created_at") @db.Timestamptz(6)'),
    _field("availableAt", "DateTime", '@default(now()) @map("available_at") @db.Timestamptz(6)'),
    _field("attempts", "Int", "@default(0)"),
    _field("publishedAt", "DateTime?", '@map("published_at") @db.Timestamptz(6)'),
    _field("failedAt", "DateTime?", '@map("failed_at") @db.Timestamptz(6)'),
    _field("lastError", "String?", '@map("last_error")'),
)


def _message_fields(client: Client) -> Iterator[tuple[str, str, str]]:
    yield _field(
        "messageId", "String", '@unique @default(dbgenerated("gen_random_uuid()")) @map("message_id") @db.Uuid'
    )
    for column in client.columns:
        yield _message_field(column)


def _message_field(column: Column) -> tuple[str, str, str]:
    is_null = column.optional and column.type != "object"
    default = '@default("{}")' if column.optional and column.type == "object" else ""
    mapped = f'@map("{column.name}")' if column.field != column.name else ""
    return _field(column.field, _TYPES[column.type] + ("?" if is_null else ""), default, mapped)


def _aligned(rows: list[tuple[str, str, str]]) -> list[str]:
    """Columns as the schema's formatter sets them."""
    wide = max(len(name) for name, _, _ in rows), max(len(kind) for _, kind, _ in rows)
    return [f"{name:<{wide[0]}} {kind:<{wide[1]}} {rest}".rstrip() for name, kind, rest in rows]


def _migration(project: NodeProject, client: Client) -> list[Change]:
    """A migration behind the newest; none where the project pushes its schema without any."""
    schema = _schema(project)
    folder = f"{dirname(schema or '')}/migrations".lstrip("/")
    stamps = [int(found[1]) for name in project.listed(folder) if (found := _STAMPED.match(name)) is not None]
    if not stamps:
        return []
    text = render(
        "outbox/typescript/prisma_migration.sql",
        columns=client.columns,
        key=client.key,
        order=order_columns(client),
    )
    return [NewFile(f"{folder}/{max(stamps) + 1}_outbox/migration.sql", text)]


def _written_package(project: NodeProject) -> str:
    """The module from which the project imports its client, as it is written there."""
    for file in project.holding("PrismaClient"):
        found = re.search(r"""import\s+(?:type\s+)?\{[^}]*\bPrismaClient\b[^}]*\}\s*from\s*["']([^"']+)["']""", file.source.decode("utf-8", "replace"))  # fmt: skip
        if found is not None:
            return found[1]
    return "@prisma/client"


def _package(project: NodeProject) -> str:
    """The same module, as the relay imports it."""
    written = _written_package(project)
    if not written.startswith("."):
        return written
    holder = next(file for file in project.holding("PrismaClient") if written in file.source.decode("utf-8", "replace"))
    target = normpath(f"{dirname(holder.path)}/{written}")
    path = relpath(target, project.sources or ".")
    return path if path.startswith(".") else f"./{path}"


_STORAGE = _Prisma()


def offers(context: FixContext, one: DualWrite) -> Iterator[Offer]:
    """Where the row can be stored in the transaction of the write, or in one around the two."""
    yield from ecmascript_outbox.offers(_STORAGE, context, one)
