import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../lib/errors.js";
import type { SweepResult } from "../../../lib/experiments/results.js";
import { compareMethods, summarise } from "../../../lib/experiments/summary.js";

const labels = "0101010101".repeat(4);
const flip = (count: number, from = 0): string =>
  [...labels].map((label, i) => (i >= from && i < from + count ? String(1 - Number(label)) : label)).join("");

/** A report run whose predictions are wrong on `wrong` rows. */
function result(name: string, seed: number, wrong: number, changes: Partial<SweepResult> = {}): SweepResult {
  return {
    id: `${name}-${seed}`,
    purpose: "report",
    status: "completed",
    task: "sst2",
    trainSize: 500,
    name,
    method: name,
    seed,
    settings: {},
    trials: 0,
    metric: "accuracy",
    parameterCount: 7,
    config: { steps: 10 },
    test: { metrics: {}, labels, predictions: flip(wrong) },
    ...changes,
  } as SweepResult;
}

describe("summarise", () => {
  it("gives mean, deviation and interval of each method over its seeds", () => {
    const [row] = summarise([result("a", 2, 8), result("a", 1, 4)]);
    expect(row).toMatchObject({ name: "a", seeds: [1, 2], parameterCount: 7, isAmongBest: true });
    expect(row?.scores).toEqual([0.9, 0.8]);
    expect(row?.mean).toBeCloseTo(0.85, 12);
    expect(row?.deviation).toBeCloseTo(Math.sqrt(0.005), 12); // (0.05² + 0.05²) / 1
    expect(row?.interval.value).toBeCloseTo(0.85, 12);
    expect(row?.interval.low).toBeLessThan(0.8);
    expect(row?.interval.high).toBeGreaterThan(0.9);
  });

  it("marks as among the best what the paired bootstrap does not tell apart from it", () => {
    const close = result("close", 1, 5); // the best's 4 errors and one more
    const rows = summarise([result("best", 1, 4), close, result("far", 1, 20)]);
    expect(rows.map(({ name, isAmongBest }) => [name, isAmongBest])).toEqual([
      ["best", true],
      ["close", true],
      ["far", false],
    ]);
  });

  it("keeps tasks, sizes and settings apart, and leaves out trials and failures", () => {
    const rows = summarise([
      result("a", 1, 4),
      result("a", 1, 4, { trainSize: 100 }),
      result("a", 1, 4, { task: "mr", test: { metrics: {}, labels: "01", predictions: "00" } }),
      result("a", 1, 4, { settings: { rank: 2 } }),
      result("b", 1, 4, { purpose: "select" }),
      result("c", 1, 4, { status: "failed", test: undefined }),
    ]);
    expect(rows.map(({ task, trainSize, settings }) => [task, trainSize, settings])).toEqual([
      ["sst2", 500, {}],
      ["sst2", 500, { rank: 2 }],
      ["sst2", 100, {}],
      ["mr", 500, {}],
    ]);
  });

  it("compares each method with one of them, over the seeds that both have", () => {
    const results = [result("a", 1, 0), result("a", 2, 4), result("b", 1, 8), result("c", 2, 0), result("c", 3, 9)];
    const rows = summarise(results, { against: "a" });
    expect(rows.map(({ comparison }) => comparison?.value)).toEqual([
      undefined,
      expect.closeTo(0.2, 12),
      expect.closeTo(-0.1, 12),
    ]);
    expect(rows[1]?.comparison).toEqual(compareMethods(results.slice(0, 2), results.slice(2, 3)));
  });

  it("scores by the task's own metric", () => {
    // F1 of class 1: 20 of the 40 labels are 1; predicting 1 always has precision 1/2 and recall 1.
    const test = { metrics: {}, labels, predictions: "1".repeat(40) };
    expect(summarise([result("a", 1, 0, { metric: "f1", test })])[0]?.mean).toBeCloseTo(2 / 3, 12);
  });
});

describe("compareMethods", () => {
  it("pairs by seed, over the seeds that both have", () => {
    const found = compareMethods([result("a", 1, 0), result("a", 2, 4)], [result("b", 2, 8), result("b", 3, 0)]);
    expect(found.value).toBeCloseTo(0.9 - 0.8, 12);
    expect(found.pValue).toBeLessThan(0.1);
  });

  it("refuses to compare scores on different rows, or without a common seed", () => {
    const other = result("b", 1, 0, { test: { metrics: {}, labels: "01", predictions: "01" } });
    expect(() => compareMethods([result("a", 1, 0)], [other])).toThrow(ConfigError);
    expect(() => compareMethods([result("a", 1, 0)], [result("b", 2, 0)])).toThrow(/same seeds/);
  });
});
