"""All that a marshmallow schema writes out, where it names it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eventlens import ir
from eventlens.flow import class_hierarchy
from eventlens.flow.declared_parts import folded
from eventlens.flow.denotations import ClassRef, External, Instance
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.holder_names import is_holder
from eventlens.flow.module_index import decorator_name, last_name
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.sent_fields import Sent, SentField, joined

_WRITING = frozenset(("dump", "dumps"))
_PACKAGE = "marshmallow"
_OPEN = frozenset(("Dict", "Mapping", "Raw", "Field", "Method", "Function", "Pluck", "Constant", "Inferred"))
"""Fields of which the schema does not say what is in them."""
_RESHAPING = frozenset(("post_dump", "pre_dump"))
_MAX_DEPTH = 4


def written_out(evaluator: Evaluator, value: ir.Value, frame: Frame) -> Sent | None:
    """What a call gives that writes an object out by a schema (``ParcelSchema().dumps(parcel)``)."""
    if not isinstance(value, ir.Call) or not isinstance(value.callee, ir.Member) or value.callee.name not in _WRITING:
        return None
    return _joined(
        _of_schema(evaluator, one.index, 1) if isinstance(one, Instance) else None
        for one in evaluator.evaluate(value.callee.object, frame)
    )


def _joined(each: Iterable[Sent | None]) -> Sent | None:
    found = list(each)
    known = [one for one in found if one is not None]
    return joined(known) if known and len(known) == len(found) else None


def _of_schema(evaluator: Evaluator, index: ClassIndex, depth: int) -> Sent | None:
    if depth > _MAX_DEPTH or not _is_schema(evaluator, index):
        return None
    fields: dict[str, SentField] = {}
    bases = tuple(class_hierarchy.bases(evaluator, index))
    for current in bases:
        if "Meta" in current.nested or any(map(_reshapes, current.definition.methods)):
            return None
        for one in current.definition.fields:
            if isinstance(one.value, ir.Call):
                name = _wire_name(one.name, one.value)
                fields.setdefault(folded(name), _field(evaluator, name, one.value, current.body, depth))
    return Sent(fields, made_by=bases) if fields else None


def _is_schema(evaluator: Evaluator, index: ClassIndex) -> bool:
    outside = [found for found, _, _ in class_hierarchy.external_bases(evaluator, index)]
    return bool(outside) and all(
        isinstance(one, External) and one.package == _PACKAGE and one.path[-1:] == ("Schema",) for one in outside
    )


def _reshapes(method: ir.Function) -> bool:
    return any(decorator_name(one) in _RESHAPING for one in method.decorators)


def _wire_name(name: str, call: ir.Call) -> str:
    said = next((one.value for one in call.args if one.name == "data_key"), None)
    return said.value if isinstance(said, ir.Literal) and isinstance(said.value, str) else name


def _field(evaluator: Evaluator, name: str, call: ir.Call, frame: Frame, depth: int) -> SentField:
    kind = last_name(call.callee)
    given = [one.value for one in call.args if one.name is None]
    if kind == "List" and given and isinstance(given[0], ir.Call):
        return _field(evaluator, name, given[0], frame, depth)
    if kind == "Nested":
        inner = _joined(_of_schema(evaluator, one, depth + 1) for one in _schemas(evaluator, given[:1], frame))
        return SentField(name, inside=(inner,) if inner is not None else (), is_open=inner is None)
    is_plain_map = kind in ("Dict", "Mapping") and not is_holder(name) and _values_are_plain(call)
    return SentField(name, is_open=kind in _OPEN and not is_plain_map)


def _values_are_plain(call: ir.Call) -> bool:
    values = next((one.value for one in call.args if one.name == "values"), None)
    return isinstance(values, ir.Call) and last_name(values.callee) not in (*_OPEN, "Nested", "List")


def _schemas(evaluator: Evaluator, given: Iterable[ir.Value], frame: Frame) -> Iterator[ClassIndex]:
    for value in given:
        for one in evaluator.evaluate(value, frame):
            if isinstance(one, Instance | ClassRef):
                yield one.index
