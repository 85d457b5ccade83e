"""Statements, all but switches."""

from __future__ import annotations

import msgspec
from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.case_ladders import else_ifs
from eventlens.syntax.java.arguments import arguments
from eventlens.syntax.java.functions import method
from eventlens.syntax.java.reader import SKIPPED, Reader, first, lowers_statement, value
from eventlens.syntax.java.salvage import statement
from eventlens.syntax.java.statement_lists import block
from eventlens.syntax.java.switches import evaluated_switch, switch_into
from eventlens.syntax.java.type_refs import catch_types, declared_type
from eventlens.syntax.java.values import augmenting, bare
from eventlens.syntax.reader import part


@lowers_statement("expression_statement")
def expression_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    for child in node.named_children:
        if child.type not in SKIPPED:
            evaluated(reader, child, lowered)


def evaluated(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """An expression whose value nobody takes; assignments are statements of their own."""
    inner = bare(node)
    start = node.start_byte
    end = node.end_byte
    if inner.type == "switch_expression":
        evaluated_switch(reader, inner, lowered)
    elif inner.type == "assignment_expression":
        target = value(reader, part(inner, "left"))
        operator = augmenting(inner)
        right = part(inner, "right")
        if right.type == "switch_expression" and not operator:
            inside: list[ir.Statement] = []
            chosen = switch_into(reader, right, inside, lambda each: ir.Assign(start, end, target, each))
            lowered.extend(inside if chosen is None else [ir.Assign(start, end, target, chosen)])
        else:
            lowered.append(ir.Assign(start, end, target, value(reader, right), operator))
    else:
        lowered.append(ir.Evaluate(start, end, value(reader, inner)))


@lowers_statement("local_variable_declaration")
def local_variables(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    constant = any(
        word.type == "final" for child in node.children if child.type == "modifiers" for word in child.children
    )
    for declarator in node.named_children:
        if declarator.type == "variable_declarator":
            _declared(reader, node, declarator, constant, lowered)


def _declared(reader: Reader, node: Node, declarator: Node, constant: bool, lowered: list[ir.Statement]) -> None:
    start, end = declarator.start_byte, declarator.end_byte
    named = part(declarator, "name")
    target = ir.Name(named.start_byte, named.end_byte, reader.of(named))
    annotation = declared_type(reader, node, declarator)
    written = declarator.child_by_field_name("value")
    reader.scopes.declare(target.name)
    if written is not None and written.type == "switch_expression":
        inside: list[ir.Statement] = []
        content = switch_into(reader, written, inside, lambda each: ir.Assign(start, end, target, each))
        if content is None:
            lowered.append(ir.Assign(start, target.end, target, None, "", True, constant, annotation))
            lowered.extend(inside)
            return
    else:
        content = value(reader, written) if written is not None else None
    lowered.append(ir.Assign(start, end, target, content, "", True, constant, annotation))


@lowers_statement("method_declaration")
def method_declaration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """A method outside any class: in a damaged tree, or in a file that is a class without saying so."""
    function = msgspec.structs.replace(method(reader, node), kind="function")
    lowered.append(ir.FunctionDeclaration(function.start, function.end, function))


@lowers_statement("return_statement")
def return_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    written = first(node)
    start, end = node.start_byte, node.end_byte
    if written is not None and written.type == "switch_expression":
        switch_into(reader, written, lowered, lambda each: ir.Return(each.start, each.end, each))
        return
    lowered.append(ir.Return(start, end, value(reader, written) if written is not None else None))


@lowers_statement("yield_statement")
def yield_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    written = first(node)
    if written is not None:
        lowered.append(reader.yields(value(reader, written)))


@lowers_statement("throw_statement")
def throw_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    written = first(node)
    content = value(reader, written) if written is not None else None
    lowered.append(ir.Throw(node.start_byte, node.end_byte, content))


@lowers_statement("break_statement", "continue_statement")
def jump(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(ir.Jump(node.start_byte, node.end_byte, node.children[0].type))


@lowers_statement("explicit_constructor_invocation")
def constructor_call(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    named = part(node, "constructor")
    given = node.child_by_field_name("arguments")
    call = ir.Call(start, end, value(reader, named), arguments(reader, given) if given is not None else ())
    lowered.append(ir.Evaluate(start, end, call))


@lowers_statement("assert_statement")
def assertion(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """What it tests and what it would say; in production nothing is thrown."""
    parts = [value(reader, child) for child in node.named_children if child.type not in SKIPPED]
    lowered.extend(ir.Evaluate(part.start, part.end, part) for part in parts)


@lowers_statement("if_statement")
def if_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(else_ifs(reader, node, value, block, lambda each: each.child_by_field_name("alternative")))


# ---------------------------------------------------------------------------------------------------------- loops


@lowers_statement("enhanced_for_statement")
def for_each(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    known = len(reader.scopes.locals)
    source = value(reader, part(node, "value"))
    named = part(node, "name")
    target = ir.Name(named.start_byte, named.end_byte, reader.of(named))
    reader.scopes.declare(target.name)
    body = block(reader, part(node, "body"))
    reader.scopes.forget(known)
    lowered.append(ir.Loop(node.start_byte, node.end_byte, "each", body, target, source))


@lowers_statement("for_statement")
def for_counting(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    known = len(reader.scopes.locals)
    init: list[ir.Statement] = []
    step: list[ir.Statement] = []
    for child in node.children_by_field_name("init"):
        if child.type == "local_variable_declaration":
            statement(reader, child, init)
        else:
            evaluated(reader, child, init)
    test = node.child_by_field_name("condition")
    condition = value(reader, test) if test is not None else None
    for child in node.children_by_field_name("update"):
        evaluated(reader, child, step)
    body = block(reader, part(node, "body"))
    reader.scopes.forget(known)
    lowered.append(ir.Loop(node.start_byte, node.end_byte, "for", body, None, condition, tuple(init), tuple(step)))


@lowers_statement("while_statement", "do_statement")
def conditional_loop(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    kind = "while" if node.type == "while_statement" else "do"
    condition = value(reader, part(node, "condition"))
    lowered.append(ir.Loop(node.start_byte, node.end_byte, kind, block(reader, part(node, "body")), None, condition))


# ------------------------------------------------------------------------------------- protected code and resources


@lowers_statement("try_statement", "try_with_resources_statement")
def try_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    known = len(reader.scopes.locals)
    written = node.child_by_field_name("resources")
    items = _resources(reader, written) if written is not None else ()
    inner = part(node, "body")
    body = block(reader, inner)
    reader.scopes.forget(known)
    if written is not None:
        body = (ir.With(written.start_byte, inner.end_byte, items, body),)
    catches = tuple(_catch(reader, child) for child in node.named_children if child.type == "catch_clause")
    final: tuple[ir.Statement, ...] = ()
    for child in node.named_children:
        if child.type == "finally_clause":
            final = block(reader, first(child) or child)
    if catches or final or written is None:
        lowered.append(ir.Try(start, end, body, catches, (), final))
    else:
        lowered.extend(body)


def _resources(reader: Reader, node: Node) -> tuple[ir.Statement, ...]:
    items: list[ir.Statement] = []
    for child in node.named_children:
        if child.type != "resource":
            continue
        start, end = child.start_byte, child.end_byte
        named = child.child_by_field_name("name")
        written = child.child_by_field_name("value")
        if named is not None and written is not None:
            content = value(reader, written)
            reader.scopes.declare(reader.of(named))
            target = ir.Name(named.start_byte, named.end_byte, reader.of(named))
            items.append(ir.Assign(start, end, target, content, "", True, True, declared_type(reader, child)))
        else:
            held = first(child)
            items.extend(() if held is None else (ir.Evaluate(start, end, value(reader, held)),))
    return tuple(items)


def _catch(reader: Reader, node: Node) -> ir.Catch:
    known = len(reader.scopes.locals)
    parameter = next((child for child in node.named_children if child.type == "catch_formal_parameter"), None)
    types: tuple[str, ...] = ()
    name = ""
    for child in parameter.named_children if parameter is not None else ():
        if child.type == "catch_type":
            types = catch_types(reader, child)
        elif child.type in ("identifier", "underscore_pattern"):
            name = reader.of(child)
            reader.scopes.declare(name)
    body = block(reader, part(node, "body"))
    reader.scopes.forget(known)
    return ir.Catch(node.start_byte, node.end_byte, types, name, body)


# --------------------------------------------------------------------------------------------------------- blocks


@lowers_statement("block", "constructor_body")
def bare_block(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    known = len(reader.scopes.locals)
    inside: list[ir.Statement] = []
    for child in node.named_children:
        statement(reader, child, inside)
    reader.scopes.forget(known)
    lowered.append(ir.Block(node.start_byte, node.end_byte, tuple(inside)))


@lowers_statement("synchronized_statement")
def synchronized(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(ir.Block(node.start_byte, node.end_byte, block(reader, part(node, "body"))))


@lowers_statement("labeled_statement")
def labelled(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    children = [child for child in node.named_children if child.type not in SKIPPED]
    lowered.append(ir.Block(node.start_byte, node.end_byte, block(reader, children[-1]), reader.of(children[0])))
