"""Remove a suppression that suppresses nothing: the comment, or the rule's name from its list."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from eventlens.checks.suppressions import IGNORE, UNUSED, stale_message
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.source import COMMENTS, SourceFile
from eventlens.flow.model import Finding
from eventlens.syntax.grammars import language_of

RULES = frozenset((UNUSED.id,))
_NOTHING_ELSE = re.compile(r"(//|#|/\*+)\s*$")


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """For comments in source code."""
    if language_of(finding.file) is None:
        return
    file = context.file(finding.file)
    for comment in file.nodes(*COMMENTS):
        text = file.text(comment)
        listed = IGNORE.search(text)
        if listed is None or comment.start_point.row + 1 != finding.line:
            continue
        rules = [one.strip() for one in listed[1].split(",")]
        stale = next((one for one in rules if stale_message(one) == finding.message), None)
        if stale is None:
            continue
        left = [one for one in rules if one != stale]
        if left:
            start, end = (comment.start_byte + len(text[: listed.start(1)].encode()) + at for at in (0, _size(listed)))
            yield _offer(file, Edit(start, end, ", ".join(left)))
        elif _NOTHING_ELSE.fullmatch(text[: listed.start()]):
            yield _offer(file, _removal(file, comment))
        return


def _size(listed: re.Match[str]) -> int:
    return len(listed[1].encode())


def _offer(file: SourceFile, edit: Edit) -> Offer:
    return Offer("remove", "Remove what silences nothing", lambda: edited({file.path: [edit]}), preferred=True)


def _removal(file: SourceFile, comment: Node) -> Edit:
    """Its whole line where it stands alone (in markup with its braces), else the comment and the white space before it."""
    around = comment.parent
    whole = (
        around if around is not None and around.type == "jsx_expression" and around.named_child_count == 1 else comment
    )
    start, end = file.line_start(whole.start_byte), file.line_after(whole.end_byte)
    before, behind = file.source[start : whole.start_byte], file.source[whole.end_byte : end]
    if not before.strip() and not behind.strip():
        return Edit(start, end, "")
    written = file.source[whole.start_byte : whole.end_byte].rstrip(b"\r")  # which some grammars count to the comment
    return Edit(start + len(before.rstrip(b" \t")), whole.start_byte + len(written), "")
