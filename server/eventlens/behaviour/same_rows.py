"""Work that is left where the row that was read says already what is to be written (``if (isSame(stored, fresh)) return``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import CallStep, Event, is_write
from eventlens.behaviour.paths import Level, levels, statements_around
from eventlens.behaviour.repetition import entity_of
from eventlens.behaviour.rows_read import Point, RowsRead
from eventlens.flow.walk import values_in

_KEEPS = frozenset(("insert", "upsert", "update", "write"))


def written_where_different(events: Sequence[Event]) -> Iterator[tuple[Event, tuple[CallStep, ...]]]:
    """The writes that are made only where the row that was read differs from what is written: the second time it does not.

    Each with the calls that lead to the function that is left.
    """
    for event in events:
        if not is_write(event) or event.effect not in _KEEPS or not isinstance(event.node, ir.Call):
            continue
        entity = entity_of(event)
        reads = [one for one in events if one.effect == "read" and one.order < event.order and entity_of(one) == entity]
        if not entity or not reads:
            continue
        rows = RowsRead(event, entity, reads, events)
        for level in levels(event):
            if isinstance(level.node, ir.Call) and _is_left_where_same(level, level.node, rows):
                yield event, level.outer


def _is_left_where_same(level: Level, write: ir.Call, rows: RowsRead) -> bool:
    """Whether the function of a level, which writes by a call, is left where the row that was read says the same."""
    written = {one.value.name for one in write.args if isinstance(one.value, ir.Name)}
    at = Point(level.frame, level.outer)
    return bool(written) and any(
        isinstance(one, ir.Branch)
        and one.end <= write.start
        and bool(one.then)
        and isinstance(one.then[-1], ir.Return)
        and _compares(one.condition, written, rows, at)
        for one in statements_around(level.frame)
    )


def _compares(condition: ir.Value, written: set[str], rows: RowsRead, at: Point) -> bool:
    """Whether a test looks at what is written and at the row that was read, and holds where they are the same."""
    value = condition.value if isinstance(condition, ir.Await) else condition
    if isinstance(value, ir.Operation):
        if value.operator in ("and", "or"):
            return any(_compares(one, written, rows, at) for one in value.operands)
        if value.operator not in ("==", "is"):
            return False
    elif not isinstance(value, ir.Call):
        return False
    names = [inner for inner in values_in(value) if isinstance(inner, ir.Name)]
    return any(one.name in written for one in names) and any(
        one.name not in written and rows.are_rows(one, at) for one in names
    )
