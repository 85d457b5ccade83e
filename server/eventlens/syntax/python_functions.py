"""Python parameters and lambdas."""

from __future__ import annotations

from typing import ClassVar

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.python_context import NOT_SYNTAX, parts_of
from eventlens.syntax.python_operators import OperatorLowering
from eventlens.syntax.python_values import LowerValue


class FunctionLowering(OperatorLowering):
    """Lowers what functions and lambdas share."""

    def _lambda(self, node: Node) -> ir.Value:
        start, end = node.start_byte, node.end_byte
        name = f"<lambda@{start}>"
        listed = node.child_by_field_name("parameters")
        parameters = self.parameters(listed) if listed is not None else []
        outer = (self.receiver, self.prefix, self.in_class, self.saw_yield)
        if any(parameter.name == self.receiver for parameter in parameters):
            self.receiver = None
        self.prefix, self.in_class, self.saw_yield = f"{self.prefix}{name}.", False, False
        self.depth += 2  # a lambda is three nodes deep
        value = self.field_value(node, "body")
        self.depth -= 2
        is_generator = self.saw_yield
        self.receiver, self.prefix, self.in_class, self.saw_yield = outer
        body = (ir.Return(value.start, value.end, value),)
        function = ir.Function(
            start,
            end,
            "",
            self.prefix + name,
            "lambda",
            tuple(parameters),
            body,
            is_generator=is_generator,
            name_start=start,
            name_end=start,
            expression_body=True,
        )
        return ir.Lambda(start, end, function)

    def parameters(self, node: Node) -> list[ir.Parameter]:
        """The parameters of a function or lambda, a method's receiver included."""
        lowered: list[ir.Parameter] = []
        kind = "normal"
        for child in node.named_children:
            child_type = child.type
            if child_type == "keyword_separator":
                kind = "keyword-only"
            elif child_type == "identifier":
                lowered.append(ir.Parameter(child.start_byte, child.end_byte, self.text(child), kind=kind))
            elif child_type not in NOT_SYNTAX and child_type != "positional_separator":
                parameter = self._parameter(child, kind)
                lowered.append(parameter)
                if parameter.kind == "rest":
                    kind = "keyword-only"
        return lowered

    def _parameter(self, node: Node, kind: str) -> ir.Parameter:
        start, end = node.start_byte, node.end_byte
        default = node.child_by_field_name("value")
        annotation = node.child_by_field_name("type")
        target = node.child_by_field_name("name")
        if target is None:
            target = node if node.type.endswith("_pattern") else next(iter(parts_of(node)), node)
        if target.type == "list_splat_pattern" or target.type == "dictionary_splat_pattern":
            kind = "rest" if target.type == "list_splat_pattern" else "keywords"
            target = next(iter(parts_of(target)), target)
        is_pattern = target.type == "tuple_pattern"
        metadata = () if annotation is None else self.metadata(annotation)
        return ir.Parameter(
            start,
            end,
            "" if is_pattern else self.text(target),
            None if annotation is None else self.type_ref(annotation),
            None if default is None else self.value(default),
            kind,
            self.value(target) if is_pattern else None,
            metadata,
        )

    def metadata(self, annotation: Node) -> tuple[ir.Value, ...]:
        """What an ``Annotated[T, …]`` says beside the type: it decorates what is annotated."""
        if b"Annotated[" not in self.source[annotation.start_byte : annotation.end_byte]:
            return ()
        node = _bare_type(annotation)
        if node.type not in ("generic_type", "subscript"):
            return ()
        head, *arguments = parts_of(node)
        if not self.text(head).endswith("Annotated"):
            return ()
        if node.type == "generic_type":
            arguments = parts_of(arguments[0]) if arguments else []
        return self.values([_bare_type(argument) for argument in arguments[1:]])

    VALUES: ClassVar[dict[str, LowerValue]] = {**OperatorLowering.VALUES, "lambda": _lambda}


def _bare_type(node: Node) -> Node:
    """What a ``type`` node holds."""
    while node.type == "type" and node.named_child_count == 1:
        node = node.named_children[0]
    return node
