"""Maps that are filled where they are made: ``new HashMap<>() {{ put("a", b); }}``."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.java.reader import COMMENTS, Reader, value

_PUTTING = frozenset(("put", "putIfAbsent", "setProperty"))
_OTHERS_CODE = frozenset(("class_body", "lambda_expression"))
"""What holds code that runs at another time, or on another object."""


def filled_map(reader: Reader, start: int, end: int, written: Node, body: Node) -> ir.Object | None:
    """The map that an anonymous class with nothing but an initialiser fills; under a condition, as if it held. None for other classes."""
    members = [one for one in body.named_children if one.type not in COMMENTS]
    named = reader.of(written).partition("<")[0]
    if len(members) != 1 or members[0].type != "block" or not named.endswith(("Map", "Properties")):
        return None
    return ir.Object(start, end, tuple(_fields(reader, members[0])))


def _fields(reader: Reader, block: Node) -> Iterator[ir.Field]:
    for call in _own_calls(block):
        name, given = call.child_by_field_name("name"), call.child_by_field_name("arguments")
        arguments = [one for one in given.named_children if one.type not in COMMENTS] if given is not None else []
        if name is None:
            continue
        if reader.of(name) in _PUTTING and len(arguments) == 2:
            key, content = value(reader, arguments[0]), value(reader, arguments[1])
            literal = key.value if isinstance(key, ir.Literal) and isinstance(key.value, str) else None
            yield ir.Field(call.start_byte, call.end_byte, literal, content, None if literal is not None else key)
        elif reader.of(name) == "putAll" and len(arguments) == 1:
            yield ir.Field(call.start_byte, call.end_byte, None, value(reader, arguments[0]), spread=True)


def _own_calls(block: Node) -> Iterator[Node]:
    """The calls on the object itself, in the order of the text."""
    waiting = [block]
    while waiting:
        node = waiting.pop()
        if node.type == "method_invocation" and node.child_by_field_name("object") is None:
            yield node
        elif node.type not in _OTHERS_CODE:
            waiting.extend(reversed(node.named_children))
