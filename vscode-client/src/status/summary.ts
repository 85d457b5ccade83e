/** What the status item says: the server's own state and that of each folder, put together. */

import type { FolderStatus } from "../client/protocol";
import type { ServerState } from "../client/supervisor";
import { counted } from "../counted";

export interface Summary {
  /** May hold icons: `$(check)`. */
  readonly text: string;
  readonly tooltip: string;
  readonly level: "normal" | "warning" | "error";
  /** Decides what a view without content says. */
  readonly state: "busy" | "ready" | "failed";
}

/** `step` is what a running installation does; null where there is none. */
export function summarise(server: ServerState, folders: readonly FolderStatus[], step: string | null): Summary {
  switch (server.kind) {
    case "stopped":
      return { text: "$(circle-slash) Eventlens", tooltip: "The server does not run.", level: "normal", state: "failed" };
    case "failed":
      return { text: "$(error) Eventlens", tooltip: server.reason.message, level: "error", state: "failed" };
    case "waiting":
      return {
        text: "$(warning) Eventlens: restarting",
        tooltip: `The server ended unexpectedly; it is started again in ${server.delay / 1000} s.`,
        level: "warning",
        state: "busy",
      };
    case "starting":
      return { text: `$(sync~spin) Eventlens: ${step ?? "starting"}`, tooltip: "The server is being started.", level: "normal", state: "busy" };
    case "running":
      return ofFolders(folders);
  }
}

function ofFolders(folders: readonly FolderStatus[]): Summary {
  const sites = sum(folders.map((folder) => folder.sites));
  const findings = sum(folders.map((folder) => folder.findings));
  const counts = `${counted(sites, "site")}, ${counted(findings, "finding")}`;
  const failed = folders.filter((folder) => folder.state === "failed");
  if (failed.length > 0) {
    const reasons = failed.map((folder) => folder.message ?? `${folder.uri} could not be read`);
    return { text: "$(error) Eventlens: failed", tooltip: reasons.join("\n"), level: "error", state: "failed" };
  }
  if (folders.length === 0 || folders.some((folder) => folder.state === "indexing")) {
    return { text: `$(sync~spin) Eventlens: ${sites > 0 ? counted(sites, "site") : "indexing"}`, tooltip: `The workspace is being read: ${counts} so far.`, level: "normal", state: "busy" };
  }
  const icon = findings > 0 ? "$(pulse)" : "$(check)";
  return { text: `${icon} Eventlens: ${counted(findings, "finding")}`, tooltip: counts, level: "normal", state: "ready" };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
