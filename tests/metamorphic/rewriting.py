"""Rewriting of source code that changes nothing of what it does, on the tokens of its syntax tree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from tree_sitter import Node, Parser

from eventlens.syntax.grammars import grammar, language_of

Edit = tuple[int, int, bytes]
"""Byte offsets of what is replaced, and by what."""

_LISTS = ("arguments", "object", "array", "argument_list", "dictionary", "list")
_TEXTS = ("template_string", "string", "comment", "jsx_text", "regex")
_FUNCTIONS = ("function_declaration", "generator_function_declaration", "function_definition")


def tree_of(path: str, source: bytes) -> Node | None:
    """The root of a file's syntax tree; None for what has errors or belongs to no grammar."""
    known = language_of(path)
    if known is None:
        return None
    root = Parser(grammar(known[1])).parse(source).root_node
    return None if root.has_error else root


def is_code(path: str) -> bool:
    """Whether a front end reads the file."""
    return language_of(path) is not None


def nodes(node: Node) -> Iterator[Node]:
    """A node and all below it, in order."""
    yield node
    for child in node.children:
        yield from nodes(child)


def edited(source: bytes, edits: Iterable[Edit]) -> bytes:
    """``source`` with the edits made; those that touch an earlier one are left out."""
    done, end = bytearray(), 0
    for start, stop, text in sorted(edits, key=lambda one: (one[0], one[1])):
        if start >= end:
            done += source[end:start] + text
            end = stop
    return bytes(done + source[end:])


def parses(path: str, source: bytes) -> bool:
    """Whether a rewritten text is still whole."""
    return tree_of(path, source) is not None


# ------------------------------------------------------------------------------------------------------------- layout


def lists_broken(path: str, source: bytes) -> bytes:
    """Each argument, element and member on a line of its own, with a trailing comma."""
    root = tree_of(path, source)
    return source if root is None else edited(source, _breaks(root, source))


def _breaks(root: Node, source: bytes) -> Iterator[Edit]:
    for node in nodes(root):
        if node.type not in _LISTS or not node.named_children or _within(node, ("interpolation", "decorator")):
            continue
        children = node.children
        if any(child.type in ("comment", "for_in_clause") for child in children) or children[0].type not in "([{":
            continue
        for child in children[:-1]:
            if child.type in (",", "(", "[", "{"):
                yield child.end_byte, child.end_byte, b"\n      "
        last = children[-2]
        is_bare = last.type == "generator_expression" or (last.type in ("*", "**"))
        if last.type != "," and not is_bare and not _is_import_call(node):
            yield last.end_byte, last.end_byte, b",\n"


def _is_import_call(node: Node) -> bool:
    before = node.prev_sibling
    return before is not None and before.type == "import"


def _within(node: Node, kinds: tuple[str, ...]) -> bool:
    above = node.parent
    while above is not None:
        if above.type in kinds:
            return True
        above = above.parent
    return False


def quotes_exchanged(path: str, source: bytes) -> bytes:
    """Plain strings in the other quotes."""
    root = tree_of(path, source)
    return source if root is None else edited(source, _quotes(root, source))


def _quotes(root: Node, source: bytes) -> Iterator[Edit]:
    for node in nodes(root):
        if node.type != "string" or _within(node, ("interpolation", "jsx_attribute")):
            continue
        text = source[node.start_byte : node.end_byte]
        if re.fullmatch(rb"'[^'\"\\\n]+'|\"[^'\"\\\n]+\"", text):
            other = b'"' if text[:1] == b"'" else b"'"
            yield node.start_byte, node.end_byte, other + text[1:-1] + other


def semicolons_dropped(path: str, source: bytes) -> bytes:
    """Statements of ECMAScript end with their line."""
    root = tree_of(path, source)
    if root is None or path.endswith(".py"):
        return source
    return edited(source, _semicolons(root, source))


def _semicolons(root: Node, source: bytes) -> Iterator[Edit]:
    for node in nodes(root):
        if node.type != ";" or node.parent is None or node.parent.type not in _ENDED:
            continue
        if re.match(rb";[ \t]*\r?\n\s*(?:[A-Za-z_}]|$)", source[node.start_byte :]):
            yield node.start_byte, node.end_byte, b""


_ENDED = ("expression_statement", "lexical_declaration", "import_statement", "return_statement", "export_statement")


def indented_twice(path: str, source: bytes) -> bytes:
    """Twice the indentation, and an empty line before each statement of the top level that no comment stands above."""
    root = tree_of(path, source)
    if root is None:
        return source
    inside = _lines_of_texts(root)
    lines = source.split(b"\n")
    above = {child.start_point.row for child in root.children if not _has_comment_above(child)}
    made: list[bytes] = []
    for number, line in enumerate(lines):
        blank = len(line) - len(line.lstrip(b" \t"))
        if number in above and number not in inside:
            made.append(b"")
        made.append(line if number in inside else line[:blank] + line)
    return b"\n".join(made)


def _lines_of_texts(root: Node) -> set[int]:
    """The lines that begin inside a text or a comment."""
    return {
        line
        for node in nodes(root)
        if node.type in _TEXTS
        for line in range(node.start_point.row + 1, node.end_point.row + 1)
    }


def _has_comment_above(node: Node) -> bool:
    before = node.prev_sibling
    return before is not None and before.type == "comment"


def ends_of_lines(path: str, source: bytes) -> bytes:
    """CRLF instead of LF."""
    return source.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def commented(path: str, source: bytes) -> bytes:
    """A comment above each statement that none stands above, and behind the bracket of each call."""
    root = tree_of(path, source)
    return source if root is None else edited(source, _comments(root, path.endswith(".py")))


def _comments(root: Node, is_python: bool) -> Iterator[Edit]:
    mark = b"# " if is_python else b"// "
    for node in nodes(root):
        is_statement = node.parent is not None and node.parent.type in ("program", "module", "statement_block", "block")
        is_first_of_line = node.prev_sibling is None or node.prev_sibling.end_point.row < node.start_point.row
        if (
            is_statement
            and node.is_named
            and node.type != "comment"
            and is_first_of_line
            and not _has_comment_above(node)
        ):
            if node.type == "expression_statement" and node.children[0].type == "string":
                continue  # a docstring or a directive
            indent = b" " * node.start_point.column
            yield node.start_byte, node.start_byte, mark + b"a word about the next step\n" + indent
        if node.type == "arguments" and not is_python and node.children[0].type == "(":
            yield node.start_byte + 1, node.start_byte + 1, b"/* see below */ "


# -------------------------------------------------------------------------------------------------------------- names


def locals_renamed(path: str, source: bytes) -> tuple[bytes, dict[str, str]]:
    """The text with variables of functions under other names, and which were which before."""
    root = tree_of(path, source)
    if root is None:
        return source, {}
    names = {name: f"{name}Again" for name in _locals(root)}
    edits = [
        (node.start_byte, node.end_byte, names[text].encode())
        for node in nodes(root)
        if node.type == "identifier" and (text := (node.text or b"").decode()) in names
    ]
    return edited(source, edits), {new: old for old, new in names.items()}


def _locals(root: Node) -> set[str]:
    """Names that are declared once, in a function, are used within it only and are never a member, a key or a shorthand."""
    declared: dict[str, list[Node]] = {}
    uses: dict[str, list[Node]] = {}
    other: set[str] = set()
    for node in nodes(root):
        if node.child_count or not node.is_named:
            continue
        text = (node.text or b"").decode("utf-8", "replace")
        if node.type != "identifier" or _is_outer_name(node):
            other.add(text)
            continue
        uses.setdefault(text, []).append(node)
        if _is_declared_here(node, by_assigning=root.type == "module"):
            declared.setdefault(text, []).append(node)
    return {
        name
        for name, places in declared.items()
        if len(places) == 1 and name not in other and (home := _function(places[0])) is not None
        if all(home.start_byte <= use.start_byte < home.end_byte for use in uses[name])
    }


def _is_declared_here(node: Node, by_assigning: bool) -> bool:
    """``by_assigning``: what is assigned is a variable of the function, as in Python; in Kotlin it may be a member of who runs the block."""
    above = node.parent
    if above is None:
        return False
    if above.type == "variable_declarator":
        return above.child_by_field_name("name") == node
    return by_assigning and above.type == "assignment" and above.child_by_field_name("left") == node


def _is_outer_name(node: Node) -> bool:
    """Names that callers, readers and other files may know: of functions, classes, parameters, imports, keywords, members."""
    above = node.parent
    if above is None:
        return True
    if above.type in ("keyword_argument", "function_declaration", "function_definition", "class_definition"):
        return above.child_by_field_name("name") == node
    if above.type == "attribute":
        return above.child_by_field_name("attribute") == node
    return above.type in (
        "global_statement",
        "nonlocal_statement",
        "import_specifier",
        "export_specifier",
        "dotted_name",
    )


def _function(node: Node) -> Node | None:
    above = node.parent
    kinds = (*_FUNCTIONS, "arrow_function", "method_definition", "function_expression")
    while above is not None and above.type not in kinds:
        above = above.parent
    return above


# -------------------------------------------------------------------------------------------------------------- order


def functions_turned(path: str, source: bytes) -> bytes:
    """Functions that stand beside each other at the top level in the opposite order, with the comments above them."""
    root = tree_of(path, source)
    if root is None:
        return source
    names = Counter(node.text for function in map(_declared, root.children) if function for node in _names(function))
    run: list[tuple[int, int]] = []
    edits: list[Edit] = []
    start = None
    for child in root.children:
        if child.type == "comment":
            is_beside = (
                run and not child.start_point.row > child.prev_sibling.end_point.row if child.prev_sibling else False
            )
            start = None if is_beside else (child.start_byte if start is None else start)
            continue
        function = _declared(child)
        if function is not None and all(names[node.text] == 1 for node in _names(function)):
            run.append((child.start_byte if start is None else start, child.end_byte))
        else:
            edits += _turned(run, source)
            run = []
        start = None
    return edited(source, [*edits, *_turned(run, source)])


def _declared(node: Node) -> Node | None:
    if node.type == "export_statement":
        return next((child for child in node.children if child.type in _FUNCTIONS), None)
    return node if node.type in _FUNCTIONS else None


def _names(function: Node) -> list[Node]:
    name = function.child_by_field_name("name")
    return [name] if name is not None else []


def _turned(run: list[tuple[int, int]], source: bytes) -> list[Edit]:
    texts = [source[start:end] for start, end in run]
    return [(start, end, text) for (start, end), text in zip(run, reversed(texts))]
