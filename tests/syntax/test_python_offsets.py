"""Byte offsets of lowered Python point at what they name, whatever stands before it in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from eventlens import ir
from eventlens.syntax.lowering import lower

from .table import cells

SOURCE = """\
# Größe — 大きさ
from käse import brie as fromage
class Überweisung(Basis):
    topic: str = "größe"
    @property
    def größe(self, naïve: "Liste[Wert]" = "ß"):
        return lambda é: self.topic["ü"](é, f"{é}—{naïve}")
"""


def nodes(part: Any) -> Iterator[ir.Node]:
    """Every IR node below ``part``, itself included."""
    if isinstance(part, tuple):
        for each in part:
            yield from nodes(each)
    elif isinstance(part, msgspec.Struct):
        if isinstance(part, ir.Node):
            yield part
        for name in part.__struct_fields__:
            yield from nodes(getattr(part, name))


def misplaced(module: ir.Module, source: bytes) -> list[ir.Node]:
    """Nodes outside the file, or named by other text than stands where they say."""
    return [node for node in nodes((module.imports, module.body, module.comments)) if not _is_placed(node, source)]


def _is_placed(node: ir.Node, source: bytes) -> bool:
    if not 0 <= node.start <= node.end <= len(source):
        return False
    if isinstance(node, (ir.Function, ir.Class)):
        if not node.start <= node.name_start <= node.name_end <= node.end:
            return False
        return not node.name or source[node.name_start : node.name_end].decode() == node.name
    if isinstance(node, ir.Name):
        is_made_up = node.name.startswith("<")
        return is_made_up or source[node.start : node.end].decode() in (node.name, "", "...", "assert")
    return True


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["no mark", "byte-order mark"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_offsets_are_bytes_of_the_file_as_read(mark: bytes, line_end: str) -> None:
    source = mark + SOURCE.replace("\n", line_end).encode()
    module = lower("example.py", source)
    assert not module.errors
    assert not misplaced(module, source)
    names = [node for node in nodes(module.body) if isinstance(node, (ir.Class, ir.Function))]
    assert [node.name for node in names] == ["Überweisung", "größe", ""]
    members = [node for node in nodes(module.body) if isinstance(node, ir.Member)]
    assert {source[node.name_start :].decode().startswith(node.name) for node in members} == {True}
    types = [node for node in nodes(module.body) if isinstance(node, ir.TypeRef)]
    assert {source[node.start :].decode().startswith(node.name) for node in types} == {True}


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_text_over_several_lines_has_line_feeds(line_end: str) -> None:
    (statement,) = lower("example.py", f"x = '''a{line_end}b'''{line_end}".encode()).body
    assert isinstance(statement, ir.Assign)
    assert isinstance(statement.value, ir.Literal)
    assert statement.value.value == "a\nb"


def test_a_functions_range_begins_with_its_decorators() -> None:
    source = b"x = 1\n@a\n@b\ndef f(): pass\n"
    declaration = lower("example.py", source).body[1]
    assert isinstance(declaration, ir.FunctionDeclaration)
    assert source[declaration.function.start : declaration.function.end] == b"@a\n@b\ndef f(): pass"


def test_lambdas_are_named_by_their_offset() -> None:
    source = b"def f():\n    return lambda: 1\n"
    lambdas = [node.function for node in nodes(lower("example.py", source).body) if isinstance(node, ir.Lambda)]
    assert [each.qualname for each in lambdas] == [f"f.<lambda@{source.index(b'lambda')}>"]


@pytest.mark.parametrize(
    "cell", [each for each in cells() if each.language == "python" and each.source], ids=lambda cell: cell.construct
)
def test_every_construct_of_the_table_is_placed(cell: Any) -> None:
    source = cell.source.encode()
    assert not misplaced(lower("example.py", source), source)


def test_mended_files_keep_the_offsets_of_the_file() -> None:
    source = (
        'größe = send("a", [b\n\ndef later(é):\n    return lambda: étage(é, {\n\nclass Last:\n    ü = "x\n'.encode()
    )
    module = lower("example.py", source)
    assert module.size == len(source)
    assert not misplaced(module, source)
    functions = [node for node in nodes(module.body) if isinstance(node, ir.Function)]
    assert [each.qualname for each in functions] == ["later", f"later.<lambda@{source.index(b'lambda')}>"]


def test_comments_to_eventlens_are_kept_with_their_place() -> None:
    source = 'a = "é"  # eventlens: ignore[x] why\nf(  # plain\n    b,  ## eventlens:note\n)\n'.encode()
    found = lower("example.py", source).comments
    assert [each.text for each in found] == ["eventlens: ignore[x] why", "eventlens:note"]
    assert source[found[0].start : found[0].end] == b"# eventlens: ignore[x] why"
