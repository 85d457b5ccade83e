"""Ignore with reason: a comment on the line above, or on the line itself, that says why the finding is accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from eventlens.checks.registry import rule_ids
from eventlens.checks.suppressions import IGNORE
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.source import COMMENTS, SourceFile
from eventlens.flow.model import Finding
from eventlens.syntax.grammars import language_of

RULES = frozenset(rule_ids())
REASON = "accepted here because …"
"""Stands where the reason belongs: the editor's user writes it."""
_STRINGS = frozenset(
    (
        "string",
        "template_string",
        "regex",
        "string_literal",
        "multiline_string_literal",
        "raw_string_literal",
        "verbatim_string_literal",
        "interpolated_string_expression",
    )
)
"""Strings that may go over several lines, of all grammars."""
_TEXTS = _STRINGS | COMMENTS
_CODE_IN_TEXT = frozenset(
    ("template_substitution", "jsx_expression", "jsx_opening_element", "jsx_self_closing_element")
)
_CODE_IN_STRINGS_OF_KOTLIN = "interpolation"
"""Other languages hold code in their strings too, but not all of their versions allow a comment there."""
_MARKUP = frozenset(("jsx_element", "jsx_fragment"))
_NAMES_RULES = re.compile(rb"eventlens:\s*ignore\[")
_ABOUT_NEXT_LINE = re.compile(
    rb"-next-line|disable-next|biome-ignore|deno-lint-ignore|ignore next|noinspection|disable once"
)
"""Other tools' comments that speak of the line below them and of no other."""


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """In source code, where a comment may stand. Comments in configuration files silence nothing, so none is offered there."""
    if language_of(finding.file) is None:
        return
    file = context.file(finding.file)
    edit = _in_known_list(file, finding) or _above(file, finding) or _behind(file, finding)
    if edit is not None:
        yield Offer("ignore", f"Ignore {finding.rule} here, with a reason", lambda: edited({file.path: [edit]}))


def _in_known_list(file: SourceFile, finding: Finding) -> Edit | None:
    """The rule added to the list of a comment that speaks of the line already: one on it, or one alone on the line above."""
    for row in (finding.line, finding.line - 1):
        comment = comment_on(file, row)
        listed = IGNORE.search(file.text(comment)) if comment is not None else None
        if comment is not None and listed is not None and (row == finding.line or _is_alone(file, comment)):
            at = comment.start_byte + len(file.text(comment)[: listed.end(1)].rstrip().encode())
            return Edit(at, at, f", {finding.rule}")
    return None


def comment_on(file: SourceFile, row: int) -> Node | None:
    """The comment that names rules to ignore, and begins, on a 1-based line: one that goes over several speaks of the first."""
    start = file.line(row) if row > 0 else 0
    found = _NAMES_RULES.search(file.source, start, file.line_after(start)) if row > 0 else None
    node = file.tree.root_node.named_descendant_for_byte_range(found.start(), found.end()) if found else None
    is_comment = node is not None and node.type in COMMENTS and node.start_point.row == row - 1
    return node if is_comment else None


def _is_alone(file: SourceFile, comment: Node) -> bool:
    """Whether nothing but a comment stands on its line."""
    return not file.source[file.line_start(comment.start_byte) : comment.start_byte].strip(b" \t{\xef\xbb\xbf")


def _above(file: SourceFile, finding: Finding) -> Edit | None:
    start = file.line(finding.line)
    around = _around(file, start)
    before = file.source[file.line(finding.line - 1) : start].rstrip(b"\r\n") if finding.line > 1 else b""
    # Between a line and the comment that ends the one before, which may silence another rule on it, nothing may come.
    if around in _TEXTS or _ABOUT_NEXT_LINE.search(before) or _NAMES_RULES.search(before) or _goes_on(file, before):
        return None
    comment = _comment(file, finding.rule)
    if around in _MARKUP:
        comment = f"{{/* {comment.removeprefix('// ')} */}}"
    return Edit(start, start, file.indent_at(start) + comment + file.style.newline)


def _behind(file: SourceFile, finding: Finding) -> Edit | None:
    start = file.line(finding.line)
    line = file.source[start : file.line_after(start)].rstrip(b"\r\n")
    end = start + len(line)
    around = _around(file, end)
    if around in _TEXTS or around in _MARKUP or _goes_on(file, line):
        return None
    gap = "  " if file.language == "python" else " "
    return Edit(end, end, gap + _comment(file, finding.rule))


def _comment(file: SourceFile, rule: str) -> str:
    return f"{'#' if file.language == 'python' else '//'} eventlens: ignore[{rule}] {REASON}"


def _goes_on(file: SourceFile, line: bytes) -> bool:
    """Whether a backslash joins a line of Python with the next: no comment may stand between."""
    return file.language == "python" and line.endswith(b"\\")


def _around(file: SourceFile, offset: int) -> str:
    """What a place between two characters is inside of: a kind of text, of markup, or "" for code."""
    node = file.tree.root_node.descendant_for_byte_range(offset, offset)
    while node is not None:
        if node.start_byte < offset < node.end_byte:
            if node.type == "jsx_text" and file.text(node).strip():
                return "comment"  # a new line of markup would take the space between two words away
            if node.type in _CODE_IN_TEXT or (file.language == "kotlin" and node.type == _CODE_IN_STRINGS_OF_KOTLIN):
                return ""
            if node.type in _MARKUP or (node.type in _TEXTS and not _ends_with_its_line(file, node)):
                return node.type
        node = node.parent
    return ""


def _ends_with_its_line(file: SourceFile, node: Node) -> bool:
    """Whether a node is a comment that goes on to the end of its line: some grammars count the carriage return there to it."""
    return node.type in COMMENTS and file.text(node).startswith(("//", "#"))
