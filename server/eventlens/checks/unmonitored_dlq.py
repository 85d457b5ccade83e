"""unmonitored-dlq: messages that failed are kept in a channel that nothing consumes and no alarm watches, beside one of which somebody takes care.

That nothing is seen to watch a channel says little by itself: alarms are set up in many places outside of a repository. Where the workspace
shows where its people do it, and that they left this channel out, it says something.
"""

from __future__ import annotations

import fnmatch
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from eventlens.checks.context import CheckContext, Consumer, Rule, channel_text
from eventlens.checks.no_dead_letter_queue import looks_dead_lettered
from eventlens.checks.other_ends import OtherEnds
from eventlens.checks.told_of_channels import Line, Told, words_of
from eventlens.checks.where_declared import finding_where_declared
from eventlens.flow.linking import ChannelKey, keys_of
from eventlens.flow.model import Finding, Place, Step

_CLOUD = frozenset(("sqs", "sns", "eventbridge", "kinesis", "dynamodb-streams"))
"""Brokers of one cloud: the dead letters of one may be kept by another."""
_KEPT_ELSEWHERE = frozenset(("celery", "bullmq", "azure-service-bus", "nats"))
"""Brokers that keep failed messages inside the queue itself, or tell of them on channels of their own."""
_MANY = 4
"""How many channels of a folder make one finding instead of one each."""
_SHOWN = 5


@dataclass
class _Letters:
    """A channel of dead letters: the queues that hold them (itself, or what is bound to the exchange), and whose messages end there."""

    broker: str
    name: str
    queues: tuple[ChannelKey, ...]
    places: tuple[Place, ...]
    of: dict[str, None] = field(default_factory=dict)
    """The channels whose failed messages it takes."""
    consumers: list[Consumer] = field(default_factory=list)
    """Those of these channels that the workspace's code consumes."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.name, *(key.name for key in self.queues))))


def _run(context: CheckContext) -> Iterator[Finding]:
    letters = _all_letters(context)
    taken = [one for one in letters if _is_consumed(context, one)]
    left = [
        one for one in letters if one not in taken and one.places and _holds(one) and not _is_external(context, one)
    ]
    if not left:
        return
    alike = [*letters, *_called_dead(context, letters)]
    words = {id(one): words_of(context, one.names, one.places) for one in alike}
    told = Told(context, list(words.values()))
    alarms = [_Heeded(one, line) for one in alike if (line := told.alarm(words[id(one)])) is not None]
    heeded = [*alarms, *(_Heeded(one, None) for one in taken if looks_dead_lettered(one.name))]
    if told.alarms_on_others(list(words.values())):
        return
    found: dict[str, list[tuple[_Letters, _Heeded]]] = defaultdict(list)
    for one in left:
        other = next((known for known in heeded if _is_same(known.letters.broker, one.broker)), None)
        if other is None or not words[id(one)].tell or told.watches_all(one.broker):
            continue
        if told.interest(words[id(one)])[0] == "none" and not _may_be_taken(context, one):
            found[_folder(one)].append((one, other))
    for pairs in found.values():
        yield from _warnings(context, pairs)


class _Heeded(NamedTuple):
    """A channel of dead letters that something consumes, or that an alarm watches, which then is given."""

    letters: _Letters
    alarm: Line | None


def _called_dead(context: CheckContext, letters: list[_Letters]) -> Iterator[_Letters]:
    """Channels that are called like dead letters, of which it is not known whose they take."""
    known = {key for one in letters for key in one.queues}
    for key, places in context.graph.declared.places.items():
        if key not in known and looks_dead_lettered(key.name):
            yield _Letters(key.broker, key.name, (key,), tuple(places))


def _all_letters(context: CheckContext) -> list[_Letters]:
    found: dict[tuple[str, str], _Letters] = {}
    for consumer in context.consumers():
        dead = consumer.policy.dead_letter
        known = consumer.site.channel is not None and dead is not None
        one = _letters(context, found, consumer.site.broker, dead.channel) if dead is not None and known else None
        if one is not None:
            one.of.setdefault(channel_text(consumer.site))
            one.consumers.append(consumer)
    for key, facts in context.graph.declared.facts.items():
        name = facts.get("dead_letter")
        if key.kind != "exchange" and isinstance(name, str):
            one = _letters(context, found, key.broker, name)
            if one is not None:
                one.of.setdefault(key.name)
    return list(found.values())


def _letters(context: CheckContext, found: dict[tuple[str, str], _Letters], broker: str, name: str) -> _Letters | None:
    """The channel of dead letters of a name; None where nothing tells it from others."""
    if broker in _KEPT_ELSEWHERE or not name.strip("*-._/:") or name[0] in "-._":  # the channel's own name is not known
        return None
    key = ("cloud" if broker in _CLOUD else broker, name)
    if key not in found:
        queues = _queues(context, broker, name)
        declared = context.graph.declared.places
        places = tuple(place for one in queues for place in declared.get(one, ()) if _is_main(context, place))
        if (
            broker in _CLOUD and len(places) != 1
        ):  # made elsewhere, where alarms may be, too; or one of several of that name
            return None
        found[key] = _Letters(broker, name, queues, places)
    return found[key]


def _is_main(context: CheckContext, place: Place) -> bool:
    return context.graph.program.workspace.source_set(place.file) == "main"


def _queues(context: CheckContext, broker: str, name: str) -> tuple[ChannelKey, ...]:
    """The channels that hold what is sent to a channel of dead letters: itself, and what is bound to it."""
    own = [key for key in context.graph.declared.places if key.name == name and _is_same(key.broker, broker)]
    if not own:
        own = [ChannelKey(broker, "exchange" if broker == "rabbitmq" else "queue", name)]
    reached = dict.fromkeys(own)
    for key in own:
        reached.update(dict.fromkeys(_bound_to(context, key)))
    queues = tuple(key for key in reached if key.kind != "exchange")
    return queues or tuple(reached)


def _bound_to(context: CheckContext, key: ChannelKey) -> Iterator[ChannelKey]:
    for binding in context.graph.bindings:
        if binding.source == key:
            yield binding.target
    if key.broker == "rabbitmq":
        for one in context.definitions:
            for bound in one.bindings:
                if bound.source == key.name and not bound.to_exchange:
                    yield ChannelKey("rabbitmq", "queue", bound.destination)


def _is_same(one: str, other: str) -> bool:
    return one == other or (one in _CLOUD and other in _CLOUD)


def _is_consumed(context: CheckContext, letters: _Letters) -> bool:
    """Whether something subscribes to a channel that may be it, in whatever part of the workspace, or messages go on from there."""
    if any(context.graph.declared.facts.get(key, {}).get("dead_letter") for key in letters.queues):
        return True  # they wait there for another try
    if any(
        binding.source in letters.queues and binding.source.kind != "exchange" for binding in context.graph.bindings
    ):
        return True
    subscribed = (key for node, site in context.graph.nodes if site.role == "subscribe" for key in keys_of(node))
    return any(_may_be_one(key.name, name) for key in subscribed for name in letters.names)


def _may_be_one(one: str, other: str) -> bool:
    if one == other:
        return True
    has_holes = ("*" in one or "*" in other) and bool(one.strip("*-._/:#>"))
    return has_holes and (fnmatch.fnmatchcase(one, other) or fnmatch.fnmatchcase(other, one))


def _holds(letters: _Letters) -> bool:
    """Whether it is known which queue the messages lie in: to an exchange, queues may be bound elsewhere."""
    return all(key.kind != "exchange" for key in letters.queues)


def _may_be_taken(context: CheckContext, letters: _Letters) -> bool:
    """Whether something may subscribe to it unseen. What is declared in infrastructure has to be handed to whoever does, which is seen."""
    if letters.broker in _CLOUD:
        return False
    if not letters.consumers:
        return True
    ends = context.shared.get("ends that subscribe")
    if ends is None:
        ends = context.shared["ends that subscribe"] = OtherEnds(context, "subscribe")
    site, broker = letters.consumers[0].site, letters.queues[0].broker
    sites = [msgspec.structs.replace(site, broker=broker, channel=name, channels=[name]) for name in letters.names]
    return any(map(ends.may_hold_unread, sites))


def _is_external(context: CheckContext, letters: _Letters) -> bool:
    """Whether the user says that the channel's other end lies elsewhere."""
    return any(fnmatch.fnmatchcase(name, one.channel) for name in letters.names for one in context.settings.external)


def _folder(letters: _Letters) -> str:
    return letters.places[0].file.rpartition("/")[0]


def _warnings(context: CheckContext, pairs: list[tuple[_Letters, _Heeded]]) -> Iterator[Finding]:
    """One finding for a channel; one for all of a folder where they are many."""
    if len(pairs) < _MANY:
        for one, other in pairs:
            text = f"nothing consumes {one.name} and no alarm watches it, where what fails of {_sources(one)} ends, while {_how(other)}"
            yield _found(context, one, text, _watched_at(other))
        return
    several, other = [one for one, _ in pairs], pairs[0][1]
    text = f"{len(pairs)} channels of dead letters that nothing consumes and no alarm watches, while {_how(other)}: {_listed(several)}"
    yield _found(context, several[0], text, [*_watched_at(other), *_declared_beside(several)])


def _how(other: _Heeded) -> str:
    return f"{'something consumes' if other.alarm is None else 'an alarm watches'} {other.letters.name}"


def _watched_at(other: _Heeded) -> list[Step]:
    alarm = other.alarm
    if alarm is None:
        return []
    return [Step(file=alarm.path, line=alarm.number, message=f"{other.letters.name} is watched here")]


def _listed(several: list[_Letters]) -> str:
    return ", ".join(one.name for one in several[:_SHOWN]) + (" …" if len(several) > _SHOWN else "")


def _declared_beside(several: list[_Letters]) -> list[Step]:
    """Where the channels of one finding are declared, beside the first."""
    return [step for one in several[1:_SHOWN] for step in _declared_at(one)]


def _sources(letters: _Letters) -> str:
    first, *others = letters.of
    return f"{first} and {len(others)} more" if others else first


def _declared_at(letters: _Letters) -> list[Step]:
    return [
        Step(file=one.file, line=one.line, message=f"{letters.name} is declared here") for one in letters.places[:1]
    ]


def _found(context: CheckContext, letters: _Letters, text: str, related: Iterable[Step]) -> Finding:
    """A finding where the channel is declared, with where the messages are consumed that end in it."""
    consumed = [
        Step(file=one.site.file, line=one.site.line, message=f"{channel_text(one.site)} is consumed here")
        for one in letters.consumers[:_SHOWN]
    ]
    workspace = context.graph.program.workspace
    return finding_where_declared(workspace, RULE, text, letters.places[0], letters.name, [*related, *consumed])


RULE = Rule(
    "unmonitored-dlq",
    "warning",
    "Raise an alarm when the dead-letter channel holds messages, or consume it.",
    _run,
    needs_all_sites=True,
    waits=True,
)
