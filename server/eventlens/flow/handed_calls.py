"""Calls of a library that are handed over to be made later or elsewhere: ``partial(task.delay, order)`` is ``task.delay(order)``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eventlens import ir
from eventlens.flow.library_match import LibraryMatch
from eventlens.knowledge.paths import AccessPath, parse_path
from eventlens.knowledge.schema import Application, Transaction


def made_by(call: ir.Call, matches: Iterable[LibraryMatch]) -> Iterator[tuple[LibraryMatch, ir.Call]]:
    """The calls that a call makes of what is named in its arguments, as if they were written there, with the entries that say so."""
    for match in matches:
        for path in _function_paths(match):
            function = _argument_at(call, parse_path(path))
            if function is not None and isinstance(function.value, ir.Member | ir.Name):
                given = tuple(_passed_on(call, match, function))
                yield match, ir.Call(call.start, call.end, function.value, given)


def _argument_at(call: ir.Call, path: AccessPath) -> ir.Argument | None:
    """The argument of a call to which a path leads, None where it is not written out."""
    if path.head == "position":
        given = [one for one in call.args if one.name is None]
        return given[int(path.key)] if int(path.key) < len(given) else None
    return next((one for one in call.args if one.name == path.key), None) if path.head == "keyword" else None


def _function_paths(match: LibraryMatch) -> Iterable[str]:
    entry = match.entry
    if isinstance(entry, Application):
        return (entry.function,)
    return entry.body or () if isinstance(entry, Transaction) and entry.kind == "after-commit" else ()


def _passed_on(call: ir.Call, match: LibraryMatch, function: ir.Argument) -> Iterator[ir.Argument]:
    """The arguments that reach the function: those behind it, and the named ones."""
    if not isinstance(match.entry, Application):
        return
    position = 0
    for one in call.args:
        if one.name is not None:
            if one is not function:
                yield one
        else:
            if position >= match.entry.first:
                yield one
            position += 1
