import assert from "node:assert/strict";
import { test } from "node:test";
import { choices, EVERYTHING, type Filter, filtered, still } from "../src/graph/filter";
import { channel, finding, graphOf, site } from "./support/maps";

const placed = site("publish", "orders", ["placed"], { event: "OrderPlaced" });
const graph = graphOf({
  channels: [channel("placed"), channel("bus", { kind: "exchange", broker: "rabbitmq" }), channel("mails", { kind: "queue", broker: "rabbitmq" })],
  bindings: [{ from: "id-bus", to: "id-mails", pattern: null, declared: [] }],
  sites: [
    placed,
    site("subscribe", "stock", ["placed"]),
    site("publish", "stock", ["bus"], { broker: "rabbitmq", channel_kind: "exchange", event: "Reserved" }),
    site("subscribe", "mail", ["mails"], { broker: "rabbitmq", channel_kind: "queue" }),
  ],
  findings: [finding(placed, "dual-write")],
});

function shown(filter: Partial<Filter>): string[] {
  return filtered(graph, { ...EVERYTHING, ...filter })
    .nodes.map(({ label }) => label)
    .sort();
}

function serviceId(label: string): string {
  return graph.nodes.find((node) => node.kind === "service" && node.label === label)?.id ?? "";
}

test("without a filter everything is shown", () => {
  assert.equal(filtered(graph, EVERYTHING), graph);
});

test("a service is shown with its channels and who is at their other end, also behind a binding", () => {
  assert.deepEqual(shown({ service: serviceId("orders") }), ["orders", "placed", "stock"]);
  assert.deepEqual(shown({ service: serviceId("mail") }), ["bus", "mail", "mails", "stock"]);
});

test("a broker is shown with the services that use it", () => {
  assert.deepEqual(shown({ broker: "rabbitmq" }), ["bus", "mail", "mails", "stock"]);
});

test("an event is shown with its publisher and with consumers that name none", () => {
  assert.deepEqual(shown({ event: "OrderPlaced" }), ["orders", "placed", "stock"]);
});

test("a text is found in names of services, channels and events in any case", () => {
  assert.deepEqual(shown({ text: "MAILS" }), ["bus", "mail", "mails"]);
  assert.deepEqual(shown({ text: " reserved " }), ["bus", "stock"]);
  assert.deepEqual(shown({ text: "nowhere" }), []);
});

test("only what has findings", () => {
  assert.deepEqual(shown({ findingsOnly: true }), ["orders", "placed"]);
});

test("filters narrow one another", () => {
  assert.deepEqual(shown({ broker: "kafka", text: "mail" }), []);
});

test("what can be chosen is sorted and named once", () => {
  const offered = choices(graph);
  assert.deepEqual(offered.services.map(({ label }) => label), ["mail", "orders", "stock"]);
  assert.deepEqual(offered.brokers, ["kafka", "rabbitmq"]);
  assert.deepEqual(offered.events, ["OrderPlaced", "Reserved"]);
});

test("a choice that the graph no longer offers is dropped, the text is kept", () => {
  const filter = { ...EVERYTHING, service: serviceId("mail"), broker: "sqs", event: "Gone", text: "x" };
  assert.deepEqual(still(filter, choices(graph)), { ...EVERYTHING, service: serviceId("mail"), text: "x" });
});
