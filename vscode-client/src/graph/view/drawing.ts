/** Draws a layout as SVG. All colours come from the style sheet, and so from the editor's theme. */

import type { Layout, PlacedEdge, PlacedNode } from "../layout";
import { type Severity, worst } from "../model";
import { spoken } from "./details";
import { svg } from "./elements";
import { DETAIL_FONT, LABEL_FONT, LABEL_MARK, NODE_FONT, PADDING, shortened, shortLabel } from "./measure";

export interface Drawing {
  readonly root: SVGGElement;
  readonly nodes: ReadonlyMap<string, SVGGElement>;
  readonly edges: ReadonlyMap<string, SVGGElement>;
}

const CORNER = 6;
/** The broker's colours repeat after these; its name stands in the node too. */
const COLOURS = 6;

export function draw(layout: Layout): Drawing {
  const brokers = [...new Set(layout.nodes.flatMap(({ node }) => node.broker ?? []))].sort();
  const nodes = new Map(layout.nodes.map((placed) => [placed.node.id, nodeElement(placed, layout, brokers)]));
  const edges = new Map(layout.edges.map((placed) => [placed.edge.id, edgeElement(placed)]));
  const root = svg("g", { class: "graph" }, [
    svg("g", { class: "edges", "aria-hidden": "true" }, [...edges.values()]),
    svg("g", { class: "nodes" }, [...nodes.values()]),
  ]);
  return { root, nodes, edges };
}

function nodeElement({ node, x, y, width, height }: PlacedNode, layout: Layout, brokers: readonly string[]): SVGGElement {
  const severity = worst(node.marks);
  const colour = node.broker === null ? "" : ` broker-${brokers.indexOf(node.broker) % COLOURS}`;
  const classes = `node ${node.kind}${colour}${severity === null ? "" : ` has-${severity}`}${node.inCycle ? " in-cycle" : ""}`;
  const radius = node.kind === "service" ? 4 : height / 2;
  const element = svg("g", { class: classes, transform: `translate(${x} ${y})`, role: "button", tabindex: -1, "data-id": node.id }, [
    svg("title", {}, [spoken(node, layout.edges.map(({ edge }) => edge))]),
    svg("rect", { class: "body", width, height, rx: radius }),
    svg("text", { class: "name", x: PADDING, y: node.detail === "" ? height / 2 + NODE_FONT / 3 : 19, "font-size": NODE_FONT }, [shortened(node.label)]),
    svg("text", { class: "detail", x: PADDING, y: 35, "font-size": DETAIL_FONT }, [node.detail]),
  ]);
  element.setAttribute("aria-label", spoken(node, layout.edges.map(({ edge }) => edge)));
  if (severity !== null) element.append(markElement(severity, width - PADDING - 4, height / 2));
  return element;
}

function edgeElement({ edge, points, label }: PlacedEdge): SVGGElement {
  const severity = worst(edge.marks);
  const classes = `edge ${edge.kind}${severity === null ? "" : ` has-${severity}`}${edge.inCycle ? " in-cycle" : ""}`;
  const path = rounded(points);
  const element = svg("g", { class: classes, "data-id": edge.id }, [
    svg("title", {}, [edgeTitle(edge)]),
    svg("path", { class: "reach", d: path }),
    svg("path", { class: "line", d: path }),
    svg("path", { class: "head", d: arrowHead(points) }),
  ]);
  if (label !== null) {
    const { x, y, width, height, text } = label;
    element.append(
      svg("rect", { class: "label-ground", x, y, width, height, rx: 3 }),
      svg("text", { class: "label", x: x + 3 + (severity === null ? 0 : LABEL_MARK), y: y + height - 3, "font-size": LABEL_FONT }, [shortLabel(text)]),
    );
  }
  if (severity !== null) element.append(edgeMark(severity, points, label));
  return element;
}

function edgeTitle({ label, marks }: PlacedEdge["edge"]): string {
  return [label, ...marks.map(({ rule, message }) => `${rule}: ${message}`)].filter((line) => line !== "").join("\n");
}

function edgeMark(severity: Severity, points: PlacedEdge["points"], label: PlacedEdge["label"]): SVGGElement {
  if (label !== null) return markElement(severity, label.x + LABEL_MARK / 2, label.y + label.height / 2);
  const [first, second] = points;
  if (first === undefined || second === undefined) return svg("g", {});
  return markElement(severity, (first.x + second.x) / 2, (first.y + second.y) / 2);
}

/** A sign that differs in shape too: a crossed circle, a triangle, a circle with an i. */
function markElement(severity: Severity, x: number, y: number): SVGGElement {
  const shape = severity === "warning" ? "M0 -6.5 L7 6 L-7 6 Z" : "M-6.5 0 A6.5 6.5 0 1 1 6.5 0 A6.5 6.5 0 1 1 -6.5 0 Z";
  const sign = { error: "M-2.5 -2.5 L2.5 2.5 M2.5 -2.5 L-2.5 2.5", warning: "M0 -2.5 L0 2 M0 3.8 L0 4.4" }[severity as string];
  return svg("g", { class: `mark ${severity}`, transform: `translate(${x} ${y})` }, [
    svg("path", { class: "mark-ground", d: shape }),
    svg("path", { class: "mark-sign", d: sign ?? "M0 -1 L0 3.5 M0 -3.8 L0 -3.2" }),
  ]);
}

/** A line through points whose corners are round. */
function rounded(points: PlacedEdge["points"]): string {
  const steps: string[] = [];
  points.forEach((point, index) => {
    const [before, after] = [points[index - 1], points[index + 1]];
    if (before === undefined) steps.push(`M${point.x} ${point.y}`);
    else if (after === undefined) steps.push(`L${point.x} ${point.y}`);
    else {
      const [start, end] = [towards(point, before), towards(point, after)];
      steps.push(`L${start.x} ${start.y} Q${point.x} ${point.y} ${end.x} ${end.y}`);
    }
  });
  return steps.join(" ");
}

type Point = PlacedEdge["points"][number];

/** A point a corner's radius from one towards another, at most half way. */
function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(CORNER, length / 2) / length;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

function arrowHead(points: PlacedEdge["points"]): string {
  const [before, end] = points.slice(-2);
  if (before === undefined || end === undefined) return "";
  const angle = Math.atan2(end.y - before.y, end.x - before.x);
  const wing = (turn: number): string => `${end.x - 8 * Math.cos(angle + turn)} ${end.y - 8 * Math.sin(angle + turn)}`;
  return `M${end.x} ${end.y} L${wing(0.42)} L${wing(-0.42)} Z`;
}
