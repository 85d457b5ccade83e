/** The tab with the flow graph: gives its page the maps, opens the code that it asks for, saves its pictures. */

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { FolderMap } from "../flows/map";
import { openPlace } from "../flows/places";
import type { ExportFormat, FromPage, GraphState, ToPage } from "./messages";
import { pageOf } from "./page";

export const GRAPH_VIEW = "eventlens.flowGraph";

/** What is known now. */
export interface GraphSource {
  folders(): Promise<readonly FolderMap[]>;
  state(): GraphState;
  /** Fires when either has changed. */
  readonly onDidChange: vscode.Event<unknown>;
}

/** There is one such tab at most. */
export class FlowGraph implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private panel: vscode.WebviewPanel | null = null;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly extension: vscode.Uri,
    private readonly source: GraphSource,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscriptions = [
      source.onDidChange(() => void this.send()),
      vscode.window.registerWebviewPanelSerializer(GRAPH_VIEW, this),
    ];
  }

  show(): void {
    if (this.panel !== null) {
      this.panel.reveal();
      return;
    }
    this.fill(vscode.window.createWebviewPanel(GRAPH_VIEW, "Event Flow Graph", vscode.ViewColumn.Active));
  }

  /** A tab that was open when the window was closed. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.panel?.dispose();
    this.fill(panel);
    return Promise.resolve();
  }

  dispose(): void {
    this.panel?.dispose();
    for (const one of this.subscriptions) one.dispose();
  }

  private fill(panel: vscode.WebviewPanel): void {
    const folder = vscode.Uri.joinPath(this.extension, "dist", "graph");
    const own = (name: string): string => panel.webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
    this.panel = panel;
    panel.iconPath = vscode.Uri.joinPath(this.extension, "images", "view.svg");
    panel.onDidDispose(() => {
      if (this.panel === panel) this.panel = null;
    });
    panel.webview.onDidReceiveMessage((message: FromPage) => void this.receive(message));
    panel.webview.options = { enableScripts: true, localResourceRoots: [folder] };
    panel.webview.html = pageOf({
      source: panel.webview.cspSource,
      script: own("main.js"),
      style: own("main.css"),
      nonce: randomBytes(18).toString("base64url"),
    });
  }

  private async receive(message: FromPage): Promise<void> {
    try {
      switch (message.type) {
        case "ready":
          await this.send();
          break;
        case "open":
          await openPlace(message.place, besides(this.panel?.viewColumn));
          break;
        case "export":
          await save(message.format, message.content);
          break;
      }
    } catch (error) {
      this.log.error(error instanceof Error ? error : String(error));
      void vscode.window.showErrorMessage(`Eventlens: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async send(): Promise<void> {
    if (this.panel === null) return;
    const folders = await this.source.folders();
    const message: ToPage = { type: "map", folders, state: this.source.state() };
    await this.panel.webview.postMessage(message);
  }
}

/** The code does not cover the graph: it opens beside it, or in the first group where the graph is in another. */
function besides(graph: vscode.ViewColumn | undefined): vscode.ViewColumn {
  return graph === vscode.ViewColumn.One || graph === undefined ? vscode.ViewColumn.Beside : vscode.ViewColumn.One;
}

async function save(format: ExportFormat, content: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    title: "Save the flow graph",
    filters: format === "svg" ? { "SVG image": ["svg"] } : { "PNG image": ["png"] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, `event-flows.${format}`) }),
  });
  if (target === undefined) return;
  await vscode.workspace.fs.writeFile(target, Buffer.from(content, format === "svg" ? "utf8" : "base64"));
}
