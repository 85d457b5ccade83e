"""LINQ's query syntax, as nested comprehensions."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.names import bound
from eventlens.syntax.csharp.reader import VALUES, Reader, inner, lowers_value, value
from eventlens.syntax.csharp.values import expressions


@lowers_value("query_expression")
def query(reader: Reader, node: Node) -> ir.Value:
    """The clauses in order; ``into`` makes what was read so far the source of what follows."""
    start = node.start_byte
    outer = reader.locals
    reader.locals = set(outer)
    reading = _Query(start)
    children = node.children
    for position, child in enumerate(children):
        if child.type == "identifier" and children[position - 1].type == "into":
            reading.go_on(bound(reader, child), child.end_byte)
        else:
            reading.read(reader, child)
    reader.locals = outer
    return reading.result(node.end_byte)


class _Query:
    """What was read of a query: its targets with their sources, and the conditions since."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.sources: list[tuple[ir.Value, ir.Value]] = []
        self.conditions: list[ir.Value] = []
        self.element: ir.Value | None = None

    def read(self, reader: Reader, node: Node) -> None:
        kind = node.type
        if kind == "from_clause":
            self._from(reader, node)
        elif kind == "join_clause":
            self._join(reader, node)
        elif kind == "let_clause":
            self._let(reader, node)
        elif kind == "where_clause":
            self.conditions.append(inner(reader, node))
        elif kind in ("select_clause", "group_clause"):
            written = [value(reader, each) for each in expressions(node)]
            self.element = written[0] if written else None
            if len(written) > 1:
                self.element = ir.Sequence(node.start_byte, node.end_byte, tuple(reversed(written)))
        elif kind == "order_by_clause":
            for each in expressions(node):
                value(reader, each)

    def _from(self, reader: Reader, node: Node) -> None:
        named = node.child_by_field_name("name")
        written = expressions(node)
        if not written:
            return
        source = value(reader, written[-1])
        target = bound(reader, named) if named is not None else source
        self.sources.append((target, source))

    def _join(self, reader: Reader, node: Node) -> None:
        """``join b in c on d equals e``: one more source with a condition."""
        written = [child for child in expressions(node) if child.type not in ("predefined_type",)]
        if len(written) < 4:
            return
        source = value(reader, written[-3])
        target = bound(reader, written[-4])
        sides = (value(reader, written[-2]), value(reader, written[-1]))
        self.sources.append((target, source))
        self.conditions.append(ir.Operation(written[-2].start_byte, written[-1].end_byte, "==", sides))
        for child in node.named_children:
            if child.type == "join_into_clause" and child.named_children:
                self.sources[-1] = (bound(reader, child.named_children[-1]), source)

    def _let(self, reader: Reader, node: Node) -> None:
        written = [child for child in node.children if child.type in VALUES]
        if len(written) == 2:
            content = value(reader, written[1])
            target = bound(reader, written[0])
            self.conditions.append(ir.AssignValue(node.start_byte, node.end_byte, target, content))

    def go_on(self, target: ir.Value, end: int) -> None:
        source = self.result(end)
        self.sources, self.conditions, self.element = [(target, source)], [], None

    def result(self, end: int) -> ir.Value:
        element = self.element or (self.sources[-1][0] if self.sources else None)
        if element is None:
            return ir.Unknown(self.start, end, "query_expression")
        conditions = tuple(self.conditions)
        for target, source in reversed(self.sources):
            element = ir.Comprehension(self.start, end, element, target, source, conditions)
            conditions = ()
        return element
