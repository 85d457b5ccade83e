"""Python operators, conditional expressions and comprehensions. Left-recursive chains are read with loops."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.python_context import NOT_SYNTAX, parts_of
from eventlens.syntax.python_templates import is_text, joined, negated_literal, percent_template
from eventlens.syntax.python_values import LowerValue, ValueLowering

_OPERATORS = {"is not": "!=", "<>": "!="}
_LONGEST_OPERATION = 40
"""Binary operators nested in one another's left side; longer chains become one flat operation."""

_LEFT_RECURSIVE = frozenset({"binary_operator", "boolean_operator"})


class OperatorLowering(ValueLowering):
    """Lowers operators and comprehensions."""

    def _operator(self, node: Node) -> ir.Value:
        """A left-recursive chain of one precedence after another, read from its right end."""
        links: list[tuple[Node, str, Node]] = []
        while node.type in _LEFT_RECURSIVE:
            children = node.children
            operator = children[1] if len(children) == 3 else node.child_by_field_name("operator")
            right = children[-1]
            if operator is None:
                break
            links.append((node, operator.type, right))
            node = children[0]
        if len(links) > _LONGEST_OPERATION and len({operator for _, operator, _ in links}) > 1:
            return self._flat_unknown(node, links)
        depth = self.depth
        self.depth = depth + min(len(links), _LONGEST_OPERATION)
        left = self.value(node)
        self.depth = depth
        links.reverse()
        position = 0
        while position < len(links):
            joined = links[position][1]
            run = list(_run(links, position))
            left = self._folded(left, joined, run)
            position += len(run)
        return left

    def _flat_unknown(self, first: Node, links: list[tuple[Node, str, Node]]) -> ir.Value:
        operands = [first, *[right for _, _, right in reversed(links)]]
        return ir.Unknown(links[0][0].start_byte, links[0][0].end_byte, links[0][0].type, self.values(operands))

    def _folded(self, left: ir.Value, operator: str, run: list[tuple[Node, str, Node]]) -> ir.Value:
        start, end = run[0][0].start_byte, run[-1][0].end_byte
        if operator == "%" and len(run) == 1 and type(left) is ir.Literal:
            right = self.value(run[0][2])
            return percent_template(start, end, left, right) or ir.Operation(start, end, "%", (left, right))
        operands = [left, *[self.value(right) for _, _, right in run]]
        if operator == "or":
            return ir.Choice(start, end, tuple(_spliced_options(operands)))
        if operator == "+" and any(is_text(operand) for operand in operands):
            return joined(start, end, operands)
        if operator == "and" or len(run) > _LONGEST_OPERATION:
            return ir.Operation(start, end, operator, tuple(operands))
        value = left
        for (link, _, _), right_value in zip(run, operands[1:]):
            value = ir.Operation(link.start_byte, link.end_byte, operator, (value, right_value))
        return value

    def _comparison(self, node: Node) -> ir.Value:
        start, end = node.start_byte, node.end_byte
        operands: list[ir.Value] = []
        operators: list[str] = []
        for child in node.children:
            if child.type in NOT_SYNTAX:
                continue
            if child.is_named:
                operands.append(self.value(child))
            else:
                operators.append(_OPERATORS.get(child.type, child.type))
        pairs = [
            ir.Operation(left.start, right.end, operator, (left, right))
            for left, operator, right in zip(operands, operators, operands[1:])
        ]
        if len(pairs) == 1:
            return ir.Operation(start, end, pairs[0].operator, pairs[0].operands)
        return ir.Operation(start, end, "and", tuple(pairs))

    def _not(self, node: Node) -> ir.Value:
        return ir.Operation(node.start_byte, node.end_byte, "not", (self.field_value(node, "argument"),))

    def _unary(self, node: Node) -> ir.Value:
        start, end = node.start_byte, node.end_byte
        operator = node.children[0].type
        operand = self.field_value(node, "argument")
        negative = negated_literal(start, operand) if operator == "-" else None
        return negative or ir.Operation(start, end, operator, (operand,))

    def _conditional(self, node: Node) -> ir.Value:
        parts = parts_of(node)
        if len(parts) != 3:
            return self._unknown(node)
        then, condition, otherwise = self.values(parts)
        return ir.Choice(node.start_byte, node.end_byte, (then, otherwise), condition)

    def _comprehension(self, node: Node) -> ir.Value:
        parts = parts_of(node)
        start, end = node.start_byte, node.end_byte
        clauses: list[tuple[Node, list[Node]]] = []
        for part in parts[1:]:
            if part.type == "for_in_clause":
                clauses.append((part, []))
            elif part.type == "if_clause" and clauses:
                clauses[-1][1].append(part)
        if not parts or not clauses:
            return self._unknown(node)
        element = self.value(parts[0])
        for clause, conditions in reversed(clauses):
            element = ir.Comprehension(
                start,
                end,
                element,
                self.field_value(clause, "left"),
                self._iterated(clause),
                tuple([self._last(condition) for condition in conditions]),
            )
        return element

    def _iterated(self, clause: Node) -> ir.Value:
        sources = [child for child in clause.children_by_field_name("right") if child.is_named]
        if len(sources) == 1:
            return self.value(sources[0])
        return ir.Sequence(clause.start_byte, clause.end_byte, self.values(sources))

    VALUES: ClassVar[dict[str, LowerValue]] = {
        **ValueLowering.VALUES,
        "binary_operator": _operator,
        "boolean_operator": _operator,
        "comparison_operator": _comparison,
        "conditional_expression": _conditional,
        "dictionary_comprehension": _comprehension,
        "generator_expression": _comprehension,
        "list_comprehension": _comprehension,
        "not_operator": _not,
        "set_comprehension": _comprehension,
        "unary_operator": _unary,
    }


def _run(links: list[tuple[Node, str, Node]], position: int) -> Iterable[tuple[Node, str, Node]]:
    operator = links[position][1]
    for link in links[position:]:
        if link[1] != operator:
            return
        yield link


def _spliced_options(operands: list[ir.Value]) -> Iterable[ir.Value]:
    for operand in operands:
        if type(operand) is ir.Choice and operand.condition is None:
            yield from operand.options
        else:
            yield operand
