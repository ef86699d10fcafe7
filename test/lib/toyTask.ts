/** A sentiment task of a few words, for the tiny backbone: the label is the polarity of one word. */

import { createRandom } from "../../lib/random.js";
import type { Example, TaskData } from "../../lib/task/task.js";
import { TestSet } from "../../lib/task/testSet.js";
import { createWordTokenizer } from "./task/wordTokenizer.js";

const polar = [
  ["bad", "dull", "poor"],
  ["good", "fine", "rich"],
] as const;
const neutral = ["film", "plot", "cast", "song", "tale"];
const words = [...neutral, ...polar.flat(), "terrible", "great", "It", "was", "."];

/** Knows the task's words with and without the space before them; fits the tiny backbone's 120 ids. */
export const toyTokenizer = createWordTokenizer(words.flatMap((word) => [word, `Ġ${word}`]));

/** Seeded examples: `trainSize` to train on, 24 for dev and 24 for test. */
export function createToyData(trainSize = 40): TaskData {
  const random = createRandom(11);
  const pick = (choices: readonly string[]): string => choices[random.integer(choices.length)] ?? "";
  const draw = (size: number): Example[] =>
    Array.from({ length: size }, (_, i) => {
      const label = i % 2;
      const extra = Array.from({ length: random.integer(3) }, () => pick(neutral));
      return { text: [pick(neutral), pick(polar[label] ?? []), ...extra].join(" "), label };
    });
  return {
    task: {
      id: "toy",
      title: "Toy sentiment",
      template: "{x} . It was <mask> .",
      labelWords: ["terrible", "great"],
      labels: ["negative", "positive"],
      metric: "accuracy",
      isPair: false,
      citation: "made for this test",
    },
    id: "toy",
    hash: "toy",
    isSynthetic: true,
    train: draw(trainSize),
    dev: draw(24),
    test: new TestSet(draw(24)),
    source: "test",
    notes: [],
  };
}
