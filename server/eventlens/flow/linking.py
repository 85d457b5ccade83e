"""Joining both ends: which publish reaches which subscription, through which channels, and why."""

from __future__ import annotations

import fnmatch
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from eventlens.config.infrastructure import EventFilter, filters_text
from eventlens.config.patterns import occurs
from eventlens.flow.denotations import Scalar
from eventlens.flow.model import Binding, Channel, Flow, Place, Site
from eventlens.flow.reading import read_first
from eventlens.flow.records import stable_id
from eventlens.flow.site_node import SiteNode

_MIN_LITERAL = 3
"""Letters that a name with holes must still have to be linked by its known part."""


@dataclass(frozen=True)
class ChannelKey:
    """What makes a channel one channel for the whole workspace."""

    broker: str
    kind: str
    name: str
    scope: str = "workspace"

    @property
    def id(self) -> str:
        return stable_id(self.broker, self.scope, self.kind, self.name)


@dataclass(frozen=True)
class BindingFact:
    """Messages of ``source`` reach ``target`` when the routing key fits ``pattern`` (None: all)."""

    source: ChannelKey
    target: ChannelKey
    pattern: str | None
    places: tuple[Place, ...]
    filters: tuple[EventFilter, ...] = ()
    """What an event must be like to pass."""


def same_routes(some: Iterable[BindingFact], others: Iterable[BindingFact]) -> bool:
    """Whether two lists of bindings lead messages the same ways, wherever and in which order the bindings are declared."""
    return {_way(one) for one in some} == {_way(one) for one in others}


def _way(one: BindingFact) -> tuple[ChannelKey, ChannelKey, str | None, tuple[EventFilter, ...]]:
    return one.source, one.target, one.pattern, one.filters


def link(
    nodes: Iterable[tuple[SiteNode, Site]], bindings: Iterable[BindingFact], only: Collection[str] | None = None
) -> list[Flow]:
    """Every flow between main sites; with ``only``, those that begin or end at one of these sites (ids)."""
    pairs = [(node, site) for node, site in nodes if site.source_set == "main"]
    bound = _bound(bindings)
    subscribers = [(node, site) for node, site in pairs if site.role == "subscribe"]
    exact, patterned = _index(subscribers)
    own = _index([each for each in subscribers if each[1].id in only]) if only is not None else (exact, patterned)
    flows: dict[tuple[str, str], Flow] = {}
    for node, site in pairs:
        listeners = own if only is not None and site.id not in only else (exact, patterned)
        if site.role != "publish" or not listeners[0]:
            continue
        for key, route, why in _reached(node, site, bound):
            for other_node, other, reason in _listening(key, node, *listeners):
                if passes(other_node.filters, node, site) and compatible(node, site, other_node, other):
                    flows.setdefault(
                        (site.id, other.id),
                        Flow(
                            publish=site.id,
                            subscribe=other.id,
                            event=site.event or other.event,
                            route=[one.id for one in route],
                            why=why or reason,
                            origin=None,
                        ),
                    )
    return list(flows.values())


def keys_of(node: SiteNode) -> list[ChannelKey]:
    """The channels of a site."""
    return [ChannelKey(node.channel.broker, node.channel.kind, name.text) for name in node.channel.names]


def told_apart(node: SiteNode) -> set[ChannelKey]:
    """The channels of a site as one tells them apart: one of whose name nothing is known goes by how the name is written."""
    return {
        ChannelKey(node.channel.broker, node.channel.kind, name.text if name.text.strip("*-._/:") else name.template)
        for name in node.channel.names
    }


_Listener = tuple[SiteNode, Site]


def _index(
    subscribers: list[_Listener],
) -> tuple[dict[str, list[tuple[ChannelKey, _Listener]]], list[tuple[ChannelKey, _Listener]]]:
    exact: dict[str, list[tuple[ChannelKey, _Listener]]] = defaultdict(list)
    patterned: list[tuple[ChannelKey, _Listener]] = []
    for node, site in subscribers:
        for key in keys_of(node):
            if node.channel.pattern or "*" in key.name:
                patterned.append((key, (node, site)))
            exact[key.name].append((key, (node, site)))
    return exact, patterned


def _bound_by(binding: BindingFact, route: list[ChannelKey]) -> str:
    names = " → ".join(f"{one.kind} {one.name}" for one in route)
    return f"bound: {names}" + (f" for {binding.pattern}" if binding.pattern else "")


def _reached(
    node: SiteNode, site: Site, bound: Callable[[ChannelKey], list[BindingFact]]
) -> Iterator[tuple[ChannelKey, list[ChannelKey], str]]:
    """The channels that a publish reaches, itself first, then through bindings; with the route and, for bindings, the reason."""
    for key in keys_of(node):
        bases = (ChannelKey(key.broker, key.kind, name, key.scope) for name in node.also_as)
        begins = [(key, [key], ""), *((base, [key, base], f"{key.name} is a {base.name}") for base in bases)]
        seen = {key}
        for begin, way, why in begins:
            yield begin, way, why
            queue: list[tuple[ChannelKey, list[ChannelKey]]] = [(begin, way)]
            while queue:
                current, route = queue.pop()
                for binding in bound(current):
                    if binding.target in seen or not _routed(binding.pattern, node.routing_keys):
                        continue
                    if not passes(binding.filters, node, site):
                        continue
                    seen.add(binding.target)
                    longer = [*route, binding.target]
                    queue.append((binding.target, longer))
                    yield binding.target, longer, _bound_by(binding, longer)


def _bound(bindings: Iterable[BindingFact]) -> Callable[[ChannelKey], list[BindingFact]]:
    """Gives the bindings of a channel, and of those that it can be where a part of a name is not known."""
    by_source: dict[ChannelKey, list[BindingFact]] = defaultdict(list)
    for binding in bindings:
        by_source[binding.source].append(binding)

    @cache  # many sites publish to one channel
    def bound(key: ChannelKey) -> list[BindingFact]:
        return [binding for source in by_source if _can_be(key, source) for binding in by_source[source]]

    return bound


def _can_be(key: ChannelKey, source: ChannelKey) -> bool:
    return source == key or (
        (source.broker, source.kind) == (key.broker, key.kind)
        and (_holes_match(key.name, source.name) or _holes_match(source.name, key.name))
    )


def passes(filters: tuple[EventFilter, ...], node: SiteNode, site: Site) -> bool:
    """Whether what a site publishes passes the filters of a rule: an event that is not known passes none that wants certain events."""
    for one in filters:
        if one.field == "source":
            sources = read_first(node.place, _SOURCES)
            known = [source.value for source in sources if isinstance(source, Scalar) and isinstance(source.value, str)]
            if not known or len(known) != len(sources):
                continue
        else:
            known = [site.event] if site.event is not None else []
        if not any(fnmatch.fnmatchcase(text, value.replace("[", "[[]")) for text in known for value in one.values):
            return False
    return True


_SOURCES = ("0.Entries[].Source", "Entries[].Source")


def _routed(pattern: str | None, keys: tuple[str, ...]) -> bool:
    if not pattern or not keys:
        return True
    return any(amqp_matches(pattern, key) or ("*" in key and fnmatch.fnmatchcase(pattern, key)) for key in keys)


def _listening(
    key: ChannelKey,
    sender: SiteNode,
    exact: dict[str, list[tuple[ChannelKey, _Listener]]],
    patterned: list[tuple[ChannelKey, _Listener]],
) -> Iterator[tuple[SiteNode, Site, str]]:
    open_as = _written_as(sender, key.name) if _says_nothing(key.name) else None
    for other, (node, site) in exact.get(key.name, ()):
        if open_as is not None and open_as.isdisjoint(_written_as(node, key.name)):
            continue
        if same_broker(key.broker, other.broker) and _same_kind(key, other):
            yield node, site, f"both name {key.kind} {key.name}"
    if "*" in key.name:
        for name, listeners in exact.items():
            if name != key.name and _holes_match(key.name, name):
                for other, (node, site) in listeners:
                    if same_broker(key.broker, other.broker) and _same_kind(key, other):
                        yield node, site, f"{key.name} can be {name}"
    for other, (node, site) in patterned:
        if (
            other.name != key.name
            and same_broker(key.broker, other.broker)
            and _same_kind(key, other)
            and pattern_matches(node.channel.pattern, other.name, key.name)
        ):
            yield node, site, f"{key.name} fits the subscription's pattern {other.name}"


def _says_nothing(name: str) -> bool:
    """Whether a name is open as a whole: all such names look alike, and only how they are written tells them apart."""
    return "*" in name and len(name.replace("*", "").strip("-._/:")) < _MIN_LITERAL


def _written_as(node: SiteNode, name: str) -> set[str]:
    return {one.template for one in node.channel.names if one.text == name}


def same_broker(one: str, other: str) -> bool:
    """Whether two sites can meet: the same broker, or one whose broker is decided at run time."""
    return one == other or "abstract" in (one, other)


def _same_kind(one: ChannelKey, other: ChannelKey) -> bool:
    return one.kind == other.kind or "abstract" in (one.broker, other.broker)


def compatible(node: SiteNode, site: Site, other_node: SiteNode, other: Site) -> bool:
    """Whether the event types allow a flow: where the models of both ends say the type, it must be the same."""
    mine, theirs = getattr(node.match.entry, "event", None), getattr(other_node.match.entry, "event", None)
    if not (mine and theirs) or site.event is None or other.event is None or site.event == other.event:
        return True
    if other.event in node.also_as:
        return True
    return (
        node.channel.broker != "in-process"  # there the type itself is what is subscribed to
        and _is_of_types(mine)
        and _is_of_types(theirs)
        and (not _chooses_by_type(other_node) or _may_be_one(site.event, other.event))
    )


def _is_of_types(paths: Iterable[str]) -> bool:
    """Whether an event is only known by the class of what is sent: other services have classes of their own for it."""
    return all(path.endswith(">") or path.startswith("type-arg") for path in paths)


def _chooses_by_type(node: SiteNode) -> bool:
    """Whether a subscription is one of several of a channel, of which each gets the messages of its type."""
    entry = node.match.entry
    return bool(entry.within or entry.implements or entry.typed or entry.field_type or entry.convention)


def _may_be_one(one: str, other: str) -> bool:
    """Whether two classes may be made for one message: the name of one is in that of the other (``Order``, ``OrderMessage``)."""
    shorter, longer = sorted((one.lower(), other.lower()), key=len)
    return len(shorter) >= _MIN_NAME and shorter in longer


_MIN_NAME = 4
"""Letters that the name of a class must have to say something."""


# ---------------------------------------------------------------------------------------------------------- patterns


def pattern_matches(syntax: str, pattern: str, name: str) -> bool:
    """Whether a channel name fits a subscription's pattern in its syntax ("" : a name with holes; "all": every name fits)."""
    if syntax == "all":
        return True
    if syntax == "regex":
        return occurs(pattern.strip("/"), name)
    if syntax in ("nats", "mqtt"):
        return nats_matches(pattern, name)
    if syntax == "amqp":
        return amqp_matches(pattern, name)
    if syntax == "glob":
        return fnmatch.fnmatchcase(name, pattern)
    return "*" in pattern and _holes_match(pattern, name)


def nats_matches(pattern: str, subject: str) -> bool:
    """NATS wildcards: ``*`` is one token, ``>`` the rest (https://docs.nats.io/nats-concepts/subjects#wildcards)."""
    want, have = pattern.split("."), subject.split(".")
    for position, token in enumerate(want):
        if token in (">", "#"):
            return len(have) > position
        if position >= len(have) or (token not in ("*", "+") and token != have[position]):
            return False
    return len(want) == len(have)


def amqp_matches(pattern: str, key: str) -> bool:
    """AMQP topic patterns: ``*`` is one word, ``#`` any number (https://www.rabbitmq.com/tutorials/tutorial-five-python)."""
    words = key.split(".")
    taken = {0}  # how many words the pattern so far can stand for
    for wanted in pattern.split("."):
        if wanted == "#":
            taken = set(range(min(taken), len(words) + 1)) if taken else taken
        else:
            taken = {at + 1 for at in taken if at < len(words) and wanted in ("*", words[at])}
    return len(words) in taken


def _holes_match(template: str, name: str) -> bool:
    """Whether a name with ``*`` holes can be the other name (which may have holes itself)."""
    if _says_nothing(template):
        return False
    return fnmatch.fnmatchcase(name, template.replace("[", "[[]"))


# ---------------------------------------------------------------------------------------------------------- channels


def channel_records(
    nodes: Iterable[SiteNode],
    bindings: Iterable[BindingFact],
    declared: dict[ChannelKey, list[Place]],
    facts: dict[ChannelKey, dict[str, object]],
) -> list[Channel]:
    """One record a channel, from sites, bindings and declarations."""
    keys: dict[ChannelKey, None] = {}
    for node in nodes:
        keys.update(dict.fromkeys(keys_of(node)))
    for binding in bindings:
        keys[binding.source] = keys[binding.target] = None
    keys.update(dict.fromkeys(declared))
    found = []
    for key in sorted(keys, key=lambda k: (k.broker, k.kind, k.name)):
        known = facts.get(key, {})
        partitions, dead_letter = known.get("partitions"), known.get("dead_letter")
        found.append(
            Channel(
                id=key.id,
                broker=key.broker,
                scope=key.scope,
                kind=key.kind,
                name=key.name,
                declared=declared.get(key, []),
                partitions=partitions if isinstance(partitions, int) else None,
                dead_letter=dead_letter if isinstance(dead_letter, str) else None,
            )
        )
    return found


def binding_records(bindings: Iterable[BindingFact]) -> list[Binding]:
    """Bindings as records."""
    return [
        Binding(
            from_=one.source.id,
            to=one.target.id,
            pattern=one.pattern or filters_text(one.filters),
            declared=list(one.places),
        )
        for one in bindings
    ]
