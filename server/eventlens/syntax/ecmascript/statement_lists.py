"""Runs of statements: the top of a file, blocks, function bodies."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.reader import Reader, value
from eventlens.syntax.ecmascript.salvage import salvaged, statement
from eventlens.syntax.kept_parts import KeptParts, Lowered
from eventlens.syntax.reader import StatementHandler


def statements(
    reader: Reader, nodes: Sequence[Node], lower_one: StatementHandler[Reader] = statement
) -> tuple[ir.Statement, ...]:
    """Lower statement nodes in order; a syntax error among or inside them adds what could be saved from it."""
    lowered: list[ir.Statement] = []
    begin = nodes[0].start_byte if nodes else 0
    for position, node in enumerate(nodes):
        kind = node.type
        if kind == "comment":
            reader.comment = node
            continue
        if kind == "ERROR":
            lowered.append(salvaged(reader, node))
        elif reader.disposes and _is_using(node):
            lowered.append(_using(reader, node, nodes[position + 1 :]))
            break
        elif reader.kept is None:
            lower_one(reader, node, lowered)
        else:
            lowered.extend(_kept(reader, reader.kept, node, begin, lower_one))
        begin = node.end_byte
    return tuple(lowered)


def _kept(
    reader: Reader, kept: KeptParts, node: Node, begin: int, lower_one: StatementHandler[Reader]
) -> Sequence[ir.Statement]:
    """What one statement is lowered to; one that an edit left alone is not lowered again."""
    last = reader.exports[-1] if reader.exports and not reader.scope else None
    state = (reader.scope, reader.depth, reader.disposes, lower_one, last and (last.name, last.local))
    found = kept.lowered(node, state, lambda: _apart(reader, node, lower_one), begin)
    imported, exported = found.beside
    reader.imports.extend(imported)
    reader.exports.extend(exported)
    return found.nodes


def _apart(reader: Reader, node: Node, lower_one: StatementHandler[Reader]) -> Lowered:
    """What a statement is lowered to, with what it imports and exports."""
    imports, exports = len(reader.imports), len(reader.exports)
    lowered: list[ir.Statement] = []
    lower_one(reader, node, lowered)
    found = Lowered(tuple(lowered), (tuple(reader.imports[imports:]), tuple(reader.exports[exports:])))
    del reader.imports[imports:], reader.exports[exports:]
    return found


def block(reader: Reader, node: Node) -> tuple[ir.Statement, ...]:
    """The statements of a block, or the one statement that stands in a block's place."""
    if node.type == "statement_block":
        return statements(reader, node.named_children)
    return statements(reader, [node])


def _is_using(node: Node) -> bool:
    """A ``using x = …``, which one grammar takes for a declaration and the other for a marked assignment."""
    if node.type == "using_declaration":
        return True
    if node.type != "expression_statement":
        return False
    inner = node.children[0]
    if inner.type == "await_expression" and inner.children:
        inner = inner.children[-1]
    return inner.type == "assignment_expression" and inner.children[0].type == "using"


def _using(reader: Reader, node: Node, rest: Sequence[Node]) -> ir.With:
    """The rest of the block is what the resource covers."""
    items: list[ir.Statement] = []
    is_async = reader.text.startswith("await", node.start_byte)
    if node.type == "using_declaration":
        for child in node.named_children:
            if child.type == "variable_declarator":
                statement(reader, child, items)
    else:
        written = node.children[0]
        if written.type == "await_expression":
            written = written.children[-1]
        children = written.children
        target, content = value(reader, children[1]), value(reader, children[-1])
        items.append(ir.Assign(written.start_byte, written.end_byte, target, content, "", True, True))
    end = rest[-1].end_byte if rest else node.end_byte
    return ir.With(node.start_byte, end, tuple(items), statements(reader, rest), is_async)
