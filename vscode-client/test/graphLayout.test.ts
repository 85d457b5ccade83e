import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import type { FlowMap } from "../src/flows/map";
import { neighbour } from "../src/graph/directions";
import { isLarge, labelOf, layOut, type Layout, type Measure, type PlacedNode } from "../src/graph/layout";
import { buildGraph, type Graph } from "../src/graph/model";
import { REPOSITORY, serverPython } from "./storefront";
import { channel, graphOf, site } from "./support/maps";

const ROOM = { width: 1200, height: 700 };
const MEASURE: Measure = {
  node: ({ label, detail }) => ({ width: 40 + 8 * Math.max(label.length, detail.length), height: 44 }),
  label: (text) => ({ width: 7 * text.length, height: 14 }),
};

function mapOf(fixture: string): Graph {
  const args = ["-I", "-m", "eventlens", "map", join(REPOSITORY, "fixtures", fixture), "--format", "json"];
  const json = execFileSync(serverPython(), args, { encoding: "utf8", maxBuffer: 1 << 28 });
  return buildGraph([{ uri: "file:///w", complete: true, map: JSON.parse(json) as FlowMap }]);
}

function overlap(one: PlacedNode, other: PlacedNode): boolean {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}

function check(layout: Layout): void {
  layout.nodes.forEach((node, index) => {
    assert.ok(node.x >= 0 && node.y >= 0 && node.x + node.width <= layout.width && node.y + node.height <= layout.height, node.node.label);
    assert.deepEqual(layout.nodes.slice(index + 1).filter((other) => overlap(node, other)), []);
  });
  for (const { edge, points } of layout.edges) assert.ok(points.length >= 2, edge.id);
}

for (const [fixture, circles] of [["storefront", 4], ["fleet", 6]] as const) {
  test(`the ${fixture}'s own map: every end of an edge is there, every id is one, nothing overlaps`, async () => {
    const graph = mapOf(fixture);
    const ids = new Set(graph.nodes.map(({ id }) => id));
    assert.equal(ids.size, graph.nodes.length);
    assert.equal(new Set(graph.edges.map(({ id }) => id)).size, graph.edges.length);
    assert.deepEqual(graph.edges.filter(({ from, to }) => !ids.has(from) || !ids.has(to)), []);
    assert.equal(graph.nodes.filter(({ kind }) => kind === "service").length, 5);
    assert.ok(graph.edges.filter(({ inCycle }) => inCycle).length >= circles);
    check(await layOut(graph, MEASURE, ROOM));
  });
}

test("a chain is drawn along the longer side of the room", async () => {
  const names = ["a", "b", "c", "d", "e"];
  const sites = names.flatMap((name, index) => [site("publish", `s${index}`, [name]), site("subscribe", `s${index + 1}`, [name])]);
  const graph = graphOf({ channels: names.map((name) => channel(name)), sites });
  const wide = await layOut(graph, MEASURE, { width: 2000, height: 200 });
  const high = await layOut(graph, MEASURE, { width: 200, height: 2000 });
  assert.ok(wide.width > wide.height && high.height > high.width);
});

test("a graph of a thousand edges is laid out", async () => {
  const channels = Array.from({ length: 300 }, (_, index) => channel(`topic-${index}`));
  const sites = Array.from({ length: 1000 }, (_, index) =>
    site(index % 3 === 0 ? "publish" : "subscribe", `service-${(index * 7) % 40}`, [`topic-${(index * 13) % 300}`], { id: `s${index}` }),
  );
  const graph = graphOf({ channels, sites });
  assert.ok(isLarge(graph));
  const layout = await layOut(graph, MEASURE, ROOM);
  assert.equal(layout.edges.filter(({ points }) => points.length < 2).length, 0);
});

test("nothing is laid out as nothing", async () => {
  assert.deepEqual((await layOut({ nodes: [], edges: [] }, MEASURE, ROOM)).nodes, []);
});

test("after two events the others are counted", () => {
  const sites = ["A", "B", "C", "D"].map((event) => site("publish", "orders", ["a"], { id: event, event }));
  const [edge] = graphOf({ channels: [channel("a")], sites }).edges;
  assert.equal(edge === undefined ? "" : labelOf(edge), "A, B +2");
});

test("arrow keys lead to the nearest node ahead, and nowhere beyond the last", () => {
  const at = (label: string, x: number, y: number): PlacedNode => ({
    node: { id: label, kind: "channel", label, detail: "", broker: null, place: null, marks: [], inCycle: false },
    x,
    y,
    width: 10,
    height: 10,
  });
  const [left, middle, far, above] = [at("left", 0, 0), at("middle", 50, 5), at("far", 90, 0), at("above", 45, -60)] as const;
  const nodes = [far, above, left, middle];
  assert.equal(neighbour(nodes, left, "right"), middle);
  assert.equal(neighbour(nodes, middle, "left"), left);
  assert.equal(neighbour(nodes, middle, "up"), above);
  assert.equal(neighbour(nodes, far, "right"), null);
});
