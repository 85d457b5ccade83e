// Bundles the extension into dist/ and its unit tests into out/test/; writes the licences of what is bundled.
import { build, context } from "esbuild";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PERMITTED = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "EPL-2.0"]);
const asked = new Set(process.argv.slice(2));
const production = asked.has("--production");

const shared = { bundle: true, target: "node20", platform: "node", logLevel: "warning", sourcemap: production ? false : "linked" };

const extension = {
  ...shared,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  format: "cjs",
  external: ["vscode"],
  minify: production,
  metafile: true,
};

/** The page of the flow graph, which runs in a web view. */
const graph = {
  ...shared,
  entryPoints: ["src/graph/view/main.ts"],
  outdir: "dist/graph",
  format: "iife",
  platform: "browser",
  target: "es2022",
  minify: production,
  metafile: true,
};

/** The package that holds each bundled file of node_modules. */
function packagesOf(metafile) {
  const folders = Object.keys(metafile.inputs).map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(folders)].filter((folder) => folder !== undefined).sort();
}

/** Write the notices of all that is bundled; fail where a licence is not one of those permitted. */
function writeLicences(metafiles) {
  const notices = metafiles.flatMap(packagesOf).map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    if (!PERMITTED.has(license)) throw new Error(`${name} ${version} is under ${license}, which is not permitted in the bundle`);
    const text = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    return `${name} ${version} (${license})\n\n${text ? readFileSync(join(folder, text), "utf8").trim() : ""}\n`;
  });
  writeFileSync("dist/LICENSES.txt", [...new Set(notices)].join(`\n${"-".repeat(72)}\n\n`));
}

if (asked.has("--tests")) {
  rmSync("out/test", { recursive: true, force: true });
  const entryPoints = readdirSync("test").filter((name) => name.endsWith(".test.ts")).map((name) => join("test", name));
  await build({ ...shared, entryPoints, outdir: "out/test", format: "cjs", sourcemap: "inline" });
} else if (asked.has("--watch")) {
  for (const bundle of [extension, graph]) await (await context(bundle)).watch();
} else {
  rmSync("dist", { recursive: true, force: true });
  const built = [await build(extension), await build(graph)];
  writeLicences(built.map(({ metafile }) => metafile));
}
