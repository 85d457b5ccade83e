/** What is said of the graph as a whole: why nothing is shown, or that more may come. */

import type { GraphState } from "../messages";

export interface Shown {
  readonly state: GraphState;
  /** Nodes of the maps, and those of them that the filter leaves. */
  readonly known: number;
  readonly shown: number;
}

export function noteFor({ state, known, shown }: Shown): string {
  if (known > 0 && shown === 0) return "Nothing passes these filters.";
  if (known > 0) return state === "indexing" ? "Reading the workspace; the graph is of what was known before." : "";
  switch (state) {
    case "indexing":
      return "Reading the workspace…";
    case "failed":
      return "The server does not run; its log says why.";
    case "ready":
      return "Nothing here publishes or consumes messages with a library that Eventlens knows.";
  }
}
