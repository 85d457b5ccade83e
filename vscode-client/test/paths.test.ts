// Paths of Windows and of the others, wherever these tests run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { environmentPython, isBatchFile, pathWithin, programFiles, settingPath } from "../src/paths";

test("a setting may hold quotes, spaces around it and the home folder", () => {
  const home = "C:\\Users\\Ann Lee";
  assert.equal(settingPath(' "C:\\Program Files\\Python\\python.exe" ', home, "win32"), "C:\\Program Files\\Python\\python.exe");
  assert.equal(settingPath("~\\venvs\\shop\\Scripts\\python.exe", home, "win32"), "C:\\Users\\Ann Lee\\venvs\\shop\\Scripts\\python.exe");
  assert.equal(settingPath("~/venv/bin/python", "/home/ann", "linux"), "/home/ann/venv/bin/python");
  assert.equal(settingPath("~\\odd", "/home/ann", "linux"), "~\\odd");
  assert.equal(settingPath("~", "/home/ann", "darwin"), "/home/ann");
  assert.deepEqual(["", "  ", '""', undefined, null, 3].map((value) => settingPath(value, home, "win32")), ["", "", "", "", "", ""]);
});

test("the Python of an environment lies in Scripts on Windows", () => {
  assert.equal(environmentPython("C:\\Users\\Ann Lee\\env-1", "win32"), "C:\\Users\\Ann Lee\\env-1\\Scripts\\python.exe");
  assert.equal(environmentPython("/storage/env-1", "linux"), "/storage/env-1/bin/python");
});

test("a program of Windows may be named without .exe, a batch file is none", () => {
  assert.deepEqual(programFiles("D:\\tools\\eventlens", "win32"), ["D:\\tools\\eventlens.exe", "D:\\tools\\eventlens"]);
  assert.deepEqual(programFiles("D:\\tools\\eventlens.EXE", "win32"), ["D:\\tools\\eventlens.EXE"]);
  assert.deepEqual(programFiles("/opt/eventlens", "linux"), ["/opt/eventlens"]);
  assert.ok(isBatchFile("C:\\shims\\eventlens.bat", "win32") && !isBatchFile("/opt/eventlens.bat", "linux"));
});

test("a file is looked for in its folder, whatever the letters of drive and folder", () => {
  assert.equal(pathWithin("c:\\Work\\The Shop", "C:\\work\\the shop\\orders\\a.ts", "win32"), "orders/a.ts");
  assert.equal(pathWithin("c:\\work\\shop", "d:\\work\\shop\\a.ts", "win32"), null);
  assert.equal(pathWithin("c:\\work\\shop", "c:\\work\\shop-old\\a.ts", "win32"), null);
  assert.equal(pathWithin("c:\\", "C:\\a.ts", "win32"), "a.ts");
  assert.equal(pathWithin("\\\\server\\share\\shop", "\\\\server\\share\\shop\\a.ts", "win32"), "a.ts");
  assert.equal(pathWithin("/work/shop", "/work/shop/..odd/a.ts", "linux"), "..odd/a.ts");
  assert.equal(pathWithin("/work/shop", "/work/Shop/a.ts", "linux"), null);
  assert.equal(pathWithin("/work/shop", "/work/shop", "linux"), "");
});
