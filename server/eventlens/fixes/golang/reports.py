"""Reports of what was not delivered, which a library gives elsewhere: looked at, and logged."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.changes import Edit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.golang.code import functions_around, own_nodes, parameters
from eventlens.fixes.golang.loggers import logged
from eventlens.fixes.log_failed_publish import logging_offer
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding
from eventlens.flow.site_node import SiteNode

_TEXT = "message was not delivered"
_MAKING = frozenset(("NewAsyncProducer", "NewAsyncProducerFromClient"))


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """By library: the promise of a record, or the channel of errors."""
    subject = context.subject(finding)
    site = subject.at if subject is not None else None
    if site is None or site.chain or site.frame is None or not isinstance(site.node, ir.Call):
        return
    file = context.file(site.frame.module.path)
    edits: list[Edit] = []
    if site.match.library == "franz-go":
        edits = _promise(context, file, site.node)
    elif site.match.library == "sarama" and b".Errors()" not in file.source and b"Return.Errors" not in file.source:
        edits = _channel(context, file, site)
    if edits:
        yield logging_offer(file, edits)


def _promise(context: FixContext, file: SourceFile, call: ir.Call) -> list[Edit]:
    """franz-go's promise, which gets the error (https://pkg.go.dev/github.com/twmb/franz-go/pkg/kgo#Client.Produce)."""
    promise = file.node_at(call.args[2].value.start, call.args[2].value.end) if len(call.args) == 3 else None
    body = promise.child_by_field_name("body") if promise is not None and promise.type == "func_literal" else None
    if promise is None or body is None:
        return []
    listed = next((one for one in body.named_children if one.type == "statement_list"), None)
    names = [one.name for one in parameters(file, promise)]
    if listed is None or len(names) != 2 or names[1] in ("", "_"):
        return []
    if any(file.text(one) == names[1] for one in own_nodes(body, "identifier")):
        return []
    line, imports = logged(context, file, listed, _TEXT, names[1])
    newline, indent = file.style.newline, file.indent_at(listed.start_byte)
    inner = f"{newline}{indent}{file.style.indent}"
    guard = f"if {names[1]} != nil {{{inner}{line}{inner}return{newline}{indent}}}{newline}{indent}"
    return [Edit(listed.start_byte, listed.start_byte, guard), *imports]


def _channel(context: FixContext, file: SourceFile, site: SiteNode) -> list[Edit]:
    """The errors of sarama's producer, which must be read (https://pkg.go.dev/github.com/IBM/sarama#AsyncProducer): where it is made."""
    made = [one for one in file.nodes("short_var_declaration") if _makes_producer(file, one)]
    behind = made[0].next_named_sibling if len(made) == 1 else None
    names = made[0].child_by_field_name("left") if made else None
    if behind is None or names is None or behind.type != "if_statement" or not _is_for(file, made[0], site):
        return []
    line, imports = logged(context, file, made[0], _TEXT, "failed")
    newline, indent = file.style.newline, file.indent_at(behind.start_byte)
    lines = [
        "go func() {",
        f"{file.style.indent}for failed := range {file.text(names.named_children[0])}.Errors() {{",
        f"{file.style.indent * 2}{line}",
        f"{file.style.indent}}}",
        "}()",
    ]
    return [Edit(behind.end_byte, behind.end_byte, "".join(f"{newline}{indent}{one}" for one in lines)), *imports]


def _makes_producer(file: SourceFile, declaration: Node) -> bool:
    left, right = declaration.child_by_field_name("left"), declaration.child_by_field_name("right")
    call = right.named_children[0] if right is not None and len(right.named_children) == 1 else None
    callee = call.child_by_field_name("function") if call is not None and call.type == "call_expression" else None
    return (
        left is not None
        and len(left.named_children) == 2
        and callee is not None
        and file.text(callee).rpartition(".")[2] in _MAKING
    )


def _is_for(file: SourceFile, made: Node, site: SiteNode) -> bool:
    """Whether a producer is made in the function that sends, or in one that makes objects of the sending method's type."""
    assert site.frame is not None
    function = next(functions_around(file, made), None)
    if function is None:
        return False
    if site.frame.cls is None or function.start_byte <= site.frame.start < function.end_byte:
        return True
    return f"&{site.frame.cls.name}{{" in file.text(function)
