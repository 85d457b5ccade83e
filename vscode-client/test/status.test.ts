import assert from "node:assert/strict";
import { test } from "node:test";
import type { FolderStatus } from "../src/client/protocol";
import { utf16Column } from "../src/flows/columns";
import { summarise } from "../src/status/summary";

const RUNNING = { kind: "running" } as const;

function folder(state: FolderStatus["state"], sites = 0, findings = 0, message: string | null = null): FolderStatus {
  return { uri: "file:///shop", state, sites, findings, message };
}

test("it says what is being done, then how many findings there are, over all folders", () => {
  assert.equal(summarise({ kind: "starting" }, [], "installing pygls").text, "$(sync~spin) Eventlens: installing pygls");
  assert.equal(summarise(RUNNING, [], null).text, "$(sync~spin) Eventlens: indexing");
  assert.equal(summarise(RUNNING, [folder("indexing", 12), folder("ready", 3, 1)], null).text, "$(sync~spin) Eventlens: 15 sites");
  const ready = summarise(RUNNING, [folder("ready", 12, 1), folder("ready", 3, 1)], null);
  assert.deepEqual([ready.text, ready.tooltip, ready.level, ready.state], ["$(pulse) Eventlens: 2 findings", "15 sites, 2 findings", "normal", "ready"]);
  assert.equal(summarise(RUNNING, [folder("ready", 1)], null).text, "$(check) Eventlens: 0 findings");
});

test("a folder that failed is said with its reason, also beside others that are ready", () => {
  const summary = summarise(RUNNING, [folder("ready", 3), folder("failed", 0, 0, "no space left")], null);
  assert.deepEqual([summary.level, summary.tooltip, summary.state], ["error", "no space left", "failed"]);
});

test("a server that is not there is said", () => {
  const failed = summarise({ kind: "failed", reason: new Error("no Python was found") }, [], null);
  assert.deepEqual([failed.level, failed.tooltip, failed.state], ["error", "no Python was found", "failed"]);
  assert.match(summarise({ kind: "waiting", delay: 4000 }, [], null).tooltip, /again in 4 s/);
});

test("columns of code points become UTF-16 units", () => {
  assert.equal(utf16Column("hé 😀 publish", 1), 0);
  assert.equal(utf16Column("hé 😀 publish", 6), 6);
  assert.equal(utf16Column("ab", 9), 2);
});
