/** The command line that runs the server. */

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The folder to run it in: never one of the workspace, where Python or Windows would look for modules and programs. */
  readonly folder: string;
  /** Variables on top of the editor's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where it was found, for the log and the status: "the setting eventlens.server.path". */
  readonly origin: string;
}

/** The server as a module of a Python; `-I` keeps that Python from looking for modules in folders that variables name. */
export function asModule(python: string): Pick<ServerCommand, "program" | "args"> {
  return { program: python, args: ["-I", "-m", "eventlens", "serve"] };
}
