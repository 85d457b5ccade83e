/** Small flow maps for tests. */

import type { Channel, Finding, FlowMap, Site } from "../../src/flows/map";
import { buildGraph, type Graph } from "../../src/graph/model";

export const FOLDER = "file:///shop";

export function channel(name: string, extra: Partial<Channel> = {}): Channel {
  return { id: `id-${name}`, broker: "kafka", scope: "workspace", kind: "topic", name, declared: [], dead_letter: null, ...extra };
}

export function site(role: Site["role"], service: string | null, channels: readonly string[], extra: Partial<Site> = {}): Site {
  const file = `${service ?? "scripts"}/${role}.ts`;
  return {
    id: `${role} ${service ?? ""} ${channels.join()}`,
    role,
    file,
    line: 3,
    column: 5,
    end_line: 3,
    end_column: 9,
    language: "typescript",
    broker: "kafka",
    library: "kafkajs",
    service,
    source_set: "main",
    channel: channels[0] ?? null,
    channels,
    channel_expression: "TOPIC",
    channel_kind: "topic",
    group: null,
    event: null,
    handler: null,
    guarantee: "at-least-once",
    confidence: "certain",
    origin: null,
    ...extra,
  };
}

export function finding(about: Site, rule: string, extra: Partial<Finding> = {}): Finding {
  const { file, line } = about;
  return { id: rule, rule, severity: "error", file, line, message: `${rule}!`, site: about.id, suppressed: false, related: [], ...extra };
}

export function flowMap(parts: Partial<FlowMap>): FlowMap {
  const services = [{ name: "orders", path: "orders", languages: ["typescript"] }];
  return { version: 1, root: "shop", services, channels: [], bindings: [], sites: [], flows: [], findings: [], ...parts };
}

export function graphOf(parts: Partial<FlowMap>): Graph {
  return buildGraph([{ uri: FOLDER, complete: true, map: flowMap(parts) }]);
}
