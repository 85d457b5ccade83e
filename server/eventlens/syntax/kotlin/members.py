"""What stands in the body of a class."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.annotations import modifiers
from eventlens.syntax.kotlin.chains import arguments
from eventlens.syntax.kotlin.constructors import primary_constructor, secondary_constructor
from eventlens.syntax.kotlin.documentation import doc
from eventlens.syntax.kotlin.functions import function
from eventlens.syntax.kotlin.properties import (
    accessor,
    extension_function,
    extension_property,
    initial_value,
    read_property,
    receiver_of,
)
from eventlens.syntax.kotlin.reader import COMMENTS, STATEMENTS, Frame, Reader, first
from eventlens.syntax.kotlin.salvage import salvage_inside, salvaged
from eventlens.syntax.kotlin.statement_lists import block
from eventlens.syntax.kotlin.type_refs import TYPES


@dataclass(slots=True)
class Members:
    """What was read of a class so far. ``parameters`` are the names that only its initialisers see."""

    name: str
    kind: str
    is_static: bool
    parameters: Frame
    fields: list[ir.ClassField] = field(default_factory=list)
    methods: list[ir.Function] = field(default_factory=list)
    body: list[ir.Statement] = field(default_factory=list)
    initial: list[ir.Statement] = field(default_factory=list)
    """What constructing does beyond giving fields their values, in order."""
    base_arguments: tuple[ir.Argument, ...] = ()

    def construct(
        self,
        reader: Reader,
        node: Node,
        primary: Node | None,
        parameters: tuple[ir.Parameter, ...],
        calls: tuple[ir.Statement, ...],
    ) -> None:
        """Put the primary constructor before the other methods, where there is one or something for it to do.

        Where only secondary constructors are written, what each of them does first stands among the class's statements.
        """
        if node.type == "object_literal":
            call = calls[0].value if calls and isinstance(calls[0], ir.Evaluate) else None
            if isinstance(call, ir.Call) and isinstance(call.callee, ir.Super):
                self.base_arguments, calls = call.args, calls[1:]
        body = (*calls, *self.initial)
        has_own = any(method.kind == "constructor" for method in self.methods)
        if primary is not None or (body and not self.is_static and not has_own):
            self.methods.insert(0, primary_constructor(reader, node, primary, parameters, body))
        else:
            self.body.extend(body)


def own_names(reader: Reader, body: Node | None) -> set[str]:
    """The names of the properties, functions and enum entries in a class body, its companion's included."""
    names: set[str] = set()
    for child in body.named_children if body is not None else ():
        kind = child.type
        if kind == "property_declaration" and first(child, *TYPES) is None:
            bound = first(child, "variable_declaration")
            named = first(bound, "identifier") if bound is not None else None
        elif kind == "function_declaration" and receiver_of(child) is None:
            named = child.child_by_field_name("name")
        elif kind == "enum_entry":
            named = first(child, "identifier")
        elif kind == "companion_object":
            names |= own_names(reader, first(child, "class_body"))
            continue
        else:
            continue
        if named is not None:
            names.add(reader.named(named))
    return names


def read_members(reader: Reader, body: Node | None, members: Members) -> None:
    """Lower the members in order. What is damaged among them is salvaged into the class's statements."""
    for child in body.named_children if body is not None else ():
        kind = child.type
        if kind in COMMENTS:
            reader.comment = child
        elif kind == "ERROR":
            _salvaged(reader, child, members)
        else:
            _member(reader, child, members)
            if reader.damaged and child.has_error:
                salvage_inside(reader, child, members.body)


def _salvaged(reader: Reader, error: Node, members: Members) -> None:
    """Whole members in an error are members; the rest is statements."""
    found = salvaged(reader, error)
    rest: list[ir.Statement] = []
    for each in found.body:
        if isinstance(each, ir.FunctionDeclaration):
            members.methods.append(each.function)
        else:
            rest.append(each)
    if rest:
        members.body.append(ir.Block(found.start, found.end, tuple(rest), "error"))


def _member(reader: Reader, node: Node, members: Members) -> None:
    kind = node.type
    if kind == "property_declaration":
        _property(reader, node, members)
    elif kind == "function_declaration":
        receiver = receiver_of(node)
        if receiver is not None:
            members.body.append(extension_function(reader, node, receiver))
        else:
            members.methods.append(function(reader, node, "static" if members.is_static else "method"))
    elif kind == "secondary_constructor":
        members.methods.append(secondary_constructor(reader, node))
    elif kind == "anonymous_initializer":
        _initializer(reader, node, members)
    elif kind == "enum_entry":
        members.fields.append(_entry(reader, node, members.name))
    elif kind == "companion_object":
        _companion(reader, node, members)
    elif kind in STATEMENTS:
        STATEMENTS[kind](reader, node, members.body)


def _initializer(reader: Reader, node: Node, members: Members) -> None:
    reader.frames.append(members.parameters)
    reader.frames.append(Frame())
    members.initial.extend(block(reader, first(node, "block")))
    reader.frames.pop()
    reader.frames.pop()


def _companion(reader: Reader, node: Node, members: Members) -> None:
    """The members of a companion belong to the class around it."""
    inner = Members(members.name, members.kind, True, Frame())
    read_members(reader, first(node, "class_body"), inner)
    members.fields.extend(inner.fields)
    members.methods.extend(inner.methods)
    members.body.extend((*inner.body, *inner.initial))


def _property(reader: Reader, node: Node, members: Members) -> None:
    """A field, unless only its accessors say what it is; one made of constructor parameters is assigned in the constructor."""
    found = read_property(reader, node)
    if found.receiver is not None:
        members.body.append(extension_property(reader, found))
        return
    has_content = found.initial is not None or found.delegate is not None
    if has_content or found.getter is None:
        start, end = node.start_byte, node.end_byte
        text = doc(reader, start)
        frame = members.parameters
        frame.taken = set()
        reader.frames.append(frame)
        content = initial_value(reader, found)
        reader.frames.pop()
        if content is not None and frame.taken:
            named = found.name_node
            holder = ir.This(named.start_byte, named.start_byte)
            target = ir.Member(named.start_byte, named.end_byte, holder, found.name, named.start_byte)
            members.initial.append(ir.Assign(named.start_byte, content.end, target, content))
            content = None
        members.fields.append(
            ir.ClassField(
                start, end, found.name, found.type, content, False, members.is_static, found.modifiers.decorators, text
            )
        )
    for written, kind in ((found.getter, "getter"), (found.setter, "setter")):
        if written is not None and first(written, "function_body") is not None:
            members.methods.append(accessor(reader, found, written, kind))


def _entry(reader: Reader, node: Node, enum: str) -> ir.ClassField:
    """One entry of an enum; its arguments construct it, its body is a class of its own."""
    start, end = node.start_byte, node.end_byte
    named = first(node, "identifier") or node
    given = first(node, "value_arguments")
    body = first(node, "class_body")
    args = arguments(reader, given) if given is not None else ()
    content: ir.Value | None = None
    if body is not None:
        content = ir.Call(start, end, _entry_class(reader, node, body, enum), args, True)
    elif given is not None:
        callee = ir.Name(named.start_byte, named.start_byte, enum)
        content = ir.Call(named.start_byte, end, callee, args, True)
    text = doc(reader, start)
    return ir.ClassField(
        start, end, reader.named(named), None, content, False, False, modifiers(reader, node).decorators, text
    )


def _entry_class(reader: Reader, node: Node, body: Node, enum: str) -> ir.ClassValue:
    start, end = body.start_byte, body.end_byte
    outer = reader.scope
    name = f"<class@{start}>"
    qualname = reader.scope = reader.qualified(name)
    reader.frames.append(Frame(own_names(reader, body), owner=enum))
    members = Members(name, "class", False, Frame())
    read_members(reader, body, members)
    reader.frames.pop()
    reader.scope = outer
    definition = ir.Class(
        start, end, "", qualname, "class", (ir.TypeRef(start, start, enum),), tuple(members.fields),
        tuple(members.methods), name_start=start, name_end=start, body=(*members.body, *members.initial),
    )  # fmt: skip
    return ir.ClassValue(start, end, definition)
