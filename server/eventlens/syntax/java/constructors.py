"""Members that nobody wrote: constructors of records, constructors and loggers that Lombok's annotations ask for."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.java.functions import parameter
from eventlens.syntax.java.modifiers import Modifiers, modifiers
from eventlens.syntax.java.reader import Reader
from eventlens.syntax.java.statement_lists import block
from eventlens.syntax.reader import part

_ALL = frozenset({"AllArgsConstructor", "Value", "Builder", "SuperBuilder"})
_REQUIRED = frozenset({"RequiredArgsConstructor", "Data"})
_EXPLICIT = frozenset({"AllArgsConstructor", "RequiredArgsConstructor", "NoArgsConstructor"})
_LOGGERS = {
    "Slf4j": "org.slf4j.Logger",
    "Log4j2": "org.apache.logging.log4j.Logger",
    "Log": "java.util.logging.Logger",
    "JBossLog": "org.jboss.logging.Logger",
}


def canonical(
    reader: Reader, node: Node, components: Sequence[Node], qualname: str, methods: tuple[ir.Function, ...]
) -> tuple[tuple[ir.ClassField, ...], tuple[ir.Function, ...]]:
    """The fields that are no constructor parameters, and the methods with the record's constructor before them.

    Where the canonical constructor is written in full, it is the one, and the components are fields.
    """
    known = len(reader.scopes.locals)
    properties = tuple(parameter(reader, component, is_property=True) for component in components)
    if any(_is_canonical(each, properties) for each in methods):
        return tuple(_as_field(each) for each in properties), methods
    reader.scopes.locals.update(dict.fromkeys(each.name for each in properties))
    body = node.child_by_field_name("body")
    compact = (
        [child for child in body.named_children if child.type == "compact_constructor_declaration"] if body else []
    )
    written = compact[0].child_by_field_name("body") if compact else None
    outer, reader.scope = reader.scope, f"{qualname}.constructor"
    lowered = block(reader, written) if written is not None else ()
    reader.scope = outer
    reader.scopes.forget(known)
    named = part(node, "name")
    annotations = modifiers(reader, compact[0]).annotations if compact else ()
    made = ir.Function(
        node.start_byte, node.end_byte, "constructor", f"{qualname}.constructor", "constructor", properties, lowered,
        None, annotations, name_start=named.start_byte, name_end=named.end_byte,
    )  # fmt: skip
    return (), (made, *methods)


def _is_canonical(function: ir.Function, components: tuple[ir.Parameter, ...]) -> bool:
    return function.kind == "constructor" and [_name(each.type) for each in function.parameters] == [
        _name(each.type) for each in components
    ]


def _name(written: ir.TypeRef | None) -> str:
    return written.name if written is not None else ""


def _as_field(component: ir.Parameter) -> ir.ClassField:
    return ir.ClassField(
        component.start, component.end, component.name, component.type, None, False, False, component.decorators
    )


def with_lombok(
    reader: Reader,
    node: Node,
    qualname: str,
    written: Modifiers,
    fields: tuple[ir.ClassField, ...],
    methods: tuple[ir.Function, ...],
) -> tuple[ir.Function, ...]:
    """The methods with the constructors before them that the class's annotations ask for.

    The parameters are properties, and their fields stay fields: a field's annotations and place are wanted too.
    """
    asked = {_annotation(each) for each in written.annotations}
    if not asked & (_ALL | _REQUIRED):
        return methods
    has_own = any(each.kind == "constructor" for each in methods)
    if has_own or asked & _EXPLICIT:
        asked &= _EXPLICIT
    lists: list[tuple[ir.ClassField, ...]] = []
    instance = tuple(each for each in fields if not each.static)
    if asked & _REQUIRED and not ("Value" in asked and not asked & _EXPLICIT):
        required = _required(reader, node)
        lists.append(tuple(each for each in instance if each.name in required))
    if asked & _ALL:
        lists.append(tuple(each for each in instance if each.value is None))
    named = part(node, "name")
    made = tuple(_made(named, qualname, each) for each in dict.fromkeys(lists))
    return (*made, *methods)


def logger(named: Node, written: Modifiers) -> tuple[ir.ClassField, ...]:
    """The static field ``log`` that an annotation such as ``@Slf4j`` gives to a class."""
    start, end = named.start_byte, named.end_byte
    types = [_LOGGERS[name] for each in written.annotations if (name := _annotation(each)) in _LOGGERS]
    return tuple(ir.ClassField(start, end, "log", ir.TypeRef(start, end, name), static=True) for name in types[:1])


def _annotation(node: ir.Value) -> str:
    if isinstance(node, ir.Call):
        node = node.callee
    return node.name if isinstance(node, (ir.Name, ir.Member)) else ""


def _required(reader: Reader, node: Node) -> frozenset[str]:
    """The names of the fields that are final or must not be null, and have no value yet."""
    names: set[str] = set()
    body = node.child_by_field_name("body")
    for child in body.named_children if body is not None else ():
        if child.type != "field_declaration":
            continue
        words = next((each for each in child.children if each.type == "modifiers"), None)
        said = reader.of(words).split() if words is not None else []
        if "final" in said or "@NonNull" in said:
            declarators = (each for each in child.named_children if each.type == "variable_declarator")
            names.update(
                reader.of(part(each, "name")) for each in declarators if each.child_by_field_name("value") is None
            )
    return frozenset(names)


def _made(named: Node, qualname: str, fields: tuple[ir.ClassField, ...]) -> ir.Function:
    start, end = named.start_byte, named.end_byte
    parameters = tuple(
        ir.Parameter(start, end, each.name, each.type, None, "normal", None, each.decorators, True) for each in fields
    )
    return ir.Function(
        start, end, "constructor", f"{qualname}.constructor", "constructor", parameters, (),
        name_start=start, name_end=end,
    )  # fmt: skip
