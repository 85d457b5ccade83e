/**
 * Keeps one server running: starts it, starts it again when it crashes, stops it.
 * Knows neither VS Code nor the protocol; `launch` does.
 */

import { BackOff } from "./backoff";

/** A server that runs. */
export interface Running {
  /** End it; resolves when it has ended. Does not reject. */
  stop(): Promise<void>;
}

/** Why there is no server, when trying again would not help: told to the person as it is. */
export class CannotStart extends Error {}

export type ServerState =
  | { readonly kind: "stopped" }
  | { readonly kind: "starting" }
  | { readonly kind: "running" }
  /** It crashed and is started again after so many milliseconds. */
  | { readonly kind: "waiting"; readonly delay: number }
  | { readonly kind: "failed"; readonly reason: Error };

export interface Clock {
  now(): number;
  /** Call back after so many milliseconds; the function that is returned takes the call back. */
  after(delay: number, then: () => void): () => void;
}

const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (delay, then) => {
    const timer = setTimeout(then, delay);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Starts a server; calls `crashed` once if it ends after that without having been told to. Rejects where it could not start. */
export type Launch<Server extends Running> = (crashed: (reason: Error) => void) => Promise<Server>;

export class Supervisor<Server extends Running> {
  private state: ServerState = { kind: "stopped" };
  private server: Server | null = null;
  private readonly backOff = new BackOff();
  private cancelWait: () => void = () => undefined;
  /** Each start and stop has its own number: what an older one still reports is of no interest. */
  private turn = 0;
  /** Ends of servers follow one another. */
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly launch: Launch<Server>,
    private readonly report: (state: ServerState) => void,
    private readonly clock: Clock = SYSTEM_CLOCK,
  ) {}

  get current(): ServerState {
    return this.state;
  }

  /** The server, while one runs. */
  get running(): Server | null {
    return this.server;
  }

  /** Start, or stop what runs and start anew. */
  async restart(): Promise<void> {
    this.backOff.forget();
    await this.begin();
  }

  async stop(): Promise<void> {
    this.turn += 1;
    await this.end();
    this.enter({ kind: "stopped" });
  }

  private async begin(): Promise<void> {
    const turn = ++this.turn;
    this.enter({ kind: "starting" });
    await this.end();
    if (turn !== this.turn) return;
    try {
      const server = await this.launch((reason) => {
        if (turn === this.turn) this.crashed(reason);
      });
      if (turn !== this.turn) {
        await server.stop();
        return;
      }
      this.server = server;
      this.enter({ kind: "running" });
    } catch (error) {
      if (turn === this.turn) this.couldNotStart(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private couldNotStart(reason: Error): void {
    if (reason instanceof CannotStart) this.enter({ kind: "failed", reason });
    else this.crashed(reason);
  }

  private crashed(reason: Error): void {
    const turn = ++this.turn;
    const delay = this.backOff.crashed(this.clock.now());
    if (delay === null) {
      void this.end();
      this.enter({ kind: "failed", reason });
      return;
    }
    this.enter({ kind: "waiting", delay });
    this.cancelWait = this.clock.after(delay, () => {
      if (turn === this.turn) void this.begin();
    });
  }

  private end(): Promise<void> {
    this.cancelWait();
    const server = this.server;
    this.server = null;
    if (server !== null) this.ended = this.ended.then(() => server.stop());
    return this.ended;
  }

  private enter(state: ServerState): void {
    this.state = state;
    this.report(state);
  }
}
