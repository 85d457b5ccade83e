"""The members of a type: fields, properties, methods, constructors, operators, events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as holding
from typing import Any

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.attributes import attributes
from eventlens.syntax.csharp.chains import arguments
from eventlens.syntax.csharp.creations import typed_value
from eventlens.syntax.csharp.documentation import doc
from eventlens.syntax.csharp.functions import Body, body_of, inside, parameters
from eventlens.syntax.csharp.reader import Reader
from eventlens.syntax.csharp.statements import initial
from eventlens.syntax.csharp.types import annotation, type_parameters, type_ref
from eventlens.syntax.reader import part

_VISIBILITIES = frozenset({"private", "protected", "public", "internal"})


@dataclass(slots=True)
class Members:
    """What was read of a type's body. ``default`` is the visibility of what does not say any."""

    default: str
    fields: list[ir.ClassField] = holding(default_factory=list)
    methods: list[ir.Function] = holding(default_factory=list)
    body: list[ir.Statement] = holding(default_factory=list)
    extensions: list[ir.Class] = holding(default_factory=list)

    def lists(self) -> tuple[list[Any], ...]:
        """What members are added to."""
        return self.fields, self.methods, self.body, self.extensions


def modifiers(reader: Reader, node: Node) -> list[str]:
    """The words before a declaration."""
    return [reader.of(child) for child in node.children if child.type == "modifier"]


def visibility(words: Iterable[str], default: str) -> str:
    """``private`` and ``protected`` as written; what the assembly sees is public to Eventlens."""
    written = [word for word in words if word in _VISIBILITIES]
    if not written:
        return default
    if "private" in written:
        return "private"
    return "protected" if written == ["protected"] else "public"


# --------------------------------------------------------------------------------------------- fields and properties


def fields(reader: Reader, node: Node, members: Members) -> None:
    """A ``field_declaration`` or ``event_field_declaration``; each declarator is a field."""
    words = modifiers(reader, node)
    static = "const" in words or "static" in words
    text = doc(reader, node.start_byte)
    decorators = attributes(reader, node)
    declaration = next((child for child in node.named_children if child.type == "variable_declaration"), None)
    if declaration is None:
        return
    typed = annotation(reader, declaration.child_by_field_name("type"))
    declarators = [child for child in declaration.named_children if child.type == "variable_declarator"]
    for position, declarator in enumerate(declarators):
        start = declarator.start_byte if position else node.start_byte
        end = node.end_byte if len(declarators) == 1 else declarator.end_byte
        written = initial(declarator)
        content = typed_value(reader, written, typed) if written is not None else None
        name = reader.word(part(declarator, "name"))
        members.fields.append(ir.ClassField(start, end, name, typed, content, False, static, decorators, text))


def property_(reader: Reader, node: Node, members: Members) -> None:
    """An automatic property is a field; accessors with bodies are a getter and a setter."""
    words = modifiers(reader, node)
    text = doc(reader, node.start_byte)
    decorators = attributes(reader, node)
    typed = annotation(reader, node.child_by_field_name("type"))
    named = part(node, "name")
    written = node.child_by_field_name("value")
    accessors = _accessors(node)
    if written is not None and written.type == "arrow_expression_clause":
        members.methods.append(_accessor(reader, node, node, "getter", named, typed, members.default, text, written))
        return
    is_automatic = any(each.child_by_field_name("body") is None for each in accessors) or not accessors
    if is_automatic:
        content = typed_value(reader, written, typed) if written is not None else None
        static = "static" in words
        members.fields.append(
            ir.ClassField(
                node.start_byte, node.end_byte, reader.word(named), typed, content, False, static, decorators, text
            )
        )
    for each in accessors:
        body = each.child_by_field_name("body")
        if body is not None:
            kind = "getter" if reader.of(part(each, "name")) == "get" else "setter"
            members.methods.append(_accessor(reader, node, each, kind, named, typed, members.default, text, body))


def _accessors(node: Node) -> list[Node]:
    held = node.child_by_field_name("accessors")
    return [] if held is None else [child for child in held.named_children if child.type == "accessor_declaration"]


def _accessor(
    reader: Reader, owner: Node, node: Node, kind: str, named: Node, typed: ir.TypeRef | None,
    default: str, text: str, body: Node, name: str | None = None, taken_in: Node | None = None,
) -> ir.Function:  # fmt: skip
    """A getter, or a setter with its parameter ``value``."""
    name = reader.word(named) if name is None else name
    words = modifiers(reader, owner)
    seen = visibility(modifiers(reader, node), visibility(words, default))
    takes = kind in ("setter", "method")
    returned = None if kind == "setter" else typed
    with inside(reader, reader.qualified(name), typed):
        taken = parameters(reader, taken_in)
        if takes:
            reader.locals.add("value")
            taken = (
                (*taken, ir.Parameter(node.start_byte, node.start_byte, "value", typed)) if kind == "setter" else taken
            )
        read = body_of(reader, body)
    return ir.Function(
        node.start_byte, node.end_byte, name, reader.qualified(name), kind, taken, read.statements, returned,
        attributes(reader, owner) if node is owner or kind == "getter" else (), False, read.is_generator,
        named.start_byte if node is owner else node.start_byte, named.end_byte if node is owner else node.start_byte,
        seen, doc=text,
    )  # fmt: skip


def indexer(reader: Reader, node: Node, members: Members) -> None:
    """An indexer's accessors are methods under the names that the runtime gives them."""
    text = doc(reader, node.start_byte)
    typed = annotation(reader, node.child_by_field_name("type"))
    taken = node.child_by_field_name("parameters")
    written = node.child_by_field_name("value")
    if written is not None:
        members.methods.append(
            _accessor(reader, node, node, "method", node, typed, members.default, text, written, "get_Item", taken)
        )
    for each in _accessors(node):
        body = each.child_by_field_name("body")
        if body is not None:
            name = "get_Item" if reader.of(part(each, "name")) == "get" else "set_Item"
            members.methods.append(
                _accessor(reader, node, each, "method", each, typed, members.default, text, body, name, taken)
            )


def event(reader: Reader, node: Node, members: Members) -> None:
    """An event with accessors: a field, and a method for each accessor."""
    text = doc(reader, node.start_byte)
    typed = annotation(reader, node.child_by_field_name("type"))
    named = part(node, "name")
    name = reader.word(named)
    static = "static" in modifiers(reader, node)
    members.fields.append(
        ir.ClassField(
            node.start_byte, node.end_byte, name, typed, static=static, decorators=attributes(reader, node), doc=text
        )
    )
    for each in _accessors(node):
        body = each.child_by_field_name("body")
        if body is not None:
            called = f"{reader.of(part(each, 'name'))}_{name}"
            members.methods.append(
                _accessor(reader, node, each, "method", named, None, members.default, text, body, called)
            )


# --------------------------------------------------------------------------------------------------------- methods


def method(reader: Reader, node: Node, members: Members) -> None:
    """A method; one with a ``this`` parameter is an extension of that parameter's type."""
    words = modifiers(reader, node)
    receiver = _receiver(reader, node) if "static" in words else None
    extended = annotation(reader, receiver.child_by_field_name("type")) if receiver is not None else None
    named = part(node, "name")
    default = (
        "public" if any(child.type == "explicit_interface_specifier" for child in node.children) else members.default
    )
    kind = "static" if "static" in words and extended is None else "method"
    if extended is None or receiver is None:
        members.methods.append(_function(reader, node, kind, reader.word(named), named, words, default))
        return
    outer = reader.receiver
    reader.receiver = reader.word(part(receiver, "name"))
    written = _function(reader, node, kind, reader.word(named), named, words, default, receiver)
    reader.receiver = outer
    constraint = _constraint(reader, node, extended.name)
    members.extensions.append(_extension(reader, written, constraint or extended))


def _receiver(reader: Reader, node: Node) -> Node | None:
    taken = node.child_by_field_name("parameters")
    first = next((each for each in taken.named_children if each.type == "parameter"), None) if taken else None
    if first is None or "this" not in [reader.of(child) for child in first.children if child.type == "modifier"]:
        return None
    return first


def _constraint(reader: Reader, node: Node, name: str) -> ir.TypeRef | None:
    """The first type that ``where name : …`` demands."""
    for child in node.named_children:
        if child.type == "type_parameter_constraints_clause" and child.named_children:
            types = [each.child_by_field_name("type") for each in child.named_children[1:]]
            if reader.word(child.named_children[0]) == name and types and types[0] is not None:
                return type_ref(reader, types[0])
    return None


def _extension(reader: Reader, written: ir.Function, extended: ir.TypeRef) -> ir.Class:
    """The method as one of the type that it extends; a nullable type is the type."""
    if extended.name == "|" and extended.args:
        extended = extended.args[0]
    name = extended.name.rpartition(".")[2]
    return ir.Class(
        written.start, written.end, name, reader.qualified(name), "extension", methods=(written,),
        name_start=extended.start, name_end=extended.end, type_parameters=written.type_parameters,
    )  # fmt: skip


def _function(
    reader: Reader, node: Node, kind: str, name: str, named: Node, words: list[str], default: str,
    receiver: Node | None = None, before: tuple[ir.Statement, ...] = (),
) -> ir.Function:  # fmt: skip
    text = doc(reader, node.start_byte)
    returns = annotation(reader, node.child_by_field_name("returns") or node.child_by_field_name("type"))
    generic = node.child_by_field_name("type_parameters")
    qualname = reader.qualified(name)
    with inside(reader, qualname, returns):
        taken = parameters(reader, node.child_by_field_name("parameters"))
        if receiver is not None:
            taken = taken[1:]
        start = _base_call(reader, node)
        read: Body = body_of(reader, node.child_by_field_name("body"))
    body = (*before, *start, *(read.statements or ())) if read.statements is not None else None
    return ir.Function(
        node.start_byte, node.end_byte, name, qualname, kind, taken, body, returns, attributes(reader, node),
        "async" in words, read.is_generator, named.start_byte, named.end_byte, visibility(words, default),
        doc=text, type_parameters=type_parameters(reader, generic) if generic is not None else (),
    )  # fmt: skip


def _base_call(reader: Reader, node: Node) -> tuple[ir.Statement, ...]:
    """``: base(…)`` or ``: this(…)`` of a constructor."""
    written = next((child for child in node.named_children if child.type == "constructor_initializer"), None)
    if written is None:
        return ()
    given = next((child for child in written.named_children if child.type == "argument_list"), None)
    word = next((child for child in written.children if child.type in ("base", "this")), written)
    start, end = written.start_byte, written.end_byte
    place = (word.start_byte, word.end_byte)
    callee = ir.Super(*place) if word.type == "base" else ir.This(*place)
    call = ir.Call(word.start_byte, end, callee, arguments(reader, given) if given is not None else ())
    return (ir.Evaluate(start, end, call),)


def constructor(reader: Reader, node: Node, members: Members) -> None:
    """A static constructor is a static block."""
    words = modifiers(reader, node)
    named = part(node, "name")
    written = _function(reader, node, "constructor", "constructor", named, words, members.default)
    if "static" in words:
        members.body.append(ir.Block(node.start_byte, node.end_byte, written.body or (), "static"))
    else:
        members.methods.append(written)


def special(reader: Reader, node: Node, members: Members) -> None:
    """Finalisers, operators and conversions, called like their heads."""
    words = modifiers(reader, node)
    named = node.child_by_field_name("name") or node.child_by_field_name("operator") or part(node, "type")
    prefix = "~" if node.type == "destructor_declaration" else "operator "
    kind = "method" if node.type == "destructor_declaration" else "static"
    members.methods.append(_function(reader, node, kind, prefix + reader.of(named), named, words, members.default))
