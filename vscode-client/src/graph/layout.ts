/**
 * Where nodes and edges are drawn: ELK's layered layout, from publishers to consumers, rightwards or downwards, whichever is shown
 * larger in the room that there is.
 */

import ElkEngine, { type ElkExtendedEdge, type ElkNode, type ElkPoint } from "elkjs/lib/elk.bundled.js";
import type { Graph, GraphEdge, GraphNode } from "./model";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface PlacedNode extends Size {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge {
  readonly edge: GraphEdge;
  /** From the start over the bends to the end. */
  readonly points: readonly ElkPoint[];
  /** The upper left corner and size of the label, with room for the mark of a finding; null where there is none. */
  readonly label: (ElkPoint & Size & { readonly text: string }) | null;
}

/** Lengths are in CSS pixels, from the upper left corner of the drawing. */
export interface Layout extends Size {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** How large text is drawn. */
export interface Measure {
  node(node: GraphNode): Size;
  label(text: string, marked: boolean): Size;
}

const OPTIONS: Readonly<Record<string, string>> = {
  "elk.algorithm": "layered",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.padding": "[top=16,left=16,bottom=16,right=16]",
  "elk.spacing.nodeNode": "22",
  "elk.spacing.edgeNode": "16",
  "elk.spacing.edgeEdge": "10",
  "elk.spacing.componentComponent": "36",
  "elk.aspectRatio": "1.6",
  "elk.edgeLabels.inline": "false",
  "elk.layered.spacing.nodeNodeBetweenLayers": "36",
  "elk.layered.spacing.edgeNodeBetweenLayers": "14",
};

/** Names of events after this many are counted. */
const NAMED_EVENTS = 2;

export function labelOf({ events, label }: GraphEdge): string {
  if (events.length <= NAMED_EVENTS) return label;
  return `${events.slice(0, NAMED_EVENTS).join(", ")} +${events.length - NAMED_EVENTS}`;
}

/** Straight lines in a steady order, for graphs that a person can survey; for others what needs neither minutes nor a deep stack. */
const SIZES: Readonly<Record<"small" | "large", Readonly<Record<string, string>>>> = {
  small: { "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX", "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES" },
  large: { "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF" },
};

/** Graphs with more edges take seconds, and are drawn without labels. */
const LARGE = 250;

export function isLarge({ edges }: Graph): boolean {
  return edges.length > LARGE;
}

/** A layout of the graph for a room of some size. */
export async function layOut(graph: Graph, measure: Measure, room: Size): Promise<Layout> {
  if (isLarge(graph)) return directed("RIGHT", "large", graph, measure);
  const [right, down] = [await directed("RIGHT", "small", graph, measure), await directed("DOWN", "small", graph, measure)];
  return fit(right, room) >= fit(down, room) ? right : down;
}

/** How large something can be shown whole; 1 is its own size, beyond which nothing is gained. */
function fit({ width, height }: Size, room: Size): number {
  return Math.min(room.width / width, room.height / height, 1);
}

async function directed(direction: "RIGHT" | "DOWN", size: keyof typeof SIZES, graph: Graph, measure: Measure): Promise<Layout> {
  const engine = new ElkEngine();
  const placed: ElkNode = await engine.layout<ElkNode>({
    id: "graph",
    layoutOptions: { ...OPTIONS, ...SIZES[size], "elk.direction": direction },
    children: graph.nodes.map((node) => ({ id: node.id, ...measure.node(node) })),
    edges: graph.edges.map((edge) => elkEdge(edge, size === "small" ? labelOf(edge) : "", measure)),
  });
  const nodes = new Map((placed.children ?? []).map((child) => [child.id, child]));
  const edges = new Map((placed.edges ?? []).map((edge) => [edge.id, edge]));
  return {
    width: placed.width ?? 0,
    height: placed.height ?? 0,
    nodes: graph.nodes.map((node) => placedNode(node, nodes.get(node.id))),
    edges: graph.edges.map((edge) => placedEdge(edge, edges.get(edge.id))),
  };
}

function elkEdge(edge: GraphEdge, text: string, measure: Measure): ElkExtendedEdge {
  const labels = text === "" ? [] : [{ text, ...measure.label(text, edge.marks.length > 0) }];
  return { id: edge.id, sources: [edge.from], targets: [edge.to], labels };
}

function placedNode(node: GraphNode, found: ElkNode | undefined): PlacedNode {
  return { node, x: found?.x ?? 0, y: found?.y ?? 0, width: found?.width ?? 0, height: found?.height ?? 0 };
}

function placedEdge(edge: GraphEdge, found: ElkExtendedEdge | undefined): PlacedEdge {
  const points = (found?.sections ?? []).flatMap(({ startPoint, bendPoints, endPoint }) => [startPoint, ...(bendPoints ?? []), endPoint]);
  const label = found?.labels?.[0];
  if (label?.text === undefined) return { edge, points, label: null };
  return { edge, points, label: { text: label.text, x: label.x ?? 0, y: label.y ?? 0, width: label.width ?? 0, height: label.height ?? 0 } };
}
