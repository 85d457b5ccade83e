"""Whether those who get a message look at a row that its publisher writes afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens.behaviour.events import Event, names_given
from eventlens.checks.announced import entity_of
from eventlens.checks.carried_rows import changed_columns
from eventlens.checks.context import CheckContext
from eventlens.flow.model import Site
from eventlens.flow.program import Frame
from eventlens.flow.site_node import SiteNode

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


def _receivers(context: CheckContext, site: Site) -> Iterator[SiteNode]:
    for flow in context.graph.flows:
        if flow.publish == site.id:
            yield context.graph.by_id[flow.subscribe][0]


def _heeds(context: CheckContext, receiver: SiteNode, words: frozenset[str], of_row: bool) -> bool:
    """Whether a handler, or a function that it calls, names one of some tables, or of some columns; for columns, also where it hands a
    row on as a whole."""
    handler = receiver.handler.frame
    if handler is None or handler.function is None:
        return True
    events = context.handler_events(receiver)
    asked = re.compile("|".join(re.escape(re.sub(r"[^a-z0-9]", "", one.lower()).rstrip("s")) for one in words))
    if any(asked.search(_text(context, frame)) for frame in _functions(handler, events)):
        return True
    return of_row and any(map(_is_handed_on, events))


def _functions(handler: Frame, events: tuple[Event, ...]) -> Iterator[Frame]:
    """A handler and the functions that its trace leads through."""
    found = {id(handler): handler}
    found.update((id(step.callee), step.callee) for event in events for step in event.chain)
    found.update((id(event.callee), event.callee) for event in events if event.callee is not None)
    return iter(found.values())


def _text(context: CheckContext, frame: Frame) -> str:
    """The code of a function from its name on, in lower case, letters and digits alone within each word."""
    start = frame.function.name_start if frame.function is not None else frame.start
    text = context.graph.program.workspace.text(frame.module.path)[start : frame.end]
    return text.decode("utf-8", "replace").lower().replace("_", "")


def _is_handed_on(event: Event) -> bool:
    """Whether a row that is read goes on whole: what others do with it is not seen."""
    if event.kind != "effect" or event.effect != "read":
        return False
    if "returned" in event.usage or any(use.startswith("argument:") for use in event.usage):
        return True
    names = names_given(event.usage)
    return any(getattr(argument.value, "name", None) in names for call in event.frame.calls for argument in call.args)
