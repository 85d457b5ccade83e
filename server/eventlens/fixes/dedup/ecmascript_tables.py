"""The table of handled messages in an ECMAScript project, made with the project's own migration tool."""

from __future__ import annotations

import re

from eventlens.fixes.changes import Change, Edit, FileEdit, NewFile, NotFixable
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup.places import TABLE, exists, names_in, next_name, next_stamp, package_root, under
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile
from eventlens.workspace.reading import read_within

MODEL = "ProcessedMessage"
_SQL_FOLDERS = ("migrations", "db/migrations", "database/migrations", "src/migrations", "sql")


def root_of(context: FixContext, file: SourceFile) -> str:
    """The folder of the package that a file belongs to."""
    return package_root(context, file.path, "package.json")


def depends_on(context: FixContext, file: SourceFile, *packages: str) -> bool:
    """Whether the package's manifest names one of some packages."""
    manifest = _text(context, under(root_of(context, file), "package.json"))
    return any(f'"{name}"' in manifest for name in packages)


# ---------------------------------------------------------------------------------------------------------------- SQL


def plain_sql(context: FixContext, file: SourceFile) -> tuple[Change, ...]:
    """The migration in SQL; nothing where an earlier one makes the table."""
    root = root_of(context, file)
    folders = [under(root, one) for one in _SQL_FOLDERS]
    folder = next((one for one in folders if any(name.endswith(".sql") for name in names_in(context, one))), folders[0])
    names = [name for name in names_in(context, folder) if name.endswith(".sql")]
    if any(_makes_table(context, f"{folder}/{name}") for name in names):
        return ()
    ups = [name for name in names if not name.endswith(".down.sql")]
    name = next_name(ups, TABLE, "", f"0001_{TABLE}.sql")
    return (NewFile(f"{folder}/{name}", render("dedup/migration.sql")),)


def _makes_table(context: FixContext, path: str) -> bool:
    text = _text(context, path)
    found = re.search(rf"(?is)create\s+table\s+(?:if\s+not\s+exists\s+)?[\w.\"`]*{TABLE}[\"`]?\s*\((.*?)\);", text)
    if found is None:
        return False
    if not {"consumer", "message_id"} <= set(re.findall(r"\w+", found[1])):
        raise NotFixable(f"{path} makes a table {TABLE} of another make")
    return True


def _text(context: FixContext, path: str) -> str:
    try:
        workspace = context.workspace
        source = workspace.text(path) if path in workspace else read_within(workspace.root, path)
    except (OSError, KeyError):
        return ""
    return source.decode("utf-8", "replace")


# ------------------------------------------------------------------------------------------------------------- Prisma


def prisma_model(context: FixContext, file: SourceFile) -> tuple[tuple[Change, ...], str]:
    """The model and its migration, with the name of the client's member for it."""
    path = prisma_schema(context, file)
    text = _text(context, path)
    known = re.search(rf"(?m)^model\s+{MODEL}\s*\{{([^}}]*)\}}", text)
    if known is not None:
        if "@@id([consumer, messageId])" not in known[1]:
            raise NotFixable(f"{path} has a model {MODEL} of another make")
        return (), _delegate(MODEL)
    provider = _provider(text)
    if provider not in _DIALECTS:
        raise NotFixable(f"Prisma cannot skip duplicates in {provider or 'this database'}")
    mapped = "@@map(" in text
    newline = "\r\n" if "\r\n" in text else "\n"
    model = render("dedup/schema.prisma", name=MODEL, mapped=mapped).replace("\n", newline)
    end = len(text.rstrip().encode("utf-8"))
    source_end = len(text.encode("utf-8"))
    changes: list[Change] = [FileEdit(path, (Edit(end, source_end, newline * 2 + model),))]
    folder = path.rpartition("/")[0]
    migrations = under(folder, "migrations")
    names = names_in(context, migrations)
    if names:
        stamp = next_stamp(names)
        changes.append(NewFile(f"{migrations}/{stamp}_{TABLE}/migration.sql", _prisma_sql(provider, mapped)))
    return tuple(changes), _delegate(MODEL)


def prisma_schema(context: FixContext, file: SourceFile) -> str:
    """The schema of the client that a file uses: the nearest one above it. Raises NotFixable where there is none."""
    root = root_of(context, file)
    while True:
        for name in ("prisma/schema.prisma", "schema.prisma", "src/prisma/schema.prisma", "db/schema.prisma"):
            if exists(context, under(root, name)):
                return under(root, name)
        if not root:
            raise NotFixable("no schema.prisma is there to add the table to")
        root = root.rpartition("/")[0]


def prisma_can_skip(context: FixContext, file: SourceFile) -> bool:
    """Whether there is a schema, of a database for which ``skipDuplicates`` is known."""
    try:
        return _provider(_text(context, prisma_schema(context, file))) in _DIALECTS
    except NotFixable:
        return False


def _delegate(model: str) -> str:
    return model[0].lower() + model[1:]


def _provider(text: str) -> str:
    found = re.search(r"(?s)datasource\s+\w+\s*\{.*?provider\s*=\s*\"(\w+)\"", text)
    return found[1] if found is not None else ""


_DIALECTS: dict[str, dict[str, object]] = {
    "postgresql": {"q": '"', "text": "TEXT", "time": "TIMESTAMP(3)", "now": "CURRENT_TIMESTAMP", "named_key": True, "ending": ""},
    "cockroachdb": {"q": '"', "text": "STRING", "time": "TIMESTAMP(3)", "now": "CURRENT_TIMESTAMP", "named_key": True, "ending": ""},
    "mysql": {
        "q": "`", "text": "VARCHAR(191)", "time": "DATETIME(3)", "now": "CURRENT_TIMESTAMP(3)", "named_key": False,
        "ending": " DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
    },
}  # fmt: skip
_DIALECTS["postgres"] = _DIALECTS["postgresql"]


def _prisma_sql(provider: str, mapped: bool) -> str:
    return render(
        "dedup/prisma_migration.sql",
        table=TABLE if mapped else MODEL,
        message_id="message_id" if mapped else "messageId",
        processed_at="processed_at" if mapped else "processedAt",
        **_DIALECTS[provider],
    )


# --------------------------------------------------------------------------------------------------------------- Knex


def knex_migration(context: FixContext, file: SourceFile) -> tuple[Change, ...]:
    """The migration beside the others; in ``migrations`` where there are none."""
    root = root_of(context, file)
    folders = [under(root, one) for one in ("migrations", "db/migrations", "src/migrations", "database/migrations", "src/db/migrations")]  # fmt: skip
    folder = next((one for one in folders if names_in(context, one)), folders[0])
    names = [name for name in names_in(context, folder) if name.endswith((".ts", ".js", ".mjs"))]
    if any("createTable" in (text := _text(context, f"{folder}/{name}")) and TABLE in text for name in names):
        return ()
    suffix = "." + names[-1].rpartition(".")[2] if names else "." + file.path.rpartition(".")[2]
    name = next_name(names, TABLE, suffix, f"20240101000000_{TABLE}{suffix}")
    esm = suffix == ".ts" or "export " in (_text(context, f"{folder}/{names[-1]}") if names else file.source.decode())
    text = render("dedup/knex_migration.ts", typescript=suffix == ".ts", esm=esm)
    return (NewFile(f"{folder}/{name}", restyled(text, file.style, suffix)),)
