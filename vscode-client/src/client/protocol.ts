/** What this extension and the server say to each other beyond the Language Server Protocol. */

import type { FolderMap } from "../flows/map";

/** Request without parameters; answered from the last analysis. */
export const MAP_REQUEST = "eventlens/map";
/** Notification: a folder's map differs from the one before. */
export const MAP_CHANGED = "eventlens/mapChanged";
/** Notification: how far the analysis of a folder is. */
export const STATUS = "eventlens/status";
/** The part of the client's experimental capabilities that has the server send both notifications, and answer lenses with places. */
export const EXPERIMENTAL_CAPABILITIES = { eventlens: { map: true, status: true, peek: true } } as const;

export interface MapAnswer {
  readonly folders: readonly FolderMap[];
}

export interface FolderStatus {
  readonly uri: string;
  readonly state: "indexing" | "ready" | "failed";
  readonly sites: number;
  /** Those that are not suppressed. */
  readonly findings: number;
  readonly message: string | null;
}
