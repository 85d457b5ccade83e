import assert from "node:assert/strict";
import { test } from "node:test";
import { endsOf, sitesAt } from "../src/flows/lookup";
import { buildTree, type FlowNode } from "../src/tree/nodes";
import { inFolder, storefrontMap } from "./storefront";

const MAP = storefrontMap();
const TREE = buildTree([inFolder(MAP)]);

function child(node: FlowNode | undefined, label: string): FlowNode {
  const found = node?.children.find((one) => one.label === label);
  assert.ok(found, `${label} is not among ${node?.children.map((one) => one.label).join(", ") ?? "nothing"}`);
  return found;
}

function everyNode(nodes: readonly FlowNode[]): FlowNode[] {
  return nodes.flatMap((node) => [node, ...everyNode(node.children)]);
}

test("services have channels, and these their sites", () => {
  const [services] = TREE;
  assert.deepEqual(services?.children.map(({ label }) => label), ["inventory", "notifications", "orders", "payments", "shipping"]);
  const channel = child(child(services, "orders"), "order-events");
  assert.equal(channel.description, "kafka · publishes");
  assert.deepEqual(
    channel.children.map(({ label, icon, description }) => [label, icon, description]),
    MAP.sites
      .filter((site) => site.service === "orders" && site.channel === "order-events" && site.role === "publish")
      .map((site) => [site.event ?? "EventEnvelope", "arrow-right", `${site.file.slice("services/orders/".length)}:${site.line}`]),
  );
});

test("every site of the map is listed under its service and leads to its place", () => {
  const [services] = TREE;
  const leaves = everyNode(services?.children ?? []).filter(({ kind }) => kind === "site");
  assert.deepEqual(new Set(leaves.map(({ id }) => id.split("\n").at(-1))), new Set(MAP.sites.map(({ id }) => id)));
  for (const site of MAP.sites) {
    const leaf = leaves.find(({ id }) => id.endsWith(site.id));
    assert.deepEqual(leaf?.place, { folder: "file:///storefront", file: site.file, line: site.line, column: site.column });
  }
});

test("events have both ends, also where a consumer learns the event from the flow", () => {
  const [, events] = TREE;
  const order = child(events, "OrderCancelled");
  const producers = order.children.filter(({ icon }) => icon === "arrow-right");
  const consumers = order.children.filter(({ icon }) => icon === "arrow-left");
  assert.deepEqual(producers.map(({ label }) => label), ["orders"]);
  assert.deepEqual(consumers.map(({ label }) => label).sort(), ["inventory", "payments"]);
  assert.equal(order.description, "kafka · 1 → 2");
});

test("identifiers are unique, and the same in the next map", () => {
  const ids = everyNode(TREE).map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(everyNode(buildTree([inFolder(structuredClone(MAP))])).map(({ id }) => id), ids);
  const twice = everyNode(buildTree([inFolder(MAP), inFolder(MAP, "file:///other")])).map(({ id }) => id);
  assert.equal(new Set(twice).size, twice.length);
});

test("nothing is shown before there is a map", () => {
  assert.deepEqual(buildTree([]), []);
  assert.deepEqual(buildTree([inFolder(null)]), []);
  assert.deepEqual(buildTree([inFolder({ ...MAP, sites: [] })]), []);
});

test("a site of another repository leads nowhere here, and a channel that is not known is said", () => {
  const [first] = MAP.sites;
  assert.ok(first);
  const elsewhere = { ...first, id: "elsewhere", origin: "billing" };
  const unknown = { ...first, id: "unknown", channel: null, channels: [], channel_expression: "topicFor(kind)", event: null };
  const nodes = everyNode(buildTree([inFolder({ ...MAP, sites: [elsewhere, unknown], flows: [] })]));
  assert.equal(nodes.find(({ id }) => id.endsWith("elsewhere"))?.place, null);
  assert.match(nodes.find(({ id }) => id.endsWith("elsewhere"))?.description ?? "", /billing$/);
  const channel = nodes.find(({ label }) => label === "topicFor(kind) (not known)");
  assert.equal(channel?.icon, "question");
  assert.equal(channel.channel, null);
});

test("the ends of a channel are those that name it, and those that its messages reach over others", () => {
  const exchange = MAP.channels.find(({ name }) => name === "payments");
  assert.ok(exchange);
  const consumers = endsOf(exchange, "subscribe", MAP);
  assert.ok(consumers.some((site) => site.channel === "notifications.payment-captured"));
  assert.ok(endsOf(exchange, "publish", MAP).every((site) => site.role === "publish"));
});

test("a site is found by its line", () => {
  const [site] = MAP.sites;
  assert.ok(site);
  assert.ok(sitesAt(site.file, site.line, MAP).includes(site));
  assert.deepEqual(sitesAt(site.file, 1, MAP), []);
});
