"""Errors that are returned, as the exceptions that they stand for.

A bare ``return err`` says nothing where nobody has looked whether there is an error: it ends the function as ``return nil``
would, since what the call before it raised has left already. Under a condition that asks for the error it throws.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.go.reader import Reader, bare, parts_of, value

_ERROR_NAME = re.compile(r"err\w*|\w*(?:Err|err)")
_SENTINEL = re.compile(r"Err[A-Z]\w*|err[A-Z]\w*|EOF")
_AS = re.compile(r"\bAs\(\s*\w+\s*,\s*&\s*(\w+)\s*\)")
"""``errors.As(err, &target)``: where it holds the target is an error too."""
_KINDS_OF_ERRORS = re.compile(
    r"^(?:errors|stderrors)\.(?:Is|As)\(|^\w+\.Is\w*(?:Error|Err|Exists|Found|Duplicate\w*)\(|^[iI]s\w*(?:Err|Duplicate|Exist|Found|Violation|Retryable|Temporary)\w*\("
)
_MAKERS = re.compile(
    r"Errorf?|Wrapf?|With(?:Stack|Message)f?|Join|New\w*Err\w*|new\w*Err\w*|Err[A-Z]\w*|\w*Error|Permanent"
)


def is_error_name(text: str) -> bool:
    """Whether a variable is called as errors are."""
    return _ERROR_NAME.fullmatch(text) is not None


def tested(reader: Reader, condition: Node) -> tuple[str, str]:
    """The error that ``err != nil`` or ``err == nil`` asks for, and the operator; two empty words for anything else."""
    node = bare(condition)
    if node.type != "binary_expression" or len(node.children) != 3:
        return "", ""
    left, operator, right = node.children
    if left.type == "identifier" and right.type == "nil" and operator.type in ("!=", "=="):
        return (reader.of(left), operator.type) if is_error_name(reader.of(left)) else ("", "")
    return "", ""


def mentioned(reader: Reader, condition: Node) -> set[str]:
    """The errors that a condition asks for in any way but ``== nil``."""
    if tested(reader, condition)[1] == "==":
        return set()
    found: set[str] = set()
    text = reader.of(condition)
    for word in re.findall(r"\w+", text):
        if word in reader.frame.bound and is_error_name(word):
            found.add(word)
    return found.union(_AS.findall(text))


def asks_for(reader: Reader, condition: Node, error: str) -> bool:
    """Whether a condition can only hold where an error is set: it asks what error it is, or that there is one, perhaps with more."""
    node = bare(condition)
    if tested(reader, node) == (error, "!="):
        return True
    if node.type == "binary_expression" and len(node.children) == 3:
        left, operator, right = node.children
        if operator.type == "&&":
            return asks_for(reader, left, error) or asks_for(reader, right, error)
        return operator.type == "||" and asks_for(reader, left, error) and asks_for(reader, right, error)
    return (
        node.type == "call_expression"
        and _KINDS_OF_ERRORS.search(reader.of(node)) is not None
        and error in re.findall(r"\w+", reader.of(node))
    )


def returned(reader: Reader, node: Node) -> list[ir.Statement]:
    """What a ``return`` does."""
    start, end = node.start_byte, node.end_byte
    listed = [
        each for child in parts_of(node) for each in (parts_of(child) if child.type == "expression_list" else [child])
    ]
    frame = reader.frame
    if not listed and frame.error in frame.caught:
        return [ir.Throw(start, end, ir.Name(start, end, frame.error))]
    if not listed:
        return [ir.Return(start, end, _one(start, end, [ir.Name(start, end, each.name) for each in frame.named]))]
    values = [value(reader, each) for each in listed]
    if not frame.fails or (len(values) == 1 and frame.results > 1):
        return [ir.Return(start, end, _one(values[0].start, values[-1].end, values))]
    *others, last = values
    if _is_thrown(reader, last):
        return [*_kept(others), ir.Throw(start, end, last)]
    if _does_something(last):
        if not any(isinstance(each, (ir.Call, ir.Name, ir.Member)) for each in others):
            return [ir.Return(start, end, last)]
        kept = ir.Name(last.start, last.start, f"<err@{last.start}>")  # it goes to the caller: nothing is dropped
        given = ir.Assign(last.start, last.end, kept, last, declares=True)
        return [given, ir.Return(start, end, _one(start, end, others))]
    return [ir.Return(start, end, _one(start, end, others))]


def _does_something(last: ir.Value) -> bool:
    """Whether the error is what a call gives, as its result or as a part of it (``return db.Create(order).Error``, ``return <-done``)."""
    while isinstance(last, ir.Member):
        last = last.object
    return isinstance(last, (ir.Call, ir.Receive))


def _kept(values: list[ir.Value]) -> list[ir.Statement]:
    return [ir.Evaluate(each.start, each.end, each) for each in values if isinstance(each, ir.Call) and not each.is_new]


def _one(start: int, end: int, values: list[ir.Value]) -> ir.Value | None:
    if len(values) > 1:
        return ir.Sequence(start, end, tuple(values))
    return values[0] if values else None


def _is_thrown(reader: Reader, last: ir.Value) -> bool:
    if isinstance(last, ir.Name):
        if last.name in reader.frame.caught:
            return True
        return last.name not in reader.frame.bound and _SENTINEL.fullmatch(last.name) is not None
    if isinstance(last, ir.Member):
        return _SENTINEL.fullmatch(last.name) is not None
    if not isinstance(last, ir.Call):
        return False
    if last.is_new:
        return True
    callee = last.callee
    if isinstance(callee, ir.Member) and isinstance(callee.object, ir.Name) and callee.object.name == "errors":
        return True
    return isinstance(callee, (ir.Name, ir.Member)) and _MAKERS.fullmatch(callee.name) is not None
