"""Primary and secondary constructors, and the types that a class names as its bases."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.annotations import modifiers
from eventlens.syntax.kotlin.chains import arguments
from eventlens.syntax.kotlin.documentation import doc
from eventlens.syntax.kotlin.functions import function_parameters
from eventlens.syntax.kotlin.reader import Frame, Reader, after, first, value
from eventlens.syntax.kotlin.statement_lists import block
from eventlens.syntax.kotlin.type_refs import TYPES, type_ref


@dataclass(frozen=True, slots=True)
class Supertypes:
    """``bases`` in order; ``calls`` are what constructing the class does for them: ``super(…)`` and delegates."""

    bases: tuple[ir.TypeRef, ...]
    calls: tuple[ir.Statement, ...]


def supertypes(reader: Reader, node: Node) -> Supertypes:
    """What stands after the colon of a class."""
    written = first(node, "delegation_specifiers")
    bases: list[ir.TypeRef] = []
    calls: list[ir.Statement] = []
    for specifier in written.named_children if written is not None else ():
        named = specifier.named_children[0] if specifier.named_children else specifier
        if named.type == "constructor_invocation":
            given = first(named, "value_arguments")
            args = arguments(reader, given) if given is not None else ()
            if args:
                call = ir.Call(named.start_byte, named.end_byte, ir.Super(named.start_byte, named.start_byte), args)
                calls.append(ir.Evaluate(call.start, call.end, call))
        elif named.type == "explicit_delegation":
            delegate = after(named, "by")
            content = value(reader, delegate) if delegate is not None else None
            if isinstance(content, ir.Call):
                calls.append(ir.Evaluate(content.start, content.end, content))
        typed = named if named.type in TYPES else first(named, *TYPES)
        if typed is not None:
            bases.append(type_ref(reader, typed))
    return Supertypes(tuple(bases), tuple(calls))


def _class_parameters(primary: Node | None) -> list[Node]:
    written = first(primary, "class_parameters") if primary is not None else None
    return [child for child in written.named_children if child.type == "class_parameter"] if written is not None else []


def _is_property(node: Node) -> bool:
    return first(node, "val", "var") is not None


def properties_of(reader: Reader, primary: Node | None) -> set[str]:
    """The names of the constructor parameters that are properties."""
    named = (first(child, "identifier") for child in _class_parameters(primary) if _is_property(child))
    return {reader.named(each) for each in named if each is not None}


def primary_parameters(reader: Reader, primary: Node | None) -> tuple[ir.Parameter, ...]:
    """The parameters of a primary constructor; properties are marked."""
    return tuple(_class_parameter(reader, child) for child in _class_parameters(primary))


def _class_parameter(reader: Reader, node: Node) -> ir.Parameter:
    named = first(node, "identifier")
    written = first(node, *TYPES)
    default = after(node, "=")
    found = modifiers(reader, node)
    lowered = type_ref(reader, written) if written is not None else None
    content = value(reader, default) if default is not None else None
    name = reader.named(named) if named is not None else ""
    reader.declare(name)
    kind = "rest" if "vararg" in found.words else "normal"
    return ir.Parameter(
        node.start_byte, node.end_byte, name, lowered, content, kind, None, found.decorators, _is_property(node)
    )


def primary_constructor(
    reader: Reader,
    node: Node,
    primary: Node | None,
    parameters: tuple[ir.Parameter, ...],
    body: tuple[ir.Statement, ...],
) -> ir.Function:
    """The constructor that a class's head declares, with what initialisers do in its body.

    It reaches as far as the class where its body does: initialisers stand among the members.
    """
    written = primary or node
    found = modifiers(reader, primary) if primary is not None else modifiers(reader, written)
    decorators = found.decorators if primary is not None else ()
    visibility = found.visibility if primary is not None else "public"
    end = max([written.end_byte, *(each.end for each in body)])
    start = min([written.start_byte, *(each.start for each in body)])
    return ir.Function(
        start, end, "constructor", reader.qualified("constructor"), "constructor", parameters, body,
        None, decorators, False, False, written.start_byte, written.start_byte, visibility,
    )  # fmt: skip


def secondary_constructor(reader: Reader, node: Node) -> ir.Function:
    """``constructor(…) : this(…) { … }``."""
    outer = reader.scope
    qualname = reader.scope = reader.qualified("constructor")
    reader.frames.append(Frame())
    written = first(node, "function_value_parameters")
    parameters = function_parameters(reader, written) if written is not None else ()
    called = first(node, "constructor_delegation_call")
    delegated = (_delegation(reader, called),) if called is not None else ()
    body = block(reader, first(node, "block"))
    reader.frames.pop()
    reader.scope = outer
    found = modifiers(reader, node)
    keyword = first(node, "constructor") or node
    return ir.Function(
        node.start_byte, node.end_byte, "constructor", qualname, "constructor", parameters, (*delegated, *body), None,
        found.decorators, False, False, keyword.start_byte, keyword.end_byte, found.visibility, False,
        doc(reader, node.start_byte),
    )  # fmt: skip


def _delegation(reader: Reader, node: Node) -> ir.Evaluate:
    start, end = node.start_byte, node.end_byte
    keyword = node.children[0]
    callee: ir.Value = ir.This(keyword.start_byte, keyword.end_byte)
    if keyword.type == "super":
        callee = ir.Super(keyword.start_byte, keyword.end_byte)
    given = first(node, "value_arguments")
    return ir.Evaluate(start, end, ir.Call(start, end, callee, arguments(reader, given) if given is not None else ()))
