"""Where the row goes: in place of the publish where the transaction is open there, else to where it ends or begins.

Statements move only where that changes nothing but the order of publish and commit: what stands between the two may log, wait for
the broker or make values, and is left out of account otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens.behaviour.paths import named_function
from eventlens.checks.operations import DualWrite
from eventlens.fixes.context import FixContext
from eventlens.fixes.outbox.python_messages import Publish
from eventlens.fixes.python_code import callee, local_value, mentions, method, names_read, receiver
from eventlens.fixes.source import SourceFile, inside

_LOGS = re.compile(r"(?:^|\.)_?(?:log|logger|logging|LOG|LOGGER)\.\w+$|^print$")
_WAITS = frozenset(("get", "result", "wait"))


class Sending(NamedTuple):
    """The statement that publishes, and those that only wait for its result."""

    call: Node
    statement: Node
    waits: tuple[Node, ...]


class Place(NamedTuple):
    """Where the row is stored. ``anchor`` is the statement before which it goes (``side`` "before"), whose block it opens or closes
    ("first", "last"), or with which it goes into a transaction of their own ("wrap-first", "wrap-last"); None: in place of the
    publish."""

    anchor: Node | None
    side: str
    unit: Node
    """The statement that moves: the publish, or an ``if`` or ``for`` around it."""
    carried: tuple[Node, ...] = ()
    """Assignments that move along, in their order."""
    refreshed: tuple[Node, ...] = ()
    """Statements that read rows again after the commit; what moves may need them before it, too."""
    block: str = ""
    """For the sides that wrap: the ``with`` statement's head, without its colon."""


def sending(file: SourceFile, call: Node, function: Node, publish: Publish) -> Sending | None:
    """The statement around a publish call; None where its result is used for more than waiting."""
    waits: list[Node] = []
    statement: Node | None = _whole_call(call).parent
    if statement is None:
        return None
    if statement.type == "assignment" and statement.parent is not None:
        target = statement.child_by_field_name("left")
        if target is None or target.type != "identifier":
            return None
        name = file.text(target)
        if local_value(file, function, name) is None:
            return None
        uses = [one for one in mentions(file, function, name) if one != target]
        for use in uses:
            wait = _waiting(file, use)
            if wait is None:
                return None
            waits.append(wait)
        statement = statement.parent
    if statement is None or statement.type != "expression_statement":
        return None
    waits += _confirmations(file, statement, receiver(file, call), publish.confirmed_by)
    guarded = _guarded(file, statement, waits)
    if guarded is not None:
        waits = [one for one in waits if not guarded.start_byte <= one.start_byte < guarded.end_byte]
    return Sending(call, guarded or statement, tuple(waits))


def _guarded(file: SourceFile, statement: Node, waits: list[Node]) -> Node | None:
    """The ``try`` that does nothing but publish, with handlers that only log, or raise: it goes with the publish."""
    block = statement.parent
    around = block.parent if block is not None and block.type == "block" else None
    if block is None or around is None or around.type != "try_statement" or around.child_by_field_name("body") != block:
        return None
    beside = [one for one in block.named_children if one != statement and one not in waits and one.type != "comment"]
    clauses = [one for one in around.named_children if one.type.endswith("_clause")]
    handled = [one for clause in clauses for one in clause.named_children[-1].named_children]
    only_logs = all(
        is_log(file, one) or one.type in ("pass_statement", "raise_statement", "comment") for one in handled
    )
    is_plain = all(clause.type == "except_clause" for clause in clauses) and all(is_log(file, one) for one in beside)
    return around if is_plain and only_logs else None


def _whole_call(call: Node) -> Node:
    """The call with the await and the waiting (``.get(timeout=5)``) around it."""
    whole = call
    while whole.parent is not None:
        up = whole.parent
        if up.type == "await" or (
            up.type == "parenthesized_expression" and up.parent is not None and up.parent.type in ("await", "attribute")
        ):
            whole = up
        elif up.type == "attribute" and up.parent is not None and _is_wait(up):
            whole = up.parent
        else:
            break
    return whole


def _is_wait(attribute: Node) -> bool:
    """Whether a method of a future is called that waits for it."""
    call = attribute.parent
    name = attribute.named_children[-1].text
    return call is not None and call.type == "call" and name is not None and name.decode() in _WAITS


def _waiting(file: SourceFile, name: Node) -> Node | None:
    """The statement that only waits for a future (``future.get(timeout=5)``)."""
    call = name.parent.parent if name.parent is not None and name.parent.type == "attribute" else None
    if call is None or call.type != "call" or method(file, call) not in _WAITS or call.parent is None:
        return None
    return call.parent if call.parent.type == "expression_statement" else None


def _confirmations(file: SourceFile, statement: Node, owner: str, methods: frozenset[str]) -> Iterator[Node]:
    """The statements after a publish, in its block and those around it, that wait for the broker's answer."""
    at: Node | None = statement
    while at is not None and at.type not in ("function_definition", "module"):
        sibling = at.next_named_sibling
        while sibling is not None and at.parent is not None and at.parent.type == "block":
            if is_confirmation(file, sibling, owner, methods):
                yield sibling
            sibling = sibling.next_named_sibling
        at = at.parent


def is_confirmation(file: SourceFile, statement: Node, owner: str, methods: frozenset[str]) -> bool:
    """``producer.flush()``, or an ``if`` on its result that raises or logs."""
    value: Node | None = None
    if statement.type == "expression_statement":
        value = statement.named_children[0]
    elif statement.type == "if_statement" and statement.child_by_field_name("alternative") is None:
        body = statement.child_by_field_name("consequence")
        if body is not None and all(one.type == "raise_statement" or is_log(file, one) for one in body.named_children):
            value = statement.child_by_field_name("condition")
    if value is None:
        return False
    value = value.named_children[0] if value.type in ("await", "comparison_operator", "not_operator") else value
    return value.type == "call" and receiver(file, value) == owner and method(file, value) in methods


def is_log(file: SourceFile, statement: Node) -> bool:
    """Whether a statement only logs."""
    call = (
        statement.named_children[0] if statement.type == "expression_statement" and statement.named_children else None
    )
    return call is not None and call.type == "call" and bool(_LOGS.search(callee(file, call)))


class Around(NamedTuple):
    """What else a function does: the starts of its calls that publish, and of those that change or reach something outside."""

    publishes: frozenset[int]
    effects: frozenset[int]
    session: str = ""
    """What the write goes through, as it is written."""


_HARMLESS = frozenset(("read", "log", "parse"))


def around(context: FixContext, one: DualWrite, session: str = "") -> Around:
    """What the function of a publish does besides."""
    publishes = frozenset(
        node.node.start
        for node, site in context.checks.graph.nodes
        if site.role == "publish" and node.frame is one.node.frame and node is not one.node
    )
    effects = set()
    for event in context.checks.tracer.trace(named_function(one.node.frame)):
        if event.kind in ("publish", "send", "acknowledge") or (
            event.kind == "effect" and event.effect not in _HARMLESS
        ):
            effects.add(event.chain[0].call.start if event.chain else event.node.start)
    return Around(publishes, frozenset(effects - {one.publish.node.start}), session)


# ------------------------------------------------------------------------------------------------------------- moving


def after_commit(
    file: SourceFile,
    sent: Sending,
    publish: Publish,
    anchor: Node,
    side: str,
    function: Node,
    beside: Around,
) -> Place | None:
    """The place of a row whose publish stands behind the end of the transaction."""
    found = _common(anchor, sent.statement)
    if found is None:
        return None
    top, unit = found
    if not _always_passes(file, top, anchor) or not _may_move(file, unit, sent):
        return None
    between = [*_left_behind(top, anchor), *_siblings(top, unit)]
    between = [one for one in between if one not in sent.waits and one.type != "comment"]
    carried = _carried(file, unit, sent, publish, between, function)
    if carried is None or any(
        one.start_byte <= effect < one.end_byte for one in (unit, *carried) for effect in beside.effects
    ):
        return None
    rows = [one for one in between if _is_refresh(file, one, beside.session)]
    rest = [one for one in between if one not in carried and one not in rows]
    if any(not _is_harmless(file, one, beside.publishes) for one in rest):
        return None
    read = names_read(file, unit) | {name for one in carried for name in names_read(file, one)}
    return Place(anchor, side, unit, tuple(carried), tuple(one for one in rows if names_read(file, one) & read))


def before_write(file: SourceFile, sent: Sending, block: Node) -> Place | None:
    """The place of a row whose publish stands right before the block that holds the transaction."""
    at = sent.statement.next_named_sibling
    while at is not None and (at in sent.waits or at.type == "comment"):
        at = at.next_named_sibling
    return Place(block, "first", sent.statement) if at == block else None


def _common(anchor: Node, statement: Node) -> tuple[Node, Node] | None:
    """The statements of one block in which two statements stand."""
    above: dict[int, Node] = {}
    at: Node | None = anchor
    while at is not None and at.parent is not None and at.type != "function_definition":
        above[at.parent.id] = at
        at = at.parent
    at = statement
    while at is not None and at.parent is not None and at.type != "function_definition":
        if at.parent.type == "block" and at.parent.id in above:
            top = above[at.parent.id]
            return (top, at) if top != at else None
        at = at.parent
    return None


def _always_passes(file: SourceFile, top: Node, anchor: Node) -> bool:
    """Whether what stands behind ``top`` is only reached when the anchor inside it was, without a failure."""
    at = anchor
    while at != top:
        around = at.parent
        assert around is not None
        if around.type == "try_statement":
            if around.child_by_field_name("body") != at:
                return False
            for clause in around.named_children[1:]:
                if clause.type in ("except_clause", "except_group_clause") and not _leaves(clause.named_children[-1]):
                    return False
                if clause.type == "else_clause":
                    return False
        elif around.type not in ("block", "with_statement"):
            return False
        at = around
    return True


def _leaves(block: Node) -> bool:
    last = block.named_children[-1] if block.named_children else None
    return last is not None and last.type in (
        "raise_statement",
        "return_statement",
        "continue_statement",
        "break_statement",
    )


def _may_move(file: SourceFile, unit: Node, sent: Sending) -> bool:
    """Whether a statement around the publish does nothing else."""
    at = sent.statement
    while at != unit:
        around = at.parent
        assert around is not None
        if around.type == "if_statement":
            if around.child_by_field_name("alternative") is not None:
                return False
        elif around.type == "for_statement":
            if around.child_by_field_name("alternative") is not None or around.child(0).type == "async":
                return False
        elif around.type == "block":
            beside = [one for one in around.named_children if one not in (at, *sent.waits)]
            if not all(_makes_value(file, one) or is_log(file, one) or one.type == "comment" for one in beside):
                return False
        else:
            return False
        at = around
    return True


def _makes_value(file: SourceFile, statement: Node) -> bool:
    """``name = value``, with nothing awaited."""
    assignment = statement.named_children[0] if statement.type == "expression_statement" else None
    target = (
        assignment.child_by_field_name("left") if assignment is not None and assignment.type == "assignment" else None
    )
    if target is None or target.type != "identifier":
        return False
    return next(inside(statement, "await", "yield", "named_expression"), None) is None


def _left_behind(top: Node, anchor: Node) -> Iterator[Node]:
    """The statements behind the anchor in the blocks that end with ``top``."""
    at = anchor
    while at != top:
        sibling = at.next_named_sibling
        while sibling is not None and at.parent is not None and at.parent.type == "block":
            yield sibling
            sibling = sibling.next_named_sibling
        parent = at.parent
        assert parent is not None
        if parent.type == "try_statement":
            for clause in parent.named_children:
                if clause.type == "finally_clause":
                    yield from clause.named_children[-1].named_children
        at = parent


def _siblings(first: Node, last: Node) -> Iterator[Node]:
    at = first.next_named_sibling
    while at is not None and at != last:
        yield at
        at = at.next_named_sibling


def _carried(
    file: SourceFile, unit: Node, sent: Sending, publish: Publish, between: list[Node], function: Node
) -> list[Node] | None:
    """The assignments between commit and publish that the row needs; None where one cannot move."""
    made = {one.statement.id for one in publish.made}
    if unit == sent.statement:
        needed = {name for node in publish.read for name in names_read(file, node)}
        needed |= {text.partition(".")[0] for _, text in publish.values if text.endswith(".name")}
    else:
        needed = names_read(file, unit)
    carried: list[Node] = []
    for statement in reversed(between):
        assigned = {
            name for one in inside(statement, "assignment", "augmented_assignment") if (name := _assigned(file, one))
        }
        if not assigned & needed or statement.id in made:
            continue
        if not _makes_value(file, statement):
            return None
        carried.insert(0, statement)
        value = statement.named_children[0].child_by_field_name("right")
        needed |= names_read(file, value) if value is not None else set()
    return carried


def _assigned(file: SourceFile, assignment: Node) -> str:
    """The name at the bottom of what an assignment changes (``order`` of ``order.lines[0] = …``)."""
    target = assignment.child_by_field_name("left")
    while target is not None and target.type in ("attribute", "subscript"):
        target = target.child_by_field_name("object") or target.child_by_field_name("value")
    return file.text(target) if target is not None and target.type == "identifier" else ""


def _is_refresh(file: SourceFile, statement: Node, session: str) -> bool:
    """``session.refresh(row)`` or Django's ``row.refresh_from_db()``."""
    value = statement.named_children[0] if statement.type == "expression_statement" else None
    value = value.named_children[0] if value is not None and value.type == "await" else value
    if value is None or value.type != "call":
        return False
    return callee(file, value) == f"{session}.refresh" or method(file, value) == "refresh_from_db"


def _is_harmless(file: SourceFile, statement: Node, others: frozenset[int]) -> bool:
    """Whether a statement that stays behind changes nothing that the row is made of."""
    if statement.type in ("pass_statement", "comment") or is_log(file, statement) or _makes_value(file, statement):
        return True
    if statement.type != "expression_statement":
        return False
    value = statement.named_children[0]
    calls = list(inside(value, "call"))
    return any(one.start_byte in others for one in calls) or (
        value.type in ("call", "await") and all(method(file, one) in ("flush", "poll", "close") for one in calls)
    )
