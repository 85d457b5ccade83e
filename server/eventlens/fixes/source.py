"""A source file that is to be edited: its bytes, its syntax tree, and how it is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from tree_sitter import Node, Tree

from eventlens import ir
from eventlens.syntax.grammars import grammar, language_of, parsed

_BOM = b"\xef\xbb\xbf"
_INDENT = re.compile(rb"^([ \t]+)\S", re.MULTILINE)
COMMENTS = frozenset(("comment", "line_comment", "block_comment"))
"""The types of comments in all grammars."""
_STATEMENT = re.compile(r"(_statement|_declaration|_definition)$")


class Style(NamedTuple):
    """How a file is written. ``indent`` is one level; ``quote`` is what most of its strings stand in; ``semicolons``: statements end with one."""

    indent: str
    newline: str
    quote: str
    semicolons: bool


class SourceFile:
    """One file. Offsets are bytes of ``source``, ends exclusive. The tree is parsed when first wanted."""

    def __init__(self, path: str, source: bytes) -> None:
        self.path = path
        self.source = source
        known = language_of(path)
        if known is None:
            raise ValueError(f"{path} is of no language that is read")
        self.language, self._grammar = known

    @cached_property
    def tree(self) -> Tree:
        """The syntax tree of the whole file. Raises `eventlens.bounded_parsing.ParsingTooLong`."""
        return parsed(grammar(self._grammar), self.source)

    def text(self, node: Node) -> str:
        """The source of a node."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def written(self, node: ir.Node) -> str:
        """The source of a part of the analysed module."""
        return self.source[node.start : node.end].decode("utf-8", "replace")

    def node_at(self, start: int, end: int) -> Node:
        """The outermost named node that covers exactly these bytes, or the innermost that covers more."""
        found = self.tree.root_node.named_descendant_for_byte_range(start, end)
        assert found is not None
        while found.parent is not None and (found.parent.start_byte, found.parent.end_byte) == (start, end):
            found = found.parent
        return found

    def statement_around(self, start: int, end: int) -> Node:
        """The innermost statement or declaration that covers these bytes."""
        node = self.tree.root_node.named_descendant_for_byte_range(start, end)
        assert node is not None
        while node.parent is not None and not (_STATEMENT.search(node.type) and is_in_block(node)):
            node = node.parent
        return node

    def enclosing(self, node: Node, *types: str) -> Node | None:
        """The nearest node of one of the types around ``node``, itself left out."""
        around = node.parent
        while around is not None and around.type not in types:
            around = around.parent
        return around

    # --------------------------------------------------------------------------------------------------------- lines

    def line(self, number: int) -> int:
        """The first byte of a 1-based line, behind a byte-order mark; the file's end where there are fewer."""
        start = 0
        for _ in range(number - 1):
            start = self.line_after(start)
        return max(start, len(_BOM)) if self.source.startswith(_BOM) else start

    def line_start(self, offset: int) -> int:
        """The first byte of the line on which a byte stands; lines end with LF, CRLF or a lone CR."""
        return max(self.source.rfind(b"\n", 0, offset), self.source.rfind(b"\r", 0, offset)) + 1

    def line_after(self, offset: int) -> int:
        """The first byte of the line after the one on which a byte stands; the file's end on the last line."""
        ends = [at for at in (self.source.find(b"\n", offset), self.source.find(b"\r", offset)) if at >= 0]
        if not ends:
            return len(self.source)
        return min(ends) + (2 if self.source[min(ends) : min(ends) + 2] == b"\r\n" else 1)

    def indent_at(self, offset: int) -> str:
        """The white space with which the line of a byte begins."""
        start = self.line_start(offset)
        found = re.match(rb"[ \t]*", self.source[start:].removeprefix(_BOM))
        return found[0].decode() if found is not None else ""

    # --------------------------------------------------------------------------------------------------------- style

    @cached_property
    def style(self) -> Style:
        """How the file is written; where it does not show, as its language is usually written."""
        return Style(self._indent(), self._newline(), self._quote(), self._semicolons())

    def _newline(self) -> str:
        crlf = self.source.count(b"\r\n")
        counts = {"\r\n": crlf, "\n": self.source.count(b"\n") - crlf, "\r": self.source.count(b"\r") - crlf}
        most = max(counts, key=lambda end: counts[end])
        return most if counts[most] else "\n"

    def _indent(self) -> str:
        found = [match[1] for match in _INDENT.finditer(self.source.replace(b"\r", b"\n"))]
        if sum(one.startswith(b"\t") for one in found) * 2 > len(found):
            return "\t"
        steps = Counter(abs(len(b) - len(a)) for a, b in zip([b"", *found], found) if len(a) != len(b))
        usual = 4 if self.language == "python" else 2
        width = next((step for step, _ in steps.most_common() if 2 <= step <= 8), usual)
        return " " * width

    def _quote(self) -> str:
        strings = [self.source[node.start_byte : node.end_byte] for node in self.nodes("string")]
        single = sum(b"'" in one[:3] for one in strings)
        double = sum(b'"' in one[:3] for one in strings)
        if single == double:
            return '"' if self.language == "python" else "'"
        return "'" if single > double else '"'

    def _semicolons(self) -> bool:
        if self.language not in ("typescript", "javascript"):
            return self.language in _ENDED_BY_SEMICOLONS
        ended = [self.source[node.end_byte - 1 : node.end_byte] == b";" for node in self.nodes(*_SIMPLE)]
        return not ended or sum(ended) * 2 >= len(ended)

    def nodes(self, *types: str) -> Iterator[Node]:
        """The nodes of some types, in the order of the text."""
        waiting = [self.tree.root_node]
        while waiting:
            node = waiting.pop()
            if node.type in types:
                yield node
            waiting.extend(reversed(node.children))


_SIMPLE = (
    "expression_statement",
    "import_statement",
    "lexical_declaration",
    "variable_declaration",
    "return_statement",
    "throw_statement",
)
_ENDED_BY_SEMICOLONS = frozenset(("java", "csharp"))
_BLOCKS = frozenset(
    (
        *("program", "module", "statement_block", "block", "class_body", "switch_case", "switch_default"),
        *("statement_list", "switch_section", "source_file", "compilation_unit", "declaration_list"),
    )
)


def inside(node: Node, *types: str) -> Iterator[Node]:
    """The node and everything below it that is of one of the types, in the order of the text."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.type in types:
            yield one
        waiting.extend(reversed(one.children))


def is_in_block(node: Node) -> bool:
    """Whether a node is one of the statements of a block, not a part of one."""
    return node.parent is not None and node.parent.type in _BLOCKS


def indented(text: str, indent: str) -> str:
    """``text`` with ``indent`` before each line that is not empty."""
    return "".join(indent + line if line.strip() else line for line in text.splitlines(keepends=True))
