/** What Pythons there are, and what each of them can do. */

import type { Platform } from "../paths";
import { run } from "./processes";

/** The oldest Python that the server runs on. */
export const OLDEST_PYTHON = [3, 10] as const;

export type PythonVersion = readonly [number, number, number];

export interface Interpreter {
  /** The path of its executable, as it says itself. */
  readonly program: string;
  readonly version: PythonVersion;
  /** The version of the server that is installed in it; null where none is. */
  readonly eventlens: string | null;
  /** Whether it can make virtual environments with pip in them. Debian's cannot until `python3-venv` is installed. */
  readonly makesEnvironments: boolean;
}

const QUESTION = `
import json, sys
from importlib.util import find_spec
try:
    from importlib.metadata import version
    installed = version("eventlens")
except Exception:
    installed = None
able = all(find_spec(name) is not None for name in ("venv", "ensurepip"))
print(json.dumps({"program": sys.executable, "version": list(sys.version_info[:3]), "eventlens": installed, "makesEnvironments": able}))
`;

/** Long enough for the first start of a Python on a slow disk, in milliseconds. */
const PATIENCE = 20_000;

/** Ask a program what Python it is; null where it is none. `args` are those without which it is not that Python. */
export async function examine(program: string, args: readonly string[] = []): Promise<Interpreter | null> {
  const ended = await run(program, [...args, "-I", "-c", QUESTION], { timeout: PATIENCE });
  if (ended.code !== 0) return null;
  try {
    return JSON.parse(ended.output) as Interpreter;
  } catch {
    return null;
  }
}

export function isNewEnough(version: PythonVersion): boolean {
  const [major, minor] = version;
  return major > OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]);
}

/** A program on the PATH, and arguments for it. */
export type PythonCommand = readonly [program: string, ...args: string[]];

/** How a Python on the PATH may be run, as people do first. The launcher of Windows knows those that are not on it. */
export function pythonCommands(platform: Platform): readonly PythonCommand[] {
  if (platform === "win32") return [["python"], ["py", "-3"], ["python3"]];
  const versions = [13, 12, 11, 10, 14].map((minor): PythonCommand => [`python3.${minor}`]);
  return [["python3"], ["python"], ...versions];
}
