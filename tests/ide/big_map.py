"""A flow map of many sites, for measuring: each channel has two producers and three consumers in files of twenty sites."""

from __future__ import annotations

import msgspec

from eventlens.flow.model import Channel, Flow, FlowMap, HandlerPlace, Place, Site, Step
from sample_map import CONSUME, MAP, PUBLISH

SITES_PER_CHANNEL = 5
SITES_PER_FILE = 20


def big_map(sites: int) -> FlowMap:
    """A map with about so many sites."""
    channels, found, flows = [], [], []
    for number in range(sites // SITES_PER_CHANNEL):
        name = f"area{number % 97}.topic-{number}"
        declared = [Place(file=f"infra/topics-{number // 50}.yaml", line=number % 50 + 1)]
        channels.append(Channel(id=name, broker="kafka", scope="workspace", kind="topic", name=name, declared=declared))
        ends = [_site(number * SITES_PER_CHANNEL + at, name, number) for at in range(SITES_PER_CHANNEL)]
        found += ends
        flows += [
            Flow(publish=p.id, subscribe=s.id, event=p.event, route=[name], why="same name", origin=None)
            for p in ends[:2]
            for s in ends[2:]
        ]
    return msgspec.structs.replace(MAP, channels=channels, bindings=[], sites=found, flows=flows, findings=[])


def _site(number: int, channel: str, of_channel: int) -> Site:
    file, line = f"services/s{number // 400}/src/file-{number // SITES_PER_FILE}.ts", number % SITES_PER_FILE * 10 + 5
    publishes = number % SITES_PER_CHANNEL < 2
    constant = Step(file="shared/topics.ts", line=of_channel + 1, message=f"channel {channel}: written here")
    return msgspec.structs.replace(
        PUBLISH if publishes else CONSUME,
        id=f"s{number}",
        file=file,
        line=line,
        end_line=line,
        service=f"s{number // 400}",
        channel=channel,
        channel_template=channel,
        channels=[channel],
        event=f"Event{of_channel}",
        handler=None if publishes else HandlerPlace(file=file, line=line + 1, name=f"handle{number}"),
        evidence=[Step(file=file, line=line, message="Producer.send of kafkajs publishes here"), constant],
    )
