import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { countFeatures, createVocabulary, featuresOf, wordOverlap } from "../../../lib/task/bagOfWords.js";
import { loadTask } from "../../../lib/task/loadTask.js";
import {
  type Classifier,
  trainLogisticRegression,
  trainMajority,
  trainNaiveBayes,
  trainOverlap,
} from "../../../lib/task/simpleClassifiers.js";
import type { Example } from "../../../lib/task/task.js";
import { taskIds } from "../../../lib/task/tasks.js";

const accuracy = (classify: Classifier, rows: readonly Example[]): number =>
  rows.filter((row) => classify(row) === row.label).length / rows.length;

describe("featuresOf", () => {
  it("counts words, marks and neighbours once, in lower case", () => {
    expect(featuresOf({ text: "So so good!", label: 0 })).toEqual(["so", "good", "!", "so so", "so good", "good !"]);
  });

  it("keeps the texts of a pair apart", () => {
    expect(featuresOf({ text: "a b", pair: "a", label: 0 })).toEqual(["a:a", "a:b", "a:a b", "b:a"]);
  });

  it("leaves out what training rows do not have", () => {
    const vocabulary = createVocabulary([{ text: "good film", label: 1 }]);
    expect(countFeatures({ text: "bad film", label: 0 }, vocabulary)).toEqual([1]);
  });
});

describe("wordOverlap", () => {
  it("is the intersection over the union of the words", () => {
    expect(wordOverlap({ text: "a b c", pair: "B c d", label: 0 })).toBe(0.5);
    expect(wordOverlap({ text: "a", label: 0 })).toBe(0);
  });
});

describe("the simple classifiers", () => {
  it("take the more frequent class, the lower index on a tie", () => {
    expect(trainMajority([{ text: "a", label: 1 }])({ text: "b", label: 0 })).toBe(1);
    expect(
      trainMajority([
        { text: "a", label: 1 },
        { text: "a", label: 0 },
      ])({ text: "b", label: 0 }),
    ).toBe(0);
  });

  it("weigh words as naive Bayes does by hand", () => {
    // Words x, y: class 0 has {x} twice, class 1 has {y} once. With add-one smoothing P(x|0) = 3/4, P(x|1) = 1/3,
    // P(y|0) = 1/4, P(y|1) = 2/3. For "y": 2/3 · 1/4 = 1/6 < 1/3 · 2/3 = 2/9, so class 1, against the prior.
    const classify = trainNaiveBayes([
      { text: "x", label: 0 },
      { text: "x", label: 0 },
      { text: "y", label: 1 },
    ]);
    expect(classify({ text: "x", label: 0 })).toBe(0);
    expect(classify({ text: "y", label: 0 })).toBe(1);
    expect(classify({ text: "z", label: 1 })).toBe(0);
  });

  it("fit three classes that words separate, by softmax regression", () => {
    const rows = ["red", "green", "blue"].flatMap((color, label) =>
      ["cat", "dog", "hen"].map((animal) => ({ text: `${animal} is ${color}`, label })),
    );
    expect(accuracy(trainLogisticRegression(rows), rows)).toBe(1);
  });

  it("tell pairs apart by overlap when that is what differs", () => {
    const same = { text: "a b c d", pair: "a b c d", label: 1 };
    const other = { text: "a b c d", pair: "e f g h", label: 0 };
    expect(accuracy(trainOverlap([same, other]), [same, other])).toBe(1);
  });
});

describe.each(taskIds)("on the stand-in for %s, counting words", (id) => {
  it("stays well below a perfect score", async () => {
    const { train, test } = await loadTask(`sample/${id}`);
    expect(accuracy(trainNaiveBayes(train), test.open("test"))).toBeLessThan(0.8);
    expect(accuracy(trainLogisticRegression(train), test.open("test"))).toBeLessThan(0.8);
    expect(accuracy(trainOverlap(train), test.open("test"))).toBeLessThan(0.7);
  });
});

const shared = [process.env.SPTLAB_DATA, "../shared"].find((path) => path !== undefined && existsSync(path));
if (shared === undefined) console.log("skipped: naive Bayes on real data (set SPTLAB_DATA to the folder of datasets/)");

describe.skipIf(shared === undefined)("naive Bayes on real data", () => {
  it.each([
    ["sst2", 0.822],
    ["subj", 0.927],
  ])("reaches on %s what another implementation does, %d, within 0.005", async (id, expected) => {
    const { train, test } = await loadTask(id, { directory: shared ?? "" });
    expect(Math.abs(accuracy(trainNaiveBayes(train), test.open("test")) - expected)).toBeLessThan(0.005);
  });
});
