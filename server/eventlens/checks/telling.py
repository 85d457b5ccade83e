"""What only tells what goes on: logs, traces, statistics, by how the functions and classes are called that do it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.paths import named_function
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame

_FUNCTION = re.compile(
    r"^(log|trace|track|audit|report|record|measure)(?![a-z])|(?i:metric|telemetry|tracker|audit|trace_?log)"
)
"""How functions are called that tell what goes on."""
_LOGGING = re.compile(r"(?i)^_*(send|emit|publish|push|ship|write)_?(log|trace|metric)s?(_?(message|event|entry))?$")
_LOGGER = re.compile(r"(?i)(?<!data)logger(?!s)|tracer")
"""The same for functions that send logs, and for the classes that they belong to: a logger of data keeps what instruments measure."""


def tells_by_name(frames: Iterable[Frame], call: ir.Node) -> bool:
    """Whether one of some functions, or the call itself, is called like what only tells what goes on."""
    names = [one.function.name for one in frames if one.function is not None]
    names += [last_name(call.callee)] if isinstance(call, ir.Call) else []
    return any(_FUNCTION.search(one) or _FUNCTION.search(one[:1].lower() + one[1:]) for one in names)


def is_log_entry(publish: Event) -> bool:
    """Whether a publish is how an in-house logger writes: a function that is called on the way to it, or its class, says so."""
    called = [named_function(step.callee) for step in publish.chain]
    called += [one.callee.frame for one in publish.site.chain] if publish.site is not None else []
    return any(
        (one.function is not None and _LOGGING.search(one.function.name))
        or (one.cls is not None and _LOGGER.search(one.cls.name))
        for one in called
    )
