"""Models of a workspace: alternatives that callers decide, modules used as values, and names that win over wildcards."""

from __future__ import annotations

from .conftest import Find

MODEL = """\
library: acme
broker: kafka
kind: topic
languages: [javascript]
packages: ["@acme/shared"]
values:
  Kafka: [{instance-of: Util.Kafka}]
publishes:
  - call: Kafka.proceed
    when: [{path: "1.detail", present: true}, {path: "1.detail.to", is: POSITION}]
    channel: "=positions"
  - call: Kafka.proceed
    when: {path: "1.detail", present: true}
    channel: "=notifications"
"""
OWN = ".eventlens/libraries/acme.yaml"


def test_callers_decide_which_alternative_a_wrapped_call_is(find: Find) -> None:
    found = find({
        OWN: MODEL,
        "bus.js": """
            const { Kafka } = require('@acme/shared').Util
            const proceed = async (options) => Kafka.proceed({}, { ...options, hub: 'x' })
            const moved = async () => proceed({ detail: { to: 'POSITION' } })
            const told = async () => proceed({ detail: { to: 'NOTIFICATION' } })
            const committed = async () => proceed({ commit: true })
            module.exports = { moved, told, committed }
            """,
    })  # fmt: skip
    assert found.rows("place", "channel", "via") == {
        ("bus.js:4", "positions", "wrapper"),
        ("bus.js:5", "notifications", "wrapper"),
    }


def test_a_required_class_gets_the_library_in_an_object(find: Find) -> None:
    found = find({
        OWN: MODEL,
        "service.js": """
            const { Enum } = require('@acme/shared')
            class Service {
              constructor (deps) { this.Kafka = deps.Kafka }
              async move () { await this.proceed({ detail: { to: 'POSITION' } }) }
              async proceed (options) { return this.Kafka.proceed({}, { ...options }) }
            }
            module.exports = Service
            """,
        "main.js": """
            const { Kafka } = require('@acme/shared').Util
            const Service = require('./service')
            new Service({ Kafka }).move()
            """,
    })  # fmt: skip
    assert ("service.js:5", "positions") in found.rows("place", "channel")


def test_a_module_may_be_required_where_it_is_used(find: Find) -> None:
    call = "proceed({}, { detail: { to: 'POSITION' } })"
    found = find({
        OWN: MODEL,
        "a.js": f"const Kafka = require('@acme/shared').Util.Kafka\nKafka.{call}\n",
        "b.js": f"async function move () {{ const {{ Util: {{ Kafka }} }} = require('@acme/shared'); await Kafka.{call} }}\n",
        "c.js": f"async function move () {{ const {{ Util }} = await import('@acme/shared'); await Util.Kafka.{call} }}\n",
    })  # fmt: skip
    assert found.rows("place", "channel") == {("a.js:2", "positions"), ("b.js:1", "positions"), ("c.js:1", "positions")}


def test_a_name_wins_over_a_wildcard(find: Find) -> None:
    model = """\
library: acme
broker: kafka
kind: topic
languages: [python]
packages: [acme]
values:
  Client: [{new: Client}]
  Topic:
    - {member: Client.*, bind: {name: member 0}}
    - {call: Client.open, bind: {name: "0"}}
publishes:
  - {call: Topic.send, channel: Topic.name}
"""
    code = "from acme import Client\nclient = Client()\nclient.orders.send(1)\nclient.open('bills').send(2)\n"
    found = find({OWN: model, "app.py": code})
    assert found.rows("place", "channel") == {("app.py:3", "orders"), ("app.py:4", "bills")}


NAMED = """\
library: acme-bus
broker: kafka
kind: topic
languages: [javascript]
packages: ["@acme/bus"]
values:
  Bus: [{instance-of: Bus}]
publishes:
  - {call: Bus.tell, channel: "={0}-{1.region}"}
"""


def test_a_part_of_a_name_that_the_code_does_not_name_has_no_setting_that_would_tell_it(find: Find) -> None:
    found = find({
        ".eventlens/libraries/acme-bus.yaml": NAMED,
        "tell.js": """
            const { Bus, regions } = require('@acme/bus')
            const tell = () => Bus.tell('orders', { region: regions.north.first() })
            module.exports = { tell }
            """,
    })  # fmt: skip
    unknown = [(one.what, one.set) for one in found.graph.unknown]
    assert unknown == [("a part of channel orders-${?}", None)]
