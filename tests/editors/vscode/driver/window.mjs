// A VS Code window in a browser, and what a person does in it with mouse and keys.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The window over `folder`, once its workbench stands. */
export async function openWindow({ port, folder, settings, artefacts, chromium, playwright, patience }) {
  const { chromium: browsers } = createRequire(import.meta.url)(playwright);
  const browser = await browsers.launch({
    executablePath: chromium,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(patience);
  const window = new Window(browser, page, { folder, settings, artefacts, patience });
  page.on("request", (request) => window.note(request.url()));
  await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`, { timeout: 60000 });
  await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60000 });
  return window;
}

class Window {
  #browser;
  #hosts = new Set();
  #settings;

  constructor(browser, page, { folder, settings, artefacts, patience }) {
    this.#browser = browser;
    this.#settings = settings;
    this.page = page;
    this.folder = folder;
    this.artefacts = artefacts;
    this.patience = patience;
  }

  note(address) {
    const { protocol, hostname, origin } = new URL(address);
    // The files of web views have such addresses; a service worker of the window answers them.
    const isOwn = hostname === "127.0.0.1" || hostname.endsWith(".vscode-resource.vscode-cdn.net");
    if (/^(https?|wss?):$/.test(protocol) && !isOwn) {
      this.#hosts.add(origin);
    }
  }

  /** Hosts that the window asked for, other than this machine. */
  outside() {
    return [...this.#hosts];
  }

  async close() {
    // Leaving the page tells code-server to end the extensions of this window, and they end the language server.
    await this.page.goto("about:blank");
    await this.page.waitForTimeout(500);
    await this.#browser.close();
  }

  /** Back to a window without open files, panels and messages. */
  async clear() {
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("Escape");
    await this.command("View: Close All Editors");
    if (await this.page.locator(".part.panel").isVisible()) {
      await this.command("View: Hide Panel");
    }
    if (!(await this.page.locator(".explorer-folders-view").isVisible())) {
      await this.page.keyboard.press("Control+Shift+E");
    }
    await this.command("Notifications: Clear All Notifications");
  }

  /** Runs a command, and takes `entry` from the list that it opens. */
  async command(title, entry = null) {
    const box = await this.until(`"${title}" to be typed`, async () => {
      const opened = await this.#boxOf("F1");
      // What the command before it changed, the colours say, may close a box that has only just opened.
      return opened.fill(`>${title}`, { timeout: 3000 }).then(
        () => opened,
        () => null,
      );
    });
    await this.#take(title);
    if (entry !== null) {
      await box.fill(entry);
      await this.#take(entry);
    }
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  async #take(text) {
    await this.page.locator(".quick-input-list .monaco-list-row.focused").filter({ hasText: text }).waitFor();
    await this.page.keyboard.press("Enter");
  }

  /** The box that a key opens; a window that has only just begun may miss the key. */
  async #boxOf(key) {
    const box = this.page.locator(".quick-input-widget input[type='text']");
    await this.doneUntil(box, () => this.page.keyboard.press(key));
    return box;
  }

  /** Opens a file of the workspace with the cursor before the first `text` in it. */
  async open(file, text) {
    const before = readFileSync(join(this.folder, file), "utf8").split(text, 1)[0];
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    const box = await this.#boxOf("Control+P");
    await box.fill(`${this.folder}/${file}:${line}:${column}`);
    const name = file.split("/").at(-1);
    await this.page.locator(".quick-input-list .monaco-list-row.focused").filter({ hasText: name }).waitFor();
    await this.page.keyboard.press("Enter");
    await this.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
    await this.page.locator(".monaco-editor.focused .view-line").first().waitFor();
  }

  /** Writes some settings of this machine; those that are undefined go. */
  settings(changed) {
    const before = JSON.parse(readFileSync(this.#settings, "utf8"));
    writeFileSync(this.#settings, JSON.stringify({ ...before, ...changed }, null, 2));
  }

  /** The extension's item in the status bar. */
  statusItem() {
    return this.page.locator(".statusbar-item[id*='eventlens']").first();
  }

  /** What the item says, once that matches. */
  async status(pattern) {
    return this.until(`the status ${pattern}`, async () => {
      const text = (await this.statusItem().innerText().catch(() => "")).trim();
      return pattern.test(text) && text;
    });
  }

  /** The first underlined range of the file that is open; `severity` narrows to "error", "warning" or "info". */
  async squiggle(severity = null) {
    const kinds = severity === null ? ["error", "warning", "info"] : [severity];
    const found = this.page.locator(kinds.map((kind) => `.monaco-editor .squiggly-${kind}`).join(", ")).first();
    await found.waitFor({ state: "attached" });
    return found;
  }

  /** The lenses of the file that is open, once there are some. */
  async lenses() {
    const found = this.page.locator(".codelens-decoration a");
    await found.first().waitFor();
    return found;
  }

  /** Moves the mouse onto an element of the code, near its beginning. */
  async pointAt(locator) {
    const box = await this.until("the element to be drawn", () => locator.boundingBox()); // some are drawn anew meanwhile
    const [x, y] = [box.x + Math.min(box.width / 2, 40), box.y + box.height / 2];
    await this.page.mouse.move(x, y - 60);
    await this.page.mouse.move(x, y, { steps: 5 });
  }

  /** Asks again and again until the answer is neither false nor null; the answer. */
  async until(what, ask) {
    for (const end = Date.now() + this.patience; Date.now() < end; ) {
      const answer = await ask();
      if (answer !== false && answer !== null) {
        return answer;
      }
      await this.page.waitForTimeout(50);
    }
    throw new Error(`waited in vain for ${what}`);
  }

  /** Does something, again every few seconds, until `locator` is seen. */
  async doneUntil(locator, act) {
    await this.until(`${locator} to be seen`, async () => {
      await act();
      return locator.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
    });
  }

  /** The page inside the web view that is open. */
  webview() {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  }

  async screenshot(name) {
    await this.page.screenshot({ path: join(this.artefacts, `${name}.png`) });
  }
}
