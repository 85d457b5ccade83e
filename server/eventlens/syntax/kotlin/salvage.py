"""What a syntax error in Kotlin leaves standing."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.reader import COMMENTS, DROP, HANDLERS, SETTLERS, VALUES, Reader, settle
from eventlens.syntax.salvage import Salvage


class _Salvage(Salvage[Reader]):
    own_lists = frozenset({"block", "class_body", "enum_class_body", "source_file", "lambda_literal"})
    callees = frozenset({"identifier", "navigation_expression", "call_expression", "index_expression"})
    heads = frozenset({"fun", "class", "interface", "object", "constructor", "catch"})
    comments = COMMENTS
    too_little = frozenset(
        {
            *("identifier", "string_literal", "multiline_string_literal", "character_literal", "number_literal"),
            *("float_literal", "this_expression", "super_expression"),
        }
    )

    def is_value(self, kind: str) -> bool:
        return kind in VALUES or kind in SETTLERS

    def lower_value(self, reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
        settle(reader, node, lowered, DROP)

    def argument(self, node: Node) -> Node | None:
        if node.type == "value_argument":
            return node.named_children[-1] if node.named_children else node
        return super().argument(node)


_SALVAGE = _Salvage(HANDLERS)
collect = _SALVAGE.collect
salvaged, salvage_inside = _SALVAGE.salvaged, _SALVAGE.salvage_inside
