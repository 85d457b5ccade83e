/** Writes a first eventlens.toml, with each key in a comment. */

import * as vscode from "vscode";

export const SETTINGS_FILE = "eventlens.toml";

export const TEMPLATE = `# What code and configuration cannot say. Everything here is optional; remove the # of what you need.

# Globs, as in .gitignore, of files that are not looked at.
# exclude = ["legacy/", "**/*.generated.ts"]

# Profiles or stages that count where configuration differs by them, the last most.
# profiles = ["production"]

# Maps of other repositories of the same system (eventlens map --format json).
# maps = [".eventlens/maps/billing.json"]

# Whether this workspace, with those maps, holds both ends of every channel: an end that is missing is then a warning.
# closed = true

# Values of environment variables, configuration keys and expressions.
# [values]
# ORDERS_TOPIC = "order-events"

# Severities: "error", "warning", "info", "hint" or "off".
# [rules]
# orphan-publish = "off"

# Channels whose other end lies elsewhere.
# [[external]]
# channel = "*.dlq"
# owner = "platform operations"
# reason = "replayed by hand"

# A service and its folder, where no manifest tells.
# [[services]]
# name = "billing"
# path = "apps/billing"
`;

export async function createSettingsFile(): Promise<void> {
  const folder = await chooseFolder();
  if (folder === undefined) return;
  const uri = vscode.Uri.joinPath(folder.uri, SETTINGS_FILE);
  if (!(await exists(uri))) await vscode.workspace.fs.writeFile(uri, Buffer.from(TEMPLATE));
  await vscode.window.showTextDocument(uri);
}

async function chooseFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length > 1) return vscode.window.showWorkspaceFolderPick();
  if (folders.length === 0) void vscode.window.showInformationMessage("Open a folder first: the settings file lies in it.");
  return folders[0];
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return Promise.resolve(vscode.workspace.fs.stat(uri)).then(() => true, () => false);
}
