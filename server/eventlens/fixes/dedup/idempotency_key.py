"""The message's id handed on as an idempotency key: the other side makes a payment or sends a mail once, whoever asks again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from eventlens.behaviour.events import Event
from eventlens.fixes.changes import Change, Edit, FileEdit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup.handing import key_at
from eventlens.fixes.dedup.handling import Handling, common_level
from eventlens.fixes.dedup.keys import Key, Writing, identified
from eventlens.fixes.functions import call_at
from eventlens.fixes.source import SourceFile, inside
from eventlens.knowledge.schema import Effect

_MEMBER = re.compile(r"(\d+)\.(\w+)")
_KEYWORD = re.compile(r"[a-z_]+")


def offers(context: FixContext, handling: Handling) -> Iterator[Offer]:
    """Where one payment or mail is all that is repeated, and its library takes a key."""
    event = handling.effects[0]
    level = common_level(handling.effects)
    if len(handling.effects) != 1 or level is None or event.chain != level.outer or _is_in_loop(handling, event):
        return
    file = context.file(event.frame.module.path)
    parameter = "message_id" if file.language == "python" else "messageId"
    writing = Writing(file.language == "python", file.style.quote, parameter)
    found = (key_at(context, handling, level, one, event.node.start, writing) for one in identified(context, handling))
    key, given = next((one for one in found if one[0] is not None), (None, ()))
    edit = _handed_over(file, event, key) if key is not None else None
    if key is not None and edit is not None:
        edits = (*given, (file.path, edit))
        is_wide = any(path != file.path for path, _ in edits)
        yield Offer("idempotency-key", _title(key), lambda: _changes(edits), preferred=True, is_wide=is_wide)


def _title(key: Key) -> str:
    return f"Pass the {key.called} as idempotency key" + (" (redeliveries only)" if key.only_redeliveries else "")


def _changes(edits: tuple[tuple[str, Edit], ...]) -> tuple[Change, ...]:
    paths = dict.fromkeys(path for path, _ in edits)
    return tuple(FileEdit(path, tuple(edit for own, edit in edits if own == path)) for path in paths)


def _is_in_loop(handling: Handling, event: Event) -> bool:
    """Whether the effect happens several times for one message: they would all have the same key."""
    own = handling.loop[0] if handling.loop is not None else None
    return any(
        one.kind == "loop" and not (own is not None and one.node.start <= own.start and own.end <= one.node.end)
        for one in event.contexts
    )


# ------------------------------------------------------------------------------------------------------- the argument


def _handed_over(file: SourceFile, event: Event, key: Key) -> Edit | None:
    """The key among the arguments of the call, where its library reads it; None where that place is taken."""
    entry = event.entry
    call = call_at(file, event.node.start, event.node.end)
    arguments = call.child_by_field_name("arguments") if call is not None else None
    # A header is only a wish: no model says that the other side keeps to it.
    if not isinstance(entry, Effect) or event.effect not in ("payment", "mail") or arguments is None:
        return None
    given = [one for one in arguments.named_children if one.type != "comment"]
    for path in entry.idempotency_key or ():
        member, keyword = _MEMBER.fullmatch(path), _KEYWORD.fullmatch(path)
        if member is not None and file.language != "python":
            return _as_member(file, arguments, given, int(member[1]), f"{member[2]}: {key.text}")
        if keyword is not None and given and file.language == "python":
            return _appended(file, given[-1], f"{path}={key.text}")
    return None


def _as_member(file: SourceFile, arguments: Node, given: list[Node], at: int, text: str) -> Edit | None:
    if len(given) == at == 1 and given[0].start_point[0] < given[0].end_point[0]:
        return _on_own_lines(file, arguments, given[0], f"{{ {text} }}")
    if len(given) == at and given:
        return _appended(file, given[-1], f"{{ {text} }}")
    if len(given) <= at or given[at].type != "object":
        return None
    own = given[at].named_children
    return _appended(file, own[-1], text) if own else None


def _on_own_lines(file: SourceFile, arguments: Node, first: Node, text: str) -> Edit:
    """An argument of several lines and one behind it, each on lines of its own."""
    newline, indent = file.style.newline, file.indent_at(arguments.start_byte)
    inner = indent + file.style.indent
    lines = file.text(first).split(newline)
    is_text = any(one.start_point[0] < one.end_point[0] for one in inside(first, "template_string"))
    moved = newline.join(
        [lines[0], *(one if is_text or not one.strip() else file.style.indent + one for one in lines[1:])]
    )
    parts = [f"({newline}{inner}{moved},", f"{inner}{text},", f"{indent})"]
    return Edit(arguments.start_byte, arguments.end_byte, newline.join(parts))


def _appended(file: SourceFile, last: Node, text: str) -> Edit:
    """One thing more in a list: on a line of its own where each has one."""
    before = last.prev_sibling
    is_own_line = before is not None and before.end_point[0] < last.start_point[0]
    lead = f",{file.style.newline}{file.indent_at(last.start_byte)}" if is_own_line else ", "
    return Edit(last.end_byte, last.end_byte, lead + text)
