/** The server of this window and what it tells: finds it, keeps it running, gathers its maps and states. */

import { access, constants, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { Connection, type Outputs } from "./client/connection";
import type { FolderStatus } from "./client/protocol";
import { type ServerState, Supervisor } from "./client/supervisor";
import { activePython } from "./discovery/activeEnvironment";
import { findServer, type Surroundings } from "./discovery/findServer";
import { examine, pythonCommands } from "./discovery/interpreters";
import { ManagedEnvironment, type Requirement } from "./discovery/managed";
import { reportFailure, withProgress } from "./discovery/prompts";
import type { ServerCommand } from "./discovery/serverCommand";
import { FlowStore } from "./flows/store";
import { isInWorkspace, program } from "./settings";
import { summarise, type Summary } from "./status/summary";

/** Changes within so many milliseconds are one: trust and the settings that count with it come one after the other. */
const TOGETHER = 200;

export class Session implements vscode.Disposable {
  readonly flows: FlowStore;
  private readonly supervisor: Supervisor<Connection>;
  private readonly folders = new Map<string, FolderStatus>();
  private readonly changed = new vscode.EventEmitter<Summary>();
  /** Fires with each new state. */
  readonly onDidChangeState = this.changed.event;
  private installing: string | null = null;
  private command: ServerCommand | null = null;
  private searching: NodeJS.Timeout | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly outputs: Outputs,
  ) {
    this.flows = new FlowStore(async () => (await this.supervisor.running?.maps())?.folders ?? null, outputs.log);
    this.supervisor = new Supervisor<Connection>(
      (crashed) => this.launch(crashed),
      (state) => {
        this.entered(state);
      },
    );
  }

  get summary(): Summary {
    return summarise(this.supervisor.current, [...this.folders.values()], this.installing);
  }

  start(): Promise<void> {
    return this.supervisor.restart();
  }

  stop(): Promise<void> {
    return this.supervisor.stop();
  }

  /** Another Python or another setting may mean another server, and so may a workspace that is trusted now. */
  searchAgain(): void {
    clearTimeout(this.searching);
    this.searching = setTimeout(() => void this.search(), TOGETHER);
  }

  private async search(): Promise<void> {
    const before = this.command;
    if (before === null || this.supervisor.running === null) {
      await this.start();
      return;
    }
    const now = await findServer(await this.surroundings()).catch(() => null);
    if (now === null || now.program !== before.program || now.args.join(" ") !== before.args.join(" ")) await this.start();
  }

  dispose(): void {
    clearTimeout(this.searching);
    this.flows.dispose();
    this.changed.dispose();
  }

  private async launch(crashed: (reason: Error) => void): Promise<Connection> {
    this.folders.clear();
    this.command = await findServer(await this.surroundings());
    this.outputs.log.info(`the server is that of ${this.command.origin}`);
    const connection = await Connection.open(this.command, this.outputs, {
      crashed,
      mapChanged: () => void this.flows.refresh(),
      status: (status) => {
        this.folders.set(status.uri, status);
        this.tell();
      },
    });
    return connection;
  }

  private entered(state: ServerState): void {
    if (state.kind === "failed") {
      this.outputs.log.error(state.reason);
      void reportFailure(state.reason);
    }
    if (state.kind === "waiting") this.outputs.log.warn(`the server ended unexpectedly; next start in ${state.delay / 1000} s`);
    if (state.kind === "running") void this.flows.refresh();
    this.tell();
  }

  private tell(): void {
    this.changed.fire(this.summary);
  }

  private async surroundings(): Promise<Surroundings> {
    const { log } = this.outputs;
    const storage = this.context.globalStorageUri.fsPath;
    await mkdir(storage, { recursive: true });
    const python = program("python");
    const version = (this.context.extension.packageJSON as { version: string }).version;
    const managed = new ManagedEnvironment(join(storage, "server"), await this.requirement(version), python);
    return {
      serverPath: program("server.path"),
      python,
      oldestServer: version,
      folder: storage,
      environment: process.env.EVENTLENS_LOG === undefined ? { EVENTLENS_LOG: "INFO" } : {},
      isProgram,
      activePython: () => this.activePython(),
      platform: process.platform,
      pythonCommands: pythonCommands(process.platform),
      examine,
      managed: {
        existing: () => managed.existing(),
        make: async (base) => {
          const path = await withProgress((signal, step) =>
            managed.make(base, {
              signal,
              step: (text) => {
                this.installing = text;
                this.tell();
                step(text);
              },
              line: (text) => {
                log.info(text);
              },
            }),
          ).finally(() => (this.installing = null));
          await managed.tidy(Date.now());
          return path;
        },
      },
      tell: (line) => {
        log.info(line);
      },
    };
  }

  /** The active environment's Python; none of a folder that is not trusted. */
  private async activePython(): Promise<string | null> {
    const path = await activePython().catch((error: unknown) => {
      this.outputs.log.warn(`the Python extension gave no environment: ${String(error)}`);
      return null;
    });
    if (path !== null && !vscode.workspace.isTrusted && isInWorkspace(path)) {
      this.outputs.log.info(`${path} lies in a workspace that is not trusted: left aside`);
      return null;
    }
    return path;
  }

  private async requirement(version: string): Promise<Requirement> {
    const folder = join(this.context.extensionPath, "bundled");
    const wheels = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".whl"));
    const wheel = wheels.find((name) => name.startsWith(`eventlens-${version}-`));
    return { wheel: wheel === undefined ? null : join(folder, wheel), specifier: `eventlens==${version}` };
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
