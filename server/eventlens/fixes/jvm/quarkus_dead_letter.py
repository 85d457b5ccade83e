"""To be written."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.fixes.changes import Offer
from eventlens.fixes.context import FixContext
from eventlens.flow.site_node import SiteNode


def offers(context: FixContext, site: SiteNode) -> Iterator[Offer]:
    """."""
    yield from ()
