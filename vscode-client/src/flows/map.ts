/**
 * The flow map as the server sends it: the JSON of `eventlens map`, as far as this extension reads it.
 * Files are relative to the map's root, with `/`. Lines and columns are 1-based; columns count Unicode code points.
 */

export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface Service {
  readonly name: string;
  readonly path: string;
  readonly languages: readonly string[];
}

export interface Channel {
  readonly id: string;
  readonly broker: string;
  readonly scope: string;
  readonly kind: string;
  readonly name: string;
  readonly declared?: readonly Place[];
  readonly partitions?: number | null;
  /** The name of the channel, of the same broker, that takes what keeps failing. */
  readonly dead_letter?: string | null;
}

export interface Handler extends Place {
  readonly name: string;
}

export type Role = "publish" | "subscribe";

export interface Site extends Place {
  readonly id: string;
  readonly role: Role;
  readonly column: number;
  readonly end_line: number;
  readonly end_column: number;
  readonly language: string;
  readonly broker: string;
  readonly library: string;
  readonly service: string | null;
  readonly source_set: "main" | "test" | "example" | "generated";
  /** The name of the channel; null where it is not known. */
  readonly channel: string | null;
  /** All names that the channel may have. */
  readonly channels: readonly string[];
  readonly channel_expression: string;
  readonly channel_kind: string;
  readonly group: string | null;
  readonly event: string | null;
  readonly handler: Handler | null;
  readonly guarantee: string;
  readonly confidence: "certain" | "likely";
  /** The repository whose map told of this site; null for the workspace's own. */
  readonly origin: string | null;
}

/** Messages of one channel reach another. */
export interface Binding {
  /** Ids of the two channels. */
  readonly from: string;
  readonly to: string;
  readonly pattern: string | null;
  readonly declared: readonly Place[];
}

export interface Flow {
  /** Ids of the two sites. */
  readonly publish: string;
  readonly subscribe: string;
  readonly event: string | null;
  /** Ids of the channels on the way. */
  readonly route: readonly string[];
  readonly why: string;
  readonly origin: string | null;
}

export interface Finding extends Place {
  readonly id: string;
  readonly rule: string;
  readonly severity: "error" | "warning" | "info" | "hint";
  readonly message: string;
  /** The id of the site that it is about. */
  readonly site: string | null;
  /** The evidence, from cause to effect. */
  readonly related?: readonly (Place & { readonly message: string })[];
  readonly suppressed: boolean;
}

export interface FlowMap {
  readonly version: number;
  readonly root: string;
  readonly services: readonly Service[];
  readonly channels: readonly Channel[];
  readonly bindings?: readonly Binding[];
  readonly sites: readonly Site[];
  readonly flows: readonly Flow[];
  readonly findings: readonly Finding[];
}

/** The map of one folder of the workspace. */
export interface FolderMap {
  readonly uri: string;
  /** Whether it is of all files as they are now. */
  readonly complete: boolean;
  /** Null before the first analysis. */
  readonly map: FlowMap | null;
}

/** A place in a folder's code. Lines and columns are 1-based; columns count Unicode code points. */
export interface CodePlace {
  readonly folder: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
