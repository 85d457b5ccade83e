"""To which service a site belongs."""

from __future__ import annotations

from .conftest import Find

PUBLISH = (
    "from kafka import KafkaProducer\nproducer = KafkaProducer()\ndef place(body):\n    producer.send('orders', body)\n"
)
PUBLISH_JS = "const { Kafka } = require('kafkajs');\nconst producer = new Kafka({ brokers: ['k'] }).producer();\nexports.place = (value) => producer.send({ topic: 'orders', messages: [{ value }] });\n"


def test_the_nearest_manifest_above_names_it(find: Find) -> None:
    found = find({
        "services/orders/pyproject.toml": '[project]\nname = "order-service"\n',
        "services/orders/app/main.py": PUBLISH,
        "services/shop/package.json": '{"name": "web-shop"}',
        "services/shop/src/main.js": PUBLISH_JS,
    })  # fmt: skip
    assert found.rows("file", "service") == {
        ("services/orders/app/main.py", "order-service"),
        ("services/shop/src/main.js", "web-shop"),
    }


def test_the_settings_have_the_last_word(find: Find) -> None:
    found = find({
        "eventlens.toml": '[[services]]\nname = "sales"\npath = "services/orders"\n',
        "services/orders/pyproject.toml": '[project]\nname = "order-service"\n',
        "services/orders/main.py": PUBLISH,
    })  # fmt: skip
    assert found.rows("service") == {("sales",)}


def test_a_wrapper_in_a_shared_package_makes_sites_in_the_services_that_call_it(find: Find) -> None:
    bus = "from kafka import KafkaProducer\nproducer = KafkaProducer()\ndef send(topic, body):\n    producer.send(topic, body)\n"
    found = find({
        "bus.py": bus,
        "orders/Dockerfile": "FROM python\nCMD python main.py\n",
        "orders/main.py": "from bus import send\ndef place(body):\n    send('orders', body)\n",
        "stock/Dockerfile": "FROM python\nCMD python main.py\n",
        "stock/main.py": "from bus import send\ndef count(body):\n    send('stock', body)\n",
    })  # fmt: skip
    assert found.rows("service", "channel") == {("orders", "orders"), ("stock", "stock")}
