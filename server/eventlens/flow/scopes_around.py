"""Scopes around a site, and the objects whose state it hangs on."""

from __future__ import annotations

from eventlens.flow.denotations import Parameter, Receiver
from eventlens.flow.scopes import Frame


def is_state(root: Parameter | Receiver, frame: Frame | None) -> bool:
    """Whether a value hangs on the state of an object: its receiver, what its constructor or another of its methods was given."""
    if isinstance(root, Receiver) or is_constructor(root.frame):
        return True
    return frame is not None and root.frame.cls is not None and root.frame.cls is frame.cls


def is_constructor(frame: Frame) -> bool:
    return frame.function is not None and frame.function.kind == "constructor"


def method_of(frame: Frame) -> Frame | None:
    """The method around a scope (a lambda inside a method depends on the method's receiver)."""
    scope: Frame | None = frame
    while scope is not None and (scope.function is None or scope.function.kind == "lambda"):
        if scope.parent is None or scope.parent.function is None:
            break
        scope = scope.parent
    if scope is None or scope.function is None:
        return None
    return scope


def outermost(frame: Frame) -> Frame | None:
    """The function around a scope that stands in no other; None at the top of a module, and in the body of a class there."""
    found: Frame | None = None
    scope: Frame | None = frame
    while scope is not None:
        if scope.function is not None:
            found = scope
        scope = scope.parent
    return found


def lies_in(frame: Frame, function: Frame | None) -> bool:
    """Whether a scope is that of a function, or inside it."""
    if function is None:
        return False
    scope: Frame | None = frame
    while scope is not None and scope is not function:
        scope = scope.parent
    return scope is function
