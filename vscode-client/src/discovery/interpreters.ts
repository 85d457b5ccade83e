/** What Pythons there are, and what each of them can do. */

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

/** Ask a program what Python it is; null where it is none. */
export async function examine(program: string): Promise<Interpreter | null> {
  const ended = await run(program, ["-I", "-c", QUESTION], { timeout: PATIENCE });
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

/** Names under which a Python may stand on the PATH, those that people use first. */
export function pythonNames(platform: NodeJS.Platform): readonly string[] {
  const versions = [13, 12, 11, 10, 14].map((minor) => `python3.${minor}`);
  return platform === "win32" ? ["python", "py", "python3"] : ["python3", "python", ...versions];
}
