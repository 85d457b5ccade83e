"""Statements, all but switches and declarations of types."""

from __future__ import annotations

import msgspec
from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.case_ladders import else_ifs
from eventlens.syntax.csharp.creations import typed_value
from eventlens.syntax.csharp.functions import local_function, result_type
from eventlens.syntax.csharp.names import bound
from eventlens.syntax.csharp.reader import MAX_DEPTH, SKIPPED, VALUES, Reader, inner, lowers_statement, value
from eventlens.syntax.csharp.salvage import statement
from eventlens.syntax.csharp.statement_lists import block, branch, statements
from eventlens.syntax.csharp.switches import operand, returned
from eventlens.syntax.csharp.types import annotation, dotted, type_value
from eventlens.syntax.csharp.values import augmenting
from eventlens.syntax.reader import part


@lowers_statement("global_statement")
def global_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.extend(statements(reader, node.named_children))


@lowers_statement("expression_statement")
def expression_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    for child in node.children:
        if child.type in VALUES and child.type not in SKIPPED:
            evaluated(reader, child, lowered, node.start_byte, child.end_byte)


def evaluated(reader: Reader, node: Node, lowered: list[ir.Statement], start: int, end: int) -> None:
    """An expression whose value nobody takes; assignments are statements of their own, a dropped value is evaluated."""
    if node.type != "assignment_expression":
        lowered.append(ir.Evaluate(start, end, value(reader, node)))
        return
    target, content = value(reader, part(node, "left")), value(reader, part(node, "right"))
    operator = augmenting(node)
    if isinstance(target, ir.Name) and target.name == "_" and not operator:
        lowered.append(ir.Evaluate(start, end, content))
    else:
        _append_assign(lowered, ir.Assign(start, end, target, content, operator))


def _append_assign(lowered: list[ir.Statement], written: ir.Assign) -> None:
    """``a = b ?? throw e`` assigns first, and throws where that left nothing."""
    content = written.value
    last = content.options[-1] if isinstance(content, ir.Choice) and content.condition is None else None
    if not isinstance(content, ir.Choice) or not isinstance(last, ir.Unknown) or last.what != "throw_expression":
        lowered.append(written)
        return
    tried = content.options[:-1]
    kept = tried[0] if len(tried) == 1 else ir.Choice(content.start, tried[-1].end, tried)
    lowered.append(msgspec.structs.replace(written, value=kept))
    start, end = last.start, last.end
    tested = ir.Operation(start, end, "==", (written.target, ir.Literal(start, start, None)))
    lowered.append(ir.Branch(start, end, tested, (ir.Throw(start, end, last.parts[0] if last.parts else None),)))


@lowers_statement("local_declaration_statement")
def local_declaration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    constant = any(child.type == "modifier" and reader.of(child) == "const" for child in node.children)
    for child in node.named_children:
        if child.type == "variable_declaration":
            variables(reader, child, lowered, constant)


@lowers_statement("variable_declaration")
def resource(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    variables(reader, node, lowered, constant=True)


def variables(reader: Reader, node: Node, lowered: list[ir.Statement], constant: bool) -> None:
    """Each ``name = value`` of a declaration."""
    typed = annotation(reader, node.child_by_field_name("type"))
    for child in node.named_children:
        if child.type != "variable_declarator":
            continue
        children = child.children
        written = initial(child)
        content = typed_value(reader, written, typed) if written is not None else None
        named = child.child_by_field_name("name") or (children[0] if children else child)
        target = pattern(reader, named)
        _append_assign(lowered, ir.Assign(child.start_byte, child.end_byte, target, content, "", True, constant, typed))


def initial(declarator: Node) -> Node | None:
    """What stands behind the ``=`` of a declarator."""
    after = False
    for child in declarator.children:
        if after and child.type in VALUES:
            return child
        after = after or child.type == "="
    return None


def pattern(reader: Reader, node: Node) -> ir.Value:
    """The names that are declared by a name or by names in parentheses."""
    if node.type in ("tuple_pattern", "parenthesized_variable_designation"):
        if reader.depth > MAX_DEPTH:
            return ir.Unknown(node.start_byte, node.end_byte, "nesting")
        reader.depth += 1
        names = [pattern(reader, child) for child in node.named_children if child.type not in SKIPPED]
        reader.depth -= 1
        return ir.Sequence(node.start_byte, node.end_byte, tuple(names))
    if node.type == "identifier":
        return bound(reader, node)
    return value(reader, node)


@lowers_statement("local_function_statement")
def local_function_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    written = local_function(reader, node)
    lowered.append(ir.FunctionDeclaration(written.start, written.end, written))


@lowers_statement("return_statement")
def return_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    written = operand(node)
    if written is not None and written.type in ("switch_expression", "throw_expression"):
        lowered.extend(returned(reader, written, result_type(reader.returned)))
        return
    content = typed_value(reader, written, result_type(reader.returned)) if written is not None else None
    lowered.append(ir.Return(node.start_byte, node.end_byte, content))


@lowers_statement("throw_statement")
def throw_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    written = operand(node)
    content = value(reader, written) if written is not None else None
    lowered.append(ir.Throw(node.start_byte, node.end_byte, content))


@lowers_statement("yield_statement")
def yield_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    reader.yields = True
    start, end = node.start_byte, node.end_byte
    written = operand(node)
    if written is None:
        lowered.append(ir.Return(start, end))
    else:
        lowered.append(ir.Evaluate(start, end, ir.Yield(start, end, value(reader, written))))


@lowers_statement("break_statement", "continue_statement")
def jump(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(ir.Jump(node.start_byte, node.end_byte, node.type.removesuffix("_statement")))


@lowers_statement("goto_statement")
def goto(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    lowered.append(ir.Evaluate(start, end, ir.Unknown(start, end, node.type)))


@lowers_statement("if_statement")
def if_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(else_ifs(reader, node, value, block, lambda each: each.child_by_field_name("alternative")))


# ---------------------------------------------------------------------------------------------------------- loops


@lowers_statement("foreach_statement")
def for_each(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    source = value(reader, part(node, "right"))
    target = pattern(reader, part(node, "left"))
    is_async = any(child.type == "await" for child in node.children[:2])
    body = block(reader, part(node, "body"))
    lowered.append(ir.Loop(node.start_byte, node.end_byte, "each", body, target, source, is_async=is_async))


@lowers_statement("for_statement")
def for_counting(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    init: list[ir.Statement] = []
    step: list[ir.Statement] = []
    for child in node.children_by_field_name("initializer"):
        if child.type == "variable_declaration":
            variables(reader, child, init, constant=False)
        elif child.type in VALUES:
            evaluated(reader, child, init, child.start_byte, child.end_byte)
    test = node.child_by_field_name("condition")
    tested = value(reader, test) if test is not None else None
    for child in node.children_by_field_name("update"):
        if child.type in VALUES:
            evaluated(reader, child, step, child.start_byte, child.end_byte)
    body = block(reader, part(node, "body"))
    lowered.append(ir.Loop(node.start_byte, node.end_byte, "for", body, None, tested, tuple(init), tuple(step)))


@lowers_statement("while_statement", "do_statement")
def conditional_loop(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    kind = node.type.removesuffix("_statement")
    tested = value(reader, part(node, "condition"))
    lowered.append(ir.Loop(node.start_byte, node.end_byte, kind, block(reader, part(node, "body")), None, tested))


# ------------------------------------------------------------------------------------------------- protected code


@lowers_statement("try_statement")
def try_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    body = block(reader, part(node, "body"))
    catches = tuple(_catch(reader, child) for child in node.named_children if child.type == "catch_clause")
    final: tuple[ir.Statement, ...] = ()
    for child in node.named_children:
        if child.type == "finally_clause":
            final = statements(reader, child.named_children[-1].named_children if child.named_children else [])
    lowered.append(ir.Try(node.start_byte, node.end_byte, body, catches, (), final))


def _catch(reader: Reader, node: Node) -> ir.Catch:
    """What a filter does not let in goes on being thrown."""
    types: tuple[str, ...] = ()
    name = ""
    tested: ir.Value | None = None
    where = (node.start_byte, node.end_byte)
    for child in node.named_children:
        if child.type == "catch_declaration":
            typed, named = child.child_by_field_name("type"), child.child_by_field_name("name")
            types = (dotted(type_value(reader, typed)),) if typed is not None else ()
            name = bound(reader, named).name if named is not None else ""
        elif child.type == "catch_filter_clause":
            tested = inner(reader, child)
            where = (child.start_byte, node.end_byte)
    body = block(reader, part(node, "body")) if node.child_by_field_name("body") is not None else ()
    if tested is not None:
        body = (ir.Branch(*where, tested, body, (ir.Throw(*where),)),)
    if types in (("Exception",), ("System.Exception",)):
        types = ()
    return ir.Catch(node.start_byte, node.end_byte, types, name, body)


@lowers_statement("using_statement")
def using_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    items: list[ir.Statement] = []
    body = part(node, "body")
    for child in node.children:
        if child.type == "variable_declaration":
            variables(reader, child, items, constant=True)
        elif child.type in VALUES and child.id != body.id:
            evaluated(reader, child, items, child.start_byte, child.end_byte)
    is_async = any(child.type == "await" for child in node.children[:2])
    lowered.append(ir.With(node.start_byte, node.end_byte, tuple(items), block(reader, body), is_async))


# --------------------------------------------------------------------------------------------------------- blocks


@lowers_statement("block")
def bare_block(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(ir.Block(node.start_byte, node.end_byte, block(reader, node)))


@lowers_statement("lock_statement", "checked_statement", "unsafe_statement", "fixed_statement")
def guarded_block(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """What is locked or fixed is read first."""
    inside: list[ir.Statement] = []
    body: tuple[ir.Statement, ...] = ()
    after_head = False
    for child in node.children:
        if child.type == "variable_declaration":
            variables(reader, child, inside, constant=True)
        elif child.type in VALUES and not after_head:
            content = value(reader, child)
            if isinstance(content, ir.Call):
                inside.append(ir.Evaluate(content.start, content.end, content))
        elif child.is_named and child.type not in SKIPPED:
            body = block(reader, child)
        after_head = after_head or child.type == ")"
    lowered.append(ir.Block(node.start_byte, node.end_byte, (*inside, *body)))


@lowers_statement("labeled_statement")
def labelled(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    label = reader.word(node.children[0]) if node.children else ""
    body = statements(reader, node.named_children[1:])
    lowered.append(ir.Block(node.start_byte, node.end_byte, body, label))


@lowers_statement("empty_statement")
def empty(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """Nothing happens."""


@lowers_statement("preproc_if", "preproc_elif", "preproc_else")
def conditional_code(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """Both what a directive lets in and what it leaves out."""
    for child in branch(node):
        statement(reader, child, lowered)
