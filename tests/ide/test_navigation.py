"""Jumps, references and highlights on plain maps, beyond the ends of one flow: constants, wrappers, bindings, schemas."""

from __future__ import annotations

import msgspec
import pytest

from eventlens.flow.model import Binding, Channel, Flow, HandlerPlace, Place, Site, Step
from eventlens.ide.index import FlowIndex
from eventlens.ide.navigation import (
    Highlight,
    Jump,
    declaration,
    definition,
    highlights,
    implementation,
    references,
    type_definition,
)
from eventlens.ide.places import Target
from sample_map import CONSUME, CONSUME_FILE, MAP, PUBLISH, PUBLISH_FILE

CONSTANT = Step(
    file="shared/topics.ts", line=3, message="channel orders: ORDERS_TOPIC is read from the configuration here"
)
VALUE = Step(file=".env", line=7, message="channel orders: ORDERS_TOPIC is set here")
CALL = Step(file=PUBLISH_FILE, line=4, message="Producer.send of kafkajs publishes here")
LINE = "  ORDERS: process.env.ORDERS_TOPIC ?? 'orders',"
SENDS = msgspec.structs.replace(PUBLISH, evidence=[CALL, CONSTANT, VALUE])
RECEIVES = msgspec.structs.replace(CONSUME, evidence=[CONSTANT, VALUE])
OTHER = msgspec.structs.replace(SENDS, id="p2", file="other.ts")
PLAIN = Channel(id="kafka/orders", broker="kafka", scope="workspace", kind="topic", name="orders")
SHOWN = [Target("shared/topics.ts", 3, 1, 3, 0), Target(".env", 7, 1, 7, 0)]
PUBLISH_PLACE = Target(PUBLISH_FILE, 4, 8, 4, 99)
CONSUME_PLACE = Target(CONSUME_FILE, 2, 7, 2, 45)
HANDLER_PLACE = Target(CONSUME_FILE, 3, 1, 3, 0)


def index_of(*sites: Site, channels: tuple[Channel, ...] = (PLAIN,), bindings: tuple[Binding, ...] = ()) -> FlowIndex:
    """Every publish reaches every subscription."""
    flows = [
        Flow(publish=p.id, subscribe=s.id, event=None, route=["kafka/orders"], why="same name", origin=None)
        for p in sites
        for s in sites
        if p.role == "publish" and s.role == "subscribe"
    ]
    whole = msgspec.structs.replace(
        MAP, sites=list(sites), flows=flows, channels=list(channels), bindings=list(bindings), findings=[]
    )
    return FlowIndex(whole)


INDEX = index_of(SENDS, RECEIVES)


def at(jump: Jump) -> list[Target]:
    return [landing.at for landing in jump.targets]


# ----------------------------------------------------------------------------------------------- where a name is made


@pytest.mark.parametrize(
    ("word", "counts"),
    [("ORDERS:", True), ("'orders'", True), ("ORDERS_TOPIC", True), ("process", False), ("env", False)],
)
def test_on_a_line_of_code_the_name_its_value_and_its_variable_count(word: str, counts: bool) -> None:
    column = LINE.index(word) + 2
    assert at(definition(INDEX, "shared/topics.ts", 3, column, LINE)) == ([HANDLER_PLACE] if counts else [])


def test_on_a_line_of_configuration_everything_counts() -> None:
    assert at(definition(INDEX, ".env", 7, 1, "ORDERS_TOPIC=orders")) == [HANDLER_PLACE]
    assert at(implementation(INDEX, ".env", 7, 15, "ORDERS_TOPIC=orders")) == [PUBLISH_PLACE]


def test_a_name_that_nobody_consumes_leads_to_its_producers() -> None:
    assert at(definition(index_of(SENDS), "shared/topics.ts", 3, 4, LINE)) == [PUBLISH_PLACE]


def test_a_channel_that_is_declared_nowhere_is_declared_where_its_name_comes_from() -> None:
    assert at(declaration(INDEX, PUBLISH_FILE, 4, 8)) == SHOWN


def test_what_is_said_of_another_channel_names_nothing() -> None:
    stray = Step(file="shared/topics.ts", line=9, message="channel other: written here")
    index = index_of(msgspec.structs.replace(SENDS, evidence=[stray]))
    assert definition(index, "shared/topics.ts", 9, 3).targets == []


def test_references_hold_the_places_where_the_name_is_made() -> None:
    assert references(INDEX, PUBLISH_FILE, 4, 8, True) == [PUBLISH_PLACE, CONSUME_PLACE, *SHOWN]
    assert references(INDEX, "shared/topics.ts", 3, 4, False, LINE) == [PUBLISH_PLACE, CONSUME_PLACE]


def test_a_line_of_a_site_is_no_second_reference() -> None:
    here = Step(file=PUBLISH_FILE, line=4, message="channel orders: written here")
    assert references(index_of(msgspec.structs.replace(SENDS, evidence=[here])), PUBLISH_FILE, 4, 8, True) == [
        PUBLISH_PLACE
    ]


# ----------------------------------------------------------------------------------------------------- implementation


def test_the_implementation_of_a_wrappers_call_is_the_librarys_call_and_the_other_producers() -> None:
    inside = Step(file="lib/publish.ts", line=12, message="Producer.send of kafkajs publishes here")
    wrapped = msgspec.structs.replace(SENDS, via="wrapper", evidence=[inside, CONSTANT])
    assert at(implementation(index_of(wrapped, OTHER, RECEIVES), PUBLISH_FILE, 4, 8)) == [
        Target("lib/publish.ts", 12, 1, 12, 0),
        Target("other.ts", 4, 8, 4, 99),
    ]


def test_the_implementation_of_a_librarys_call_is_the_other_producers() -> None:
    assert at(implementation(index_of(SENDS, OTHER), PUBLISH_FILE, 4, 8)) == [Target("other.ts", 4, 8, 4, 99)]


def test_a_site_inside_a_wrapper_is_no_other_producer_where_its_callers_are() -> None:
    caller = msgspec.structs.replace(OTHER, of="p1")
    index = index_of(SENDS, caller, msgspec.structs.replace(SENDS, id="p3", file="third.ts"))
    assert [target.file for target in at(implementation(index, "third.ts", 4, 8))] == ["other.ts"]


def test_the_implementation_of_a_subscription_is_its_handler_and_those_beside_it() -> None:
    beside = msgspec.structs.replace(
        RECEIVES, id="c2", file="beside.py", handler=HandlerPlace(file="beside.py", line=9, name="reserve")
    )
    index = index_of(SENDS, RECEIVES, beside)
    assert at(implementation(index, CONSUME_FILE, 2, 8)) == [HANDLER_PLACE, Target("beside.py", 9, 1, 9, 0)]
    assert at(implementation(index, CONSUME_FILE, 3, 8)) == [CONSUME_PLACE, Target("beside.py", 9, 1, 9, 0)]


# ------------------------------------------------------------------------------------------- schema, bindings, marks


def test_the_type_of_a_site_is_its_own_schema_else_that_of_the_other_end() -> None:
    declared = msgspec.structs.replace(SENDS, schema=Place(file="events.ts", line=5))
    index = index_of(declared, RECEIVES)
    for file, line in ((PUBLISH_FILE, 4), (CONSUME_FILE, 2), (CONSUME_FILE, 3)):
        assert at(type_definition(index, file, line, 8)) == [Target("events.ts", 5, 1, 5, 0)]
    assert type_definition(INDEX, PUBLISH_FILE, 4, 8).targets == []


def test_a_queue_that_is_bound_to_the_exchange_is_part_of_the_references_of_a_publish() -> None:
    exchange = Channel(id="x", broker="rabbitmq", scope="workspace", kind="exchange", name="shop")
    queue = Channel(id="q", broker="rabbitmq", scope="workspace", kind="queue", name="mails")
    bound = Binding(from_="x", to="q", pattern="order.*", declared=[Place(file="topology.ts", line=4)])
    sends = msgspec.structs.replace(
        PUBLISH, broker="rabbitmq", channel_kind="exchange", channel="shop", channels=["shop"]
    )
    takes = msgspec.structs.replace(
        CONSUME, broker="rabbitmq", channel_kind="queue", channel="mails", channels=["mails"]
    )
    flow = Flow(publish="p1", subscribe="c1", event=None, route=["x", "q"], why="bound", origin=None)
    index = FlowIndex(
        msgspec.structs.replace(MAP, channels=[exchange, queue], bindings=[bound], sites=[sends, takes], flows=[flow])
    )
    assert references(index, PUBLISH_FILE, 4, 8, True) == [
        PUBLISH_PLACE,
        CONSUME_PLACE,
        Target("topology.ts", 4, 1, 4, 0),
    ]
    assert at(implementation(index, PUBLISH_FILE, 4, 8)) == []


def test_both_ends_in_one_file_are_highlighted_as_written_and_read() -> None:
    own = msgspec.structs.replace(
        RECEIVES,
        file=PUBLISH_FILE,
        line=9,
        end_line=9,
        handler=HandlerPlace(file=PUBLISH_FILE, line=12, name="onOrder"),
    )
    named = msgspec.structs.replace(
        SENDS, evidence=[Step(file=PUBLISH_FILE, line=1, message="channel orders: written here")]
    )
    assert highlights(index_of(named, own, OTHER), PUBLISH_FILE, 12, 3) == [
        Highlight(PUBLISH_PLACE, "write"),
        Highlight(Target(PUBLISH_FILE, 9, 7, 9, 45), "read"),
        Highlight(Target(PUBLISH_FILE, 12, 1, 12, 0), "read"),
        Highlight(Target(PUBLISH_FILE, 1, 1, 1, 0), "text"),
    ]


def test_a_site_whose_channel_is_not_known_still_refers_to_itself() -> None:
    lost = msgspec.structs.replace(PUBLISH, channel=None, channel_template=None, channels=[], evidence=[])
    index = FlowIndex(msgspec.structs.replace(MAP, sites=[lost], flows=[]))
    assert references(index, PUBLISH_FILE, 4, 8, True) == [PUBLISH_PLACE]
    assert highlights(index, PUBLISH_FILE, 4, 8) == [Highlight(PUBLISH_PLACE, "write")]
