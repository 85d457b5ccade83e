"""Imports, types and functions."""

from __future__ import annotations

import re

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.go.documentation import doc
from eventlens.syntax.go.functions import function
from eventlens.syntax.go.literals import string_text
from eventlens.syntax.go.reader import Reader, lowers_statement
from eventlens.syntax.go.type_refs import base_name, struct_members, type_parameters, type_ref
from eventlens.syntax.reader import part

_VERSION = re.compile(r"v\d+")
_QUALIFYING = re.compile(r"\b(\w+)\.")


@lowers_statement("import_declaration")
def imported(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    waiting = list(reversed(node.named_children))
    while waiting:
        spec = waiting.pop()
        path = spec.child_by_field_name("path")
        if path is None:
            waiting.extend(reversed(spec.named_children))
            continue
        module = string_text(reader, path)
        alias = spec.child_by_field_name("name")
        local = (
            {"dot": "*", "blank_identifier": ""}.get(alias.type, reader.of(alias))
            if alias
            else _usual(_qualifying(reader, node), module)
        )
        reader.imports.append(ir.Import(spec.start_byte, spec.end_byte, local, module, "*", guessed=alias is None))


def _qualifying(reader: Reader, declaration: Node) -> frozenset[str]:
    """The names that stand before a dot after the file's imports: all are found at once, as files import much."""
    if reader.qualifying is None:
        last, following = declaration, declaration.next_named_sibling
        while following is not None and following.type in ("import_declaration", "comment"):
            last, following = following, following.next_named_sibling
        reader.qualifying = frozenset(_QUALIFYING.findall(reader.text, last.end_byte))
    return reader.qualifying


def _usual(qualifying: frozenset[str], module: str) -> str:
    """What a package is most likely called: of the customary names, the one that the file uses."""
    elements = module.split("/")
    last = elements[-2] if len(elements) > 1 and _VERSION.fullmatch(elements[-1]) else elements[-1]
    last = re.sub(r"\.v\d+$", "", last)
    short = re.sub(r"^go[-.]|[-.]go$", "", last)
    customary = [short, last.replace("-", ""), last.replace("-", "_"), short.split("-")[-1], short.split("-")[0]]
    return next((name for name in customary if name in qualifying), short)


@lowers_statement("function_declaration")
def declared_function(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    written = function(reader, node, "function", reader.qualified(reader.of(part(node, "name"))))
    lowered.append(ir.FunctionDeclaration(written.start, written.end, written))


@lowers_statement("method_declaration")
def method(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """Kept for the type; a type of another file gets a part of a class where its first method stands."""
    taken = [each for each in part(node, "receiver").named_children if each.type == "parameter_declaration"]
    named = taken[0].child_by_field_name("name") if taken else None
    of = base_name(reader, part(taken[0], "type")) if taken else node
    owner = reader.of(of) if taken else ""
    receiver = reader.of(named) if named is not None else ""
    written = function(
        reader, node, "method", f"{owner}.{reader.of(part(node, 'name'))}", "" if receiver == "_" else receiver
    )
    if owner not in reader.named and owner not in reader.methods:
        start, end = node.start_byte, node.end_byte
        shell = ir.Class(
            start, end, owner, owner, "class", name_start=of.start_byte, name_end=of.end_byte, is_part=True
        )
        lowered.append(ir.ClassDeclaration(start, end, shell))
    reader.methods.setdefault(owner, []).append(written)


@lowers_statement("type_declaration")
def types(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    for spec in node.named_children:
        if spec.type not in ("type_spec", "type_alias"):
            continue
        whole = node if node.named_child_count == 1 else spec
        definition = _type(reader, whole, spec)
        lowered.append(ir.ClassDeclaration(definition.start, definition.end, definition))


def _type(reader: Reader, whole: Node, spec: Node) -> ir.Class:
    named, of = part(spec, "name"), part(spec, "type")
    name = reader.of(named)
    qualname = reader.qualified(name)
    fields: tuple[ir.ClassField, ...] = ()
    bases: tuple[ir.TypeRef, ...] = ()
    methods: tuple[ir.Function, ...] = ()
    kind, aliased = "alias", None
    if of.type == "struct_type":
        kind = "class"
        fields, bases = struct_members(reader, of)
    elif of.type == "interface_type":
        kind = "interface"
        elements = [each for each in of.named_children if each.type == "type_elem" and each.named_child_count == 1]
        bases = tuple(type_ref(reader, each) for each in elements if each.named_children[0].type != "negated_type")
        methods = tuple(
            function(reader, each, "method", f"{qualname}.{reader.of(part(each, 'name'))}")
            for each in of.named_children
            if each.type == "method_elem"
        )
    else:
        aliased = type_ref(reader, of)
    return ir.Class(
        whole.start_byte, whole.end_byte, name, qualname, kind, bases, fields, methods, aliased=aliased,
        name_start=named.start_byte, name_end=named.end_byte, doc=doc(reader, whole.start_byte),
        type_parameters=type_parameters(reader, spec.child_by_field_name("type_parameters")),
        is_structural=kind == "interface", is_part=kind != "interface",
    )  # fmt: skip
