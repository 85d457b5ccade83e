"""Statements, all but switches and what imports and exports."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.case_ladders import else_ifs
from eventlens.syntax.ecmascript.functions import function
from eventlens.syntax.ecmascript.reader import STATEMENTS, Reader, lowers_statement, value
from eventlens.syntax.ecmascript.salvage import DECLARED_EXPRESSIONS, statement
from eventlens.syntax.ecmascript.statement_lists import block
from eventlens.syntax.ecmascript.type_refs import annotation
from eventlens.syntax.ecmascript.values import augmenting, bare
from eventlens.syntax.reader import part

_SKIPPED = frozenset({"comment", "ERROR"})


@lowers_statement("expression_statement")
def expression_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    for child in node.named_children:
        kind = child.type
        if kind == "internal_module":
            namespace(reader, child, lowered)
        elif kind in DECLARED_EXPRESSIONS and child.child_by_field_name("name") is not None:
            # No statement begins like this; a missing brace further down makes the grammar read a declaration so.
            STATEMENTS[DECLARED_EXPRESSIONS[kind]](reader, child, lowered)
        elif kind not in _SKIPPED:
            evaluated(reader, child, lowered)


def evaluated(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """An expression whose value nobody takes; assignments are statements of their own, commas separate several."""
    inner = bare(node)
    kind = inner.type
    start, end = node.start_byte, node.end_byte
    if kind == "assignment_expression":
        target, content = value(reader, part(inner, "left")), value(reader, part(inner, "right"))
        lowered.append(ir.Assign(start, end, target, content))
    elif kind == "augmented_assignment_expression":
        target, content = value(reader, part(inner, "left")), value(reader, part(inner, "right"))
        lowered.append(ir.Assign(start, end, target, content, augmenting(inner)))
    elif kind == "sequence_expression":
        for child in inner.named_children:
            if child.type not in _SKIPPED:
                evaluated(reader, child, lowered)
    elif kind == "unary_expression" and inner.children[0].type == "void":
        lowered.append(ir.Evaluate(start, end, value(reader, inner.children[-1])))
    else:
        lowered.append(ir.Evaluate(start, end, value(reader, inner)))


@lowers_statement("lexical_declaration", "variable_declaration")
def declaration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    constant = node.children[0].type == "const"
    declarators = (child for child in node.named_children if child.type == "variable_declarator")
    lowered.extend(declarator(reader, child, constant) for child in declarators)


@lowers_statement("variable_declarator")
def stray_declarator(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """A declarator of a ``using``, or one whose keyword was lost to a syntax error."""
    lowered.append(declarator(reader, node, constant=True))


def declarator(reader: Reader, node: Node, constant: bool) -> ir.Assign:
    """One ``name: type = value`` of a declaration."""
    children = node.children
    target = value(reader, children[0])
    written = node.child_by_field_name("value") if len(children) > 1 else None
    content = value(reader, written) if written is not None else None
    typed = node.child_by_field_name("type") if len(children) > 1 else None
    lowered = annotation(reader, typed) if typed is not None else None
    return ir.Assign(node.start_byte, node.end_byte, target, content, "", True, constant, lowered)


@lowers_statement(
    "function_declaration", "generator_function_declaration", "function_signature", "generator_function_signature"
)
def function_declaration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(declared_function(reader, node))


def declared_function(reader: Reader, node: Node) -> ir.FunctionDeclaration:
    written = function(reader, node, "function")
    return ir.FunctionDeclaration(written.start, written.end, written)


@lowers_statement("return_statement")
def return_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(ir.Return(node.start_byte, node.end_byte, _operand(reader, node)))


@lowers_statement("throw_statement")
def throw_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(ir.Throw(node.start_byte, node.end_byte, _operand(reader, node)))


def _operand(reader: Reader, node: Node) -> ir.Value | None:
    for child in node.named_children:
        if child.type not in _SKIPPED:
            return value(reader, child)
    return None


@lowers_statement("break_statement", "continue_statement")
def jump(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(ir.Jump(node.start_byte, node.end_byte, node.children[0].type))


@lowers_statement("if_statement")
def if_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(else_ifs(reader, node, value, block, _else))


def _else(node: Node) -> Node | None:
    clause = node.child_by_field_name("alternative")
    if clause is None:
        return None
    return next((child for child in clause.named_children if child.type not in _SKIPPED), None)


# ---------------------------------------------------------------------------------------------------------- loops


@lowers_statement("for_in_statement")
def for_each(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """``for … of``, ``for await … of`` and ``for … in``, whose source is then the operation "in" of the object."""
    target, source = value(reader, part(node, "left")), value(reader, part(node, "right"))
    words = [child.type for child in node.children]
    if "in" in words:
        source = ir.Operation(source.start, source.end, "in", (source,))
    body = block(reader, part(node, "body"))
    lowered.append(ir.Loop(node.start_byte, node.end_byte, "each", body, target, source, is_async="await" in words))


@lowers_statement("for_statement")
def for_counting(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    init: list[ir.Statement] = []
    step: list[ir.Statement] = []
    condition: ir.Value | None = None
    first, test, increment = (node.child_by_field_name(name) for name in ("initializer", "condition", "increment"))
    if first is not None and first.type in ("lexical_declaration", "variable_declaration", "expression_statement"):
        statement(reader, first, init)
    elif first is not None and first.type != "empty_statement":
        evaluated(reader, first, init)
    if test is not None and test.type != "empty_statement":
        condition = value(reader, test.named_children[0] if test.type == "expression_statement" else test)
    if increment is not None:
        evaluated(reader, increment, step)
    body = block(reader, part(node, "body"))
    lowered.append(ir.Loop(node.start_byte, node.end_byte, "for", body, None, condition, tuple(init), tuple(step)))


@lowers_statement("while_statement", "do_statement")
def conditional_loop(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    kind = "while" if node.type == "while_statement" else "do"
    condition = value(reader, part(node, "condition"))
    lowered.append(ir.Loop(node.start_byte, node.end_byte, kind, block(reader, part(node, "body")), None, condition))


# ------------------------------------------------------------------------------------------------- protected code


@lowers_statement("try_statement")
def try_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    body = block(reader, part(node, "body"))
    catches: tuple[ir.Catch, ...] = ()
    final: tuple[ir.Statement, ...] = ()
    for child in node.named_children:
        if child.type == "catch_clause":
            catches = (*catches, _catch(reader, child))
        elif child.type == "finally_clause":
            final = block(reader, part(child, "body"))
    lowered.append(ir.Try(node.start_byte, node.end_byte, body, catches, (), final))


def _catch(reader: Reader, node: Node) -> ir.Catch:
    """A destructured error is bound to a name of its own first."""
    parameter = node.child_by_field_name("parameter")
    name = reader.of(parameter) if parameter is not None else ""
    bound: tuple[ir.Statement, ...] = ()
    if parameter is not None and parameter.type != "identifier":
        start, end = parameter.start_byte, parameter.end_byte
        name = f"<caught@{start}>"
        bound = (ir.Assign(start, end, value(reader, parameter), ir.Name(start, end, name), "", True, True),)
    body = block(reader, part(node, "body"))
    return ir.Catch(node.start_byte, node.end_byte, (), name, (*bound, *body))


@lowers_statement("with_statement")
def with_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    entered = value(reader, part(node, "object"))
    item = ir.Evaluate(entered.start, entered.end, entered)
    lowered.append(ir.With(node.start_byte, node.end_byte, (item,), block(reader, part(node, "body"))))


# --------------------------------------------------------------------------------------------------------- blocks


@lowers_statement("statement_block")
def bare_block(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(ir.Block(node.start_byte, node.end_byte, block(reader, node)))


@lowers_statement("labeled_statement")
def labelled(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    label = reader.of(part(node, "label"))
    lowered.append(ir.Block(node.start_byte, node.end_byte, block(reader, part(node, "body")), label))


@lowers_statement("internal_module", "module")
def namespace(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """``namespace A.B { … }`` and ``declare module 'm' { … }``: a block under its name, which qualifies what is in it."""
    named = part(node, "name")
    name = reader.of(named).strip("'\"")
    body = node.child_by_field_name("body")
    outer = reader.scope
    reader.scope = reader.qualified(name)
    inside = block(reader, body) if body is not None else ()
    reader.scope = outer
    lowered.append(ir.Block(node.start_byte, node.end_byte, inside, name))


@lowers_statement("ambient_declaration")
def ambient(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    for child in node.named_children:
        if child.type == "statement_block":
            lowered.append(ir.Block(node.start_byte, node.end_byte, block(reader, child), "global"))
        elif child.type not in _SKIPPED:
            statement(reader, child, lowered)
