/** Turns places of the map into places of VS Code. */

import * as vscode from "vscode";
import { utf16Column } from "./columns";

/** A place in a folder's code. Lines and columns are 1-based; columns count Unicode code points. */
export interface CodePlace {
  readonly folder: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function uriOf(place: Pick<CodePlace, "folder" | "file">): vscode.Uri {
  return vscode.Uri.joinPath(vscode.Uri.parse(place.folder, true), ...place.file.split("/"));
}

/** Where a place is in the document as it is now; the last line where it has fewer. */
export async function locationOf(place: CodePlace): Promise<vscode.Location> {
  const document = await vscode.workspace.openTextDocument(uriOf(place));
  const line = document.lineAt(Math.min(place.line, document.lineCount) - 1);
  return new vscode.Location(document.uri, new vscode.Position(line.lineNumber, utf16Column(line.text, place.column)));
}

export async function openPlace(place: CodePlace): Promise<void> {
  const { uri, range } = await locationOf(place);
  await vscode.window.showTextDocument(uri, { selection: range });
}
