"""Rows that are stored by code which did not make them: what they hold, and by what the store knows them, is not seen there."""

from __future__ import annotations

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.repetition import entity_of, payload_of
from eventlens.flow.denotations import Denotation, Instance, Parameter, Part, Record
from eventlens.knowledge.schema import Effect


def may_be_held(event: Event) -> bool:
    """Whether what is inserted may be a row that the store has already: nothing is seen of where the object was made."""
    entry = event.entry
    if not isinstance(entry, Effect) or not entry.held or event.sql is not None:
        return False
    return not any(isinstance(value, Record) or _is_made(value) for value in payload_of(event, entry))


def may_have_its_key(event: Event) -> bool:
    """Whether a row is inserted of which nothing is seen, not even its class: it may be known by what the message gives it."""
    entry = event.entry
    if event.effect != "insert" or not isinstance(entry, Effect) or event.sql is not None:
        return False
    values = payload_of(event, entry)
    if not values:
        return _was_kept(event)
    return all(isinstance(value, Parameter | Part) for value in values) and not entity_of(event)


def _was_kept(event: Event) -> bool:
    """Whether a row comes out of a list that an object holds: whoever put it there made it (a unit of work's pending rows)."""
    given = (
        [one.value.name for one in event.node.args if isinstance(one.value, ir.Name)]
        if isinstance(event.node, ir.Call)
        else []
    )
    elements = (one for name in given for one in event.frame.definitions.get(name, ()) if one.kind == "element")
    return any(
        (isinstance(one.value, ir.Member) and isinstance(one.value.object, ir.This))
        or (isinstance(one.value, ir.Name) and one.value.name not in event.frame.definitions)
        for one in elements
    )


def _is_made(value: Denotation) -> bool:
    return isinstance(value, Instance) and value.call is not None
