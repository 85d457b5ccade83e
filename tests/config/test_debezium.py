from __future__ import annotations

import json

import pytest

from eventlens.config.debezium import looks_capturing, read_connectors
from eventlens.config.infrastructure import Infrastructure

CONFIG = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "topic.prefix": "shop",
    "table.include.list": "public.messages",
}
ROUTER = {"transforms": "outbox", "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter"}
CUSTOM = {
    "transforms.outbox.route.by.field": "kind",
    "transforms.outbox.route.topic.replacement": "shop.${routedByValue}.events",
    "transforms.outbox.table.field.event.key": "subject",
}


def read(config: object, name: str = "c.json") -> Infrastructure:
    return read_connectors(name, json.dumps(config, indent=1))


def topics(found: Infrastructure) -> list[str]:
    return [one.channel.name for one in found.channels]


@pytest.mark.parametrize("whole", [{"name": "c", "config": CONFIG}, CONFIG, [{"name": "c", "config": CONFIG}]])
def test_plain_capture_publishes_one_topic_a_table(whole: object) -> None:
    found = read(whole)
    assert topics(found) == ["shop.public.messages"]
    (stream,) = found.streams
    assert not stream.is_outbox and stream.captures("messages") and stream.captures("public.Messages")
    assert not stream.captures("orders") and not stream.captures("audit.messages")
    assert (
        read(whole).channels[0].line
        == json.dumps(whole, indent=1)[: json.dumps(whole, indent=1).index("table.inc")].count("\n") + 1
    )


def test_the_router_has_defaults() -> None:
    found = read(CONFIG | ROUTER)
    (stream,) = found.streams
    assert topics(found) == ["outbox.event.${aggregatetype}"]
    assert (stream.is_outbox, stream.routed_by, stream.key) == (True, "aggregatetype", "aggregateid")


def test_the_router_can_be_told_everything() -> None:
    found = read(CONFIG | ROUTER | CUSTOM)
    assert topics(found) == ["shop.${kind}.events"]
    assert (found.streams[0].routed_by, found.streams[0].key) == ("kind", "subject")
    assert found.streams[0].writes_to("shop.orders.events") and not found.streams[0].writes_to("shop.orders")


def test_properties_and_kubernetes_objects_say_the_same() -> None:
    written = CONFIG | ROUTER | CUSTOM
    flat = read_connectors("c.properties", "\n".join(f"{key}={value}" for key, value in written.items()))
    config = {key: value for key, value in written.items() if key != "connector.class"}
    spec = {"class": written["connector.class"], "config": config}
    resource = {
        "apiVersion": "kafka.strimzi.io/v1beta2",
        "kind": "KafkaConnector",
        "metadata": {"name": "c"},
        "spec": spec,
    }
    cluster = read(resource, "c.yaml")
    assert topics(flat) == topics(cluster) == topics(read(written))
    assert flat.streams[0].tables == cluster.streams[0].tables
    assert flat.channels[0].line == 7


def test_old_names_of_settings() -> None:
    found = read(
        {
            "connector.class": "io.debezium.connector.mysql.MySqlConnector",
            "database.server.name": "db",
            "table.whitelist": "shop.orders, shop.items",
        }
    )
    assert topics(found) == ["db.shop.orders", "db.shop.items"]


@pytest.mark.parametrize(
    ("listed", "table", "captured"),
    [
        (r"public\.(order|item)_messages", "item_messages", True),
        (r".*\.outbox_\w+", "outbox_orders", True),
        (r"public.messages", "messages_archive", False),
        (r"(a+)+$(", "messages", False),
    ],
)
def test_tables_are_expressions(listed: str, table: str, captured: bool) -> None:
    found = read(CONFIG | {"table.include.list": listed})
    assert found.streams[0].captures(table) is captured


def test_a_predicate_says_which_tables_are_routed() -> None:
    found = read(
        CONFIG
        | ROUTER
        | {
            "table.include.list": "public.orders,public.messages",
            "transforms.outbox.predicate": "isOutbox",
            "predicates.isOutbox.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
            "predicates.isOutbox.pattern": r"shop\.public\.messages",
        }
    )
    assert [(one.is_outbox, one.tables) for one in found.streams] == [
        (False, ("public.orders",)),
        (True, ("public.messages",)),
    ]
    assert topics(found) == ["shop.public.orders", "outbox.event.${aggregatetype}"]


def test_topics_can_be_renamed() -> None:
    rename = {
        "transforms": "route",
        "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
        "transforms.route.regex": r"shop\.public\.(.*)",
        "transforms.route.replacement": "cdc.$1",
    }
    assert topics(read(CONFIG | rename)) == ["cdc.messages"]


def test_other_connectors_and_broken_files_give_nothing() -> None:
    assert not read({"name": "s", "config": {"connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector"}})
    assert not read_connectors("c.json", '{"connector.class": "io.debezium')
    assert not looks_capturing(b'{"name": "x"}') and looks_capturing(json.dumps(CONFIG).encode())
