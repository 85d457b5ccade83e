"""The edits that store an outbox's rows at the place that was found for them, in TypeScript."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from eventlens.fixes.changes import Edit
from eventlens.fixes.functions import function_around
from eventlens.fixes.outbox.ecmascript_code import declarators, moved, names_bound, names_read
from eventlens.fixes.outbox.ecmascript_places import Place, Written
from eventlens.fixes.outbox.ecmascript_sending import Sending, comments_above
from eventlens.fixes.source import SourceFile, inside

Stores = Callable[[str, str], list[str]]
"""The statements that store the rows: given the handle and the indentation of their first line, which it leaves out."""


def edits_for(file: SourceFile, place: Place, sent: Sending, stores: Stores) -> list[Edit]:
    """The publish's file with the rows stored in its place; lines end as the file's do."""
    newline = file.style.newline
    return [one._replace(text=one.text.replace("\n", newline)) for one in _edits(file, place, sent, stores)]


def _edits(file: SourceFile, place: Place, sent: Sending, stores: Stores) -> list[Edit]:
    if place.at is None:
        indent = file.indent_at(sent.statement.start_byte)
        text = f"\n{indent}".join([*(file.text(one).rstrip("\r") for one in sent.said), *stores(place.handle, indent)])
        end = sent.confirmation.end_byte if sent.confirmation is not None else sent.statement.end_byte
        return [Edit(sent.statement.start_byte, end, text)]
    comments = comments_above(file, sent.statement)
    edits = [without_lines(file, comments[0] if comments else sent.statement, sent.confirmation or sent.statement)]
    edits += [without_lines(file, one, one) for one in place.along]
    said = [file.text(one).rstrip("\r") for one in (*comments, *sent.said)]
    if place.wrapped is not None:
        return [*edits, _wrapping(file, place, place.wrapped, sent, said, stores)]
    if place.in_list:
        return [*edits, _lengthened(file, place.at, place.handle, said, stores)]
    indent = file.indent_at(place.at.start_byte)
    lines = [*(moved(file, one, indent) for one in place.along), *said, *stores(place.handle, indent)]
    text = "".join(f"{line}\n{indent}" for line in lines)
    if place.behind:
        text = "".join(f"\n{indent}{line}" for line in lines)
        return [*edits, Edit(place.at.end_byte, place.at.end_byte, text)]
    if place.named:
        ending = ";" if file.style.semicolons else ""
        returned = place.at.named_children[0]
        head = "" if returned.type == "await_expression" else "await "
        text = f"const {place.named} = {head}{file.text(returned)}{ending}\n{indent}{text}return {place.named}{ending}"
        return [*edits, Edit(place.at.start_byte, place.at.end_byte, text)]
    return [*edits, Edit(place.at.start_byte, place.at.start_byte, text)]


def _lengthened(file: SourceFile, array: Node, handle: str, said: list[str], stores: Stores) -> Edit:
    """A list of writes with the rows behind them, one a line."""
    indent = file.indent_at(array.start_byte)
    inner = indent + file.style.indent
    rows = [row.removeprefix("await ").removesuffix(";") for row in stores(handle, inner)]
    own = [moved(file, one, inner) for one in array.named_children if one.type != "comment"]
    lines = [*(f"{one}," for one in own), *said, *(f"{one}," for one in rows)]
    return Edit(array.start_byte, array.end_byte, "[\n" + "".join(f"{inner}{line}\n" for line in lines) + f"{indent}]")


def _wrapping(file: SourceFile, place: Place, written: Written, sent: Sending, said: list[str], stores: Stores) -> Edit:
    indent = file.indent_at(written.statement.start_byte)
    inner, end = indent + file.style.indent, ";" if file.style.semicolons else ""
    rows = [*said, *stores(place.handle, inner)]
    through = _Through(file, written, place)
    if place.rows_first:
        lines = [
            *rows,
            f"{'' if through.is_dropped else 'return '}{through.write(inner, awaited=through.is_dropped)}{end}",
        ]
        given = through.head
    else:
        along = [moved(file, one, inner) for one in place.along]
        bound = through.bound()
        needed = [name for name in (*bound, *_names_along(file, place)) if name in through.read_later(sent, place)]
        own = f"const {through.pattern} = " if bound and (needed or through.read_inside(place, sent, bound)) else ""
        lines = [f"{own}{through.write(inner, awaited=True)}{end}", *along, *rows]
        if needed:
            lines.append(f"return {needed[0] if len(needed) == 1 else '{ ' + ', '.join(needed) + ' }'}{end}")
        given = through.head_for(needed)
    body = "".join(f"{inner}{line}\n" for line in lines)
    return Edit(
        written.statement.start_byte, written.statement.end_byte, f"{given}{place.opening}\n{body}{indent}}}){end}"
    )


class _Through:
    """A write, told again inside the transaction that is made around it."""

    def __init__(self, file: SourceFile, written: Written, place: Place) -> None:
        self.file, self.written = file, written
        self.client = place.through
        declared = declarators(written.statement)
        self.declarator = declared[0] if declared else None
        inner = written.statement.named_children[0] if written.statement.named_children else None
        self.assignment = inner if inner is not None and inner.type == "assignment_expression" else None

    @property
    def is_dropped(self) -> bool:
        return self.written.statement.type == "expression_statement" and self.assignment is None

    @property
    def pattern(self) -> str:
        target = self._target()
        return self.file.text(target) if target is not None else ""

    def _target(self) -> Node | None:
        if self.declarator is not None:
            return self.declarator.child_by_field_name("name")
        return self.assignment.child_by_field_name("left") if self.assignment is not None else None

    def bound(self) -> list[str]:
        target = self._target()
        return names_bound(self.file, target) if target is not None else []

    @property
    def head(self) -> str:
        """The statement up to its value, which is awaited where it was."""
        text = self.file.source[self.written.statement.start_byte : self.written.value.start_byte].decode("utf-8")
        return text + ("await " if self.written.is_awaited else "")

    def head_for(self, needed: list[str]) -> str:
        if not needed:
            return "await "
        target = self._target()
        if len(needed) == 1 and target is not None and self.file.text(target) == needed[0]:
            return self.head
        names = needed[0] if len(needed) == 1 else "{ " + ", ".join(needed) + " }"
        return f"const {names} = await "

    def write(self, indent: str, *, awaited: bool) -> str:
        text = moved(self.file, self.written.chain, indent, [(self.written.client, self.client)], self.written.start)
        return f"await {text}" if awaited else text

    def read_later(self, sent: Sending, place: Place) -> set[str]:
        """The names that are mentioned after the write, outside of what moves."""
        function = function_around(self.file, self.written.statement)
        gone = [sent.statement, *place.along]
        found = set(
            names_read(
                self.file,
                *([self.assignment.child_by_field_name("left") or self.assignment] if self.assignment else []),
            )
        )
        for one in inside(function or self.file.tree.root_node, "identifier", "shorthand_property_identifier"):
            if one.start_byte >= self.written.statement.end_byte and not any(
                each.start_byte <= one.start_byte < each.end_byte for each in gone
            ):
                found.add(self.file.text(one))
        return found

    def read_inside(self, place: Place, sent: Sending, bound: list[str]) -> bool:
        return bool(names_read(self.file, sent.statement, *place.along) & set(bound))


def _names_along(file: SourceFile, place: Place) -> list[str]:
    return [
        name
        for statement in place.along
        for one in declarators(statement)
        for name in names_bound(file, one.child_by_field_name("name") or one)
    ]


def without_lines(file: SourceFile, first: Node, last: Node) -> Edit:
    """Takes whole statements out, with the blank line that would be left over."""
    start = file.line_start(first.start_byte)
    end = file.line_after(last.end_byte)
    before = file.line_start(max(start - 1, 0))
    is_blank_before = not file.source[before:start].strip() and start > 0
    following = file.source[end : file.line_after(end)].strip()
    if is_blank_before and (not following or following.startswith(b"}")):
        start = before
    return Edit(start, end, "")
