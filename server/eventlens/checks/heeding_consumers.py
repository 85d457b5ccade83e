"""Whether those who get a message look at a row that its publisher writes afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import Event, names_given
from eventlens.behaviour.policies import consumer_policy
from eventlens.checks.announced import entity_of, origins_of
from eventlens.checks.carried_rows import carries, carries_nothing, changed_columns, row_names
from eventlens.checks.context import CheckContext
from eventlens.checks.handed_down import is_made_of_parameters
from eventlens.flow.model import Site
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import mentions, statements_in, values_in, values_of

_FURTHER = "e?s|ids?|pks?|set|list|table|model|entity|rows?|objects|documents?|repository|repo|dao|store|service|manager|collection"
"""What stands behind a table's name where code asks for its rows."""
_NO_PROSE = re.compile(
    r"(?is)\s*(?:select\b.*\bfrom\b|insert\s+into\b|update\s+\S+\s+set\b|delete\s+from\b|with\s+\w+.*\bas\b|\S+\s*$)"
)
"""A text that is a query, or one word."""
_LEAST_LETTERS = 4
"""How long a name must be for its absence to say something."""


def is_heeded(context: CheckContext, site: Site, write: Event) -> bool | None:
    """Whether one of those who get a message looks at the row that is written after it was sent; None where not all of that is known.

    For an update: at the columns that it sets, as the row was there before. Else: at the table.
    """
    receivers = list(_receivers(context, site))
    words = changed_columns(write) if write.effect == "update" else frozenset((entity_of(write),))
    if not receivers or not words or any(len(one) < _LEAST_LETTERS for one in words):
        return None
    return any(_heeds(context, one, words, of_row=write.effect == "update") for one in receivers)


_LOOKS = frozenset(("read", "update", "increment", "upsert", "delete"))
"""Effects that look for a row."""


_TRIED_AGAIN = frozenset(("crash-and-restart", "redeliver", "requeue", "retry-topic"))
"""What becomes of a message whose handler failed, where that is not the end of it."""
_OR_THROWS = re.compile(
    r"^(?:get|one|scalar_one|(?:First|Single)(?:Async)?|(?:get|find)(?:One|First|Unique|ById)?Or(?:Throw|Fail)|or(?:Else)?Throw|getOne|getReferenceById)$"
)
"""Methods that fail where there is no row."""


class Look(NamedTuple):
    """Where somebody who gets a message looks for a row."""

    event: Event
    is_repeated: bool
    """Whether it fails where the row is missing, and the message is then handled again."""


def who_looks_it_up(context: CheckContext, site: Site, publish: Event, write: Event) -> Look | None:
    """Where one of those who get a message looks for the row that is written, or committed, after it was sent: by what the message says, in
    the same table. None where that is not seen."""
    if write.effect == "update" and is_heeded(context, site, write) is False:
        return None
    for receiver in _receivers(context, site):
        handler = receiver.handler.frame
        if handler is None:
            continue
        for event in context.handler_events(receiver):
            if (
                event.kind == "effect"
                and event.effect in _LOOKS
                and event.node is not write.node  # the same work is done here and there
                and event.store not in ("cache", "none")
                and _may_find(event, write, publish)
                and not _is_told_instead(event, handler, publish)
                and (
                    carries_nothing(publish)
                    or receiver.handler.loop is not None
                    or is_made_of_parameters(event, handler)
                )
            ):
                return Look(event, _is_tried_again(context, receiver, event))
    return None


def _is_told_instead(look: Event, handler: Frame, publish: Event) -> bool:
    """Whether a look stands where something was not given that the message does give (``if name is None: name = find(…)``)."""
    parameters = handler.function.parameters if handler.function is not None else ()
    given = {one.name for one in publish.node.args} if isinstance(publish.node, ir.Call) else set()
    told = {one.name for one in parameters} & given
    return bool(told) and any(
        context.kind == "then"
        and context.frame is handler
        and isinstance(context.node, ir.Branch)
        and any(_asks_whether_missing(part) and mentions(part, told) for part in _all_of(context.node.condition))
        for context in look.contexts
    )


def _all_of(condition: ir.Value) -> Iterator[ir.Value]:
    """The parts of a condition all of which have to hold."""
    if isinstance(condition, ir.Operation) and condition.operator == "and":
        for one in condition.operands:
            yield from _all_of(one)
    else:
        yield condition


def _asks_whether_missing(condition: ir.Value) -> bool:
    if not isinstance(condition, ir.Operation):
        return False
    nothing = any(isinstance(one, ir.Literal) and one.value is None for one in condition.operands)
    return condition.operator == "not" or (condition.operator in ("is", "==") and nothing)


def is_left_to_receivers(context: CheckContext, site: Site, write: Event) -> bool:
    """Whether one of those who get a message makes a write that stands below the publish: the message hands the work over, and one function
    does it or asks for it."""
    return any(
        event.node is write.node and event.kind == write.kind
        for receiver in _receivers(context, site)
        if receiver.handler.frame is not None
        for event in context.handler_events(receiver)
    )


def _is_tried_again(context: CheckContext, receiver: SiteNode, look: Event) -> bool:
    call = look.node
    names = [last_name(call.callee)] if isinstance(call, ir.Call) else []
    names += [use.removeprefix("chained:") for use in look.usage if use.startswith("chained:")]
    if look.within("try") is not None or not any(_OR_THROWS.match(name) for name in names):
        return False
    policy = consumer_policy(context.graph, receiver, context.definitions)
    return bool(policy.retries) or policy.then in _TRIED_AGAIN


def _may_find(look: Event, write: Event, publish: Event) -> bool:
    """Whether what somebody looks for may be the row: in its table, or, where the write does not say which, in one that is called like the name
    that holds the row of which the message carries something."""
    mine, theirs = (_letters(entity_of(one)).rstrip("s") for one in (write, look))
    if not theirs or mine:
        return bool(theirs) and mine == theirs
    rows = {one for one in row_names(write) & origins_of(publish) if not _was_there(one, write)}
    names = {_letters(one).rstrip("s") for one in rows} - {""}
    return carries(publish, write) is True and theirs.endswith(tuple(names))


def _was_there(row: str, write: Event) -> bool:
    """Whether what is saved was handed in and nothing of it is set here: what of it is new is not seen."""
    known = write.frame.definitions.get(row, ())
    handed = bool(known) and all(one.kind == "parameter" for one in known)
    return handed and not any(one.base == row and one.start < write.node.start for one in write.frame.members)


def _receivers(context: CheckContext, site: Site) -> Iterator[SiteNode]:
    return (context.graph.by_id[one][0] for one in context.graph.takers.get(site.id, ()))


def _heeds(context: CheckContext, receiver: SiteNode, words: frozenset[str], of_row: bool) -> bool:
    """Whether a handler, or a function that it calls, names one of some tables, or of some columns; for columns, also where it hands a
    row on as a whole."""
    handler = receiver.handler.frame
    if handler is None or handler.function is None:
        return True
    events = context.handler_events(receiver)
    names = "|".join(re.escape(_letters(one).rstrip("s")) for one in words)
    asked = re.compile(rf"\b(?:{names})(?:{_FURTHER})?\b")
    if any(asked.search(_letters(word)) for frame in _functions(handler, events) for word in _words(frame)):
        return True
    return of_row and any(map(_is_handed_on, events))


def _letters(text: str) -> str:
    """A text in lower case, without what parts the words within a name."""
    return text.lower().replace("_", "").replace("-", "")


def _functions(handler: Frame, events: tuple[Event, ...]) -> Iterator[Frame]:
    """A handler and the functions that its trace leads through."""
    found = {id(handler): handler}
    found.update((id(step.callee), step.callee) for event in events for step in event.chain)
    found.update((id(event.callee), event.callee) for event in events if event.callee is not None)
    return iter(found.values())


def _words(frame: Frame) -> Iterator[str]:
    """What the code of a function names, those in it included: names of others, members, keys and texts; what its own variables are called
    says nothing of tables."""
    for inner in frame.module.frames:
        if not (frame.start <= inner.start and inner.end <= frame.end) or inner.function is None:
            continue
        for statement in statements_in(inner.function.body or ()):
            for value in values_of(statement):
                for one in values_in(value):
                    if not (isinstance(one, ir.Name) and _is_made_here(one.name, inner)):
                        yield from _words_of(one)


def _is_made_here(name: str, frame: Frame) -> bool:
    known = frame.definitions.get(name, ())
    return bool(known) and all(one.kind in ("value", "parameter", "element") for one in known)


def _words_of(value: ir.Value) -> Iterator[str]:
    if isinstance(value, ir.Name | ir.Member):
        yield value.name
    elif isinstance(value, ir.Literal) and isinstance(value.value, str) and _NO_PROSE.match(value.value):
        yield value.value
    elif isinstance(value, ir.Call):
        yield from (one.name for one in value.args if one.name is not None)
    elif isinstance(value, ir.Object):
        yield from (one.key for one in value.fields if one.key is not None)


def _is_handed_on(event: Event) -> bool:
    """Whether a row that is read goes on whole: what others do with it is not seen."""
    if event.kind != "effect" or event.effect != "read":
        return False
    if "returned" in event.usage or any(use.startswith("argument:") for use in event.usage):
        return True
    names = names_given(event.usage)
    return any(getattr(argument.value, "name", None) in names for call in event.frame.calls for argument in call.args)
