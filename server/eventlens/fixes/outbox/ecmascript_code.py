"""ECMAScript source as the scaffolds read and write it: calls, names, what a value is, code laid out like the file's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from tree_sitter import Node

from eventlens.fixes.source import SourceFile, inside

Kind = Literal["text", "bytes", "null", "number", "object"]
"""What a value certainly is."""

_CLOSURES = ("arrow_function", "function_expression", "function_declaration", "method_definition")
_TEXT_CALLS = frozenset(
    ("JSON.stringify", "String", "randomUUID", "crypto.randomUUID", "uuid", "uuidv4", "nanoid", "ulid")
)
_TEXT_METHODS = frozenset(
    (
        "toString",
        "toISOString",
        "join",
        "toFixed",
        "trim",
        "toLowerCase",
        "toUpperCase",
        "padStart",
        "replace",
        "replaceAll",
    )
)
_BYTES_CALLS = frozenset(("Buffer.from", "Buffer.alloc", "Buffer.concat"))
_ANNOTATED: dict[str, Kind] = {"string": "text", "Buffer": "bytes", "Uint8Array": "bytes", "number": "number"}
_WRAPPINGS = ("parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression")


# ------------------------------------------------------------------------------------------------------------- reading


def function_of(call: Node) -> Node | None:
    """What a call or construction calls.

    The grammar reads ``await f<T>(…)`` as a call of ``await f``: the ``await`` is left out."""
    called = call.child_by_field_name("function") or call.child_by_field_name("constructor")
    return called.named_children[0] if called is not None and called.type == "await_expression" else called


def callee(file: SourceFile, call: Node) -> str:
    """What a call or construction calls, as it is written."""
    called = function_of(call)
    return file.text(called) if called is not None else ""


def arguments(call: Node) -> list[Node] | None:
    """A call's arguments; None where one is spread or the call is a tagged template."""
    given = call.child_by_field_name("arguments")
    if given is None or given.type != "arguments":
        return None
    found = [one for one in given.named_children if one.type != "comment"]
    return None if any(one.type == "spread_element" for one in found) else found


def fields(file: SourceFile, node: Node | None) -> dict[str, Node] | None:
    """The values of an object literal by name, a shorthand as its name; None where one is spread, computed or a method."""
    if node is None or node.type != "object":
        return None
    found: dict[str, Node] = {}
    for child in node.named_children:
        if child.type == "comment":
            continue
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        if child.type == "shorthand_property_identifier":
            found[file.text(child)] = child
        elif child.type == "pair" and key is not None and value is not None and key.type != "computed_property_name":
            found[file.text(key).strip("'\"")] = value
        else:
            return None
    return found


def names_read(file: SourceFile, *nodes: Node) -> set[str]:
    """The names that some expressions mention, those of members left out."""
    return {file.text(one) for node in nodes for one in inside(node, "identifier", "shorthand_property_identifier")}


def names_bound(file: SourceFile, pattern: Node) -> list[str]:
    """The names that a declaration's pattern binds."""
    return [file.text(one) for one in inside(pattern, "identifier", "shorthand_property_identifier_pattern")]


def declarators(statement: Node) -> list[Node]:
    """The declarators of a ``const`` or ``let`` statement."""
    if statement.type not in ("lexical_declaration", "variable_declaration"):
        return []
    return [one for one in statement.named_children if one.type == "variable_declarator"]


def bare(node: Node) -> Node:
    """An expression without the parentheses, assertions and type casts around it."""
    while node.type in _WRAPPINGS and node.named_children:
        node = node.named_children[0]
    return node


def literal_text(file: SourceFile, node: Node) -> str | None:
    """The text of a plain string literal without escapes."""
    matched = re.fullmatch(r"""(["'`])([^"'`\\$]*)\1""", file.text(node))
    return matched[2] if matched is not None else None


# --------------------------------------------------------------------------------------------------------------- kinds


def kind_of(file: SourceFile, node: Node, depth: int = 4) -> Kind | None:
    """What a value certainly is, as far as its own file says it."""
    node = bare(node)
    if node.type in ("string", "template_string"):
        return "text"
    if node.type in ("null", "undefined"):
        return "null"
    if node.type in ("number", "true", "false"):
        return "number"
    if node.type in ("object", "array"):
        return "object"
    if depth == 0:
        return None
    if node.type in ("call_expression", "new_expression"):
        return _kind_called(file, node)
    if node.type == "ternary_expression":
        sides = [node.child_by_field_name("consequence"), node.child_by_field_name("alternative")]
        return _common(file, sides, depth)
    if node.type == "binary_expression":
        sides = [node.child_by_field_name("left"), node.child_by_field_name("right")]
        operator = node.child_by_field_name("operator")
        if operator is not None and file.text(operator) == "+":
            kinds = [kind_of(file, side, depth - 1) for side in sides if side is not None]
            return "text" if "text" in kinds else None
        return _common(file, sides, depth)
    if node.type in ("identifier", "shorthand_property_identifier"):
        return _kind_named(file, node, depth)
    return None


def _common(file: SourceFile, sides: Sequence[Node | None], depth: int) -> Kind | None:
    kinds = {kind_of(file, side, depth - 1) for side in sides if side is not None}
    return kinds.pop() if len(kinds) == 1 else None


def _kind_called(file: SourceFile, call: Node) -> Kind | None:
    called = callee(file, call)
    name = called.rpartition(".")[2]
    if called in _BYTES_CALLS:
        return "bytes"
    if called in _TEXT_CALLS or (name != called and name in _TEXT_METHODS):
        return "text"
    if name != called and name == "encode" and "registry" not in called.lower():
        return "bytes"
    if name == called:
        for function in inside(file.tree.root_node, "function_declaration"):
            own, returns = function.child_by_field_name("name"), function.child_by_field_name("return_type")
            if own is not None and returns is not None and file.text(own) == name:
                return _ANNOTATED.get(file.text(returns).lstrip(": "))
    return None


def _kind_named(file: SourceFile, node: Node, depth: int) -> Kind | None:
    found = declaration_of(file, node)
    if found is None:
        return None
    annotation = found.child_by_field_name("type")
    if annotation is not None:
        return _ANNOTATED.get(file.text(annotation).lstrip(": "))
    statement, value = found.parent, found.child_by_field_name("value")
    if found.type != "variable_declarator" or statement is None or value is None:
        return None
    is_constant = bool(statement.children) and statement.children[0].type == "const"
    return kind_of(file, value, depth - 1) if is_constant else None


def declaration_of(file: SourceFile, name: Node) -> Node | None:
    """The declarator or parameter that binds a plain name, looked for in the blocks around it."""
    wanted = file.text(name)
    around = name.parent
    while around is not None:
        if around.type in _CLOSURES:
            parameters = around.child_by_field_name("parameters")
            for one in parameters.named_children if parameters is not None else ():
                pattern = one.child_by_field_name("pattern")
                if pattern is not None and file.text(pattern) == wanted:
                    return one
        if around.type in ("statement_block", "program"):
            for statement in around.named_children:
                inner = statement.child_by_field_name("declaration") if statement.type == "export_statement" else None
                for one in declarators(inner or statement):
                    bound = one.child_by_field_name("name")
                    if bound is not None and file.text(bound) == wanted:
                        return one
        around = around.parent
    return None


# ------------------------------------------------------------------------------------------------------------- writing

Code: TypeAlias = "str | Group"


class Group(NamedTuple):
    """``before``, then ``items`` separated by commas, then ``after``: on one line where it fits, else one item a line."""

    before: str
    items: tuple[Code, ...]
    after: str
    padding: str = ""
    """What stands inside the brackets on one line: a blank in object literals."""


def laid_out(code: Code, file: SourceFile, indent: str, used: int = 0) -> str:
    """Code whose first line stands behind ``indent``; lines end with LF. ``used``: characters that follow on the same line."""
    if isinstance(code, str):
        return code.replace("\n", "\n" + indent)
    line = _on_one_line(code)
    if "\n" not in line and len(indent.expandtabs(4)) + len(line) + used <= width_of(file):
        return line
    if len(code.items) == 1 and isinstance(code.items[0], Group) and not code.padding:
        only = code.items[0]
        hugged = only._replace(before=code.before + only.before, after=only.after + code.after)
        return laid_out(hugged, file, indent, used)
    hugged_last = _with_last_broken(code, file, indent)
    if hugged_last is not None:
        return hugged_last
    inner = indent + file.style.indent
    lines = [f"{inner}{laid_out(item, file, inner, 1)},\n" for item in code.items]
    return f"{code.before}\n{''.join(lines)}{indent}{code.after}"


def _with_last_broken(code: Group, file: SourceFile, indent: str) -> str | None:
    """A call whose arguments stand on one line but for what is inside the last; None where they do not fit."""
    *first, last = code.items
    if code.padding or not isinstance(last, Group) or not first:
        return None
    head = code.before + "".join(f"{_on_one_line(one)}, " for one in first)
    if "\n" in head or len(indent.expandtabs(4)) + len(head) + len(last.before) > width_of(file):
        return None
    return head + laid_out(last._replace(after=last.after + code.after), file, indent, width_of(file))


def _on_one_line(code: Code) -> str:
    if isinstance(code, str):
        return code
    if not code.items:
        return code.before + code.after
    inner = ", ".join(_on_one_line(item) for item in code.items)
    return f"{code.before}{code.padding}{inner}{code.padding}{code.after}"


def width_of(file: SourceFile) -> int:
    """How long lines of the file may be: what the longest that are there show."""
    longest = max((len(line.rstrip()) for line in file.source.decode("utf-8", "replace").splitlines()), default=0)
    return 80 if longest <= 80 else 100 if longest <= 100 else 120


def object_of(entries: Sequence[tuple[str, Code]]) -> Group:
    """An object literal; an entry whose value is its own name is a shorthand."""
    items: list[Code] = []
    for name, value in entries:
        if isinstance(value, str):
            items.append(name if value == name else f"{name}: {value}")
        else:
            items.append(value._replace(before=f"{name}: {value.before}"))
    return Group("{", tuple(items), "}", " ")


def dedented(file: SourceFile, node: Node) -> str:
    """An expression as it is written, its lines moved left by the indentation of its first; lines end with LF.

    What stands inside template strings is not moved."""
    return moved(file, node, "")


def moved(
    file: SourceFile, node: Node, indent: str, replaced: Sequence[tuple[Node, str]] = (), start: int | None = None
) -> str:
    """Code as it is written with ``indent`` in place of the indentation of its first line; some nodes inside replaced.

    ``start``: the byte of the node from which on it is told."""
    old = file.indent_at(node.start_byte)
    verbatim = [(one.start_byte, one.end_byte) for one in inside(node, "template_string")]
    text, at = "", node.start_byte if start is None else start
    pieces: list[tuple[int, str]] = []
    for inner, instead in sorted(replaced, key=lambda pair: pair[0].start_byte):
        pieces += [(at, _decoded(file, at, inner.start_byte)), (-1, instead)]
        at = inner.end_byte
    pieces.append((at, _decoded(file, at, node.end_byte)))
    for begin, piece in pieces:
        text += piece if begin < 0 else _shifted(piece, begin, verbatim, old, indent)
    return text


def _decoded(file: SourceFile, start: int, end: int) -> str:
    return file.source[start:end].decode("utf-8", "surrogateescape")


def _shifted(piece: str, start: int, verbatim: list[tuple[int, int]], old: str, new: str) -> str:
    lines = piece.split("\n")
    at = start + len(lines[0].encode("utf-8", "surrogateescape")) + 1
    done = [lines[0].removesuffix("\r")]
    for line in lines[1:]:
        is_verbatim = any(a < at <= b for a, b in verbatim)
        kept = line.removesuffix("\r")
        at += len(line.encode("utf-8", "surrogateescape")) + 1
        done.append(kept if is_verbatim or not kept.strip() else new + kept.removeprefix(old))
    return "\n".join(done)
