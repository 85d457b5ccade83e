"""TypeORM: ``transaction`` of the entity manager, repositories bound to it."""

from __future__ import annotations

from eventlens.behaviour.events import Event
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup import typeorm_entity
from eventlens.fixes.dedup.ecmascript import Stored, path_of
from eventlens.fixes.dedup.handling import Handling
from eventlens.fixes.source import SourceFile

template = "typeorm.ts"
handles: tuple[str, ...] = ("manager", "entityManager", "transactionManager")
names: tuple[str, ...] = ("raw",)
takes_callback = True
_BASES = ("Repository", "Manager", "DataSource")


def _base(file: SourceFile, event: Event) -> tuple[str, str]:
    """The repository, manager or data source as it is written, and which of them it is."""
    path = path_of(file, event.node)
    value = event.match.place.receiver if event.match is not None else None
    while value is not None and value.type not in _BASES:
        value = value.parent
    if value is not None and path[-1:] == ["getRepository"]:
        value = value.parent
    kind = value.type if value is not None else ""
    return (".".join(path[:-1]), kind) if kind in _BASES else ("", "")


def client(file: SourceFile, event: Event) -> str | None:
    """The object from which the call sets out."""
    return _base(file, event)[0] or None


def _kind(client: str, event: Event) -> str:
    value = event.match.place.receiver if event.match is not None else None
    while value is not None and value.type not in _BASES:
        value = value.parent
    if value is None:
        return ""
    return value.parent.type if _is_got(event, value.type) and value.parent is not None else value.type


def _is_got(event: Event, kind: str) -> bool:
    """Whether the repository is asked for in the same expression (``manager.getRepository(Order).insert(…)``)."""
    place = event.match.place if event.match is not None else None
    call = getattr(place.receiver, "call", None) if place is not None else None
    return kind == "Repository" and call is not None and event.node.start <= call.start < event.node.end


def through(client: str, event: Event, handle: str) -> dict[str, str]:
    """``this.orders.insert`` → ``manager.withRepository(this.orders).insert``; a data source's or manager's calls → the manager's."""
    if _kind(client, event) == "Repository":
        return {client: f"{handle}.withRepository({client})"}
    return {f"{client}.manager": handle, client: handle}


def opening(client: str, event: Event) -> str:
    """The transaction of the manager behind a repository (https://typeorm.io/docs/advanced-topics/transactions)."""
    return f"{client}.manager.transaction" if _kind(client, event) == "Repository" else f"{client}.transaction"


def prelude(client: str, event: Event, handle: str) -> tuple[str, str] | None:
    """A repository of the class, bound to the transaction, under its own name."""
    name = client.removeprefix("this.")
    is_own = client.startswith("this.") and "." not in name and _kind(client, event) == "Repository"
    return (name, f"{handle}.withRepository({client})") if is_own else None


def fits(context: FixContext, file: SourceFile) -> bool:
    """Whether the project has entities in PostgreSQL."""
    return typeorm_entity.fits(context, file)


def stored(context: FixContext, file: SourceFile, handling: Handling) -> Stored:
    """An entity and its migration."""
    return typeorm_entity.stored(context, file, handling)
