"""Hovers over a map made by hand, and all of those of the storefront against `storefront_hovers.golden`.

``EVENTLENS_UPDATE_GOLDEN=1`` writes the golden file anew; read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from eventlens.analysis import analyse, open_workspace
from eventlens.flow.model import (
    Delivery,
    ExternalChannels,
    Flow,
    FlowMap,
    HandlerPlace,
    PayloadField,
    Place,
    Site,
    UnknownValue,
)
from eventlens.ide.code_places import CodePlaces
from eventlens.ide.hover import HoverText, hover
from eventlens.ide.index import FlowIndex
from sample_map import CONSUME, CONSUME_FILE, MAP, NO_DEAD_LETTER, ORDERS, PUBLISH, PUBLISH_FILE

STOREFRONT = Path(__file__).resolve().parents[2] / "fixtures" / "storefront"
GOLDEN = Path(__file__).with_name("storefront_hovers.golden")
EVENTS_FILE = "services/orders/events.ts"


def link(file: str, line: int) -> str:
    return f"file:///w/{file}#L{line}"


def site(base: Site, **changes: object) -> Site:
    return msgspec.structs.replace(base, **changes)


def map_of(*sites: Site, links: tuple[tuple[str, str], ...] = (("p1", "c1"),), **changes: object) -> FlowMap:
    flows = [
        Flow(publish=p, subscribe=s, event=None, route=["kafka/orders"], why="same name", origin=None) for p, s in links
    ]
    return msgspec.structs.replace(MAP, sites=list(sites), flows=flows, **changes)


def found_at(
    flow_map: FlowMap, file: str, line: int, column: int, text: str | None = None, as_markdown: bool = True
) -> HoverText | None:
    return hover(FlowIndex(flow_map), file, line, column, link, text, as_markdown)


def at_publish(flow_map: FlowMap) -> str:
    found = found_at(flow_map, PUBLISH_FILE, 4, 8)
    assert found is not None
    return found.text


def at_consume(flow_map: FlowMap) -> str:
    found = found_at(flow_map, CONSUME_FILE, 2, 8)
    assert found is not None
    return found.text


INVENTORY = site(
    CONSUME,
    id="c2",
    file="services/inventory/on-order.py",
    service="inventory",
    handler=HandlerPlace(file="services/inventory/on-order.py", line=9, name="reserve"),
)
BOTH = map_of(PUBLISH, CONSUME, INVENTORY, links=(("p1", "c1"), ("p1", "c2")))


# ------------------------------------------------------------------------------------------------------------- sites


def test_a_publish() -> None:
    assert (
        at_publish(BOTH)
        == """Publishes to kafka topic **orders** · event `OrderPlaced`

- at-least-once delivery: a message may come twice
- partition key `'😀'`
- 6 partitions
- failed messages go to `orders.DLQ`
- declared in [docker-compose.yml:2](<file:///w/docker-compose.yml#L2>)
- kafkajs

Message, from the declared type

| field | type |  |
| --- | --- | --- |
| `orderId` | `string` |  |
| `note` | `string \\| null` | optional |

Consumers:

- **payments** `eachMessage` [services/payments/on-order.ts:3](<file:///w/services/payments/on-order.ts#L3>)
- **inventory** `reserve` [services/inventory/on-order.py:9](<file:///w/services/inventory/on-order.py#L9>)"""
    )


def test_the_same_as_plain_text() -> None:
    found = found_at(BOTH, PUBLISH_FILE, 4, 8, as_markdown=False)
    assert found is not None
    assert (
        found.text
        == """Publishes to kafka topic orders · event OrderPlaced

  at-least-once delivery: a message may come twice
  partition key '😀'
  6 partitions
  failed messages go to orders.DLQ
  declared in docker-compose.yml:2
  kafkajs

Message, from the declared type

  orderId  string
  note     string | null  optional

Consumers:
  payments eachMessage services/payments/on-order.ts:3
  inventory reserve services/inventory/on-order.py:9"""
    )


def test_a_subscription_tells_of_its_producers_and_of_who_else_consumes() -> None:
    text = at_consume(BOTH)
    assert text.startswith("Consumes kafka topic **orders** · event `OrderPlaced`")
    assert "Producers:\n\n- **orders** [services/orders/place-order.ts:4]" in text
    assert "Also consumed by:\n\n- **inventory**" in text and "consumer group `payments`" in text


def test_a_handler_is_told_as_such() -> None:
    found = found_at(MAP, CONSUME_FILE, 3, 5)
    assert found is not None and found.text.startswith("`eachMessage` consumes kafka topic **orders**")


@pytest.mark.parametrize(("file", "line"), [(PUBLISH_FILE, 1), ("other.ts", 1)])
def test_nothing_stands_elsewhere(file: str, line: int) -> None:
    assert found_at(MAP, file, line, 1, "import") is None


# --------------------------------------------------------------------------------------------------- the other end


def test_nobody_is_at_the_other_end() -> None:
    alone = map_of(PUBLISH, CONSUME, links=())
    assert at_publish(alone).endswith("Nobody consumes this in this workspace.")
    assert "Nobody publishes this in this workspace." in at_consume(alone)


def test_the_other_end_is_said_to_be_elsewhere() -> None:
    external = [ExternalChannels(channel="ord*", owner="the data team", reason="loaded hourly")]
    text = at_publish(map_of(PUBLISH, links=(), external=external))
    assert text.endswith("Consumed by the data team (loaded hourly), as `[[external]]` in eventlens.toml says.")
    other = [ExternalChannels(channel="payments", owner="the data team")]
    assert "Nobody consumes this" in at_publish(map_of(PUBLISH, links=(), external=other))


def test_many_ends_stay_short() -> None:
    many = [site(CONSUME, id=f"c{n}", service=f"s{n % 20}", line=n + 10, handler=None) for n in range(400)]
    text = at_publish(map_of(PUBLISH, *many, links=tuple(("p1", one.id) for one in many)))
    assert "- and 12 more services" in text and ", and 17 more" in text
    assert len(text) < 4000


# ----------------------------------------------------------------------------------------------------------- failures


def consumer_lines(**delivery: object) -> str:
    plain = msgspec.structs.replace(ORDERS, dead_letter=None)
    record = Delivery(site="c1", retries=None, then="log-and-skip")
    return at_consume(
        map_of(
            PUBLISH,
            CONSUME,
            channels=[plain],
            deliveries=[msgspec.structs.replace(record, **delivery)],
            findings=[NO_DEAD_LETTER],
        )
    )


def test_no_dead_letter_queue_is_said_with_what_happens_instead() -> None:
    text = consumer_lines(retries=5)
    assert "- a failed message is tried 5 more times\n" in text
    assert "- **no dead-letter queue**: when the handler keeps failing on a message, it is logged and skipped\n" in text


def test_a_known_dead_letter_queue_wins_over_the_finding() -> None:
    text = consumer_lines(dead_letter="orders.dead", dead_letter_reason="set in Terraform", max_deliveries=3)
    assert "- the broker gives up after 3 deliveries\n" in text
    assert "- failed messages go to `orders.dead` (set in Terraform)\n" in text and "no dead-letter" not in text


def test_without_finding_and_declaration_nothing_is_said_of_dead_letters() -> None:
    plain = msgspec.structs.replace(ORDERS, dead_letter=None)
    assert "dead-letter" not in at_consume(map_of(PUBLISH, CONSUME, channels=[plain], findings=[]))


# ---------------------------------------------------------------------------------------------------------- messages

LINES = PayloadField(
    name="lines",
    type="Line[]",
    repeated=True,
    fields=[PayloadField(name="sku", type="string", format="uuid", doc="What is bought.")],
)
KEY = PayloadField(name="apiToken", type="string", default="'t0ps3cret'")
DECLARED = site(
    PUBLISH,
    payload=[LINES, KEY],
    schema=Place(file=EVENTS_FILE, line=12),
    schema_name="OrderPlaced",
    event="OrderPlaced",
)


def test_nested_fields_stand_under_whole_names_and_the_declaration_is_linked() -> None:
    text = at_publish(map_of(DECLARED, CONSUME))
    assert f"Message `OrderPlaced`, declared in [{EVENTS_FILE}:12](<file:///w/{EVENTS_FILE}#L12>)" in text
    assert "| field | type | default | description |\n" in text
    assert "| `lines[].sku` | `string` uuid |  | What is bought. |" in text


def test_a_default_that_is_a_secret_is_not_shown() -> None:
    assert "t0ps3cret" not in at_publish(map_of(DECLARED, CONSUME))


def test_what_is_inferred_is_marked() -> None:
    sent = site(PUBLISH, payload_source="inferred")
    assert f"Message, inferred from the payload that is sent in [{PUBLISH_FILE}:4]" in at_publish(map_of(sent, CONSUME))


def test_what_consumers_read_stands_in_where_the_producer_shows_nothing() -> None:
    silent = site(PUBLISH, payload=[], payload_source="")
    reader = site(CONSUME, payload=[PayloadField(name="orderId", type="unknown")], payload_source="read")
    text = at_publish(map_of(silent, reader))
    assert f"Message, inferred from what consumers read in [{CONSUME_FILE}:3]" in text
    assert "| field |\n| --- |\n| `orderId` |" in text


def test_a_declared_type_at_the_other_end_is_better_than_what_is_inferred_here() -> None:
    sent = site(PUBLISH, payload_source="inferred")
    typed = site(CONSUME, payload=DECLARED.payload, payload_source="declared", schema=DECLARED.schema)
    assert f"declared in [{EVENTS_FILE}:12]" in at_publish(map_of(sent, typed))


def test_a_consumer_of_several_messages_lists_them() -> None:
    other = site(
        DECLARED, id="p2", line=9, end_line=9, schema=Place(file=EVENTS_FILE, line=30), schema_name="OrderCancelled"
    )
    text = at_consume(map_of(DECLARED, other, CONSUME, links=(("p1", "c1"), ("p2", "c1"))))
    assert (
        f"Messages:\n\n- `OrderPlaced`, declared in [{EVENTS_FILE}:12]" in text
        and "- `OrderCancelled`, declared in" in text
    )
    assert "| field |" not in text


def test_an_event_by_its_name() -> None:
    flow_map = map_of(DECLARED, CONSUME)
    text = "export interface OrderPlaced {"
    found = found_at(flow_map, EVENTS_FILE, 12, 20, text)
    assert found is not None and found.target is not None
    assert (found.target.column, found.target.end_column) == (18, 29)
    assert found.text.startswith("Event **OrderPlaced**\n\n- on kafka topic `orders`\n\nMessage `OrderPlaced`")
    assert "Producers:\n\n- **orders**" in found.text and "Consumers:\n\n- **payments**" in found.text
    assert found_at(flow_map, EVENTS_FILE, 12, 3, text) is None
    assert found_at(flow_map, EVENTS_FILE, 13, 20, text) is None


# ----------------------------------------------------------------------------------------------------------- channels


def test_a_declared_channel() -> None:
    found = found_at(MAP, "docker-compose.yml", 2, 1)
    assert found is not None
    assert found.text.startswith("kafka topic **orders**\n\n- event `OrderPlaced`\n- 6 partitions")
    assert "Producers:\n\n- **orders**" in found.text and "Consumers:\n\n- **payments**" in found.text


def test_a_channel_of_several_events_lists_them_without_one_of_their_schemas() -> None:
    other = site(PUBLISH, id="p2", line=9, end_line=9, event="OrderCancelled")
    found = found_at(map_of(PUBLISH, other, CONSUME, links=(("p1", "c1"), ("p2", "c1"))), "docker-compose.yml", 2, 1)
    assert found is not None
    assert "- events `OrderPlaced`, `OrderCancelled`\n" in found.text and "| field |" not in found.text


def test_what_is_not_known_is_said_with_the_setting_that_would_say_it() -> None:
    lost = site(PUBLISH, channel=None, channel_template=None, channels=[], event=None)
    unknown = [UnknownValue(file=PUBLISH_FILE, line=4, what="channel from ORDERS_TOPIC", set="values.ORDERS_TOPIC")]
    coverage = msgspec.structs.replace(MAP.coverage, unknown=unknown)
    text = at_publish(map_of(lost, links=(), coverage=coverage))
    assert text.startswith(
        "Publishes to a kafka topic whose name is not known\n\n"
        "- Not known: channel from ORDERS_TOPIC; to say it, set `values.ORDERS_TOPIC` in eventlens.toml\n"
    )


# -------------------------------------------------------------------------------------------------------------- safety


def test_nothing_of_the_workspace_is_markdown() -> None:
    odd = site(
        PUBLISH, channel_template="a`b|\n# c", service="[x](y)", event="`e`", key="![i](http://x/y)",
        payload=[PayloadField(name="a|b", type="x`|y", doc="<img src=x> | [l](m) *s*\n\n# h")],
    )  # fmt: skip
    text = at_publish(map_of(odd, CONSUME))
    assert text.splitlines()[0] == "Publishes to kafka topic **a\\`b\\| \\# c** · event `` `e` ``"
    assert "- partition key `![i](http://x/y)`" in text
    assert "| `a\\|b` | `` x`\\|y `` | \\<img src=x\\> \\| \\[l\\](m) \\*s\\* \\# h |" in text
    assert "**\\[x\\](y)**" in at_consume(map_of(odd, CONSUME))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("amqp://guest:s3cr3t@rabbit:5672/orders", "amqp://guest:•••@rabbit:5672/orders"),
        ("https://q/orders?sig=s3cr3t&access_token=s3cr3t", "https://q/orders?sig=•••&access_token=•••"),
        ("Endpoint=sb://x/;SharedAccessKey=s3cr3t;EntityPath=q", "Endpoint=sb://x/;SharedAccessKey=•••;EntityPath=q"),
    ],
)
def test_credentials_are_never_shown(name: str, shown: str) -> None:
    for as_markdown in (True, False):
        told = site(
            PUBLISH, channel=name, channel_template=name, channels=[name, name + "2"], routing_key=name, event=None
        )
        found = found_at(map_of(told, links=()), PUBLISH_FILE, 4, 8, as_markdown=as_markdown)
        assert found is not None and "s3cr3t" not in found.text and shown in found.text


# -------------------------------------------------------------------------------------------------------------- golden


def test_hovers_of_the_storefront(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path))
    analysis = analyse(open_workspace(STOREFRONT).workspace)
    assert analysis.checks is not None
    index = FlowIndex(analysis.flow_map, CodePlaces(analysis.checks.graph))
    places = {(one.file, one.line, one.column) for one in analysis.flow_map.sites}
    places |= {(one.schema.file, one.schema.line, 0) for one in analysis.flow_map.sites if one.schema is not None}
    told: list[str] = []
    for file, line, column in sorted(places):
        text = (STOREFRONT / file).read_text(encoding="utf-8").split("\n")[line - 1]
        name = next((s.schema_name for s in index.declared_schemas_at(file, line) if s.schema_name), "")
        found = hover(index, file, line, column or text.index(name) + 1, lambda file, line: f"{file}#{line}", text)
        assert found is not None, (file, line)
        told.append(f"{'=' * 8} {file}:{line}: {text.strip()}\n\n{found.text}\n")
    text = "\n".join(told)
    if os.environ.get("EVENTLENS_UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


# -------------------------------------------------------------------------------------------- one event, two declarations


def _declared(base: Site, file: str, name: str, fields: list[PayloadField], event: str) -> Site:
    return site(
        base, payload=fields, payload_source="declared", schema=Place(file=file, line=3), schema_name=name, event=event
    )


def _order(**types: str) -> list[PayloadField]:
    return [PayloadField(name=name, type=kind) for name, kind in types.items()]


def test_another_language_s_declaration_is_compared_field_by_field() -> None:
    sent = _declared(
        PUBLISH, "Order.java", "OrderPlaced", _order(orderId="String", total="double", note="String"), "OrderPlaced"
    )
    taken = _declared(
        CONSUME, "order.go", "OrderPlaced", _order(order_id="string", total="string", sku="string"), "order.placed"
    )
    text = at_publish(map_of(sent, site(taken, event=None)))
    assert "Declared elsewhere too:" in text
    assert (
        "- `OrderPlaced` in [order.go:3](<file:///w/order.go#L3>): has no `note`; has also `sku`; "
        "`total` is `string` there and `double` here" in text
    )


def test_the_same_fields_in_another_language_are_said_to_be_the_same() -> None:
    sent = _declared(
        PUBLISH, "Order.java", "OrderPlaced", _order(orderId="UUID", at="Instant", price="BigDecimal"), "OrderPlaced"
    )
    taken = _declared(
        CONSUME, "Order.cs", "OrderPlacedEvent", _order(OrderId="Guid", At="long", Price="string"), "OrderPlacedEvent"
    )
    assert ": the same fields" in at_publish(map_of(sent, taken))


def test_another_event_s_declaration_is_not_compared() -> None:
    sent = _declared(PUBLISH, "Order.java", "OrderPlaced", _order(orderId="UUID"), "OrderPlaced")
    taken = _declared(CONSUME, "Stock.cs", "StockLow", _order(sku="string"), "StockLow")
    assert "Declared elsewhere" not in at_publish(map_of(sent, taken))
