"""Ids say which site is which across edits: they hang on what a site is, not on where it stands."""

from __future__ import annotations

import pytest

from .conftest import Find

BUS = "from kafka import KafkaProducer\nproducer = KafkaProducer()\n"
ORDERS = (
    BUS
    + "def place(body):\n    producer.send('orders', body)\ndef cancel(body):\n    producer.send('orders', body)\n    producer.send('orders', body)\n"
)
MAIL = "from kafka import KafkaConsumer\ndef run():\n    for message in KafkaConsumer('orders', group_id='mail'):\n        print(message.value)\n"


def ids(find: Find, files: dict[str, str]) -> list[str]:
    return [site.id for site in find(files).sites]


def test_lines_above_change_no_id(find: Find) -> None:
    before = find({"orders.py": ORDERS, "mail.py": MAIL})
    after = find({"orders.py": "# a word\n" * 50 + ORDERS, "mail.py": "\n" * 50 + MAIL})
    assert [site.line + 50 for site in before.sites] == [site.line for site in after.sites]
    assert [site.id for site in before.sites] == [site.id for site in after.sites]
    assert [(flow.publish, flow.subscribe) for flow in before.graph.flows] == [
        (flow.publish, flow.subscribe) for flow in after.graph.flows
    ]


def test_every_site_has_an_id_of_its_own(find: Find) -> None:
    found = ids(find, {"orders.py": ORDERS, "mail.py": MAIL})
    assert len(found) == 4
    assert len(set(found)) == 4


def test_a_function_more_changes_no_id_of_the_others(find: Find) -> None:
    before = ids(find, {"orders.py": ORDERS})
    after = ids(
        find, {"orders.py": BUS + "def refund(body):\n    producer.send('orders', body)\n" + ORDERS.removeprefix(BUS)}
    )
    assert set(before) < set(after)


@pytest.mark.parametrize(
    "changed", [ORDERS.replace("def place", "def submit"), ORDERS.replace("'orders'", "'sales'", 1)]
)
def test_another_function_or_channel_is_another_site(find: Find, changed: str) -> None:
    before = ids(find, {"orders.py": ORDERS})
    after = ids(find, {"orders.py": changed})
    assert before[0] != after[0]
    assert before[2] in after
