"""What nests to the left and may be thousands of links long: calls, members and binary operators. Read without recursion.

Beyond `MAX_LINKS` the inner links are laid flat in one `ir.Unknown` ("nesting"), which keeps every argument.
"""

from __future__ import annotations

import msgspec
from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.literals import formatted, is_text, joined
from eventlens.syntax.csharp.names import bound, called
from eventlens.syntax.csharp.reader import SKIPPED, VALUES, Reader, inner, lowers_value, value
from eventlens.syntax.csharp.types import type_arguments, type_ref
from eventlens.syntax.link_chains import levels, linked
from eventlens.syntax.operator_runs import Link, folded, one_operation
from eventlens.syntax.reader import part

_LINKS = frozenset(
    {
        *("invocation_expression", "member_access_expression", "element_access_expression"),
        *("conditional_access_expression", "postfix_unary_expression"),
    }
)
_OPERATORS = {"&&": "and", "||": "or"}


# ----------------------------------------------------------------------------------------------- calls and members


@lowers_value(*_LINKS)
def chain(reader: Reader, node: Node) -> ir.Value:
    if not _is_link(node):
        return _stepped(reader, node)
    links: list[Node] = []
    while node.type in _LINKS and _is_link(node):
        links.append(node)
        node = _applied_to(node)
        while node.type == "parenthesized_expression" and len(node.named_children) == 1:
            node = node.named_children[0]
    depth = reader.depth
    reader.depth = depth + levels(len(links))
    is_callee = bool(links) and links[-1].type == "invocation_expression"
    if is_callee and node.type in ("identifier", "generic_name"):
        lowered = _named_call(reader, links, node)
    else:
        lowered = value(reader, node)
    lowered = linked(reader, links, lowered, depth, _link)
    reader.depth = depth
    return lowered


def _is_link(node: Node) -> bool:
    return bool(node.children) and (node.type != "postfix_unary_expression" or node.children[-1].type == "!")


def _stepped(reader: Reader, node: Node) -> ir.Value:
    """``x++`` and ``x--``."""
    if not node.children:
        return ir.Unknown(node.start_byte, node.end_byte, node.type)
    operand = value(reader, node.children[0])
    return ir.Operation(node.start_byte, node.end_byte, node.children[-1].type, (operand,))


def _applied_to(node: Node) -> Node:
    return node.children[0]


def _named_call(reader: Reader, links: list[Node], node: Node) -> ir.Value:
    """The callee, or the whole of ``nameof(…)``, which is no call."""
    if reader.of(node) == "nameof":
        call = links.pop()
        given = call.children[-1].named_children
        if len(given) == 1:
            text = reader.of(given[0]).partition("<")[0].rpartition(".")[2].strip().removeprefix("@")
            return ir.Literal(call.start_byte, call.end_byte, text)
        links.append(call)
    return called(reader, node)


def _link(reader: Reader, node: Node, lowered: ir.Value) -> ir.Value:
    """One link around what it is applied to."""
    kind = node.type
    start, end = node.start_byte, node.end_byte
    if kind == "invocation_expression":
        types = _call_types(reader, node.children[0])
        given = arguments(reader, part(node, "arguments"))
        made = _formatted(lowered, start, end, given) or _waited_for(lowered, start, end, bool(given))
        return made or ir.Call(start, end, lowered, given, False, types)
    if kind == "member_access_expression":
        reached = _member(reader, lowered, start, part(node, "name"))
        return ir.Await(start, reached.end, lowered) if _is_result_of_task(reached) else reached
    if kind == "element_access_expression":
        return _element(reader, lowered, start, end, part(node, "subscript"))
    if kind == "conditional_access_expression":
        return _after_mark(reader, node.children[-1], lowered, start)
    return lowered


def _call_types(reader: Reader, node: Node) -> tuple[ir.TypeRef, ...]:
    if node.type in ("member_access_expression", "conditional_access_expression"):
        node = node.children[-1]
    if node.type == "member_binding_expression":
        node = node.children[-1]
    return type_arguments(reader, node) if node.type == "generic_name" else ()


def _member(reader: Reader, lowered: ir.Value, start: int, named: Node) -> ir.Member:
    if named.type == "generic_name" and named.children:
        named = named.children[0]
    name_start, end = named.start_byte, named.end_byte
    return ir.Member(start, end, lowered, reader.word(named), name_start)


def _element(reader: Reader, lowered: ir.Value, start: int, end: int, node: Node) -> ir.Value:
    keys = [inner(reader, child) for child in node.named_children if child.type == "argument"]
    if len(keys) != 1:
        key: ir.Value = ir.Sequence(node.start_byte, node.end_byte, tuple(keys))
        return ir.Index(start, end, lowered, key)
    (key,) = keys
    if isinstance(key, ir.Literal) and isinstance(key.value, str):
        return ir.Member(start, end, lowered, key.value, key.start + 1)
    return ir.Index(start, end, lowered, key)


def _after_mark(reader: Reader, node: Node, lowered: ir.Value, start: int) -> ir.Value:
    """What stands behind a ``?``: one binding, or a run of links that begins with one."""
    links: list[Node] = []
    while node.type in _LINKS and _is_link(node):
        links.append(node)
        node = _applied_to(node)
    if node.type == "member_binding_expression":
        lowered = _member(reader, lowered, start, node.children[-1])
    elif node.type == "element_binding_expression":
        lowered = _element(reader, lowered, start, node.end_byte, node)
    for link in reversed(links):
        lowered = _link(reader, link, lowered)
    return lowered


def _waited_for(callee: ir.Value, start: int, end: int, has_arguments: bool) -> ir.Value | None:
    """The task itself, where a call only says how it is waited for: ``task.ConfigureAwait(false)``, ``Load().WaitAsync(token)``;
    for ``task.GetAwaiter().GetResult()``, what it gives."""
    if not isinstance(callee, ir.Member):
        return None
    task = callee.object
    if callee.name in ("ConfigureAwait", "WithCancellation"):
        return task if has_arguments else None
    if callee.name == "WaitAsync":
        return task if has_arguments and isinstance(task, ir.Call) else None  # a bare name may be a semaphore
    if callee.name == "GetResult" and isinstance(task, ir.Call) and isinstance(task.callee, ir.Member):
        return ir.Await(start, end, task.callee.object) if task.callee.name == "GetAwaiter" else None
    return None


def _is_result_of_task(reached: ir.Member) -> bool:
    """``LoadAsync().Result``; any other object may have a member of its own that is called so."""
    task = reached.object
    if reached.name != "Result" or not isinstance(task, ir.Call) or task.is_new:
        return False
    callee = task.callee
    return isinstance(callee, (ir.Name, ir.Member)) and callee.name.endswith("Async")


def _formatted(callee: ir.Value, start: int, end: int, given: tuple[ir.Argument, ...]) -> ir.Template | None:
    """``string.Format("…", a)`` as the template that it makes."""
    if not isinstance(callee, ir.Member) or callee.name != "Format" or not isinstance(callee.object, ir.Name):
        return None
    values = [argument.value for argument in given]
    if callee.object.name not in ("string", "String") or not values:
        return None
    pattern = next((each for each in values[:2] if isinstance(each, ir.Literal)), None)
    if pattern is None or not isinstance(pattern.value, str):
        return None
    return formatted(start, end, pattern, values[values.index(pattern) + 1 :])


@lowers_value("member_binding_expression", "element_binding_expression")
def stray_binding(reader: Reader, node: Node) -> ir.Value:
    """What a syntax error has cut from the object before it."""
    keys = tuple(inner(reader, child) for child in node.named_children if child.type == "argument")
    return ir.Unknown(node.start_byte, node.end_byte, node.type, keys)


# ------------------------------------------------------------------------------------------------------- arguments


def arguments(reader: Reader, node: Node) -> tuple[ir.Argument, ...]:
    """The arguments of a call; those in their place have no name."""
    found: list[ir.Argument] = []
    for child in node.named_children:
        if child.type == "argument":
            named = child.child_by_field_name("name")
            name = reader.word(named) if named is not None else None
            found.append(ir.Argument(child.start_byte, child.end_byte, argument_value(reader, child), name))
    last = max((at for at, one in enumerate(found) if one.name is None), default=0)
    # a name before an argument without one stands in its own place: it says nothing
    return (*(msgspec.structs.replace(one, name=None) for one in found[:last]), *found[last:])


@lowers_value("argument")
def argument_value(reader: Reader, node: Node) -> ir.Value:
    """What is handed over; what comes back through an ``out`` argument is assigned to it."""
    named = node.child_by_field_name("name")
    written = [
        child
        for child in node.children
        if child.type in VALUES and child.type not in SKIPPED and (named is None or child.id != named.id)
    ]
    if not written:
        return ir.Unknown(node.start_byte, node.end_byte, node.type)
    content = value(reader, written[-1])
    is_out = any(child.type == "out" for child in node.children)
    if not is_out or (isinstance(content, ir.Name) and content.name == "_"):
        return content
    start, end = node.start_byte, node.end_byte
    return ir.AssignValue(start, end, content, ir.Unknown(start, end, "out"))


@lowers_value("declaration_expression")
def declaration_expression(reader: Reader, node: Node) -> ir.Value:
    named = node.child_by_field_name("name")
    return bound(reader, named) if named is not None else inner(reader, node)


# ----------------------------------------------------------------------------------------------- binary operators


@lowers_value("binary_expression")
def binary(reader: Reader, node: Node) -> ir.Value:
    """A left-deep run of operators, each kept as (operator, right operand, end of the expression so far)."""
    start = node.start_byte
    links: list[Link] = []
    while node.type == "binary_expression" and node.children:
        links.append((part(node, "operator").type, node.children[-1], node.end_byte))
        node = node.children[0]
    links.reverse()
    depth = reader.depth
    reader.depth = depth + levels(len(links))
    lowered = _misread_creation(reader, node, links) or value(reader, node)
    lowered = folded(reader, start, links, lowered, value, _run)
    reader.depth = depth
    return lowered


def _misread_creation(reader: Reader, node: Node, links: list[Link]) -> ir.Value | None:
    """``new A<B>(c) { … }``, which the grammar may take for two comparisons with a cast at the end."""
    if len(links) != 2 or node.type != "object_creation_expression" or links[0][0] != "<" or links[1][0] != ">":
        return None
    cast = links[1][1]
    if cast.type != "cast_expression" or any(child.type == "argument_list" for child in node.children):
        return None
    types = (type_ref(reader, links[0][1]),)
    given = value(reader, part(cast, "type"))
    content = value(reader, part(cast, "value"))
    end = links[1][2]
    del links[:]
    callee = value(reader, part(node, "type"))
    args = [ir.Argument(given.start, given.end, given)]
    if isinstance(content, ir.Object):
        args += [ir.Argument(each.start, each.end, each.value, each.key) for each in content.fields]
    else:
        args.append(ir.Argument(content.start, content.end, content))
    return ir.Call(node.start_byte, end, callee, tuple(args), True, types)


def _run(start: int, end: int, operator: str, run: list[ir.Value]) -> ir.Value:
    if operator == "??":
        return ir.Choice(start, end, (*run[:-1], *_fallbacks(run[-1])))
    if operator == "+" and any(is_text(each) for each in run):
        return joined(start, end, run)
    normal = _OPERATORS.get(operator, operator)
    return one_operation(start, end, normal, run, normal in ("and", "or"))


def _fallbacks(lowered: ir.Value) -> tuple[ir.Value, ...]:
    """``a ?? (b ?? c)`` tries the three in order."""
    return lowered.options if isinstance(lowered, ir.Choice) and lowered.condition is None else (lowered,)
