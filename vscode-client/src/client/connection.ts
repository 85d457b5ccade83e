/** One run of the server: its process, and the client that VS Code talks to it with. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import type * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, RevealOutputChannelOn, CloseAction, ErrorAction } from "vscode-languageclient/node";
import type { ServerCommand } from "../discovery/serverCommand";
import { DOCUMENTS } from "./documents";
import { peekAtAnswer } from "./lensPeek";
import { EXPERIMENTAL_CAPABILITIES, type FolderStatus, MAP_CHANGED, MAP_REQUEST, type MapAnswer, STATUS } from "./protocol";
import type { Running } from "./supervisor";

/** Where news of a server goes. */
export interface News {
  mapChanged(): void;
  status(status: FolderStatus): void;
  /** The server ended, and was not told to. */
  crashed(reason: Error): void;
}

export interface Outputs {
  readonly log: vscode.LogOutputChannel;
  readonly trace: vscode.OutputChannel;
}

/** How long a server may take to answer that it will end, and then to end, in milliseconds. */
const TIME_TO_STOP = 3000;
const TIME_TO_END = 1000;

/** Writes what goes wrong to the log alone: what a person has to know is told with what helps. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export class Connection implements Running {
  private stopping = false;
  private started = false;
  private process: ChildProcess | null = null;
  private ended: Promise<unknown> = Promise.resolve();
  private readonly client: LanguageClient;

  private constructor(
    private readonly command: ServerCommand,
    private readonly outputs: Outputs,
    private readonly news: News,
  ) {
    this.client = new QuietClient("eventlens", "Eventlens", () => this.spawn(), this.options());
    this.client.registerFeature({
      fillClientCapabilities: (capabilities) => {
        capabilities.experimental = { ...(capabilities.experimental as object | undefined), ...EXPERIMENTAL_CAPABILITIES };
      },
      initialize: () => undefined,
      getState: () => ({ kind: "static" }),
      clear: () => undefined,
    });
    this.client.onNotification(MAP_CHANGED, () => {
      news.mapChanged();
    });
    this.client.onNotification(STATUS, (status: FolderStatus) => {
      news.status(status);
    });
  }

  /** Start the server and shake hands; rejects where it ends before that is done. */
  static async open(command: ServerCommand, outputs: Outputs, news: News): Promise<Connection> {
    const connection = new Connection(command, outputs, news);
    try {
      await connection.client.start();
      // The library calls it a start too when the connection is closed on the way.
      if (!connection.client.isRunning()) throw new Error("it ended before it was ready");
    } catch (error) {
      await connection.stop();
      throw error;
    }
    connection.started = true;
    return connection;
  }

  async maps(): Promise<MapAnswer> {
    return this.client.sendRequest<MapAnswer>(MAP_REQUEST, {});
  }

  async stop(): Promise<void> {
    this.stopping = true;
    try {
      await this.client.dispose(TIME_TO_STOP);
    } catch (error) {
      this.outputs.log.debug(`the client did not end in order: ${String(error)}`);
    }
    await Promise.race([this.ended, setTimeout(TIME_TO_END)]);
    this.process?.kill();
  }

  private spawn(): Promise<ChildProcess> {
    const { program, args, folder, environment } = this.command;
    this.outputs.log.info(`starting ${[program, ...args].join(" ")}`);
    const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...environment }, windowsHide: true });
    this.process = child;
    this.ended = once(child, "exit").catch(() => undefined);
    child.on("exit", (code, signal) => {
      this.outputs.log.info(`the server ended (${signal ?? `exit code ${code ?? "unknown"}`})`);
    });
    return new Promise((resolve, reject) => {
      child.once("spawn", () => {
        resolve(child);
      });
      child.once("error", reject);
    });
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: [...DOCUMENTS],
      outputChannel: this.outputs.log,
      traceOutputChannel: this.outputs.trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationFailedHandler: () => false,
      middleware: {
        executeCommand: async (command, args, next) => {
          const answer: unknown = await next(command, args);
          return (await peekAtAnswer(args, answer, this.client.protocol2CodeConverter)) ? undefined : answer;
        },
      },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        // The supervisor starts it again, with a client of its own.
        closed: () => {
          if (this.started && !this.stopping) this.news.crashed(new Error("the server ended unexpectedly"));
          return { action: CloseAction.DoNotRestart, handled: true, message: "the connection to the server is closed" };
        },
      },
    };
  }
}
