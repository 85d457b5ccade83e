/**
 * The flow graph: services and channels as nodes; publishes, subscriptions and what leads from channel to channel as edges.
 * Built from the maps of all folders; knows nothing of how it is drawn.
 */

import { channelsOf, eventsOf } from "../flows/lookup";
import type { Binding, Channel, CodePlace, Finding, FlowMap, FolderMap, Place, Role, Site } from "../flows/map";

export type Severity = Finding["severity"];

export interface Mark {
  readonly severity: Severity;
  readonly rule: string;
  readonly message: string;
}

/** One publish or subscription. */
export interface Port {
  readonly role: Role;
  readonly events: readonly string[];
  /** The function that it runs or stands for; the expression of the channel where there is none. */
  readonly name: string;
  /** Null where the code is another repository's. */
  readonly place: CodePlace | null;
  readonly marks: readonly Mark[];
}

interface Element {
  readonly id: string;
  readonly label: string;
  /** Where Enter leads. */
  readonly place: CodePlace | null;
  readonly marks: readonly Mark[];
  /** Whether messages go round in a circle through it. */
  readonly inCycle: boolean;
}

export interface GraphNode extends Element {
  readonly kind: "service" | "channel";
  /** "typescript", "kafka topic": the second line. */
  readonly detail: string;
  /** Null for a service. */
  readonly broker: string | null;
}

export interface GraphEdge extends Element {
  readonly kind: "publish" | "subscribe" | "binding" | "dead-letter";
  /** Ids of nodes. */
  readonly from: string;
  readonly to: string;
  readonly events: readonly string[];
  readonly ports: readonly Port[];
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

const SEVERITIES: readonly Severity[] = ["error", "warning", "info", "hint"];

/** The worst of some marks; null without any. */
export function worst(marks: readonly Mark[]): Severity | null {
  return SEVERITIES.find((severity) => marks.some((mark) => mark.severity === severity)) ?? null;
}

export function buildGraph(folders: readonly FolderMap[]): Graph {
  const parts = folders.flatMap((folder) => (folder.map === null ? [] : [new FolderGraph(folder.uri, folder.map).build()]));
  return { nodes: parts.flatMap((part) => part.nodes), edges: parts.flatMap((part) => part.edges) };
}

/** What an edge is made of while sites are collected. */
interface Bundle {
  readonly role: Role;
  readonly service: string;
  readonly channel: Channel;
  readonly sites: Site[];
}

class FolderGraph {
  private readonly marks = new Map<string, Mark[]>();
  private readonly cycle: ReadonlySet<string>;
  private readonly sites: readonly Site[];

  constructor(
    private readonly folder: string,
    private readonly map: FlowMap,
  ) {
    // a hint stays where the code is: the picture shows what needs to be looked at
    const findings = map.findings.filter((finding) => !finding.suppressed && finding.severity !== "hint");
    for (const { site, severity, rule, message } of findings) {
      if (site !== null) add(this.marks, site, { severity, rule, message });
    }
    this.sites = map.sites.filter((site) => site.source_set === "main");
    this.cycle = sitesInCycles(findings, this.sites);
  }

  build(): Graph {
    const edges = [...this.siteEdges(), ...this.bindingEdges(), ...this.deadLetterEdges()];
    return { nodes: [...this.serviceNodes(edges), ...this.channelNodes(edges)], edges };
  }

  private siteEdges(): GraphEdge[] {
    const bundles = new Map<string, Bundle>();
    for (const site of this.sites) {
      for (const channel of channelsOf(site, this.map)) {
        const service = this.serviceId(site);
        const key = [site.role, service, channel.id].join("\n");
        const bundle = bundles.get(key) ?? { role: site.role, service, channel, sites: [] };
        bundle.sites.push(site);
        bundles.set(key, bundle);
      }
    }
    return [...bundles.values()].map((bundle) => this.siteEdge(bundle));
  }

  private siteEdge({ role, service, channel, sites }: Bundle): GraphEdge {
    const ports = sites.map((site) => this.port(site));
    const events = unique(sites.flatMap((site) => eventsOf(site, this.map)));
    const ends = [service, this.channelId(channel.id)] as const;
    const [from, to] = role === "publish" ? ends : [ends[1], ends[0]];
    return {
      id: `${role} ${from} ${to}`,
      kind: role,
      from,
      to,
      label: events.join(", "),
      events,
      ports,
      place: ports[0]?.place ?? null,
      marks: ports.flatMap((port) => port.marks),
      inCycle: sites.some((site) => this.cycle.has(site.id)),
    };
  }

  private port(site: Site): Port {
    const place = site.origin === null ? this.place(site, site.column) : null;
    const name = (site.role === "subscribe" ? site.handler?.name : undefined) ?? site.channel_expression;
    return { role: site.role, events: eventsOf(site, this.map), name, place, marks: this.marks.get(site.id) ?? [] };
  }

  private bindingEdges(): GraphEdge[] {
    const known = new Set(this.map.channels.map(({ id }) => id));
    const pairs = new Map<string, Binding[]>();
    for (const binding of this.map.bindings ?? []) {
      if (known.has(binding.from) && known.has(binding.to)) add(pairs, `${binding.from} ${binding.to}`, binding);
    }
    return [...pairs.values()].flatMap((bindings) => {
      const label = unique(bindings.flatMap(({ pattern }) => pattern ?? [])).join(", ");
      return bindings.slice(0, 1).map(({ from, to, declared }) => ({ ...this.plainEdge("binding", from, to, declared), label }));
    });
  }

  private deadLetterEdges(): GraphEdge[] {
    return this.map.channels.flatMap((channel) => {
      const target = this.map.channels.find((other) => other.name === channel.dead_letter && other.broker === channel.broker);
      if (target === undefined || target === channel) return [];
      return [{ ...this.plainEdge("dead-letter", channel.id, target.id, channel.declared ?? []), label: "dead letters" }];
    });
  }

  private plainEdge(kind: "binding" | "dead-letter", from: string, to: string, declared: readonly Place[]): GraphEdge {
    const [start, end] = [this.channelId(from), this.channelId(to)];
    const place = declared[0] === undefined ? null : this.place(declared[0], 1);
    return { id: `${kind} ${start} ${end}`, kind, from: start, to: end, label: "", events: [], ports: [], place, marks: [], inCycle: false };
  }

  private serviceNodes(edges: readonly GraphEdge[]): GraphNode[] {
    const named = new Set(edges.flatMap(({ from, to }) => [from, to]).filter((id) => id.startsWith("service ")));
    const languages = new Map(this.map.services.map((service) => [this.serviceId({ service: service.name, origin: null }), service.languages]));
    return [...named].sort().map((id) => {
      const own = edges.filter((edge) => edge.from === id || edge.to === id);
      return {
        id,
        kind: "service" as const,
        label: id.slice(this.serviceId({ service: "", origin: null }).length) || "outside any service",
        detail: (languages.get(id) ?? []).join(", "),
        broker: null,
        place: firstPlace(own),
        marks: own.flatMap((edge) => edge.marks),
        inCycle: own.some((edge) => edge.inCycle),
      };
    });
  }

  private channelNodes(edges: readonly GraphEdge[]): GraphNode[] {
    return this.map.channels.flatMap((channel) => {
      const id = this.channelId(channel.id);
      const own = edges.filter((edge) => edge.from === id || edge.to === id);
      const declared = channel.declared?.[0];
      if (own.length === 0) return [];
      return [
        {
          id,
          kind: "channel" as const,
          label: channel.name,
          detail: `${channel.broker} ${channel.kind}`,
          broker: channel.broker,
          place: declared === undefined ? firstPlace(own) : this.place(declared, 1),
          marks: own.flatMap((edge) => edge.marks),
          inCycle: own.some((edge) => edge.inCycle),
        },
      ];
    });
  }

  private place({ file, line }: Place, column: number): CodePlace {
    return { folder: this.folder, file, line, column };
  }

  private channelId(id: string): string {
    return `channel ${this.folder} ${id}`;
  }

  /** A service of another repository is told apart from one of the same name here. */
  private serviceId({ service, origin }: Pick<Site, "service" | "origin">): string {
    return `service ${this.folder} ${[origin, service].filter((part) => part !== null).join("/")}`;
  }
}

/** The sites that the evidence of a circle goes through. */
function sitesInCycles(findings: readonly Finding[], sites: readonly Site[]): ReadonlySet<string> {
  const places = new Set<string>();
  const found = new Set<string>();
  for (const finding of findings.filter(({ rule }) => rule === "circular-flow")) {
    for (const { file, line } of [finding, ...(finding.related ?? [])]) places.add(`${file}:${line}`);
  }
  for (const site of sites) {
    if (site.origin === null && places.has(`${site.file}:${site.line}`)) found.add(site.id);
  }
  return found;
}

function firstPlace(edges: readonly GraphEdge[]): CodePlace | null {
  return edges.find((edge) => edge.place !== null)?.place ?? null;
}

function add<Key, Value>(groups: Map<Key, Value[]>, key: Key, value: Value): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [value]);
  else group.push(value);
}

function unique<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
