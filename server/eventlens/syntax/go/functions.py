"""Functions, methods, closures and their parameters."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.go.documentation import doc
from eventlens.syntax.go.reader import Frame, Reader, lowers_value
from eventlens.syntax.go.statement_lists import block
from eventlens.syntax.go.type_refs import is_error, result_type, result_types, type_parameters, type_ref
from eventlens.syntax.kept_parts import Lowered
from eventlens.syntax.reader import part


def function(reader: Reader, node: Node, kind: str, qualname: str, receiver: str | None = None) -> ir.Function:
    """A function of any kind; ``receiver`` is what a method calls `ir.This`, None where the one around it stays."""
    start, end = node.start_byte, node.end_byte
    named = node.child_by_field_name("name")
    name = reader.of(named) if named is not None else ""
    parameters = _parameters(reader, part(node, "parameters"))
    result = node.child_by_field_name("result")
    body_node = node.child_by_field_name("body")
    outer = (reader.scope, reader.frame, reader.receiver, reader.depth)
    reader.scope = qualname
    reader.frame = _frame(reader, result, parameters, reader.frame if kind == "lambda" else Frame())
    if receiver is not None:
        reader.receiver = receiver
    if any(each.name == reader.receiver for each in parameters):
        reader.receiver = ""
    reader.depth += 1
    body: tuple[ir.Statement, ...] | None = None
    if body_node is not None:
        head = reader.text[start : body_node.start_byte] if kind != "lambda" else None
        body = (*_declared_results(reader, result), *_statements(reader, body_node, head))
    reader.scope, reader.frame, reader.receiver, reader.depth = outer
    fails = any(_says_error(written) for _, written in result_types(result))
    return ir.Function(
        start, end, name, qualname, kind, parameters, body, result_type(reader, result),
        name_start=named.start_byte if named is not None else start,
        name_end=named.end_byte if named is not None else start,
        visibility="private" if name[:1].islower() or name[:1] == "_" else "public",
        doc=doc(reader, start) if kind != "lambda" else "",
        type_parameters=type_parameters(reader, node.child_by_field_name("type_parameters")),
        gives_errors=fails,
        says_errors=fails,
    )  # fmt: skip


def _statements(reader: Reader, body: Node, head: str | None) -> tuple[ir.Statement, ...]:
    """The statements of a body; those of a function (``head`` stands before them) that an edit left alone are not lowered again."""
    if reader.kept is None or head is None:
        return block(reader, body)
    state = (reader.scope, reader.receiver, reader.depth, head, reader.declared_types())
    return reader.kept.lowered(body, state, lambda: Lowered(block(reader, body))).nodes


def _declared_results(reader: Reader, result: Node | None) -> list[ir.Assign]:
    """Named results are variables of the function; the error is none, because it is thrown."""
    return [
        ir.Assign(
            name.start_byte, written.end_byte, ir.Name(name.start_byte, name.end_byte, reader.of(name)), None, declares=True,
            annotation=type_ref(reader, written),
        )
        for name, written in result_types(result)
        if name is not None and reader.of(name) != "_" and not is_error(written)
    ]  # fmt: skip


def _says_error(written: Node) -> bool:
    """Whether a result is an error, the predeclared one or one of a program's own (``*apperr.Error``)."""
    return is_error(written) or (written.text or b"").endswith((b"Error", b"Err"))


@lowers_value("func_literal")
def closure(reader: Reader, node: Node) -> ir.Lambda:
    start = node.start_byte
    return ir.Lambda(start, node.end_byte, function(reader, node, "lambda", reader.qualified(f"<lambda@{start}>")))


def _frame(reader: Reader, result: Node | None, parameters: tuple[ir.Parameter, ...], outer: Frame) -> Frame:
    results = result_types(result)
    fails = bool(results) and is_error(results[-1][1])
    named = tuple(
        ir.Parameter(name.start_byte, name.end_byte, reader.of(name))
        for name, _ in (results[:-1] if fails else results)
        if name is not None
    )
    bound = {each.name for each in parameters} | outer.bound
    error = results[-1][0] if fails else None
    error_name = reader.of(error) if error is not None else ""
    bound.add(error_name)
    return Frame(fails, len(results), named, error_name, bound, set(outer.caught))


def _parameters(reader: Reader, node: Node) -> tuple[ir.Parameter, ...]:
    found: list[ir.Parameter] = []
    for each in node.named_children:
        written = each.child_by_field_name("type")
        if written is None:
            continue
        kind = "rest" if each.type == "variadic_parameter_declaration" else "normal"
        names = [name for name in each.children_by_field_name("name") if name.is_named]
        lowered = type_ref(reader, written)
        if not names:
            found.append(ir.Parameter(each.start_byte, each.end_byte, "_", lowered, kind=kind))
        for position, name in enumerate(names):
            end = each.end_byte if position == len(names) - 1 else name.end_byte
            type_here = lowered if end == each.end_byte else None
            start = name.start_byte
            found.append(ir.Parameter(start, end, reader.of(name), type_here or lowered, kind=kind))
    return tuple(found)
