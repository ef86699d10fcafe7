/** The results in `data/sweeps` are whole, and the README shows them as `sptlab results` prints them. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DataError } from "../../../lib/errors.js";
import { readRecordedResults } from "../../../lib/experiments/recordedResults.js";
import { formatResults } from "../../../lib/experiments/resultsTable.js";
import { readSweepSpec } from "../../../lib/experiments/spec.js";

describe.each(["benchmarks", "additions"])("the recorded sweep %s", (name) => {
  it("has a completed run for every task, method and seed of its spec, with the spec's settings", async () => {
    const { tasks, methods, seeds, testRows } = await readSweepSpec(`data/sweeps/${name}.json`);
    const results = readRecordedResults(name);
    const keyOf = (task: string, method: string, seed: number): string => `${task} ${method} ${seed}`;
    const wanted = tasks.flatMap((task) =>
      methods.flatMap(({ method }) => seeds.map((seed) => keyOf(task, method, seed))),
    );
    expect(results.map(({ task, method, seed }) => keyOf(task, method, seed)).sort()).toEqual(wanted.sort());
    expect(results.filter((result) => result.status !== "completed" || result.testRows !== testRows)).toEqual([]);
    for (const { method, settings } of methods) {
      for (const result of results.filter((one) => one.method === method))
        expect(result.settings).toMatchObject(settings);
    }
  });

  it("is of one model and of real data, the same for every method", () => {
    const results = readRecordedResults(name);
    expect(new Set(results.map(({ modelHash, isSynthetic }) => `${modelHash} ${isSynthetic}`)).size).toBe(1);
    expect(results[0]?.isSynthetic).toBe(false);
    const hashes = new Set(results.map(({ task, dataHash }) => `${task} ${dataHash}`));
    expect(hashes.size).toBe(new Set(results.map(({ task }) => task)).size);
  });

  it("stands in the README as `sptlab results` prints it", { timeout: 60_000 }, () => {
    const readme = readFileSync(name === "benchmarks" ? "README.md" : "data/sweeps/README.md", "utf8");
    expect(readme).toContain(formatResults(readRecordedResults(name), { against: "spt" }));
  });
});

it("names the sweeps there are when it is asked for another", () => {
  expect(() => readRecordedResults("none")).toThrow(DataError);
  expect(() => readRecordedResults("none")).toThrow(/benchmarks.*got "none"/);
});
