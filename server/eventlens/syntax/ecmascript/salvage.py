"""What a syntax error in JavaScript or TypeScript leaves standing."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.reader import HANDLERS, STATEMENTS, Reader
from eventlens.syntax.reader import StatementHandler
from eventlens.syntax.salvage import Salvage

DECLARED_EXPRESSIONS = {
    "function_expression": "function_declaration",
    "generator_function": "function_declaration",
    "class": "class_declaration",
}
"""Expressions that in a statement's place are, where they have a name, declarations that were cut short."""


class _Salvage(Salvage[Reader]):
    own_lists = frozenset({"statement_block", "class_body", "switch_body", "program"})
    callees = frozenset(
        {"identifier", "member_expression", "call_expression", "await_expression", "subscript_expression"}
    )
    heads = frozenset({"function", "class", "async", "get", "set", "static", "*", "new"})
    too_little = frozenset(
        {
            *("identifier", "property_identifier", "private_property_identifier", "shorthand_property_identifier"),
            *("type_identifier", "nested_identifier", "nested_type_identifier", "statement_identifier"),
            *("shorthand_property_identifier_pattern", "object_pattern", "array_pattern", "string", "number", "regex"),
            *("true", "false", "null", "undefined", "this", "super", "import"),
        }
    )

    def collect_one(
        self, reader: Reader, node: Node, lowered: list[ir.Statement], lower_one: StatementHandler[Reader] | None
    ) -> None:
        declared = DECLARED_EXPRESSIONS.get(node.type)
        if declared is not None and node.child_by_field_name("name") is not None:
            STATEMENTS[declared](reader, node, lowered)
        else:
            super().collect_one(reader, node, lowered, lower_one)


_SALVAGE = _Salvage(HANDLERS)
statement, collect = _SALVAGE.statement, _SALVAGE.collect
salvaged, salvage_inside = _SALVAGE.salvaged, _SALVAGE.salvage_inside
