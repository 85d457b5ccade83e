"""What a parameter stands for, where each caller of its function is known and says it."""

from __future__ import annotations

from eventlens import ir
from eventlens.flow.call_chains import binding_environment
from eventlens.flow.callers import Callers
from eventlens.flow.declared_parts import is_open
from eventlens.flow.denotations import Denotation, Parameter, Part, unique

_MAX_CALLERS = 12


def root_of(value: Denotation) -> Denotation:
    """What a value is a part of; the value itself where it is none."""
    while isinstance(value, Part):
        value = value.base
    return value


def steps_of(value: Denotation) -> tuple[str, ...]:
    """The steps that lead from what a value is a part of to the value."""
    found: list[str] = []
    while isinstance(value, Part):
        found.insert(0, value.step)
        value = value.base
    return tuple(found)


def passed_by_all(callers: Callers, value: Parameter | Part) -> tuple[Denotation, ...]:
    """What a value that hangs on a parameter stands for in all callers; () where one of them, or who else calls, is not known."""
    root = root_of(value)
    function = root.frame.function if isinstance(root, Parameter) else None
    if not isinstance(root, Parameter) or function is None or function.decorators or not _says_nothing(root):
        return ()
    known = callers.of(root.frame)
    if not 0 < len(known) <= _MAX_CALLERS:
        return ()
    found: list[Denotation] = []
    for caller in known:
        items = callers.evaluator.substitute_all((value,), binding_environment([caller], callers.evaluator))
        if not items or any(item == value or root_of(item) == root for item in items):
            return ()
        found.extend(items)
    return unique(found)


def written_type(value: Parameter) -> ir.TypeRef | None:
    """The type of a parameter, as it is written."""
    function = value.frame.function
    for position, one in enumerate(function.parameters if function is not None else ()):
        if value.name in (one.name, f"#{position}"):
            return one.type
    return None


def _says_nothing(value: Parameter) -> bool:
    """Whether the declared type of a parameter leaves open what is in it."""
    written, function = written_type(value), value.frame.function
    if written is None or function is None or is_open(written):
        return True
    generic = (
        *function.type_parameters,
        *(value.frame.cls.definition.type_parameters if value.frame.cls is not None else ()),
    )
    return written.name in generic
