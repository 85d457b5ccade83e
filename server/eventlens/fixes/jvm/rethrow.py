"""A listener's catch that swallows the failure lets it out, to the container or to those who publish through the method."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens import ir
from eventlens.checks.context import Subject
from eventlens.fixes.blocks import put_after, statements_of
from eventlens.fixes.changes import Edit, FileEdit, Offer, together
from eventlens.fixes.context import FixContext
from eventlens.fixes.end_of_failure import end_of_failure, title_of
from eventlens.fixes.jvm import code, dead_letter
from eventlens.fixes.jvm.catches import Clause, clause_of, is_followed_for_nothing, throwing
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding

_HEARING = frozenset(("spring-kafka", "spring-amqp", "spring-jms", "spring-cloud-aws", "spring-cloud-stream"))
"""Libraries whose container deals with what a listener throws: it tries again, gives the message back or sends it to the dead letters."""


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """Where whoever is above the catch deals with the failure."""
    subject = context.subject(finding)
    if subject is None or subject.frame is None or not isinstance(subject.node, ir.Catch) or not _is_heard(subject):
        return
    file = context.file(subject.frame.module.path)
    clause = clause_of(file, subject.node.start, subject.node.end)
    end = end_of_failure(context, subject, clause.node) if clause is not None else "unheard"
    if clause is None or end not in ("heard", "callers"):
        return
    edit, kept = _let_out(file, clause), dead_letter.kept(context, subject.at) if subject.at is not None else None
    if edit is not None and kept is not None:
        changes = together(FileEdit(file.path, (edit,)), *kept)
        title = title_of(end) + (", and say what becomes of what keeps failing" if kept else "")
        yield Offer("rethrow", title, lambda: changes, preferred=end == "heard", is_wide=bool(kept))


def _is_heard(subject: Subject) -> bool:
    site = subject.at
    return site is not None and (site.role == "publish" or site.match.library in _HEARING)


def _let_out(file: SourceFile, clause: Clause) -> Edit | None:
    """A throw as the last statement of the catch."""
    statements = statements_of(clause.body)
    if any(code.leaves(one) for one in statements) or is_followed_for_nothing(file, clause):
        return None
    if statements:
        return put_after(file, statements[-1], throwing(file, clause))
    indent, newline = file.indent_at(clause.node.start_byte), file.style.newline
    inner = f"{newline}{indent}{file.style.indent}{throwing(file, clause)}{code.end_of(file)}{newline}{indent}"
    return Edit(clause.body.start_byte, clause.body.end_byte, f"{{{inner}}}")
