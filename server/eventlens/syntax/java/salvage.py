"""What a syntax error in Java leaves standing."""

from __future__ import annotations

from eventlens.syntax.java.reader import COMMENTS, HANDLERS, Reader
from eventlens.syntax.salvage import Salvage

_TELLING = frozenset(
    {
        *("method_invocation", "object_creation_expression", "lambda_expression", "assignment_expression"),
        *("switch_expression", "binary_expression", "ternary_expression", "cast_expression", "template_expression"),
        *("parenthesized_expression", "array_initializer", "array_creation_expression", "unary_expression"),
        *("update_expression", "method_reference", "annotation"),
    }
)


class _Salvage(Salvage[Reader]):
    own_lists = frozenset(
        {
            *("block", "class_body", "interface_body", "enum_body", "enum_body_declarations", "annotation_type_body"),
            *("constructor_body", "switch_block", "switch_block_statement_group", "program"),
        }
    )
    callees = frozenset({"identifier", "field_access"})
    comments = COMMENTS

    def tells(self, kind: str) -> bool:
        return kind in _TELLING


_SALVAGE = _Salvage(HANDLERS)
statement, collect = _SALVAGE.statement, _SALVAGE.collect
salvaged, salvage_inside = _SALVAGE.salvaged, _SALVAGE.salvage_inside
