import assert from "node:assert/strict";
import { test } from "node:test";
import { findServer, isAtLeast, type Surroundings } from "../src/discovery/findServer";
import { type Interpreter, isNewEnough, pythonCommands } from "../src/discovery/interpreters";
import { DiscoveryProblem } from "../src/discovery/problems";

function python(program: string, version: Interpreter["version"], more: Partial<Interpreter> = {}): Interpreter {
  return { program, version, eventlens: null, makesEnvironments: true, ...more };
}

/** A machine with these Pythons; the name of each is its path. */
function machine(pythons: readonly Interpreter[], more: Partial<Omit<Surroundings, "managed">> & { managed?: string } = {}) {
  const told: string[] = [];
  const made: string[] = [];
  const { managed, ...rest } = more;
  const around: Surroundings = {
    serverPath: "",
    python: "",
    oldestServer: "0.1.0",
    folder: "/storage",
    environment: {},
    isProgram: () => Promise.resolve(false),
    activePython: () => Promise.resolve(null),
    platform: "linux",
    pythonCommands: pythons.map(({ program }) => [program]),
    examine: (program) => Promise.resolve(pythons.find((one) => one.program === program) ?? null),
    managed: {
      existing: () => Promise.resolve(managed ?? null),
      make: (base) => {
        made.push(base.program);
        return Promise.resolve("/storage/env/python");
      },
    },
    tell: (line) => told.push(line),
    ...rest,
  };
  return { around, told, made };
}

const WITH_SERVER = python("/venv/python", [3, 12, 1], { eventlens: "0.1.0" });
const BARE = python("/usr/bin/python3", [3, 11, 2]);

async function problemOf(around: Surroundings): Promise<DiscoveryProblem> {
  const problem = await findServer(around).then(() => null, (error: unknown) => error);
  assert.ok(problem instanceof DiscoveryProblem, String(problem));
  return problem;
}

test("the setting for the server comes first", async () => {
  const active = { activePython: () => Promise.resolve(WITH_SERVER.program) };
  const { around } = machine([WITH_SERVER], { ...active, serverPath: "/opt/eventlens", isProgram: () => Promise.resolve(true) });
  const found = await findServer(around);
  assert.deepEqual([found.program, ...found.args], ["/opt/eventlens", "serve"]);
  assert.equal(found.folder, "/storage");
});

test("a setting that names no program is said, and nothing else is tried", async () => {
  const { around, made } = machine([WITH_SERVER, BARE], { serverPath: "/opt/gone" });
  const problem = await problemOf(around);
  assert.match(problem.message, /eventlens\.server\.path names \/opt\/gone/);
  assert.equal(problem.remedy, "serverPath");
  assert.deepEqual(made, []);
});

test("the server of the active environment comes before the extension's own", async () => {
  const { around } = machine([WITH_SERVER, BARE], { activePython: () => Promise.resolve(WITH_SERVER.program), managed: "/storage/env/python" });
  const found = await findServer(around);
  assert.deepEqual([found.program, ...found.args], ["/venv/python", "-I", "-m", "eventlens", "serve"]);
  assert.match(found.origin, /active/);
});

test("the Python of the setting comes before the active environment", async () => {
  const chosen = python("/chosen/python", [3, 13, 0], { eventlens: "0.2.0" });
  const { around } = machine([WITH_SERVER, chosen], { python: chosen.program, activePython: () => Promise.resolve(WITH_SERVER.program) });
  assert.equal((await findServer(around)).program, "/chosen/python");
});

test("a server that is older than the extension is left aside, and said", async () => {
  const old = python("/venv/python", [3, 12, 1], { eventlens: "0.0.9" });
  const { around, told } = machine([old], { activePython: () => Promise.resolve(old.program), managed: "/storage/env/python" });
  assert.equal((await findServer(around)).program, "/storage/env/python");
  assert.match(told.join("\n"), /eventlens 0\.0\.9, which is older than 0\.1\.0/);
});

test("what is installed already is not installed again", async () => {
  const { around, made } = machine([BARE], { managed: "/storage/env/python" });
  assert.equal((await findServer(around)).program, "/storage/env/python");
  assert.deepEqual(made, []);
});

test("it is installed with the active Python, even where that is not on the PATH", async () => {
  const active = python("/venv/python", [3, 12, 1]);
  const { around, made } = machine([active, BARE], { activePython: () => Promise.resolve(active.program), pythonCommands: [[BARE.program]] });
  assert.equal((await findServer(around)).program, "/storage/env/python");
  assert.deepEqual(made, ["/venv/python"]);
});

test("an active Python that is too old leaves it to the first on the PATH that will do", async () => {
  const old = python("/venv/python", [3, 8, 10]);
  const noVenv = python("/usr/bin/python3", [3, 11, 2], { makesEnvironments: false });
  const good = python("/opt/python3.12", [3, 12, 0]);
  const { around, made } = machine([old, noVenv, good], { activePython: () => Promise.resolve(old.program) });
  await findServer(around);
  assert.deepEqual(made, ["/opt/python3.12"]);
});

test("each way in which there is no Python has its own words", async () => {
  const old = python("/usr/bin/python3", [3, 8, 10]);
  const bare = python("/usr/bin/python3.11", [3, 11, 2], { makesEnvironments: false });
  assert.match((await problemOf(machine([]).around)).message, /needs Python 3\.10 or later, and no Python was found/);
  assert.match((await problemOf(machine([old]).around)).message, /\/usr\/bin\/python3 is 3\.8\.10/);
  assert.match((await problemOf(machine([old, bare]).around)).message, /python3\.11 cannot make virtual environments.*python3-venv/);
  assert.match((await problemOf(machine([BARE], { python: "/not/python" }).around)).message, /eventlens\.python names \/not\/python/);
  assert.match((await problemOf(machine([old, BARE], { python: old.program }).around)).message, /is 3\.8\.10/);
});

test("versions", () => {
  assert.ok(isNewEnough([3, 10, 0]) && isNewEnough([4, 0, 0]) && !isNewEnough([3, 9, 20]) && !isNewEnough([2, 7, 18]));
  assert.ok(isAtLeast("0.1.0", "0.1.0") && isAtLeast("0.10.0", "0.9.9") && isAtLeast("1.0.0rc1", "0.9.0"));
  assert.ok(!isAtLeast("0.1.9", "0.2.0") && !isAtLeast("0.1", "0.1.1"));
});

test("Pythons on the PATH are those of the platform", () => {
  assert.deepEqual(pythonCommands("linux")[0], ["python3"]);
  assert.deepEqual(pythonCommands("win32").slice(0, 2), [["python"], ["py", "-3"]]);
});

test("on Windows the launcher finds a Python that is not on the PATH, and the program that it names is run", async () => {
  const home = "C:\\Users\\Ann Lee\\AppData\\Local\\Programs\\Python\\Python312\\python.exe";
  const asked: string[] = [];
  const { around, made } = machine([], {
    platform: "win32",
    pythonCommands: pythonCommands("win32"),
    examine: (program, args = []) => {
      asked.push([program, ...args].join(" "));
      return Promise.resolve(program === "py" ? python(home, [3, 12, 1]) : null);
    },
  });
  await findServer(around);
  assert.deepEqual(asked, ["python", "py -3"]);
  assert.deepEqual(made, [home]);
});

test("on Windows the setting for the server may leave out .exe, and may not name a batch file", async () => {
  const file = "C:\\Program Files\\eventlens\\Scripts\\eventlens";
  const exists = { isProgram: (path: string) => Promise.resolve(path === `${file}.exe`), platform: "win32" as const };
  for (const serverPath of [file, `${file}.exe`]) {
    const found = await findServer(machine([], { ...exists, serverPath }).around);
    assert.deepEqual([found.program, ...found.args], [`${file}.exe`, "serve"]);
  }
  const problem = await problemOf(machine([], { ...exists, serverPath: "C:\\tools\\eventlens.CMD" }).around);
  assert.match(problem.message, /a batch file\. Name the eventlens\.exe/);
  assert.equal((await problemOf(machine([], { ...exists, serverPath: "D:\\gone" }).around)).remedy, "serverPath");
});
