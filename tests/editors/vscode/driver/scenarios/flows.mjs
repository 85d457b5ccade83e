// The tree of event flows and the flow graph.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { texts } from "./reading.mjs";

export async function tree(window) {
  const { page } = window;
  await page.locator(".activitybar a[aria-label^='Eventlens']").click();
  const rows = page.locator(".part.sidebar .monaco-list-row");
  const row = (level, name) => page.locator(`.part.sidebar .monaco-list-row[aria-level="${level}"]`).filter({ has: page.getByText(name, { exact: true }) });
  const unfold = async (level, name) => {
    await row(level, name).waitFor();
    if ((await row(level, name).getAttribute("aria-expanded")) === "false") {
      await row(level, name).locator(".monaco-tl-twistie").click();
    }
    await page.locator(`.part.sidebar .monaco-list-row[aria-level="${level + 1}"]`).first().waitFor();
  };
  await unfold(1, "Services");
  await unfold(2, "orders");
  await unfold(3, "order-events");
  await unfold(2, "OrderCancelled");
  const shown = await texts(rows);
  await row(4, "OrderCancelled").click();
  await page.locator('.tab.active[data-resource-name="cancel-order.ts"]').waitFor();
  await window.lenses();
  await page.mouse.move(800, 700);
  await page.waitForTimeout(500);
  await window.screenshot("tree");
  return { rows: shown, opened: (await texts(page.locator(".part.statusbar a[aria-label^='Ln ']"))).join() };
}

async function openGraph(window) {
  await window.command("Eventlens: Show Flow Graph");
  const frame = window.webview();
  await frame.locator(".node").first().waitFor();
  return frame;
}

export async function graph(window) {
  const { page } = window;
  const frame = await openGraph(window);
  await window.command("View: Close Primary Side Bar");
  await page.waitForTimeout(500);
  await frame.getByRole("button", { name: "Show the whole graph" }).click();
  await page.mouse.move(640, 790);
  await window.screenshot("graph");
  return {
    services: await frame.locator(".node.service").count(),
    channels: await frame.locator(".node.channel").count(),
    circle: await frame.locator(".edge.in-cycle").count(),
    marks: await frame.locator(".edge .mark").count(),
  };
}

export async function graphFilters(window) {
  const frame = await openGraph(window);
  const nodes = frame.locator(".node");
  const stockLevels = nodes.filter({ hasText: "stock-levels" });
  const names = async () => (await frame.locator(".node .name").allTextContents()).sort();
  const shown = {};
  await frame.getByLabel("Broker", { exact: true }).selectOption("rabbitmq");
  await stockLevels.waitFor({ state: "detached" });
  shown.rabbitmq = await names();
  await frame.getByRole("button", { name: "Clear all filters" }).click();
  await stockLevels.waitFor();
  await frame.getByLabel("Event", { exact: true }).selectOption("CartAbandoned");
  await stockLevels.waitFor({ state: "detached" });
  shown.cartAbandoned = await names();
  await frame.getByRole("button", { name: "Clear all filters" }).click();
  await stockLevels.waitFor();
  await frame.getByLabel("Search names").fill("CARRIER");
  await stockLevels.waitFor({ state: "detached" });
  shown.carrier = await names();
  await frame.getByRole("button", { name: "Clear all filters" }).click();
  await stockLevels.waitFor();
  return shown;
}

/** By keys alone: from the search over the bar into the graph, to a neighbour, into its code. */
export async function graphKeys(window) {
  const { page } = window;
  const frame = await openGraph(window);
  const focused = frame.locator(".node:focus");
  await frame.getByLabel("Search names").focus();
  for (let stops = 0; stops < 20 && (await focused.count()) === 0; stops++) {
    await page.keyboard.press("Tab");
  }
  const first = await focused.getAttribute("aria-label");
  await page.keyboard.press("ArrowUp");
  const second = await focused.getAttribute("aria-label");
  await window.screenshot("graph-focus");
  await page.keyboard.press("Enter");
  const tab = page.locator(".tab.active[data-resource-name$='.py']");
  await tab.waitFor();
  return { first, second, opened: await tab.getAttribute("data-resource-name") };
}

/** A click on a node tells of it, one on a place there leads to the code, and so does one on a line's label. */
export async function graphMouse(window) {
  const { page } = window;
  const frame = await openGraph(window);
  const opened = async (name) => {
    await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
    return page.locator(".part.statusbar a[aria-label^='Ln ']").innerText();
  };
  await frame.locator(".node.service").filter({ hasText: "orders" }).click();
  const details = frame.locator("#details");
  await details.waitFor();
  const told = (await texts(details)).join();
  await details.getByRole("button").filter({ hasText: "cancel-order.ts" }).click();
  const place = await opened("cancel-order.ts");
  await frame.locator(".edge .label").filter({ hasText: "CartAbandoned" }).click({ force: true });
  const edge = await opened("abandon-carts.ts");
  return { told, place, edge };
}

/** A file comes and goes on the disk: the graph follows. */
export async function graphFollows(window) {
  const frame = await openGraph(window);
  const added = frame.locator(".node").filter({ hasText: "gift-cards" });
  const before = await added.count();
  const file = join(window.folder, "services/orders/src/carts/gift-cards.ts");
  writeFileSync(
    file,
    `import { createEvent, publishEvent } from '@storefront/messaging';

export async function sendGiftCard(cardId: string): Promise<void> {
  await publishEvent('gift-cards', createEvent('GiftCardSent', { cardId }), cardId);
}
`,
  );
  await added.waitFor();
  const label = await added.getAttribute("aria-label");
  rmSync(file);
  await added.waitFor({ state: "detached" });
  return { before, label };
}

export async function graphTheme(window) {
  const frame = await openGraph(window);
  const colours = () =>
    frame.locator(".node .name").first().evaluate((name) => [getComputedStyle(name).fill, getComputedStyle(document.body).backgroundColor]);
  const dark = await colours();
  await window.command("Preferences: Toggle between Light/Dark Themes");
  const light = await window.until("other colours", async () => {
    const now = await colours();
    return String(now) !== String(dark) && now;
  });
  await window.screenshot("graph-light");
  await window.command("Preferences: Toggle between Light/Dark Themes");
  return { dark, light };
}

export async function graphExport(window) {
  const { page } = window;
  const frame = await openGraph(window);
  const saved = {};
  for (const format of ["svg", "png"]) {
    await frame.getByRole("button", { name: `Save as ${format.toUpperCase()}…` }).click();
    const box = page.locator(".quick-input-widget input[type='text']");
    await box.waitFor();
    await page.keyboard.press("Enter");
    await box.waitFor({ state: "hidden" });
    const file = join(window.folder, `event-flows.${format}`);
    saved[format] = await window.until("the whole picture", () => {
      const written = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
      return written.includes(format === "svg" ? "</svg>" : "IEND") && written.toString("base64");
    });
  }
  return saved;
}
