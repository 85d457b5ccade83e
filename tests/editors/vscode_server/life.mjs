// Plays what happens to the server of one VS Code window, and prints, as JSON, what the window said. Options are those of the other driver.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openWindow } from "../vscode/driver/window.mjs";

const FILE = "services/orders/src/orders/cancel-order.ts";

/** What the status bar says. */
async function status(window) {
  return (await window.page.locator(".statusbar-item[id='eventlens.eventlens.eventlens.status'], .statusbar-item[id*='eventlens']").first().innerText()).trim();
}

async function until(window, what, pattern) {
  return window.until(what, async () => {
    const text = await status(window).catch(() => "");
    return pattern.test(text) ? text : null;
  });
}

const scenarios = {
  /** The server is killed; another takes its place. */
  async killed(window) {
    const servers = () => readFileSync(join(window.folder, "..", "servers"), "utf8").trim().split("\n").map(Number);
    await window.open(FILE, "publishEvent(");
    const before = await until(window, "the first findings", /\d+ findings/);
    process.kill(servers().at(-1), "SIGKILL");
    const meanwhile = await until(window, "the news of the crash", /restarting/);
    const after = await until(window, "the findings after the crash", /\d+ findings/);
    await window.squiggle("error");
    return { before, meanwhile, after, servers: servers().length };
  },

  /** There is no server to be had. */
  async nowhere(window) {
    await window.open(FILE, "publishEvent(");
    const toast = window.page.locator(".notification-toast").filter({ hasText: /eventlens|Eventlens/ }).first();
    await toast.waitFor();
    const buttons = await toast.locator(".notification-list-item-buttons-container a").allInnerTexts();
    const text = await toast.locator(".notification-list-item-message").innerText();
    await window.screenshot("nowhere");
    return { text, buttons, status: await status(window) };
  },

  /** The menu behind the status item. */
  async menu(window) {
    await window.open(FILE, "publishEvent(");
    await until(window, "the first findings", /\d+ findings/);
    await window.page.locator(".statusbar-item[id*='eventlens']").first().click();
    const rows = window.page.locator(".quick-input-list .monaco-list-row");
    await rows.first().waitFor();
    return { rows: (await rows.allInnerTexts()).map((text) => text.trim()) };
  },

  /** The consumers of the channel at the cursor. */
  async consumers(window) {
    await window.open(FILE, "publishEvent(TOPICS");
    await until(window, "the first findings", /\d+ findings/);
    await window.command("Eventlens: Show Consumers of This Channel");
    const peek = window.page.locator(".peekview-widget .ref-tree .monaco-list-row");
    await peek.first().waitFor();
    return { rows: (await peek.allInnerTexts()).map((text) => text.trim()) };
  },
};

const window = await openWindow(JSON.parse(process.env.EVENTLENS_TEST_WINDOW));
const outcomes = {};
for (const name of process.argv.slice(2)) {
  const began = Date.now();
  try {
    outcomes[name] = { facts: await scenarios[name](window), error: null, milliseconds: Date.now() - began };
  } catch (problem) {
    await window.screenshot(`failed-${name}`);
    outcomes[name] = { facts: {}, error: String(problem.stack ?? problem), milliseconds: Date.now() - began };
  }
  await window.page.keyboard.press("Escape");
}
await window.close();
console.log(JSON.stringify(outcomes));
