"""Whether a publish speaks of what a write changes: shared values, or an entity that the channel or event names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.asked_classes import class_asked
from eventlens.behaviour.events import Event, is_write, names_given
from eventlens.checks.context import written_channel
from eventlens.flow.denotations import LibraryValue
from eventlens.flow.model import Site
from eventlens.flow.module_index import last_name
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import Definition, Frame
from eventlens.flow.texts import as_text
from eventlens.flow.walk import inward, values_in
from eventlens.knowledge.schema import Effect

_BOOKKEEPING = re.compile(
    r"audit|cron_?job|job_?lock|(?:job|task|queue|import|export|sync|processing)_?workers?$|lease|heartbeat|migration|telemetry|metrics?$|api_?keys?$|cache|sessions?$|^tags?$|manifest|checkpoint|watermark|(?:access|request|activity|usage|system|error|event|message|trace|tracing)_?logs?$",
    re.IGNORECASE,
)
"""Entities that are kept beside the business: what happened, who holds a lease, how far a run has come."""
_ENTRY = re.compile(r"(?i:audit|telemetry)|[a-z]Logs?(?![a-z])|(?:^|[_.-])logs?(?![a-z])")
"""Functions that write a trail of what is done, and channels that take it."""
_NO_ENTRY = re.compile(r"(?i)audit|delete|remove|purge|clean|export|import|archive")
"""Names of trails that somebody depends on, and of work that is to be done with entries."""
_BOOKKEEPER = re.compile(
    r"audit|cache|telemetry|metric|heartbeat|manifest|checkpoint|watermark|progress|worker_?(?:status|state)|latest_?processed|last_?(?:used|seen|active|login|access|processed)|api_?key",
    re.IGNORECASE,
)
"""Functions that keep such records."""
_ASKING = re.compile(
    r"^(?:[gG]et|[fF]ind|[fF]etch|[lL]ook_?[uU]p)(?:[A-Z_]|$)(?!.*(?i:create|insert|upsert|register|claim|reserve|next)|.*(?:Or[A-Z]|_or_))"
)
"""Functions that are called for what they give; what they write on the way is no news of the operation."""
_STAMP = re.compile(
    r"^(?:last_?\w*|\w+_?last_?\w*|updated?_?(?:at|on)|modified_?(?:at|on)|seen_?at|accessed_?at|used_?at|heartbeat\w*|polled_?at|\w*_hits|\w*[vV]iews|usage_?count)$",
    re.IGNORECASE,
)
"""Columns that say when or how often something was used."""
_EQUIPMENT = re.compile(
    r"^_?(?:config\w*|context|ctx|schema(?:_?name)?|tenant(?:_?id)?|\w*(?:tracing|trace|correlation|request)_?id|settings|options|env|log|logger|metrics|db|database|prisma\w*|knex|redis|conn|connection|pool|\w*client|\w*repository|\w*service|\w*logger)$",
    re.IGNORECASE,
)
"""Names of what every part of a program uses: sharing it says nothing about what is written or sent."""
_REPLY_TO = re.compile(r"(?i)reply_?to(?:\(\))?$")
_MAX_DISTANCE_BEFORE = 3
"""Through how many calls a write whose entity is not named is taken for what a message below it announces."""
_MAX_DISTANCE = 2
"""Through how many calls a write below a publish is taken for what the message announces."""


def may_be_announced(publish: Event, write: Event) -> bool:
    """Whether a publish may speak of a write before it: not where both are made of local names and share none."""
    if not is_write(write):
        return True
    if is_named(publish, write):
        return True
    if _is_bookkeeping(write) or _is_stored_elsewhere(publish, write) or _is_far(write) or _is_asked_for(write):
        return False
    mine, theirs = origins_of(publish), origins_of(write)
    return bool(mine & theirs) or not (mine or theirs or publish.chain)


def is_announced_early(publish: Event, write: Event) -> bool:
    """Whether a publish may speak of a write below it: what other parts of the program do with the same values is their own affair."""
    if is_write(write) and is_named(publish, write):
        return True
    if not origins_of(publish) & origins_of(write) or _is_bookkeeping(write):
        return False
    if write.frame.module is publish.frame.module:
        return write.effect != "object-write"
    return (
        len(write.chain) <= _MAX_DISTANCE
        and write.effect not in ("object-write", "increment")
        and bool(entity_of(write) or not is_write(write) or publish.chain == ())
    )


def tells_what_went_on(publish: Event) -> bool:
    """Whether a publish is an entry of an audit trail or a log: it tells of what was done before it, and of nothing that comes."""
    return any(_ENTRY.search(name) for name in _names_around(publish))


def is_log_entry(publish: Event) -> bool:
    """Whether a publish is an entry of a log, of which nobody depends on each: who keeps an audit trail does."""
    names = list(_names_around(publish))
    return any(_ENTRY.search(name) for name in names) and not any(_NO_ENTRY.search(name) for name in names)


def _names_around(publish: Event) -> Iterator[str]:
    """How the functions that lead to a publish, and its channel, are called."""
    site = publish.site
    frames = [step.callee for step in publish.chain]
    frames += [one.callee.frame for one in site.chain] if site is not None else []
    yield from (one.function.name for one in frames if one.function is not None)
    if isinstance(publish.node, ir.Call):
        yield last_name(publish.node.callee)
    if site is not None:
        yield from (name.text for name in site.channel.names)


def goes_to_who_asked(site: Site) -> bool:
    """Whether a message goes to where a request says that it waits for the answer (``message.getReplyTo()``)."""
    return site.channel is None and _REPLY_TO.search(site.channel_expression) is not None


def channel_text(site: Site) -> str:
    """The channel of a publish for a sentence: its name, else the expression where that is short enough to be read."""
    return written_channel(site) or "a channel"


def is_named(publish: Event, write: Event) -> bool:
    """Whether the channel or event of a publish names the entity of a write."""
    entity = letters(entity_of(write)).rstrip("s")
    return len(entity) > 3 and entity in letters(" ".join(_words(publish)))


def letters(text: str) -> str:
    """A text in lower case, its letters alone: names that are written in different ways are compared by them."""
    return re.sub(r"[^a-z]", "", text.lower())


def _words(publish: Event) -> Iterator[str]:
    """The names of a publish's channel, and the constant that stands first in its call (the event in most libraries)."""
    if publish.site is not None:
        yield from (name.text for name in publish.site.channel.names)
    first = publish.node.args[0].value if isinstance(publish.node, ir.Call) and publish.node.args else None
    if isinstance(first, ir.Member):
        yield first.name
    elif isinstance(first, ir.Literal) and isinstance(first.value, str):
        yield first.value


def _is_stored_elsewhere(publish: Event, write: Event) -> bool:
    """Whether another module stores an object: mostly the body of a request, which the message then only points at."""
    return write.effect == "object-write" and write.frame.module is not publish.frame.module


def _is_asked_for(write: Event) -> bool:
    """Whether a write stands in a function that the operation calls to get something."""
    functions = (step.callee.function for step in write.chain)
    return any(one is not None and _ASKING.match(one.name) for one in functions)


def _is_far(write: Event) -> bool:
    """Whether a write that the publish does not name stands so many calls away that sharing a value says little."""
    return len(write.chain) > _MAX_DISTANCE_BEFORE


# --------------------------------------------------------------------------------------------------------- bookkeeping


def _is_bookkeeping(write: Event) -> bool:
    """Whether a write only keeps a record beside the business: an audit row, a lease, a stamp of the last use."""
    if _BOOKKEEPING.search(entity_of(write)):
        return True
    functions = [step.callee.function for step in write.chain] or [write.frame.function]
    return any(one is not None and _BOOKKEEPER.search(one.name) for one in functions)


def is_stamp(column: str) -> bool:
    """Whether a column says when or how often something was used."""
    return _STAMP.match(column) is not None


# -------------------------------------------------------------------------------------------------------------- entity


def entity_of(event: Event) -> str:
    """The table, collection or model that an effect is about, "" where it is not known."""
    found = _entity(event)
    if re.search(r"\w", found):
        return found
    return class_asked(event.node, event.frame) if event.kind == "effect" and event.sql is None else ""


def _entity(event: Event) -> str:
    if event.sql is not None:
        return event.sql.table
    entry = event.entry
    if not isinstance(entry, Effect) or event.place is None:
        return ""
    for value in read_first(event.place, entry.entity):
        for attribute in ("value", "index", "names", "name"):
            found = getattr(value, attribute, None)
            if isinstance(found, str | int):
                return as_text(found)
            if found is not None and hasattr(found, "name"):
                return str(found.name)
            if isinstance(found, tuple) and found:
                return str(found[-1])
        if isinstance(value, LibraryValue) and value.source is not None and value.source.instance_of:
            return class_asked(event.node, event.frame)
    return ""


# ------------------------------------------------------------------------------------------------------------- origins

_SELF = ("self", "cls")
_COMMON = frozenset(
    (
        "JSON",
        "json",
        "Buffer",
        "str",
        "String",
        "Date",
        "datetime",
        "uuid",
        "dict",
        "list",
        "Object",
        "Message",
        "undefined",
        "None",
        *_SELF,
    )
)
_MAX_ORIGINS = 40
_ADDING = frozenset(("push", "append", "add", "Add", "addAll", "extend", "plusAssign"))
"""Methods that put something into a list."""
_EACH = frozenset(
    ("map", "forEach", "flatMap", "filter", "reduce", "Select", "SelectMany", "ForEach", "onEach", "associate")
)
"""Methods of lists that give their elements to a function, one by one."""


def origins_of(event: Event) -> set[str]:
    """The local names that an event's call uses in the traced function, with those that they are made of."""
    call, frame = (event.chain[0].call, event.chain[0].frame) if event.chain else (event.node, event.frame)
    return names_given(event.usage) | origins_in(used_by(call), frame)


def origins_in(values: Iterable[ir.Value], frame: Frame) -> set[str]:
    """The local names in values, with those that they are made of."""
    queue = [(one, frame) for one in values]
    found: set[str] = set()
    while queue and len(found) < _MAX_ORIGINS:
        written, scope = queue.pop()
        for value in values_in(written):
            if isinstance(value, ir.Member) and _is_own(value.object) and not _EQUIPMENT.match(value.name):
                found.add(f"this.{value.name}")
            known = (
                local_definitions(value.name, scope) if isinstance(value, ir.Name) and value.name not in found else ()
            )
            if isinstance(value, ir.Name) and known:
                found.add(value.name)
                queue.extend(
                    (one.value, scope)
                    for one in known
                    if one.kind in ("value", "element", "context") and not _is_taken(one.value)
                )
                queue.extend(_added(value.name, scope))
                queue.extend(_elements_given(value.name, scope))
    return found


_TAKING = re.compile(r"(?i)^(?:receive|poll|dequeue|(?:get|fetch|read|next)_?(?:next_?)?(?:message|job)s?$)")


def _is_taken(value: ir.Value | None) -> bool:
    """Whether a value is what a queue gives: it is made by whoever put it there, not of what the queue is known by."""
    inner = value.value if isinstance(value, ir.Await) else value
    return isinstance(inner, ir.Call) and _TAKING.match(last_name(inner.callee)) is not None


_ITERATING = frozenset(("iterated", "chained:forEach", "chained:onEach", "chained:for_each"))
"""What is done with rows that are handled one by one."""


def sends_what_was_read(publish: Event, origins: Collection[str], read: Event, events: Sequence[Event]) -> bool:
    """Whether a publish sends something of what was read, or each of it in turn; ``origins`` are `origins_of` the publish."""
    usage = _usage_beside(publish, read, events)
    held = names_given(usage)
    if not held.isdisjoint(origins) or _is_gone_through(read, publish):
        return True
    return publish.within("loop") is not None and not _ITERATING.isdisjoint(usage)


def _is_gone_through(read: Event, publish: Event) -> bool:
    """Whether a call that is given the code in which a publish stands is made on what a read gives (``read().stream().map(row -> send(row))``)."""
    given = [one.node for one in publish.contexts if one.kind == "loop" and isinstance(one.node, ir.Call)]
    asking = {id(read.node), *(id(step.call) for step in read.chain)} if given else set()
    return any(id(inner) in asking for call in given for inner in inward(call))


def _usage_beside(publish: Event, read: Event, events: Sequence[Event]) -> tuple[str, ...]:
    """What becomes of what is read, in the functions on the way to the publish: those that it is read in may give it back to them.

    A name says nothing where another function holds something else under it.
    """
    shared = {id(step.callee) for step in publish.chain}
    usage, whole = read.usage, (read.usage if not read.chain or id(read.chain[-1].callee) in shared else ())
    for at, step in reversed(list(enumerate(read.chain))):
        held = names_given(usage)
        if "returned" not in usage and not any(_gives(one, held) for one in step.callee.returns):
            break
        entered = next((one for one in events if one.kind == "call" and one.node is step.call), None)
        if entered is None:
            break
        usage = entered.usage
        if at == 0 or id(read.chain[at - 1].callee) in shared:
            whole = (*whole, *usage)
    return whole


_ONE_OF = frozenset(("get", "getFirst", "first", "findFirst", "firstOrNull", "orElse", "orElseThrow", "orElseGet"))
"""Methods that give one of what they are called on."""


def _gives(value: ir.Value, held: Collection[str]) -> bool:
    """Whether a value is what a name holds, or one of it."""
    if isinstance(value, ir.Name):
        return value.name in held
    if isinstance(value, ir.Choice):
        return any(_gives(option, held) for option in value.options)
    if isinstance(value, ir.Index):
        return _gives(value.object, held)
    callee = value.callee if isinstance(value, ir.Call) else None
    return isinstance(callee, ir.Member) and callee.name in _ONE_OF and _gives(callee.object, held)


def _elements_given(name: str, frame: Frame) -> list[tuple[ir.Value, Frame]]:
    """The list of which a callback's parameter is an element (``records.map(({ body }) => …)``), with its scope."""
    scope: Frame | None = frame
    while scope is not None and name not in scope.definitions:
        scope = scope.parent
    if scope is None or scope.function is None or scope.function.kind != "lambda":
        return []
    site = scope.module.handed.get((scope.function.start, scope.function.end))
    callee = site.call.callee if site is not None else None
    if site is None or not isinstance(callee, ir.Member) or callee.name not in _EACH:
        return []
    return [(callee.object, site.frame)] if any(one.kind == "parameter" for one in scope.definitions[name]) else []


def _added(name: str, frame: Frame) -> list[tuple[ir.Value, Frame]]:
    """What a function, or a callback in it, adds to the list that a name holds, each with its scope."""
    outer = frame
    while outer.parent is not None and outer.parent.function is not None and name not in outer.definitions:
        outer = outer.parent
    around = [one for one in outer.module.frames if outer.start <= one.start and one.end <= outer.end]
    return [
        (argument.value, scope)
        for scope in around[:_MAX_ORIGINS]
        for call in scope.calls
        if isinstance(call.callee, ir.Member)
        and call.callee.name in _ADDING
        and isinstance(call.callee.object, ir.Name)
        and call.callee.object.name == name
        for argument in call.args
    ]


def used_by(node: ir.Node) -> list[ir.Value]:
    """What a call is made on and given; for a changed row, the row and its new value."""
    if isinstance(node, ir.Call):
        own = [node.callee.object] if isinstance(node.callee, ir.Member) else []
        return [*(argument.value for argument in node.args), *own]
    if isinstance(node, ir.Assign) and isinstance(node.target, ir.Member):
        return [node.target.object, *([node.value] if node.value is not None else [])]
    return []


def local_definitions(name: str, frame: Frame) -> Sequence[Definition]:
    """The definitions of a local name; a callback sees those of the function around it."""
    scope: Frame | None = frame
    while scope is not None and scope.function is not None and name not in _COMMON and not _EQUIPMENT.match(name):
        if name in scope.definitions:
            return scope.definitions[name]
        scope = scope.parent
    return ()


def _is_own(value: ir.Value) -> bool:
    """Whether a value is the object itself, whose members methods share."""
    return isinstance(value, ir.This) or (isinstance(value, ir.Name) and value.name in _SELF)
