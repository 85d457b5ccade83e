/** The extension's own settings. Those that name programs come from the workspace only once it is trusted. */

import { homedir } from "node:os";
import * as vscode from "vscode";
import { pathWithin, settingPath } from "./paths";

/** The value of a setting that names a program; "" where none is set. */
export function program(name: "server.path" | "python"): string {
  const found = vscode.workspace.getConfiguration("eventlens").inspect<unknown>(name);
  // `inspect` gives the workspace's value before it counts, whatever the manifest restricts.
  const workspace = vscode.workspace.isTrusted ? (found?.workspaceFolderValue ?? found?.workspaceValue) : undefined;
  return settingPath(workspace ?? found?.globalValue, homedir(), process.platform);
}

/** Whether a path lies in a folder of the workspace. */
export function isInWorkspace(path: string): boolean {
  return (vscode.workspace.workspaceFolders ?? []).some((folder) => pathWithin(folder.uri.fsPath, path, process.platform) !== null);
}
