"""Python type annotations to `ir.TypeRef`."""

from __future__ import annotations

import re

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.grammars import parsed
from eventlens.syntax.moving import moved
from eventlens.syntax.python_context import MAX_DEPTH, Context, parts_of
from eventlens.syntax.python_strings import literal_text, number, opening

_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*\Z")
_WRAPPERS = frozenset({"Annotated", "ClassVar", "Final", "InitVar", "NotRequired", "ReadOnly", "Required", "Unpack"})
_WORDS = {"True": True, "False": False}


class TypeLowering(Context):
    """Lowers annotations."""

    def type_ref(self, node: Node) -> ir.TypeRef:
        """The type written at ``node``: a ``type`` node or any expression."""
        kind = node.type
        while kind == "type" or kind == "parenthesized_expression":
            inner = parts_of(node)
            if len(inner) != 1:
                return ir.TypeRef(node.start_byte, node.end_byte, "?")
            node = inner[0]
            kind = node.type
        if kind == "identifier":
            return ir.TypeRef(node.start_byte, node.end_byte, self.text(node))
        self.depth += 1
        lowered = self._compound_type(node, kind) if self.depth <= MAX_DEPTH else None
        self.depth -= 1
        return lowered or ir.TypeRef(node.start_byte, node.end_byte, "?")

    def _compound_type(self, node: Node, kind: str) -> ir.TypeRef | None:
        start, end = node.start_byte, node.end_byte
        if kind == "attribute" or kind == "dotted_name" or kind == "member_type":
            return self._dotted_type(node)
        if kind == "generic_type" or kind == "subscript":
            return self._generic_type(node)
        if kind == "binary_operator" or kind == "union_type":
            return self._union(node)
        if kind == "none":
            return ir.TypeRef(start, end, "null")
        if kind == "string":
            return self._quoted_type(node)
        if kind == "call":
            return self.type_ref(node.children[0])
        if kind == "constrained_type" or kind == "splat_type" or kind == "list_splat":
            inner = parts_of(node)
            return self.type_ref(inner[0]) if inner else None
        if kind == "list":
            return ir.TypeRef(start, end, "()", tuple([self.type_ref(item) for item in parts_of(node)]))
        return None

    def _dotted_type(self, node: Node) -> ir.TypeRef | None:
        name = "".join(self.text(node).split())
        return ir.TypeRef(node.start_byte, node.end_byte, name) if _DOTTED.match(name) else None

    def _quoted_type(self, node: Node) -> ir.TypeRef | None:
        """A type written as text; what is not a plain name is parsed."""
        start, end = node.start_byte, node.end_byte
        raw = self.source[start:end]
        written = literal_text(raw)
        if _DOTTED.match(written):
            return ir.TypeRef(start, end, "null" if written == "None" else written)
        _, begin, quote = opening(raw)
        text = raw[begin : len(raw) - quote]
        statement = parts_of(parsed(self.language, text).root_node)
        expression = parts_of(statement[0]) if len(statement) == 1 else []
        if len(expression) != 1 or b"\\" in text:
            return None
        inner = TypeLowering(text, self.language)
        inner.depth = self.depth
        return moved(inner.type_ref(expression[0]), lambda offset: offset + start + begin)

    def _generic_type(self, node: Node) -> ir.TypeRef:
        start, end = node.start_byte, node.end_byte
        parts = parts_of(node)
        head = self.type_ref(parts[0])
        arguments = parts_of(parts[1]) if node.type == "generic_type" and len(parts) > 1 else parts[1:]
        last = head.name.rpartition(".")[2]
        if last == "Literal":
            return _one_of(start, end, [self._literal_type(argument) for argument in arguments])
        if last in _WRAPPERS and arguments:
            return self.type_ref(arguments[0])
        lowered = [self.type_ref(argument) for argument in arguments if self.text(argument) != "..."]
        if last == "Optional":
            return _one_of(start, end, [*lowered, ir.TypeRef(end, end, "null")])
        if last == "Union":
            return _one_of(start, end, lowered)
        if last == "Callable":
            return ir.TypeRef(start, end, "=>", _callable_arguments(lowered))
        if last in ("tuple", "Tuple"):
            is_uniform = len(arguments) == 2 and len(lowered) == 1
            return ir.TypeRef(start, end, "[]" if is_uniform else "()", tuple(lowered))
        return ir.TypeRef(start, end, head.name, tuple(lowered))

    def _literal_type(self, node: Node) -> ir.TypeRef:
        while node.type == "type" and node.named_child_count == 1:
            node = node.named_children[0]
        start, end = node.start_byte, node.end_byte
        if node.type == "string":
            return ir.TypeRef(start, end, '"', literal=literal_text(self.source[start:end]))
        if node.type == "none":
            return ir.TypeRef(start, end, "null")
        written = self.text(node)
        value = _WORDS[written] if written in _WORDS else number(written)
        return self.type_ref(node) if value is None else ir.TypeRef(start, end, '"', literal=value)

    def _union(self, node: Node) -> ir.TypeRef | None:
        start, end = node.start_byte, node.end_byte
        members: list[ir.TypeRef] = []
        while node.type == "binary_operator" or node.type == "union_type":
            operands = parts_of(node)
            if len(operands) != 2 or b"|" not in self.source[operands[0].end_byte : operands[1].start_byte]:
                return None
            members.append(self.type_ref(operands[1]))
            node = operands[0]
            if node.type == "type" and node.named_child_count == 1:
                node = node.named_children[0]
        members.append(self.type_ref(node))
        return _one_of(start, end, members[::-1])


def dotted(type_ref: ir.TypeRef) -> str:
    """The last segment of a type's name."""
    return type_ref.name.rpartition(".")[2]


def _one_of(start: int, end: int, members: list[ir.TypeRef]) -> ir.TypeRef:
    flat: list[ir.TypeRef] = []
    for member in members:
        flat.extend(member.args if member.name == "|" else (member,))
    return flat[0] if len(flat) == 1 else ir.TypeRef(start, end, "|", tuple(flat))


def _callable_arguments(lowered: list[ir.TypeRef]) -> tuple[ir.TypeRef, ...]:
    if lowered and lowered[0].name == "()":
        return (*lowered[0].args, *lowered[1:])
    return tuple(lowered)
