"""Python expressions to IR values: names, literals, calls, containers. Chains of calls are read with loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeAlias

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax import python_strings
from eventlens.syntax.python_context import MAX_DEPTH, NOT_SYNTAX, parts_of
from eventlens.syntax.python_templates import format_template, joined
from eventlens.syntax.python_types import TypeLowering

_CHAIN_ROOM = MAX_DEPTH - 20
"""How deep a chain of calls may nest, so that there is room for its arguments."""

_POSTFIX = frozenset({"call", "attribute", "subscript"})

LowerValue: TypeAlias = Callable[[Any, Node], ir.Value]
"""A method of a lowering class, on one node of the type that the class's table names."""


class ValueLowering(TypeLowering):
    """Lowers expressions and assignment targets; operators and lambdas come with the classes that extend it."""

    def value(self, node: Node) -> ir.Value:
        """The value of an expression node; what is not expressed becomes `ir.Unknown`."""
        kind = node.type
        if kind == "identifier":
            return self._name(node)
        lower = self.VALUES.get(kind)
        if lower is None or self.depth >= MAX_DEPTH:
            return self._unknown(node)
        self.depth += 1
        lowered = lower(self, node)
        self.depth -= 1
        return lowered

    def values(self, nodes: Iterable[Node]) -> tuple[ir.Value, ...]:
        """Each node's value, comments and damage left out."""
        return tuple([self.value(node) for node in nodes if node.type not in NOT_SYNTAX])

    def _unknown(self, node: Node) -> ir.Unknown:
        if self.depth >= MAX_DEPTH:
            return ir.Unknown(node.start_byte, node.end_byte, node.type)
        self.depth += 1
        parts = self.values(node.named_children)
        self.depth -= 1
        return ir.Unknown(node.start_byte, node.end_byte, node.type, parts)

    def field_value(self, node: Node, name: str) -> ir.Value:
        """The value of a field that a damaged tree may lack."""
        child = node.child_by_field_name(name)
        return ir.Unknown(node.end_byte, node.end_byte, "missing") if child is None else self.value(child)

    # ------------------------------------------------------------------------------------------------- names, literals

    def _name(self, node: Node) -> ir.Value:
        start, end = node.start_byte, node.end_byte
        name = self.source[start:end].decode("utf-8", "replace")
        if name == self.receiver:
            return ir.This(start, end)
        return ir.Name(start, end, name) if name else ir.Unknown(start, end, "missing")

    def _true(self, node: Node) -> ir.Value:
        return ir.Literal(node.start_byte, node.end_byte, True)

    def _false(self, node: Node) -> ir.Value:
        return ir.Literal(node.start_byte, node.end_byte, False)

    def _none(self, node: Node) -> ir.Value:
        return ir.Literal(node.start_byte, node.end_byte, None)

    def _ellipsis(self, node: Node) -> ir.Value:
        return ir.Name(node.start_byte, node.end_byte, "Ellipsis")

    def _number(self, node: Node) -> ir.Value:
        number = python_strings.number(self.text(node))
        if number is None:
            return ir.Unknown(node.start_byte, node.end_byte, "number")
        return ir.Literal(node.start_byte, node.end_byte, number)

    def _dotted_name(self, node: Node) -> ir.Value:
        segments = parts_of(node)
        value = self._name(segments[0])
        for segment in segments[1:]:
            value = ir.Member(node.start_byte, segment.end_byte, value, self.text(segment), segment.start_byte)
        return value

    # --------------------------------------------------------------------------------------------------------- strings

    def _string(self, node: Node) -> ir.Value:
        start, end = node.start_byte, node.end_byte
        raw = self.source[start:end]
        if raw[:1] not in b"\"'":
            prefix, _, _ = python_strings.opening(raw)
            if "f" in prefix or "t" in prefix:
                return joined(start, end, self._interpolated(node, "r" in prefix))
        return ir.Literal(start, end, python_strings.literal_text(raw))

    def _interpolated(self, node: Node, is_raw: bool) -> list[ir.Value]:
        parts: list[ir.Value] = []
        for child in node.named_children:
            start, end = child.start_byte, child.end_byte
            if child.type == "string_content":
                text = python_strings.decoded(self.source[start:end], is_raw)
                parts.append(ir.Literal(start, end, text.replace("{{", "{").replace("}}", "}")))
            elif child.type == "interpolation":
                expression = child.child_by_field_name("expression")
                if expression is None:
                    continue
                if self.source[expression.end_byte : end].lstrip()[:1] == b"=":
                    shown = self.source[start + 1 : end].decode("utf-8", "replace")
                    parts.append(ir.Literal(start, end, shown[: shown.rindex("=") + 1]))
                parts.append(self.value(expression))
        return parts

    def _concatenated(self, node: Node) -> ir.Value:
        return joined(node.start_byte, node.end_byte, [self._string(part) for part in parts_of(node)])

    # ---------------------------------------------------------------------------------- calls, attributes, subscripts

    def _postfix(self, node: Node) -> ir.Value:
        """A chain ``a.b(c)[d].e()``, read from its outer end to its root and built back up."""
        spine: list[tuple[str, Node, list[Node]]] = []
        depth = self.depth
        kind = node.type
        while kind in _POSTFIX:
            children = node.children
            spine.append((kind, node, children))
            node = children[0]
            kind = node.type
        room = max(_CHAIN_ROOM - depth, 0)
        self.depth = depth + min(len(spine), room)
        base = self.value(node)
        if len(spine) > room:
            base = self._shortened(base, spine[room:])
            del spine[room:]
        for index in range(len(spine) - 1, -1, -1):
            kind, link, children = spine[index]
            self.depth = depth + index + 1
            if kind == "attribute":
                base = self._attribute(link, base, children[-1])
            elif kind == "call":
                base = self._call(link, base, children[-1])
            else:
                base = self._subscript(link, base, children)
        self.depth = depth
        return base

    def _shortened(self, root: ir.Value, links: list[tuple[str, Node, list[Node]]]) -> ir.Value:
        """The inner part of a chain that is too long to nest: its root and its arguments, in order."""
        parts = [root]
        for kind, _, children in reversed(links):
            if kind == "call":
                parts.extend(self.values(children[-1].named_children))
        return ir.Unknown(links[0][1].start_byte, links[0][1].end_byte, links[0][0], tuple(parts))

    def _attribute(self, node: Node, base: ir.Value, name: Node) -> ir.Value:
        begin, end = name.start_byte, name.end_byte
        return ir.Member(node.start_byte, node.end_byte, base, self.source[begin:end].decode("utf-8", "replace"), begin)

    def _call(self, node: Node, callee: ir.Value, arguments: Node) -> ir.Value:
        start, end = node.start_byte, node.end_byte
        if arguments.type == "generator_expression":
            value = self.value(arguments)
            return ir.Call(start, end, callee, (ir.Argument(value.start, value.end, value),))
        args = self.arguments(arguments)
        if type(callee) is ir.Name:
            if callee.name == "super":
                return ir.Super(start, end)
        elif type(callee) is ir.Member:
            if callee.name == "format":
                formatted = format_template(start, end, callee.object, args)
                if formatted is not None:
                    return formatted
        elif type(callee) is ir.Index and _names_a_class(callee.object):
            type_args = self._type_arguments(node.children[0])
            return ir.Call(start, end, callee.object, args, type_args=type_args)
        return ir.Call(start, end, callee, args)

    def _type_arguments(self, subscript: Node) -> tuple[ir.TypeRef, ...]:
        return tuple([self.type_ref(argument) for argument in parts_of(subscript)[1:]])

    def arguments(self, node: Node) -> tuple[ir.Argument, ...]:
        """The arguments of an ``argument_list`` node."""
        lowered: list[ir.Argument] = []
        for child in node.named_children:
            kind = child.type
            if kind in NOT_SYNTAX:
                continue
            start, end = child.start_byte, child.end_byte
            if kind == "keyword_argument":
                parts = child.children
                lowered.append(ir.Argument(start, end, self.value(parts[-1]), self.text(parts[0])))
            elif kind == "list_splat":
                lowered.append(ir.Argument(start, end, self.value(child.children[-1]), None, "*"))
            elif kind == "dictionary_splat":
                lowered.append(ir.Argument(start, end, self.value(child.children[-1]), None, "**"))
            else:
                lowered.append(ir.Argument(start, end, self.value(child)))
        return tuple(lowered)

    def _subscript(self, node: Node, base: ir.Value, children: list[Node]) -> ir.Value:
        start, end = node.start_byte, node.end_byte
        keys = [child for child in children[1:] if child.is_named and child.type not in NOT_SYNTAX]
        if len(keys) == 1:
            key = self.value(keys[0])
            if type(key) is ir.Literal and isinstance(key.value, str):
                _, begin, _ = python_strings.opening(self.source[key.start : key.end])
                return ir.Member(start, end, base, key.value, key.start + begin)
            return ir.Index(start, end, base, key)
        if not keys:
            return ir.Index(start, end, base, ir.Unknown(end, end, "missing"))
        return ir.Index(start, end, base, ir.Sequence(keys[0].start_byte, keys[-1].end_byte, self.values(keys)))

    def _walrus(self, node: Node) -> ir.Value:
        target, value = self.field_value(node, "name"), self.field_value(node, "value")
        return ir.AssignValue(node.start_byte, node.end_byte, target, value)

    def _await(self, node: Node) -> ir.Value:
        return ir.Await(node.start_byte, node.end_byte, self._last(node))

    def _yield(self, node: Node) -> ir.Value:
        start, end = node.start_byte, node.end_byte
        parts = parts_of(node)
        value = self.values(parts)[0] if len(parts) == 1 else ir.Sequence(start, end, self.values(parts))
        if node.child_count > 1 and node.children[1].type == "from":
            if self.is_coroutine:
                return ir.Await(start, end, value)
            value = ir.Spread(value.start, end, value)
        self.saw_yield = True
        return ir.Yield(start, end, value if parts else None)

    def _last(self, node: Node) -> ir.Value:
        parts = parts_of(node)
        return self.value(parts[-1]) if parts else ir.Unknown(node.end_byte, node.end_byte, "missing")

    # ------------------------------------------------------------------------------------------------------ containers

    def _sequence(self, node: Node) -> ir.Value:
        return ir.Sequence(node.start_byte, node.end_byte, self.values(node.named_children))

    def _spread(self, node: Node) -> ir.Value:
        return ir.Spread(node.start_byte, node.end_byte, self._last(node))

    def _parenthesized(self, node: Node) -> ir.Value:
        while True:
            parts = parts_of(node)
            if len(parts) != 1:
                return self._unknown(node)
            node = parts[0]
            if node.type != "parenthesized_expression":
                return self.value(node)

    def _dictionary(self, node: Node) -> ir.Value:
        fields: list[ir.Field] = []
        for child in node.named_children:
            if child.type == "pair":
                fields.append(self._pair(child))
            elif child.type == "dictionary_splat":
                fields.append(ir.Field(child.start_byte, child.end_byte, None, self._last(child), None, True))
        return ir.Object(node.start_byte, node.end_byte, tuple(fields))

    def _pair(self, node: Node) -> ir.Field:
        start, end = node.start_byte, node.end_byte
        key, value = self.field_value(node, "key"), self.field_value(node, "value")
        if type(key) is ir.Literal and isinstance(key.value, str):
            return ir.Field(start, end, key.value, value)
        return ir.Field(start, end, None, value, key)

    def _pair_value(self, node: Node) -> ir.Value:
        return ir.Object(node.start_byte, node.end_byte, (self._pair(node),))

    def _slice(self, node: Node) -> ir.Value:
        return ir.Unknown(node.start_byte, node.end_byte, "slice", self.values(node.named_children))

    VALUES: ClassVar[dict[str, LowerValue]] = {
        "attribute": _postfix,
        "await": _await,
        "call": _postfix,
        "concatenated_string": _concatenated,
        "dictionary": _dictionary,
        "dictionary_splat": _spread,
        "dictionary_splat_pattern": _spread,
        "dotted_name": _dotted_name,
        "ellipsis": _ellipsis,
        "expression_list": _sequence,
        "false": _false,
        "float": _number,
        "integer": _number,
        "list": _sequence,
        "list_pattern": _sequence,
        "list_splat": _spread,
        "list_splat_pattern": _spread,
        "named_expression": _walrus,
        "none": _none,
        "pair": _pair_value,
        "parenthesized_expression": _parenthesized,
        "parenthesized_list_splat": _parenthesized,
        "pattern_list": _sequence,
        "set": _sequence,
        "slice": _slice,
        "string": _string,
        "subscript": _postfix,
        "true": _true,
        "tuple": _sequence,
        "tuple_pattern": _sequence,
        "yield": _yield,
    }


def _names_a_class(value: ir.Value) -> bool:
    if not isinstance(value, (ir.Name, ir.Member)):
        return False
    return value.name[:1].isupper() and not value.name.isupper()
