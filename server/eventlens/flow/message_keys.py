"""Whether a publish gives its message a key, by which the broker chooses the partition."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from eventlens import ir
from eventlens.flow import class_hierarchy, path_steps, reading, written_arguments, written_types
from eventlens.flow.call_chains import Caller
from eventlens.flow.denotations import (
    Denotation,
    ExternalResult,
    Instance,
    LibraryValue,
    Parameter,
    Record,
    Scalar,
    Text,
)
from eventlens.flow.matched_place import Place
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import values_in
from eventlens.knowledge.paths import AccessPath, parse_path
from eventlens.knowledge.schema import Publish

Presence = Literal["given", "absent", "unknown"]

_SETS_A_KEY = re.compile(r"(?i)(?:^|_|set|with|add|put|message|record|partition)_?key$")
"""Names of members that are assigned, and of methods that are called, by which a message may get its key after it was made."""
_KEY_AND_VALUE = 3
"""Arguments of a record with a topic, a key and a value: more name the partition."""
_PARTITION = "partition"
_ANY_PARTITION = re.compile(r"(?i)any$|unassigned$")
"""Names of constants that leave the choice of the partition to the key."""
_TEXT_OF = frozenset(("stringify", "dumps", "toString", "writeValueAsString"))
"""Functions that make a text of anything."""


def key_presence(node: SiteNode) -> Presence:
    """Whether the message of a publish has a key: absent only where all of what it is made of was seen, and none is in it."""
    entry = node.match.entry
    if not isinstance(entry, Publish) or _is_keyed_later(node):
        return "unknown"
    if entry.keyless:
        return "absent"
    return _joined(one for path in entry.key or () if (one := _at(node, parse_path(path))) is not None)


def _joined(found: Iterable[Presence]) -> Presence:
    """What several ways to give a key come to."""
    said = set(found)
    return "given" if "given" in said else "unknown" if "unknown" in said or not said else "absent"


def _at(node: SiteNode, path: AccessPath) -> Presence | None:
    """What is said at one path; None where the call has no such argument."""
    place = node.place
    if path.head not in ("position", "keyword", "rest") or any(one.spread for one in place.arguments()):
        return "unknown"
    if place.element is None and not path.steps:
        return _argument(node, path)
    holders = holders_of(node, path)
    if place.element is None and not holders and _written(place, path) is None:
        return None
    return _joined(_in_holder(node, one, path.steps[-1] if path.steps else path.key) for one in holders)


def holders_of(node: SiteNode, path: AccessPath) -> Sequence[Denotation]:
    """What holds the part at a path of steps: the message whose key it is."""
    place = node.place
    if place.element is not None:
        return path_steps.along(place, place.element, (path.key, *path.steps)[:-1])
    return reading.read_parsed(place, path._replace(steps=path.steps[:-1]))


def _argument(node: SiteNode, path: AccessPath) -> Presence:
    place = node.place
    if _chooses_partition(place.arguments()):
        return "given"
    value = _written(place, path)
    if value is None:
        return "absent"
    positional = [one for one in place.arguments() if one.name is None]
    if place.frame is None or not _is_nothing(node, value, place.frame):
        return "given"
    return "unknown" if path.head == "position" and len(positional) > int(path.key) + 1 else "absent"


def _written(place: Place, path: AccessPath) -> ir.Value | None:
    """The argument at the head of a path."""
    if path.head == "keyword":
        return next((one.value for one in place.arguments() if one.name == path.key), None)
    return next(iter([one.value for one in place.arguments() if one.name is None][int(path.key) :]), None)


# ------------------------------------------------------------------------------------------------------------- nothing


def _is_nothing(node: SiteNode, value: ir.Value, frame: Frame) -> bool:
    """Whether a value as it is written is nothing at all, seen from the callers of the functions on the way."""
    if isinstance(value, ir.Literal):
        return value.value is None
    if isinstance(value, ir.Choice):
        if value.condition is None:
            return all(_is_nothing(node, one, frame) for one in value.options)
        asked = [one for one in values_in(value.condition) if isinstance(one, ir.Name)]
        empty = _is_nothing(node, value.options[-1], frame)
        return empty and len(asked) == 1 and _is_nothing(node, asked[0], frame)
    if not isinstance(value, ir.Name):
        return False
    local = written_arguments.local_value(value, frame)
    if local is not None:
        return _is_nothing(node, local, frame)
    caller = next((one for one in node.chain if one.callee.frame is frame), None)
    return caller is not None and _is_given_nothing(node, value.name, caller)


def _is_given_nothing(node: SiteNode, name: str, caller: Caller) -> bool:
    """Whether a call leaves a parameter out that may be left out, or gives nothing for it."""
    function, arguments = caller.callee.frame.function, caller.call.args
    parameters = function.parameters if function is not None else ()
    at = next((index for index, one in enumerate(parameters) if one.name == name), None)
    if at is None or any(one.spread for one in arguments):
        return False
    named = next((one.value for one in arguments if one.name == name), None)
    given = [one.value for one in arguments if one.name is None][at + caller.first :]
    if named is not None or given:
        return _is_nothing(node, named or given[0], caller.frame)
    default = parameters[at].default
    return default.value is None if isinstance(default, ir.Literal) else default is None and parameters[at].optional


# ------------------------------------------------------------------------------------------------------------- holders


def _in_holder(node: SiteNode, holder: Denotation, name: str) -> Presence:
    """Whether what holds a message's parts (an object, a record) has a part under a name."""
    if isinstance(holder, Record):
        return _in_parts(node, holder.node.fields, name, holder.frame)
    if isinstance(holder, LibraryValue):
        return _in_library_value(node, holder, name)
    if isinstance(holder, ExternalResult):
        return _in_construction(node, holder, name)
    if isinstance(holder, Instance):
        return _in_class(node, holder, name)
    if isinstance(holder, Parameter):
        typed = [one for one in written_types.declared_types(node.place.evaluator, holder) if isinstance(one, Instance)]
        return _joined(_in_class(node, one, name) for one in typed)
    if isinstance(holder, Scalar | Text):
        return "absent" if not _may_be_json(holder) else "unknown"
    return "unknown"


def _in_parts(node: SiteNode, parts: Sequence[ir.Field] | Sequence[ir.Argument], name: str, frame: Frame) -> Presence:
    """Among the fields of an object, or what a construction is given by name."""
    if any(one.spread or not _name(one) for one in parts) or any(
        _names_partition(_name(one), one.value) for one in parts
    ):
        return "unknown"
    given = [one.value for one in parts if _name(one) == name]
    return "absent" if all(_is_nothing(node, one, frame) for one in given) else "given"


def _in_library_value(node: SiteNode, holder: LibraryValue, name: str) -> Presence:
    """In what a model says that a constructor is given, by position."""
    source = holder.source
    if source is None or not source.new or not source.bind or not isinstance(holder.call, ir.Call):
        return _in_construction(node, holder, name)
    if name not in source.bind:
        return "absent"
    path = parse_path(source.bind[name])
    values = [one.value for one in holder.call.args if one.name is None]
    if path.head != "position" or path.steps or int(path.key) >= len(values) or holder.frame is None:
        return "unknown"
    return (
        "absent"
        if _is_nothing(node, values[int(path.key)], holder.frame) and len(values) <= _KEY_AND_VALUE
        else "given"
    )


def _in_construction(node: SiteNode, holder: LibraryValue | ExternalResult, name: str) -> Presence:
    """In what a construction is given by name, or in one object."""
    call, frame = holder.call, holder.frame
    if not isinstance(call, ir.Call) or frame is None:
        return "unknown"
    if isinstance(holder, ExternalResult) and holder.external.path[-1:] and holder.external.path[-1] in _TEXT_OF:
        return "absent"
    return _in_parts(node, call.args, name, frame) if call.is_new else "unknown"


def _in_class(node: SiteNode, holder: Instance, name: str) -> Presence:
    """Among the fields of a class of the workspace, where it has no base outside."""
    evaluator = node.place.evaluator
    if any(True for _ in class_hierarchy.external_bases(evaluator, holder.index)):
        return "unknown"
    fields = [one for index in class_hierarchy.bases(evaluator, holder.index) for one in index.fields]
    return "unknown" if not fields else "given" if name in fields else "absent"


def _may_be_json(value: Scalar | Text) -> bool:
    first = value.value if isinstance(value, Scalar) else value.parts[0]
    return not isinstance(first, str) or first.lstrip().startswith("{")


# ---------------------------------------------------------------------------------------------------------- partitions


def _chooses_partition(arguments: Iterable[ir.Argument]) -> bool:
    return any(one.name is not None and _names_partition(one.name, one.value) for one in arguments)


def _name(part: ir.Field | ir.Argument) -> str:
    return (part.key if isinstance(part, ir.Field) else part.name) or ""


def _names_partition(name: str, value: ir.Value) -> bool:
    """Whether a part gives the partition, itself or inside of it (``TopicPartition{Partition: 3}``)."""
    if name.lower() == _PARTITION:
        return not _leaves_it_open(value)
    if _PARTITION not in name.lower():
        return False
    return any(
        _names_partition(_name(part), part.value)
        for inner in values_in(value)
        for part in (inner.fields if isinstance(inner, ir.Object) else inner.args if isinstance(inner, ir.Call) else ())
    )


def _leaves_it_open(value: ir.Value) -> bool:
    if isinstance(value, ir.Literal):
        return value.value is None or value.value == -1
    return any(isinstance(one, ir.Name | ir.Member) and _ANY_PARTITION.search(one.name) for one in values_in(value))


# ------------------------------------------------------------------------------------------------------------- later on


def _is_keyed_later(node: SiteNode) -> bool:
    """Whether a function on the way to the broker sets something that is called a key."""
    return any(_sets_a_key(frame) for frame in _frames(node))


def _frames(node: SiteNode) -> Iterator[Frame]:
    if node.match.place.frame is not None:
        yield node.match.place.frame
    yield from (caller.frame for caller in node.chain)


def _sets_a_key(frame: Frame) -> bool:
    if any(_SETS_A_KEY.search(one.name) for one in frame.members):
        return True
    return any(
        isinstance(call.callee, ir.Member) and _SETS_A_KEY.search(last_name(call.callee)) for call in frame.calls
    )
