/** The flow maps that the server has, asked for again when it says that they changed. */

import * as vscode from "vscode";
import type { FolderMap } from "./map";

/** Answers with the maps of all folders; null while there is no server. */
export type AskForMaps = () => Promise<readonly FolderMap[] | null>;

export class FlowStore implements vscode.Disposable {
  private folders: readonly FolderMap[] = [];
  private asking: Promise<void> | null = null;
  private askAgain = false;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly ask: AskForMaps,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Those of the last answer. */
  get current(): readonly FolderMap[] {
    return this.folders;
  }

  /** Ask anew; what is asked meanwhile is asked once more, after the answer. */
  refresh(): Promise<void> {
    this.askAgain = true;
    this.asking ??= this.askUntilQuiet().finally(() => {
      this.asking = null;
    });
    return this.asking;
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async askUntilQuiet(): Promise<void> {
    while (this.askAgain) {
      this.askAgain = false;
      try {
        const folders = await this.ask();
        if (folders === null) continue;
        this.folders = folders;
        this.changed.fire();
      } catch (error) {
        this.log.warn(`the server gave no map: ${String(error)}`);
      }
    }
  }
}
