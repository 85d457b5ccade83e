"""New objects, lists and maps."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.chains import arguments
from eventlens.syntax.csharp.reader import SKIPPED, VALUES, Reader, inner, lowers_value, value
from eventlens.syntax.csharp.types import dotted, last_arguments, type_ref, type_value
from eventlens.syntax.dotted_names import Part, members
from eventlens.syntax.reader import part

_TYPED = frozenset({"implicit_object_creation_expression", "collection_expression", "conditional_expression"})


def typed_value(reader: Reader, node: Node, typed: ir.TypeRef | None) -> ir.Value:
    """A value that stands where the type is known: ``new(…)`` creates that type, ``[…]`` holds values of its last argument."""
    kind = node.type
    if typed is None or kind not in _TYPED:
        return value(reader, node)
    start, end = node.start_byte, node.end_byte
    if kind == "implicit_object_creation_expression":
        return _created_as(reader, node, _without_null(typed))
    if kind == "collection_expression":
        element = typed.args[-1] if typed.args and typed.name != "|" else None
        return ir.Sequence(start, end, _elements(reader, node, element))
    condition = value(reader, part(node, "condition"))
    options = tuple(typed_value(reader, part(node, name), typed) for name in ("consequence", "alternative"))
    return ir.Choice(start, end, options, condition)


def _without_null(typed: ir.TypeRef) -> ir.TypeRef:
    return typed.args[0] if typed.name == "|" and typed.args else typed


def _created_as(reader: Reader, node: Node, typed: ir.TypeRef) -> ir.Value:
    """``new(…)`` of a declared type; its name has no place of its own in the source."""
    start, end = node.start_byte, node.end_byte
    place = start + len("new")
    first, *rest = typed.name.split(".")
    callee = members(ir.Name(start, place, first), [Part(part, start, place) for part in rest])
    return _created(reader, start, end, callee, typed.args, _child(node, "argument_list"), _initializer(node))


def _child(node: Node, kind: str) -> Node | None:
    return next((child for child in node.named_children if child.type == kind), None)


def _initializer(node: Node) -> Node | None:
    return node.child_by_field_name("initializer") or _child(node, "initializer_expression")


@lowers_value("implicit_object_creation_expression")
def implicit_creation(reader: Reader, node: Node) -> ir.Value:
    """``new(…)`` where the type is declared elsewhere."""
    start, end = node.start_byte, node.end_byte
    callee = ir.Unknown(start, start + len("new"), "implicit_type")
    return _created(reader, start, end, callee, (), _child(node, "argument_list"), _initializer(node))


@lowers_value("object_creation_expression")
def creation(reader: Reader, node: Node) -> ir.Value:
    typed = node.child_by_field_name("type")
    if typed is None:
        return inner(reader, node)
    callee = type_value(reader, typed)
    given = node.child_by_field_name("arguments") or _child(node, "argument_list")
    types = last_arguments(reader, typed)
    return _created(reader, node.start_byte, node.end_byte, callee, types, given, _initializer(node))


def _created(
    reader: Reader, start: int, end: int, callee: ir.Value, types: tuple[ir.TypeRef, ...],
    given: Node | None, initializer: Node | None,
) -> ir.Value:  # fmt: skip
    """Properties are arguments with names; what only holds entries is the map, what only holds items the list."""
    args = arguments(reader, given) if given is not None else ()
    if initializer is None:
        return ir.Call(start, end, callee, args, True, types)
    written = _Initializer(reader, initializer)
    if not args or dotted(callee).endswith(("Dictionary", "List", "HashSet")):
        if written.fields and not written.properties:
            spread = (ir.Field(each.start, each.end, None, each.value, None, True) for each in args if _copies(each))
            return ir.Object(start, end, (*spread, *written.fields))
        if written.items and not written.properties:
            copied = (ir.Spread(each.start, each.end, each.value) for each in args if _copies(each))
            return ir.Sequence(start, end, (*copied, *written.items))
    content = written.container(initializer)
    held = (ir.Argument(content.start, content.end, content),) if content is not None else ()
    return ir.Call(start, end, callee, (*args, *held, *written.properties), True, types)


def _copies(argument: ir.Argument) -> bool:
    """Whether a constructor's argument may hold what a list or map begins with; comparers and sizes do not."""
    return isinstance(argument.value, (ir.Name, ir.Call)) or (
        isinstance(argument.value, ir.Member) and isinstance(argument.value.object, ir.This)
    )


class _Initializer:
    """What stands in the braces after a ``new``: properties, entries, items."""

    def __init__(self, reader: Reader, node: Node) -> None:
        self.properties: list[ir.Argument] = []
        self.fields: list[ir.Field] = []
        self.items: list[ir.Value] = []
        for child in node.children:
            if child.type in VALUES and child.type not in SKIPPED:
                self._read(reader, child)

    def _read(self, reader: Reader, node: Node) -> None:
        start, end = node.start_byte, node.end_byte
        if node.type == "initializer_expression":
            self._pair(reader, node)
        elif node.type != "assignment_expression":
            self.items.append(value(reader, node))
        else:
            target = part(node, "left")
            if target.type == "element_binding_expression":
                key = inner(reader, target.named_children[0]) if target.named_children else value(reader, target)
                self.fields.append(_field(start, end, key, value(reader, part(node, "right"))))
            else:
                content = value(reader, part(node, "right"))
                self.properties.append(ir.Argument(start, end, content, reader.word(target)))

    def _pair(self, reader: Reader, node: Node) -> None:
        written = [value(reader, child) for child in node.children if child.type in VALUES]
        start, end = node.start_byte, node.end_byte
        if len(written) == 2:
            self.fields.append(_field(start, end, *written))
        else:
            self.items.append(ir.Sequence(start, end, tuple(written)))

    def container(self, node: Node) -> ir.Object | ir.Sequence | None:
        """The entries or the items, where there are any."""
        if self.fields:
            return ir.Object(node.start_byte, node.end_byte, tuple(self.fields))
        return ir.Sequence(node.start_byte, node.end_byte, tuple(self.items)) if self.items else None


def _field(start: int, end: int, key: ir.Value, content: ir.Value) -> ir.Field:
    if isinstance(key, ir.Literal) and isinstance(key.value, str):
        return ir.Field(start, end, key.value, content)
    return ir.Field(start, end, None, content, key)


@lowers_value("initializer_expression")
def initializer(reader: Reader, node: Node) -> ir.Value:
    """Braces without a ``new``: what a property holds gets these items, entries or properties."""
    written = _Initializer(reader, node)
    start, end = node.start_byte, node.end_byte
    if written.properties or written.fields:
        named = (ir.Field(each.start, each.end, each.name, each.value) for each in written.properties)
        return ir.Object(start, end, (*named, *written.fields))
    return ir.Sequence(start, end, tuple(written.items))


@lowers_value("anonymous_object_creation_expression")
def anonymous(reader: Reader, node: Node) -> ir.Object:
    fields: list[ir.Field] = []
    children = [child for child in node.children if child.type not in SKIPPED]
    position = 0
    while position < len(children):
        child = children[position]
        position += 1
        if child.type not in VALUES:
            continue
        if position + 1 < len(children) and children[position].type == "=":
            written = children[position + 1]
            position += 2
            fields.append(ir.Field(child.start_byte, written.end_byte, reader.word(child), value(reader, written)))
        else:
            content = value(reader, child)
            named = content.name if isinstance(content, (ir.Name, ir.Member)) else reader.of(child)
            fields.append(ir.Field(child.start_byte, child.end_byte, named, content))
    return ir.Object(node.start_byte, node.end_byte, tuple(fields))


@lowers_value("with_expression")
def changed_copy(reader: Reader, node: Node) -> ir.Object:
    """``order with { Total = 1 }``: the fields of the order, then those that are changed."""
    copied = inner(reader, node)
    fields = [ir.Field(copied.start, copied.end, None, copied, None, True)]
    for child in node.named_children:
        if child.type == "with_initializer" and child.children:
            content = value(reader, child.children[-1])
            fields.append(ir.Field(child.start_byte, child.end_byte, reader.word(child.children[0]), content))
    return ir.Object(node.start_byte, node.end_byte, tuple(fields))


# ---------------------------------------------------------------------------------------------------------- lists


@lowers_value("array_creation_expression", "implicit_array_creation_expression")
@lowers_value("stackalloc_expression", "implicit_stackalloc_expression")
def array(reader: Reader, node: Node) -> ir.Value:
    """An array with its items, or the call that makes an empty one."""
    start, end = node.start_byte, node.end_byte
    written = _initializer(node)
    typed = node.child_by_field_name("type")
    if written is not None or typed is None:
        items = _items(reader, written, _element_type(reader, typed)) if written is not None else ()
        return ir.Sequence(start, end, items)
    ranks = [child for child in typed.named_children if child.type == "array_rank_specifier"]
    sizes = [value(reader, each) for rank in ranks for each in rank.children if each.type in VALUES]
    args = tuple(ir.Argument(each.start, each.end, each) for each in sizes)
    element = typed.child_by_field_name("type")
    return ir.Call(start, end, type_value(reader, element or typed), args, True)


def _element_type(reader: Reader, typed: Node | None) -> ir.TypeRef | None:
    element = typed.child_by_field_name("type") if typed is not None else None
    return type_ref(reader, element) if element is not None else None


def _items(reader: Reader, node: Node, element: ir.TypeRef | None) -> tuple[ir.Value, ...]:
    return tuple(
        typed_value(reader, child, element)
        for child in node.children
        if child.type in VALUES and child.type not in SKIPPED
    )


@lowers_value("collection_expression")
def collection(reader: Reader, node: Node) -> ir.Sequence:
    return ir.Sequence(node.start_byte, node.end_byte, _elements(reader, node, None))


def _elements(reader: Reader, node: Node, element: ir.TypeRef | None) -> tuple[ir.Value, ...]:
    found: list[ir.Value] = []
    for child in node.named_children:
        written = child.named_children[0] if child.type == "collection_element" and child.named_children else child
        if written.type == "expression_element" and written.named_children:
            found.append(typed_value(reader, written.named_children[-1], element))
        elif written.type in VALUES and written.type not in SKIPPED:
            found.append(value(reader, written))
    return tuple(found)


@lowers_value("spread_element")
def spread(reader: Reader, node: Node) -> ir.Spread:
    return ir.Spread(node.start_byte, node.end_byte, inner(reader, node))
