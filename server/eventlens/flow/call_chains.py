"""Calls of functions, and what the parameters are bound to along a chain of them."""

from __future__ import annotations

from typing import NamedTuple

from eventlens import ir
from eventlens.flow import application
from eventlens.flow.denotations import Binding, Environment, FunctionRef, Instance, Receiver
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.scopes import Frame


class Caller(NamedTuple):
    """A call of a function: where it stands, and the function as it is called (receiver, closure).

    ``first`` is the argument that is the function's first parameter: not 0 where the function is handed over.
    """

    frame: Frame
    call: ir.Call
    callee: FunctionRef
    first: int = 0


def binding_environment(chain: list[Caller], evaluator: Evaluator) -> Environment:
    """The environment of a chain of calls, innermost first: each caller's parameters are bound by the next."""
    environment: Environment = ()
    for caller in reversed(chain):
        environment = further_environment(environment, caller, evaluator)
    return environment


def further_environment(environment: Environment, caller: Caller, evaluator: Evaluator) -> Environment:
    """The environment of a chain of calls of which the inner end is ``caller``; ``environment`` is that of the chain without it."""
    receiver = caller.callee.receiver
    if receiver is not None and environment:
        bound = evaluator.substitute_all((receiver,), environment)
        receiver = bound[0] if bound else receiver
    own: Environment = (Binding(caller.callee.frame, caller.call, caller.frame, environment, receiver, caller.first),)
    if isinstance(receiver, Instance):
        own = (*own, *application.construction_environment(evaluator, receiver))
    elif isinstance(receiver, Receiver):
        own = (*own, *application.super_environment(evaluator, receiver))
    return (*own, *caller.callee.environment)
