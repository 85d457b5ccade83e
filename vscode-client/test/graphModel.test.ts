import assert from "node:assert/strict";
import { test } from "node:test";
import { buildGraph, type Graph, type GraphEdge, worst } from "../src/graph/model";
import { channel, finding, flowMap, FOLDER, graphOf, site } from "./support/maps";

function named(graph: Graph, edge: GraphEdge): string {
  const label = (id: string): string => graph.nodes.find((node) => node.id === id)?.label ?? "?";
  return `${label(edge.from)} -${edge.kind}-> ${label(edge.to)}`;
}

test("a publish leads from its service to the channel, a subscription from the channel to its service", () => {
  const graph = graphOf({ channels: [channel("placed")], sites: [site("publish", "orders", ["placed"]), site("subscribe", "mail", ["placed"])] });
  assert.deepEqual(graph.edges.map((edge) => named(graph, edge)), ["orders -publish-> placed", "placed -subscribe-> mail"]);
  assert.deepEqual(
    graph.nodes.map(({ kind, label, detail, broker }) => [kind, label, detail, broker]),
    [
      ["service", "mail", "", null],
      ["service", "orders", "typescript", null],
      ["channel", "placed", "kafka topic", "kafka"],
    ],
  );
});

test("sites with the same ends are one edge that names each event once and keeps each site", () => {
  const sites = ["Placed", "Cancelled", "Placed"].map((event, index) => site("publish", "orders", ["events"], { id: `s${index}`, event, line: index + 1 }));
  const { edges } = graphOf({ channels: [channel("events")], sites });
  assert.deepEqual(edges.map(({ events, label, ports }) => [events, label, ports.length]), [[["Placed", "Cancelled"], "Placed, Cancelled", 3]]);
  assert.deepEqual(edges[0]?.ports[2]?.place, { folder: FOLDER, file: "orders/publish.ts", line: 3, column: 5 });
});

test("a site with several possible channels leads to all of them; one of another kind or broker is another channel", () => {
  const channels = [channel("a"), channel("b"), channel("a", { id: "queue", kind: "queue" }), channel("a", { id: "nats", broker: "nats" })];
  const graph = graphOf({ channels, sites: [site("publish", "orders", ["a", "b"])] });
  assert.deepEqual(graph.edges.map(({ to }) => to), [`channel ${FOLDER} id-a`, `channel ${FOLDER} id-b`]);
  assert.equal(graph.nodes.filter(({ kind }) => kind === "channel").length, 2);
});

test("code of tests is left out, and so is a channel that nothing touches", () => {
  assert.deepEqual(graphOf({ channels: [channel("a")], sites: [site("publish", "orders", ["a"], { source_set: "test" })] }), { nodes: [], edges: [] });
});

test("bindings between the same channels are one edge with all patterns; an unknown end is left out", () => {
  const channels = [channel("exchange", { kind: "exchange" }), channel("queue", { kind: "queue" })];
  const binding = { from: "id-exchange", to: "id-queue", pattern: "order.*", declared: [{ file: "main.tf", line: 7 }] };
  const graph = graphOf({ channels, bindings: [binding, { ...binding, pattern: "cart.*" }, { ...binding, to: "gone" }] });
  assert.deepEqual(graph.edges.map((edge) => [named(graph, edge), edge.label, edge.place?.line]), [["exchange -binding-> queue", "order.*, cart.*", 7]]);
});

test("dead letters lead to the channel of the same broker", () => {
  const channels = [channel("jobs", { dead_letter: "failed" }), channel("failed"), channel("failed", { id: "other", broker: "nats" })];
  const graph = graphOf({ channels });
  assert.deepEqual(graph.edges.map((edge) => [named(graph, edge), edge.to]), [["jobs -dead-letter-> failed", `channel ${FOLDER} id-failed`]]);
});

test("findings mark the edge of their site and both its ends; a suppressed one and a hint mark nothing", () => {
  const [publish, subscribe] = [site("publish", "orders", ["a"]), site("subscribe", "mail", ["a"])];
  const findings = [finding(publish, "dual-write"), finding(subscribe, "auto-ack", { suppressed: true }), finding(subscribe, "missing-event-version", { severity: "hint" })];
  const graph = graphOf({ channels: [channel("a")], sites: [publish, subscribe], findings });
  const marked = [...graph.nodes, ...graph.edges].filter(({ marks }) => marks.length > 0).map(({ id }) => id.split(" ")[0]);
  assert.deepEqual(marked, ["service", "channel", "publish"]);
});

test("a circle goes through the sites of its evidence, and through no others", () => {
  const sites = [
    site("publish", "orders", ["requests"]),
    site("subscribe", "stock", ["requests"]),
    site("publish", "stock", ["levels"]),
    site("subscribe", "orders", ["levels"]),
    site("subscribe", "mail", ["levels"]),
  ];
  const related = sites.slice(0, 4).map(({ file, line }) => ({ file, line, message: "" }));
  const [, , closing] = sites;
  assert.ok(closing);
  const circle = finding(closing, "circular-flow", { related });
  const graph = graphOf({ channels: [channel("requests"), channel("levels")], sites, findings: [circle] });
  assert.equal(graph.edges.filter(({ inCycle }) => inCycle).length, 4);
  assert.deepEqual(graph.nodes.filter(({ inCycle }) => !inCycle).map(({ label }) => label), ["mail"]);
});

test("a site of another repository has no code to open, and its service is its own", () => {
  const graph = graphOf({ channels: [channel("a")], sites: [site("publish", "orders", ["a"]), site("subscribe", "orders", ["a"], { origin: "billing" })] });
  assert.deepEqual(graph.nodes.filter(({ kind }) => kind === "service").map(({ label, place }) => [label, place === null]), [
    ["billing/orders", true],
    ["orders", false],
  ]);
});

test("what runs outside any service is drawn too", () => {
  const graph = graphOf({ channels: [channel("a")], sites: [site("publish", null, ["a"])] });
  assert.deepEqual(graph.nodes.map(({ label }) => label), ["outside any service", "a"]);
});

test("folders do not mix, and one that is not read yet has nothing", () => {
  const map = flowMap({ channels: [channel("a")], sites: [site("publish", "orders", ["a"])] });
  const folders = ["file:///one", "file:///two"].map((uri) => ({ uri, complete: true, map }));
  const graph = buildGraph([...folders, { uri: "file:///three", complete: false, map: null }]);
  assert.equal(new Set(graph.nodes.map(({ id }) => id)).size, 4);
  assert.equal(graph.edges.length, 2);
});

test("the worst mark counts", () => {
  const marks = (["info", "warning", "hint"] as const).map((severity) => ({ severity, rule: "", message: "" }));
  assert.equal(worst(marks), "warning");
  assert.equal(worst([]), null);
});
