/** Starts with the first file of a language that the server reads, and puts the rooms of the extension together. */

import * as vscode from "vscode";
import type { Outputs } from "./client/connection";
import { openDocumentation } from "./commands/documentation";
import { showEnds } from "./commands/ends";
import { showMenu } from "./commands/menu";
import { createSettingsFile } from "./commands/settingsFile";
import { onActiveEnvironmentChanged } from "./discovery/activeEnvironment";
import { choosePython } from "./discovery/prompts";
import { type CodePlace, openPlace } from "./flows/places";
import { FlowGraph } from "./graph/panel";
import { Session } from "./session";
import { StatusItem } from "./status/item";
import type { FlowNode } from "./tree/nodes";
import { FlowTree, VIEW } from "./tree/view";

let session: Session | null = null;

export function activate(context: vscode.ExtensionContext): void {
  const outputs: Outputs = {
    log: vscode.window.createOutputChannel("Eventlens", { log: true }),
    trace: vscode.window.createOutputChannel("Eventlens Trace"),
  };
  const started = new Session(context, outputs);
  session = started;
  const status = new StatusItem();
  status.show(started.summary);
  const graph = flowGraph(context, started, outputs);
  const tree = new FlowTree(started.flows);
  context.subscriptions.push(
    outputs.log,
    outputs.trace,
    started,
    status,
    graph,
    tree,
    vscode.window.createTreeView(VIEW, { treeDataProvider: tree, showCollapseAll: true }),
    started.onDidChangeState((summary) => {
      status.show(summary);
    }),
    ...commands(context, started, graph, outputs),
    ...newsOfTheWindow(started),
  );
  void onActiveEnvironmentChanged(() => {
    started.searchAgain();
  }).then(
    (subscription) => context.subscriptions.push(subscription),
    (error: unknown) => {
      outputs.log.warn(`the Python extension does not tell of changes: ${String(error)}`);
    },
  );
  void started.start();
}

export async function deactivate(): Promise<void> {
  await session?.stop();
}

function flowGraph(context: vscode.ExtensionContext, started: Session, { log }: Outputs): FlowGraph {
  const changed = new vscode.EventEmitter<void>();
  context.subscriptions.push(
    changed,
    started.flows.onDidChange(() => {
      changed.fire();
    }),
    started.onDidChangeState(() => {
      changed.fire();
    }),
  );
  return new FlowGraph(
    context.extensionUri,
    {
      folders: () => Promise.resolve(started.flows.current),
      state: () => (started.summary.state === "busy" ? "indexing" : started.summary.state),
      onDidChange: changed.event,
    },
    log,
  );
}

function commands(context: vscode.ExtensionContext, started: Session, graph: FlowGraph, { log }: Outputs): vscode.Disposable[] {
  const actions: Record<string, (argument: never) => unknown> = {
    showFlowGraph: () => {
      graph.show();
    },
    refresh: () => started.flows.refresh(),
    showProducers: (node: FlowNode | undefined) => showEnds("publish", started.flows.current, node),
    showConsumers: (node: FlowNode | undefined) => showEnds("subscribe", started.flows.current, node),
    copyMap: () => copyMap(started),
    createSettingsFile,
    choosePython,
    restartServer: () => started.start(),
    openLog: () => {
      log.show();
    },
    openDocumentation: () => openDocumentation(context.extensionUri),
    openPlace: (place: CodePlace) => openPlace(place),
    showMenu: () => showMenu(started.summary.tooltip),
  };
  return Object.entries(actions).map(([name, action]) => vscode.commands.registerCommand(`eventlens.${name}`, action));
}

async function copyMap(started: Session): Promise<void> {
  await started.flows.refresh();
  const maps = started.flows.current.flatMap(({ map }) => (map === null ? [] : [map]));
  if (maps.length === 0) {
    void vscode.window.showInformationMessage("There is no map yet.");
    return;
  }
  await vscode.env.clipboard.writeText(`${JSON.stringify(maps.length === 1 ? maps[0] : maps, null, 2)}\n`);
  void vscode.window.setStatusBarMessage("Eventlens: the map is in the clipboard", 4000);
}

function newsOfTheWindow(started: Session): vscode.Disposable[] {
  return [
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (["eventlens.server.path", "eventlens.python"].some((name) => change.affectsConfiguration(name))) started.searchAgain();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      started.searchAgain();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void started.flows.refresh()),
  ];
}
