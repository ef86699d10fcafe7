/** What of a text a second run must give again. */

import { expect, test } from "vitest";
import { tokensOf, volatileKind } from "../../../kernel/notebook/textTokens.js";

test("numbers are read as numbers, and digits inside a word stay in it", () => {
  expect(tokensOf("SPT, layers 2, 8, 10: -1.5e-3 (sst2, 13/13).").values).toEqual([
    ..."SPT layers".split(" "),
    ...[2, 8, 10, -1.5e-3],
    ..."sst2 13/13".split(" "),
  ]);
  expect(tokensOf("mean 0.71 ± .02, 78.3%.").values).toEqual(["mean", 0.71, 0.02, 78.3]);
});

test.each([
  ["took 12.3 s in all", ["took", "in", "all"], ["duration"]],
  ["at 2026-11-24T13:42:31.555Z", ["at"], ["date"]],
  ["peak 1.2 GB", ["peak"], ["memory"]],
  ["saved to /home/ada/runs/x", ["saved", "to"], ["folder"]],
  ["9 samples, 3 gates", [9, "samples", 3, "gates"], []],
  ["runs/search-sst2-0d2b054c and and/or", ["runs/search-sst2-0d2b054c", "and", "and/or"], []],
])("%s: what a second run does not repeat is left out and counted", (text, values, leftOut) => {
  expect(tokensOf(text)).toEqual({ values, leftOut });
});

test("names tell durations, memory and dates from scores", () => {
  const kinds = ["seconds of training", "peak memory (MB)", "Started", "accuracy", "numbers trained", "timestep"];
  expect(kinds.map(volatileKind)).toEqual(["duration", "memory", "date", undefined, undefined, undefined]);
});
