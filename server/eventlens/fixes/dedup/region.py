"""The statements of a function that belong into one transaction: from the first to the last that uses the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.blocks import statements_of
from eventlens.fixes.changes import Edit
from eventlens.fixes.functions import FUNCTIONS, LOOPS
from eventlens.fixes.source import SourceFile, inside

_JUMPS = ("return_statement", "continue_statement", "break_statement")


class Region(NamedTuple):
    """Statements that follow one another in a block. ``is_last``: nothing of the function runs behind them."""

    block: Node
    statements: tuple[Node, ...]
    is_last: bool

    @property
    def start(self) -> int:
        """The first byte, that of a comment where one stands right above."""
        return _with_comment(self.statements[0]).start_byte

    @property
    def end(self) -> int:
        """The byte behind the last one."""
        return self.statements[-1].end_byte


def _with_comment(first: Node) -> Node:
    node = first
    while True:
        above = node.prev_named_sibling
        if above is None and node.parent is not None and node.parent.type == "block":
            above = node.parent.prev_named_sibling  # Python's grammar takes it for a part of what the block belongs to.
        if above is None or above.type != "comment" or above.end_point[0] != node.start_point[0] - 1:
            return node
        before = above.prev_sibling
        if before is not None and before.end_point[0] == above.start_point[0]:
            return node
        node = above


def function_of(file: SourceFile, function: ir.Function) -> Node | None:
    """The syntax node of a function."""
    node: Node | None = file.tree.root_node.named_descendant_for_byte_range(function.start, function.end)
    while node is not None and node.type not in FUNCTIONS:
        node = next(
            (
                child
                for child in node.named_children
                if child.start_byte <= function.end and child.end_byte >= function.end
            ),
            None,
        )
    return node


def region(
    file: SourceFile, body: Node, wanted: Sequence[tuple[int, int]], also: Sequence[tuple[int, int]]
) -> Region | None:
    """The statements of ``body`` (a block) around all the byte ranges of ``wanted``; those of ``also`` that stand right before
    them in the same block come along (reads that the writes hang on), unless something between leaves the block.

    None where the statements cannot run as a unit of their own: what they declare is needed elsewhere, or they leave the function
    (in Python they may: nothing is put into a function of its own there).
    """
    block = _block(body, wanted)
    if block is None:
        return None
    own = statements_of(block)
    at = [number for number, one in enumerate(own) if any(_covers(one, span) for span in wanted)]
    if not at:
        return None
    last = _with_users(file, own, min(at), max(at))
    is_last = block == body and last == len(own) - 1
    early = [number for number, one in enumerate(own[: min(at)]) if any(_covers(one, span) for span in also)]
    for first in (*early[:1], min(at)):
        chosen = Region(block, tuple(own[first : last + 1]), is_last)
        may_leave = file.language == "python" or not _leaves(chosen)
        if may_leave and not _is_needed_elsewhere(file, own, first, last):
            return chosen
    return None


def _block(body: Node, wanted: Sequence[tuple[int, int]]) -> Node | None:
    """The innermost block around all ranges that runs once whenever ``body`` does, or not at all."""
    if not all(_covers(body, span) for span in wanted):
        return None
    found, node = body, body
    while True:
        inner = next((one for one in node.named_children if all(_covers(one, span) for span in wanted)), None)
        if inner is None or inner.type in FUNCTIONS or inner.type in LOOPS:
            return found
        node = inner
        if node.type in ("statement_block", "block"):
            found = node


def _covers(node: Node, span: tuple[int, int]) -> bool:
    return node.start_byte <= span[0] and span[1] <= node.end_byte


def _with_users(file: SourceFile, own: Sequence[Node], first: int, last: int) -> int:
    """The last statement once those come along that read what the ones before declare."""
    end = last
    for number in range(last + 1, len(own)):
        declared = {name for one in own[first : end + 1] for name in declared_names(file, one)}
        if declared & words(file, own[number]):
            end = number
    return end


def _is_needed_elsewhere(file: SourceFile, own: Sequence[Node], first: int, last: int) -> bool:
    declared = {name for one in own[first : last + 1] for name in declared_names(file, one)}
    return any(declared & words(file, one) for one in own[last + 1 :])


def declared_names(file: SourceFile, statement: Node) -> set[str]:
    """The names that a statement gives a value for those behind it."""
    if file.language == "python":
        binding = inside(statement, "assignment", "for_statement", "as_pattern_target", "named_expression")
        targets = [one.child_by_field_name("left") or one.child_by_field_name("name") or one for one in binding]
        return {file.text(one) for target in targets for one in inside(target, "identifier")}
    if statement.type not in ("lexical_declaration", "variable_declaration"):
        return set()
    return {
        file.text(one)
        for declarator in statement.named_children
        if (target := declarator.child_by_field_name("name")) is not None
        for one in inside(target, "identifier", "shorthand_property_identifier_pattern")
    }


def words(file: SourceFile, node: Node) -> set[str]:
    """The names that stand in a piece of code."""
    return {file.text(one) for one in inside(node, "identifier", "shorthand_property_identifier")}


def _leaves(chosen: Region) -> bool:
    """Whether something in the statements leaves what is around them; a bare ``return`` at a function's end leaves nothing."""
    return any(
        one.type != "return_statement" or bool(one.named_children) or not chosen.is_last
        for statement in chosen.statements
        for one in _jumps(statement, False)
    )


def _jumps(node: Node, in_loop: bool) -> Iterator[Node]:
    if node.type in FUNCTIONS:
        return
    if node.type in _JUMPS and not (in_loop and node.type != "return_statement"):
        yield node
    for child in node.named_children:
        yield from _jumps(child, in_loop or node.type in LOOPS)


# ------------------------------------------------------------------------------------------------------------- writing


def indented(file: SourceFile, chosen: Region, edits: Iterable[Edit], levels: int) -> str:
    """The text of the statements after some edits, each line moved in by some levels; the lines of template strings stay."""
    start = file.line_start(chosen.start)
    kept = [
        (one.start_byte, one.end_byte)
        for statement in chosen.statements
        for one in inside(statement, "template_string", "string")
    ]
    more = file.style.indent * levels
    wanted = list(edits)
    at = start
    while at < chosen.end:
        is_kept = any(begin < at < end for begin, end in kept)
        following = min(file.line_after(at), chosen.end)
        if not is_kept and file.source[at:following].strip():
            wanted.append(Edit(at, at, more))
        at = following if following > at else chosen.end
    source = file.source[start : chosen.end]
    shifted = sorted(
        (Edit(one.start - start, one.end - start, one.text) for one in wanted), key=lambda one: (one.start, one.end)
    )
    done, at = [], 0
    for one in shifted:
        done += [source[at : one.start].decode("utf-8", "replace"), one.text]
        at = one.end
    return "".join([*done, source[at:].decode("utf-8", "replace")])


def replaced(file: SourceFile, statements: Iterable[Node], old: str, new: str) -> list[Edit]:
    """``new`` wherever the expression ``old`` (a name or a path of members) stands in some statements."""
    found = []
    for statement in statements:
        for one in inside(statement, "identifier", "member_expression"):
            parent = one.parent
            if file.text(one) != old or parent is None:
                continue
            if parent.type == "member_expression" and parent.child_by_field_name("property") == one:
                continue
            found.append(Edit(one.start_byte, one.end_byte, new))
    return found


def fresh(file: SourceFile, *names: str) -> str:
    """The first of some names that the file does not use."""
    known = {
        file.text(one)
        for one in inside(file.tree.root_node, "identifier", "shorthand_property_identifier_pattern", "type_identifier")
    }
    return next((name for name in names if name not in known), names[-1] + "_")
