"""What a call runs in a trace: it hangs on the object whose method is traced and on what the calls that led there hand over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.flow import class_members, members
from eventlens.flow.callers import Callers
from eventlens.flow.denotations import Denotation, Environment, FunctionRef, Parameter, Part, Receiver
from eventlens.flow.evaluation import Denotations, Evaluator
from eventlens.flow.implementers import asked_by, of_made_objects, run_by, with_implementations
from eventlens.flow.scopes import ClassIndex, Frame


class _Meaning(NamedTuple):
    """What a callee means whoever gets there, as far as the program was read when it was in its ``generation``."""

    generation: int
    found: Denotations
    """What it means, with what implements that."""
    run: Sequence[Denotation]
    """Of these what the call runs."""
    asked: tuple[Parameter, ...]
    """The parameters of which the callee is a member: objects that callers make and hand over decide."""


class Callees:
    """Answers for one program; traces come to the same call again and again, by other ways."""

    def __init__(self, evaluator: Evaluator, callers: Callers) -> None:
        self._evaluator = evaluator
        self._callers = callers
        self._meanings: dict[int, _Meaning] = {}
        self._given_in: Environment = ()
        self._given: dict[tuple[Parameter | Part, ...], Denotations] = {}
        """What is handed over for parameters in the environment ``_given_in``."""

    def forget_answers(self) -> None:
        """Let go of what can be worked out again."""
        self._meanings, self._given_in, self._given = {}, (), {}

    def of(
        self, node: ir.Call, frame: Frame, receiver: ClassIndex | None, environment: Environment
    ) -> Sequence[Denotation]:
        """The functions and classes that a call runs; on the traced object itself, of class ``receiver``, only what its class makes of it."""
        callee = node.callee
        if receiver is not None and isinstance(callee, ir.Member) and isinstance(callee.object, ir.This):
            found = class_members.class_member(self._evaluator, receiver, callee.name, Receiver(receiver))
            if any(isinstance(one, FunctionRef) for one in found):
                return run_by(self._evaluator, found, node, frame)
        known = self._meaning(node, frame)
        if environment and known.asked and isinstance(callee, ir.Member):
            made = of_made_objects(self._evaluator, self._handed_over(known.asked, environment), callee, frame)
            if made:
                return run_by(self._evaluator, made, node, frame)
        handed = tuple(self._handed_in(known, environment)) if environment else ()
        if not handed:
            return known.run
        return run_by(self._evaluator, with_implementations(self._evaluator, (*known.found, *handed)), node, frame)

    def _meaning(self, node: ir.Call, frame: Frame) -> _Meaning:
        evaluator = self._evaluator
        known = self._meanings.get(id(node))
        if known is None or known.generation != evaluator.program.generation:
            found = with_implementations(evaluator, evaluator.evaluate(node.callee, frame))
            run = run_by(evaluator, found, node, frame) or run_by(
                evaluator, self._injected(found, node, frame), node, frame
            )
            asked = asked_by(evaluator, node.callee, frame)
            known = self._meanings[id(node)] = _Meaning(evaluator.program.generation, found, run, asked)
        return known

    def _injected(self, found: Denotations, node: ir.Call, frame: Frame) -> Denotations:
        """The methods of the object that a constructor without types is given, where all that make one of the class give the same kind."""
        callee = node.callee
        held = next((one.base for one in found if isinstance(one, Part) and _is_kept_by_constructor(one.base)), None)
        if held is None or not isinstance(callee, ir.Member):
            return ()
        made = {id(one.index): one for one in self._callers.made_objects(held)}
        if len(made) != 1:
            return ()
        (only,) = made.values()
        return tuple(members.member(self._evaluator, only, callee.name, callee, frame))

    def _handed_over(self, parameters: tuple[Parameter | Part, ...], environment: Environment) -> Denotations:
        """What the calls that led here give for parameters, or for parts of them: asked at each call of a method on one of them."""
        if self._given_in is not environment:
            self._given_in, self._given = environment, {}
        known = self._given.get(parameters)
        if known is None:
            known = self._given[parameters] = self._evaluator.substitute_all(parameters, environment)
        return known

    def _handed_in(self, known: _Meaning, environment: Environment) -> Iterator[FunctionRef]:
        """The functions that the call which led here names for parameters (``settle(ack, nack)``), or that what it hands over for them holds
        (``new Service({ models })``); one that it writes out was walked there."""
        given = tuple(
            one for one in known.found if isinstance(one, Parameter) or (isinstance(one, Part) and _is_held(one, known))
        )
        for one in self._handed_over(given, environment) if given else ():
            function = one.frame.function if isinstance(one, FunctionRef) else None
            if (
                isinstance(one, FunctionRef)
                and function is not None
                and (function.start, function.end) not in one.frame.module.handed
            ):
                yield one


def _is_kept_by_constructor(value: Denotation) -> bool:
    """Whether a value is a constructor's parameter, or one of the keyword arguments that it takes as they come."""
    if isinstance(value, Part) and value.call is None and value.step[:1] not in ("(", "["):
        value = value.base
    function = value.frame.function if isinstance(value, Parameter) else None
    return function is not None and function.kind == "constructor"


def _is_held(part: Part, known: _Meaning) -> bool:
    """Whether a callee that leads nowhere by itself is a member of what is handed over, or of a member of that."""
    inner: Denotation = part
    while isinstance(inner, Part) and inner.call is None and inner.step[:1] not in ("(", "["):
        inner = inner.base
    return isinstance(inner, Parameter) and not known.run
