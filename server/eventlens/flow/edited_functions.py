"""Which functions of a module an edit inside one of them has to do with."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.flow.module_index import ModuleIndex
from eventlens.flow.scopes import Frame
from eventlens.flow.scopes_around import is_constructor, outermost
from eventlens.flow.words import remembered_words_in


def name_of(function: Frame) -> str:
    """The name by which an outermost function is called, "" where it has none."""
    definition = function.function
    return "" if definition is None else definition.name or function.module.lambda_names.get(id(definition), "")


def connected_with(module: ModuleIndex, text: bytes, start: int, end: int) -> frozenset[Frame] | None:
    """The outermost function in which two byte offsets stand, those that mention it, however far, and what all of these mention.

    None where an edit between the offsets may bear on more: outside of functions, in what a function says of itself before its body, or
    where it sets what others read.
    """
    functions = dict.fromkeys(one for frame in module.frames if (one := outermost(frame)) is not None)
    edited = next((one for one in functions if _body_start(one) <= start and end <= one.end), None)
    if edited is None or is_constructor(edited) or any(one is edited for one in _setting(module)):
        return None
    words = {one: remembered_words_in(text[one.start : one.end]) for one in functions}
    names = {one: name_of(one) for one in functions}
    found = {edited}
    while above := {
        one for one in functions if one not in found and not words[one].isdisjoint(names[n] for n in found)
    }:
        found |= above
    while below := {one for one in functions if one not in found and any(names[one] in words[n] for n in found)}:
        found |= below
    return frozenset(found)


def _body_start(frame: Frame) -> int:
    function = frame.function
    assert function is not None
    said = [*function.parameters, *function.decorators, *([function.returns] if function.returns is not None else [])]
    return max([function.start + 1, function.name_end, *(one.end for one in said)])


def _setting(module: ModuleIndex) -> Iterator[Frame | None]:
    """The outermost functions that set a member of their object or of another, an entry of a table, or a variable around them."""
    for table in (module.shared, *(cls.assigned for cls in module.classes)):
        yield from (outermost(frame) for rows in table.values() for frame, _ in rows)
    for entries in (module.entries, *(cls.entries for cls in module.classes)):
        yield from (outermost(entry.frame) for rows in entries.values() for entry in rows)
    for definitions in module.top.definitions.values():
        yield from (outermost(one.frame) for one in definitions if one.frame is not None)
