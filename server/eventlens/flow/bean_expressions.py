"""Expressions in the texts of decorators that speak of objects of the program: ``#{topics.orders}``, ``#{__listener.topic}``.

The object is the one that carries the decorator, a class that a container makes one object of and calls by its name, or what a function
of that name gives it. Where it stands in no file of the workspace, the one key of the configuration that ends like the path counts: such
objects are mostly filled from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from eventlens import ir
from eventlens.flow import application, configuration, path_steps
from eventlens.flow.denotations import Collection, Denotation, FunctionRef, Receiver, Scalar, Text
from eventlens.flow.matched_place import Place

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import ClassIndex, Frame

_OWN = "__listener"
_PATH = re.compile(
    r"\s*@?(?P<head>[A-Za-z_]\w*)(?P<steps>(?:\??\.\w+(?:\(\s*\))?|\[\s*(?:'[^']*'|\"[^\"]*\")\s*\])*)\s*$"
)
_STEP = re.compile(r"\.(?P<name>\w+)|\[\s*['\"](?P<key>[^'\"]*)['\"]\s*\]")
_NOWHERE = ir.Unknown(0, 0, "nowhere")
_LEAST_KEY = 2
"""How many segments of a key a path must name before the key is taken for it."""


class BeanPath(NamedTuple):
    """``head.step.step``: an object by its name, and what is read off it."""

    head: str
    steps: tuple[str, ...]


def parsed(expression: str) -> BeanPath | None:
    """The path that an expression is; None for any other expression."""
    match = _PATH.match(expression)
    if match is None:
        return None
    steps = tuple(one["name"] or one["key"] for one in _STEP.finditer(match["steps"]))
    return BeanPath(match["head"], steps)


def read(evaluator: Evaluator, expression: str, frame: Frame, owner: ClassIndex | None) -> Denotations:
    """What an expression in the code of ``frame`` gives, as texts; ``owner`` is the class that carries it. Empty where it is not known."""
    path = parsed(expression)
    if path is None:
        return ()
    for item in _objects(evaluator, path.head, frame, owner):
        found = _along(evaluator, (item,), path.steps, frame)
        texts = tuple(one for one in found if isinstance(one, Scalar | Text | Collection))
        if texts:
            return configuration.filled(evaluator, texts, frame)
    return _configured(evaluator, path, frame)


def _objects(evaluator: Evaluator, head: str, frame: Frame, owner: ClassIndex | None) -> Iterator[Denotation]:
    """The objects that a name stands for."""
    if head == _OWN:
        if owner is not None:
            yield Receiver(owner)
        return
    name = head[:1].upper() + head[1:]
    for path in evaluator.program.workspace.declaring(frame.module.path, name):
        module = evaluator.program.module(path)
        yield from (Receiver(one) for one in (module.classes if module is not None else ()) if one.name == name)
    for module in evaluator.program.loaded():
        for one in module.frames:
            if (
                one.cls is not None
                and one.function is not None
                and one.function.name == head
                and one.function.decorators
            ):
                yield from application.results(evaluator, FunctionRef(one, Receiver(one.cls)))


def _along(evaluator: Evaluator, found: Denotations, steps: tuple[str, ...], frame: Frame) -> Denotations:
    for step in steps:
        found = tuple(d for item in found for d in _member(evaluator, item, step, frame))
    return found


def _member(evaluator: Evaluator, item: Denotation, step: str, frame: Frame) -> Iterator[Denotation]:
    """A property by its name: the field, or what its getter gives."""
    for one in path_steps.along(Place(evaluator, _NOWHERE, frame), (item,), (step,)):
        yield from application.results(evaluator, one) if isinstance(one, FunctionRef) else (one,)


def _configured(evaluator: Evaluator, path: BeanPath, frame: Frame) -> Denotations:
    """What the only key is set to that ends like a path."""
    if len(path.steps) < _LEAST_KEY:
        return ()
    key = evaluator.variables.keys.only_key_like(path.steps)
    return configuration.value(evaluator, key, frame.module.path) if key else ()
