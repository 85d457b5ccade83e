"""Python expressions to IR values. Left-recursive chains (calls, attributes, operators) are read with loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, TypeAlias

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax import python_strings
from eventlens.syntax.python_context import MAX_DEPTH, NOT_SYNTAX, parts_of
from eventlens.syntax.python_types import TypeLowering

_OPERATORS = {"is not": "!=", "<>": "!=", "is": "is"}
_CHAIN_ROOM = MAX_DEPTH - 20
"""How deep a chain of calls may nest, so that there is room for its arguments."""

_LONGEST_OPERATION = 40
"""Binary operators nested in one another's left side; longer chains become one flat operation."""

_POSTFIX = frozenset({"call", "attribute", "subscript"})
_LEFT_RECURSIVE = frozenset({"binary_operator", "boolean_operator"})


class ValueLowering(TypeLowering):
    """Lowers expressions, assignment targets and lambdas."""

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
                return ir.Template(start, end, tuple(self._interpolated(node, "r" in prefix)))
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
        return _joined(node.start_byte, node.end_byte, [self._string(part) for part in parts_of(node)])

    def _formatted(self, start: int, end: int, text: ir.Literal, right: ir.Value) -> ir.Value | None:
        """``"…" % right``; None when the left side has no placeholder that can be filled."""
        split = python_strings.percent_parts(text.value) if isinstance(text.value, str) else None
        if split is None:
            return None
        count = sum(isinstance(part, python_strings.Placeholder) for part in split)
        parts: list[ir.Value] = []
        for part in split:
            if isinstance(part, str):
                parts.append(ir.Literal(text.start, text.end, part))
            else:
                parts.append(_percent_argument(part.key, right, count))
        return _joined(start, end, parts)

    def _format_call(self, start: int, end: int, text: ir.Value, args: tuple[ir.Argument, ...]) -> ir.Value | None:
        """``"…".format(…)``; None when the text is malformed or a field has no visible argument."""
        if not isinstance(text, ir.Literal) or not isinstance(text.value, str):
            return None
        split = python_strings.format_parts(text.value)
        if split is None:
            return None
        parts: list[ir.Value] = []
        for part in split:
            if isinstance(part, str):
                parts.append(ir.Literal(text.start, text.end, part))
                continue
            value = _format_argument(part.key, args)
            if value is None:
                return None
            for key, is_item in part.path:
                value = _accessed(value, key, is_item)
            parts.append(value)
        return _joined(start, end, parts)

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
                formatted = self._format_call(start, end, callee.object, args)
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

    # ------------------------------------------------------------------------------------------------------- operators

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
            operator = links[position][1]
            run = list(_run(links, position))
            left = self._folded(left, operator, run)
            position += len(run)
        return left

    def _flat_unknown(self, first: Node, links: list[tuple[Node, str, Node]]) -> ir.Value:
        operands = [first, *[right for _, _, right in reversed(links)]]
        return ir.Unknown(links[0][0].start_byte, links[0][0].end_byte, links[0][0].type, self.values(operands))

    def _folded(self, left: ir.Value, operator: str, run: list[tuple[Node, str, Node]]) -> ir.Value:
        start, end = run[0][0].start_byte, run[-1][0].end_byte
        if operator == "%" and len(run) == 1 and type(left) is ir.Literal:
            right = self.value(run[0][2])
            return self._formatted(start, end, left, right) or ir.Operation(start, end, "%", (left, right))
        operands = [left, *[self.value(right) for _, _, right in run]]
        if operator == "or":
            return ir.Choice(start, end, tuple(_spliced_options(operands)))
        if operator == "+" and any(_is_text(operand) for operand in operands):
            return _joined(start, end, operands)
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
        if operator == "-" and type(operand) is ir.Literal and type(operand.value) in (int, float):
            return ir.Literal(start, end, -operand.value)  # type: ignore[operator]
        return ir.Operation(start, end, operator, (operand,))

    def _conditional(self, node: Node) -> ir.Value:
        parts = parts_of(node)
        if len(parts) != 3:
            return self._unknown(node)
        then, condition, otherwise = self.values(parts)
        return ir.Choice(node.start_byte, node.end_byte, (then, otherwise), condition)

    def _walrus(self, node: Node) -> ir.Value:
        target, value = self.field_value(node, "name"), self.field_value(node, "value")
        return ir.AssignValue(node.start_byte, node.end_byte, target, value)

    def _await(self, node: Node) -> ir.Value:
        return ir.Await(node.start_byte, node.end_byte, self._last(node))

    def _yield(self, node: Node) -> ir.Value:
        self.saw_yield = True
        start, end = node.start_byte, node.end_byte
        parts = parts_of(node)
        if not parts:
            return ir.Yield(start, end)
        value = self.values(parts)[0] if len(parts) == 1 else ir.Sequence(start, end, self.values(parts))
        if node.child_count > 1 and node.children[1].type == "from":
            if self.is_coroutine:
                return ir.Await(start, end, value)
            return ir.Yield(start, end, ir.Spread(parts[0].start_byte, end, value))
        return ir.Yield(start, end, value)

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

    # --------------------------------------------------------------------------------------------- lambdas, parameters

    def _lambda(self, node: Node) -> ir.Value:
        start, end = node.start_byte, node.end_byte
        name = f"<lambda@{start}>"
        listed = node.child_by_field_name("parameters")
        parameters = self.parameters(listed) if listed is not None else []
        outer = (self.receiver, self.prefix, self.in_class, self.saw_yield)
        if any(parameter.name == self.receiver for parameter in parameters):
            self.receiver = None
        self.prefix, self.in_class, self.saw_yield = f"{self.prefix}{name}.", False, False
        value = self.field_value(node, "body")
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
        return ir.Parameter(
            start,
            end,
            "" if is_pattern else self.text(target),
            None if annotation is None else self.type_ref(annotation),
            None if default is None else self.value(default),
            kind,
            self.value(target) if is_pattern else None,
        )

    VALUES: ClassVar[dict[str, Lower]] = {}


Lower: TypeAlias = Callable[[ValueLowering, Node], ir.Value]

ValueLowering.VALUES.update(
    {
        "as_pattern": ValueLowering._unknown,
        "attribute": ValueLowering._postfix,
        "await": ValueLowering._await,
        "binary_operator": ValueLowering._operator,
        "boolean_operator": ValueLowering._operator,
        "call": ValueLowering._postfix,
        "comparison_operator": ValueLowering._comparison,
        "concatenated_string": ValueLowering._concatenated,
        "conditional_expression": ValueLowering._conditional,
        "dictionary": ValueLowering._dictionary,
        "dictionary_comprehension": ValueLowering._comprehension,
        "dictionary_splat": ValueLowering._spread,
        "dictionary_splat_pattern": ValueLowering._spread,
        "dotted_name": ValueLowering._dotted_name,
        "ellipsis": ValueLowering._ellipsis,
        "expression_list": ValueLowering._sequence,
        "false": ValueLowering._false,
        "float": ValueLowering._number,
        "generator_expression": ValueLowering._comprehension,
        "integer": ValueLowering._number,
        "lambda": ValueLowering._lambda,
        "list": ValueLowering._sequence,
        "list_comprehension": ValueLowering._comprehension,
        "list_pattern": ValueLowering._sequence,
        "list_splat": ValueLowering._spread,
        "list_splat_pattern": ValueLowering._spread,
        "named_expression": ValueLowering._walrus,
        "none": ValueLowering._none,
        "not_operator": ValueLowering._not,
        "pair": ValueLowering._pair_value,
        "parenthesized_expression": ValueLowering._parenthesized,
        "parenthesized_list_splat": ValueLowering._parenthesized,
        "pattern_list": ValueLowering._sequence,
        "set": ValueLowering._sequence,
        "set_comprehension": ValueLowering._comprehension,
        "slice": ValueLowering._slice,
        "string": ValueLowering._string,
        "subscript": ValueLowering._postfix,
        "true": ValueLowering._true,
        "tuple": ValueLowering._sequence,
        "tuple_pattern": ValueLowering._sequence,
        "unary_operator": ValueLowering._unary,
        "yield": ValueLowering._yield,
    }
)


def _run(links: list[tuple[Node, str, Node]], position: int) -> Iterable[tuple[Node, str, Node]]:
    operator = links[position][1]
    for link in links[position:]:
        if link[1] != operator:
            return
        yield link


def _is_text(value: ir.Value) -> bool:
    return type(value) is ir.Template or (type(value) is ir.Literal and isinstance(value.value, str))


def _joined(start: int, end: int, values: list[ir.Value]) -> ir.Value:
    """One `ir.Template` of all parts, or one `ir.Literal` when every part is literal text."""
    parts: list[ir.Value] = []
    for value in values:
        for part in value.parts if type(value) is ir.Template else (value,):
            previous = parts[-1] if parts else None
            if type(part) is ir.Literal and type(previous) is ir.Literal and _is_text(part) and _is_text(previous):
                parts[-1] = ir.Literal(previous.start, part.end, f"{previous.value}{part.value}")
            else:
                parts.append(part)
    if len(parts) == 1 and _is_text(parts[0]) and type(parts[0]) is ir.Literal:
        return ir.Literal(start, end, parts[0].value)
    return ir.Template(start, end, tuple(parts))


def _spliced_options(operands: list[ir.Value]) -> Iterable[ir.Value]:
    for operand in operands:
        if type(operand) is ir.Choice and operand.condition is None:
            yield from operand.options
        else:
            yield operand


def _names_a_class(value: ir.Value) -> bool:
    if not isinstance(value, (ir.Name, ir.Member)):
        return False
    return value.name[:1].isupper() and not value.name.isupper()


def _percent_argument(key: int | str, right: ir.Value, count: int) -> ir.Value:
    start, end = right.start, right.end
    if isinstance(key, str):
        if type(right) is ir.Object:
            found = [entry.value for entry in right.fields if entry.key == key]
            return found[-1] if found else ir.Unknown(start, end, "format_argument")
        return ir.Member(start, end, right, key, start)
    if type(right) is ir.Sequence:
        if key < len(right.items):
            return right.items[key]
        return ir.Unknown(start, end, "format_argument")
    return right if count == 1 else ir.Index(start, end, right, ir.Literal(end, end, key))


def _format_argument(key: int | str, args: tuple[ir.Argument, ...]) -> ir.Value | None:
    if isinstance(key, str):
        for argument in args:
            if argument.name == key:
                return argument.value
        spread = next((argument.value for argument in args if argument.spread == "**"), None)
        return None if spread is None else ir.Member(spread.start, spread.end, spread, key, spread.start)
    positional = [argument for argument in args if argument.name is None and argument.spread != "**"]
    if key >= len(positional) or any(argument.spread for argument in positional[: key + 1]):
        return None
    return positional[key].value


def _accessed(value: ir.Value, key: str | int, is_item: bool) -> ir.Value:
    start, end = value.start, value.end
    if isinstance(key, str):
        return ir.Member(start, end, value, key, start)
    return ir.Index(start, end, value, ir.Literal(end, end, key)) if is_item else value
