"""Requests that are answered within the process: who asks runs the handler, as if it called it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from eventlens.flow.denotations import FunctionRef, Instance
from eventlens.flow.site_node import SiteNode
from eventlens.knowledge.schema import Publish, Subscribe

_WITHIN = "in-process"


class AnsweredRequests:
    """The handlers of a workspace's requests within a process, by service and the name of what is asked."""

    def __init__(self, sites: Iterable[SiteNode], service_of: Callable[[str], str | None]) -> None:
        self._service_of = service_of
        self._handlers: dict[tuple[str | None, str], list[FunctionRef]] = {}
        for site in sites:
            frame, entry = site.handler.frame, site.match.entry
            if frame is None or not isinstance(entry, Subscribe) or not _is_request(site, entry):
                continue
            handler = FunctionRef(frame, Instance(frame.cls) if frame.cls is not None else None)
            for name in site.channel.names:
                self._handlers.setdefault((service_of(site.module.path), name.text), []).append(handler)

    def handlers_of(self, site: SiteNode) -> list[FunctionRef]:
        """What runs before the call at a site is done; () where it asks nothing within the process, or it is not known who answers."""
        entry = site.match.entry
        if not isinstance(entry, Publish) or not _is_request(site, entry):
            return []
        service = self._service_of(site.module.path)
        found = [one for name in site.channel.names for one in self._handlers.get((service, name.text), ())]
        return found if len(found) == 1 else []


def _is_request(site: SiteNode, entry: Publish | Subscribe) -> bool:
    return site.channel.broker == _WITHIN and entry.interaction == "request"
