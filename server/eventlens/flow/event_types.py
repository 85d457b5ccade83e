"""The type that declares an event of a name, among those that a file can see: its own and those that what it imports exports.

Of the others, only modules whose text has the name, or may pass it on unnamed, are read. A name that means several types means none.
"""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.flow.module_index import ModuleIndex
from eventlens.flow.program import Program
from eventlens.flow.reach import PASSING_ON
from eventlens.flow.scopes import ClassIndex

_MAX_HOPS = 4


def type_of_event(program: Program, module: ModuleIndex, event: str) -> ClassIndex | None:
    """The type called ``event``, seen from ``module``; None where none or several are."""
    if not event.isidentifier() or not event[:1].isupper():
        return None
    seen: set[str] = set()
    found = {id(index): index for index in _of_module(program, module.path, event, seen, 0)}
    for specifier in dict.fromkeys(_leading_to(program, module, event)):
        path = program.workspace.resolve(module.path, specifier).path
        if path is not None:
            found.update((id(index), index) for index in _of_module(program, path, event, seen, 0))
    return next(iter(found.values())) if len(found) == 1 else None


def _leading_to(program: Program, module: ModuleIndex, event: str) -> Iterator[str]:
    """The imports through which a module can see a type of that name."""
    by_package = program.workspace.finds_by_package(module.path)
    for item in module.module.imports:
        if not by_package:
            yield item.module
        elif item.name in ("*", event):
            yield f"{item.module}:{event}"


def _read(program: Program, path: str, name: str) -> ModuleIndex | None:
    """A module that is not part of the program, and does not become part of it by this question."""
    try:
        text = program.workspace.text(path)
    except (OSError, KeyError):
        return None
    if name.encode() not in text and not PASSING_ON.search(text):
        return None
    return program.looked_into(path)


def _of_module(program: Program, path: str, name: str, seen: set[str], hops: int) -> Iterator[ClassIndex]:
    if path in seen or hops > _MAX_HOPS:
        return
    seen.add(path)
    module = program.modules.get(path) or _read(program, path, name)
    if module is None:
        return
    own = [index for index in module.classes if index.definition.qualname == name and index.definition.kind != "enum"]
    yield from own
    if own:
        return
    passed_on = [e.module for e in (*module.exports.get(name, ()), *module.star_exports) if e.module is not None]
    if module.module.offers_every_name:
        passed_on += [item.module for item in (*module.imports.get(name, ()), *module.star_imports)]
    for specifier in passed_on:
        target = program.workspace.resolve(path, specifier).path
        if target is not None:
            yield from _of_module(program, target, name, seen, hops + 1)
