/** The tree of event flows as plain data: services → channels → sites, and events → producers and consumers. */

import { channelsOf, eventsOf, mapsOf } from "../flows/lookup";
import type { Channel, FlowMap, FolderMap, Site } from "../flows/map";
import type { CodePlace } from "../flows/places";
import { counted } from "../counted";

export interface FlowNode {
  /** The same for the same thing in the next map: VS Code then keeps what is expanded. */
  readonly id: string;
  readonly kind: "group" | "service" | "channel" | "event" | "site";
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  /** The name of one of VS Code's product icons. */
  readonly icon: string;
  /** Where a click leads; null where there is no such place in the workspace. */
  readonly place: CodePlace | null;
  /** The channel, on nodes of that kind. */
  readonly channel: { readonly folder: string; readonly id: string } | null;
  readonly children: readonly FlowNode[];
}

const CHANNEL_ICONS: Readonly<Record<string, string>> = { queue: "inbox", exchange: "arrow-swap", stream: "pulse", subject: "radio-tower" };
const ROLE_ICONS = { publish: "arrow-right", subscribe: "arrow-left" } as const;
const VERBS = { publish: "publishes", subscribe: "consumes" } as const;

/** Sites of a folder's map. */
interface Placed {
  readonly folder: string;
  readonly map: FlowMap;
  readonly site: Site;
}

/** Empty where no map has a site. */
export function buildTree(folders: readonly FolderMap[]): readonly FlowNode[] {
  const sites = mapsOf(folders).flatMap(({ folder, map }) => map.sites.map((site): Placed => ({ folder, map, site })));
  if (sites.length === 0) return [];
  const services = groups(sites, ({ folder, site }) => [`${folder}\n${site.service ?? ""}`]).map(serviceNode);
  const events = groups(sites, ({ site, map }) => eventNames(site, map)).map(eventNode);
  return [
    group("services", "Services", "package", `${services.length}`, services.sort(byLabel)),
    group("events", "Events", "mail", `${events.length}`, events.sort(byLabel)),
  ];
}

function group(id: string, label: string, icon: string, description: string, children: readonly FlowNode[]): FlowNode {
  return { id, kind: "group", label, description, tooltip: "", icon, place: null, channel: null, children };
}

function serviceNode(key: string, sites: readonly Placed[]): FlowNode {
  const name = sites[0]?.site.service ?? "";
  const service = sites[0]?.map.services.find((one) => one.name === name);
  const id = `service\n${key}`;
  const channels = groups(sites, ({ site, map }) => channelKeys(site, map)).map((channel, members) => channelNode(id, channel, members));
  return {
    id,
    kind: "service",
    label: name === "" ? "(no service)" : name,
    description: service?.languages.join(", ") ?? "",
    tooltip: service === undefined ? "" : `${service.name}: ${service.path || "."}`,
    icon: "package",
    place: null,
    channel: null,
    children: channels.sort(byLabel),
  };
}

/** One node for each channel, and one for each expression whose channel is not known. */
function channelKeys(site: Site, map: FlowMap): readonly string[] {
  const known = channelsOf(site, map);
  return known.length > 0 ? known.map((channel) => channel.id) : [`?${site.channel_expression}`];
}

function channelNode(parent: string, key: string, sites: readonly Placed[]): FlowNode {
  const first = sites[0];
  const channel = first?.map.channels.find((one) => one.id === key);
  const roles = (["publish", "subscribe"] as const).filter((role) => sites.some(({ site }) => site.role === role));
  const id = `${parent}\n${key}`;
  return {
    id,
    kind: "channel",
    label: channel?.name ?? `${key.slice(1)} (not known)`,
    description: `${first?.site.broker ?? ""} · ${roles.map((role) => VERBS[role]).join(", ")}`,
    tooltip: channel === undefined ? "The name of this channel could not be found out." : channelText(channel),
    icon: channel === undefined ? "question" : (CHANNEL_ICONS[channel.kind] ?? "broadcast"),
    place: declaration(first?.folder, channel),
    channel: channel === undefined || first === undefined ? null : { folder: first.folder, id: channel.id },
    children: sites.map((placed) => siteNode(id, placed, eventNames(placed.site, placed.map).join(", "))).sort(byPlace),
  };
}

function channelText(channel: Channel): string {
  const partitions = channel.partitions == null ? "" : `, ${channel.partitions} partitions`;
  return `${channel.broker} ${channel.kind} ${channel.name}${partitions}`;
}

function declaration(folder: string | undefined, channel: Channel | undefined): CodePlace | null {
  const place = channel?.declared?.[0];
  return folder === undefined || place === undefined ? null : { folder, file: place.file, line: place.line, column: 1 };
}

/** What it is listed under among the events: the names of its messages, or else those of its channels. */
function eventNames(site: Site, map: FlowMap): readonly string[] {
  const events = eventsOf(site, map);
  if (events.length > 0) return events;
  return site.channels.length > 0 ? site.channels.map((name) => `(${name})`) : [`(${site.channel_expression})`];
}

function eventNode(name: string, sites: readonly Placed[]): FlowNode {
  const id = `event\n${name}`;
  const [producers, consumers] = (["publish", "subscribe"] as const).map((role) => sites.filter(({ site }) => site.role === role));
  const brokers = [...new Set(sites.map(({ site }) => site.broker))].sort();
  return {
    id,
    kind: "event",
    label: name,
    description: `${brokers.join(", ")} · ${producers?.length ?? 0} → ${consumers?.length ?? 0}`,
    tooltip: `${counted(producers?.length ?? 0, "producer")}, ${counted(consumers?.length ?? 0, "consumer")}`,
    icon: "mail",
    place: null,
    channel: null,
    children: [...(producers ?? []), ...(consumers ?? [])].map((placed) => siteNode(id, placed, placed.site.service ?? "(no service)")),
  };
}

function siteNode(parent: string, { folder, map, site }: Placed, label: string): FlowNode {
  const service = map.services.find((one) => one.name === site.service);
  const marks = [site.source_set === "main" ? "" : site.source_set, site.origin ?? ""].filter((mark) => mark !== "");
  const handler = site.handler === null ? "" : `\nhandled by ${site.handler.name}`;
  return {
    id: `${parent}\n${folder}\n${site.origin ?? ""}\n${site.id}`,
    kind: "site",
    label,
    description: [`${within(service?.path ?? "", site.file)}:${site.line}`, ...marks].join(" · "),
    tooltip: `${site.file}:${site.line}\n${VERBS[site.role]} ${site.channels.join(", ") || site.channel_expression} (${site.broker}, ${site.library})${handler}`,
    icon: ROLE_ICONS[site.role],
    place: site.origin === null ? { folder, file: site.file, line: site.line, column: site.column } : null,
    channel: null,
    children: [],
  };
}

/** A file as its service calls it: the service stands above, or beside it. */
function within(folder: string, file: string): string {
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file;
}

/** What has the same key, in the order in which keys first come; one thing may have several keys. */
function groups<Item>(items: readonly Item[], keys: (item: Item) => readonly string[]): Groups<Item> {
  const found = new Map<string, Item[]>();
  for (const item of items) {
    for (const key of keys(item)) {
      const group = found.get(key);
      if (group === undefined) found.set(key, [item]);
      else group.push(item);
    }
  }
  return { map: (node) => [...found].map(([key, members]) => node(key, members)) };
}

interface Groups<Item> {
  map<Result>(node: (key: string, members: readonly Item[]) => Result): Result[];
}


/** Names in parentheses, which stand for none, last. */
function byLabel(one: FlowNode, other: FlowNode): number {
  const last = Number(one.label.startsWith("(")) - Number(other.label.startsWith("("));
  return last !== 0 ? last : one.label.localeCompare(other.label);
}

function byPlace(one: FlowNode, other: FlowNode): number {
  return one.icon.localeCompare(other.icon) * -1 || one.description.localeCompare(other.description, undefined, { numeric: true });
}
