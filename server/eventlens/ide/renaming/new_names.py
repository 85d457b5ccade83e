"""Which names a channel or event can be given: those that its broker allows, and that no other has."""

from __future__ import annotations

import re
from collections.abc import Callable

from eventlens.flow.model import Channel, FlowMap
from eventlens.ide.renaming.refusals import NotRenamable
from eventlens.ide.renaming.renamings import Renaming

_KAFKA = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,249}")
_SQS = re.compile(r"(?=.{1,80}\Z)[A-Za-z0-9_-]+(\.fifo)?")
_SNS = re.compile(r"(?=.{1,256}\Z)[A-Za-z0-9_-]+(\.fifo)?")
_NATS = re.compile(r"[^\s.*>]+(\.[^\s.*>]+)*")
_AMQP_BYTES = 255


def _is_amqp(name: str) -> bool:
    return len(name.encode()) <= _AMQP_BYTES


_ALLOWED: dict[str, tuple[Callable[[str], object], str]] = {
    "kafka": (_KAFKA.fullmatch, "at most 249 ASCII letters, digits and `. _ -`, and neither `.` nor `..`"),
    "sqs": (_SQS.fullmatch, "at most 80 ASCII letters, digits and `_ -`, with `.fifo` at the end of a FIFO queue's"),
    "sns": (_SNS.fullmatch, "at most 256 ASCII letters, digits and `_ -`, with `.fifo` at the end of a FIFO topic's"),
    "nats": (_NATS.fullmatch, "words joined by single dots, without spaces, `*` and `>`"),
    "rabbitmq": (_is_amqp, "at most 255 bytes"),
}


def require_allowed(channel: Channel, name: str) -> None:
    """Raises NotRenamable, saying what is allowed, where the channel's broker has no channels of that name."""
    known = _ALLOWED.get(channel.broker)
    if known is not None and not known[0](name):
        raise NotRenamable(f"`{name}` is no name for a {channel.broker} {channel.kind}: it takes {known[1]}")


def require_free(before: FlowMap, renaming: Renaming, new: str) -> None:
    """Raises NotRenamable where what is renamed cannot have the name: it is none, or something else there has it already."""
    if not new.strip() or new != new.strip() or not new.isprintable():
        raise NotRenamable("a name is one line of text without spaces around it")
    for channel in renaming.channels:
        require_allowed(channel, new)
    kinds = {(one.broker, one.kind) for one in renaming.channels}
    taken = next((one for one in before.channels if one.name == new and (one.broker, one.kind) in kinds), None)
    if taken is not None:
        raise NotRenamable(f"there is a {taken.kind} {new} already; the two would become one")
    beside = {one.channel for one in before.sites if one.id in renaming.event_sites}
    other = next((one for one in before.sites if one.event == new and beside and one.channel in beside), None)
    if other is not None:
        raise NotRenamable(
            f"there is an event {new} on its channel already ({other.file}:{other.line}); the two would become one"
        )
