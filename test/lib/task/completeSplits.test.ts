import { describe, expect, it } from "vitest";
import { completeSplits } from "../../../lib/task/completeSplits.js";
import type { Example } from "../../../lib/task/task.js";

const rows = (count: number, word = "text"): Example[] =>
  Array.from({ length: count }, (_, i) => ({ text: `${word} ${i}`, label: i % 4 === 0 ? 1 : 0 }));
const texts = (examples: readonly Example[]): string[] => examples.map(({ text }) => text);

describe("completeSplits", () => {
  it("leaves three splits as they are, and counts the rows that they share", () => {
    const [train, dev, test] = [rows(5), [{ text: "Text 1!", label: 0 }], [{ text: "text 2", label: 0 }]];
    const complete = completeSplits({ train, dev, test });
    expect(complete).toMatchObject({ train, dev, test });
    expect(complete.notes).toEqual([
      "Rows of train that occur in test, too: 1.",
      "Rows of train that occur in dev, too: 1.",
    ]);
  });

  it("draws at most 1000 development rows from train, in its class proportions", () => {
    const { train, dev, test } = completeSplits({ train: rows(40_000), test: rows(3, "other") });
    expect([train.length, dev.length, test.length]).toEqual([39_000, 1000, 3]);
    expect(dev.filter(({ label }) => label === 1)).toHaveLength(250);
    expect(new Set([...texts(train), ...texts(dev)]).size).toBe(40_000);
  });

  it("makes the given dev the test set where there is none", () => {
    const { train, dev, test } = completeSplits({ train: rows(100), dev: rows(7, "official") });
    expect(texts(test)).toEqual(texts(rows(7, "official")));
    expect([train.length, dev.length]).toEqual([90, 10]);
  });

  it("cuts one file in three, the same way every time", () => {
    const once = completeSplits({ train: rows(50) });
    expect([once.train.length, once.dev.length, once.test.length]).toEqual([40, 5, 5]);
    expect(completeSplits({ train: rows(50) })).toEqual(once);
    expect(once.notes).toEqual(["Test and dev are a tenth of the rows each, drawn with seed 13."]);
  });

  it("drops from train what a drawn dev shows, and knows letters of every script", () => {
    const doubled = [...rows(30), ...rows(30).map(({ text, label }) => ({ text: `${text.toUpperCase()} .`, label }))];
    const { train, dev, notes } = completeSplits({ train: doubled, test: rows(1, "other") });
    const shown = new Set(texts(dev).map((text) => text.toLowerCase().replace(/\W/g, "")));
    expect(texts(train).filter((text) => shown.has(text.toLowerCase().replace(/\W/g, "")))).toEqual([]);
    expect(notes).toContainEqual(expect.stringMatching(/^Rows dropped from train because dev shows them: \d+\.$/));
    const words = ["да", "нет", "может", "是", "否", "!", "?", "…", "може", "ні"];
    const foreign = words.map((text, i) => ({ text, label: i % 2 }));
    expect(completeSplits({ train: foreign }).train).toHaveLength(8);
  });

  it("refuses too few rows", () => {
    expect(() => completeSplits({ train: rows(2) })).toThrow(/at least 3 to share out; got 2/);
    expect(() => completeSplits({ train: rows(1), test: rows(1) })).toThrow(/at least 2/);
    const same = Array.from({ length: 30 }, () => ({ text: "same", label: 0 }));
    expect(() => completeSplits({ train: same })).toThrow(/different ones/);
  });
});
