/** Why no server could be found or installed, in words for the person who has to mend it. */

import { CannotStart } from "../client/supervisor";
import { type Interpreter, OLDEST_PYTHON } from "./interpreters";

const WANTED = `Python ${OLDEST_PYTHON.join(".")} or later`;

/** What a problem is about decides which buttons help. */
export type Remedy = "python" | "serverPath" | "installation";

export class DiscoveryProblem extends CannotStart {
  constructor(
    message: string,
    readonly remedy: Remedy,
  ) {
    super(message);
  }
}

function named(python: Interpreter): string {
  return `${python.program} is ${python.version.join(".")}`;
}

export function serverPathMissing(path: string): DiscoveryProblem {
  return new DiscoveryProblem(`The setting eventlens.server.path names ${path}, which is no program.`, "serverPath");
}

export function serverPathIsBatch(path: string): DiscoveryProblem {
  return new DiscoveryProblem(`The setting eventlens.server.path names ${path}, a batch file. Name the eventlens.exe that it runs.`, "serverPath");
}

export function notAPython(path: string): DiscoveryProblem {
  return new DiscoveryProblem(`The setting eventlens.python names ${path}, which does not run as a Python. Eventlens needs ${WANTED}.`, "python");
}

export function pythonMissing(): DiscoveryProblem {
  return new DiscoveryProblem(`Eventlens needs ${WANTED}, and no Python was found.`, "python");
}

export function pythonTooOld(found: readonly Interpreter[]): DiscoveryProblem {
  return new DiscoveryProblem(`Eventlens needs ${WANTED}: ${found.map(named).join(", ")}.`, "python");
}

export function noEnvironments(found: Interpreter): DiscoveryProblem {
  return new DiscoveryProblem(
    `${found.program} cannot make virtual environments: its modules venv and ensurepip are missing (on Debian and Ubuntu the package python3-venv has them).`,
    "python",
  );
}

export function notInstalled(reason: string): DiscoveryProblem {
  return new DiscoveryProblem(`The Eventlens server could not be installed: ${reason}`, "installation");
}

export function installationCancelled(): DiscoveryProblem {
  return new DiscoveryProblem("The installation of the Eventlens server was cancelled.", "installation");
}
