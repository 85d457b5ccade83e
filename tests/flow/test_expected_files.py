"""Which files workers are asked for ahead: those that the functions that publish, or call what publishes, lead to."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from eventlens.flow.expected_files import ExpectedFiles

from .conftest import Find

TYPESCRIPT = {
    "src/place.ts": """
        import { Kafka } from 'kafkajs';
        import { Orders } from './orders';
        import { report } from './report';
        const producer = new Kafka({ brokers: [] }).producer();
        export class Placing {
          constructor(private readonly orders: Orders) {}
          async place(id: string) {
            await this.orders.save(id);
            await producer.send({ topic: 'orders', messages: [{ value: id }] });
          }
        }
        export function daily() { report(); }
    """,
    "src/orders.ts": "export class Orders { async save(id: string) {} }\n",
    "src/report.ts": "export function report() {}\n",
}
PYTHON = {
    "shop/place.py": """
        from confluent_kafka import Producer
        from shop.orders import save
        from shop.report import report
        producer = Producer({})
        def place(order):
            save(order)
            producer.produce("orders", order)
        def daily():
            report()
    """,
    "shop/orders.py": "def save(order):\n    pass\n",
    "shop/report.py": "def report():\n    pass\n",
    "shop/__init__.py": "",
}
JAVA = {
    "src/main/java/shop/Placing.java": """
        package shop;
        import org.springframework.kafka.core.KafkaTemplate;
        import shop.store.*;
        class Placing {
          private final KafkaTemplate<String, String> kafka;
          Placing(KafkaTemplate<String, String> kafka) { this.kafka = kafka; }
          void place(String id, Orders orders) {
            orders.save(id);
            kafka.send("orders", id);
          }
        }
        class Daily { void run(Reports reports) { reports.write(); } }
    """,
    "src/main/java/shop/store/Orders.java": "package shop.store;\npublic class Orders { public void save(String id) {} }\n",
    "src/main/java/shop/store/Reports.java": "package shop.store;\npublic class Reports { public void write() {} }\n",
}
CSHARP = {
    "Shop/Placing.cs": """
        using Confluent.Kafka;
        using Shop.Store;
        namespace Shop;
        public class Placing {
          private readonly IProducer<string, string> producer;
          private readonly Orders orders;
          public Placing(IProducer<string, string> producer, Orders orders) { this.producer = producer; this.orders = orders; }
          public async Task Place(string id) {
            orders.Save(id);
            await producer.ProduceAsync("orders", new Message<string, string> { Value = id });
          }
        }
        public class Daily { public void Run(Reports reports) { reports.Write(); } }
    """,
    "Shop/Store/Orders.cs": "namespace Shop.Store;\npublic class Orders { public void Save(string id) {} }\n",
    "Shop/Store/Reports.cs": "namespace Shop.Store;\npublic class Reports { public void Write() {} }\n",
}
GO = {
    "go.mod": "module acme.org/shop\n",
    "place/place.go": """
        package place
        import (
            "context"
            "acme.org/shop/store"
            "github.com/segmentio/kafka-go"
        )
        func Place(ctx context.Context, writer *kafka.Writer, orders *store.Orders) {
            orders.Save()
            writer.WriteMessages(ctx, kafka.Message{Topic: "orders"})
        }
        func Daily(reports *store.Reports) { reports.Write() }
    """,
    "store/orders.go": "package store\ntype Orders struct{}\nfunc (o *Orders) Save() {}\n",
    "store/reports.go": "package store\ntype Reports struct{}\nfunc (r *Reports) Write() {}\n",
}


@pytest.mark.parametrize("texts", [TYPESCRIPT, PYTHON, JAVA, CSHARP, GO], ids=["ts", "py", "java", "cs", "go"])
def test_what_a_publishing_function_calls_is_expected_and_nothing_else(find: Find, texts: Mapping[str, str]) -> None:
    graph = find(texts).graph
    expected = ExpectedFiles(graph.program).entered(node for node, _ in graph.nodes)
    named = {path.rpartition("/")[2].partition(".")[0].lower() for path in expected}
    assert "orders" in named
    assert not named & {"report", "reports"}


def test_what_callers_of_a_publishing_function_call_is_expected_too(find: Find) -> None:
    caller = """
        from shop.audit import note
        from shop.place import place
        def accept(order):
            note(order)
            place(order)
    """
    texts = {**PYTHON, "shop/accept.py": caller, "shop/audit.py": "def note(order):\n    pass\n"}
    graph = find(texts).graph
    graph.program.load(["shop/accept.py"])
    expected = ExpectedFiles(graph.program)
    nodes = [node for node, _ in graph.nodes]
    assert "shop/accept.py" in expected.calling(nodes)
    assert "shop/audit.py" in expected.entered(nodes)
