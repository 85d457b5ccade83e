"""Traces of small programs."""

from __future__ import annotations

from pathlib import Path

from eventlens.behaviour.events import Event
from eventlens.checks.context import CheckContext, Consumer
from eventlens.config.settings import Settings
from fixtures.engine import graph_of


def context_of(folder: Path, source: str, name: str = "consumer.ts") -> CheckContext:
    """What rules are given for a workspace of one file."""
    (folder / name).write_text(source, encoding="utf-8")
    return CheckContext(graph_of(folder), Settings())


def delivery(context: CheckContext) -> tuple[Consumer, tuple[Event, ...]]:
    """The one consumer and what happens for one of its messages."""
    (consumer,) = context.consumers()
    return consumer, context.delivery_events(consumer.node)
