// Settings that change while the window is open.
import { PUBLISHER, REFUNDS, texts } from "./reading.mjs";

/** Navigation only: findings and fixes go, ways and hovers stay; all is back with the setting. */
export async function navigationOnly(window) {
  const { page } = window;
  await window.open(PUBLISHER, "publishEvent(");
  const squiggle = await window.squiggle("error");
  window.settings({ "eventlens.navigationOnly": true });
  await squiggle.waitFor({ state: "detached" });
  await page.keyboard.press("Control+.");
  const none = page.locator(".monaco-editor-overlaymessage").filter({ hasText: "No code actions available" });
  await none.waitFor();
  const lenses = await texts(await window.lenses());
  await page.keyboard.press("Escape");
  await window.pointAt(page.locator(".view-line span span").filter({ hasText: /^publishEvent$/ }).last());
  const shown = page.locator(".monaco-hover:visible").filter({ hasText: "order-events" }).first();
  await shown.waitFor();
  await window.screenshot("navigation-only");
  const hover = (await texts(shown)).join(" ");
  window.settings({ "eventlens.navigationOnly": undefined });
  await window.squiggle("error");
  return { lenses, hover };
}

/** Switches of single features, and of lesser findings. */
export async function switches(window) {
  await window.open(PUBLISHER, "publishEvent(");
  const before = await texts(await window.lenses());
  window.settings({ "eventlens.codeLens": false });
  const lenses = window.page.locator(".codelens-decoration a");
  await window.until("the lenses to go", async () => (await lenses.count()) === 0);
  await window.squiggle("error");
  window.settings({ "eventlens.codeLens": undefined });
  const after = await texts(await window.lenses());
  await window.open(REFUNDS, "nack(message");
  const warning = await window.squiggle("warning");
  await window.squiggle("error");
  window.settings({ "eventlens.minimumSeverity": "error" });
  await warning.waitFor({ state: "detached" });
  await window.squiggle("error");
  window.settings({ "eventlens.minimumSeverity": undefined });
  await window.squiggle("warning");
  return { before, after };
}
