"""Reads of all events of one stream, from the first one on, and what is made of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.paths import named_function, statements_around
from eventlens.flow import conditions
from eventlens.flow.denotations import Hole, Opaque, Parameter, Scalar, Text
from eventlens.flow.graph import FlowGraph
from eventlens.flow.matched_place import Place
from eventlens.flow.module_index import ModuleIndex, last_name
from eventlens.flow.reading import read
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in, values_in, values_of
from eventlens.knowledge.schema import Effect

_SELECT = re.compile(
    r"(?is)\bselect\b(?P<columns>.{1,400}?)\bfrom\s+[\"`\[]?(?:\w+[\"`\]]?\.[\"`\[]?)?(?P<table>\w*(?:events?|event_?store|journal|event_?log))[\"`\]]?\s+(?:as\s+\w+\s+|\w\s+)?"
    r"where\s+[\"`\[]?(?:\w+[\"`\]]?\.)?[\"`\[]?\w*(?:aggregate|stream|entity)_?\w*[\"`\]]?\s*=(?P<rest>.*)"
)
"""A statement that reads the events of one thing."""
_SELECTS = re.compile(rb"(?i)\nselect\n")
_EVENTS = re.compile(rb"(?i)\n\w*(?:events?|event_?store|journal|event_?log)\n")
"""Words of a file that may read the events of one thing by a statement."""
_BOUNDED = re.compile(
    r"(?i)\blimit\b|\btop\b|\bfetch\s+first|\bdesc\b|(?:version|sequence|seq|revision|position|number|offset|id|at|time)\w*[\"`\]]?\s*(?:>|<|between)"
)
"""What keeps such a statement from reading all of them."""
_SUMS_UP = re.compile(r"(?i)\b(?:count|max|min|sum|exists)\s*\(")
_ASIDE = re.compile(r"(?i)audit|log|access|outbox|inbox|analytic|tracking|calendar|webhook")
"""Tables of other events than those that a thing is made of."""
_FOLDS = re.compile(
    r"(?i)^(?:reduce|fold|foldleft|fold_left|aggregate|aggregateasync|rehydrate\w*|reconstitute\w*|load_?from_?history|from_?(?:history|events)|replay\w*|evolve)$"
)
"""Functions that make one thing of many events."""
_APPLIES = re.compile(r"(?i)^(?:apply\w*|when|evolve|mutate|raise_?event|on_?event|handle_?event|_?apply)$")
"""Functions that change a thing by one event."""


class WholeRead(NamedTuple):
    """A call that reads all events of one stream; ``table`` is the table that they stand in, "" for a store of streams."""

    call: ir.Call
    frame: Frame
    table: str


def whole_reads(graph: FlowGraph) -> Iterator[WholeRead]:
    """The reads of whole streams in the modules of a program that are no tests."""
    yield from _of_libraries(graph)
    workspace, says = graph.program.workspace, graph.callers.reach.says
    for module in graph.program.loaded():
        workspace.beat()
        if workspace.source_set(module.path) == "main" and says(module.path, _SELECTS) and says(module.path, _EVENTS):
            yield from _statements_of(graph, module)


def _of_libraries(graph: FlowGraph) -> Iterator[WholeRead]:
    models = {id(one): one for known in graph.evaluator.catalogue.by_package.values() for one in known}
    entries = (entry for one in models.values() for entry in one.model.effects if entry.whole and entry.call)
    workspace = graph.program.workspace
    for name in dict.fromkeys((entry.call or "").rpartition(".")[2] for entry in entries):
        for site in graph.program.calls.get(name, ()):
            if workspace.source_set(site.frame.module.path) != "main":
                continue
            for match in graph.matcher.at_call(site.call, site.frame):
                entry = match.entry
                if not isinstance(entry, Effect) or not entry.whole or _may_begin_later(match.place, entry):
                    continue
                if conditions.hold_at(match.place, entry.whole):
                    yield WholeRead(site.call, site.frame, "")


def _may_begin_later(place: Place, entry: Effect) -> bool:
    """Whether one of the values by which a read is bounded may be another than those that are known (``from ?? START``)."""
    paths = (path for one in entry.whole for path in (one.path, *(inner.path for inner in one.any)) if path is not None)
    return any(isinstance(value, Parameter | Opaque | Hole) for path in paths for value in read(place, path))


def _statements_of(graph: FlowGraph, module: ModuleIndex) -> Iterator[WholeRead]:
    for frame in module.frames:
        for call in frame.calls:
            for text in _texts(graph, call, frame):
                table = _table_read_whole(text)
                if table:
                    yield WholeRead(call, frame, table)
                    break


def _table_read_whole(statement: str) -> str:
    """The table of which a statement reads all events of one thing; "" where it reads others, or not all of them."""
    found = _SELECT.search(statement)
    if found is None or _BOUNDED.search(found["rest"]) or _SUMS_UP.search(found["columns"]):
        return ""
    return "" if _ASIDE.search(found["table"]) else found["table"]


def _texts(graph: FlowGraph, call: ir.Call, frame: Frame) -> Iterator[str]:
    for argument in call.args:
        value = argument.value
        if isinstance(value, ir.Literal) and isinstance(value.value, str):
            yield value.value
        elif isinstance(value, ir.Template):
            yield "".join(one.value if isinstance(one, ir.Literal) and isinstance(one.value, str) else "?" for one in value.parts)  # fmt: skip
        elif isinstance(value, ir.Name | ir.Member):
            for known in graph.evaluator.evaluate(value, frame):
                if isinstance(known, Scalar) and isinstance(known.value, str):
                    yield known.value
                elif isinstance(known, Text):
                    yield "".join(part if isinstance(part, str) else "?" for part in known.parts)


def folding(frame: Frame) -> ir.Node | None:
    """Where a function makes one thing of many events: by a fold, or a loop that changes it by each; None where it does not."""
    for statement in statements_around(named_function(frame)):
        for outer in values_of(statement):
            for value in values_in(outer):
                if isinstance(value, ir.Call) and _FOLDS.match(last_name(value.callee)) and value.args:
                    return value
        if isinstance(statement, ir.Loop):
            found = next(_changes(statement), None)
            if found is not None:
                return found
    return next(_in_lambdas(frame), None)


def _changes(loop: ir.Loop) -> Iterator[ir.Node]:
    """What a loop does to one thing by each element: it gives it anew from itself, or applies the element to it."""
    for statement in statements_in(loop.body):
        if isinstance(statement, ir.Assign) and isinstance(statement.target, ir.Name):
            value = statement.value.value if isinstance(statement.value, ir.Await) else statement.value
            given = {one.value.name for one in value.args if isinstance(one.value, ir.Name)} if isinstance(value, ir.Call) else set()  # fmt: skip
            if statement.target.name in given and _called(value) != "append":
                yield statement
        for outer in values_of(statement):
            for inner in values_in(outer):
                if isinstance(inner, ir.Call) and inner.args and _APPLIES.match(last_name(inner.callee)):
                    yield inner


def _called(value: ir.Value | None) -> str:
    """The name of what a value calls, "" where it is no call."""
    return last_name(value.callee) if isinstance(value, ir.Call) else ""


def _in_lambdas(frame: Frame) -> Iterator[ir.Node]:
    """The applications in functions that a function hands to ``forEach`` and the like."""
    owner = named_function(frame)
    for one in owner.module.frames:
        if (
            one is not owner
            and one.function is not None
            and one.function.kind == "lambda"
            and named_function(one) is owner
        ):
            yield from (call for call in one.calls if call.args and _APPLIES.match(last_name(call.callee)))
