"""What a loop goes through one by one, and what it gives other values of that."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens import ir
from eventlens.behaviour.accessor_writes import field_set
from eventlens.behaviour.events import Context
from eventlens.flow.walk import statements_in

_CHOOSING = frozenset(("takeIf", "takeUnless", "filter", "filterNot"))


def gone_through(context: Context) -> ir.Value | None:
    """What a loop goes through, be it written as a statement or as a call with a function; or what a function is called with only where
    it is of a certain kind (``rows.find(id)?.takeIf { it.isOpen }?.let { … }``)."""
    node = context.node
    if context.kind == "loop" and isinstance(node, ir.Loop):
        return node.source if node.kind == "each" else None
    owner = node.callee.object if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member) else None
    return owner if context.kind == "loop" or (context.kind == "callback" and _is_chosen(owner)) else None


def _is_chosen(value: ir.Value | None) -> bool:
    """Whether a function is asked whether to go on with a value."""
    while isinstance(value, ir.Call) and isinstance(value.callee, ir.Member):
        if value.callee.name in _CHOOSING and any(isinstance(one.value, ir.Lambda) for one in value.args):
            return True
        value = value.callee.object
    return False


def changed_in_each(context: Context) -> set[str]:
    """The fields to which a loop gives other values, of what it goes through."""
    node = context.node
    if isinstance(node, ir.Loop):
        names = {node.target.name} if isinstance(node.target, ir.Name) else set()
        return {name for one in statements_in(node.body) for name in _field_set_by(one, names)}
    functions = (
        [one.value.function for one in node.args if isinstance(one.value, ir.Lambda)]
        if isinstance(node, ir.Call)
        else []
    )
    return {
        name
        for function in functions
        for one in statements_in(function.body or ())
        for name in _field_set_by(one, {each.name for each in function.parameters[:1]})
    }


def _field_set_by(statement: ir.Statement, names: set[str]) -> Iterator[str]:
    """The field that a statement sets of what one of some names holds."""
    if isinstance(statement, ir.Assign) and isinstance(statement.target, ir.Member):
        owner = statement.target.object
        if isinstance(owner, ir.Name) and owner.name in names:
            yield statement.target.name
    value = statement.value if isinstance(statement, ir.Evaluate) else None
    setter = field_set(value) if isinstance(value, ir.Call) else None
    if setter is not None and setter.owner in names:
        yield setter.field
