"""Settings that an application registers as functions of its own and asks for by dotted keys
(``registerAs('kafka', () => ({ topic }))``, ``configService.get('kafka.topic')``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import members
from eventlens.flow.denotations import Denotation, Record, unique

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import Frame


def asked(evaluator: Evaluator, token: str, key: str, node: ir.Node, frame: Frame) -> Denotations:
    """What is registered for a key: below its first part, or without one."""
    first, _, rest = key.partition(".")
    return unique(
        found
        for name, path in ((f"{token} {first}", rest), (token, key))
        for value in _seen_from(evaluator, name, frame, is_told_apart="." in key)
        for found in _along(evaluator, value, path, node, frame)
    )


def _seen_from(evaluator: Evaluator, token: str, frame: Frame, is_told_apart: bool) -> list[Record]:
    """What the service of a place registers; where it registers nothing itself, what others do under a key that is hardly one of its own."""
    registered = [one.value for one in evaluator.injections.get(token, ()) if isinstance(one.value, Record)]
    service_of = evaluator.provided.service_of
    service = service_of(frame.module.path) if registered else None
    own = [one for one in registered if service_of(one.frame.module.path) == service]
    return own or (registered if is_told_apart else [])


def _along(evaluator: Evaluator, value: Denotation, path: str, node: ir.Node, frame: Frame) -> Denotations:
    found: Denotations = (value,)
    for name in path.split(".") if path else ():
        found = unique(d for one in found for d in members.member(evaluator, one, name, node, frame))
    return found
