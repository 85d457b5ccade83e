/** What is told of a node beside the graph: its publishes and subscriptions, each leading to its code, and its findings. */

import type { CodePlace } from "../../flows/map";
import type { Graph, GraphEdge, GraphNode, Mark, Port } from "../model";
import { html } from "./elements";

type Open = (place: CodePlace) => void;

/** A node in one sentence, for those who hear it. */
export function spoken(node: GraphNode, edges: readonly GraphEdge[]): string {
  const count = (kind: GraphEdge["kind"], end: "from" | "to"): number => edges.filter((edge) => edge.kind === kind && edge[end] === node.id).length;
  const links =
    node.kind === "service"
      ? `publishes to ${counted(count("publish", "from"), "channel")}, consumes ${counted(count("subscribe", "to"), "channel")}`
      : `${counted(count("publish", "to"), "producer")}, ${counted(count("subscribe", "from"), "consumer")}`;
  const findings = node.marks.length === 0 ? "" : `, ${counted(node.marks.length, "finding")}`;
  const what = node.kind === "service" ? "service" : node.detail;
  return `${what} ${node.label}: ${links}${findings}${node.inCycle ? ", part of a circle" : ""}`;
}

/** Fill the element with what is known of a node. */
export function showDetails(element: HTMLElement, node: GraphNode, graph: Graph, open: Open): void {
  const own = [...graph.edges.filter(({ to }) => to === node.id), ...graph.edges.filter(({ from }) => from === node.id)];
  const labels = new Map(graph.nodes.map(({ id, label }) => [id, label]));
  const kind = node.kind === "service" ? ["service", node.detail].filter((part) => part !== "").join(", ") : node.detail;
  element.replaceChildren(
    html("h2", {}, [node.label]),
    html("p", { class: "kind" }, [kind]),
    ...own.flatMap((edge) => edgeDetails(edge, node, labels, open)),
    ...marksDetails(node.marks),
  );
}

function edgeDetails(edge: GraphEdge, node: GraphNode, labels: ReadonlyMap<string, string>, open: Open): HTMLElement[] {
  const out = edge.from === node.id;
  const other = labels.get(out ? edge.to : edge.from) ?? "";
  const heading = html("h3", {}, [`${out ? "→" : "←"} ${other}`]);
  if (edge.kind === "binding" || edge.kind === "dead-letter") {
    const name = edge.kind === "binding" ? `bound${edge.label === "" ? "" : ` by ${edge.label}`}` : "takes the dead letters";
    return [heading, html("ul", {}, [html("li", {}, [placeButton(name, edge.place, open)])])];
  }
  return [heading, html("ul", {}, edge.ports.map((port) => html("li", {}, [portButton(port, open)])))];
}

function portButton({ role, events, name, place }: Port, open: Open): HTMLElement {
  const what = [events.join(", ") || "message", role === "publish" ? "published" : "consumed"].join(" ");
  return placeButton(`${what}${name === "" ? "" : `: ${name}`}`, place, open);
}

function placeButton(text: string, place: CodePlace | null, open: Open): HTMLElement {
  if (place === null) return html("span", {}, [text]);
  const where = `${place.file.split("/").at(-1) ?? place.file}:${place.line}`;
  const button = html("button", { class: "place", type: "button", title: `${place.file}:${place.line}` }, [
    html("span", { class: "what" }, [text]),
    html("span", { class: "where" }, [where]),
  ]);
  button.addEventListener("click", () => {
    open(place);
  });
  return button;
}

function marksDetails(marks: readonly Mark[]): HTMLElement[] {
  if (marks.length === 0) return [];
  const items = marks.map(({ severity, rule, message }) => html("li", { class: severity }, [html("strong", {}, [`${severity} ${rule}`]), ` ${message}`]));
  return [html("h3", {}, ["Findings"]), html("ul", { class: "findings" }, items)];
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
