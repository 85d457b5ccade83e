"""The second half of an outbox: rows are read, published, and then marked or removed.

Who reads the rows may be another function than the one that publishes, and so may be who marks them: the function that is traced, one
that it calls, the wrapper through which it publishes, or whoever hands it the rows one by one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from msgspec import structs

from eventlens import ir
from eventlens.behaviour.events import Event, is_write
from eventlens.behaviour.paths import named_function
from eventlens.behaviour.tables_in_sql import tables_read
from eventlens.checks.announced import entity_of, local_definitions, origins_of, sends_what_was_read
from eventlens.checks.carried_rows import changed_columns, held_by
from eventlens.checks.context import CheckContext
from eventlens.checks.handed_down import is_made_of_parameters
from eventlens.flow.denotations import FunctionRef
from eventlens.flow.module_index import CallSite, last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.table_keys import plain_name
from eventlens.flow.walk import inward, names_bound, values_in

_OUTBOX = re.compile(r"outbox", re.IGNORECASE)
_ENTRY_OF_OUTBOX = re.compile(r"(?i)outbox(?:_?(?:entry|entity|event|message|msg|record|row|item|model))+$")
"""Types of what an outbox holds."""
_ONE_ROW = re.compile(
    r"(?i)(?<!order)(?<!order_)by_?(id|key|uuid)s?$|^(get|find|load)$|one|single|unique|first|reference|queryForObject|exists"
)
"""Names of reads that look for one row, by what it is known by."""
_ONLY_ROW = re.compile(
    r"(?i)^(?:get|find_?one|find_?first|find_?unique|first|one|single|scalar_one)(?:_?or_?\w+)?$|(?<!order)by_?id$"
)
"""Names of reads that never give several rows."""
_STORED = re.compile(r"(?i)content$|payload$|body$|(?:event|message)_?(?:data|json|text)$")
"""Columns that hold a message as it is sent."""
_MOST_CALLERS = 12


def is_outbox(event: Event) -> bool:
    """Whether an effect is about a table that is called an outbox."""
    return bool(_OUTBOX.search(entity_of(event)))


def is_relay(context: CheckContext, publish: Event, events: tuple[Event, ...]) -> bool:
    """Whether a publish sends rows that the traced function, or the wrapper through which it publishes, reads and then marks or removes, or
    entries that are called an outbox's."""
    return _sends_what_is_stored(publish) or _sends_and_marks(publish, events) or _wrapper_relays(context, publish)


def _sends_what_is_stored(publish: Event) -> bool:
    """Whether a function on the way to a publish, or the one that holds it, is given an entry of an outbox (``entry: OutboxEntry``): who
    reads and marks it may stand behind an interface."""
    on_the_way = (frame for step in publish.chain for frame in (named_function(step.frame), step.callee))
    return any(
        parameter.type is not None and _ENTRY_OF_OUTBOX.search(parameter.type.name) is not None
        for frame in (*on_the_way, named_function(publish.frame))
        if frame.function is not None
        for parameter in frame.function.parameters
    )


def _top(event: Event) -> Frame:
    """The scope of the traced function from which the way to an event leads."""
    return event.chain[0].frame if event.chain else event.frame


def is_marked_afterwards(write: Event, publish: Event, events: tuple[Event, ...]) -> bool:
    """Whether a row that is changed before a publish is changed once more after it: it is claimed, sent and marked."""
    return any(
        one.order > publish.order
        and (_same_entity(write, one) if is_write(one) and is_write(write) else one.kind == write.kind == "commit")
        for one in events
    )


def is_handed_rows(
    context: CheckContext, node: SiteNode, root: Frame, read: bool, within: ir.Node | None = None, steps: int = 2
) -> bool:
    """Whether each caller of a function that publishes, and writes beside that, hands it rows that it has read: one by one, or several at once.

    ``read``: whether modules may be read to find the callers. ``within``: the transaction in which the row is marked before it is sent,
    or the mark itself. ``steps``: through how many functions the rows are handed.
    """
    callers = list(_holders(context, root, read))
    return bool(callers) and all(
        _hands_rows(context, node, one, within)
        or (steps > 1 and is_handed_rows(context, node, one, False, within, steps - 1))
        for one in callers
    )


def _holders(context: CheckContext, root: Frame, read: bool) -> Iterator[Frame]:
    """The functions that call another one, or hand it over by its name to be run with each row."""
    program = context.graph.program
    frames = [one.frame for one in context.graph.callers.of(root, read=read)[:_MOST_CALLERS]]
    if root.function is not None:
        frames += [
            one.frame for one in program.mentioned(root.function.name, root.module) if _names(context, one, root)
        ]
    holders = {id(holder): holder for holder in map(named_function, frames)}
    yield from (one for one in holders.values() if program.workspace.source_set(one.module.path) == "main")


def _names(context: CheckContext, site: CallSite, root: Frame) -> bool:
    """Whether a call is given a function by its name."""
    given = (one.value for one in site.call.args if isinstance(one.value, ir.Member | ir.Name))
    return any(
        isinstance(value, FunctionRef) and value.frame is root
        for one in given
        for value in context.graph.evaluator.evaluate(one, site.frame)
    )


def _hands_rows(context: CheckContext, node: SiteNode, caller: Frame, within: ir.Node | None) -> bool:
    events = context.tracer.trace(caller)
    return any(
        one.kind == "publish"
        and (one.node is node.node or (one.site is not None and _leads_to(one.site, node)))
        and _sends_and_marks(one, events, one.within("loop") is None, within)
        for one in events
    )


def _leads_to(site: SiteNode, node: SiteNode) -> bool:
    """Whether one site is that of a function which publishes at another."""
    return site.inner is node or any(step.call is node.node for step in site.chain)


def _wrapper_relays(context: CheckContext, publish: Event) -> bool:
    """Whether all of it happens in a function that the publish's call enters."""
    if publish.site is None:
        return False
    entry = publish.site.match.entry
    return any(
        one.kind in ("send", "publish")
        and one.match is not None
        and one.match.entry is entry
        and _sends_and_marks(one, events)
        for step in publish.site.chain
        for events in (context.tracer.trace(step.callee.frame),)
        for one in events
    )


def _sends_and_marks(
    publish: Event, events: tuple[Event, ...], of_several: bool = False, within: ir.Node | None = None
) -> bool:
    """Whether rows are read, published, and the same rows are marked or removed; ``of_several``: a read of one row does not count. ``within``: a
    transaction, or a write that belongs to one, whose marks count when that ends."""
    if any(_takes_from_outbox(event) and event.order > publish.order for event in events):
        return True
    reads = [one for one in events if _is_read(one) and one.order <= publish.order]
    origins = origins_of(publish) if reads else set()
    below = [one for one in events if one.order > publish.order or _is_inside(one, within)]
    for read in reads:
        if not (sends_what_was_read(publish, origins, read, events) or is_outbox(read)):
            continue
        if of_several and isinstance(read.node, ir.Call) and _ONE_ROW.search(last_name(read.node.callee)):
            continue
        if _is_one_that_was_asked_for(read) or _goes_through_what_belongs_to_it(read, publish):
            continue
        tables = tables_read(read)
        if any(_marks(event, read, tables, publish) for event in below):
            return True
    return any(_removes_what_was_sent(event, publish, events) for event in below) or any(
        _sets_what_chose_it(event, publish) for event in events
    )


def _is_inside(event: Event, node: ir.Node | None) -> bool:
    return node is not None and (event.node is node or any(one.node is node for one in event.contexts))


def _is_one_that_was_asked_for(read: Event) -> bool:
    """Whether the operation was told which one row to read: a relay looks for rows by what is still to be done with them."""
    top = named_function(_top(read))
    return (
        isinstance(read.node, ir.Call)
        and _ONLY_ROW.search(last_name(read.node.callee)) is not None
        and not is_outbox(read)
        and is_made_of_parameters(read, top)
    )


def _goes_through_what_belongs_to_it(read: Event, publish: Event) -> bool:
    """Whether one row is read, and then one message after another is published in a loop: they are of other rows that belong to it."""
    turn = publish.within("loop")
    return (
        turn is not None
        and not any(one.node is turn.node for one in read.contexts)
        and isinstance(read.node, ir.Call)
        and _ONLY_ROW.search(last_name(read.node.callee)) is not None
    )


def _removes_what_was_sent(event: Event, publish: Event, events: tuple[Event, ...]) -> bool:
    """Whether rows that were read are gone through one by one, and each is published and then removed: what is left is published again."""
    if event.effect != "delete" or not is_write(event):
        return False
    around = {id(one.node) for one in event.contexts}
    turn = next((one for one in reversed(publish.contexts) if one.kind == "loop" and id(one.node) in around), None)
    if turn is None or not isinstance(turn.node, ir.Loop):
        return False
    row = names_bound(turn.node.target)
    return all(row & origins_of(_seen_in(turn.frame, one)) for one in (event, publish)) and any(
        one.effect == "read" and one.order < publish.order and _gives(_seen_in(turn.frame, one), event, turn.node)
        for one in events
    )


def _sets_what_chose_it(event: Event, publish: Event) -> bool:
    """Whether rows are gone through that a query chooses by a column, and each is published and then given another value of that column: what is
    left is published again (``for run in Run.objects.filter(told=False): …``)."""
    if event.order < publish.order or event.effect != "update" or not is_write(event):
        return False
    around = {id(one.node) for one in event.contexts}
    for turn in publish.contexts:
        if turn.kind != "loop" or not isinstance(turn.node, ir.Loop) or id(turn.node) not in around:
            continue
        row = names_bound(turn.node.target)
        source = held_by(turn.node.source, turn.frame) if turn.node.source is not None else None
        if source is not None and not changed_columns(event).isdisjoint(_chosen_by(source)):
            return all(row & origins_of(_seen_in(turn.frame, one)) for one in (event, publish))
    return False


def _chosen_by(source: ir.Value) -> Iterator[str]:
    """The columns by which a query chooses rows, as far as its calls name them (``filter(told=False, due__lte=now)``)."""
    for inner in inward(source):
        if isinstance(inner, ir.Call):
            yield from (one.name.partition("__")[0] for one in inner.args if one.name is not None)


def _gives(read: Event, removed: Event, loop: ir.Loop) -> bool:
    """Whether a loop goes through rows that a read gives, of the table from which one is removed as far as both name theirs."""
    if not _same_entity(read, removed) and entity_of(read) and entity_of(removed):
        return False
    call = read.chain[0].call if read.chain else read.node
    values = [loop.source] if loop.source is not None else []
    if isinstance(loop.source, ir.Name):
        name = loop.source.name
        values += [one.value for one in local_definitions(name, _top(read))]
        if isinstance(call, ir.Call) and any(
            isinstance(one.value, ir.Name) and one.value.name == name for one in call.args
        ):
            return True
    return any(one is not None and one.start <= call.start and call.end <= one.end for one in values)


def _seen_in(frame: Frame, event: Event) -> Event:
    """An event as a function on the way to it sees it."""
    depth = next((at for at, step in enumerate(event.chain) if step.frame is frame), len(event.chain))
    return structs.replace(event, chain=event.chain[depth:])


def _is_read(event: Event) -> bool:
    return event.kind == "effect" and event.effect == "read" and event.store != "cache"


def _takes_from_outbox(event: Event) -> bool:
    """Whether rows of an outbox are removed, or marked by a statement that only changes what is there."""
    return is_write(event) and event.effect in ("delete", "update") and is_outbox(event)


def _marks(event: Event, read: Event, tables: Collection[str], publish: Event) -> bool:
    """Whether a write marks or removes rows that were read, from some ``tables`` as far as a statement names them: an object that is saved may
    be another where one message is sent."""
    if event.kind == "commit":
        return _is_repeated(publish) and _sends_what_was_stored(publish)
    return (
        is_write(event)
        and event.effect != "insert"
        and (_same_entity(read, event) or plain_name(entity_of(event)) in tables)
        and not (event.effect == "write" and not _is_repeated(publish) and not is_outbox(read))
    )


def _sends_what_was_stored(publish: Event) -> bool:
    """Whether a row holds the content that is sent (``bus.Publish(entry.RoutingKey, entry.Content)``)."""
    on_the_way = [step.call for step in publish.site.chain] if publish.site is not None else []
    calls = [one for one in (publish.node, *on_the_way) if isinstance(one, ir.Call)]
    given = (inner for call in calls for one in call.args for inner in values_in(one.value))
    return any(isinstance(one, ir.Member) and _STORED.search(one.name) is not None for one in given)


def _same_entity(one: Event, other: Event) -> bool:
    """Whether two effects are about the same table; a row that is itself saved or removed counts as its table."""
    mine, theirs = entity_of(one), entity_of(other)
    if mine and theirs:
        return mine.lower() == theirs.lower() and (
            bool(_OUTBOX.search(mine)) or other.effect in ("update", "delete", "upsert", "write")
        )
    return False


def _is_repeated(publish: Event) -> bool:
    return publish.within("loop") is not None
