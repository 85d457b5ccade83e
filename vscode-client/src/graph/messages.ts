/** What the flow graph's page and the extension say to each other. */

import type { CodePlace, FolderMap } from "../flows/map";

/** How far the server is: decides what is shown where there is nothing to draw. */
export type GraphState = "indexing" | "ready" | "failed";

export interface MapMessage {
  readonly type: "map";
  readonly folders: readonly FolderMap[];
  readonly state: GraphState;
}

export type ToPage = MapMessage;

export type ExportFormat = "svg" | "png";

export type FromPage =
  /** The page listens: it wants the map. */
  | { readonly type: "ready" }
  | { readonly type: "open"; readonly place: CodePlace }
  /** `content` is text for SVG and base64 for PNG. */
  | { readonly type: "export"; readonly format: ExportFormat; readonly content: string };
