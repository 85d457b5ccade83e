// The server's life: its state in the status bar, crashes, restarts, what it writes.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PUBLISHER, texts } from "./reading.mjs";

/** Beside the workspace: each start of a server appends its process number. */
const starts = (window) => {
  const file = join(window.folder, "..", "servers");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
};

async function begin(window, text = "publishEvent(") {
  await window.open(PUBLISHER, text);
  return window.status(/\d+ findings/);
}

/** The server is killed; another takes its place. */
export async function killed(window) {
  const before = await begin(window);
  const started = starts(window);
  process.kill(started.at(-1), "SIGKILL");
  const meanwhile = await window.status(/restarting/);
  const after = await window.status(/\d+ findings/);
  await window.squiggle("error");
  return { before, meanwhile, after, servers: starts(window).length - started.length };
}

/** A person restarts the server. */
export async function restarted(window) {
  await begin(window);
  const started = starts(window);
  await window.command("Eventlens: Restart Server");
  await window.until("another server", () => starts(window).length > started.length);
  const after = await window.status(/\d+ findings/);
  await window.squiggle("error");
  const lives = (id) => {
    try {
      return process.kill(id, 0);
    } catch {
      return false;
    }
  };
  await window.until("the first server to end", () => !lives(started.at(-1)));
  return { after, servers: starts(window).length - started.length };
}

/** The server ends at once whenever it is started, until its program is mended. */
export async function keepsEnding(window) {
  await window.open(PUBLISHER, "publishEvent(");
  await window.status(/restarting/);
  const toast = await failure(window);
  const tries = starts(window).length;
  const status = await window.status(/Eventlens$/);
  await window.screenshot("keeps-ending");
  const lines = await logged(window, "broken on purpose");
  writeFileSync(join(window.folder, "..", "mended"), "");
  await toast.element.getByRole("button", { name: "Restart", exact: true }).click();
  const after = await window.status(/\d+ findings/);
  return { text: toast.text, buttons: toast.buttons, tries, status, lines, after };
}

/** There is no server to be had. */
export async function nowhere(window) {
  await window.open(PUBLISHER, "publishEvent(");
  const { text, buttons } = await failure(window);
  await window.screenshot("nowhere");
  return { text, buttons, status: await window.status(/./) };
}

async function failure(window) {
  const element = window.page.locator(".notification-toast").filter({ hasText: /[Ee]ventlens/ }).first();
  await element.waitFor();
  return {
    element,
    text: await element.locator(".notification-list-item-message").innerText(),
    buttons: await element.locator(".notification-list-item-buttons-container a").allInnerTexts(),
  };
}

/** The menu behind the status item. */
export async function menu(window) {
  await begin(window);
  await window.statusItem().click();
  const rows = window.page.locator(".quick-input-list .monaco-list-row");
  await rows.first().waitFor();
  return { rows: await texts(rows) };
}

/** The consumers of the channel at the cursor. */
export async function consumers(window) {
  await begin(window, "publishEvent(TOPICS");
  await window.command("Eventlens: Show Consumers of This Channel");
  const peek = window.page.locator(".peekview-widget .ref-tree .monaco-list-row");
  await peek.first().waitFor();
  return { rows: await texts(peek) };
}

/** What the extension and the server write to the log. */
export async function log(window) {
  await begin(window);
  return { lines: await logged(window, "the setting", "starting", "the server ended", "next start") };
}

/** The talk between editor and server is written down from the moment that the setting says so, until it does not. */
export async function trace(window) {
  await begin(window);
  await window.command("Output: Show Output Channels...", "Eventlens Trace");
  const before = await texts(window.page.locator(".part.panel .view-line"));
  window.settings({ "eventlens.trace.server": "messages" });
  await window.until("the setting to count", async () => {
    await window.command("Eventlens: Refresh Event Flows");
    return (await window.page.locator(".part.panel .view-line").filter({ hasText: "eventlens/map" }).count()) > 0;
  });
  const lines = await output(window, "eventlens/map");
  await window.screenshot("trace");
  window.settings({ "eventlens.trace.server": undefined });
  return { before, lines };
}

/** The entries of the log with each of these texts: filtered, as the window draws no lines that have scrolled away. */
async function logged(window, ...wanted) {
  const filter = window.page.locator(".part.panel input[placeholder^='Filter']");
  const lines = [];
  for (const text of wanted) {
    await window.until(`"${text}" in the log`, async () => {
      await window.command("Eventlens: Open Log");
      await filter.fill(text);
      const line = window.page.locator(".part.panel .view-line").filter({ hasText: text }).first();
      return line.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
    });
    lines.push(...(await output(window, text)));
  }
  await filter.fill("");
  return lines;
}

/** The lines of the output panel that is open, once one of them has this text. */
async function output(window, text) {
  const lines = window.page.locator(".part.panel .view-line");
  await lines.filter({ hasText: text }).first().waitFor();
  return texts(lines);
}

/** Nothing is installed and nothing set: what the window says until the first finding is underlined. */
export async function firstStart(window) {
  await window.open(PUBLISHER, "publishEvent(");
  const said = new Set();
  const toasts = window.page.locator(".notification-toast .notification-list-item-message");
  await window.until("a finding", async () => {
    (await toasts.allInnerTexts()).forEach((text) => said.add(text));
    return (await window.page.locator(".monaco-editor .squiggly-error").count()) > 0;
  });
  const lenses = await texts(await window.lenses());
  await window.screenshot("first-start");
  return { said: [...said], lenses, status: await window.status(/\d+ findings/) };
}
