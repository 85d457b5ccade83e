/** Asks the person for what the search for a server could not find out. */

import * as vscode from "vscode";
import { counted } from "../counted";
import { examine, isNewEnough, OLDEST_PYTHON, pythonCommands } from "./interpreters";
import { DiscoveryProblem } from "./problems";

const BUTTONS = {
  choosePython: { title: "Choose Python…", command: "eventlens.choosePython", arguments: [] },
  openSetting: { title: "Open Settings", command: "workbench.action.openSettings", arguments: ["eventlens.server.path"] },
  restart: { title: "Restart", command: "eventlens.restartServer", arguments: [] },
  documentation: { title: "Open Documentation", command: "eventlens.openDocumentation", arguments: [] },
  log: { title: "Show Log", command: "eventlens.openLog", arguments: [] },
} as const;

const REMEDIES = {
  python: [BUTTONS.choosePython, BUTTONS.documentation, BUTTONS.log],
  serverPath: [BUTTONS.openSetting, BUTTONS.documentation, BUTTONS.log],
  installation: [BUTTONS.restart, BUTTONS.choosePython, BUTTONS.documentation, BUTTONS.log],
} as const;

/** Say why there is no server, with buttons for what helps. */
export async function reportFailure(reason: Error): Promise<void> {
  const buttons = reason instanceof DiscoveryProblem ? REMEDIES[reason.remedy] : [BUTTONS.restart, BUTTONS.log];
  const text = reason instanceof DiscoveryProblem ? reason.message : `The Eventlens server keeps ending (${reason.message}).`;
  const chosen = await vscode.window.showErrorMessage(text, ...buttons.map((button) => button.title));
  const button = buttons.find((one) => one.title === chosen);
  if (button !== undefined) await vscode.commands.executeCommand(button.command, ...button.arguments);
}

/** Let the person choose a Python among those on the PATH or by its file, and keep it in the user's settings. */
export async function choosePython(): Promise<void> {
  const chosen = await vscode.window.showQuickPick<PythonItem>(
    knownPythons().then((pythons) => [...pythons, { label: "$(folder-opened) Choose a file…", description: "", program: null }]),
    { title: "Python for Eventlens", placeHolder: `Python ${OLDEST_PYTHON.join(".")} or later` },
  );
  if (chosen === undefined) return;
  const program = chosen.program ?? (await vscode.window.showOpenDialog({ title: "Python for Eventlens", openLabel: "Use" }))?.[0]?.fsPath;
  if (program === undefined) return;
  await vscode.workspace.getConfiguration("eventlens").update("python", program, vscode.ConfigurationTarget.Global);
}

/** `program` is null where a file is to be chosen. */
interface PythonItem extends vscode.QuickPickItem {
  readonly program: string | null;
}

async function knownPythons(): Promise<PythonItem[]> {
  const found = await Promise.all(pythonCommands(process.platform).map(([program, ...args]) => examine(program, args)));
  const usable = found.filter((python) => python !== null).filter((python) => isNewEnough(python.version));
  const programs = new Map(usable.map((python) => [python.program, python]));
  return [...programs.values()].map(({ program, version, eventlens }) => ({
    label: `Python ${version.join(".")}`,
    description: eventlens === null ? program : `${program} (has eventlens ${eventlens})`,
    program,
  }));
}

/** Run an installation behind a notification that shows its steps and can cancel it. */
export async function withProgress<Result>(install: (signal: AbortSignal, step: (text: string) => void) => Promise<Result>): Promise<Result> {
  const options = { location: vscode.ProgressLocation.Notification, title: "Eventlens", cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => {
      abort.abort();
    });
    let steps = 0;
    return install(abort.signal, (text) => {
      steps += 1;
      progress.report({ message: steps > 2 ? `${text} (${counted(steps - 2, "package")})` : text });
    });
  });
}
