"""The edits of a function whose publish becomes an outbox row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from tree_sitter import Node

from eventlens.fixes.changes import Edit
from eventlens.fixes.outbox.python_messages import Publish
from eventlens.fixes.outbox.python_places import Place, Sending
from eventlens.fixes.python_code import (
    LocalValue,
    arguments,
    callee,
    is_parameter,
    local_value,
    method,
    moved,
    names_read,
    receiver,
)
from eventlens.fixes.source import SourceFile, inside

RowText: TypeAlias = Callable[[str], str]
"""Writes the statement that stores the row, given the indentation of its line (the first line without it)."""


def changes_for(
    file: SourceFile, sent: Sending, publish: Publish, place: Place, row: RowText, prepare: str
) -> list[Edit]:
    """The edits of a function: the row in its place, the publish and what waited for it gone. ``prepare`` stands before the
    row where it was moved (a flush), "" for nothing; each line of it ends with a line end."""
    gone = [*sent.waits, *(one.statement for one in publish.made)]
    if place.anchor is None:
        written = row(file.indent_at(sent.statement.start_byte))
        edits = [Edit(sent.statement.start_byte, sent.statement.end_byte, _with_newlines(file, written))]
        return [*edits, *_removals(file, [_lines_of(file, one) for one in gone])]
    indent, at = _target(file, place)
    wrapped = place.anchor if place.side.startswith("wrap") else None
    if wrapped is not None:
        outer, indent = indent, indent + file.style.indent
    lines = [indent + line + file.style.newline for line in prepare.splitlines()]
    lines += [
        indent + moved(file.text(one), file.indent_at(one.start_byte), indent) + file.style.newline
        for one in place.carried
    ]
    said = _with_comments(file, place.unit)
    lines += [indent + line.strip() + file.style.newline for line in _lines(file, said, place.unit)]
    lines.append(_unit_text(file, sent, place, row, indent) + file.style.newline)
    if wrapped is not None:
        own = [_deeper(file, line) + file.style.newline for line in _lines_at(file, at, wrapped)]
        lines = [*own, *lines] if place.side == "wrap-last" else [*lines, *own]
        lines = [f"{outer}{place.block}:{file.style.newline}", *lines]
    text = "".join(lines)
    if at == len(file.source) and not file.source.endswith((b"\n", b"\r")):
        text = file.style.newline + text
    inside_unit = [one for one in gone if place.unit.start_byte <= one.start_byte < place.unit.end_byte]
    removed = [_lines_of(file, one) for one in (*place.carried, *(one for one in gone if one not in inside_unit))]
    end = _lines_of(file, wrapped)[1] if wrapped is not None else at
    return [
        Edit(at, end, _with_newlines(file, text)),
        *_removals(file, [(said, _lines_of(file, place.unit)[1]), *removed]),
    ]


def _with_newlines(file: SourceFile, text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", file.style.newline)


def _lines_at(file: SourceFile, start: int, statement: Node) -> list[str]:
    return file.source[start : _lines_of(file, statement)[1]].decode().splitlines()


def _deeper(file: SourceFile, line: str) -> str:
    return file.style.indent + line if line.strip() else line


def _target(file: SourceFile, place: Place) -> tuple[str, int]:
    """The indentation and the line start where the row's statements go."""
    assert place.anchor is not None
    if place.side in ("before", "wrap-first", "wrap-last"):
        return file.indent_at(place.anchor.start_byte), _with_comments(file, place.anchor)
    body = place.anchor.child_by_field_name("body")
    assert body is not None
    statements = [one for one in body.named_children if one.type != "comment"]
    indent = file.indent_at(statements[0].start_byte)
    if place.side == "first":
        return indent, _with_comments(file, statements[0])
    return indent, file.line_after(max(statements[-1].end_byte - 1, 0))


def _unit_text(file: SourceFile, sent: Sending, place: Place, row: RowText, indent: str) -> str:
    unit = place.unit
    old = file.indent_at(unit.start_byte)
    if unit == sent.statement:
        return indent + row(indent)
    depth = file.indent_at(sent.statement.start_byte).removeprefix(old)
    before = file.source[unit.start_byte : file.line_start(sent.statement.start_byte)].decode()
    lines = moved(before, old, indent) + indent + depth + row(indent + depth)
    rest = b""
    at = sent.statement.end_byte
    for wait in sorted(
        (one for one in sent.waits if at <= one.start_byte < unit.end_byte), key=lambda one: one.start_byte
    ):
        rest += file.source[at : _lines_of(file, wait)[0]]
        at = _lines_of(file, wait)[1]
    rest += file.source[at : unit.end_byte]
    return indent + lines + moved(rest.decode().rstrip(), old, indent)


def _with_comments(file: SourceFile, statement: Node) -> int:
    """The line start of a statement and of the comments right above it."""
    first = statement
    above = statement.prev_named_sibling
    while above is not None and _is_line_above(file, above, first):
        first, above = above, above.prev_named_sibling
    return file.line_start(first.start_byte)


def _is_line_above(file: SourceFile, comment: Node, statement: Node) -> bool:
    """Whether a comment has the line above a statement for itself."""
    starts = file.line_start(comment.start_byte) + len(file.indent_at(comment.start_byte)) == comment.start_byte
    return comment.type == "comment" and starts and comment.end_point[0] == statement.start_point[0] - 1


def _lines(file: SourceFile, start: int, statement: Node) -> list[str]:
    return file.source[start : file.line_start(statement.start_byte)].decode().splitlines()


def _lines_of(file: SourceFile, statement: Node) -> tuple[int, int]:
    return file.line_start(statement.start_byte), file.line_after(max(statement.end_byte - 1, 0))


def _removals(file: SourceFile, spans: list[tuple[int, int]]) -> Iterator[Edit]:
    """Neighbouring lines as one removal each, with a blank line before them that would be left over."""
    joined: list[list[int]] = []
    for start, end in sorted(set(spans)):
        if joined and not file.source[joined[-1][1] : start].strip():
            joined[-1][1] = end
        else:
            joined.append([start, end])
    for start, end in joined:
        before = file.line_start(max(start - 1, 0))
        is_blank_before = start > 0 and not file.source[before:start].strip()
        after = file.line_after(end) if end < len(file.source) else end
        is_blank_after = end >= len(file.source) or not file.source[end:after].strip()
        yield Edit(before if is_blank_before and is_blank_after else start, end, "")


# ------------------------------------------------------------------------------------------------------------ flushes


def needs_flush(file: SourceFile, function: Node, session: str, place: Place, publish: Publish, anchor: Node) -> bool:
    """Whether what moves reads an object that only gets its values (the key) when the session sends it to the database."""
    read = {name for node in (place.unit, *place.carried) for name in names_read(file, node)}
    read |= {name for node in publish.read for name in names_read(file, node)}
    read -= {session.partition(".")[0]}
    added = {file.text(one) for one in _added(file, function, session)}
    flushed = [
        one.start_byte
        for one in inside(function, "call")
        if callee(file, one) == f"{session}.flush" and one.start_byte < anchor.start_byte
    ]
    last = max((one.start_byte for one in _added(file, function, session)), default=0)
    if flushed and flushed[-1] > last:
        return False
    return any(name in added or _is_made_elsewhere(file, function, name, session) for name in read)


def _added(file: SourceFile, function: Node, session: str) -> Iterator[Node]:
    for call in inside(function, "call"):
        if callee(file, call) in (f"{session}.add", f"{session}.add_all", f"{session}.merge"):
            given = arguments(file, call, ("instance",)) or {}
            for value in given.values():
                yield from inside(value, "identifier")


_ROW_READS = frozenset(
    [
        "get",
        "get_one",
        "one",
        "one_or_none",
        "first",
        "all",
        "scalar",
        "scalars",
        "scalar_one",
        "scalar_one_or_none",
        "execute",
        "exec",
        "query",
    ]
)
"""Methods that give rows which are there already."""


def _is_made_elsewhere(file: SourceFile, function: Node, name: str, session: str) -> bool:
    """Whether a name holds what another function made with the session: it may be a new row."""
    if is_parameter(file, function, name):
        return False
    local: LocalValue | None = local_value(file, function, name)
    if local is None:
        return False
    return any(
        session in [file.text(one) for one in inside(call, "identifier", "attribute")]
        and method(file, call) not in _ROW_READS
        for call in inside(local.value, "call")
        if receiver(file, call) != session
    )
