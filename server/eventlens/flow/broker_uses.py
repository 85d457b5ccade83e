"""Which brokers a workspace uses, and where that is seen: compose files that run them, sites that speak to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from eventlens.config.compose import is_compose_name, read_compose
from eventlens.flow.model import BrokerUse, Place, Site
from eventlens.workspace.snapshot import Workspace

_BROKERS_OF_IMAGE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("kafka", "kafka-native", "cp-kafka", "cp-server", "redpanda"), ("kafka",)),
    **dict.fromkeys(("rabbitmq", "rabbitmq-server", "lavinmq"), ("rabbitmq",)),
    **dict.fromkeys(("nats", "nats-server", "nats-streaming"), ("nats",)),
    **dict.fromkeys(
        ("redis", "redis-stack", "redis-stack-server", "valkey"), ("redis-streams", "redis-pubsub", "bullmq")
    ),
    **dict.fromkeys(("localstack", "localstack-pro"), ("sqs", "sns", "eventbridge", "kinesis", "dynamodb-streams")),
    **dict.fromkeys(("elasticmq", "elasticmq-native"), ("sqs",)),
    "pulsar": ("pulsar",),
    "rocketmq": ("rocketmq",),
}
"""The last part of an image's name, without tag → the brokers that it can be."""
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
        if not is_compose_name(path.rpartition("/")[2]) or workspace.source_set(path) == "test":
            continue
        try:
            text = workspace.text(path)
        except (OSError, KeyError):
            continue
        for service in read_compose(text).services:
            image = service.image.rpartition("/")[2].partition("@")[0].partition(":")[0]
            if image in _BROKERS_OF_IMAGE:
                yield _BROKERS_OF_IMAGE[image], Place(file=path, line=service.image_line)
