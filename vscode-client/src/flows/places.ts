/** Turns places of the map into places of VS Code. */

import * as vscode from "vscode";
import { utf16Column } from "./columns";
import type { CodePlace } from "./map";

export type { CodePlace } from "./map";

export function uriOf(place: Pick<CodePlace, "folder" | "file">): vscode.Uri {
  return vscode.Uri.joinPath(vscode.Uri.parse(place.folder, true), ...place.file.split("/"));
}

/** Where a place is in the document as it is now; the last line where it has fewer. */
export async function locationOf(place: CodePlace): Promise<vscode.Location> {
  const document = await vscode.workspace.openTextDocument(uriOf(place));
  const line = document.lineAt(Math.min(place.line, document.lineCount) - 1);
  return new vscode.Location(document.uri, new vscode.Position(line.lineNumber, utf16Column(line.text, place.column)));
}

/** Show a place, in the active editor group if not in another. */
export async function openPlace(place: CodePlace, viewColumn = vscode.ViewColumn.Active): Promise<void> {
  const { uri, range } = await locationOf(place);
  await vscode.window.showTextDocument(uri, { selection: range, viewColumn });
}
