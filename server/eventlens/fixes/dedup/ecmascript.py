"""An inbox for ECMAScript handlers: the statements that use the database go into one transaction behind the row of the message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from tree_sitter import Node

from eventlens import ir
from eventlens.behaviour.events import Context, Event
from eventlens.behaviour.paths import Level
from eventlens.fixes.blocks import body_of, statements_of
from eventlens.fixes.changes import Change, Edit, FileEdit, NotFixable, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup.handing import key_at
from eventlens.fixes.dedup.handling import Handling, common_level, does_more, is_caught_within, nodes_at
from eventlens.fixes.dedup.keys import Key, Writing, identified
from eventlens.fixes.dedup.region import Region, fresh, function_of, indented, region, replaced
from eventlens.fixes.functions import FUNCTIONS, call_at, is_async
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile, inside
from eventlens.flow.scopes import Frame

_HERE = "$here$;"
"""Where a template leaves room for the statements that are wrapped."""


class Stored(NamedTuple):
    """The table as the handler writes to it: names for the template, and what makes the table."""

    names: dict[str, str]
    changes: tuple[Change, ...]
    edits: tuple[Edit, ...] = ()
    """In the handler's file itself (an import)."""


class Access(Protocol):
    """A data-access library."""

    template: str
    """The scaffold of the statements that record the message."""
    handles: tuple[str, ...]
    """What the object that writes in a transaction is called, best first."""
    names: tuple[str, ...]
    """The other names that the scaffold declares."""
    takes_callback: bool
    """Whether a transaction is a callback; else statements begin and end it, and nothing may return between."""

    def client(self, file: SourceFile, event: Event) -> str | None:
        """The connection through which an event goes, as it is written; None where it is not known or has no transaction."""

    def through(self, client: str, event: Event, handle: str) -> dict[str, str]:
        """What stands in place of each expression in the transaction."""

    def opening(self, client: str, event: Event) -> str:
        """What begins a transaction on a connection: an expression."""

    def prelude(self, client: str, event: Event, handle: str) -> tuple[str, str] | None:
        """A name and the expression that it holds in the transaction, instead of what ``through`` says; None for none."""

    def fits(self, context: FixContext, file: SourceFile) -> bool:
        """Whether the project's database can skip duplicates, and the table has a place."""

    def stored(self, context: FixContext, file: SourceFile, handling: Handling) -> Stored:
        """The table of handled messages. Raises NotFixable where it cannot be made."""


class _Plan(NamedTuple):
    """Everything that is known when the fix is offered."""

    file: SourceFile
    handling: Handling
    region: Region
    events: tuple[Event, ...]
    """What goes through the database in the region."""
    key: Key
    given: tuple[tuple[str, Edit], ...]
    """Edits, each with its file, that hand the message's id on to the function."""
    handle: str
    """The transaction that is there already; "" where one is made."""


def offers(context: FixContext, handling: Handling, access: Access) -> Iterator[Offer]:
    """At most one way: by the best id that the handler has."""
    plan = _plan(context, handling, access)
    if plan is not None:
        yield Offer(
            "inbox",
            plan.key.title,
            lambda: _changes(context, plan, access),
            preferred=True,
            is_wide=True,
        )


# -------------------------------------------------------------------------------------------------------------- where


class _Scope(NamedTuple):
    """The function in which the effects stand, and its body."""

    file: SourceFile
    body: Node
    level: Level


def _plan(context: FixContext, handling: Handling, access: Access) -> _Plan | None:
    level = common_level(handling.effects)
    scope = _scope(context, handling, level) if level is not None else None
    if level is None or scope is None or any(node is not one.node for one, (node, _) in zip(handling.effects, nodes_at(handling.effects, level), strict=True)):  # fmt: skip
        return None
    file = scope.file
    found = _existing(file, handling, access) or _made(file, handling, access, scope)
    if found is None:
        return None
    chosen, handle = found
    events = _within(handling, level, chosen)
    if not events or not _have_one_client(file, events, access, handle) or not access.fits(context, file):
        return None
    for one in identified(context, handling):
        key, given = key_at(context, handling, level, one, chosen.start, Writing(False, "'", "messageId"))
        if key is not None:
            return _Plan(file, handling, chosen, events, key, given, handle)
    return None


def _scope(context: FixContext, handling: Handling, level: Level) -> _Scope | None:
    handler, loop = handling.consumer.node.handler, handling.loop
    if level.outer:
        frame: Frame | None = level.outer[-1].callee
    else:
        frame = handler.frame if loop is None else loop[1]
    if frame is None or frame.function is None or not frame.module.path.endswith((".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".tsx", ".jsx")):  # fmt: skip
        return None
    file = context.file(frame.module.path)
    function = function_of(file, frame.function)
    body = body_of(function) if function is not None else None
    if function is None or body is None or not is_async(function):
        return None
    if not level.outer and loop is not None:
        node = file.tree.root_node.named_descendant_for_byte_range(loop[0].start, loop[0].end)
        body = body_of(node) if node is not None else None
        if body is None:
            return None
    return _Scope(file, body, level)


def _existing(file: SourceFile, handling: Handling, access: Access) -> tuple[Region, str] | None:
    """The callback of a transaction that holds all effects already, with the name of what it is given."""
    scopes = [one.within("transaction") for one in handling.effects]
    scope = scopes[0]
    if scope is None or any(one is None or one.node is not scope.node for one in scopes):
        return None
    callback = _callback(file, scope)
    body = body_of(callback) if callback is not None else None
    if callback is None or body is None or not is_async(callback) or not statements_of(body):
        return None
    call = callback.parent.parent if callback.parent is not None else None
    value = call.parent if call is not None else None
    is_dropped = value is not None and value.type == "await_expression" and value.parent is not None and value.parent.type == "expression_statement"  # fmt: skip
    parameters = callback.child_by_field_name("parameters") or callback.child_by_field_name("parameter")
    names = [file.text(one) for one in inside(parameters, "identifier")][:1] if parameters is not None else []
    if not is_dropped or not names:
        return None
    return Region(body, tuple(statements_of(body)), True), names[0]


def _callback(file: SourceFile, scope: Context) -> Node | None:
    call = call_at(file, scope.node.start, scope.node.end)
    arguments = call.child_by_field_name("arguments") if call is not None else None
    found = [one for one in arguments.named_children if one.type in ("arrow_function", "function_expression")] if arguments is not None else []  # fmt: skip
    return found[0] if len(found) == 1 else None


def _made(file: SourceFile, handling: Handling, access: Access, scope: _Scope) -> tuple[Region, str] | None:
    """The statements around which a transaction can be made."""
    if any(one.within("transaction") is not None for one in handling.effects):
        return None
    own = [
        one
        for one in handling.events
        if one.kind == "effect"
        and one.chain == scope.level.outer
        and one.match is not None
        and one.match.library == handling.library
        and not any(context.kind == "catch" for context in one.contexts)
    ]
    wanted = [_span(one) for one in own if one.effect not in ("read",)]
    also = [_span(one) for one in own if one.effect == "read"]
    found = region(file, scope.body, wanted, also)
    if found is None or (not access.takes_callback and any(True for one in found.statements for _ in inside(one, "return_statement"))):  # fmt: skip
        return None
    if access.takes_callback and _is_narrowed(file, found):
        return None
    return found, ""


def _span(event: Event) -> tuple[int, int]:
    return event.node.start, event.node.end


def _is_narrowed(file: SourceFile, chosen: Region) -> bool:
    """Whether a test before the statements makes a member's type narrower, which a callback would not see."""
    text = "\n".join(file.text(one) for one in chosen.statements)
    block: Node | None = chosen.block
    while block is not None:
        for one in block.named_children:
            condition = one.child_by_field_name("condition") if one.type == "if_statement" and one.end_byte <= chosen.start else None  # fmt: skip
            members = inside(condition, "member_expression") if condition is not None else ()
            if any(file.text(member) in text for member in members):
                return True
        block = block.parent
    return False


def _within(handling: Handling, level: Level, chosen: Region) -> tuple[Event, ...] | None:
    """What happens in the statements through the database; None where something there reaches further, or goes around the transaction."""
    found = []
    for event in handling.events:
        node, frame = next(iter(nodes_at([event], level)), (None, None))
        if node is None or frame is None or frame.module is not (level.outer[-1].callee if level.outer else level.frame).module:  # fmt: skip
            continue
        if not chosen.start <= node.start < chosen.end:
            continue
        if does_more(event):
            return None
        if event.match is not None and event.match.library == handling.library and event.kind == "effect":
            if event.chain != level.outer or is_caught_within(event, level, frame, chosen.start, chosen.end):
                return None
            found.append(event)
    return tuple(found)


def _have_one_client(file: SourceFile, events: Sequence[Event], access: Access, handle: str) -> bool:
    clients = [access.client(file, one) for one in events]
    if handle:
        return all(one is not None and one.partition(".")[0] == handle for one in clients)
    return None not in clients and (access.template == "typeorm.ts" or len(set(clients)) == 1)


# ------------------------------------------------------------------------------------------------------------ changes


def _changes(context: FixContext, plan: _Plan, access: Access) -> tuple[Change, ...]:
    file = plan.file
    if file.path not in context.workspace:
        raise NotFixable(f"{file.path} is gone")
    stored = access.stored(context, file, plan.handling)
    edits: dict[str, list[Edit]] = {file.path: [*_recorded(context, plan, access, stored), *stored.edits]}
    for path, edit in plan.given:
        edits.setdefault(path, []).append(edit)
    return (*(FileEdit(path, tuple(found)) for path, found in edits.items()), *stored.changes)


def _recorded(context: FixContext, plan: _Plan, access: Access, stored: Stored) -> list[Edit]:
    file, chosen = plan.file, plan.region
    names = {name: fresh(file, name, f"{name}OfInsert", f"inserted{name.capitalize()}") for name in access.names}
    first = plan.events[0]
    client = access.client(file, first) or ""
    handle = plan.handle or fresh(file, *access.handles)
    text = render(
        f"dedup/{access.template}",
        handle=handle,
        opening=access.opening(client, first),
        wraps=not plan.handle,
        consumer=plan.handling.name(context),
        key=plan.key.text,
        here=_HERE,
        n={**names, **stored.names},
    )
    styled = restyled(text, file.style, ".ts")
    indent = file.indent_at(chosen.start)
    lines = [indent + line if line.strip() else line for line in styled.rstrip("\r\n").split(file.style.newline)]
    if plan.handle:
        made = file.style.newline.join(lines) + file.style.newline
        at = file.line_start(chosen.start)
        return [Edit(at, at, made)]
    number = next(index for index, line in enumerate(lines) if _HERE.rstrip(";") in line)
    depth = lines[number].removeprefix(indent).count(file.style.indent)
    declared, swaps = _swaps(plan, access, handle)
    lines[number:number] = [f"{indent}{file.style.indent * depth}{one}" for one in declared]
    number += len(declared)
    moved = indented(file, chosen, swaps, depth)
    whole = file.style.newline.join([*lines[:number], moved, *lines[number + 1 :]])
    return [Edit(file.line_start(chosen.start), chosen.end, whole)]


def _swaps(plan: _Plan, access: Access, handle: str) -> tuple[list[str], list[Edit]]:
    """What is declared first in the transaction, and what stands in place of the connection."""
    file = plan.file
    wanted: dict[str, str] = {}
    declared: dict[str, str] = {}
    around = file.enclosing(plan.region.block, *FUNCTIONS) or file.tree.root_node
    taken = {file.text(one) for one in inside(around, "identifier", "shorthand_property_identifier_pattern")}
    for event in plan.events:
        client = access.client(file, event)
        assert client is not None
        named = access.prelude(client, event, handle)
        if named is not None and named[0] not in taken:
            declared[named[0]] = f"const {named[0]} = {named[1]}{';' if file.style.semicolons else ''}"
            wanted[client] = named[0]
        else:
            wanted |= access.through(client, event, handle)
    found: list[Edit] = []
    # The longest first: ``this.source.manager`` before ``this.source``.
    for old in sorted(wanted, key=len, reverse=True):
        for edit in replaced(file, plan.region.statements, old, wanted[old]):
            if not any(one.start <= edit.start and edit.end <= one.end for one in found):
                found.append(edit)
    return list(declared.values()), found


# ------------------------------------------------------------------------------------------------- how a call is written


def path_of(file: SourceFile, node: ir.Node) -> list[str]:
    """The first call of a chain as it is written, step by step: ``["this", "db", "order", "create"]``; [] where it is no such path."""
    found: Node | None = file.tree.root_node.named_descendant_for_byte_range(node.start, node.end)
    function = None
    while found is not None and found.type in ("call_expression", "member_expression", "await_expression"):
        if found.type == "call_expression":
            function = found = found.child_by_field_name("function")
            # With type arguments the grammar takes ``await`` for a part of what is called.
            if found is not None and found.type == "await_expression":
                function = found = found.named_children[0]
        else:
            found = found.child_by_field_name("object") or (found.named_children[0] if found.named_children else None)
    return file.text(function).split(".") if function is not None and _is_path(function) else []


def _is_path(node: Node) -> bool:
    while node.type == "member_expression":
        inner = node.child_by_field_name("object")
        if inner is None:
            return False
        node = inner
    return node.type in ("identifier", "this")
