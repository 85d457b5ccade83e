// The map of fixtures/storefront as the server's own command line makes it now.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FlowMap, FolderMap } from "../src/flows/map";

export const REPOSITORY = join(process.cwd(), "..");
export const STOREFRONT = join(REPOSITORY, "fixtures", "storefront");

/** The Python that has the server in it: EVENTLENS_PYTHON, or that of the checkout's own environment. */
export function serverPython(): string {
  const python = process.env.EVENTLENS_PYTHON ?? join(REPOSITORY, ".venv", "bin", "python");
  if (!existsSync(python)) throw new Error(`${python} is not there: run \`make demo\` in the repository, or set EVENTLENS_PYTHON`);
  return python;
}

export function storefrontMap(): FlowMap {
  const args = ["-I", "-m", "eventlens", "map", STOREFRONT, "--format", "json"];
  return JSON.parse(execFileSync(serverPython(), args, { encoding: "utf8", maxBuffer: 1 << 28 })) as FlowMap;
}

export function inFolder(map: FlowMap | null, uri = "file:///storefront"): FolderMap {
  return { uri, complete: true, map };
}
