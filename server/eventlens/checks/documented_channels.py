"""Which channels the AsyncAPI documents of a workspace describe, which of its applications each document is about, and how code calls the same channels."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from eventlens.checks.context import CheckContext, channel_text
from eventlens.config.message_schemas import ApplicationDocument, DocumentedChannel
from eventlens.flow.linking import amqp_matches, keys_of
from eventlens.flow.model import Site
from eventlens.flow.site_node import SiteNode

_BROKERS: Mapping[str, frozenset[str]] = {
    "kafka": frozenset(("kafka",)),
    "kafka-secure": frozenset(("kafka",)),
    "amqp": frozenset(("rabbitmq", "azure-service-bus", "jms")),
    "amqps": frozenset(("rabbitmq", "azure-service-bus", "jms")),
    "amqp1": frozenset(("azure-service-bus", "rabbitmq", "jms")),
    "rabbitmq": frozenset(("rabbitmq",)),
    "servicebus": frozenset(("azure-service-bus",)),
    "sns": frozenset(("sns",)),
    "sqs": frozenset(("sqs",)),
    "eventbridge": frozenset(("eventbridge",)),
    "nats": frozenset(("nats",)),
    "jetstream": frozenset(("nats",)),
    "redis": frozenset(("redis-pubsub", "redis-streams")),
    "pulsar": frozenset(("pulsar",)),
    "googlepubsub": frozenset(("google-pubsub",)),
    "jms": frozenset(("jms",)),
    "ibmmq": frozenset(("jms",)),
    "solace": frozenset(("jms",)),
    "ws": frozenset(),
    "wss": frozenset(),
    "http": frozenset(),
    "https": frozenset(),
    "mqtt": frozenset(),
    "mqtts": frozenset(),
    "secure-mqtt": frozenset(),
    "stomp": frozenset(),
}
"""The protocols of AsyncAPI's servers, and the brokers that speak them. One that is not listed may be spoken by any."""


class SiteOf(NamedTuple):
    """A site, the service that it belongs to and everything that its channel may be called."""

    node: SiteNode
    site: Site
    service: str
    names: frozenset[str]
    keys: frozenset[str]
    """The routing keys that are known, which of an exchange's messages it is about."""

    @property
    def label(self) -> str:
        """How a sentence calls the channel."""
        key = self.site.routing_key
        return (
            f"{key} of {self.site.channel}"
            if key and self.keys and key != self.site.channel
            else channel_text(self.site)
        )


@dataclass(frozen=True)
class Described:
    """A document, the services that it is about, and which of its channels code uses."""

    document: ApplicationDocument
    file: str
    services: frozenset[str]
    used: frozenset[int]
    """The channels that some site is on, by their positions."""
    brokers: frozenset[str]
    """The brokers of these sites."""


def speaks(channel: DocumentedChannel, broker: str) -> bool:
    """Whether a described channel may be one of a broker, as far as its servers say."""
    if broker == "abstract" or not channel.protocols:
        return True
    return any(one not in _BROKERS or broker in _BROKERS[one] for one in channel.protocols)


def is_same(documented: str, written: str) -> bool:
    """Whether two names may be those of one channel: equal, or equal as far as both are known."""
    one, other = _plain(documented), _plain(written)
    if one == other:
        return True
    if "*" not in one + other:
        return False
    if "*" in one and "*" in other:
        return _may_meet(one, other)
    return fnmatch.fnmatchcase(other, one.replace("[", "[[]")) or fnmatch.fnmatchcase(one, other.replace("[", "[[]"))


@lru_cache(maxsize=8192)
def _plain(name: str) -> str:
    """A name without what only some writings of it have: a slash before it, and slashes where the broker has dots."""
    return re.sub(r"[./:]+", ".", name.removeprefix("persistent://").strip("/")).replace("#", "*").replace(">", "*")


def _may_meet(one: str, other: str) -> bool:
    begins = (one.partition("*")[0], other.partition("*")[0])
    ends = (one.rpartition("*")[2][::-1], other.rpartition("*")[2][::-1])
    return all(mine.startswith(theirs) or theirs.startswith(mine) for mine, theirs in (begins, ends))


class DocumentedChannels:
    """The documents of a workspace beside its sites."""

    def __init__(self, context: CheckContext) -> None:
        self._context = context
        described = context.graph.recorder.payloads.files.applications
        self.applications = [one for one in described if _is_of_the_product(context, one.file)]

    @cached_property
    def sites(self) -> list[SiteOf]:
        """The sites whose channels can be compared, once for each service. One inside a wrapper belongs to those that call it; where
        they say the routing key, they are looked at instead."""
        callers: dict[str, list[Site]] = {}
        for _, site in self._context.graph.nodes:
            if site.of is not None:
                callers.setdefault(site.of, []).append(site)
        telling = {of for of, those in callers.items() if any(one.routing_key for one in those)}
        return [
            SiteOf(node, site, service, names | keys, keys)
            for role in ("publish", "subscribe")
            for node, site in self._context.sites(role)
            if (site.of in telling if site.of is not None else site.id not in telling or site.routing_key)
            and site.channel
            and site.interaction != "reply"
            for names, keys in (self._called(node, site),)
            for service in sorted({one.service or "" for one in callers.get(site.id, (site,))})
        ]

    def _called(self, node: SiteNode, site: Site) -> tuple[frozenset[str], frozenset[str]]:
        """The names of a site's channels and of those that are bound to them, and its routing keys."""
        own, sent = keys_of(node), node.routing_keys
        bound = [
            one
            for one in self._context.graph.bindings
            if one.target in own
            or (
                one.source in own
                and not (one.pattern and sent and not any(amqp_matches(one.pattern, key) for key in sent))
            )
        ]
        names = {key.name for key in own} | {key.name for one in bound for key in (one.source, one.target)}
        keys = (*sent, *(one.pattern for one in bound if one.pattern and one.target in own))
        event = (site.event,) if site.event else ()
        return frozenset((*names, *event)), frozenset(key for key in keys if key.strip("*#."))

    @cached_property
    def described(self) -> list[Described]:
        """Each document of which it is known what it is about."""
        found = []
        for application in self.applications:
            channels = application.document.channels
            on = {at: self._on(channel) for at, channel in enumerate(channels)}
            services = self._about(application.document, application.file, on)
            if services:
                used = frozenset(at for at, sites in on.items() if sites)
                brokers = frozenset(
                    one.site.broker for sites in on.values() for one in sites if one.service in services
                )
                found.append(Described(application.document, application.file, services, used, brokers))
        return found

    def _on(self, channel: DocumentedChannel) -> list[SiteOf]:
        return [one for one in self.sites if speaks(channel, one.site.broker) and self.names(channel, one)]

    @staticmethod
    def names(channel: DocumentedChannel, one: SiteOf) -> bool:
        """Whether a described channel is that of a site."""
        mine = channel.names if one.keys else (*channel.names, *channel.around)
        return any(is_same(name, theirs) for name in mine for theirs in one.names)

    def _about(self, document: ApplicationDocument, file: str, on: Mapping[int, list[SiteOf]]) -> frozenset[str]:
        """The services that a document is about: the one whose folder it lies in, or whose name is its title; else each that has a channel
        of its own there, which a document about another would not tell of."""
        there = {one.service for sites in on.values() for one in sites}
        home = self._context.graph.recorder.service_of(file)
        if home in there:
            return frozenset((home,))
        titled = [one for one in there if one and _words(one) <= _words(document.title)]
        if len(titled) == 1:
            return frozenset(titled)
        return frozenset(
            services.pop() for sites in on.values() if len(services := {one.service for one in sites}) == 1
        )

    @cached_property
    def undescribed(self) -> dict[int, SiteOf]:
        """The sites whose channel no document has, by their identities."""
        return {
            id(one): one
            for one in self.sites
            if not any(
                speaks(channel, one.site.broker) and self.names(channel, one)
                for application in self.applications
                for channel in application.document.channels
            )
        }


_AMONG_DOCUMENTS = re.compile(r"^docs?/|(?<![^/])specs?/")


def _is_of_the_product(context: CheckContext, file: str) -> bool:
    """Whether a document describes what is deployed. Most lie among the documentation, or specifications, which are
    examples and tests where they are code."""
    return context.graph.program.workspace.source_set(_AMONG_DOCUMENTS.sub("", file)) in ("main", "generated")


def _words(name: str) -> frozenset[str]:
    return frozenset(word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name)) - {"service", "api", "app"}


def literal_parts(names: Iterable[str]) -> list[str]:
    """The longest known part of each name."""
    return [max(name.split("*"), key=len).strip("-._/:") for name in names]
