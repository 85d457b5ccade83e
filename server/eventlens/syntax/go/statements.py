"""Statements."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.go.errors import is_error_name, mentioned, returned
from eventlens.syntax.go.literals import folded
from eventlens.syntax.go.reader import Reader, lowers_statement, parts_of, value
from eventlens.syntax.go.statement_lists import asked_for, block, checked, is_check_of, statement
from eventlens.syntax.go.type_refs import type_ref
from eventlens.syntax.reader import part


@lowers_statement("expression_statement")
def expression(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    for each in parts_of(node):
        content = value(reader, each)
        is_panic = (
            isinstance(content, ir.Call) and isinstance(content.callee, ir.Name) and content.callee.name == "panic"
        )
        if is_panic and isinstance(content, ir.Call) and content.args:
            lowered.append(ir.Throw(start, end, content.args[0].value))
        else:
            lowered.append(ir.Evaluate(start, end, content))


@lowers_statement("short_var_declaration", "assignment_statement", "receive_statement")
def assignment(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    right = part(node, "right")
    written = node.child_by_field_name("left")
    if written is None:
        content = value(reader, right) if right.id != node.id else ir.Unknown(node.start_byte, node.end_byte, node.type)
        lowered.append(ir.Evaluate(node.start_byte, node.end_byte, content))
        return
    left = parts_of(written)
    sources = parts_of(right) if right.type == "expression_list" else [right]
    operator = node.child_by_field_name("operator")
    sign = operator.type.removesuffix("=").removesuffix(":") if operator is not None else ""
    bind(reader, node, left, sources, sign, any(each.type == ":=" for each in node.children), lowered)


def bind(
    reader: Reader,
    node: Node,
    left: list[Node],
    sources: list[Node],
    sign: str,
    declares: bool,
    lowered: list[ir.Statement],
) -> None:
    """Assign sources to targets. Of one call's results the error, which it throws, is none: its target is left out beside others."""
    start, end = node.start_byte, node.end_byte
    reader.frame.bound.update(reader.of(each) for each in left if is_error_name(reader.of(each)))
    values = [value(reader, each) for each in sources]
    content: ir.Value = values[0] if len(values) == 1 else ir.Sequence(values[0].start, values[-1].end, tuple(values))
    if len(left) > 1 and isinstance(content, ir.Call):
        last = reader.of(left[-1])
        others = left[:-1]
        if is_error_name(last) and all(reader.of(each) == "_" for each in others):
            left = left[-1:]  # nothing but the error is kept: whether it is looked at is told by its name
        elif is_error_name(last) or (last == "_" and len(left) == 2):
            left = others
    if all(reader.of(each) == "_" for each in left):
        lowered.append(ir.Evaluate(start, end, content))
        return
    targets = [value(reader, each) for each in left]
    target = targets[0] if len(targets) == 1 else ir.Sequence(targets[0].start, targets[-1].end, tuple(targets))
    lowered.append(ir.Assign(start, end, target, content, sign, declares))


@lowers_statement("inc_statement", "dec_statement")
def step(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    operator = "++" if node.type == "inc_statement" else "--"
    operands = tuple(value(reader, each) for each in parts_of(node))
    lowered.append(ir.Evaluate(start, end, ir.Operation(start, end, operator, operands)))


@lowers_statement("send_statement")
def send(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    sent = ir.Send(start, end, value(reader, part(node, "channel")), value(reader, part(node, "value")))
    lowered.append(ir.Evaluate(start, end, sent))


@lowers_statement("go_statement", "defer_statement")
def spawned(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    for each in parts_of(node):
        content = value(reader, each)
        started = ir.Spawn(start, end, content) if node.type == "go_statement" else content
        lowered.append(ir.Evaluate(start, end, started))


@lowers_statement("return_statement")
def leave(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.extend(returned(reader, node))


@lowers_statement("break_statement", "continue_statement")
def jump(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(ir.Jump(node.start_byte, node.end_byte, node.type.removesuffix("_statement")))


@lowers_statement("goto_statement")
def goto(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    lowered.append(ir.Evaluate(start, end, ir.Unknown(start, end, node.type)))


@lowers_statement("fallthrough_statement", "empty_statement")
def nothing(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """Says nothing by itself."""


@lowers_statement("block", "labeled_statement")
def inner(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    label = node.child_by_field_name("label")
    text = reader.of(label) if label is not None else ""
    lowered.append(ir.Block(node.start_byte, node.end_byte, block(reader, node), text))


@lowers_statement("if_statement")
def condition(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    initializer = node.child_by_field_name("initializer")
    if initializer is not None:
        before: list[ir.Statement] = []
        statement(reader, initializer, before)
        if initializer.type.endswith(("declaration", "assignment_statement")):
            if is_check_of(reader, initializer, node):
                lowered.append(checked(reader, before, node, node.start_byte))
                return
            if error := asked_for(reader, initializer, node):
                lowered.append(_sorted_out(reader, before, node, error))
                return
        lowered.extend(before)
    lowered.append(_branch(reader, node))


def _sorted_out(reader: Reader, body: list[ir.Statement], node: Node, error: str) -> ir.Try:
    """``if err := f(); errors.Is(err, X)``: what asks for the error runs where it was raised."""
    start, end = node.start_byte, node.end_byte
    catch = ir.Catch(start, end, (), error, (_branch(reader, node),))
    return ir.Try(start, end, tuple(body), (catch,))


def _branch(reader: Reader, node: Node) -> ir.Branch:
    tested_value = value(reader, part(node, "condition"))
    known = mentioned(reader, part(node, "condition")) - reader.frame.caught
    reader.frame.caught |= known
    then = block(reader, part(node, "consequence"))
    reader.frame.caught -= known
    other: list[ir.Statement] = []
    alternative = node.child_by_field_name("alternative")
    if alternative is not None and alternative.type == "block":
        other.extend(block(reader, alternative))
    elif alternative is not None:
        statement(reader, alternative, other)
    return ir.Branch(node.start_byte, node.end_byte, tested_value, then, tuple(other))


@lowers_statement("var_declaration", "const_declaration")
def declared(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    constant = node.type == "const_declaration"
    waiting = list(reversed(node.named_children))
    group: Node | None = None
    index = -1
    while waiting:
        spec = waiting.pop()
        if spec.type == "var_spec_list":
            waiting.extend(reversed(spec.named_children))
        if spec.type not in ("var_spec", "const_spec"):
            continue
        index += 1
        names = [each for each in spec.children_by_field_name("name") if each.is_named]
        if constant:
            group = spec if group is None or spec.child_by_field_name("value") is not None else group
            _constants(reader, spec, names, group, index, lowered)
            continue
        written = spec.child_by_field_name("value")
        sources = parts_of(written) if written is not None else []
        if len(names) > 1 and len(sources) == 1:
            bind(reader, spec, names, sources, "", True, lowered)
            continue
        of = spec.child_by_field_name("type")
        for position, name in enumerate(names):
            content = value(reader, sources[position]) if position < len(sources) else None
            if isinstance(content, ir.Call) and reader.of(name) == "_":
                lowered.append(ir.Evaluate(content.start, content.end, content))
                continue
            target = ir.Name(name.start_byte, name.end_byte, reader.of(name))
            annotation = type_ref(reader, of) if of is not None else None
            lowered.append(ir.Assign(spec.start_byte, spec.end_byte, target, content, "", True, False, annotation))


def _constants(
    reader: Reader, spec: Node, names: list[Node], group: Node, index: int, lowered: list[ir.Statement]
) -> None:
    """One line of a group of constants: without values it repeats the type and the values of the last one that has them."""
    written, of = group.child_by_field_name("value"), group.child_by_field_name("type")
    sources = parts_of(written) if written is not None else []
    outer, reader.iota = reader.iota, index
    for position, name in enumerate(names):
        if reader.of(name) == "_":
            continue
        start, end = name.start_byte, name.end_byte
        content = folded(value(reader, sources[position])) if position < len(sources) else None
        annotation = type_ref(reader, of) if of is not None else None
        if group.id != spec.id:
            content = ir.Literal(start, end, content.value) if isinstance(content, ir.Literal) else None
            annotation = ir.TypeRef(start, end, annotation.name) if annotation is not None else None
        target = ir.Name(start, end, reader.of(name))
        lowered.append(ir.Assign(spec.start_byte, spec.end_byte, target, content, "", True, True, annotation))
    reader.iota = outer
