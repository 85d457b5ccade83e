"""What a syntax error in C# leaves standing."""

from __future__ import annotations

from eventlens.syntax.csharp.reader import HANDLERS, Reader
from eventlens.syntax.salvage import Salvage


class _Salvage(Salvage[Reader]):
    own_lists = frozenset({"block", "declaration_list", "switch_body", "compilation_unit", "switch_section"})
    callees = frozenset({"identifier", "member_access_expression", "invocation_expression", "await_expression"})
    heads = frozenset(
        {"class", "struct", "record", "new", "identifier", "predefined_type", "generic_name", "array_type"}
    )
    too_little = frozenset(
        {
            *("identifier", "qualified_name", "generic_name", "predefined_type", "implicit_type", "array_type"),
            *("nullable_type", "pointer_type", "tuple_type", "alias_qualified_name", "string_literal", "discard"),
            *("verbatim_string_literal", "raw_string_literal", "integer_literal", "real_literal", "boolean_literal"),
            *("null_literal", "character_literal", "this", "base", "implicit_parameter", "default_expression"),
        }
    )


_SALVAGE = _Salvage(HANDLERS)
statement, collect = _SALVAGE.statement, _SALVAGE.collect
salvaged, salvage_inside = _SALVAGE.salvaged, _SALVAGE.salvage_inside
