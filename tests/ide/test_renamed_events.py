"""Every event of the example systems is renamed exactly, or refused; which are refused, and why, is written down."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from eventlens import analysis
from eventlens.ide.index import FlowIndex
from eventlens.ide.renaming.edits import edited
from eventlens.ide.renaming.events import EventOccurrences
from eventlens.ide.renaming.new_names import require_free
from eventlens.ide.renaming.proof import difference
from eventlens.ide.renaming.refusals import NotRenamable
from eventlens.ide.renaming.written_names import WrittenNames

FIXTURES = Path(__file__).parents[2] / "fixtures"
NEW = "RenamedOnce"


class Events:
    """The events of a workspace, and what renaming one of them gives."""

    def __init__(self, root: Path) -> None:
        self.workspace = analysis.open_workspace(root).workspace
        found = analysis.analyse(self.workspace)
        assert found.checks is not None
        self.flow_map = found.flow_map
        graph = found.checks.graph
        self._occurrences = EventOccurrences(FlowIndex(found.flow_map), graph, WrittenNames(graph))

    def names(self) -> list[str]:
        return sorted({site.event for site in self.flow_map.sites if site.event is not None})

    def refusals(self) -> dict[str, str]:
        """The events that cannot be renamed, with what is said of them."""
        told = {}
        for event in self.names():
            try:
                self.renamed(event)
            except NotRenamable as error:
                told[event] = str(error)
        return told

    def renamed(self, event: str, new: str = NEW) -> list[list[tuple[str, int]]]:
        """The (file, line) of the places of each event of a name. Raises NotRenamable, also where the map would not be the same."""
        found = []
        for ends in self._occurrences.of(event):
            renaming = self._occurrences.renaming(event, ends)
            require_free(self.flow_map, renaming, new)
            after = analysis.charted(edited(self.workspace, renaming, new).workspace)
            told = difference(self.flow_map, after, renaming, new)
            if told:
                raise NotRenamable(told)
            lines = {(one.path, self.workspace.text(one.path)[: one.start].count(b"\n") + 1) for one in renaming.spelt}
            found.append(sorted(lines))
        return found


_TYPE = "rename the type with its language's own rename"


@pytest.mark.parametrize(
    ("system", "refused"),
    [
        (
            "storefront",
            {
                # sent as objects of a class or type, which names them
                "DeliveryReceipt": f"named after the type `DeliveryReceipt` at services/notifications/src/receipts.ts:4: {_TYPE}",
                "EventEnvelope": "named after the type `EventEnvelope` at ",
                "StockLevelChanged": "named after the type `StockLevelChanged` at packages/shared_messaging/shared_messaging/schemas.py:32",
                "StockRequested": "named after the type `StockRequested` at packages/shared_messaging/shared_messaging/schemas.py:27",
                # named by a text, with a type that is found by it
                "CartAbandoned": f"its schema, the type `CartAbandoned` at packages/messaging/src/events/order-events.ts:18, which is found by the name: {_TYPE} first",
                "MessageFailed": "its schema, the type `MessageFailed` at packages/messaging/src/events/failed-message.ts:3,",
                "OrderCancelled": "its schema, the type `OrderCancelled` at packages/messaging/src/events/order-events.ts:14,",
                "PaymentCaptured": "its schema, the type `PaymentCaptured` at packages/messaging/src/events/payment-events.ts:3,",
            },
        ),
        ("infrastructure/sam", {}),
        ("infrastructure/serverless", {"Batch": "named after the type `Batch` at src/take.ts:5"}),
        ("infrastructure/terraform", {"ShopEvent": "named after the type `ShopEvent` at orders/src/publisher.ts:3"}),
        ("libraries/aws-sdk-client-eventbridge", {}),
        ("libraries/aws-cdk", {}),
        (
            "schemas/schema-files",
            {
                # a record or message is a type, of which code may be made
                "BookLent": "named after its schema at schemas/book-lent.avsc:3",
                "library.fines.FineRaised": "its schema, the message `FineRaised` at schemas/fines.proto:5, which is found by the name",
                # called `RoomBooked` in the schema
                "room.booked": "its schema, the message `RoomBooked` at schemas/room-booked.schema.json:3, which is found by the name",
            },
        ),
    ],
)
def test_an_event_is_renamed_exactly_or_refused(system: str, refused: Mapping[str, str]) -> None:
    told = Events(FIXTURES / system).refusals()
    assert told.keys() == refused.keys()
    assert [one for one, said in told.items() if refused[one] not in said] == []
    assert [said for said in told.values() if "\n" in said] == []


def test_an_event_that_a_class_names_is_refused_in_every_language() -> None:
    events = Events(FIXTURES / "fleet")
    for event in events.names():
        with pytest.raises(NotRenamable, match=f"`{event}` at services/.*:\\d+: {_TYPE}"):
            events.renamed(event)


PACKAGE = """{"name": "shop", "version": "1.0.0", "dependencies": {"kafkajs": "^2.2.4"}}"""
PUBLISHER = """import { Kafka } from 'kafkajs';
import { CREATED } from './names';

const producer = new Kafka({ brokers: ['kafka:9092'] }).producer();

export async function created(id: string): Promise<void> {
  await producer.send({ topic: 'orders', messages: [{ value: JSON.stringify({ type: CREATED, id }) }] });
}
"""
TICKETS = """import { Kafka } from 'kafkajs';

const producer = new Kafka({ brokers: ['kafka:9092'] }).producer();

export async function closed(id: string): Promise<void> {
  await producer.send({ topic: 'tickets', messages: [{ value: JSON.stringify({ type: 'order.created', id }) }] });
}
"""
NAMES = """export const CREATED = 'order.created';
export type Order = { type: 'order.created'; id: string };
"""
CONSUMER = """import { Kafka } from 'kafkajs';
import { store } from './store';

const consumer = new Kafka({ brokers: ['kafka:9092'] }).consumer({ groupId: 'g' });

const handlers: Record<string, (id: string) => Promise<void>> = { 'order.created': store };

export async function run(): Promise<void> {
  await consumer.subscribe({ topic: 'orders' });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const event = JSON.parse(message.value!.toString());
      switch (event.type) {
        case 'order.created':
          return store(event.id);
        case 'order.closed':
          return handlers[event.type](event.id);
      }
    },
  });
}
"""
STORE = "export async function store(id: string): Promise<void> {\n  await fetch(`/orders/${id}`);\n}\n"
PYTHON = """import json
from confluent_kafka import Consumer

consumer = Consumer({"bootstrap.servers": "kafka:9092", "group.id": "p"})
consumer.subscribe(["orders"])


def run():
    while True:
        message = consumer.poll(1.0)
        event = json.loads(message.value())
        if event["type"] in ("order.created", "order.closed"):
            print(event["id"])
"""
ASYNCAPI = """asyncapi: 3.0.0
info: {title: Shop, version: 1.0.0}
channels:
  orders:
    messages:
      created: {$ref: '#/components/messages/created'}
components:
  messages:
    created:
      name: order.created
      payload:
        type: object
        properties:
          id: {type: string}
          type: {type: string, const: order.created}
"""


def shop(root: Path, **changed: str) -> Events:
    files = {
        "orders/package.json": PACKAGE,
        "orders/src/publisher.ts": PUBLISHER,
        "orders/src/names.ts": NAMES,
        "mail/package.json": PACKAGE.replace("shop", "mail"),
        "mail/src/consumer.ts": CONSUMER,
        "mail/src/store.ts": STORE,
        "stock/pyproject.toml": '[project]\nname = "stock"\nversion = "1"\ndependencies = ["confluent-kafka"]\n',
        "stock/main.py": PYTHON,
        "asyncapi.yaml": ASYNCAPI,
        **changed,
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Events(root)


def test_consumers_that_compare_types_and_documents_are_renamed_with_the_publisher(tmp_path: Path) -> None:
    orders = [
        ("asyncapi.yaml", 10),
        ("asyncapi.yaml", 15),
        ("mail/src/consumer.ts", 6),
        ("mail/src/consumer.ts", 14),
        ("orders/src/names.ts", 1),
        ("orders/src/names.ts", 2),
        ("stock/main.py", 12),
    ]
    assert shop(tmp_path).renamed("order.created", "order.made") == [orders]


@pytest.mark.parametrize(("named", "lines"), [("", [6, 9]), ("      name: order.created\n", [10])], ids=["key", "name"])
def test_a_message_that_is_a_key_of_a_document_is_renamed_with_what_refers_to_it(
    tmp_path: Path, named: str, lines: list[int]
) -> None:
    document = ASYNCAPI.partition("components:")[0].replace("messages/created", "messages/order.created")
    payload = "      payload: {type: object, properties: {id: {type: string}}}\n"
    message = f"components:\n  messages:\n    order.created:\n{named}{payload}"
    (places,) = shop(tmp_path, **{"asyncapi.yaml": document + message}).renamed("order.created", "order.made")
    assert [line for path, line in places if path == "asyncapi.yaml"] == lines


def test_an_event_of_the_same_name_on_another_channel_is_another_event(tmp_path: Path) -> None:
    events = shop(tmp_path, **{"orders/src/tickets.ts": TICKETS, "asyncapi.yaml": "asyncapi: 3.0.0\n"})
    orders, tickets = events.renamed("order.created", "order.made")
    assert tickets == [("orders/src/tickets.ts", 6)]
    assert ("mail/src/consumer.ts", 14) in orders and ("orders/src/tickets.ts", 6) not in orders


@pytest.mark.parametrize("code", ["console.log('order.created');", "export const NAMES = { 'order.created': 'made' };"])
def test_a_text_that_is_not_known_to_be_the_event_stops_the_rename(tmp_path: Path, code: str) -> None:
    events = shop(tmp_path, **{"mail/src/store.ts": f"{STORE}{code}\n"})
    with pytest.raises(
        NotRenamable, match=r"`order.created` stands also at mail/src/store.ts:4, where it is not known"
    ):
        events.renamed("order.created", "order.made")


@pytest.mark.parametrize("key", ["'order.created'", '"order.created"', "`order.created`"])
def test_what_a_table_is_asked_for_is_renamed_with_its_keys(tmp_path: Path, key: str) -> None:
    code = f"export const ask = (table: any) => table[{key}];"
    (places,) = shop(tmp_path, **{"mail/src/store.ts": f"{STORE}{code}\n"}).renamed("order.created", "order.made")
    assert ("mail/src/store.ts", 4) in places


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("export const isNew = (order: { status: string }) => order.status === 'created';", 4),
        ("export const isNew = (word: string) => word === 'created';", 4),
        ("export const fresh = 'created';", 4),
        ("export const isNew = (event: { type: string }) => event.type === 'created';", 0),
        ("export const isNew = (eventType: string) => 'created' === eventType;", 0),
    ],
)
def test_a_word_of_every_day_is_an_event_only_where_a_type_is_asked_for(tmp_path: Path, code: str, line: int) -> None:
    publisher = PUBLISHER.replace("type: CREATED", "eventType: 'created'")
    consumer = CONSUMER.replace("event.type", "event.eventType").replace("{ 'order.created': store }", "{}")
    files = {
        "orders/src/publisher.ts": publisher,
        "mail/src/consumer.ts": consumer.replace("order.created", "created"),
        "mail/src/store.ts": f"{STORE}{code}\n",
        "stock/main.py": PYTHON.replace("order.created", "created"),
        "asyncapi.yaml": "asyncapi: 3.0.0\n",
    }
    events = shop(tmp_path, **files)
    if line:
        with pytest.raises(NotRenamable, match=rf"`created` stands also at mail/src/store.ts:{line}"):
            events.renamed("created", "made")
    else:
        assert {("mail/src/store.ts", 4), ("mail/src/consumer.ts", 14), ("stock/main.py", 12)} < set(
            events.renamed("created", "made")[0]
        )


def words(root: Path, table: str) -> Events:
    """The same with an event that is called like an identifier."""
    texts = {
        "orders/src/publisher.ts": PUBLISHER,
        "orders/src/names.ts": NAMES,
        "mail/src/consumer.ts": CONSUMER,
        "stock/main.py": PYTHON,
    }
    changed = {path: text.replace("order.created", "Created") for path, text in texts.items()}
    return shop(root, **changed, **{"asyncapi.yaml": "asyncapi: 3.0.0\n", "mail/src/store.ts": f"{STORE}{table}\n"})


def test_a_key_without_quotes_names_an_event_where_it_leads_to_a_function(tmp_path: Path) -> None:
    with pytest.raises(NotRenamable, match=r"`Created` stands also at mail/src/store.ts:4"):
        words(tmp_path / "table", "export const table = { Created: store };").renamed("Created", "Made")
    kinds = "export const KINDS = { Created: 'kind of order' }; export const kind = KINDS.Created;"
    constants = words(tmp_path / "constants", kinds)
    assert ("mail/src/store.ts", 4) not in constants.renamed("Created", "Made")[0]


@pytest.mark.parametrize(
    ("library", "refused"),
    [
        # a method of the same name that is not the library's is given the same word
        ("bullmq", {"close": "stands also at src/queues.ts:50", "print": "stands also at src/queues.ts:23"}),
        # a property of the message names one, types the others
        ("amqplib", {"Journal": "named after the type `Journal`", "Order": "named after the type `Order`"}),
        ("boto3", {}),  # attributes of messages, types of entries
        ("eventstore-dotnet", {}),
    ],
)
def test_an_event_of_a_library_is_renamed_where_its_name_is_written(library: str, refused: Mapping[str, str]) -> None:
    told = Events(FIXTURES / "libraries" / library).refusals()
    assert told.keys() == refused.keys()
    assert [one for one, said in told.items() if refused[one] not in said] == []


def test_an_event_of_a_type_from_elsewhere_is_refused() -> None:
    events = Events(FIXTURES / "libraries" / "spring-cloud-stream")
    with pytest.raises(
        NotRenamable, match=r"a type that no file of the workspace declares \(src/main/java/shop/Orders.java:\d+\)"
    ):
        events.renamed("Long")


def test_two_events_of_a_channel_do_not_become_one(tmp_path: Path) -> None:
    closing = TICKETS.replace("'tickets'", "'orders'").replace("order.created", "order.closed")
    events = shop(tmp_path, **{"orders/src/tickets.ts": closing})
    with pytest.raises(
        NotRenamable, match=r"there is an event order.closed on its channel already \(orders/src/tickets.ts:6\)"
    ):
        events.renamed("order.created", "order.closed")


def test_once_the_type_is_renamed_the_event_follows(tmp_path: Path) -> None:
    root = tmp_path / "storefront"
    shutil.copytree(FIXTURES / "storefront", root, ignore=shutil.ignore_patterns("node_modules"))
    types = root / "packages/messaging/src/events/order-events.ts"
    types.write_text(types.read_text().replace("type CartAbandoned =", "type CartLeft ="))
    assert Events(root).renamed("CartAbandoned", "CartLeft") == [
        [("packages/messaging/src/events/order-events.ts", 18), ("services/orders/src/carts/abandon-carts.ts", 19)]
    ]
