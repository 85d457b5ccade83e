"""Functions that run a block on a value: what they give, and what names mean inside the block.

``consumer.apply { subscribe(topics) }`` gives the consumer, whose members are called in the block without naming it;
``queue.let { it.url }`` gives what the block gives. They are known by their names, where nothing else of the name is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import application, members
from eventlens.flow.denotations import Denotation, External, FunctionRef
from eventlens.flow.scopes import Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_GIVING_VALUE = frozenset(("apply", "also", "onEach"))
_GIVING_BLOCK = frozenset(("let", "run", "use"))
_OPENING = frozenset(("apply", "run", "with"))
"""Functions in whose block the value's members need no name before them."""
_NAMING = frozenset(("let", "also", "use", "onEach", "takeIf", "takeUnless"))
"""Functions whose block gets the value as its parameter."""


def result(evaluator: Evaluator, node: ir.Call, frame: Frame) -> Denotations | None:
    """What the call of a scope function gives; None where it is none."""
    block = _block(node)
    if block is None or not evaluator.program.workspace.finds_by_package(frame.module.path):
        return None
    name = node.callee.name if isinstance(node.callee, ir.Member | ir.Name) else ""
    subject = _subject(node)
    if isinstance(node.callee, ir.Name):
        if name != "with" or subject is None:
            return None
    elif name not in _GIVING_VALUE | _GIVING_BLOCK:
        return None
    if any(isinstance(meaning, FunctionRef) for meaning in evaluator.evaluate(node.callee, frame)):
        return None
    if name in _GIVING_VALUE and subject is not None:
        return evaluator.evaluate(subject, frame)
    return application.invoke(evaluator, FunctionRef(frame.module.frame_for(block)), _given(evaluator, node), frame)


def _block(node: ir.Call) -> ir.Function | None:
    last = node.args[-1].value if node.args else None
    return last.function if isinstance(last, ir.Lambda) else None


def _subject(node: ir.Call) -> ir.Value | None:
    """The value on which the block runs."""
    if isinstance(node.callee, ir.Member):
        return node.callee.object if len(node.args) == 1 else None
    return node.args[0].value if len(node.args) == 2 else None


def _given(evaluator: Evaluator, node: ir.Call) -> ir.Call:
    """The call of the block with the value."""
    known = evaluator.mapped.get(id(node))
    if known is None:
        subject = _subject(node)
        given = (ir.Argument(subject.start, subject.end, subject),) if subject is not None else ()
        known = evaluator.mapped[id(node)] = ir.Call(node.start, node.end, node.callee, given)
    return known


def parameter_values(evaluator: Evaluator, frame: Frame) -> Denotations:
    """What the block of a scope function gets as its parameter."""
    for name, subject, outer in _around(frame):
        return evaluator.evaluate(subject, outer) if name in _NAMING else ()
    return ()


def opened_member(evaluator: Evaluator, name: str, node: ir.Node, frame: Frame) -> Denotations:
    """A member of the value on which a block around ``frame`` runs, named without the value."""
    scope: Frame | None = frame
    while scope is not None and scope.function is not None:
        for opened, subject, outer in _around(scope):
            if opened in _OPENING:
                found = tuple(
                    one
                    for value in evaluator.evaluate(subject, outer)
                    if not isinstance(value, External)
                    for one in members.member(evaluator, value, name, node, outer)
                )
                if found:
                    return found
        scope = scope.parent
    return ()


def _around(frame: Frame) -> Iterator[tuple[str, ir.Value, Frame]]:
    """The scope function that a block is given to: its name, the value, and where the call stands."""
    function = frame.function
    site = frame.module.handed.get((function.start, function.end)) if function is not None else None
    if site is None or function is None or function.kind != "lambda":
        return
    subject = _subject(site.call)
    if subject is not None and _block(site.call) is function and isinstance(site.call.callee, ir.Member | ir.Name):
        yield site.call.callee.name, subject, site.frame


def is_unknown_global(found: tuple[Denotation, ...]) -> bool:
    """Whether a name means nothing that the workspace or an import says."""
    return all(isinstance(item, External) and not item.package for item in found)
