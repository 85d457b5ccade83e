"""A failure that ends where it is logged: given on by the function that logs it."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes import dead_letter
from eventlens.fixes.blocks import leaves, put_after, statements_of
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.end_of_failure import end_of_failure, is_unreadable, title_of
from eventlens.fixes.functions import function_around
from eventlens.fixes.golang.code import failing_block, failing_return, values_given
from eventlens.fixes.golang.error_results import declaration_of, handed_on
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode

_CLAIMING = "ConsumeClaim"
"""sarama's method with the loop over messages: where it gives an error, the loop begins again at the last one that was marked

(https://pkg.go.dev/github.com/IBM/sarama#ConsumerGroupHandler)."""
_LOOP = "for_statement"


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """``if err != nil { log }`` → ``if err != nil { log; return err }``, where somebody deals with the error that is given."""
    subject = context.subject(finding)
    if subject is None or subject.frame is None or subject.at is None or not isinstance(subject.node, ir.Catch):
        return
    file = context.file(subject.frame.module.path)
    block = failing_block(file, subject.node)
    end = end_of_failure(context, subject, block) if block is not None else "unheard"
    if block is not None and _ends_a_claim(file, subject.at, block):
        end = "heard"
    if (
        block is None
        or _acknowledges(context, subject.at, subject.node)
        or end in ("turns", "unheard")
        or (end == "consuming" and is_unreadable(context, subject))
    ):
        return
    turn = _next_turn(file, subject.at, block)
    if turn is not None:
        yield Offer(
            "rethrow", "Leave the failed message in its queue", lambda: edited({file.path: [turn]}), preferred=True
        )
        return
    changed = _given_on(context, file, subject.frame, block, subject.node.name, end == "callers")
    if changed:
        preferred = end != "consuming" and not any(True for _ in dead_letter.offers(context, finding))
        title = title_of(end)
        yield Offer("rethrow", title, lambda: edited(changed), preferred, is_wide=set(changed) != {file.path})


def _ends_a_claim(file: SourceFile, site: SiteNode, block: Node) -> bool:
    """Whether a block stands in the one loop over the messages of a claim."""
    loop = file.enclosing(block, _LOOP, "func_literal")
    method = file.enclosing(loop, _LOOP, "func_literal", "method_declaration") if loop is not None else None
    name = method.child_by_field_name("name") if method is not None else None
    return site.match.library == "sarama" and name is not None and file.text(name) == _CLAIMING


def _next_turn(file: SourceFile, site: SiteNode, block: Node) -> Edit | None:
    """SQS: ``continue`` with the next message of a batch, the failed one not deleted: the others are not to wait for it."""
    loop, taking = file.enclosing(block, _LOOP, "func_literal"), site.handler.loop
    if site.channel.broker != "sqs" or loop is None or taking is None:
        return None
    statements, check = statements_of(block), block.parent
    behind = check.next_named_sibling if check is not None else None
    if (loop.start_byte, loop.end_byte) != (taking.start, taking.end) or behind is None or any(map(leaves, statements)):
        return None
    return put_after(file, statements[-1], "continue")


def _acknowledges(context: FixContext, site: SiteNode, catch: ir.Catch) -> bool:
    """Whether the message is given up where the failure is logged: then nobody gets it again, whoever hears of the failure."""
    return any(
        event.kind == "acknowledge" and any(one.node is catch for one in event.contexts)
        for event in context.checks.delivery_events(site)
    )


def _given_on(
    context: FixContext, file: SourceFile, frame: Frame, block: Node, error: str, is_for_callers: bool
) -> dict[str, list[Edit]]:
    """The edits, by file: of the block, and of those that call the function where it gave no error so far."""
    function = function_around(file, block)
    *before, last = statements_of(block)
    if function is None or not error or any(leaves(one) for one in before):
        return {}
    leaving = failing_return(context, file, function, error)
    if leaving is not None:
        edit = _ending(file, last, leaving)
        return {file.path: [edit]} if edit is not None else {}
    if not is_for_callers or leaves(last) or declaration_of(file, frame) != function:
        return {}
    handed = handed_on(context, frame)
    if handed is not None:
        handed.setdefault(file.path, []).append(put_after(file, last, f"return {error}"))
    return handed or {}


def _ending(file: SourceFile, last: Node, leaving: str) -> Edit | None:
    """``leaving`` in place of what ends a block without an error, or behind its last statement."""
    if last.type == "continue_statement" or (last.type == "return_statement" and _gives_none(file, last)):
        return Edit(last.start_byte, last.end_byte, leaving)
    return put_after(file, last, leaving) if not leaves(last) else None


def _gives_none(file: SourceFile, statement: Node) -> bool:
    values = values_given(statement)
    return bool(values) and file.text(values[-1]) == "nil"
