"""Which brokers a workspace uses, and where that is seen: compose files that run them, sites that speak to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eventlens.config.compose import is_compose_name, read_compose
from eventlens.flow.model import BrokerUse, Place, Site
from eventlens.workspace.snapshot import Workspace

_IMAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("kafka", ("kafka",)),
    ("redpanda", ("kafka",)),
    ("rabbitmq", ("rabbitmq",)),
    ("nats", ("nats",)),
    ("pulsar", ("pulsar",)),
    ("elasticmq", ("sqs",)),
    ("redis", ("redis-streams", "redis-pubsub", "bullmq")),
    ("valkey", ("redis-streams", "redis-pubsub", "bullmq")),
)
"""Part of an image's name → brokers that it can be. One that can be several counts for those that sites use."""
_PLACES_OF_SITES = 3


def broker_uses(workspace: Workspace, sites: Iterable[Site]) -> list[BrokerUse]:
    """The brokers by name, each with where it is run and the first sites that use it."""
    used: dict[str, list[Place]] = {}
    for site in sites:
        places = used.setdefault(site.broker, [])
        if len(places) < _PLACES_OF_SITES:
            places.append(Place(file=site.file, line=site.line))
    run: dict[str, list[Place]] = {}
    for brokers, place in _run_by_compose(workspace):
        for broker in brokers if len(brokers) == 1 else (one for one in brokers if one in used):
            run.setdefault(broker, []).append(place)
    return [
        BrokerUse(broker=broker, evidence=[*run.get(broker, ()), *used.get(broker, ())])
        for broker in sorted({*used, *run})
    ]


def _run_by_compose(workspace: Workspace) -> Iterator[tuple[tuple[str, ...], Place]]:
    for path in workspace.configs():
        if not is_compose_name(path.rpartition("/")[2]):
            continue
        try:
            text = workspace.text(path)
        except (OSError, KeyError):
            continue
        for service in read_compose(text).services:
            image = service.image.rpartition("/")[2].partition(":")[0].lower()
            for part, brokers in _IMAGES:
                if part in image and not any(
                    word in image for word in ("ui", "exporter", "connect", "registry", "commander")
                ):
                    yield brokers, Place(file=path, line=service.image_line or service.line)
                    break
