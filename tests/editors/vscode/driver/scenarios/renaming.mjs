// Changes of several files: a channel's name in all services and configuration files, a fix with its declarations.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REFUNDS, texts } from "./reading.mjs";

const NAMES = "packages/messaging/src/topics.ts";
const DECLARATIONS = "services/payments/src/topology.ts";
const GIFTS = "services/orders/src/carts/gift-cards.ts";

/** Types a new name where the cursor stands; the name that the box offered. */
async function rename(window, file, text, name, key = "Enter") {
  await window.open(file, text);
  await window.status(/\d+ findings/);
  await window.page.keyboard.press("F2");
  const box = window.page.locator(".rename-box input.rename-input");
  await box.waitFor();
  const offered = await box.inputValue();
  await box.fill(name);
  await window.page.keyboard.press(key);
  return offered;
}

/** The preview of changes that is open, once it is unfolded down to `text`: its files with their ticks, and the lines that change. */
async function preview(window, text) {
  const rows = window.page.locator(".bulk-edit-panel .monaco-list-row");
  await rows.filter({ hasText: text }).first().waitFor();
  return { rows, lines: await texts(rows), ticks: await rows.locator("input[type='checkbox']").evaluateAll((boxes) => boxes.map((box) => box.checked)) };
}

async function apply(window) {
  const button = window.page.locator(".bulk-edit-panel").getByRole("button", { name: "Apply", exact: true });
  await button.click();
  await button.waitFor({ state: "hidden" });
}

/** The files of the workspace that have this text, once all of them do. */
async function written(window, files, text) {
  await window.command("File: Save All");
  await window.until(`${text} in ${files.join(", ")}`, () => files.every((file) => readFileSync(join(window.folder, file), "utf8").includes(text)));
  return files.map((file) => readFileSync(join(window.folder, file), "utf8").split("\n").filter((line) => line.includes(text)).join("\n"));
}

/** Looked at first, then made, in code and configuration of three languages; the flow is the same under the other name. */
export async function renameChannel(window) {
  const offered = await rename(window, NAMES, "order-events'", "order-news", "Control+Enter");
  const { lines, ticks } = await preview(window, "ORDER_EVENTS_TOPIC=");
  await window.page.locator(".part.panel [aria-label='Group Changes By Type']").first().click();
  const kinds = (await preview(window, "Configuration")).lines;
  await window.screenshot("rename");
  await apply(window);
  const files = [".env", "docker-compose.yml", NAMES, "services/inventory/inventory/settings.py"];
  const saved = await written(window, files, "order-news");
  await window.open("services/orders/src/orders/cancel-order.ts", "publishEvent(");
  const hint = window.page.locator(".view-line").filter({ hasText: "= order-news" });
  await hint.first().waitFor();
  const lenses = await texts(await window.lenses());
  // And back, without a look.
  await rename(window, NAMES, "order-news'", "order-events");
  await written(window, files, "order-events");
  return { offered, lines, ticks, kinds, saved, lenses };
}

/** A name that another channel has, and one that is made of parts: the box or a message says why not, and nothing changes. */
export async function renameRefused(window) {
  const { page } = window;
  await rename(window, NAMES, "stock-levels'", "stock-requests");
  const toast = page.locator(".notification-toast").filter({ hasText: "stock-requests" });
  await toast.waitFor();
  await window.screenshot("rename-refused");
  const taken = await toast.locator(".notification-list-item-message").innerText();
  writeFileSync(
    join(window.folder, GIFTS),
    `import { createEvent, publishEvent } from '@storefront/messaging';

const KIND = 'gift';

export async function sendGiftCard(cardId: string): Promise<void> {
  await publishEvent('gift-cards', createEvent('GiftCardSent', { cardId }), cardId);
}

export async function cancelGiftCard(cardId: string): Promise<void> {
  await publishEvent(\`\${KIND}-cards\`, createEvent('GiftCardCancelled', { cardId }), cardId);
}
`,
  );
  await window.open(GIFTS, "gift-cards");
  await window.lenses();
  await page.keyboard.press("F2");
  const message = page.locator(".monaco-editor-overlaymessage, .notification-toast").filter({ hasText: "gift-cards" });
  await message.first().waitFor();
  await window.screenshot("rename-parts");
  const parts = (await texts(message)).join(" ");
  rmSync(join(window.folder, GIFTS));
  return { taken, parts, unchanged: readFileSync(join(window.folder, NAMES), "utf8").includes("'stock-levels'") };
}

/** A fix that changes another file too waits for consent to all of it: applied as it opens, it does nothing. */
export async function severalFiles(window) {
  const { page } = window;
  const files = [REFUNDS, DECLARATIONS];
  const contents = () => files.map((file) => readFileSync(join(window.folder, file), "utf8"));
  const before = contents();
  const choose = async () => {
    await window.open(REFUNDS, "nack(message");
    await window.squiggle();
    const offered = page.locator(".action-widget .monaco-list-row").first();
    await window.doneUntil(offered, () => page.keyboard.press("Control+.")); // saving may have the editor drop the question
    const focused = page.locator(".action-widget .monaco-list-row.focused");
    await window.until("the fix", async () => {
      if ((await focused.innerText()).includes("Dead-letter into")) {
        return true;
      }
      await page.keyboard.press("ArrowDown");
      return null;
    });
    await page.keyboard.press("Enter");
    return preview(window, "assertQueue");
  };
  const { lines, ticks } = await choose();
  await apply(window);
  await window.command("File: Save All");
  const untouched = String(contents()) === String(before);
  const { rows } = await choose();
  for (const file of ["refund-requests.ts", "topology.ts"]) {
    await rows.filter({ hasText: file }).locator("input[type='checkbox']").click();
  }
  await window.until("all to be ticked", async () => (await preview(window, "assertQueue")).ticks.every(Boolean));
  await window.screenshot("several-files");
  await apply(window);
  await window.until("both files to be saved", async () => {
    await window.command("File: Save All");
    return contents().every((text, at) => text !== before[at]);
  });
  const after = contents();
  files.forEach((file, at) => writeFileSync(join(window.folder, file), before[at]));
  return { lines, ticks, untouched, after };
}
