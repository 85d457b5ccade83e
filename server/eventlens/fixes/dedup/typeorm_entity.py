"""The entity of handled messages in a TypeORM project: its class, the lists in which it must stand, its migration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename, dirname, relpath

from tree_sitter import Node

from eventlens.fixes.changes import Change, Edit, FileEdit, NewFile, NotFixable
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup.ecmascript import Stored
from eventlens.fixes.dedup.ecmascript_tables import root_of
from eventlens.fixes.dedup.handling import Handling
from eventlens.fixes.dedup.places import TABLE, names_in, under
from eventlens.fixes.es_imports import import_edits
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile, inside

ENTITY = "ProcessedMessage"


def stored(context: FixContext, file: SourceFile, handling: Handling) -> Stored:
    """The entity of an earlier fix, or a new one."""
    project = [context.file(path) for path in _sources(context, file)]
    known = next((one for one in project if f"class {ENTITY} ".encode() in one.source), None)
    if known is not None:
        if b"messageId" not in known.source or b"consumer" not in known.source:
            raise NotFixable(f"{known.path} has an entity {ENTITY} of another make")
        return Stored({"entity": ENTITY}, (), tuple(import_edits(file, module_of(file.path, known.path), ENTITY)))
    beside = _an_entity(project, file)
    if beside is None:
        raise NotFixable("where the project keeps its entities is not known")
    path = under(dirname(beside.path), _file_name(basename(beside.path)))
    if path in context.workspace:
        raise NotFixable(f"{path} is there already")
    changes: list[Change] = [NewFile(path, restyled(render("dedup/typeorm_entity.ts"), beside.style, ".ts"))]
    edited: dict[str, list[Edit]] = {file.path: import_edits(file, module_of(file.path, path), ENTITY)}
    for one in (*_listed(project, path), *_migration(context, project)):
        if isinstance(one, FileEdit):
            known_edits = edited.setdefault(one.path, [])
            known_edits += [edit for edit in one.edits if edit not in known_edits]
        else:
            changes.append(one)
    edits = edited.pop(file.path)
    changes += [FileEdit(each, tuple(found)) for each, found in edited.items()]
    return Stored({"entity": ENTITY}, tuple(changes), tuple(edits))


_OTHERS = re.compile(
    rb"type:\s*['\"](mysql|mariadb|sqlite|better-sqlite3|mssql|oracle|mongodb|sqljs|aurora-mysql)['\"]"
)


def fits(context: FixContext, file: SourceFile) -> bool:
    """Whether the project keeps entities, in PostgreSQL as far as it says."""
    sources = [context.workspace.text(path) for path in _sources(context, file)]
    return any(b"@Entity(" in one for one in sources) and not any(_OTHERS.search(one) for one in sources)


def _sources(context: FixContext, file: SourceFile) -> Iterator[str]:
    root = root_of(context, file)
    for path in context.workspace.sources():
        if path.startswith(f"{root}/" if root else "") and path.endswith((".ts", ".js")) and context.workspace.source_set(path) == "main":  # fmt: skip
            yield path


def _an_entity(project: list[SourceFile], file: SourceFile) -> SourceFile | None:
    """A file with an entity: one that the handler's file imports, else the first."""
    found = [one for one in project if b"@Entity(" in one.source]
    text = file.source.decode("utf-8", "replace")
    return next((one for one in found if basename(one.path).rpartition(".")[0] in text), found[0] if found else None)


def _file_name(beside: str) -> str:
    """``stock-item.entity.ts`` → ``processed-message.entity.ts``; ``StockItem.ts`` → ``ProcessedMessage.ts``."""
    stem, _, rest = beside.partition(".")
    if rest in ("ts", "js") and stem in ("entities", "models", "entity", "index"):
        return f"processed-message.{rest}"
    return f"{ENTITY if stem[:1].isupper() else 'processed-message'}.{rest}"


def module_of(importing: str, path: str) -> str:
    """The relative specifier of a file."""
    name = relpath(path, dirname(importing) or ".").removesuffix(".ts").removesuffix(".js")
    return name if name.startswith(".") else f"./{name}"


# -------------------------------------------------------------------------------------------------------------- lists


def _listed(project: list[SourceFile], path: str) -> list[FileEdit]:
    """The entity added to each list of entity classes that a data source is given.

    Raises NotFixable where no list and no pattern of files says which entities there are."""
    found: list[FileEdit] = []
    is_known = False
    for one in project:
        if b"entities" not in one.source and b"forFeature" not in one.source:
            continue
        edits: list[Edit] = []
        for listed, name in _lists(one):
            names = [one.text(item) for item in listed.named_children if item.type == "identifier"]
            is_known = is_known or name == "entities"
            if names and (name == "entities" or b"autoLoadEntities" in b"".join(each.source for each in project)):
                is_known = True
                last = listed.named_children[-1]
                edits.append(Edit(last.end_byte, last.end_byte, f", {ENTITY}"))
        if edits:
            edits += import_edits(one, module_of(one.path, path), ENTITY)
            found.append(FileEdit(one.path, tuple(edits)))
    if not is_known:
        raise NotFixable("which entities the data source knows is not known")
    return found


def _lists(file: SourceFile) -> Iterator[tuple[Node, str]]:
    for pair in file.nodes("pair"):
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if key is not None and value is not None and file.text(key) == "entities" and value.type == "array":
            yield value, "entities"
    for call in file.nodes("call_expression"):
        callee, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        if callee is not None and arguments is not None and file.text(callee).endswith("TypeOrmModule.forFeature"):
            yield from ((one, "forFeature") for one in list(inside(arguments, "array"))[:1])


# ---------------------------------------------------------------------------------------------------------- migration

_MIGRATION = re.compile(rb"implements\s+MigrationInterface")


def _migration(context: FixContext, project: list[SourceFile]) -> Iterator[Change]:
    """The migration behind the others; none for a project without migrations, whose tables TypeORM makes from its entities."""
    known = [one for one in project if _MIGRATION.search(one.source)]
    if not known:
        return
    last = max(known, key=lambda one: basename(one.path))
    folder = dirname(last.path)
    names = [name for name in names_in(context, folder) if re.match(r"\d+", name)]
    stamps = [int(found[0]) for name in names if (found := re.match(r"\d+", name)) is not None]
    stamp = str(max(stamps, default=1704067200000) + 60_000)
    joint = "-" if not names or "-" in names[-1] else "_"
    text = render("dedup/typeorm_migration.ts", name=f"ProcessedMessages{stamp}", table=TABLE)
    yield NewFile(f"{folder}/{stamp}{joint}ProcessedMessages.ts", restyled(text, last.style, ".ts"))
    yield from _in_list(project, known, f"{folder}/{stamp}{joint}ProcessedMessages.ts", f"ProcessedMessages{stamp}")


def _in_list(project: list[SourceFile], known: list[SourceFile], path: str, name: str) -> Iterator[FileEdit]:
    """The migration added to the list that a data source is given, where it lists classes."""
    for one in project:
        for pair in one.nodes("pair"):
            key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if key is None or value is None or one.text(key) != "migrations" or value.type != "array":
                continue
            if value.named_children and all(item.type == "identifier" for item in value.named_children):
                end = value.named_children[-1].end_byte
                edits = [Edit(end, end, f", {name}"), *import_edits(one, module_of(one.path, path), name)]
                yield FileEdit(one.path, tuple(edits))
