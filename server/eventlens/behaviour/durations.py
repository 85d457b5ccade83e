"""How long something lasts that code writes: numbers in a unit, and what the languages' own types of durations are made of."""

from __future__ import annotations

import re
from typing import NamedTuple

from eventlens import ir
from eventlens.flow.denotations import Denotation, Environment, ExternalResult, Opaque, Scalar
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame

SECONDS = {"milliseconds": 0.001, "seconds": 1.0, "minutes": 60.0}
_UNITS = {
    "nano": 1e-9,
    "nanosecond": 1e-9,
    "micro": 1e-6,
    "microsecond": 1e-6,
    "milli": 1e-3,
    "millisecond": 1e-3,
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86400.0,
}
_MAKERS = frozenset(("Duration", "TimeSpan"))
"""Types whose functions make a duration of a number (``Duration.ofSeconds(30)``, ``TimeSpan.FromMinutes(5)``)."""
_WRITTEN_PRODUCT = re.compile(r"(?:(\d+)\s*\*\s*)?time\.(\w+)(?:\s*\*\s*(\d+))?")


class Where(NamedTuple):
    """Where a value stands."""

    evaluator: Evaluator
    frame: Frame
    environment: Environment = ()


def seconds_of(value: ir.Value, at: Where, unit: str) -> float | None:
    """The seconds that a value stands for, bare numbers being in ``unit``; None where it is not known."""
    if isinstance(value, ir.Operation) and value.operator == "*":
        return _product(value, at, unit)
    named = _one_of_unit(value)
    if named is not None:
        return named
    if isinstance(value, ir.Call):
        return _made(value, at)
    if isinstance(value, ir.Member) and (factor := _unit(value.name)) is not None:  # 30.seconds
        number = _number(value.object, at)
        return number * factor if number is not None else None
    number = _number(value, at)
    return number * SECONDS[unit] if number is not None else None


def seconds_meant(value: Denotation, evaluator: Evaluator, unit: str) -> float | None:
    """The seconds that an option is set to, bare numbers being in ``unit``; None where it is not known."""
    if isinstance(value, Scalar) and isinstance(value.value, str) and value.value.isdigit():
        return int(value.value) * SECONDS[unit]
    if isinstance(value, Scalar):
        number = value.value
        known = isinstance(number, int | float) and not isinstance(number, bool)
        return float(number) * SECONDS[unit] if known and number is not None else None
    if isinstance(value, ExternalResult) and isinstance(value.call, ir.Call):
        return _made(value.call, Where(evaluator, value.frame, value.environment))
    written = _WRITTEN_PRODUCT.fullmatch(value.what) if isinstance(value, Opaque) else None
    factor = _unit(written[2]) if written is not None else None
    return factor * int(written[1] or written[3] or 1) if written is not None and factor is not None else None


def _product(value: ir.Operation, at: Where, unit: str) -> float | None:
    product, has_unit = 1.0, False
    for one in value.operands:
        inner = _one_of_unit(one)
        has_unit = has_unit or inner is not None
        if inner is None:
            inner = _number(one.args[0].value if _is_conversion(one) else one, at)  # type: ignore[union-attr]
        if inner is None:
            return None
        product *= inner
    return product if has_unit else product * SECONDS[unit]


def _is_conversion(value: ir.Value) -> bool:
    """Whether a number is only made one of another type (``time.Duration(30)``)."""
    return isinstance(value, ir.Call) and len(value.args) == 1 and last_name(value.callee) == "Duration"


def _one_of_unit(value: ir.Value) -> float | None:
    """One of a unit (``time.Second``)."""
    if isinstance(value, ir.Member) and isinstance(value.object, ir.Name) and value.object.name == "time":
        return _unit(value.name)
    return None


def _made(call: ir.Call, at: Where) -> float | None:
    """What a function makes of a number."""
    if isinstance(call.callee, ir.Name) and call.callee.name == "timedelta":
        named = [(_unit(one.name or ""), _number(one.value, at)) for one in call.args]
        parts = [factor * number for factor, number in named if factor is not None and number is not None]
        return sum(parts) if parts and len(parts) == len(named) else None
    owner = last_name(call.callee.object) if isinstance(call.callee, ir.Member) else ""
    factor = _unit(last_name(call.callee)) if owner in _MAKERS else None
    number = _number(call.args[0].value, at) if factor is not None and len(call.args) == 1 else None
    return number * factor if number is not None and factor is not None else None


def _unit(name: str) -> float | None:
    return _UNITS.get(re.sub(r"^(of|from|From)(?=[A-Z])", "", name).lower().removesuffix("s"))


def _number(value: ir.Value, at: Where) -> float | None:
    found = at.evaluator.evaluate(value, at.frame, at.environment)
    only = found[0] if len(found) == 1 else None
    number = only.value if isinstance(only, Scalar) else None
    return float(number) if isinstance(number, int | float) and not isinstance(number, bool) else None
