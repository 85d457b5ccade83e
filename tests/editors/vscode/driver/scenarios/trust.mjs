// A workspace whose settings name a program, before and after it is trusted.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PUBLISHER, texts } from "./reading.mjs";

/** Which programs were run, in their order: each writes its name beside the workspace. */
const runs = (window) => {
  const file = join(window.folder, "..", "runs");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
};

export async function untrusted(window) {
  const { page } = window;
  await window.open(PUBLISHER, "publishEvent(");
  const status = await window.status(/\d+ findings/);
  await window.squiggle("error");
  const lenses = await texts(await window.lenses());
  const restricted = await page.locator(".part.statusbar").getByText("Restricted Mode").count();
  const before = runs(window).length;
  await window.command("Eventlens: Restart Server");
  await window.until("another start", () => runs(window).length > before);
  await window.status(/\d+ findings/);
  await window.screenshot("restricted");
  return { status, lenses, restricted, runs: runs(window) };
}

export async function trusted(window) {
  const { page } = window;
  const before = runs(window);
  await window.command("Workspaces: Manage Workspace Trust");
  await page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).first().click();
  await window.until("a start of the workspace's program", () => runs(window).length > before.length);
  const restricted = page.locator(".part.statusbar").getByText("Restricted Mode");
  await restricted.waitFor({ state: "detached" });
  await window.open(PUBLISHER, "publishEvent(");
  const status = await window.status(/\d+ findings/);
  await window.squiggle("error");
  return { status, runs: runs(window).slice(before.length) };
}
