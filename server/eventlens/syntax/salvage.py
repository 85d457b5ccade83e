"""Statements, and what a syntax error leaves standing: the statements and values inside it become a `Block` labelled "error"."""

from __future__ import annotations

from typing import ClassVar, Generic

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.reader import Handlers, ReaderT, StatementHandler


class Salvage(Generic[ReaderT]):
    """How one front end saves what stands in an error. The sets are types of nodes."""

    own_lists: ClassVar[frozenset[str]]
    """Nodes whose handlers salvage the errors among their children themselves."""
    callees: ClassVar[frozenset[str]]
    """What may be called by an argument list that is never closed."""
    heads: ClassVar[frozenset[str]] = frozenset()
    """Words and types after which a name and a parenthesis are a declaration's head, not a call."""
    comments: ClassVar[frozenset[str]] = frozenset({"comment"})
    too_little: ClassVar[frozenset[str]] = frozenset()
    """Values that say nothing when they stand alone."""

    def __init__(self, handlers: Handlers[ReaderT]) -> None:
        self.handlers = handlers

    def statement(self, reader: ReaderT, node: Node, lowered: list[ir.Statement]) -> None:
        """Lower one statement node; one node may be several statements, or none."""
        handler = self.handlers.statements.get(node.type)
        if handler is None:
            if reader.damaged and node.is_named:
                self.collect(reader, node, lowered)
            return
        if reader.depth > self.handlers.deepest:
            start, end = node.start_byte, node.end_byte
            lowered.append(ir.Evaluate(start, end, ir.Unknown(start, end, "nesting")))
            return
        reader.depth += 1
        handler(reader, node, lowered)
        reader.depth -= 1
        if reader.damaged and node.has_error:
            self.salvage_inside(reader, node, lowered)

    def salvaged(self, reader: ReaderT, error: Node) -> ir.Block:
        """The statements that stand in an error node, or that its values make."""
        lowered: list[ir.Statement] = []
        self.collect(reader, error, lowered)
        return ir.Block(error.start_byte, reader.end_of(error), tuple(lowered), "error")

    def salvage_inside(self, reader: ReaderT, node: Node, lowered: list[ir.Statement]) -> None:
        """Salvage the errors inside a lowered statement that no list of statements inside it accounts for."""
        statements = self.handlers.statements
        waiting = _with_those_before(node)
        while waiting:
            each, before = waiting.pop()
            kind = each.type
            if kind == "ERROR":
                block = self._salvaged_after(reader, each, before)
                if block.body:
                    lowered.append(block)
            elif kind not in self.own_lists and kind not in statements and each.has_error:
                waiting.extend(_with_those_before(each))

    def _salvaged_after(self, reader: ReaderT, error: Node, callee: Node | None) -> ir.Block:
        """An error's block; where it is the open argument list of ``callee``, the node before it, that call is in the block."""
        children = error.children
        if callee is None or callee.type not in self.callees or not children or children[0].type != "(":
            return self.salvaged(reader, error)
        call, _ = self._open_call(reader, callee, children, 1)
        return ir.Block(error.start_byte, reader.end_of(error), (ir.Evaluate(call.start, call.end, call),), "error")

    def collect(
        self,
        reader: ReaderT,
        node: Node,
        lowered: list[ir.Statement],
        lower_one: StatementHandler[ReaderT] | None = None,
    ) -> None:
        """Append what a node's children make, each on its own, as statements; ``lower_one`` lowers those that are statements."""
        if reader.depth > self.handlers.deepest:
            return
        reader.depth += 1
        children = node.children
        position = 0
        before = ""
        while position < len(children):
            child = children[position]
            position += 1
            kind = child.type
            opens = position < len(children) and children[position].type == "("
            if opens and kind in self.callees and before not in self.heads:
                call, position = self._open_call(reader, child, children, position + 1)
                lowered.append(ir.Evaluate(call.start, call.end, call))
            else:
                self.collect_one(reader, child, lowered, lower_one)
            before = kind
        reader.depth -= 1

    def collect_one(
        self, reader: ReaderT, node: Node, lowered: list[ir.Statement], lower_one: StatementHandler[ReaderT] | None
    ) -> None:
        """Append what one node makes."""
        kind = node.type
        if kind in self.comments:
            reader.comment = node
        elif kind in self.handlers.statements:
            (lower_one or self.handlers.statements[kind])(reader, node, lowered)
            if lower_one is None and node.has_error:
                self.salvage_inside(reader, node, lowered)
        elif self.is_value(kind):
            if self.tells(kind):
                self.lower_value(reader, node, lowered)
                if node.has_error:
                    self.salvage_inside(reader, node, lowered)
        elif node.child_count:
            self.collect(reader, node, lowered)

    def is_value(self, kind: str) -> bool:
        """Whether such a node is an expression."""
        return kind in self.handlers.values

    def tells(self, kind: str) -> bool:
        """Whether an expression says something when it stands alone."""
        return kind not in self.too_little

    def lower_value(self, reader: ReaderT, node: Node, lowered: list[ir.Statement]) -> None:
        """Append an expression that stands alone."""
        content = self.handlers.value(reader, node)
        lowered.append(ir.Evaluate(content.start, content.end, content))

    def argument(self, node: Node) -> Node | None:
        """The expression that a node among a call's arguments is, or holds; None where the arguments end."""
        return node if node.type in self.handlers.values else None

    def _open_call(self, reader: ReaderT, callee: Node, children: list[Node], position: int) -> tuple[ir.Value, int]:
        """The call whose arguments begin at ``position`` of ``children`` and are never closed; and the position after them."""
        is_awaited = callee.type == "await_expression"
        function = self.handlers.value(reader, callee.children[-1] if is_awaited else callee)
        given: list[ir.Argument] = []
        end = function.end
        while position < len(children):
            child = children[position]
            written = self.argument(child)
            if written is None and child.type != ",":
                break
            position += 1
            if written is not None:
                content = self.handlers.value(reader, written)
                inner, spread = (content.value, "*") if isinstance(content, ir.Spread) else (content, "")
                given.append(ir.Argument(content.start, content.end, inner, None, spread))
                end = max(end, content.end)
        call: ir.Value = ir.Call(function.start, end, function, tuple(given))
        return (ir.Await(callee.start_byte, end, call) if is_awaited else call), position


def _with_those_before(node: Node) -> list[tuple[Node, Node | None]]:
    """A node's children, last first, each with the one before it: to ask the tree for that costs a walk from its root."""
    children = node.children
    return list(zip(reversed(children), [*reversed(children[:-1]), None]))
