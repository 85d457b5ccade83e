"""Dictionaries and maps as values: their keys, values and entries, also those that are put in after they were made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import documents, members
from eventlens.flow.denotations import (
    Binding,
    Collection,
    Denotation,
    Document,
    ExternalResult,
    Items,
    Parameter,
    Record,
    Scalar,
    Table,
)

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import Entry, Frame

_TABLE_TYPES = frozenset(
    (
        *("Map", "dict", "defaultdict", "OrderedDict", "WeakMap"),
        *("HashMap", "LinkedHashMap", "TreeMap", "ConcurrentHashMap", "Properties", "mutableMapOf", "hashMapOf"),
    )
)
_LISTINGS = frozenset(("keys", "values", "items", "entries"))
MAX_ENTRIES = 24
"""How many entries of a table are known at most."""


def filled(evaluator: Evaluator, found: Denotations, entries: Iterable[Entry]) -> Denotations:
    """What a name or member holds, with the entries that are put into it elsewhere."""
    empty = [item for item in found if _is_table(item)]
    if not empty:
        return found
    put = list(entries)[:MAX_ENTRIES]
    pairs = tuple(
        (evaluator.evaluate(entry.key, entry.frame), evaluator.evaluate(entry.value, entry.frame)) for entry in put
    )
    return tuple(_with_entries(item, pairs) if item in empty else item for item in found)


def _with_entries(item: Denotation, pairs: tuple[tuple[Denotations, Denotations], ...]) -> Denotation:
    if isinstance(item, Table):
        return replace(item, entries=(*item.entries, *pairs))
    return Table(item if isinstance(item, Record) else None, pairs, item if isinstance(item, ExternalResult) else None)


def value_at(evaluator: Evaluator, item: Table, name: str, node: ir.Node, frame: Frame) -> Denotations:
    """The value under a key: what was put in under it, or under a key that is not known, else what the literal holds."""
    put = tuple(d for keys, values in item.entries if not _are_others(keys, name) for d in values)
    return put or (
        members.record_member(evaluator, item.literal, name, node, frame) if item.literal is not None else ()
    )


def _are_others(keys: Denotations, name: str) -> bool:
    return bool(keys) and all(isinstance(key, Scalar) and str(key.value) != name for key in keys)


def of_pairs(evaluator: Evaluator, made: ExternalResult) -> Table | None:
    """The table that is made of a list of keys and values (``new Map([["orders", queue]])``, ``new Map(names.map((name) => [name, …]))``)."""
    pairs = [
        pair
        for given in evaluator.evaluate(made.call.args[0].value, made.frame, made.environment)
        for pair in members.elements(evaluator, given, made.call, made.frame)
        if isinstance(pair, Items) and len(pair.node.items) == 2
    ]
    entries = tuple(
        (
            evaluator.evaluate(pair.node.items[0], pair.frame, pair.environment),
            evaluator.evaluate(pair.node.items[1], pair.frame, pair.environment),
        )
        for pair in pairs[:MAX_ENTRIES]
    )
    return Table(None, entries, made) if entries else None


def _is_table(item: Denotation) -> bool:
    return isinstance(item, Record | Table) or (
        isinstance(item, ExternalResult) and item.external.path[-1:] != () and item.external.path[-1] in _TABLE_TYPES
    )


def keys(evaluator: Evaluator, item: Denotation, within: frozenset[int] = frozenset()) -> Denotations:
    """The keys of a table; empty for what is none.

    ``within``: the identities of the literals around it. One that is spread into itself again (a value that a recursive
    function hands to itself with more in it) adds no key that it has not given already."""
    if isinstance(item, Document):
        return documents.keys(item)
    if isinstance(item, Table):
        return (
            *(keys(evaluator, item.literal, within) if item.literal is not None else ()),
            *(key for found, _ in item.entries for key in found),
        )
    if not isinstance(item, Record) or id(item.node) in within:
        return ()
    found: list[Denotation] = []
    around = within | {id(item.node)}
    for entry in item.node.fields:
        if entry.key is not None:
            found.append(Scalar(entry.key))
        elif entry.computed is not None:
            found.extend(evaluator.evaluate(entry.computed, item.frame, item.environment))
        elif entry.spread:
            spread = evaluator.evaluate(entry.value, item.frame, item.environment)
            found.extend(key for inner in spread if inner != item for key in keys(evaluator, inner, around))
    return tuple(found[:MAX_ENTRIES])


def values(evaluator: Evaluator, item: Denotation, node: ir.Node, frame: Frame) -> Denotations:
    """The values of a table; empty for what is none."""
    if isinstance(item, Table):
        return (
            *(values(evaluator, item.literal, node, frame) if item.literal is not None else ()),
            *(value for _, found in item.entries for value in found),
        )
    return members.elements(evaluator, item, node, frame) if isinstance(item, Record | Document) else ()


def values_under(evaluator: Evaluator, item: Denotation, key: ir.Value, node: ir.Node, frame: Frame) -> Denotations:
    """The values under a key that only a caller knows. What a function puts in under its own parameter is made of that key."""
    if not isinstance(item, Table):
        return values(evaluator, item, node, frame)
    found = list(values(evaluator, item.literal, node, frame)) if item.literal is not None else []
    for keys_put, put in item.entries:
        given = keys_put[0] if len(keys_put) == 1 else None
        if isinstance(given, Parameter) and given.frame is not frame:
            named = ir.Argument(key.start, key.end, key, given.name)
            call = ir.Call(node.start, node.end, key, (named,))
            found.extend(evaluator.substitute_all(put, (Binding(given.frame, call, frame, (), None),)))
        else:
            found.extend(put)
    return tuple(found)


def method_result(evaluator: Evaluator, call: ir.Call, callee: ir.Member, frame: Frame) -> Denotations | None:
    """The result of ``keys()``, ``values()``, ``items()``, ``get(key)`` on a table; None where it is not one."""
    if callee.name not in _LISTINGS and callee.name != "get":
        return None
    meant = evaluator.evaluate(callee.object, frame)
    read = tuple(d for item in meant for d in documents.of_ini_parser(evaluator, item))
    if read and callee.name == "get":
        return _got_from_sections(evaluator, read, call, frame)
    tables = [item for item in meant if isinstance(item, Record | Table | Document)]
    if not tables:
        return None
    if callee.name == "get":
        return _got(evaluator, tables, call, frame)
    if callee.name == "keys":
        return (Collection(tuple(key for item in tables for key in keys(evaluator, item))),)
    if callee.name == "values":
        return (Collection(tuple(value for item in tables for value in values(evaluator, item, call, frame))),)
    pairs = [pair for item in tables for pair in zip(keys(evaluator, item), values(evaluator, item, call, frame))]
    return (Collection(tuple(Collection(pair) for pair in pairs)),)


def _got_from_sections(evaluator: Evaluator, read: Denotations, call: ir.Call, frame: Frame) -> Denotations | None:
    """``parser.get("section", "option", fallback="…")``."""
    names = [
        next((str(key.value) for key in evaluator.evaluate(a.value, frame) if isinstance(key, Scalar)), "")
        for a in call.args
        if a.name is None
    ]
    found = read
    for name in names[:2]:
        found = tuple(d for item in found if isinstance(item, Document) for d in documents.member(item, name))
    fallback = tuple(
        d for a in call.args if a.name == "fallback" and not found for d in evaluator.evaluate(a.value, frame)
    )
    return (*found, *fallback) or None


def _got(evaluator: Evaluator, tables: Sequence[Denotation], call: ir.Call, frame: Frame) -> Denotations | None:
    if not call.args:
        return None
    wanted = [key.value for key in evaluator.evaluate(call.args[0].value, frame) if isinstance(key, Scalar)]
    found = tuple(
        d
        for item in tables
        for d in (
            (got for key in wanted for got in members.member(evaluator, item, str(key), call, frame))
            if wanted
            else values_under(evaluator, item, call.args[0].value, call, frame)
        )
    )
    default = evaluator.evaluate(call.args[1].value, frame) if len(call.args) > 1 and not found else ()
    return (*found, *default) or None
