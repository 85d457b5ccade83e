/** The server answers the command behind a lens with the places that it leads to: they are peeked at, as VS Code does with references. */

import * as vscode from "vscode";
import { type LanguageClient, Location, uinteger } from "vscode-languageclient/node";

type Converter = LanguageClient["protocol2CodeConverter"];

/** Opens a peek where the lens stands, which `args` say: URI, line, character. False where the answer holds no places. */
export async function peekAtAnswer(args: readonly unknown[], answer: unknown, converter: Converter): Promise<boolean> {
  const [uri, line, character] = args;
  if (!Array.isArray(answer) || !answer.every((one) => Location.is(one))) return false;
  if (typeof uri !== "string" || !uinteger.is(line) || !uinteger.is(character)) return false;
  const places = answer.map((place) => converter.asLocation(place));
  await vscode.commands.executeCommand("editor.action.showReferences", converter.asUri(uri), new vscode.Position(line, character), places);
  return true;
}
