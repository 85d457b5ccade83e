"""What a message carries of a row that is written below it: the row, its key or its values, or only what the row refers to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import CallStep, Event, names_given
from eventlens.checks.announced import entity_of, is_stamp, letters, local_definitions, origins_of
from eventlens.flow.module_index import last_name
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import names_bound
from eventlens.knowledge.schema import Publish

_HOLDS_VALUES = frozenset(
    ("data", "Item", "values", "set", "$set", "$inc", "create", "update", "defaults", "$setOnInsert")
)
"""Under which names calls are given the values of a row."""
_HOLDS_CRITERIA = frozenset(("where", "Key", "filter"))
_OPTIONS = frozenset(
    ("TableName", "update_fields", "returning", "include", "select", "transaction", "session", "using")
)
_WHOLE = ""
"""Stands for the columns of a row that is spread out of another value."""
_BOUND = "?"
"""Stands for a column that the text of a statement names."""
_KEYS = ("id", "_id", "pk", "uuid")
_KEY = re.compile(r"(?i)^_?(?:id|pk|uuid|key)$")
"""How columns are called that tell a row from the others of its table."""
_REFERENCE = re.compile(r"(?:^|[._])(?:id|pk|uuid|slug)s?$|Ids?$|ID$|U[uU][iI][dD]$|^(?:id|pk|uuid)$")
"""Names of what says which row is meant."""
_LOOK_UPS = re.compile(
    r"^(?:get|find|fetch|load|read|query|select|search|list|lookup|look_up|filter|exclude|where|has|values_list)(?=[A-Z_]|$)"
)
"""Calls that look something up by what they are given."""
_WRITES_OUT = re.compile(
    r"(?i)^(?:(?:json_?)?(?:dumps|stringify|encode|serialize|marshal)\w*|str|from|as_?dict|to_?dict|to_?json|model_?dump\w*|dict|list|format|copy|assign)$"
)
"""Calls that give what they are given in another form."""
_MOST_STEPS = 200
_LEAST_LETTERS = 4
"""How long a text must be to say something where a message and a row both hold it."""


class Written(NamedTuple):
    """What a write is given, as far as the call says it: columns with their values, and by which columns it chooses rows."""

    values: tuple[tuple[str, ir.Value], ...]
    criteria: tuple[tuple[str, ir.Value], ...]


def carries(publish: Event, write: Event) -> bool | None:
    """Whether a message carries something of what a write below it stores or removes.

    False where all that both use is what a new or removed row refers to, or where a row is changed whose key alone the message carries.
    None where the code does not say what is written.
    """
    if not isinstance(publish.node, ir.Call) or any(
        step.callee.function is None for step in (*publish.chain, *write.chain)
    ):
        return None
    entity = entity_of(write)
    origins = origins_of(publish)
    rows = _lifted(sorted(row_names(write)), write.chain)
    if any(one in origins and _is_row_or_key(one, entity, write.effect) for one in rows):
        return True
    written = written_by(write)
    pairs = _bound(write) if written is None else written.criteria if write.effect == "delete" else written.values
    sent = set(_lifted(_leaves([one.value for one in publish.node.args], publish.frame), publish.chain))
    if any(
        leaf in sent and not (written is None and _REFERENCE.search(leaf))
        if write.effect == "update"
        else _is_of_the_row(key, leaf, entity, sent)
        for key, value in pairs
        for leaf in _lifted(_leaves([value], write.frame), write.chain)
    ):
        return True
    return False if written is not None else None


def _is_row_or_key(name: str, entity: str, effect: str) -> bool:
    """Whether a name that a write is given as it is stands for the row, or for what it is known by: an id may be that of something else,
    and who changes a row by its id says nothing of what the message tells."""
    if not _REFERENCE.search(name):
        return True
    return effect != "update" and (_KEY.match(name) is not None or _is_key_of(name, entity))


def _is_key_of(name: str, entity: str) -> bool:
    return letters(name) in {letters(entity).rstrip("s") + end for end in ("id", "pk", "uuid", "key")}


def _bound(write: Event) -> Sequence[tuple[str, ir.Value]]:
    """What a statement's text is given for its parameters; which columns they are is not known."""
    if not isinstance(write.node, ir.Call) or write.sql is None:
        return ()
    return [(_BOUND, one.value) for one in write.node.args[1:]]


def is_record_of_sending(publish: Event, write: Event) -> bool:
    """Whether a row keeps what publishing gave (the number of a job): it is about the message, not the other way round."""
    given = names_given(publish.usage)
    if not isinstance(write.node, ir.Call) or not given:
        return False
    if write.effect == "update":
        leaves = (leaf for _, value in _assigned(write) for leaf in _leaves([value], write.frame))
        return not write.chain and any(leaf.partition(".")[0] in given for leaf in leaves)
    if write.effect != "insert" or row_names(write) & origins_of(publish):
        return False
    return not given.isdisjoint(origins_of(write) - names_given(write.usage))


def carries_nothing(publish: Event) -> bool:
    """Whether a message says no more than that it came."""
    return isinstance(publish.node, ir.Call) and not publish.chain and not publish.node.args


def only_wakes(publish: Event) -> bool:
    """Whether a message has no content, whoever sends it: who gets it has to look for what there is to do."""
    entry, site = publish.match.entry if publish.match is not None else None, publish.site
    if not isinstance(publish.node, ir.Call) or publish.node.args or (site is not None and site.chain):
        return False
    return isinstance(entry, Publish) and publish.place is not None and not read_first(publish.place, entry.payload)


def written_by(write: Event) -> Written | None:
    """What a write is given; None where its call does not say."""
    if not isinstance(write.node, ir.Call) or write.sql is not None:
        return None
    values: list[tuple[str, ir.Value]] = []
    criteria: list[tuple[str, ir.Value]] = []
    for call in _chained(write.node):
        for argument in call.args:
            into = values if call is write.node and write.effect != "delete" else criteria
            if argument.spread == "**":
                into.append((_WHOLE, argument.value))
            elif not _take(argument.name, argument.value, write.frame, into, criteria):
                return None
    values.extend(_assigned(write))
    if not (criteria if write.effect == "delete" else values):
        return None
    return Written(tuple(values), tuple(criteria))


def changed_columns(write: Event) -> frozenset[str]:
    """The columns that an update sets, as far as its call says which."""
    written = written_by(write)
    return frozenset(key for key, _ in written.values) if written is not None else frozenset()


def only_stamps(write: Event) -> bool:
    """Whether an update sets nothing but columns that say when or how often something was used."""
    columns = changed_columns(write) if write.effect in ("update", "increment") else ()
    return bool(columns) and all(map(is_stamp, columns))


def _chained(call: ir.Call) -> Iterator[ir.Call]:
    """A call and those on whose results it is made (``Order.objects.filter(…).delete()``)."""
    inner: ir.Value = call
    while isinstance(inner, ir.Call | ir.Member):
        if isinstance(inner, ir.Call):
            yield inner
        inner = inner.callee if isinstance(inner, ir.Call) else inner.object


def _take(
    name: str | None,
    value: ir.Value,
    frame: Frame,
    into: list[tuple[str, ir.Value]],
    criteria: list[tuple[str, ir.Value]],
) -> bool:
    """Adds what an argument says is written; False where it does not say it."""
    if name in _OPTIONS:
        return True
    target = criteria if name in _HOLDS_CRITERIA else into
    held = held_by(value, frame)
    if name is not None and not (name in _HOLDS_VALUES | _HOLDS_CRITERIA and isinstance(held, ir.Object)):
        target.append((name, value))
        return True
    if isinstance(held, ir.Object):
        target.extend((_WHOLE, one.value) for one in held.fields if one.spread)
        named = [one for one in held.fields if not one.spread]
        return all(one.key is not None and _take(one.key, one.value, frame, target, criteria) for one in named)
    if isinstance(held, ir.Call) and _makes(held):
        target.extend((_WHOLE, one.value) for one in held.args if one.spread == "**")
        given = [one for one in held.args if one.spread != "**"]
        return all(_take(one.name, one.value, frame, target, criteria) for one in given)
    return name is None and isinstance(held, ir.Literal)


def held_by(value: ir.Value, frame: Frame) -> ir.Value:
    """What a local name stands for, where only one place above gives it a value."""
    known = frame.definitions.get(value.name, ()) if isinstance(value, ir.Name) else ()
    above = [one for one in known if one.start <= value.start]
    if len(above) != 1 or above[0].kind not in ("value", "element") or above[0].path or above[0].value is None:
        return value
    held: ir.Value = above[0].value
    return held


def _makes(call: ir.Call) -> bool:
    return call.is_new or last_name(call.callee)[:1].isupper()


def _assigned(write: Event) -> Iterator[tuple[str, ir.Value]]:
    """What the members of a row are given before it is saved; of those alone that the call names, where it names any."""
    node = write.node
    if (
        not isinstance(node, ir.Call)
        or not isinstance(node.callee, ir.Member)
        or not isinstance(node.callee.object, ir.Name)
    ):
        return
    named = next((one.value for one in node.args if one.name == "update_fields"), None)
    only = {one.value for one in named.items if isinstance(one, ir.Literal)} if isinstance(named, ir.Sequence) else None
    for one in write.frame.members:
        if one.base == node.callee.object.name and one.start < node.start and (only is None or one.name in only):
            yield one.name, one.value


def row_names(write: Event) -> set[str]:
    """The local names that stand for the row itself: what the call is made on, or is given as it is, or whose member is set; with what
    an object that is made around a row is given first (a serializer)."""
    node = write.node
    if not isinstance(node, ir.Call):
        target = node.target if isinstance(node, ir.Assign) else None
        return {target.object.name} if isinstance(target, ir.Member) and isinstance(target.object, ir.Name) else set()
    own = [node.callee.object] if isinstance(node.callee, ir.Member) else []
    given = [one.value for one in node.args if one.name is None]
    names = [one for one in (*own, *given) if isinstance(one, ir.Name)]
    makers = [held for one in names if isinstance(held := held_by(one, write.frame), ir.Call) and _makes(held)]
    around = [one.value for call in makers for one in call.args[:1] if one.name is None and not one.spread]
    return {one.name for one in (*names, *around) if isinstance(one, ir.Name)}


def _lifted(leaves: Iterable[str], chain: Sequence[CallStep]) -> Iterator[str]:
    """What the function at the top of a chain of calls gives for names of the innermost; what is made on the way is left out."""
    if not chain:
        yield from leaves
        return
    step = chain[-1]
    given = given_by(step)
    for leaf in leaves:
        root, dot, rest = leaf.partition(".")
        if root in ("this", "") or leaf[:1] in "'\"":
            yield leaf
        elif root in given:
            yield from _lifted((one + dot + rest for one in _leaves([given[root]], step.frame)), chain[:-1])


def given_by(step: CallStep) -> dict[str, ir.Value]:
    """The arguments of a call by the names of the parameters; what a parameter takes apart by the names that it gives the parts."""
    parameters = step.callee.function.parameters if step.callee.function is not None else ()
    positional = [one.value for one in step.call.args if one.name is None and not one.spread]
    found: dict[str, ir.Value] = {}
    for parameter, value in zip(parameters, positional):
        if isinstance(parameter.pattern, ir.Object):
            found.update(_parts_given(parameter.pattern, value))
        else:
            found[parameter.name] = value
    found.update((one.name, one.value) for one in step.call.args if one.name is not None)
    return found


def _parts_given(pattern: ir.Object, value: ir.Value) -> Iterator[tuple[str, ir.Value]]:
    """The names that a pattern binds, with the fields of the object that is given; the object itself where it is not written out."""
    fields = {one.key: one.value for one in value.fields} if isinstance(value, ir.Object) else {}
    for one in pattern.fields:
        for name in names_bound(one.value):
            yield name, fields.get(one.key, value)


def _is_of_the_row(key: str, leaf: str, entity: str, sent: set[str]) -> bool:
    """Whether a value of a row that a message carries too is the row's own, and does not only say to what else it belongs."""
    carried = leaf in sent or any(leaf.startswith(one + ".") for one in sent)
    if key == _WHOLE:
        return carried or any(one.startswith(leaf + ".") for one in sent)
    if not carried or any(f"{leaf}.{column}" in sent for column in _KEYS):
        return False  # a value of which the message carries the key is a row of another table
    if _KEY.match(key) or _is_key_of(leaf if key == _BOUND else key, entity):
        return True
    return not (_REFERENCE.search(key) or _REFERENCE.search(leaf))


def _leaves(values: Sequence[ir.Value], frame: Frame) -> Iterator[str]:
    """The texts, local names and their members of which values are put together, as they are written; what is only looked up by a value is
    not made of it."""
    queue, steps = list(values), 0
    while queue and steps < _MOST_STEPS:
        steps += 1
        value = queue.pop()
        leaf, held = _dotted(value, frame), held_by(value, frame)
        if leaf:
            yield leaf
        if held is not value:
            queue.extend([held] if _is_put_together(held) else ())
        elif not leaf:
            queue.extend(_parts(value))


def _is_put_together(value: ir.Value) -> bool:
    """Whether what a name holds is seen to be made of its parts; what an in-house function makes of them is not."""
    made = value.value if isinstance(value, ir.Await) else value
    return not isinstance(made, ir.Call) or _makes(made) or _WRITES_OUT.match(last_name(made.callee)) is not None


def _parts(value: ir.Value) -> Sequence[ir.Value]:
    """The values of which one is directly put together."""
    if isinstance(value, ir.Call):
        own = [value.callee.object] if isinstance(value.callee, ir.Member) else []
        return [*own, *(one.value for one in value.args if not _LOOK_UPS.match(last_name(value.callee)))]
    if isinstance(value, ir.Object):
        return [one.value for one in value.fields]
    if isinstance(value, ir.Member | ir.Index):
        return [value.object]
    if isinstance(value, ir.Await | ir.Spread):
        return [value.value]
    if isinstance(value, ir.Choice):
        return value.options
    if isinstance(value, ir.Operation):
        return value.operands
    if isinstance(value, ir.Comprehension):
        return [value.element, value.source]
    return value.items if isinstance(value, ir.Sequence) else value.parts if isinstance(value, ir.Template) else ()


def _dotted(value: ir.Value, frame: Frame) -> str:
    """``a.b.c`` as it is written where ``a`` is a local name or the object itself; a text in quotes; "" for all else."""
    if isinstance(value, ir.Literal):
        return repr(value.value) if isinstance(value.value, str) and len(value.value) >= _LEAST_LETTERS else ""
    if isinstance(value, ir.Member):
        outer = _dotted(value.object, frame)
        return f"{outer}.{value.name}" if outer else ""
    if isinstance(value, ir.This):
        return "this"
    return value.name if isinstance(value, ir.Name) and local_definitions(value.name, frame) else ""
