"""From a dual write in TypeScript to the changes that mend it: what all data-access libraries have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from eventlens import ir
from eventlens.checks.operations import DualWrite
from eventlens.fixes.changes import Change, Edit, FileEdit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import call_at
from eventlens.fixes.outbox.ecmascript_code import Code, laid_out
from eventlens.fixes.outbox.ecmascript_edits import edits_for
from eventlens.fixes.outbox.ecmascript_messages import Client, Publish, Row, read_publish
from eventlens.fixes.outbox.ecmascript_places import Access, Place, find_place
from eventlens.fixes.outbox.ecmascript_project import NodeProject
from eventlens.fixes.outbox.ecmascript_sending import Sending, sending
from eventlens.fixes.source import SourceFile
from eventlens.knowledge.schema import Publish as PublishEntry

TABLE = "outbox_messages"
RELAY = "outbox-relay.ts"
_SUFFIXES = (".ts", ".mts", ".cts", ".tsx")


class Plan(NamedTuple):
    """Everything that is known when the fix is offered. ``is_there``: an earlier fix made the table and its relay."""

    context: FixContext
    project: NodeProject
    one: DualWrite
    file: SourceFile
    publish: Publish
    sent: Sending
    place: Place
    is_there: bool

    @property
    def client(self) -> Client:
        """The library that publishes."""
        return self.publish.client


class Storage(Access, Protocol):
    """A data-access library that outbox rows are stored with."""

    library: str
    """Its name in the models of effects."""
    relay_mark: str
    """What stands in the relays that are made for it only."""

    def declared(self, project: NodeProject) -> bytes:
        """Where its tables are declared beside the sources."""

    def fits(self, project: NodeProject) -> bool:
        """Whether the project's database is one that the scaffold is written for."""

    def row(self, handle: str, row: Row, file: SourceFile) -> Code:
        """The expression that stores one row, ``await`` included."""

    def imports(self, plan: Plan) -> list[Edit]:
        """What the file of the publish needs to store rows."""

    def files(self, plan: Plan) -> list[Change]:
        """The table with its migration, and the relay, where they are not there yet."""

    def beside(self, plan: Plan) -> list[Change]:
        """What the changed code itself needs in other files, whether or not the table is there."""


def offers(storage: Storage, context: FixContext, one: DualWrite) -> Iterator[Offer]:
    """Where the rows can be stored in the transaction of the write, or in one made around the two."""
    plan = _plan(storage, context, one)
    if plan is not None:
        yield Offer(
            storage.library,
            "Store the message in an outbox with the write",
            lambda: _changes(storage, plan),
            preferred=True,
            is_wide=True,
        )


def _plan(storage: Storage, context: FixContext, one: DualWrite) -> Plan | None:
    node, match = one.node.node, one.write.match
    if match is None or match.library != storage.library or not one.node.module.path.endswith(_SUFFIXES):
        return None
    if one.publish.chain or one.node.chain or one.publish.frame is not one.node.frame or not isinstance(node, ir.Call):
        return None
    file = context.file(one.node.module.path)
    call, entry = call_at(file, node.start, node.end), one.node.match.entry
    called = entry.call if isinstance(entry, PublishEntry) else None
    publish = read_publish(one.node.match.library, called or "", file, call) if call is not None else None
    sent = sending(file, call, publish.confirmed_by) if call is not None and publish is not None else None
    project = NodeProject(context, file.path)
    if call is None or publish is None or sent is None or not storage.fits(project):
        return None
    known = _known(storage, project, publish.client)
    place = find_place(file, one, call, sent, publish.read, storage) if known is not None else None
    if place is not None and place.in_list and any(row.each is not None for row in publish.rows):
        return None
    return (
        Plan(context, project, one, file, publish, sent, place, known)
        if place is not None and known is not None
        else None
    )


def _known(storage: Storage, project: NodeProject, client: Client) -> bool | None:
    """Whether the outbox of an earlier fix is there for the same libraries; None where there is another."""
    relay = project.text(project.beside(RELAY))
    if relay is None:
        texts = [storage.declared(project), *(project.context.workspace.text(path) for path in project.paths)]
        is_named = any(TABLE.encode() in text or b"OutboxMessage" in text for text in texts)
        return None if is_named else False
    columns = [column.name for column in client.columns if "_" not in column.name]
    marks = (storage.relay_mark, client.package, *columns)
    return True if all(mark.encode() in relay for mark in marks) else None


def _changes(storage: Storage, plan: Plan) -> tuple[Change, ...]:
    file = plan.file

    def stores(handle: str, indent: str) -> list[str]:
        return [_stored(storage, file, handle, row, indent) for row in plan.publish.rows]

    edits = [*storage.imports(plan), *edits_for(file, plan.place, plan.sent, stores)]
    made: list[Change] = [
        FileEdit(file.path, tuple(sorted(edits, key=lambda one: (one.start, one.end)))),
        *storage.beside(plan),
    ]
    if not plan.is_there:
        made += storage.files(plan)
        script = plan.project.script_edit(RELAY)
        made += [script] if script is not None else []
    return tuple(made)


def _stored(storage: Storage, file: SourceFile, handle: str, row: Row, indent: str) -> str:
    """The statement that stores a row, or one for each element."""
    end = ";" if file.style.semicolons else ""
    if row.each is None:
        return laid_out(storage.row(handle, row, file), file, indent, len(end)) + end
    element, elements = row.each
    inner = indent + file.style.indent
    stored = laid_out(storage.row(handle, row, file), file, inner, len(end)) + end
    return f"for (const {element} of {elements}) {{\n{inner}{stored}\n{indent}}}"
