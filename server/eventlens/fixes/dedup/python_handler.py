"""A Python handler's statements that use the database, and how a message that was handled before leaves them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tree_sitter import Node

from eventlens.behaviour.events import Event
from eventlens.behaviour.paths import Level, levels
from eventlens.fixes.blocks import body_of, statements_of
from eventlens.fixes.changes import Edit
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup.handing import key_at
from eventlens.fixes.dedup.handling import Handling, common_level, does_more, is_caught_within, nodes_at
from eventlens.fixes.dedup.keys import Key, Writing, identified
from eventlens.fixes.dedup.region import Region, function_of, indented, region
from eventlens.fixes.source import SourceFile
from eventlens.flow.scopes import Frame

_CLASS = re.compile(rb"class\s+\w+\s*(\([^)]*\))?\s*:")


class Scope(NamedTuple):
    """A function on the way to the effects, and the block in it that runs once for a message."""

    file: SourceFile
    function: Node
    body: Node
    level: Level
    is_loop: bool
    """The block is that of a loop."""


class Spot(NamedTuple):
    """Where the row of the message is stored: before ``region``, with how the id is written there."""

    scope: Scope
    region: Region
    events: tuple[Event, ...]
    """What goes through the database in the region."""
    key: Key
    given: tuple[tuple[str, Edit], ...]


def scopes_of(context: FixContext, handling: Handling) -> Iterator[Scope]:
    """The functions in which all effects stand, or the calls that lead there: innermost first."""
    level = common_level(handling.effects)
    if level is None:
        return
    for one in levels(handling.effects[0]):
        if len(one.outer) <= len(level.outer):
            scope = _scope(context, handling, one)
            if scope is not None:
                yield scope


def _scope(context: FixContext, handling: Handling, level: Level) -> Scope | None:
    taking = handling.loop if not level.outer else None
    frame = level.outer[-1].callee if level.outer else handling.consumer.node.handler.frame
    if taking is not None:
        frame = taking[1]
    if frame is None or frame.function is None or not frame.module.path.endswith(".py"):
        return None
    file = context.file(frame.module.path)
    function = function_of(file, frame.function)
    body = body_of(function) if function is not None else None
    if taking is not None:
        loop: Node | None = file.tree.root_node.named_descendant_for_byte_range(taking[0].start, taking[0].end)
        body = body_of(loop) if loop is not None else None
    return Scope(file, function, body, level, taking is not None) if function is not None and body is not None else None


def spot(context: FixContext, handling: Handling, scope: Scope, is_through: Callable[[Event], bool]) -> Spot | None:
    """The statements of a function between the first and the last that uses the database; None where they cannot be left out.

    ``is_through``: whether an event, direct or in a function that is called, goes through the transaction of the row."""
    own = [one for one in handling.events if one.match is not None and one.match.library == handling.library]
    own = [one for one in own if one.kind == "effect" and not any(context.kind == "catch" for context in one.contexts)]
    wanted = [_span(node.start, node.end) for node, frame in nodes_at(own, scope.level) if _is_here(scope, frame)]
    reads = [_span(n.start, n.end) for n, frame in nodes_at([one for one in own if one.effect == "read"], scope.level) if _is_here(scope, frame)]  # fmt: skip
    effects = [span for span in wanted if span not in reads]
    found = region(scope.file, scope.body, effects, reads)
    if found is None:
        return None
    events = _within(handling, scope, found)
    if events is None or not events or not all(is_through(one) for one in events):
        return None
    writing = Writing(_is_subscripted(context, handling), scope.file.style.quote, "message_id")
    for one in identified(context, handling):
        if not writing.subscript and one.path[0] != "$position" and not _is_attribute(context, handling, one.path):
            continue
        key, given = key_at(context, handling, scope.level, one, found.start, writing)
        if key is not None:
            return Spot(scope, found, events, key, given)
    return None


def _span(start: int, end: int) -> tuple[int, int]:
    return start, end


def _is_here(scope: Scope, frame: Frame) -> bool:
    return frame.module.path == scope.file.path


def _within(handling: Handling, scope: Scope, chosen: Region) -> tuple[Event, ...] | None:
    """What goes through the database in the statements; None where something there is sent, or settles or commits something."""
    found = []
    for event in handling.events:
        node, frame = next(iter(nodes_at([event], scope.level)), (None, None))
        if node is None or frame is None or not _is_here(scope, frame) or not chosen.start <= node.start < chosen.end:
            continue
        if does_more(event) or event.kind in ("commit", "rollback"):
            return None
        if event.kind == "effect" and event.match is not None and event.match.library == handling.library:
            if is_caught_within(event, scope.level, frame, chosen.start, chosen.end):
                return None
            found.append(event)
    return tuple(found)


# ------------------------------------------------------------------------------------------------------------ content


def _declaration(context: FixContext, handling: Handling) -> bytes:
    """The class that declares the content, from its first line on; b"" where none does."""
    place = handling.consumer.site.schema
    if place is None or not place.file.endswith(".py"):
        return b""
    source = context.workspace.text(place.file)
    return b"\n".join(source.splitlines()[place.line - 1 : place.line + 60])


def _is_subscripted(context: FixContext, handling: Handling) -> bool:
    """Whether the content is a dict: nothing says that it is an object of a class."""
    found = _CLASS.search(_declaration(context, handling))
    return found is None or b"TypedDict" in found[0]


def _is_attribute(context: FixContext, handling: Handling, path: Sequence[str]) -> bool:
    """Whether the class that declares the content calls the field as it is called on the wire."""
    return path[0].startswith("$") or re.search(rf"\b{re.escape(path[0])}\s*:".encode(), _declaration(context, handling)) is not None  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ leaving


def leaving(found: Spot, is_ending: Callable[[Node], bool]) -> str:
    """The statement that leaves out what stands from the region on: "return" or "continue"; "" where more must run behind it.

    ``is_ending``: whether a statement behind only ends the transaction."""
    node: Node | None = found.region.statements[-1]
    while node is not None and node != found.scope.body:
        following = node.next_named_sibling
        while following is not None and node.parent is not None and node.parent.type == "block":
            if following.type != "comment" and not is_ending(following):
                return ""
            following = following.next_named_sibling
        if node.type == "try_statement" and any(one.type == "else_clause" for one in node.named_children):
            return ""
        node = node.parent
    return "continue" if found.scope.is_loop else "return"


def wrapped(file: SourceFile, found: Region, lines: Sequence[str], levels: int) -> Edit:
    """``lines`` (indented as the statements are, the last one opening a block or not) before the statements, which move in."""
    start = file.line_start(found.start)
    newline = file.style.newline
    text = newline.join(lines) + newline + indented(file, found, (), levels)
    return Edit(start, found.end, text)


def own_statements(block: Node) -> list[Node]:
    """The statements of a block, a leading text left out."""
    found = statements_of(block)
    is_text = bool(found) and found[0].type == "expression_statement" and found[0].named_children[0].type == "string"
    return found[1:] if is_text else found
