import assert from "node:assert/strict";
import { test } from "node:test";
import { BackOff } from "../src/client/backoff";

test("each wait is twice as long, and the sixth crash in three minutes is the last", () => {
  const backOff = new BackOff();
  const delays = [0, 1, 2, 3, 4, 5].map((second) => backOff.crashed(second * 1000));
  assert.deepEqual(delays, [1000, 2000, 4000, 8000, 16000, null]);
});

test("crashes that are more than three minutes old do not count", () => {
  const backOff = new BackOff();
  for (let second = 0; second < 5; second += 1) backOff.crashed(second * 1000);
  assert.equal(backOff.crashed(179_999), null);
  assert.equal(backOff.crashed(182_500), 4000);
  assert.equal(backOff.crashed(1_000_000), 1000);
});

test("a start that a person asked for begins anew", () => {
  const backOff = new BackOff();
  for (let second = 0; second < 6; second += 1) backOff.crashed(second);
  backOff.forget();
  assert.equal(backOff.crashed(10), 1000);
});
