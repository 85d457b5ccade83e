// Plays the named scenarios in one VS Code window and prints, as JSON, what each of them saw.
// What to open and where is in EVENTLENS_TEST_WINDOW. Exit code 0 says that all were played, not that all succeeded.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import * as code from "./scenarios/code.mjs";
import * as flows from "./scenarios/flows.mjs";
import * as renaming from "./scenarios/renaming.mjs";
import * as server from "./scenarios/server.mjs";
import * as settings from "./scenarios/settings.mjs";
import * as trust from "./scenarios/trust.mjs";
import { openWindow } from "./window.mjs";

const scenarios = { ...code, ...flows, ...renaming, ...server, ...settings, ...trust };
const options = JSON.parse(process.env.EVENTLENS_TEST_WINDOW);
const names = process.argv.slice(2);
const window = await openWindow(options);
const outcomes = {};
for (const name of names) {
  const began = Date.now();
  let facts = {};
  let error = null;
  try {
    // What a window says while it opens is for the first scenario to see.
    if (name !== names[0]) {
      await window.clear();
    }
    facts = await scenarios[name](window);
  } catch (problem) {
    error = stripVTControlCharacters(String(problem.stack ?? problem));
    await window.screenshot(`failed-${name}`);
    writeFileSync(join(options.artefacts, `failed-${name}.html`), await window.page.content());
  }
  outcomes[name] = { facts: facts ?? {}, error, milliseconds: Date.now() - began };
}
const outside = window.outside();
await window.close();
if (outside.length > 0) {
  console.error(`the window asked for other hosts: ${outside.join(", ")}`);
  process.exit(1);
}
console.log(JSON.stringify(outcomes, null, 1));
