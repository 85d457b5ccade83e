/** The view *Event Flows*. */

import * as vscode from "vscode";
import type { FlowStore } from "../flows/store";
import { buildTree, type FlowNode } from "./nodes";

export const VIEW = "eventlens.flows";

export class FlowTree implements vscode.TreeDataProvider<FlowNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private roots: readonly FlowNode[] = [];
  private readonly subscription: vscode.Disposable;

  constructor(flows: FlowStore) {
    this.subscription = flows.onDidChange(() => {
      this.roots = buildTree(flows.current);
      this.changed.fire(undefined);
    });
  }

  getChildren(node?: FlowNode): FlowNode[] {
    return [...(node?.children ?? this.roots)];
  }

  getTreeItem(node: FlowNode): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(node.label, node.children.length === 0 ? None : node.kind === "group" ? Expanded : Collapsed);
    item.id = node.id;
    item.description = node.description;
    item.tooltip = node.tooltip;
    item.iconPath = new vscode.ThemeIcon(node.icon);
    item.contextValue = node.channel === null ? (node.kind === "channel" ? "unknown-channel" : node.kind) : "channel";
    if (node.place !== null && node.kind === "site") {
      item.command = { command: "eventlens.openPlace", title: "Open", arguments: [node.place] };
    }
    return item;
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}
