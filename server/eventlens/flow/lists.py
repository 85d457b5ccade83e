"""Lists that are made of others: parts of a list, and what a function makes of each element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import application, members
from eventlens.flow.denotations import (
    MAX_PARTS,
    Binding,
    Collection,
    Denotation,
    Environment,
    FunctionRef,
    Items,
    LibraryMember,
    Parameter,
    Part,
    Receiver,
    depth,
)

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import Frame
    from eventlens.flow.scopes import Frame as Scope

PART_OF_LIST = "[:]"
"""The step from a list to some of its elements, as a list."""
_PARTS = frozenset(("slice", "filter", "toSorted", "toReversed", "Where", "OrderBy", "Take", "Skip"))
_COPIES = frozenset(
    ("ToList", "ToArray", "ToHashSet", "ToImmutableList", "ToImmutableArray", "AsEnumerable", "AsReadOnly", "Distinct")
)
_MADE = frozenset(("map", "flatMap", "Select", "SelectMany"))
_ADDING = frozenset(("append", "push", "add", "Add"))
_LISTS = frozenset(("List", "ArrayList", "LinkedList", "HashSet", "LinkedHashSet", "ConcurrentBag", "Collection"))
_MOST_SCOPES = 60


def method_result(evaluator: Evaluator, call: ir.Call, callee: ir.Member, frame: Frame) -> Denotations | None:
    """The list that a method of a list gives; None where it is none, or nothing is known of it."""
    if (callee.name in _PARTS and call.args) or (callee.name in _COPIES and not call.args):
        if any(isinstance(one, LibraryMember) for one in evaluator.evaluate(callee, frame)):
            return None  # a query of a library has methods that are called so, too
        found = part_of(evaluator, evaluator.evaluate(callee.object, frame), call, frame)
        return found or None
    if callee.name in _MADE and call.args:
        return _made(evaluator, call, callee, frame)
    return None


def part_of(evaluator: Evaluator, values: Denotations, node: ir.Node, frame: Frame) -> Denotations:
    """Some of the elements of lists, as lists; empty where one of the values may be no list."""
    if not all(isinstance(item, Items | Collection | Parameter | Part | Receiver) for item in values):
        return ()
    return tuple(d for item in values for d in members.step(evaluator, item, PART_OF_LIST, node, frame))


def part_step(item: Denotation) -> Denotations:
    """Some of the elements of one value."""
    if isinstance(item, Items | Collection):
        return (item,)
    if isinstance(item, Parameter | Part | Receiver) and depth(item) < MAX_PARTS:
        return (item,) if isinstance(item, Part) and item.step == PART_OF_LIST else (Part(item, PART_OF_LIST),)
    return ()


def _made(evaluator: Evaluator, call: ir.Call, callee: ir.Member, frame: Frame) -> Denotations | None:
    """What a function makes of each element: its first parameter is an element of the list."""
    lists = evaluator.evaluate(callee.object, frame)
    if not any(isinstance(item, Items | Collection | Parameter | Part) for item in lists):
        return None
    functions = [d for d in evaluator.evaluate(call.args[0].value, frame) if isinstance(d, FunctionRef)]
    if not functions:
        return None
    applied = with_element(evaluator, call, callee)
    found = tuple(d for function in functions for d in application.invoke(evaluator, function, applied, frame))
    if callee.name in ("flatMap", "SelectMany"):
        found = tuple(d for item in found for d in (members.elements(evaluator, item, call, frame) or (item,)))
    return (Collection(found),) if found else None


def with_element(evaluator: Evaluator, call: ir.Call, callee: ir.Member) -> ir.Call:
    """The call of the function that a method of a list is given, with an element of the list."""
    applied = evaluator.mapped.get(id(call))
    if applied is None:
        element = ir.Index(call.start, call.end, callee.object, ir.Unknown(call.start, call.end, "element"))
        applied = ir.Call(call.start, call.end, call.args[0].value, (ir.Argument(call.start, call.end, element),))
        evaluator.mapped[id(call)] = applied
    return applied


def is_empty_list(value: object) -> bool:
    """Whether a value is a list that is made without elements (``new List<Order>()``)."""
    return (
        isinstance(value, ir.Call)
        and value.is_new
        and not value.args
        and isinstance(value.callee, ir.Name)
        and value.callee.name in _LISTS
    )


def added(evaluator: Evaluator, name: str, frame: Frame) -> list[tuple[ir.Value, Scope]]:
    """What is appended to the list that ``name`` holds, by the function itself and by those written inside it, each with its scope."""
    scopes = [frame]
    if frame.function is not None:
        scopes.extend(one for one in frame.module.frames if one is not frame and _is_inside(one, frame, name))
    return [
        (call.args[0].value, scope)
        for scope in scopes[:_MOST_SCOPES]
        for call in scope.calls
        if isinstance(call.callee, ir.Member)
        and call.callee.name in _ADDING
        and call.args
        and isinstance(call.callee.object, ir.Name)
        and call.callee.object.name == name
    ]


def _is_inside(scope: Frame, outer: Frame, name: str) -> bool:
    """Whether a scope lies in another one whose ``name`` it sees."""
    current: Frame | None = scope
    while current is not None and current is not outer:
        if name in current.definitions:
            return False
        current = current.parent
    return current is outer


def enclosing(binding: Binding, environment: Environment) -> Environment:
    """The bindings of the functions from within which the function of ``binding`` is called, and of those that call these in turn."""
    found = [binding]
    for inner in found:
        found.extend(other for other in environment if other not in found and encloses(inner, other))
    return tuple(found[1:])


def encloses(binding: Binding, other: Binding) -> bool:
    """Whether the function of ``binding`` is called from within the scope of the other's."""
    current: Frame | None = binding.caller
    while current is not None and current is not other.frame:
        current = current.parent
    return current is other.frame
