"""What a poll loop does before it takes a message is no handling of it, unless an earlier turn left something for it."""

from __future__ import annotations

import pytest

from eventlens.flow.module_index import ModuleIndex
from eventlens.flow.walk import loops_of, reads_before
from eventlens.syntax.lowering import lower
from flow.conftest import Find

LOOPS = [
    ("for { wait(); message, err = poll(); handle(message) }", False),
    ("for { err = wait(); if err != nil { continue }; message, err = poll(); handle(message) }", False),
    ("for { handle(message); message, err = poll() }", True),
    ("for { for _, one := range message { handle(one) }; message, err = poll() }", True),
    ("for { if err != nil { report(err) }; message, err = poll() }", True),
]


@pytest.mark.parametrize(("loop", "carried_over"), LOOPS)
def test_what_an_earlier_turn_left(loop: str, carried_over: bool) -> None:
    module = ModuleIndex(lower("poll.go", f"package p\nfunc f() {{ {loop} }}".encode()))
    frame = next(one for one in module.frames if one.function is not None)
    (poll,) = (call for call in frame.calls if call.callee.name == "poll")
    around = next(iter(loops_of(frame)))
    assert reads_before(around.body, poll, {"message", "err"}) is carried_over


def test_a_consumer_that_a_shared_function_makes_is_polled_where_it_was_asked_for(find: Find) -> None:
    service = """
        from shared.kafka import connect
        from SERVICE.work import handle


        def run() -> None:
            consumer = connect(["SERVICE.requested"])
            while True:
                message = consumer.poll(1.0)
                if message is not None:
                    handle(message)
        """
    found = find({
        "requirements.txt": "confluent-kafka==2.4.0\n",
        "shared/__init__.py": "",
        "shared/kafka.py": """
            from confluent_kafka import Consumer


            def connect(topics: list[str]) -> Consumer:
                consumer = Consumer({"bootstrap.servers": "kafka:9092", "group.id": "shop"})
                consumer.subscribe(topics)
                return consumer
            """,
        **{f"{name}/__init__.py": "" for name in ("audit", "billing")},
        **{f"{name}/main.py": service.replace("SERVICE", name) for name in ("audit", "billing")},
        **{f"{name}/work.py": "def handle(message) -> None:\n    print(message.value())\n" for name in ("audit", "billing")},
    })  # fmt: skip
    handled = {(site.channel, site.handler.file) for site in found.sites if site.handler is not None}
    assert handled == {("audit.requested", "audit/work.py"), ("billing.requested", "billing/work.py")}
