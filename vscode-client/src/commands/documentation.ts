/** Opens the documentation that came with the extension. */

import * as vscode from "vscode";

export async function openDocumentation(extension: vscode.Uri): Promise<void> {
  const readme = vscode.Uri.joinPath(extension, "README.md");
  try {
    await vscode.commands.executeCommand("markdown.showPreview", readme);
  } catch {
    await vscode.window.showTextDocument(readme);
  }
}
