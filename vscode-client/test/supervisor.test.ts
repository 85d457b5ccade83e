import assert from "node:assert/strict";
import { test } from "node:test";
import { CannotStart, type Clock, type Launch, type Running, type ServerState, Supervisor } from "../src/client/supervisor";

/** A clock that goes on when it is told to. */
class HandClock implements Clock {
  private time = 0;
  private waiting: { at: number; then: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(delay: number, then: () => void): () => void {
    const entry = { at: this.time + delay, then };
    this.waiting.push(entry);
    return () => {
      this.waiting = this.waiting.filter((one) => one !== entry);
    };
  }

  async forward(delay: number): Promise<void> {
    this.time += delay;
    const due = this.waiting.filter(({ at }) => at <= this.time);
    this.waiting = this.waiting.filter((entry) => !due.includes(entry));
    for (const { then } of due) then();
    await settled();
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Started extends Running {
  readonly crash: (reason: Error) => void;
  stopped: boolean;
}

function bench(prepare: () => Promise<void> = () => Promise.resolve()) {
  const clock = new HandClock();
  const servers: Started[] = [];
  const states: ServerState[] = [];
  const launch: Launch<Started> = async (crash) => {
    await prepare();
    const server: Started = {
      crash,
      stopped: false,
      stop: () => {
        server.stopped = true;
        return Promise.resolve();
      },
    };
    servers.push(server);
    return server;
  };
  const supervisor = new Supervisor(launch, (state) => states.push(state), clock);
  const last = (): Started => {
    const server = servers.at(-1);
    assert.ok(server);
    return server;
  };
  return { clock, servers, states, supervisor, last, kinds: () => states.map((state) => state.kind) };
}

test("a server that crashes is started again after a wait", async () => {
  const { clock, servers, supervisor, last, kinds } = bench();
  await supervisor.restart();
  last().crash(new Error("gone"));
  await clock.forward(999);
  assert.equal(servers.length, 1);
  await clock.forward(1);
  assert.equal(servers.length, 2);
  assert.deepEqual(kinds(), ["starting", "running", "waiting", "starting", "running"]);
});

test("after five tries in three minutes it is left, with the reason, until a person asks", async () => {
  const { clock, servers, states, supervisor, last } = bench();
  await supervisor.restart();
  for (const delay of [1000, 2000, 4000, 8000, 16000]) {
    last().crash(new Error("gone"));
    await clock.forward(delay);
  }
  assert.equal(servers.length, 6);
  last().crash(new Error("gone for good"));
  assert.deepEqual(states.at(-1), { kind: "failed", reason: new Error("gone for good") });
  await clock.forward(600_000);
  assert.equal(servers.length, 6);
  await supervisor.restart();
  assert.equal(supervisor.current.kind, "running");
});

test("what cannot start is not tried again", async () => {
  const { clock, servers, supervisor, kinds } = bench(() => Promise.reject(new CannotStart("no Python")));
  await supervisor.restart();
  await clock.forward(600_000);
  assert.deepEqual(kinds(), ["starting", "failed"]);
  assert.equal(servers.length, 0);
});

test("a start that fails for another reason counts as a crash", async () => {
  let broken = true;
  const { clock, supervisor, kinds } = bench(() => (broken ? Promise.reject(new Error("exit code 1")) : Promise.resolve()));
  await supervisor.restart();
  broken = false;
  await clock.forward(1000);
  assert.deepEqual(kinds(), ["starting", "waiting", "starting", "running"]);
});

test("a restart ends the server that runs, and its crash is no news any more", async () => {
  const { servers, supervisor, kinds } = bench();
  await supervisor.restart();
  await supervisor.restart();
  assert.deepEqual(servers.map(({ stopped }) => stopped), [true, false]);
  servers[0]?.crash(new Error("late"));
  assert.deepEqual(kinds(), ["starting", "running", "starting", "running"]);
});

test("a server that comes up after the stop is ended", async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { servers, supervisor } = bench(() => gate);
  const starting = supervisor.restart();
  await settled();
  await supervisor.stop();
  open();
  await starting;
  assert.deepEqual(servers.map(({ stopped }) => stopped), [true]);
  assert.equal(supervisor.current.kind, "stopped");
});

test("a stop takes back the start that waits", async () => {
  const { clock, servers, supervisor, last } = bench();
  await supervisor.restart();
  last().crash(new Error("gone"));
  await supervisor.stop();
  await clock.forward(600_000);
  assert.equal(servers.length, 1);
});
