/** The item in the status bar; a click opens the menu of commands. */

import * as vscode from "vscode";
import type { Summary } from "./summary";

const BACKGROUNDS = {
  normal: undefined,
  warning: new vscode.ThemeColor("statusBarItem.warningBackground"),
  error: new vscode.ThemeColor("statusBarItem.errorBackground"),
} as const;

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("eventlens.status", vscode.StatusBarAlignment.Left, 0);

  constructor() {
    this.item.name = "Eventlens";
    this.item.command = "eventlens.showMenu";
    this.item.show();
  }

  show({ text, tooltip, level, state }: Summary): void {
    this.item.text = text;
    this.item.tooltip = `${tooltip}\nClick for commands.`;
    this.item.backgroundColor = BACKGROUNDS[level];
    void vscode.commands.executeCommand("setContext", "eventlens.state", state);
  }

  dispose(): void {
    this.item.dispose();
  }
}
