"""Python source as the scaffolds read and write it: arguments, names, what a text evaluates to, calls laid out like the file's."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from tree_sitter import Node

from eventlens.fixes.source import SourceFile, inside

Kind = Literal["text", "bytes", "number", "none", "dict", "list"]
_TEXT_CALLS = frozenset(("str", "repr", "json.dumps", "simplejson.dumps"))
_TEXT_METHODS = frozenset(
    ("decode", "isoformat", "format", "join", "model_dump_json", "hexdigest", "strip", "lower", "upper", "strftime")
)
_BYTES_METHODS = frozenset(("encode", "SerializeToString", "digest"))
_BYTES_CALLS = frozenset(("bytes", "orjson.dumps", "msgpack.packb"))
_NUMBERS = frozenset(("int", "float", "len", "round"))
_ANNOTATED: dict[str, Kind] = {"str": "text", "bytes": "bytes", "int": "number", "float": "number", "EmailStr": "text"}


# -------------------------------------------------------------------------------------------------------------- calls


def arguments(file: SourceFile, call: Node, names: Sequence[str]) -> dict[str, Node] | None:
    """A call's arguments by parameter name, ``names`` being those of the positional ones; None where one is spread or unknown."""
    given = call.child_by_field_name("arguments")
    if given is None or given.type != "argument_list":
        return None
    found: dict[str, Node] = {}
    position = 0
    for child in given.named_children:
        if child.type == "comment":
            continue
        if child.type == "keyword_argument":
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            assert name is not None and value is not None
            found[file.text(name)] = value
        elif child.type in ("list_splat", "dictionary_splat") or position >= len(names):
            return None
        else:
            found[names[position]] = child
            position += 1
    return found


def callee(file: SourceFile, call: Node) -> str:
    """What a call calls, as it is written."""
    function = call.child_by_field_name("function")
    return file.text(function) if function is not None else ""


def receiver(file: SourceFile, call: Node) -> str:
    """The object whose method is called, as it is written; "" for a plain function."""
    return callee(file, call).rpartition(".")[0]


def method(file: SourceFile, call: Node) -> str:
    """The last name of what a call calls."""
    return callee(file, call).rpartition(".")[2]


def node_of(file: SourceFile, start: int, end: int, kind: str) -> Node | None:
    """The node of one type that covers exactly these bytes."""
    node: Node | None = file.tree.root_node.descendant_for_byte_range(start, end)
    while node is not None and (node.start_byte, node.end_byte) == (start, end):
        if node.type == kind:
            return node
        node = node.parent
    return None


def literal_text(file: SourceFile, node: Node | None) -> str | None:
    """The text of a plain string literal without escapes; None for anything else."""
    if node is None or node.type != "string":
        return None
    matched = re.fullmatch(r"([\"'])([^\"'\\]*)\1", file.text(node))
    return matched[2] if matched is not None else None


# -------------------------------------------------------------------------------------------------------------- names


def names_read(file: SourceFile, node: Node) -> set[str]:
    """The names that a piece of code reads: not those of keyword arguments and members."""
    return {file.text(one) for one in inside(node, "identifier") if _is_read(one)}


def words(file: SourceFile, node: Node) -> set[str]:
    """Every name that is written below a node, members' names included."""
    return {file.text(one) for one in inside(node, "identifier")}


def free_names(file: SourceFile, node: Node) -> set[str]:
    """The names of an expression that are no builtins."""
    return {name for name in names_read(file, node) if not hasattr(builtins, name)}


def mentions(file: SourceFile, node: Node, name: str) -> list[Node]:
    """Where a name is read or bound below a node: as itself, not as a member's or a keyword argument's name."""
    return [one for one in inside(node, "identifier") if file.text(one) == name and _is_read(one)]


def _is_read(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return True
    if parent.type == "attribute":
        return parent.child_by_field_name("object") == node
    return not (parent.type == "keyword_argument" and parent.child_by_field_name("name") == node)


class LocalValue(NamedTuple):
    """The one assignment that gives a local name its value."""

    statement: Node
    value: Node


def local_value(file: SourceFile, function: Node, name: str) -> LocalValue | None:
    """The assignment of a name in a function; None where there are several, or where anything else gives the name a value."""
    found: list[LocalValue] = []
    for one in inside(function, "identifier"):
        if file.text(one) != name or one.parent is None:
            continue
        parent = one.parent
        if parent.type == "assignment" and parent.child_by_field_name("left") == one:
            value = parent.child_by_field_name("right")
            if value is None or parent.parent is None:
                return None
            found.append(LocalValue(parent.parent, value))
        elif _binds(one):
            return None
    return found[0] if len(found) == 1 else None


def _binds(node: Node) -> bool:
    """Whether a name gets a value here by something other than a plain assignment."""
    around: Node | None = node.parent
    child = node
    while around is not None and around.type in ("pattern_list", "tuple_pattern", "list_pattern", "as_pattern_target"):
        child, around = around, around.parent
    if around is None:
        return False
    if around.type == "as_pattern":
        return child.type == "as_pattern_target"
    if around.type in ("for_statement", "for_in_clause", "augmented_assignment", "assignment"):
        return around.child_by_field_name("left") == child
    if around.type == "named_expression":
        return around.child_by_field_name("name") == child
    return around.type in ("global_statement", "nonlocal_statement", "delete_statement")


def parameter_type(file: SourceFile, function: Node, name: str) -> str:
    """The annotation of a function's parameter as it is written; "" where it has none or is no parameter."""
    given = function.child_by_field_name("parameters")
    for one in given.named_children if given is not None else ():
        if one.type in ("typed_parameter", "typed_default_parameter"):
            own = one.child_by_field_name("name") or (one.named_children[0] if one.named_children else None)
            annotation = one.child_by_field_name("type")
            if own is not None and file.text(own) == name and annotation is not None:
                return file.text(annotation)
    return ""


def is_parameter(file: SourceFile, function: Node, name: str) -> bool:
    """Whether a name is a parameter of a function."""
    given = function.child_by_field_name("parameters")
    for one in given.named_children if given is not None else ():
        own = one if one.type == "identifier" else one.child_by_field_name("name") or (one.named_children or [one])[0]
        if file.text(own) == name:
            return True
    return False


# -------------------------------------------------------------------------------------------------------------- kinds


Members: TypeAlias = Callable[[str, str, int], str]
"""The type, as it is written, of a member of what a name holds at an offset; "" where it is not known."""


def kind_of(file: SourceFile, node: Node, function: Node, members: Members, depth: int = 4) -> Kind | None:
    """What an expression certainly evaluates to; None where neither the function's text nor a declared type says it."""
    if depth == 0:
        return None
    if node.type == "string":
        prefix = re.match(r"[A-Za-z]*", file.text(node))
        return "bytes" if prefix is not None and "b" in prefix[0].lower() else "text"
    if node.type in ("integer", "float"):
        return "number"
    if node.type in ("true", "false"):
        return "number"
    if node.type == "none":
        return "none"
    if node.type in ("dictionary", "dictionary_comprehension"):
        return "dict"
    if node.type in ("list", "list_comprehension"):
        return "list"
    if node.type in ("parenthesized_expression", "concatenated_string"):
        return kind_of(file, node.named_children[0], function, members, depth)
    if node.type == "binary_operator":
        left = node.child_by_field_name("left")
        return kind_of(file, left, function, members, depth) if left is not None else None
    if node.type == "conditional_expression":
        kinds = {
            kind_of(file, one, function, members, depth) for one in (node.named_children[0], node.named_children[-1])
        }
        return kinds.pop() if len(kinds) == 1 else None
    if node.type == "call":
        return _kind_of_call(file, node)
    if node.type == "identifier":
        return _kind_of_name(file, node, function, members, depth)
    if node.type == "attribute":
        return _kind_of_member(file, node, members)
    return None


def _kind_of_call(file: SourceFile, node: Node) -> Kind | None:
    called, last = callee(file, node), method(file, node)
    if called in _TEXT_CALLS or ("." in called and last in _TEXT_METHODS):
        return "text"
    if called in _BYTES_CALLS or ("." in called and last in _BYTES_METHODS):
        return "bytes"
    if called == "dict" or last in ("model_dump", "asdict"):
        return "dict"
    return "number" if called in _NUMBERS else None


def _kind_of_name(file: SourceFile, node: Node, function: Node, members: Members, depth: int) -> Kind | None:
    name = file.text(node)
    annotation = parameter_type(file, function, name)
    if annotation:
        return "dict" if annotation.startswith("dict[") else _ANNOTATED.get(annotation)
    if is_parameter(file, function, name):
        return None
    local = local_value(file, function, name)
    if local is not None:
        return kind_of(file, local.value, function, members, depth - 1)
    if name in {file.text(one) for one in inside(function, "identifier") if _binds(one)}:
        return None
    top = local_value(file, file.tree.root_node, name)
    return kind_of(file, top.value, function, members, depth - 1) if top is not None else None


def _kind_of_member(file: SourceFile, node: Node, members: Members) -> Kind | None:
    of, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if of is None or name is None or of.type != "identifier":
        return None
    return _ANNOTATED.get(members(file.text(of), file.text(name), node.start_byte))


_SIMPLE = ("identifier", "attribute", "call", "subscript", "string", "parenthesized_expression")


def encoded(file: SourceFile, node: Node) -> str:
    """The bytes of a text expression, in UTF-8."""
    written = file.text(node)
    return f"{written}.encode()" if node.type in _SIMPLE else f"({written}).encode()"


def decoded(file: SourceFile, node: Node) -> str | None:
    """The text whose UTF-8 bytes an expression gives (``x.encode()``, ``b"x"``); None where it is written otherwise."""
    written = file.text(node)
    if node.type == "call" and method(file, node) == "encode":
        given = arguments(file, node, ("encoding",))
        if given is not None and (not given or literal_text(file, given.get("encoding")) in ("utf-8", "utf8", "UTF-8")):
            function = node.child_by_field_name("function")
            of = function.child_by_field_name("object") if function is not None else None
            return file.text(of) if of is not None else None
    matched = re.fullmatch(r"[bB]((\"|')[ -!#-&(-\[\]-~]*\2)", written)
    return matched[1] if matched is not None else None


# ------------------------------------------------------------------------------------------------------------- layout


class Layout(NamedTuple):
    """How calls are laid out: the width that a line may have, and one level of indentation."""

    width: int
    unit: str


def layout_of(file: SourceFile, configured: int | None) -> Layout:
    """The width that the project's formatter keeps to, else the least usual one into which the file's lines fit."""
    longest = max((len(line.rstrip()) for line in file.source.decode("utf-8", "replace").split("\n")), default=0)
    width = configured or next((one for one in (88, 100, 120) if longest <= one), 120)
    return Layout(width, file.style.indent)


def call_text(opening: str, parts: Sequence[str], indent: str, layout: Layout, closing: str = ")") -> str:
    """A call with its arguments: on one line where it fits, else one argument a line. The first line is not indented."""
    line = f"{opening}{', '.join(parts)}{closing}"
    if "\n" not in line and len(indent) + len(line) <= layout.width:
        return line
    inner = indent + layout.unit
    joined = ", ".join(parts)
    if "\n" not in joined and len(inner) + len(joined) <= layout.width and len(parts) > 1 and "=" not in opening:
        return f"{opening}\n{inner}{joined}\n{indent}{closing}"
    lines = [f"{inner}{_shifted(part, inner)},\n" for part in parts]
    return f"{opening}\n{''.join(lines)}{indent}{closing}"


def _shifted(text: str, indent: str) -> str:
    """Lines after the first moved so that the last one stands at ``indent``."""
    first, newline, rest = text.partition("\n")
    if not newline:
        return text
    last = rest.rpartition("\n")[2]
    own = last[: len(last) - len(last.lstrip())]
    return "\n".join([first, *(indent + line.removeprefix(own) if line.strip() else line for line in rest.split("\n"))])


def moved(text: str, old: str, new: str) -> str:
    """A statement's lines after the first, moved from one indentation to another."""
    return "\n".join(
        line if number == 0 or not line.strip() else new + line.removeprefix(old)
        for number, line in enumerate(text.split("\n"))
    )
