"""A catch of Java or Kotlin that is to let its failure out."""

from __future__ import annotations

import re
from typing import NamedTuple

from tree_sitter import Node

from eventlens.fixes.blocks import statements_of
from eventlens.fixes.functions import function_around
from eventlens.fixes.jvm import code
from eventlens.fixes.source import SourceFile

_CLAUSES = ("catch_clause", "catch_block")
_UNCHECKED = re.compile(
    r"\w*RuntimeException|Illegal(?:State|Argument)Exception|UncheckedIOException|DataAccessException|KafkaException|AmqpException"
)


class Clause(NamedTuple):
    """A catch clause: its attempt, its block, the name of what is caught and the type of that as it is written."""

    node: Node
    attempt: Node
    body: Node
    name: str
    kind: str


def clause_of(file: SourceFile, start: int, end: int) -> Clause | None:
    """The clause of the catch that covers these bytes, whose attempt is a statement, with nothing that is done in the end all the same."""
    node: Node | None = file.tree.root_node.named_descendant_for_byte_range(start, end)
    while node is not None and node.type not in _CLAUSES:
        node = node.parent
    attempt = node.parent if node is not None else None
    body = next((one for one in node.named_children if one.type == "block"), None) if node is not None else None
    if node is None or attempt is None or body is None or attempt.parent is None:
        return None
    if any(one.type in ("finally_clause", "finally_block") for one in attempt.named_children):
        return None
    if code.statement_around(file, attempt.start_byte, attempt.end_byte) != attempt:
        return None
    head = file.source[node.start_byte : body.start_byte].decode("utf-8", "replace")
    said = re.search(
        r"\(\s*(?:final\s+)?(?P<type>[\w.|\s]+?)\s+(?P<name>\w+)\s*\)|\(\s*(?P<named>\w+)\s*:\s*(?P<kind>[\w.]+)\s*\)",
        head,
    )
    if said is None:
        return None
    return Clause(node, attempt, body, said["name"] or said["named"], said["type"] or said["kind"])


def throwing(file: SourceFile, clause: Clause) -> str:
    """What throws the caught failure on: as it is where the compiler is known to let it, else as the cause of an unchecked one."""
    if file.language == "kotlin":
        return f"throw {clause.name}"
    function = function_around(file, clause.node)
    is_declared = function is not None and code.declares_every_failure(file, function)
    is_unchecked = all(_UNCHECKED.fullmatch(one.strip().rpartition(".")[2]) for one in clause.kind.split("|"))
    if is_unchecked or (is_declared and clause.kind != "Throwable"):
        return f"throw {clause.name}"
    return f"throw new IllegalStateException({clause.name})"


def is_followed_for_nothing(file: SourceFile, clause: Clause) -> bool:
    """Whether what comes behind an attempt would never be reached once its catch ends with a throw: the attempt leaves by itself."""
    block = clause.attempt.child_by_field_name("body") or next(
        (one for one in clause.attempt.named_children if one.type == "block"), None
    )
    around = clause.attempt.parent
    if block is None or around is None or not statements_of(block):
        return False
    return code.leaves(statements_of(block)[-1]) and statements_of(around)[-1] != clause.attempt
