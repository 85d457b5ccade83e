/** The menu behind the status item. */

import * as vscode from "vscode";

const ENTRIES = [
  { label: "$(type-hierarchy) Show flow graph", command: "eventlens.showFlowGraph" },
  { label: "$(list-tree) Show event flows", command: "eventlens.flows.focus" },
  { label: "$(warning) Show problems", command: "workbench.actions.view.problems" },
  { label: "$(settings-gear) Create settings file", command: "eventlens.createSettingsFile" },
  { label: "$(json) Copy map as JSON", command: "eventlens.copyMap" },
  { label: "$(debug-restart) Restart server", command: "eventlens.restartServer" },
  { label: "$(output) Open log", command: "eventlens.openLog" },
  { label: "$(symbol-misc) Choose Python…", command: "eventlens.choosePython" },
  { label: "$(book) Open documentation", command: "eventlens.openDocumentation" },
] as const;

/** `text` says how the server is. */
export async function showMenu(text: string): Promise<void> {
  const chosen = await vscode.window.showQuickPick(ENTRIES, { title: "Eventlens", placeHolder: text });
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command);
}
