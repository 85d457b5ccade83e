/** The active environment of the Python extension (ms-python.python), where that is installed. */

import * as vscode from "vscode";

/** The part of the extension's published interface that is used. */
interface PythonExtension {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(environment: { readonly path: string }): Promise<{ readonly executable: { readonly uri: vscode.Uri | undefined } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

async function pythonExtension(): Promise<PythonExtension | null> {
  const extension = vscode.extensions.getExtension<PythonExtension | undefined>("ms-python.python");
  if (extension === undefined) return null;
  return (await extension.activate()) ?? null;
}

/** The path of its Python; null where there is no such extension or environment. */
export async function activePython(): Promise<string | null> {
  const api = await pythonExtension();
  if (api === null) return null;
  const active = api.environments.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri);
  const environment = await api.environments.resolveEnvironment(active);
  return environment?.executable.uri?.fsPath ?? null;
}

/** Call back whenever a person chooses another environment. */
export async function onActiveEnvironmentChanged(then: () => void): Promise<vscode.Disposable> {
  const api = await pythonExtension();
  return api?.environments.onDidChangeActiveEnvironmentPath(then) ?? new vscode.Disposable(() => undefined);
}
