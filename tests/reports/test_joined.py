from __future__ import annotations

import msgspec
import pytest

from eventlens.flow.model import Binding, FlowMap
from eventlens.reports.joined import joined
from sample_map import AUDIT, CONSUME, DUAL_WRITE, MAP, ORDERS, PUBLISH

ORPHAN = msgspec.structs.replace(DUAL_WRITE, id="o1", rule="orphan-publish", site="p1")


def map_of(*sites: object, **parts: object) -> FlowMap:
    return msgspec.structs.replace(MAP, sites=list(sites), flows=[], findings=[], bindings=[], **parts)


def test_a_flow_crosses_over_and_says_where_it_comes_from() -> None:
    found = joined(map_of(PUBLISH), map_of(CONSUME), "payments-repo")
    assert [(site.id, site.origin) for site in found.sites] == [("p1", None), ("payments-repo:c1", "payments-repo")]
    (flow,) = found.flows
    assert (flow.publish, flow.subscribe, flow.route, flow.origin) == (
        "p1",
        "payments-repo:c1",
        [ORDERS.id],
        "payments-repo",
    )


def test_it_crosses_in_both_directions() -> None:
    (flow,) = joined(map_of(CONSUME), map_of(PUBLISH), "there").flows
    assert (flow.publish, flow.subscribe) == ("there:p1", "c1")


def test_the_others_own_flows_come_along() -> None:
    found = joined(map_of(), MAP, "there")
    assert [(flow.publish, flow.subscribe, flow.origin) for flow in found.flows] == [("there:p1", "there:c1", "there")]


@pytest.mark.parametrize(
    ("pattern", "key", "linked"),
    [("order.*", "order.placed", True), ("order.*", "stock.low", False), (None, "x", True), ("a", None, True)],
)
def test_it_crosses_through_the_others_bindings(pattern: str | None, key: str | None, linked: bool) -> None:
    binding = Binding(from_=ORDERS.id, to=AUDIT.id, pattern=pattern, declared=[])
    audit = msgspec.structs.replace(CONSUME, channel="audit", channels=["audit"])
    other = msgspec.structs.replace(map_of(audit), bindings=[binding])
    found = joined(map_of(msgspec.structs.replace(PUBLISH, routing_key=key)), other, "there")
    assert [flow.route for flow in found.flows] == ([[ORDERS.id, AUDIT.id]] if linked else [])


def test_an_orphan_that_found_its_end_is_no_finding_any_more() -> None:
    own = msgspec.structs.replace(map_of(PUBLISH), findings=[ORPHAN, DUAL_WRITE])
    assert joined(own, map_of(CONSUME), "there").findings == [DUAL_WRITE]
    assert joined(own, map_of(), "there").findings == [ORPHAN, DUAL_WRITE]


def test_channels_are_one_by_id_and_complete_each_other() -> None:
    own = map_of(channels=[msgspec.structs.replace(ORDERS, partitions=None)])
    found = joined(own, map_of(channels=[ORDERS, AUDIT]), "there")
    assert [(channel.name, channel.partitions) for channel in found.channels] == [("orders", 6), ("audit", None)]


def test_tests_of_the_other_repository_do_not_link() -> None:
    tested = msgspec.structs.replace(CONSUME, source_set="test")
    assert joined(map_of(PUBLISH), map_of(tested), "there").flows == []
