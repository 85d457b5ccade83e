"""Bound the retry: after some attempts a message that fails is let go of, and the failure is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.blocks import leaves, statements_of
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.csharp import deliveries as csharp_deliveries
from eventlens.fixes.functions import call_at, function_around
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding
from eventlens.flow.scopes import Frame
from eventlens.syntax.grammars import language_of

ATTEMPTS = 5
_ENDLESS = frozenset(("Infinity", "Number.POSITIVE_INFINITY", "Number.MAX_SAFE_INTEGER", "Number.MAX_VALUE", "None"))
_ALWAYS = frozenset(("true", "True", "1"))
_COUNTS = frozenset(("retries", "attempts", "maxRetries", "max_retries"))


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """An option that says how often, or a counter for a loop around an attempt or for a function that calls itself again."""
    subject = context.subject(finding)
    if subject is None or subject.at is None:
        return
    if subject.frame is not None and isinstance(subject.node, ir.Loop):
        file = context.file(subject.frame.module.path)
        edits = _counted(file, subject.node)
        if edits:
            yield bounding_offer(f"Give up after {ATTEMPTS} attempts", file, edits)
    elif subject.frame is not None and isinstance(subject.node, ir.Call):
        file = context.file(subject.frame.module.path)
        if subject.at.match.library == csharp_deliveries.LIBRARY:
            edit = csharp_deliveries.given_back_once(subject.node)
            if edit is not None:
                yield bounding_offer("Give it back once only", file, [edit], preferred=False)
            return
        edits = _numbered(file, subject.frame, subject.node)
        if edits:
            yield bounding_offer(f"Give up after {ATTEMPTS} attempts", file, edits)
    elif subject.node is None and language_of(subject.at.module.path) is not None:
        file = context.file(subject.at.module.path)
        edits = _limited(file)
        if edits:
            yield bounding_offer(f"Limit the retries to {ATTEMPTS}", file, edits)


def bounding_offer(title: str, file: SourceFile, edits: list[Edit], preferred: bool = True) -> Offer:
    """The offer of edits of one file after which something is tried a bounded number of times."""
    return Offer("bound", title, lambda: edited({file.path: edits}), preferred)


def _limited(file: SourceFile) -> list[Edit]:
    """The one option of the file that sets no limit."""
    found = []
    for node in file.nodes("pair", "keyword_argument"):
        name = node.child_by_field_name("key") or node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        if name is None or value is None or file.text(name).strip("'\"") not in _COUNTS:
            continue
        if file.text(value) in _ENDLESS:
            found.append(Edit(value.start_byte, value.end_byte, str(ATTEMPTS)))
    return found if len(found) == 1 else []


def _counted(file: SourceFile, loop: ir.Loop) -> list[Edit]:
    """``while (true) { try … catch … }`` → a counted loop whose last failure gets out."""
    node: Node | None = file.tree.root_node.named_descendant_for_byte_range(loop.start, loop.end)
    while node is not None and node.type not in ("while_statement", "for_statement"):
        node = next(
            (child for child in node.named_children if child.type in ("while_statement", "for_statement")), None
        )
    body = node.child_by_field_name("body") if node is not None else None
    function = function_around(file, node) if node is not None else None
    if node is None or body is None or function is None or "attempt" in file.text(function):
        return []
    attempts = [one for one in statements_of(body) if one.type == "try_statement"]
    if len(attempts) != 1 or len(statements_of(body)) != 1:
        return []
    if file.language == "python":
        return _counted_python(file, node, attempts[0])
    return _counted_ecmascript(file, node, body, attempts[0])


def _counted_python(file: SourceFile, loop: Node, attempt: Node) -> list[Edit]:
    condition = loop.child_by_field_name("condition")
    clauses = [child for child in attempt.named_children if child.type == "except_clause"]
    if condition is None or len(clauses) != 1 or loop.child_by_field_name("alternative") is not None:
        return []
    body = next((child for child in clauses[0].named_children if child.type == "block"), None)
    first = statements_of(body)[0] if body is not None and statements_of(body) else None
    if first is None or body is None or any(leaves(one) for one in statements_of(body)):
        return []
    indent, newline = file.indent_at(first.start_byte), file.style.newline
    guard = f"if attempt == {ATTEMPTS}:{newline}{indent}{file.style.indent}raise{newline}{indent}"
    given_up = Edit(first.start_byte, first.start_byte, guard)
    if file.text(condition) in _ALWAYS and not any(_gives(attempt)):
        return [Edit(loop.start_byte, condition.end_byte, f"for attempt in range(1, {ATTEMPTS + 1})"), given_up]
    # A condition stays, and a type checker sees that no loop without one is left at its end.
    before, inside = file.indent_at(loop.start_byte), file.indent_at(attempt.start_byte)
    return [
        Edit(loop.start_byte, loop.start_byte, f"attempt = 0{newline}{before}"),
        Edit(attempt.start_byte, attempt.start_byte, f"attempt += 1{newline}{inside}"),
        given_up,
    ]


def _gives(node: Node) -> Iterator[bool]:
    """Whether a function gives something back from within a loop."""
    yield node.type == "return_statement" and bool(node.named_children)
    for child in node.named_children:
        yield from _gives(child)


def _counted_ecmascript(file: SourceFile, loop: Node, body: Node, attempt: Node) -> list[Edit]:
    clause = attempt.child_by_field_name("handler")
    block = clause.child_by_field_name("body") if clause is not None else None
    parameter = clause.child_by_field_name("parameter") if clause is not None else None
    if clause is None or block is None or not statements_of(block) or any(leaves(one) for one in statements_of(block)):
        return []
    if parameter is not None and parameter.type != "identifier":
        return []
    name, first = file.text(parameter) if parameter is not None else "error", statements_of(block)[0]
    end, indent = ";" if file.style.semicolons else "", file.indent_at(first.start_byte)
    guard = f"if (attempt === {ATTEMPTS}) throw {name}{end}{file.style.newline}{indent}"
    condition = loop.child_by_field_name("condition")
    written = file.text(condition).removeprefix("(").removesuffix(")") if condition is not None else ""
    if loop.type == "for_statement":
        if re.sub(r"\s", "", file.source[loop.start_byte : body.start_byte].decode()) != "for(;;)":
            return []
        written = "true"
    turns = "" if written in _ALWAYS else f" {written}"
    edits = [
        Edit(loop.start_byte, body.start_byte, f"for (let attempt = 1;{turns}; attempt += 1) "),
        Edit(first.start_byte, first.start_byte, guard),
    ]
    if parameter is None:
        keyword = clause.children[0]
        edits.append(Edit(keyword.end_byte, keyword.end_byte, f" ({name})"))
    return edits


# ------------------------------------------------------------------------------------------- a function calling itself


def _numbered(file: SourceFile, frame: Frame, call: ir.Call) -> list[Edit]:
    """A function that calls itself again in its catch gets the number of the attempt, and lets the failure of the last one out."""
    node, clause = call_at(file, call.start, call.end), file.statement_around(call.start, call.end)
    function = function_around(file, clause)
    caught = file.enclosing(clause, "catch_clause", "except_clause")
    arguments = node.child_by_field_name("arguments") if node is not None else None
    parameters = function.child_by_field_name("parameters") if function is not None else None
    if function is None or caught is None or arguments is None or parameters is None or frame.function is None:
        return []
    if not _calls_itself(file, frame, call) or "attempt" in file.text(function):
        return []
    if not parameters.named_children or any(one.type not in _PLAIN for one in parameters.named_children):
        return []
    own = [one.name for one in frame.function.parameters if one.name not in ("self", "cls")]
    if len(call.args) != len(own) or any(one.name for one in call.args) or not call.args:
        return []
    body = next((one for one in caught.named_children if one.type in ("statement_block", "block")), None)
    if body is None or not statements_of(body):
        return []
    given = arguments.named_children[-1]
    typed = file.language == "python" and parameters.named_children[-1].type == "typed_parameter"
    parameter = ", attempt: int = 1" if typed else ", attempt=1" if file.language == "python" else ", attempt = 1"
    last = parameters.named_children[-1].end_byte
    return [
        Edit(last, last, parameter),
        *_given_up(file, caught, statements_of(body)[0]),
        Edit(given.end_byte, given.end_byte, ", attempt + 1"),
    ]


_PLAIN = ("identifier", "typed_parameter", "required_parameter")


def _calls_itself(file: SourceFile, frame: Frame, call: ir.Call) -> bool:
    callee = call.callee
    name = callee.name if isinstance(callee, ir.Name | ir.Member) else ""
    written = file.written(callee)
    return (
        frame.function is not None and name == frame.function.name and written in (name, f"self.{name}", f"this.{name}")
    )


def _given_up(file: SourceFile, caught: Node, first: Node) -> list[Edit]:
    indent, newline = file.indent_at(first.start_byte), file.style.newline
    if file.language == "python":
        guard = f"if attempt == {ATTEMPTS}:{newline}{indent}{file.style.indent}raise{newline}{indent}"
        return [Edit(first.start_byte, first.start_byte, guard)]
    parameter = caught.child_by_field_name("parameter")
    name = file.text(parameter) if parameter is not None else "error"
    end = ";" if file.style.semicolons else ""
    guard = f"if (attempt === {ATTEMPTS}) throw {name}{end}{newline}{indent}"
    keyword = caught.children[0]
    named = [] if parameter is not None else [Edit(keyword.end_byte, keyword.end_byte, f" ({name})")]
    return [*named, Edit(first.start_byte, first.start_byte, guard)]
