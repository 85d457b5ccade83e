"""What the name of an event says: that something has happened, or that something is to be done."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from eventlens.config.name_words import words_of
from eventlens.config.verb_forms import PAST_OF, ends, is_past, leads

_SILENT = frozenset(
    (
        "event",
        "events",
        "evt",
        "message",
        "msg",
        "integration",
        "domain",
        "v",
        "ver",
        "version",
        "payload",
        "topic",
        "dto",
    )
)
"""Words of a name that say nothing of what happened."""
_NO_EVENT = frozenset(
    (
        *("command", "commands", "cmd", "query", "queries", "request", "requests", "req", "response", "responses", "reply", "replies", "result"),
        *("results", "job", "jobs", "task", "tasks", "action", "actions", "work", "rpc", "call", "calls", "intent", "todo", "instruction", "operation"),
        *("webhook", "cron", "schedule", "step", "workflow", "should", "must", "please", "want", "try", "do", "can", "failure", "success"),
        *("before", "pre", "will", "on", "after", "when"),
    )
)  # fmt: skip
"""Words by which a message is a command, a question or an answer, or says itself when it is sent."""
_SEGMENT = re.compile(r"[./:\s]+")
_PREPOSITIONS = frozenset(("with", "to", "for", "from", "in", "into", "on", "at", "by", "of"))
"""What begins a phrase that follows its verb."""


class Said(NamedTuple):
    """What a name says."""

    tense: Literal["past", "command", "present", ""]
    """"" where it is not certain, or where the name says what something is."""
    verb: str = ""
    """For a command and the present: the verb as it would be ordered."""
    of: tuple[str, ...] = ()
    """The words of what it is done to."""


def said_by(name: str) -> Said:
    """What an event's name says (``OrderPlaced``, ``create-order``, ``com.example.user.delete``)."""
    words = _words(name)
    if any(map(is_past, words)):
        return Said("past" if any(map(is_past, words[-2:])) else "")
    if not words or any(word in _NO_EVENT for word in words):
        return Said("")
    if len(words) > 1 and leads(words[0]):
        return Said("command", words[0], tuple(words[1:]))
    if any(word.endswith("ing") for word in words):
        return Said("")  # something that goes on (``payment.processing``)
    verb = ends(words[-1])
    if not verb:
        return Said("")
    return Said("command" if verb == words[-1] else "present", verb, tuple(words[:-1]))


def _words(name: str) -> list[str]:
    """The words of the last part of a name that has several, else of all of it; without those that say nothing."""
    segments = [_telling(one) for one in _SEGMENT.split(name)]
    filled = [one for one in segments if one]
    if not filled:
        return []
    return filled[-1] if len(filled[-1]) > 1 else [word for one in filled for word in one]


def _telling(segment: str) -> list[str]:
    return [word for word in words_of(segment) if word not in _SILENT and not word.isdigit()]


def done(said: Said) -> tuple[str, ...]:
    """The words of the name that an event would have for what was done (order, created; registered, with, the, court)."""
    past = PAST_OF[said.verb]
    return (past, *said.of) if said.of[:1] and said.of[0] in _PREPOSITIONS else (*said.of, past)
