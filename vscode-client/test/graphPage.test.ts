import assert from "node:assert/strict";
import { test } from "node:test";
import { noteFor } from "../src/graph/view/notes";
import { pageOf } from "../src/graph/page";

test("the page runs the extension's own script only, and fetches nothing from elsewhere", () => {
  const page = pageOf({ source: "https://own.example", script: "https://own.example/main.js", style: "https://own.example/main.css", nonce: "n0nce" });
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
  assert.deepEqual(policy.split("; "), [
    "default-src 'none'",
    "script-src 'nonce-n0nce'",
    "style-src https://own.example",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  assert.deepEqual(page.match(/<script[^>]*>/g), ['<script nonce="n0nce" src="https://own.example/main.js">']);
  assert.equal(/<style|\son\w+=|\sstyle=/.exec(page), null);
});

test("a graph without nodes says why", () => {
  assert.match(noteFor({ state: "indexing", known: 0, shown: 0 }), /^Reading the workspace/);
  assert.match(noteFor({ state: "failed", known: 0, shown: 0 }), /server does not run/);
  assert.match(noteFor({ state: "ready", known: 0, shown: 0 }), /^Nothing here publishes/);
  assert.match(noteFor({ state: "ready", known: 5, shown: 0 }), /filters/);
  assert.match(noteFor({ state: "indexing", known: 5, shown: 5 }), /was known before/);
  assert.equal(noteFor({ state: "ready", known: 5, shown: 5 }), "");
});
