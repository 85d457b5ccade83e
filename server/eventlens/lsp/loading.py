"""Loading the engine late: after the answer to ``initialize``, and never on the event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from threading import RLock
from types import ModuleType

LOADING = RLock()
"""Held by who loads modules of the engine while the server runs: two threads that each load a part of it would wait for each other."""

_ENGINE = (
    "eventlens.lsp.analysis_worker",
    "eventlens.renewal",
    "eventlens.ide.index",
    "eventlens.ide.code_places",
    *(
        f"eventlens.lsp.features.{name}"
        for name in ("hover", "definition", "document_highlight", "code_lens", "symbols", "inlay_hint")
    ),
)
"""What is asked for first, in that order."""

_thread = ThreadPoolExecutor(1, thread_name_prefix="eventlens-loading")
_known: dict[str, Future[ModuleType]] = {}


def begin_to_load() -> None:
    """Load what every session needs. Does nothing the second time."""
    for name in _ENGINE:
        _begun(name)


async def loaded(name: str) -> ModuleType:
    """A module of the engine; loaded in a thread of its own, in which it goes on when who asks is cancelled."""
    begun = _begun(name)
    return begun.result() if begun.done() else await asyncio.shield(asyncio.wrap_future(begun))


def is_loaded(name: str) -> bool:
    """Whether a module of the engine is there without waiting."""
    return name in _known and _known[name].done()


def _begun(name: str) -> Future[ModuleType]:
    if name not in _known:
        _known[name] = _thread.submit(_load, name)
    return _known[name]


def _load(name: str) -> ModuleType:
    with LOADING:
        return import_module(name)
