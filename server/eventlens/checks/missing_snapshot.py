"""missing-snapshot: a thing is made anew from all of its events for each command, however many there are by then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.paths import named_function
from eventlens.behaviour.whole_streams import WholeRead, folding, whole_reads
from eventlens.checks.context import CheckContext, Evidence, Rule
from eventlens.checks.files_of_services import files_of
from eventlens.flow.call_chains import Caller
from eventlens.flow.model import Finding
from eventlens.flow.scopes import Frame

_ON_PURPOSE = re.compile(
    r"(?i)project|rebuild|histor|audit|timeline|export|catch_?up|migrat|checkpoint|subscri|denormal|read_?model|snapshot|version_?of"
)
"""In the names of what reads all events because it wants all of them."""
_SNAPSHOT = re.compile(rb"(?i)(?<!-)(?<!Model)(?<!Match)(?<!MatchInline)snapshot")
"""A word by which code speaks of snapshots: the migrations of a database, tests and versions of packages have others."""


def _run(context: CheckContext) -> Iterator[Finding]:
    told: set[int] = set()
    for read in whole_reads(context.graph):
        context.beat()
        owner = named_function(read.frame)
        if id(owner) in told or owner.function is None or _is_on_purpose(owner):
            continue
        callers = _callers(context, owner)
        fold = _fold(read, callers)
        append = _append(context, read, callers) if fold is not None else None
        if fold is None or append is None or _speaks_of_snapshots(context, (owner, *(one.frame for one in callers))):
            continue
        told.add(id(owner))
        yield _report(context, read, fold, append)


def _is_on_purpose(owner: Frame) -> bool:
    names = (owner.name, owner.cls.name if owner.cls is not None else "", owner.module.path.rpartition("/")[2])
    return any(map(_ON_PURPOSE.search, names))


def _callers(context: CheckContext, owner: Frame) -> Sequence[Caller]:
    """The calls of the function that reads, those of its own file first."""
    source_set = context.graph.program.workspace.source_set
    found = [one for one in context.graph.callers.of(owner) if source_set(one.frame.module.path) == "main"]
    return sorted(found, key=lambda one: one.frame.module is not owner.module)


def _fold(read: WholeRead, callers: Sequence[Caller]) -> Evidence | None:
    """Where the events are made into one thing: beside the read, or in a function that calls the one that reads."""
    for frame in (read.frame, *(one.frame for one in callers if not _is_on_purpose(named_function(one.frame)))):
        node = folding(frame)
        if node is not None:
            return Evidence(frame, node, "they are made into one thing here")
    return None


def _append(context: CheckContext, read: WholeRead, callers: Sequence[Caller]) -> Evidence | None:
    """Where events are added to such a stream, in the file that reads it or one that calls it: what is read for a command."""
    paths = list(dict.fromkeys((read.frame.module.path, *(one.frame.module.path for one in callers))))
    if not read.table:
        return next((one for path in paths for one in _appended(context, path)), None)
    wanted = re.compile(rf"(?is)\binsert\s+into\s+[\"`\[]?(?:\w+[\"`\]]?\.[\"`\[]?)?{re.escape(read.table)}\b")
    for path in paths:
        module = context.graph.program.module(path)
        for frame in module.frames if module is not None else ():
            for call in frame.calls:
                if any(wanted.search(text) for text in _written(call)):
                    return Evidence(frame, call, "events are added to it here")
    return None


def _appended(context: CheckContext, path: str) -> Iterator[Evidence]:
    for node, site in context.graph.nodes:
        frame, call = node.match.place.frame, node.match.place.call
        if frame is None or call is None or frame.module.path != path:
            continue
        if site.role == "publish" and site.broker == "eventstoredb":
            yield Evidence(frame, call, "events are appended to it here")


def _written(call: ir.Call) -> Iterator[str]:
    for argument in call.args:
        value = argument.value
        parts = value.parts if isinstance(value, ir.Template) else (value,)
        yield " ".join(str(one.value) for one in parts if isinstance(one, ir.Literal))


def _speaks_of_snapshots(context: CheckContext, frames: Sequence[Frame]) -> bool:
    """Whether anything in the services that read and use the events speaks of snapshots."""
    service_of, workspace = context.graph.matcher.service_of, context.graph.program.workspace
    known: dict[str | None, bool] = context.shared.setdefault("speaks of snapshots", {})
    for service in {service_of(frame.module.path) for frame in frames}:
        if service not in known:
            known[service] = any(
                _SNAPSHOT.search(workspace.text_if_there(path))
                for path in files_of(context, service)
                if workspace.source_set(path) == "main"
            )
        if known[service]:
            return True
    return False


def _report(context: CheckContext, read: WholeRead, fold: Evidence, append: Evidence) -> Finding:
    where = f"the table {read.table}" if read.table else "the stream"
    return context.finding(
        RULE,
        f"all events of {where} are read from the first one on each time a command is handled, and no snapshot is looked for: the longer "
        "it lives, the longer each command takes",
        frame=read.frame,
        node=read.call,
        related=[fold, append],
    )


RULE = Rule(
    "missing-snapshot",
    "info",
    "Store the state every so many events, read it first, and only the events after it; or end streams while they are short.",
    _run,
    needs_all_sites=True,
    waits=True,
)
