import { describe, expect, it } from "vitest";
import { sampleFewShot, splitForSearch } from "../../../lib/task/fewShot.js";
import type { Example } from "../../../lib/task/task.js";

/** 60 of class 0, 30 of class 1, 10 of class 2. */
const examples: readonly Example[] = Array.from({ length: 100 }, (_, index) => ({
  text: `text ${index}`,
  label: index < 60 ? 0 : index < 90 ? 1 : 2,
}));
const counts = (rows: readonly Example[]): number[] =>
  [0, 1, 2].map((label) => rows.filter((row) => row.label === label).length);

describe("sampleFewShot", () => {
  it("draws k in total in the class proportions, and disjoint development examples", () => {
    const { train, dev } = sampleFewShot(examples, { trainSize: 20, devSize: 50, seed: 13 });
    expect(counts(train)).toEqual([12, 6, 2]);
    expect(counts(dev)).toEqual([30, 15, 5]);
    expect(new Set([...train, ...dev]).size).toBe(70);
  });

  it("gives every class one example even when its share is less", () => {
    expect(counts(sampleFewShot(examples, { trainSize: 4, seed: 1 }).train)).toEqual([2, 1, 1]);
    expect(counts(sampleFewShot(examples, { trainSize: 3, seed: 1 }).train)).toEqual([1, 1, 1]);
  });

  it("repeats itself for a seed and differs for another", () => {
    const draw = (seed: number) => sampleFewShot(examples, { trainSize: 20, seed });
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5).train).not.toEqual(draw(6).train);
  });

  it("uses all that is left for development when fewer than 1000 are", () => {
    expect(sampleFewShot(examples, { trainSize: 25, seed: 1 }).dev).toHaveLength(75);
  });

  it("refuses sizes that the data do not have", () => {
    expect(() => sampleFewShot(examples, { trainSize: 101, seed: 1 })).toThrow(/from 3 .* to 100 .*got 101/s);
    expect(() => sampleFewShot(examples, { trainSize: 2, seed: 1 })).toThrow(/got 2/);
    expect(() => sampleFewShot(examples, { trainSize: 60, devSize: 41, seed: 1 })).toThrow(/0 to 40 .*got 41/s);
  });
});

describe("splitForSearch", () => {
  it("cuts the data into disjoint halves with the class proportions of the whole", () => {
    const { forWeights, forAlphas } = splitForSearch(examples, { seed: 3 });
    expect(counts(forWeights)).toEqual([30, 15, 5]);
    expect(counts(forAlphas)).toEqual([30, 15, 5]);
    expect(new Set([...forWeights, ...forAlphas]).size).toBe(100);
  });

  it("takes another share, and refuses an empty part", () => {
    expect(splitForSearch(examples, { seed: 3, weightsShare: 0.8 }).forAlphas).toHaveLength(20);
    expect(() => splitForSearch(examples, { seed: 3, weightsShare: 1 })).toThrow(/weightsShare 1/);
  });
});
