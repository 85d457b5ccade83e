/** Runs a program to its end and takes what it wrote. */

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface Ended {
  /** Null where it could not be started or was ended by a signal. */
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface RunOptions {
  /** Milliseconds after which it is ended. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Called with each line of both streams as it comes. */
  readonly line?: (line: string) => void;
}

/** Does not reject: a program that cannot be started has no code, and the reason among its errors. The folder is the system's for temporary files. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const written = { output: "", errors: "" };
    let child: ChildProcessByStdio<null, Readable, Readable>;
    try {
      child = spawn(program, args, {
        cwd: tmpdir(),
        stdio: ["ignore", "pipe", "pipe"],
        windowsHide: true,
        ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    } catch (error) {
      // A name that no program can have, or a batch file on Windows.
      resolve({ code: null, output: "", errors: String(error) });
      return;
    }
    for (const [stream, name] of [[child.stdout, "output"], [child.stderr, "errors"]] as const) {
      createInterface({ input: stream }).on("line", (line) => {
        written[name] += `${line}\n`;
        options.line?.(line);
      });
    }
    child.on("error", (error) => {
      written.errors += `${error.message}\n`;
      if (child.pid === undefined) resolve({ code: null, ...written });
    });
    child.on("close", (code) => {
      resolve({ code, ...written });
    });
  });
}
