"""A publish or subscribe site with everything that was found out about it."""

from __future__ import annotations

from dataclasses import dataclass

from eventlens import ir
from eventlens.config.infrastructure import EventFilter
from eventlens.flow import model
from eventlens.flow.call_chains import Caller
from eventlens.flow.channels import ChannelNames
from eventlens.flow.handler_found import HandlerFound
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.matched_place import Place
from eventlens.flow.model import Via
from eventlens.flow.module_index import ModuleIndex
from eventlens.flow.scopes import Frame
from eventlens.knowledge.schema import Channel, Publish, Subscribe


def channel_of(match: LibraryMatch) -> Channel:
    """The channel position of an entry that publishes or subscribes."""
    assert isinstance(match.entry, Publish | Subscribe)
    return match.entry.channel


@dataclass(frozen=True, eq=False)
class SiteNode:
    """A publish or subscribe site with everything that was found out about it.

    ``frame`` and ``node`` say where it stands (the outermost wrapper call, the library call, or the decorator); ``place`` reads the
    model's paths with the callers' arguments filled in; ``chain`` are the wrapper calls, innermost first.
    """

    role: str
    match: LibraryMatch
    place: Place
    frame: Frame
    node: ir.Value | ir.Class
    channel: ChannelNames
    handler: HandlerFound
    chain: tuple[Caller, ...] = ()
    inner: SiteNode | None = None
    """The site inside a wrapper with a fixed channel whose caller this is."""
    element: int = 0
    via: Via = "direct"
    routing_keys: tuple[str, ...] = ()
    wiring: tuple[model.Place, ...] = ()
    """Where deployment wires the handler to the channel."""
    filters: tuple[EventFilter, ...] = ()
    """Which of the channel's events the wiring lets through."""
    also_as: tuple[str, ...] = ()
    """The names of the message's base types, to whose subscribers the library gives it as well."""
    dead_letter: str | None = None
    """Where the wiring sends what fails."""

    @property
    def module(self) -> ModuleIndex:
        return self.frame.module
