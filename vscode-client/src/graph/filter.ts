/** Which part of the graph is shown. */

import type { Graph, GraphEdge, GraphNode } from "./model";

export interface Filter {
  /** Id of a service's node; its channels and who is at their other end are shown. */
  readonly service: string | null;
  readonly broker: string | null;
  readonly event: string | null;
  /** Part of a name of a service, channel or event, in any case. */
  readonly text: string;
  readonly findingsOnly: boolean;
}

export const EVERYTHING: Filter = { service: null, broker: null, event: null, text: "", findingsOnly: false };

export interface Choices {
  readonly services: readonly GraphNode[];
  readonly brokers: readonly string[];
  readonly events: readonly string[];
}

/** What can be filtered by. */
export function choices(graph: Graph): Choices {
  return {
    services: graph.nodes.filter((node) => node.kind === "service").sort((one, other) => one.label.localeCompare(other.label)),
    brokers: sorted(graph.nodes.flatMap((node) => node.broker ?? [])),
    events: sorted(graph.edges.flatMap((edge) => edge.events)),
  };
}

/** The edges that pass, with the nodes at their ends; a filter that asks for nothing passes all. */
export function filtered(graph: Graph, filter: Filter): Graph {
  const tests = [byService(graph, filter), byBroker(graph, filter), byEvent(graph, filter), byText(graph, filter), byFindings(filter)];
  const active = tests.filter((test) => test !== null);
  if (active.length === 0) return graph;
  const edges = graph.edges.filter((edge) => active.every((passes) => passes(edge)));
  const ends = new Set(edges.flatMap(({ from, to }) => [from, to]));
  return { nodes: graph.nodes.filter((node) => ends.has(node.id)), edges };
}

/** A filter without choices that the graph no longer offers. */
export function still(filter: Filter, { services, brokers, events }: Choices): Filter {
  return {
    ...filter,
    service: services.some(({ id }) => id === filter.service) ? filter.service : null,
    broker: brokers.find((broker) => broker === filter.broker) ?? null,
    event: events.find((event) => event === filter.event) ?? null,
  };
}

type Test = ((edge: GraphEdge) => boolean) | null;

function byService(graph: Graph, { service }: Filter): Test {
  if (service === null) return null;
  const around = reach(graph, graph.edges.filter(({ from, to }) => from === service || to === service));
  return (edge) => around.has(edge);
}

function byEvent(graph: Graph, { event }: Filter): Test {
  if (event === null) return null;
  const carrying = graph.edges.filter(({ events }) => events.includes(event));
  const channels = new Set(carrying.flatMap(({ from, to }) => [from, to]).filter((id) => id.startsWith("channel ")));
  // A consumer that names no event takes what its channel carries.
  return (edge) => carrying.includes(edge) || (edge.events.length === 0 && channels.has(edge.from) && edge.kind !== "publish");
}

function byBroker(graph: Graph, { broker }: Filter): Test {
  if (broker === null) return null;
  const own = new Set(graph.nodes.filter((node) => node.broker === broker).map(({ id }) => id));
  return ({ from, to }) => own.has(from) || own.has(to);
}

function byText(graph: Graph, { text }: Filter): Test {
  const sought = text.trim().toLowerCase();
  if (sought === "") return null;
  const named = new Set(graph.nodes.filter(({ label }) => label.toLowerCase().includes(sought)).map(({ id }) => id));
  return ({ from, to, events }) => named.has(from) || named.has(to) || events.some((event) => event.toLowerCase().includes(sought));
}

function byFindings({ findingsOnly }: Filter): Test {
  return findingsOnly ? (edge) => edge.marks.length > 0 : null;
}

/** Some edges, and all that shares a channel with them, also through bindings. */
function reach(graph: Graph, edges: readonly GraphEdge[]): ReadonlySet<GraphEdge> {
  const found = new Set(edges);
  const channels = new Set(edges.flatMap(({ from, to }) => [from, to]).filter((id) => id.startsWith("channel ")));
  const touching = graph.edges.filter(({ kind, from, to }) => kind !== "dead-letter" && (channels.has(from) || channels.has(to)));
  for (const edge of touching) found.add(edge);
  const bound = touching.filter(({ kind }) => kind === "binding").flatMap(({ from, to }) => [from, to]);
  for (const edge of graph.edges) {
    if (bound.includes(edge.from) || bound.includes(edge.to)) found.add(edge);
  }
  return found;
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort((one, other) => one.localeCompare(other));
}
