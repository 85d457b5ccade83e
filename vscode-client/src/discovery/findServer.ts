/**
 * Where the server comes from, in this order: the setting eventlens.server.path; the Python of the setting eventlens.python, or the active
 * environment of the Python extension, where the server is installed in it; the extension's own environment, made with the first Python that will do.
 */

import { isBatchFile, type Platform, programFiles } from "../paths";
import type { Interpreter, PythonCommand } from "./interpreters";
import { isNewEnough } from "./interpreters";
import { noEnvironments, notAPython, pythonMissing, pythonTooOld, serverPathIsBatch, serverPathMissing } from "./problems";
import { asModule, type ServerCommand } from "./serverCommand";

/** The machine and the settings, as far as the search looks at them. */
export interface Surroundings {
  /** Settings; "" where they say nothing. */
  readonly serverPath: string;
  readonly python: string;
  /** The oldest server that this extension can talk to: `major.minor.patch`. */
  readonly oldestServer: string;
  /** Where to run the server. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly platform: Platform;
  isProgram(path: string): Promise<boolean>;
  /** The Python of the active environment; null where no extension knows one, or it is not to be used. */
  activePython(): Promise<string | null>;
  /** Pythons on the PATH. */
  readonly pythonCommands: readonly PythonCommand[];
  examine(program: string, args?: readonly string[]): Promise<Interpreter | null>;
  readonly managed: {
    /** The Python of the extension's own environment; null where it is not there, or not as it must be. */
    existing(): Promise<string | null>;
    /** Make it; the path of its Python. */
    make(base: Interpreter): Promise<string>;
  };
  tell(line: string): void;
}

/** Rejects with a `DiscoveryProblem` where nothing will do. */
export async function findServer(around: Surroundings): Promise<ServerCommand> {
  if (around.serverPath !== "") return atServerPath(around);
  const chosen = await chosenPython(around);
  const active = chosen === null ? await examineActive(around) : null;
  const own = chosen ?? active;
  if (own !== null && hasServer(own, around)) {
    return moduleOf(own.program, around, chosen === null ? "the active Python environment" : "the setting eventlens.python");
  }
  const python = (await around.managed.existing()) ?? (await around.managed.make(own !== null && canBeBase(own) ? own : await basePython(around, own)));
  return moduleOf(python, around, "the extension's own environment");
}

async function atServerPath(around: Surroundings): Promise<ServerCommand> {
  const { serverPath, platform } = around;
  if (isBatchFile(serverPath, platform)) throw serverPathIsBatch(serverPath);
  const found = await Promise.all(programFiles(serverPath, platform).map(async (file) => ((await around.isProgram(file)) ? file : null)));
  const program = found.find((file) => file !== null);
  if (program == null) throw serverPathMissing(serverPath);
  return {
    program,
    args: ["serve"],
    folder: around.folder,
    environment: around.environment,
    origin: "the setting eventlens.server.path",
  };
}

function moduleOf(python: string, around: Surroundings, origin: string): ServerCommand {
  return { ...asModule(python), folder: around.folder, environment: around.environment, origin };
}

/** The Python of the setting, which has to be usable; null where there is no such setting. */
async function chosenPython(around: Surroundings): Promise<Interpreter | null> {
  if (around.python === "") return null;
  const python = await around.examine(around.python);
  if (python === null) throw notAPython(around.python);
  if (!isNewEnough(python.version)) throw pythonTooOld([python]);
  if (!hasServer(python, around) && !python.makesEnvironments) throw noEnvironments(python);
  return python;
}

async function examineActive(around: Surroundings): Promise<Interpreter | null> {
  const program = await around.activePython();
  return program === null ? null : around.examine(program);
}

function hasServer(python: Interpreter, around: Surroundings): boolean {
  if (python.eventlens === null || !isNewEnough(python.version)) return false;
  if (isAtLeast(python.eventlens, around.oldestServer)) return true;
  around.tell(`${python.program} has eventlens ${python.eventlens}, which is older than ${around.oldestServer}: left aside`);
  return false;
}

function canBeBase(python: Interpreter): boolean {
  return isNewEnough(python.version) && python.makesEnvironments;
}

/** The first Python on the PATH that can make the environment; `active` is one that was looked at already and cannot. */
async function basePython(around: Surroundings, active: Interpreter | null): Promise<Interpreter> {
  const found = active === null ? [] : [active];
  for (const [program, ...args] of around.pythonCommands) {
    const python = await around.examine(program, args);
    if (python === null) continue;
    if (canBeBase(python)) return python;
    if (!found.some((one) => one.program === python.program)) found.push(python);
  }
  const bare = found.find((python) => isNewEnough(python.version));
  if (bare !== undefined) throw noEnvironments(bare);
  throw found.length > 0 ? pythonTooOld(found) : pythonMissing();
}

/** Whether a version is at least another; what follows the three numbers does not count. */
export function isAtLeast(version: string, oldest: string): boolean {
  const [ours, theirs] = [version, oldest].map((text) => text.split(".").map((part) => Number.parseInt(part, 10) || 0));
  for (let at = 0; at < 3; at += 1) {
    const difference = (ours?.[at] ?? 0) - (theirs?.[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
