// Real environments of a real Python; what is installed is a package made here, so that no registry is asked.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { examine, type Interpreter } from "../src/discovery/interpreters";
import { type Installation, ManagedEnvironment } from "../src/discovery/managed";
import { DiscoveryProblem } from "../src/discovery/problems";
import { run } from "../src/discovery/processes";
import { serverPython } from "./storefront";

const ROOM = mkdtempSync(join(tmpdir(), "eventlens-managed-"));
after(() => {
  rmSync(ROOM, { recursive: true, force: true });
});

async function base(): Promise<Interpreter> {
  const python = await examine(serverPython());
  assert.ok(python?.makesEnvironments, "this test needs a Python with venv and ensurepip");
  return python;
}

/** A wheel named eventlens with one empty module, put together by hand: building one would need a build backend. */
async function wheel(version: string): Promise<string> {
  const path = join(ROOM, `eventlens-${version}-py3-none-any.whl`);
  const script = `
import sys, zipfile
path, version = sys.argv[1:]
info = f"eventlens-{version}.dist-info"
files = {
    "eventlens.py": "",
    f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: eventlens\\nVersion: {version}\\n",
    f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}
files[f"{info}/RECORD"] = "".join(f"{name},,\\n" for name in [*files, f"{info}/RECORD"])
with zipfile.ZipFile(path, "w") as archive:
    for name, text in files.items():
        archive.writestr(name, text)
`;
  const made = await run(serverPython(), ["-I", "-c", script, path, version]);
  assert.equal(made.code, 0, made.errors);
  return path;
}

function watched(signal = new AbortController().signal): Installation & { steps: string[] } {
  const steps: string[] = [];
  return { signal, steps, step: (text) => steps.push(text), line: () => undefined };
}

test("it is made once, works where it lies, is found again, and made anew where its Python is gone", async () => {
  const storage = join(ROOM, "once");
  const managed = new ManagedEnvironment(storage, { wheel: await wheel("0.1.0"), specifier: "" }, "");
  assert.equal(await managed.existing(), null);
  const progress = watched();
  const python = await managed.make(await base(), progress);
  assert.deepEqual(progress.steps, ["making a Python environment", "installing the server"]);
  assert.equal((await examine(python))?.eventlens, "0.1.0");
  assert.equal(await managed.existing(), python);
  rmSync(python);
  assert.equal(await managed.existing(), null);
  assert.equal(await managed.make(await base(), watched()), python);
  assert.equal(await managed.existing(), python);
  assert.equal(readdirSync(storage).length, 1);
});

test("another wheel, or another choice of Python, is another environment; the old one goes when it was not used for a week", async () => {
  const storage = join(ROOM, "other");
  const requirement = { wheel: await wheel("0.1.1"), specifier: "" };
  const first = new ManagedEnvironment(storage, requirement, "");
  const made = await first.make(await base(), watched());
  const second = new ManagedEnvironment(storage, { wheel: await wheel("0.1.2"), specifier: "" }, "");
  assert.equal(await second.existing(), null);
  assert.equal(await new ManagedEnvironment(storage, requirement, "/other/python").existing(), null);
  await mkdir(join(storage, "building-0"), { recursive: true });
  const now = Date.now();
  await second.tidy(now + 3600_000);
  assert.ok(existsSync(made) && existsSync(join(storage, "building-0")));
  await second.tidy(now + 2 * 24 * 3600_000);
  assert.ok(existsSync(made) && !existsSync(join(storage, "building-0")));
  await first.tidy(now + 8 * 24 * 3600_000);
  assert.ok(existsSync(made), "one's own stays");
  await second.tidy(now + 8 * 24 * 3600_000);
  assert.ok(!existsSync(made));
});

test("what fails says why in pip's words, and leaves nothing behind", async () => {
  const storage = join(ROOM, "fails");
  const broken = join(ROOM, "eventlens-9.9.9-py3-none-any.whl");
  await writeFile(broken, "not a wheel");
  const managed = new ManagedEnvironment(storage, { wheel: broken, specifier: "" }, "");
  await assert.rejects(managed.make(await base(), watched()), (error) => {
    assert.ok(error instanceof DiscoveryProblem);
    assert.match(error.message, /could not be installed: .*(wheel|zip)/i);
    return true;
  });
  assert.deepEqual(readdirSync(storage), []);
});

test("a person can cancel it", async () => {
  const abort = new AbortController();
  const managed = new ManagedEnvironment(join(ROOM, "cancelled"), { wheel: null, specifier: "eventlens==0.1.0" }, "");
  const making = managed.make(await base(), watched(abort.signal));
  abort.abort();
  await assert.rejects(making, /cancelled/);
  assert.deepEqual(readdirSync(join(ROOM, "cancelled")), []);
});

test("what is no Python is none", async () => {
  assert.equal(await examine(join(ROOM, "nothing")), null);
  assert.equal(await examine(process.execPath), null);
});
