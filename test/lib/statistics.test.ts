import { describe, expect, it } from "vitest";
import { ConfigError } from "../../lib/errors.js";
import { accuracy, pearson } from "../../lib/metrics.js";
import { compareRanks, nemenyiQuantile } from "../../lib/rankStatistics.js";
import {
  bootstrapScore,
  mean,
  pairedBootstrap,
  quantile,
  standardDeviation,
  winTieLoss,
} from "../../lib/statistics.js";

describe("mean and deviation", () => {
  it("are those of a sample", () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9]; // squares of the differences from 5: 9 1 1 1 0 0 4 16
    expect(mean(values)).toBe(5);
    expect(standardDeviation(values)).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(standardDeviation([1])).toBeNaN();
  });

  it("lie between neighbours for quantiles", () => {
    expect([0, 0.25, 0.5, 1].map((share) => quantile([1, 2, 4, 8], share))).toEqual([1, 1.75, 3, 8]);
  });
});

describe("bootstrap", () => {
  const options = { metric: accuracy, resamples: 4000 };

  it("draws examples with replacement", () => {
    // The difference of two drawn examples is 0, 1/2 or 1 with chances 1/4, 1/2, 1/4; so p = 2 · 1/4.
    const right = { predictions: [[0, 0]] };
    const half = { predictions: [[0, 1]] };
    const found = pairedBootstrap(right, half, { ...options, labels: [0, 0] });
    expect(found).toMatchObject({ value: 0.5, low: 0, high: 1 });
    expect(found.pValue).toBeGreaterThan(0.46); // 4000 draws: 0.5 ± 3 · 2 · 0.0068
    expect(found.pValue).toBeLessThan(0.54);
  });

  it("draws seeds with replacement", () => {
    const labels = Array<number>(50).fill(1);
    const rows = [labels, labels.map(() => 0)]; // one seed is always right, one never: 0, 1/2 or 1
    expect(bootstrapScore({ predictions: rows }, { ...options, labels })).toEqual({ value: 0.5, low: 0, high: 1 });
    const middle = bootstrapScore({ predictions: rows }, { ...options, labels, confidence: 0.4 });
    expect(middle).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
  });

  it("covers what the normal approximation covers for many examples", () => {
    const labels = Array<number>(100).fill(1);
    const predictions = [labels.map((_, i) => i % 2)]; // deviation of the mean: sqrt(0.25 / 100) = 0.05
    const { value, low, high } = bootstrapScore({ predictions }, { ...options, labels });
    expect(value).toBe(0.5);
    expect(low).toBeGreaterThan(0.5 - 1.96 * 0.05 - 0.02);
    expect(low).toBeLessThan(0.5 - 1.96 * 0.05 + 0.02);
    expect(high - 0.5).toBeCloseTo(0.5 - low, 1);
  });

  it("resamples scores of any metric, also those of predictions that are no classes", () => {
    const labels = [0.1, 0.4, 0.2, 0.9, 0.7, 0.5];
    const predictions = [labels.map((label) => 2 * label + 0.3)]; // on a line: their correlation is 1 in every draw
    const { value, low, high } = bootstrapScore({ predictions }, { labels, metric: pearson, resamples: 200 });
    for (const score of [value, low, high]) expect(score).toBeCloseTo(1, 10);
  });

  it("takes the same examples from both, so that what is hard for both does not matter", () => {
    const labels = Array<number>(40).fill(1);
    const a = labels.map((_, i) => i % 2);
    const same = pairedBootstrap({ predictions: [a] }, { predictions: [a] }, { ...options, labels });
    expect(same).toEqual({ value: 0, low: 0, high: 0, pValue: 1 });
  });

  it("repeats by its seed", () => {
    const labels = [0, 1, 0, 1, 1];
    const a = { predictions: [[0, 1, 1, 1, 0]] };
    const draw = (seed: number) => bootstrapScore(a, { labels, metric: accuracy, resamples: 5, seed });
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(5));
  });

  it("refuses methods that were scored on different rows or seeds", () => {
    const labels = [0, 1];
    const two = { predictions: [[0, 1]] };
    expect(() => pairedBootstrap(two, { predictions: [[0]] }, { ...options, labels })).toThrow(ConfigError);
    const seeds = { predictions: [...two.predictions, ...two.predictions] };
    expect(() => pairedBootstrap(two, seeds, { ...options, labels })).toThrow(/1 seeds with 2 and 2 seeds with 2, 2/);
  });
});

describe("winTieLoss", () => {
  it("counts within a margin", () => {
    expect(winTieLoss([3, 2, 1, 5], [1, 2, 2, 4.5])).toEqual({ wins: 2, ties: 1, losses: 1 });
    expect(winTieLoss([3, 2, 1, 5], [1, 2, 2, 4.5], 1)).toEqual({ wins: 1, ties: 3, losses: 0 });
  });
});

describe("compareRanks", () => {
  /** Ranks of four variants of C4.5 on 14 data sets: Demšar 2006, table 6. */
  const ranks = [
    [4, 3, 2, 1],
    [1, 2, 3, 4],
    [4, 1, 2, 3],
    [4, 1, 3, 2],
    [4, 2, 3, 1],
    [1, 2.5, 4, 2.5],
    [3, 2, 4, 1],
    [2.5, 2.5, 4, 1],
    [4, 3, 2, 1],
    [2.5, 2.5, 2.5, 2.5],
    [4, 2.5, 1, 2.5],
    [3, 2, 4, 1],
    [4, 1, 2, 3],
    [3, 1, 4, 2],
  ];
  const scores = ranks.map((row) => row.map((rank) => -rank));

  it("gives Demšar's published numbers", () => {
    const found = compareRanks(scores);
    expect(found.meanRanks.map((rank) => rank.toFixed(3))).toEqual(["3.143", "2.000", "2.893", "1.964"]);
    expect(found.chiSquare).toBeCloseTo(9.28, 2);
    expect(found.fStatistic).toBeCloseTo(3.69, 2);
    expect(found.criticalDifference).toBeCloseTo(1.25, 2);
    expect(compareRanks(scores, 0.1).criticalDifference).toBeCloseTo(1.12, 2);
  });

  it("has the p-value of chi-square: exp(−x/2) with two degrees of freedom", () => {
    const agreed = [1, 2, 3, 4].map(() => [9, 8, 7]); // 12 · 4 / 12 · (1 + 4 + 9 − 12) = 8
    const { chiSquare, pValue, fStatistic } = compareRanks(agreed);
    expect(chiSquare).toBeCloseTo(8, 10);
    expect(pValue).toBeCloseTo(Math.exp(-4), 10);
    expect(fStatistic).toBe(Number.POSITIVE_INFINITY);
  });

  it("has Nemenyi's critical values for 2 to 10 methods", () => {
    const published = {
      0.05: [1.96, 2.343, 2.569, 2.728, 2.85, 2.949, 3.031, 3.102, 3.164],
      0.1: [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.78, 2.855, 2.92],
    };
    for (const [alpha, values] of Object.entries(published)) {
      values.forEach((value, i) => {
        expect(Math.abs(nemenyiQuantile(i + 2, Number(alpha)) - value)).toBeLessThan(0.0015); // printed to 3 digits
      });
    }
  });

  it("refuses what was not run everywhere", () => {
    expect(() =>
      compareRanks([
        [1, 2],
        [1, Number.NaN],
      ]),
    ).toThrow(/got 2 tasks with 2, 1 scores/);
    expect(() => compareRanks([[1, 2]])).toThrow(ConfigError);
  });
});
