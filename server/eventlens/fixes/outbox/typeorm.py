"""An outbox for TypeORM: the row is inserted through the entity manager of the write's transaction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from tree_sitter import Node

from eventlens.checks.announced import entity_of
from eventlens.checks.operations import DualWrite
from eventlens.fixes.changes import Change, Edit, FileEdit, NewFile, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.es_imports import import_edits
from eventlens.fixes.outbox import ecmascript_outbox
from eventlens.fixes.outbox.ecmascript_code import Code, Group, callee, declaration_of, function_of, object_of
from eventlens.fixes.outbox.ecmascript_messages import Row
from eventlens.fixes.outbox.ecmascript_outbox import RELAY, TABLE, Plan
from eventlens.fixes.outbox.ecmascript_project import NodeProject
from eventlens.fixes.outbox.ecmascript_relay import OF_ANYBODY, Fields, opened, order_columns, relay_file
from eventlens.fixes.outbox.typeorm_project import Registration, last_migration, migrates, registration
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile, inside
from eventlens.knowledge.schema import Effect

ENTITY = "OutboxMessage"


class _TypeOrm:
    """``writes_with``: the model's name of what the write is called on: ``Repository`` or ``Manager``."""

    library = "typeorm"
    relay_mark = "createQueryBuilder(OutboxMessage"
    handles: tuple[str, ...] = ("manager", "transactionManager", "entityManager")

    def __init__(self, writes_with: str, entity: str) -> None:
        self.writes_with = writes_with
        self.entity = entity

    def client(self, file: SourceFile, chain: Node) -> Node | None:
        """``this.orders`` of ``this.orders.save(…)``."""
        method = function_of(chain)
        found = method.child_by_field_name("object") if method is not None else None
        if found is None or (found.type == "call_expression" and not callee(file, found).endswith(".getRepository")):
            return None
        return found

    def within(self, file: SourceFile, client: Node, handle: str) -> str | None:
        """The callback's own manager, or a repository that it gave."""
        text = file.text(client)
        declared = declaration_of(file, client) if client.type == "identifier" and text != handle else None
        value = declared.child_by_field_name("value") if declared is not None else None
        text = file.text(value) if value is not None else text
        is_given = text.startswith((f"{handle}.getRepository(", f"{handle}.withRepository("))
        return handle if text == handle or is_given else None

    def through(self, file: SourceFile, client: Node, handle: str) -> str:
        """The manager, or the same repository in the manager's transaction."""
        if self.writes_with == "Manager":
            return handle
        if client.type == "call_expression":
            given = client.child_by_field_name("arguments")
            return f"{handle}.getRepository{file.text(given) if given is not None else '()'}"
        return f"{handle}.withRepository({file.text(client)})"

    def opening(self, file: SourceFile, client: Node, handle: str) -> str | None:
        """On the manager of the repository. Not on a manager that was handed in: it may be in a transaction."""
        text = file.text(client)
        if client.type == "call_expression":
            around = callee(file, client).removesuffix(".getRepository")
        elif self.writes_with == "Repository":
            around = f"{text}.manager" if _is_plain_repository(file, client) else ""
        else:
            around = text if client.type == "member_expression" else ""
        return f"{around}.transaction(async ({handle}) => {{" if around else None

    def begun(self, file: SourceFile, commit: Node | None, client: Node) -> str | None:
        """The manager of the query runner that commits."""
        runner = callee(file, commit).removesuffix(".commitTransaction") if commit is not None else ""
        handle = f"{runner}.manager"
        return handle if runner and self.within(file, client, handle) is not None else None

    def declared(self, project: NodeProject) -> bytes:
        """Nowhere else."""
        return b""

    def fits(self, project: NodeProject) -> bool:
        """Whether the database is PostgreSQL and it shows where entities are registered."""
        return project.uses_postgres and registration(project, self.entity) is not None

    def row(self, handle: str, row: Row, file: SourceFile) -> Code:
        """An ``insert``."""
        entries = object_of([(column.field, value) for column, value in row.values])
        return Group(f"await {handle}.insert(", (ENTITY, entries), ")")

    def imports(self, plan: Plan) -> list[Edit]:
        """The entity."""
        place = _place(plan.project, self.entity)
        return import_edits(plan.file, plan.project.specifier(plan.file.path, place.path), ENTITY)

    def beside(self, plan: Plan) -> list[Change]:
        """Nothing but the entity and its migration."""
        return []

    def files(self, plan: Plan) -> list[Change]:
        """The entity where the others are, registered like them, its migration and the relay."""
        place = _place(plan.project, self.entity)
        fields = Fields(plan.client.columns, snake=False, buffers=True, objects=OF_ANYBODY)
        named = {
            "columns": plan.client.columns,
            "key": plan.client.key,
            "order": order_columns(plan.client),
            "f": fields,
        }
        style = plan.file.style
        entity = restyled(render("outbox/typescript/typeorm_entity.ts", **named), style, ".ts")
        migrations, migration_edits = _migration(plan, named)
        source = opened(
            plan.project,
            plan.project.origin("typeorm", ("DataSource",)),
            f'new DataSource({{ type: "postgres", url: process.env.DATABASE_URL, entities: [{ENTITY}] }})',
        )
        return [
            NewFile(place.path, entity),
            *_merged([*place.edits, *migration_edits]),
            *migrations,
            *relay_file(plan, "typeorm", fields, source=source, entity_line=_import_line(plan.project, place.path)),
        ]


def _is_plain_repository(file: SourceFile, client: Node) -> bool:
    """Whether a repository is declared as TypeORM's own class: one of the project's need not be made anew for a manager."""
    name = re.escape(file.text(client).rpartition(".")[2].lstrip("#"))
    for node in inside(file.tree.root_node, "required_parameter", "public_field_definition", "variable_declarator"):
        if re.search(
            rf"\b{name}[!?]?\s*(?::\s*Repository<|=\s*[\w.]+\.getRepository\()", file.text(node).partition("{")[0]
        ):
            return True
    return False


def _place(project: NodeProject, entity: str) -> Registration:
    found = registration(project, entity)
    assert found is not None, "fits() has asked"
    return found


def _import_line(project: NodeProject, path: str) -> str:
    return f'import {{ {ENTITY} }} from "{project.specifier(project.beside(RELAY), path)}";'


def _migration(plan: Plan, named: dict[str, object]) -> tuple[list[Change], list[FileEdit]]:
    """The migration behind the newest, and its registration; nothing where the schema is synchronised without any."""
    if not migrates(plan.project):
        return [], []
    last = last_migration(plan.project)
    stamp = last.stamp + 1
    name = f"CreateOutboxMessages{stamp}"
    path = f"{last.folder}/{stamp}-{'create-outbox-messages' if last.is_kebab else 'CreateOutboxMessages'}.ts"
    constraints = {"unique": _constraint("UQ", "message_id"), "primary": _constraint("PK", "id")}
    text = restyled(
        render("outbox/typescript/typeorm_migration.ts", name=name, **constraints, **named), plan.file.style, ".ts"
    )
    return [NewFile(path, text)], list(last.registered(plan.project, name, path))


def _constraint(kind: str, column: str) -> str:
    """The name that TypeORM itself gives a constraint: another would be changed by the next generated migration."""
    digest = hashlib.sha1(f"{TABLE}_{column}".encode(), usedforsecurity=False).hexdigest()
    return f"{kind}_{digest[:27]}"


def _merged(edits: list[FileEdit]) -> list[Change]:
    """One edit a file."""
    paths = list(dict.fromkeys(one.path for one in edits))
    return [
        FileEdit(
            path,
            tuple(sorted((edit for one in edits if one.path == path for edit in one.edits), key=lambda e: e.start)),
        )
        for path in paths
    ]


def offers(context: FixContext, one: DualWrite) -> Iterator[Offer]:
    """Where the row can be stored in the transaction of the write, or in one around the two."""
    entry = one.write.entry
    writes_with = (entry.call or "").partition(".")[0] if isinstance(entry, Effect) else ""
    if writes_with in ("Repository", "Manager"):
        yield from ecmascript_outbox.offers(_TypeOrm(writes_with, entity_of(one.write)), context, one)
