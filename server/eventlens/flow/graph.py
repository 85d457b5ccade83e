"""The flow graph: everything found in a workspace, with the machinery to ask further."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from eventlens.flow.callers import Callers
from eventlens.flow.channels import ChannelReader
from eventlens.flow.declarations import Declarations
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.linking import BindingFact, ChannelKey, keys_of
from eventlens.flow.matching import Matcher
from eventlens.flow.model import Flow, Site, UnknownValue
from eventlens.flow.neighbourhood import files_of
from eventlens.flow.program import Program
from eventlens.flow.records import SiteRecorder
from eventlens.flow.site_node import SiteNode
from eventlens.flow.source_places import Places

SitePair: TypeAlias = tuple[SiteNode, Site]
"""A site as it was found, and its record."""


def site_order(pair: SitePair) -> tuple[str, int, bool]:
    """Sites by their places; the site inside a wrapper before those of its callers."""
    node = pair[0]
    return node.module.path, node.node.start, node.inner is not None


@dataclass(frozen=True)
class FlowGraph:
    """Everything found, with the machinery to ask further."""

    program: Program
    evaluator: Evaluator
    callers: Callers
    matcher: Matcher
    channels: ChannelReader
    recorder: SiteRecorder
    places: Places
    nodes: tuple[SitePair, ...]
    """In the order of their places."""
    flows: tuple[Flow, ...]
    bindings: tuple[BindingFact, ...]
    declared: Declarations
    unknown: tuple[UnknownValue, ...]
    declares: tuple[LibraryMatch, ...] = ()
    binds: tuple[LibraryMatch, ...] = ()
    renewed: tuple[SitePair, ...] | None = None
    """Of a renewed graph: the sites that were found anew. None where all were."""

    @cached_property
    def by_id(self) -> dict[str, SitePair]:
        """The sites by the ids of their records."""
        return {pair[1].id: pair for pair in self.nodes}

    @cached_property
    def takers(self) -> dict[str, list[str]]:
        """The ids of the subscriptions that get what a publish sends, by the publish's id; in the order of the flows."""
        found: dict[str, list[str]] = {}
        for flow in self.flows:
            found.setdefault(flow.publish, []).append(flow.subscribe)
        return found

    @cached_property
    def senders(self) -> dict[str, list[str]]:
        """The ids of the publishes whose messages a subscription gets, by the subscription's id; in the order of the flows."""
        found: dict[str, list[str]] = {}
        for flow in self.flows:
            found.setdefault(flow.subscribe, []).append(flow.publish)
        return found

    @cached_property
    def standing(self) -> dict[str, list[SitePair]]:
        """The sites that stand in a file, or whose handlers do, by its path."""
        found: dict[str, list[SitePair]] = {}
        for pair in self.nodes:
            for path in files_of(pair[1]):
                found.setdefault(path, []).append(pair)
        return found

    def standing_in(self, paths: Iterable[str]) -> list[SitePair]:
        """The sites that stand in one of some files, or whose handlers do."""
        found = {id(pair): pair for path in paths for pair in self.standing.get(path, ())}
        return sorted(found.values(), key=site_order)

    def channel_keys(self) -> Iterable[ChannelKey]:
        """The channels that sites name."""
        return (key for node, _ in self.nodes for key in keys_of(node))
