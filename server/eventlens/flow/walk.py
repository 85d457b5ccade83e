"""Walking the statements and values of one function, nested functions left out unless said otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from eventlens import ir
from eventlens.flow.scopes import Frame

_CHILD_VALUES: dict[type, Callable[[Any], Iterable[ir.Value]]] = {
    ir.Template: lambda v: v.parts,
    ir.Member: lambda v: (v.object,),
    ir.Index: lambda v: (v.object, v.key),
    ir.Object: lambda v: [
        x for f in v.fields for x in ((f.computed, f.value) if f.computed is not None else (f.value,))
    ],
    ir.Sequence: lambda v: v.items,
    ir.Spread: lambda v: (v.value,),
    ir.Call: lambda v: [v.callee, *(a.value for a in v.args)],
    ir.Await: lambda v: (v.value,),
    ir.Choice: lambda v: [*v.options, *((v.condition,) if v.condition is not None else ())],
    ir.Operation: lambda v: v.operands,
    ir.Comprehension: lambda v: [v.element, v.target, v.source, *v.conditions],
    ir.Spawn: lambda v: (v.value,),
    ir.Send: lambda v: (v.channel, v.value),
    ir.Receive: lambda v: (v.channel,),
    ir.Yield: lambda v: (v.value,) if v.value is not None else (),
    ir.AssignValue: lambda v: (v.target, v.value),
    ir.Unknown: lambda v: v.parts,
}


def values_in(value: ir.Value | None) -> Iterator[ir.Value]:
    """A value and the values inside it, outermost first, in order of writing; functions are not entered."""
    if value is None:
        return
    stack = [value]
    while stack:
        current = stack.pop()
        yield current
        children = _CHILD_VALUES.get(type(current))
        if children is not None:
            stack.extend(reversed(tuple(children(current))))


def inward(value: ir.Node) -> Iterator[ir.Node]:
    """A value and those on which it is called, from which it is read, or which it waits for, outermost first (``a.b(c)``, ``a.b``, ``a``)."""
    inner: ir.Node | None = value
    while inner is not None:
        yield inner
        if isinstance(inner, ir.Call):
            inner = inner.callee
        elif isinstance(inner, ir.Member):
            inner = inner.object
        else:
            inner = inner.value if isinstance(inner, ir.Await) else None


def child_blocks(statement: ir.Statement) -> Iterator[tuple[ir.Statement, ...]]:
    """The statement lists inside a statement, in order."""
    if isinstance(statement, ir.Branch):
        yield statement.then
        yield statement.orelse
    elif isinstance(statement, ir.Loop):
        yield statement.init
        yield statement.body
        yield statement.step
        yield statement.orelse
    elif isinstance(statement, ir.Try):
        yield statement.body
        for catch in statement.catches:
            yield catch.body
        yield statement.orelse
        yield statement.final
    elif isinstance(statement, ir.With):
        yield statement.items
        yield statement.body
    elif isinstance(statement, ir.Block):
        yield statement.body


def statements_in(body: Iterable[ir.Statement]) -> Iterator[ir.Statement]:
    """Statements of a body at every depth, in order; nested functions are not entered."""
    for statement in body:
        yield statement
        for block in child_blocks(statement):
            yield from statements_in(block)


def values_of(statement: ir.Statement) -> Iterator[ir.Value]:
    """The values that a statement itself evaluates (not those of the statements inside it)."""
    if isinstance(statement, ir.Evaluate | ir.Return | ir.Throw):
        if statement.value is not None:
            yield statement.value
    elif isinstance(statement, ir.Assign):
        if statement.value is not None:
            yield statement.value
        yield statement.target
    elif isinstance(statement, ir.Branch):
        yield statement.condition
    elif isinstance(statement, ir.Loop) and statement.source is not None:
        yield statement.source


def reads_before(body: Iterable[ir.Statement], node: ir.Node, names: Iterable[str]) -> bool:
    """Whether what stands before ``node`` in a body reads one of the names, without having set it first: in a loop, what an earlier
    turn left in it."""
    unset = set(names)
    for statement in statements_in(body):
        if statement.start >= node.start:
            return False
        given = (statement.value,) if isinstance(statement, ir.Assign) else values_of(statement)
        if any(value is not None and value.end <= node.start and mentions(value, unset) for value in given):
            return True
        if isinstance(statement, ir.Assign) and statement.end <= node.start:
            unset -= names_bound(statement.target)
    return False


def loops_of(frame: Frame) -> Iterator[ir.Loop]:
    """The loops of a function, outermost first."""
    body = frame.function.body if frame.function is not None else frame.module.module.body
    return (statement for statement in statements_in(body or ()) if isinstance(statement, ir.Loop))


def is_endless(loop: ir.Loop) -> bool:
    """Whether nothing in the head of a loop ends it."""
    if loop.kind == "for":
        return loop.source is None
    return loop.kind in ("while", "do") and isinstance(loop.source, ir.Literal) and bool(loop.source.value)


def mentions(value: ir.Value, names: set[str]) -> bool:
    """Whether a value reads one of the names."""
    return any(isinstance(inner, ir.Name) and inner.name in names for inner in values_in(value))


def reads_any(body: Iterable[ir.Statement], names: set[str]) -> bool:
    """Whether one of the ``names`` is read in a body, or in a function written inside it."""
    for statement in statements_in(body):
        if isinstance(statement, ir.FunctionDeclaration) and reads_any(statement.function.body or (), names):
            return True
        for inner in (inner for value in values_of(statement) for inner in values_in(value)):
            if isinstance(inner, ir.Name) and inner.name in names:
                return True
            if isinstance(inner, ir.Lambda) and reads_any(inner.function.body or (), names):
                return True
    return False


def names_bound(target: ir.Value | None) -> set[str]:
    """The names that a target or pattern binds; none where there is no target."""
    return {value.name for value in values_in(target) if isinstance(value, ir.Name)}


COLLECTING = frozenset(("append", "push", "add", "extend"))
"""Methods that put a value into a list or set."""


def names_made_of(body: Iterable[ir.Statement], names: set[str]) -> set[str]:
    """The names, and those that hold something made of them: assigned from it, looped over it, collected from it."""
    known = set(names)
    for statement in statements_in(body):
        if (isinstance(statement, ir.Assign) and statement.value is not None and mentions(statement.value, known)) or (
            isinstance(statement, ir.Loop)
            and statement.target is not None
            and statement.source is not None
            and mentions(statement.source, known)
        ):
            known |= names_bound(statement.target)
        elif (
            isinstance(statement, ir.Evaluate)
            and isinstance(statement.value, ir.Call)
            and isinstance(statement.value.callee, ir.Member)
        ):
            call, owner = statement.value, statement.value.callee.object
            if (
                isinstance(owner, ir.Name)
                and statement.value.callee.name in COLLECTING
                and any(mentions(a.value, known) for a in call.args)
            ):
                known.add(owner.name)
    return known


def owner_name(value: ir.Value) -> str:
    """The name of what a value is, or is a member of, however deep (``order`` of ``order.lines.first``); "" where that has none."""
    while isinstance(value, ir.Member):
        value = value.object
    return value.name if isinstance(value, ir.Name) else ""
