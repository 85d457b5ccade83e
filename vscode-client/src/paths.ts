/** Paths as each platform spells them; nothing here looks at a disk. */

import { posix, win32, type PlatformPath } from "node:path";

/** Where folders and programs are looked for: "win32" is Windows, all others are alike. */
export type Platform = NodeJS.Platform;

function pathsOf(platform: Platform): PlatformPath {
  return platform === "win32" ? win32 : posix;
}

/** The path that a setting names, "" for none: without quotes around it, `~` being the home folder. */
export function settingPath(value: unknown, home: string, platform: Platform): string {
  const text = typeof value === "string" ? value.trim().replace(/^"(.*)"$/, "$1").trim() : "";
  const isBelowHome = text.startsWith("~/") || (platform === "win32" && text.startsWith("~\\"));
  return text === "~" || isBelowHome ? pathsOf(platform).join(home, text.slice(1)) : text;
}

/** The files that a path to a program may mean: on Windows it may leave out the `.exe`. */
export function programFiles(path: string, platform: Platform): readonly string[] {
  return platform === "win32" && win32.extname(path).toLowerCase() !== ".exe" ? [`${path}.exe`, path] : [path];
}

/** Whether Windows runs a file only through a command line, which is not used. */
export function isBatchFile(path: string, platform: Platform): boolean {
  return platform === "win32" && [".bat", ".cmd"].includes(win32.extname(path).toLowerCase());
}

/** The Python of a virtual environment. */
export function environmentPython(folder: string, platform: Platform): string {
  return platform === "win32" ? win32.join(folder, "Scripts", "python.exe") : posix.join(folder, "bin", "python");
}

/** The way from a folder to a file in it, with slashes; null where it does not lie in it. Windows does not tell `c:` from `C:`. */
export function pathWithin(folder: string, file: string, platform: Platform): string | null {
  const paths = pathsOf(platform);
  const way = paths.relative(folder, file);
  return way === ".." || way.startsWith(`..${paths.sep}`) || paths.isAbsolute(way) ? null : way.replaceAll(paths.sep, "/");
}
