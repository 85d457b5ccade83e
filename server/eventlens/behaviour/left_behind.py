"""What a catch leaves behind for the code after it: a variable that is looked at, a state of an object, a count that decides."""

from __future__ import annotations

from eventlens import ir
from eventlens.behaviour.accessor_writes import field_set
from eventlens.behaviour.paths import statements_around
from eventlens.behaviour.protections import Protection
from eventlens.flow.walk import mentions, values_in, values_of


def is_left_behind(statement: ir.Assign | ir.Evaluate, protection: Protection) -> bool:
    """Whether a statement of a catch gives something a value that the code outside of it looks at."""
    if isinstance(statement, ir.Evaluate):
        return isinstance(statement.value, ir.Call) and _sets_a_state(statement.value, protection)
    if statement.declares:
        return False
    if statement.operator:
        return _decides_outside(statement.target, protection)
    return _is_read_outside(statement.target, protection)


def _sets_a_state(call: ir.Call, protection: Protection) -> bool:
    """Whether a setter gives an object something that is more than nothing, and the object is handed on below (``job.setState(FAILED)``,
    then ``jobs.save(job)``)."""
    one = field_set(call)
    if one is None or (isinstance(one.value, ir.Literal) and one.value.value is None):
        return False
    return any(
        other.start >= protection.node.end and any(mentions(argument.value, {one.owner}) for argument in other.args)
        for other in protection.frame.calls
    )


def _decides_outside(target: ir.Value, protection: Protection) -> bool:
    """Whether what counts failures is asked for outside of the catch, in a condition, or returned: in a log it says nothing."""
    if not isinstance(target, ir.Name):
        return False
    start, end = protection.node.start, protection.node.end
    asked = (
        one.condition if isinstance(one, ir.Branch) else one.value
        for one in statements_around(protection.frame)
        if isinstance(one, ir.Branch | ir.Return) and not start <= one.start < end
    )
    return any(mentions(value, {target.name}) for value in asked if value is not None)


def _is_read_outside(target: ir.Value, protection: Protection) -> bool:
    if isinstance(target, ir.Member):
        return True
    if not isinstance(target, ir.Name):
        return False
    start, end = protection.node.start, protection.node.end
    return any(
        isinstance(inner, ir.Name) and inner.name == target.name and not start <= inner.start < end
        for statement in statements_around(protection.frame)
        for value in values_of(statement)
        if not (isinstance(statement, ir.Assign) and value is statement.target)
        for inner in values_in(value)
    )
