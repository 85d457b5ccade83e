/** The extension's own settings. Those that name programs come from the workspace only once it is trusted. */

import { homedir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import * as vscode from "vscode";

/** The value of a setting that names a program; "" where none is set. A leading `~` is the home folder. */
export function program(name: "server.path" | "python"): string {
  const found = vscode.workspace.getConfiguration("eventlens").inspect<unknown>(name);
  const workspace = vscode.workspace.isTrusted ? (found?.workspaceFolderValue ?? found?.workspaceValue) : undefined;
  const value = workspace ?? found?.globalValue;
  const text = typeof value === "string" ? value.trim() : "";
  return text === "~" || text.startsWith("~/") ? join(homedir(), text.slice(1)) : text;
}

/** Whether a path lies in a folder of the workspace. */
export function isInWorkspace(path: string): boolean {
  return (vscode.workspace.workspaceFolders ?? []).some((folder) => {
    const way = relative(folder.uri.fsPath, path);
    return !way.startsWith("..") && !isAbsolute(way);
  });
}
