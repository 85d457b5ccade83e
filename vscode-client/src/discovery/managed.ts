/**
 * The extension's own Python environment with the server in it, below the extension's storage.
 * Each content has a folder of its own, named by a digest; it is built aside and then renamed, so that two windows may build at once
 * and a build that is broken off is never taken for a whole one.
 */

import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { environmentPython } from "../paths";
import { examine, type Interpreter } from "./interpreters";
import { installationCancelled, notInstalled } from "./problems";
import { run } from "./processes";

/** What is installed: a wheel that came with the extension, or else a requirement for the package index. */
export interface Requirement {
  readonly wheel: string | null;
  /** As pip reads it: `eventlens==0.1.0`. */
  readonly specifier: string;
}

export interface Installation {
  readonly signal: AbortSignal;
  /** What is being done, for a progress bar. */
  readonly step: (text: string) => void;
  /** Each line that pip writes. */
  readonly line: (text: string) => void;
}

const DAY = 24 * 3600_000;
/** Environments of other versions go when they were not used for this long, broken-off builds after a day; milliseconds. */
const KEPT_FOR = 7 * DAY;
const STAMP = "eventlens-environment.json";

export class ManagedEnvironment {
  /** `choice` is the setting eventlens.python: an environment is made with that Python. */
  constructor(
    private readonly storage: string,
    private readonly requirement: Requirement,
    private readonly choice: string,
    private readonly platform: NodeJS.Platform = process.platform,
  ) {}

  /** The path of its Python; null where it has to be made. */
  async existing(): Promise<string | null> {
    const folder = await this.folder();
    const python = environmentPython(folder, this.platform);
    if (!existsSync(join(folder, STAMP)) || !existsSync(python)) return null;
    const found = await examine(python);
    if (found?.eventlens == null) return null;
    await this.markUsed(folder);
    return python;
  }

  /** Make it anew; the path of its Python. Rejects with a `DiscoveryProblem`. */
  async make(base: Interpreter, installation: Installation): Promise<string> {
    const folder = await this.folder();
    const building = join(this.storage, `building-${randomBytes(6).toString("hex")}`);
    await mkdir(this.storage, { recursive: true });
    try {
      await this.build(building, base, installation);
      await this.putInPlace(building, folder);
    } finally {
      await rm(building, { recursive: true, force: true });
    }
    return environmentPython(folder, this.platform);
  }

  /** Remove what nobody uses any more. Failures cost disk space alone. */
  async tidy(now: number): Promise<void> {
    const current = basename(await this.folder());
    for (const name of await readdir(this.storage).catch(() => [])) {
      const isBuild = name.startsWith("building-");
      if (!isBuild && !(name.startsWith("env-") && name !== current)) continue;
      const path = join(this.storage, name);
      const used = await stat(isBuild ? path : join(path, STAMP)).then((found) => found.mtimeMs, () => 0);
      if (now - used > (isBuild ? DAY : KEPT_FOR)) await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  private async build(building: string, base: Interpreter, { signal, step, line }: Installation): Promise<void> {
    step("making a Python environment");
    line(`making ${building} with ${base.program} (${base.version.join(".")})`);
    const made = await run(base.program, ["-I", "-m", "venv", building], { signal, line });
    throwIfCancelled(signal);
    if (made.code !== 0) throw notInstalled(lastLine(made.errors || made.output));
    const what = this.requirement.wheel ?? this.requirement.specifier;
    step("installing the server");
    const pip = ["-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", what];
    const python = environmentPython(building, this.platform);
    const installed = await run(python, pip, {
      signal,
      line: (text) => {
        line(text);
        const package_ = /^Collecting ([\w.-]+)/.exec(text)?.[1];
        if (package_ !== undefined) step(`installing ${package_}`);
      },
    });
    throwIfCancelled(signal);
    if (installed.code !== 0) throw notInstalled(lastLine(installed.errors || installed.output));
    const found = await examine(python);
    if (found?.eventlens == null) throw notInstalled("it cannot be loaded after installing");
    await writeFile(join(building, STAMP), JSON.stringify({ eventlens: found.eventlens, python: base.program }));
  }

  private async putInPlace(building: string, folder: string): Promise<void> {
    try {
      await rm(folder, { recursive: true, force: true });
      await rename(building, folder);
    } catch (error) {
      // Another window may have been faster; what it made is as good.
      if ((await this.existing()) === null) throw notInstalled(error instanceof Error ? error.message : String(error));
    }
  }

  private async markUsed(folder: string): Promise<void> {
    const now = new Date();
    await utimes(join(folder, STAMP), now, now).catch(() => undefined);
  }

  private async folder(): Promise<string> {
    const digest = createHash("sha256").update(this.choice).update("\0");
    digest.update(this.requirement.wheel === null ? this.requirement.specifier : await readFile(this.requirement.wheel));
    return join(this.storage, `env-${digest.digest("hex").slice(0, 16)}`);
  }
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw installationCancelled();
}

function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return (lines.findLast((line) => line.startsWith("ERROR:")) ?? lines.at(-1) ?? "no reason was given").replace(/^ERROR:\s*/, "");
}
