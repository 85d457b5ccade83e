import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { SOURCE_LANGUAGES } from "../src/client/documents";

interface Manifest {
  readonly activationEvents: readonly string[];
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly walkthroughs?: readonly { readonly steps: readonly { readonly description: string; readonly media: Record<string, string> }[] }[];
    readonly menus: Record<string, readonly { readonly command: string }[]>;
    readonly viewsWelcome: readonly { readonly contents: string }[];
  };
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const contributed = manifest.contributes.commands.map(({ command }) => command);

test("the extension starts with a file of each language that the server reads", () => {
  const languages = manifest.activationEvents.flatMap((event) => (event.startsWith("onLanguage:") ? [event.slice("onLanguage:".length)] : []));
  assert.deepEqual(languages, [...SOURCE_LANGUAGES]);
});

test("each command that is offered is registered", () => {
  const source = readFileSync("src/extension.ts", "utf8");
  for (const command of contributed) assert.match(source, new RegExp(`\\b${command.replace("eventlens.", "")}\\b[:,]`), command);
});

test("menus and texts name commands that there are, and files that there are", () => {
  const steps = (manifest.contributes.walkthroughs ?? []).flatMap((walkthrough) => walkthrough.steps);
  const texts = [...manifest.contributes.viewsWelcome.map(({ contents }) => contents), ...steps.map(({ description }) => description)];
  const linked = texts.flatMap((text) => [...text.matchAll(/\(command:(eventlens\.\w+)\)/g)].map(([, command]) => command));
  const inMenus = Object.values(manifest.contributes.menus).flat().map(({ command }) => command);
  for (const command of [...linked, ...inMenus]) assert.ok(contributed.includes(command ?? ""), command);
  for (const file of [manifest.icon, ...steps.flatMap(({ media }) => Object.values(media))]) assert.ok(existsSync(file), file);
});
