// In the code: findings, hovers, fixes, the ways to the other ends.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PUBLISHER, texts, UNAWAITED } from "./reading.mjs";

export async function squiggle(window) {
  const { page } = window;
  await window.open(PUBLISHER, "publishEvent(");
  const severity = await (await window.squiggle()).getAttribute("class");
  const lenses = await texts(await window.lenses());
  await page.keyboard.press("Control+Shift+M");
  const filter = page.locator(".part.panel .viewpane-filter input");
  const problems = page.locator(".markers-panel .monaco-list-row");
  // A panel that has only just opened may move its filter, and forgets what was typed before.
  await window.doneUntil(problems.filter({ hasText: "dual-write" }).first(), async () => {
    await filter.fill("");
    await filter.fill("cancel-order.ts");
  });
  await window.screenshot("squiggle");
  return { severity, lenses, problems: await texts(problems) };
}

export async function hover(window) {
  await window.open(PUBLISHER, "publishEvent(");
  await window.lenses();
  await window.pointAt(await window.squiggle());
  const shown = window.page.locator(".monaco-hover:visible").filter({ hasText: "order-events" }).first();
  await shown.waitFor();
  const onSquiggle = (await texts(shown)).join(" ");
  await window.page.keyboard.press("Escape");
  await window.pointAt(window.page.locator(".view-line span span").filter({ hasText: /^'OrderCancelled'$/ }).first());
  const event = window.page.locator(".monaco-hover:visible").filter({ hasText: "payload.orderId" }).first();
  await event.waitFor();
  await window.page.waitForTimeout(300);
  await window.screenshot("hover");
  return { onSquiggle, onEvent: (await texts(event)).join(" ") };
}

export async function quickFix(window) {
  const { page } = window;
  await window.open(UNAWAITED, "publishEvent(\n");
  const warning = await window.squiggle("warning");
  await window.status(/\d+ findings/);
  const offered = page.locator(".action-widget .monaco-list-row");
  const wanted = offered.filter({ hasText: "Await the publish" }).first();
  // The editor drops the question where diagnostics come at that moment.
  await window.doneUntil(wanted, () => page.keyboard.press("Control+."));
  await window.screenshot("quick-fix");
  const titles = await texts(offered);
  await page.keyboard.press("Enter"); // the menu swallows clicks
  await page.locator(".view-line").filter({ hasText: /await\s+publishEvent/ }).first().waitFor();
  await warning.waitFor({ state: "detached" });
  await page.keyboard.press("Control+S");
  const saved = await window.until("the file to be saved", () => {
    const text = readFileSync(join(window.folder, UNAWAITED), "utf8");
    return text.includes("await publishEvent") && text;
  });
  await window.screenshot("quick-fix-applied");
  return { titles, saved };
}

export async function peekConsumers(window) {
  await window.open(PUBLISHER, "publishEvent(");
  await window.squiggle();
  await window.page.keyboard.press("Control+Shift+F10");
  const ends = window.page.locator(".reference-zone-widget .monaco-list-row");
  await ends.first().waitFor();
  await window.status(/\d+ findings/);
  await window.page.waitForTimeout(500);
  await window.screenshot("peek");
  return { ends: await texts(ends) };
}

export async function peekReferences(window) {
  await window.open(PUBLISHER, "publishEvent(");
  await window.squiggle();
  await window.page.keyboard.press("Shift+F12");
  const places = window.page.locator(".reference-zone-widget .monaco-list-row");
  await places.filter({ hasText: "relay.ts" }).first().waitFor();
  await window.screenshot("references");
  return { places: await texts(places) };
}

export async function lens(window) {
  await window.open(PUBLISHER, "publishEvent(");
  await (await window.lenses()).filter({ hasText: "2 consumers" }).first().click();
  const peek = window.page.locator(".reference-zone-widget");
  const ends = peek.locator(".monaco-list-row");
  await ends.filter({ hasText: "reservations.py" }).first().waitFor();
  await window.screenshot("lens");
  const asked = await window.page.locator(".notification-toast").count();
  return { ends: await texts(ends), title: (await texts(peek.locator(".head"))).join(" "), asked };
}

export async function configurationHints(window) {
  await window.open(".env", "ORDER_EVENTS_TOPIC=");
  const lines = window.page.locator(".monaco-editor.focused .view-line");
  const line = lines.filter({ hasText: "ORDER_EVENTS_TOPIC=" }).filter({ hasText: "←" }).first();
  await line.waitFor();
  await window.screenshot("configuration-hints");
  return { line: (await texts(line)).join() };
}
