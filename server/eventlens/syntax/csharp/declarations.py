"""Types: classes, structs, records, interfaces, enums, delegates; and the namespaces around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp import members as _members
from eventlens.syntax.csharp.attributes import attribute, attributes
from eventlens.syntax.csharp.chains import arguments
from eventlens.syntax.csharp.documentation import doc
from eventlens.syntax.csharp.functions import inside, parameters
from eventlens.syntax.csharp.members import Members, modifiers
from eventlens.syntax.csharp.reader import MAX_DEPTH, SKIPPED, STATEMENTS, Reader, lowers_statement, value
from eventlens.syntax.csharp.salvage import salvaged
from eventlens.syntax.csharp.statement_lists import BRANCHES, branch, statements
from eventlens.syntax.csharp.types import annotation, type_parameters, type_ref
from eventlens.syntax.kept_parts import KeptParts
from eventlens.syntax.reader import part

_MEMBERS: dict[str, Callable[[Reader, Node, Members], None]] = {
    "field_declaration": _members.fields,
    "event_field_declaration": _members.fields,
    "property_declaration": _members.property_,
    "indexer_declaration": _members.indexer,
    "event_declaration": _members.event,
    "method_declaration": _members.method,
    "constructor_declaration": _members.constructor,
    "destructor_declaration": _members.special,
    "operator_declaration": _members.special,
    "conversion_operator_declaration": _members.special,
}


@lowers_statement("class_declaration", "struct_declaration", "record_declaration", "interface_declaration")
def type_declaration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    definition = type_definition(reader, node)
    lowered.append(ir.ClassDeclaration(definition.start, definition.end, definition))


def type_definition(reader: Reader, node: Node) -> ir.Class:
    """A class, struct, record or interface with all that is in it."""
    start = node.start_byte
    text = doc(reader, start)
    named = part(node, "name")
    name = reader.word(named)
    words = modifiers(reader, node)
    kind = "interface" if node.type == "interface_declaration" else "class"
    decorators = attributes(reader, node)
    outer = (reader.scope, reader.locals, reader.receiver)
    qualname = reader.qualified(name)
    reader.scope, reader.locals, reader.receiver = qualname, set(), ""
    reader.classes.append(reader.declared.of(name, False))
    reader.depth += 1
    read = Members("public" if kind == "interface" else "private")
    bases: list[ir.TypeRef] = []
    generic: tuple[str, ...] = ()
    taken: Node | None = None
    given: Node | None = None
    for child in node.named_children:
        if child.type == "type_parameter_list":
            generic = type_parameters(reader, child)
        elif child.type == "parameter_list":
            taken = child
        elif child.type == "base_list":
            given = _bases(reader, child, bases)
        elif child.type == "declaration_list":
            _read(reader, child.named_children, read)
    if taken is not None:
        read.methods.insert(0, _primary_constructor(reader, node, named, taken, given))
    reader.depth -= 1
    reader.classes.pop()
    reader.scope, reader.locals, reader.receiver = outer
    extensions = [ir.ClassDeclaration(each.start, each.end, each) for each in read.extensions]
    return ir.Class(
        start, node.end_byte, name, qualname, kind, tuple(bases), tuple(read.fields), tuple(read.methods), decorators,
        "abstract" in words, name_start=named.start_byte, name_end=named.end_byte, doc=text, type_parameters=generic,
        body=(*read.body, *extensions), is_part="partial" in words,
    )  # fmt: skip


def _bases(reader: Reader, node: Node, bases: list[ir.TypeRef]) -> Node | None:
    """Appends the types; the arguments that go to the base class's constructor are the answer."""
    given: Node | None = None
    for child in node.named_children:
        if child.type == "argument_list":
            given = child
        elif child.type == "primary_constructor_base_type":
            bases.append(type_ref(reader, part(child, "type")))
            given = next((each for each in child.named_children if each.type == "argument_list"), given)
        elif child.type not in SKIPPED:
            bases.append(type_ref(reader, child))
    return given


def _primary_constructor(reader: Reader, node: Node, named: Node, taken: Node, given: Node | None) -> ir.Function:
    """The constructor in a type's head; its parameters are fields."""
    start, end = taken.start_byte, taken.end_byte
    qualname = reader.qualified("constructor")
    body: tuple[ir.Statement, ...] = ()
    with inside(reader, qualname):
        read = parameters(reader, taken, is_property=True)
        if given is not None:
            reader.locals.update(each.name for each in read)
            place, until = given.start_byte, given.end_byte
            call = ir.Call(place, until, ir.Super(place, place), arguments(reader, given))
            body = (ir.Evaluate(place, until, call),)
            end = max(end, until)
    return ir.Function(
        start,
        end,
        "constructor",
        qualname,
        "constructor",
        read,
        body,
        name_start=named.start_byte,
        name_end=named.end_byte,
    )


def _read(reader: Reader, nodes: list[Node], read: Members) -> None:
    """Members in order, those in directives among them."""
    begin = nodes[0].start_byte if nodes else 0
    for child in nodes:
        kind = child.type
        if kind == "comment":
            reader.comment = child
            continue
        if kind == "ERROR":
            block = salvaged(reader, child)
            if block.body:
                read.body.append(block)
        elif kind in _MEMBERS and reader.kept is not None:
            _take(reader, reader.kept, child, read, begin)
        elif kind in _MEMBERS:
            _MEMBERS[kind](reader, child, read)
        elif kind in BRANCHES:
            _read(reader, branch(child), read)
        elif kind in STATEMENTS and reader.depth <= MAX_DEPTH:
            STATEMENTS[kind](reader, child, read.body)
        begin = child.end_byte


def _take(reader: Reader, kept: KeptParts, node: Node, read: Members, begin: int) -> None:
    """Read one member, unless an edit left it alone. ``begin`` is where the one before it ends."""
    around = (*reader.classes, frozenset(reader.locals), reader.receiver, reader.static_imports)
    state = (reader.scope, reader.depth, read.default, *around)

    def apart() -> tuple[list[Any], ...]:
        one = Members(read.default)
        _MEMBERS[node.type](reader, node, one)
        return one.lists()

    kept.collect(node, state, read.lists(), apart, begin)


@lowers_statement(*_MEMBERS)
def stray_member(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """A member whose type was lost to a syntax error."""
    read = Members("public")
    _MEMBERS[node.type](reader, node, read)
    lowered.extend(ir.FunctionDeclaration(each.start, each.end, each) for each in read.methods)
    lowered.extend(ir.ClassDeclaration(each.start, each.end, each) for each in read.extensions)
    lowered.extend(read.body)
    for each in read.fields:
        target = ir.Name(each.start, each.end, each.name)
        lowered.append(ir.Assign(each.start, each.end, target, each.value, "", True, each.static, each.type))


@lowers_statement("enum_declaration")
def enumeration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    text = doc(reader, start)
    named = part(node, "name")
    name = reader.word(named)
    reader.classes.append(reader.declared.of(name, True))
    found: list[ir.ClassField] = []
    waiting = list(reversed(part(node, "body").named_children))
    while waiting:
        child = waiting.pop()
        if child.type == "comment":
            reader.comment = child
        elif child.type == "enum_member_declaration":
            found.append(_enum_member(reader, child))
        elif child.type in BRANCHES:
            waiting.extend(reversed(branch(child)))
    reader.classes.pop()
    definition = ir.Class(
        start, end, name, reader.qualified(name), "enum", fields=tuple(found), decorators=attributes(reader, node),
        name_start=named.start_byte, name_end=named.end_byte, doc=text,
    )  # fmt: skip
    lowered.append(ir.ClassDeclaration(start, end, definition))


def _enum_member(reader: Reader, node: Node) -> ir.ClassField:
    start, end = node.start_byte, node.end_byte
    text = doc(reader, start)
    written = node.child_by_field_name("value")
    content = value(reader, written) if written is not None else None
    name = reader.word(part(node, "name"))
    return ir.ClassField(start, end, name, None, content, decorators=attributes(reader, node), doc=text)


@lowers_statement("delegate_declaration")
def delegate(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """A name for a function type."""
    start, end = node.start_byte, node.end_byte
    text = doc(reader, start)
    named = part(node, "name")
    name = reader.word(named)
    generic = node.child_by_field_name("type_parameters")
    taken = node.child_by_field_name("parameters")
    returned = annotation(reader, node.child_by_field_name("type"))
    types = [
        annotation(reader, each.child_by_field_name("type")) or ir.TypeRef(each.start_byte, each.end_byte, "?")
        for each in (taken.named_children if taken is not None else [])
        if each.type == "parameter"
    ]
    types += [returned] if returned is not None else []
    aliased = ir.TypeRef(start, end, "=>", tuple(types))
    definition = ir.Class(
        start, end, name, reader.qualified(name), "alias", decorators=attributes(reader, node), aliased=aliased,
        name_start=named.start_byte, name_end=named.end_byte, doc=text,
        type_parameters=type_parameters(reader, generic) if generic is not None else (),
    )  # fmt: skip
    lowered.append(ir.ClassDeclaration(start, end, definition))


@lowers_statement("namespace_declaration")
def namespace(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """What stands in a namespace stands in the module: the names in it are found by the namespace."""
    body = node.child_by_field_name("body")
    if body is not None:
        lowered.extend(statements(reader, body.named_children))


@lowers_statement("declaration_list")
def stray_list(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """The body of a declaration whose head was lost to a syntax error."""
    lowered.extend(statements(reader, node.named_children))


@lowers_statement("file_scoped_namespace_declaration")
def file_namespace(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """Says where the rest of the file belongs; some grammars put that rest inside."""
    named = node.child_by_field_name("name")
    lowered.extend(statements(reader, [each for each in node.named_children if named is None or each.id != named.id]))


@lowers_statement("global_attribute")
def global_attribute(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """An attribute of the assembly is a call at the top."""
    for child in node.named_children:
        if child.type == "attribute":
            content = attribute(reader, child)
            lowered.append(ir.Evaluate(node.start_byte, node.end_byte, content))
