/** Finds sites and channels in the maps of all folders. */

import type { Channel, FlowMap, FolderMap, Role, Site } from "./map";

/** A channel or site together with the folder whose map it is in. */
export interface InFolder<Item> {
  readonly folder: string;
  readonly map: FlowMap;
  readonly item: Item;
}

/** The maps that there are. */
export function mapsOf(folders: readonly FolderMap[]): { readonly folder: string; readonly map: FlowMap }[] {
  return folders.flatMap(({ uri, map }) => (map === null ? [] : [{ folder: uri, map }]));
}

export function allChannels(folders: readonly FolderMap[]): InFolder<Channel>[] {
  return mapsOf(folders).flatMap(({ folder, map }) => map.channels.map((item) => ({ folder, map, item })));
}

/** The channels of a site: those of its broker with one of its names, of its kind where there are such. */
export function channelsOf(site: Site, map: FlowMap): readonly Channel[] {
  const named = map.channels.filter((channel) => channel.broker === site.broker && site.channels.includes(channel.name));
  const ofKind = named.filter((channel) => channel.kind === site.channel_kind);
  return ofKind.length > 0 ? ofKind : named;
}

/** The sites at one end of a channel: those that name it, and those whose messages pass it on the way. */
export function endsOf(channel: Channel, role: Role, map: FlowMap): readonly Site[] {
  const passing = new Set(map.flows.filter((flow) => flow.route.includes(channel.id)).map((flow) => flow[role]));
  return map.sites.filter((site) => site.role === role && (passing.has(site.id) || channelsOf(site, map).includes(channel)));
}

/** The sites that a 1-based line of a file belongs to. */
export function sitesAt(file: string, line: number, map: FlowMap): readonly Site[] {
  return map.sites.filter((site) => site.origin === null && site.file === file && site.line <= line && line <= site.end_line);
}

/** The event of a site: its own, or else what the flows bring it. */
export function eventsOf(site: Site, map: FlowMap): readonly string[] {
  const flowing = map.flows.flatMap((flow) => (flow[site.role] === site.id && flow.event !== null ? [flow.event] : []));
  if (site.role === "publish" && site.event !== null) return [site.event];
  const events = flowing.length > 0 ? flowing : site.event === null ? [] : [site.event];
  return [...new Set(events)];
}
