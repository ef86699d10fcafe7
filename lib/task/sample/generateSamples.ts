/** Writes the embedded stand-ins: the same bytes for the same seed. */

import { createRandom } from "../../random.js";
import type { Example } from "../task.js";
import { findTask, samplePrefix, taskIds } from "../tasks.js";
import { writeAnswer } from "./answering.js";
import { type Pair, writeEntailment, writeInference } from "./inference.js";
import { writeOpinionPhrase } from "./opinionPhrase.js";
import { writeParaphrase, writeQuestionPair } from "./paraphrase.js";
import { writeQuestion } from "./questionType.js";
import { writeLongReview, writeShortReview } from "./sentiment.js";
import { writeFilmSentence } from "./subjectivity.js";
import { createWriter, type Split, type Writer } from "./writer.js";

/** Rows of each split of a stand-in; a relation between two texts takes more examples to learn. */
export const sampleSizes = {
  single: { train: 600, dev: 200, test: 400 },
  pair: { train: 1500, dev: 200, test: 400 },
} as const;

/** The seed of the committed files. */
export const sampleSeed = 2611;

/** What a stand-in is made by. `shares` are the classes' parts of the rows, about those of the real task. */
interface Recipe {
  readonly shares: readonly number[];
  readonly write: (writer: Writer, label: number) => string | Pair;
}

/**
 * The files of `data/samples` by path inside that folder, such as `sst2/train.jsonl`; only the datasheet is not among
 * them.
 */
export function generateSamples(seed: number = sampleSeed): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const id of taskIds) {
    const { labels, isPair } = findTask(samplePrefix + id);
    const used = new Set<string>();
    const sizes = sampleSizes[isPair ? "pair" : "single"];
    const counts: Record<string, { rows: number; by_label: Record<string, number> }> = {};
    // Test and dev come first, so that a short text is never used up by train.
    for (const split of ["test", "dev", "train"] as const) {
      const name = `${seed}/${id}/${split}`;
      const examples = writeSplit(recipes[id], { split, name, size: sizes[split], used });
      files.set(`${id}/${split}.jsonl`, examples.map((example) => `${toRow(example)}\n`).join(""));
      const count = (label: number): number => examples.filter((example) => example.label === label).length;
      const byLabel = Object.fromEntries(labels.map((name, label) => [name, count(label)]));
      counts[split] = { rows: examples.length, by_label: byLabel };
    }
    const { train, dev, test } = counts;
    const meta = {
      task: id,
      synthetic: true,
      kind: isPair ? "pair" : "single",
      labels,
      metric: findTask(id).metric,
      counts: { train, dev, test },
      generator: `sptlab samples (lib/task/sample), seed ${seed}`,
      licence: "Apache-2.0, as the rest of this repository; no text of any published data set is in it.",
    };
    files.set(`${id}/meta.json`, `${JSON.stringify(meta, null, 1)}\n`);
  }
  return files;
}

const recipes: Readonly<Record<(typeof taskIds)[number], Recipe>> = {
  sst2: { shares: [0.5, 0.5], write: writeShortReview },
  mpqa: { shares: [0.65, 0.35], write: writeOpinionPhrase },
  mr: { shares: [0.5, 0.5], write: writeLongReview },
  subj: { shares: [0.5, 0.5], write: writeFilmSentence },
  trec: { shares: [0.22, 0.22, 0.04, 0.2, 0.16, 0.16], write: writeQuestion },
  mnli: { shares: [0.34, 0.33, 0.33], write: writeInference },
  mrpc: { shares: [0.35, 0.65], write: writeParaphrase },
  qnli: { shares: [0.5, 0.5], write: writeAnswer },
  qqp: { shares: [0.62, 0.38], write: writeQuestionPair },
  rte: { shares: [0.5, 0.5], write: writeEntailment },
};

interface SplitOptions {
  readonly split: Split;
  /** Names the stream of choices. */
  readonly name: string;
  readonly size: number;
  /** Texts that must not occur again; the split's own are added. */
  readonly used: Set<string>;
}

/** Rows with the recipe's class shares, shuffled; no text twice, neither here nor in what `used` holds. */
function writeSplit(recipe: Recipe, options: SplitOptions): Example[] {
  const { split, name, size, used } = options;
  const random = createRandom(0).fork(name);
  const writer = createWriter(split, random);
  const bounds = recipe.shares.map((_, label) =>
    Math.round(size * recipe.shares.slice(0, label + 1).reduce((sum, share) => sum + share, 0)),
  );
  const examples: Example[] = [];
  bounds.forEach((bound, label) => {
    for (let tries = 0; examples.length < bound; tries++) {
      if (tries > 100 * size)
        throw new RangeError(`${name}: the words allow fewer than ${size} different rows. Add words.`);
      const written = recipe.write(writer, label);
      const example = typeof written === "string" ? { text: written, label } : { ...written, label };
      const key = JSON.stringify([example.text, "pair" in example ? example.pair : null]);
      if (used.has(key)) continue;
      used.add(key);
      examples.push(example);
    }
  });
  return random.shuffle(examples);
}

function toRow({ text, pair, label }: Example): string {
  return JSON.stringify(pair === undefined ? { text, label } : { text_a: text, text_b: pair, label });
}
