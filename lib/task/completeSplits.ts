/** The splits that a data set does not come with: made from the others, seeded, and without shared rows. */

import { DataError } from "../errors.js";
import { createRandom } from "../random.js";
import { sampleFewShot } from "./fewShot.js";
import type { Example } from "./task.js";

/** All three splits, and how the made ones were made. */
export interface CompleteSplits {
  readonly train: readonly Example[];
  readonly dev: readonly Example[];
  readonly test: readonly Example[];
  readonly notes: readonly string[];
}

/** The seed of every split that is made here; the same data give the same splits everywhere. */
const SEED = 13;
const LARGEST_DEV = 1000;

/**
 * Makes what is missing: dev is a tenth of train, at most 1000 rows, in the class proportions of train; without test,
 * the given dev becomes test; with neither, a tenth of all rows becomes test and another dev. Rows of train and dev that
 * a later split shows too, but for case and punctuation, are dropped where the splits are ours, and counted in the notes
 * where they are not.
 *
 * @throws DataError  when there are too few rows to share out
 * @source Liu et al. 2022 (GLUE's dev as test, 1000 development examples from train)
 */
export function completeSplits(given: {
  readonly train: readonly Example[];
  readonly dev?: readonly Example[];
  readonly test?: readonly Example[];
}): CompleteSplits {
  const test = given.test ?? given.dev;
  if (test === undefined) return cutInThree(given.train);
  if (given.test !== undefined && given.dev !== undefined) {
    return { train: given.train, dev: given.dev, test, notes: countShared(given.train, given.dev, test) };
  }
  const size = Math.min(LARGEST_DEV, Math.max(1, Math.round(given.train.length / 10)));
  checkSize(given.train.length, 2);
  const drawn = sampleFewShot(given.train, { trainSize: given.train.length - size, devSize: size, seed: SEED });
  const train = without(drawn.train, drawn.dev);
  const notes = [
    `Dev is ${size} rows drawn from train with seed ${SEED}.`,
    ...droppedNote("train", drawn.train.length - train.length, "dev"),
    ...countShared(train, drawn.dev, test),
  ];
  return { train, dev: drawn.dev, test, notes };
}

/** Shuffles all rows; the first tenth is test, the next dev. */
function cutInThree(all: readonly Example[]): CompleteSplits {
  checkSize(all.length, 3);
  const rows = createRandom(SEED).fork("splits").shuffle(all);
  const tenth = Math.max(1, Math.round(rows.length / 10));
  const test = rows.slice(0, tenth);
  const drawnDev = rows.slice(tenth, 2 * tenth);
  const drawnTrain = rows.slice(2 * tenth);
  const dev = without(drawnDev, test);
  const train = without(drawnTrain, [...test, ...dev]);
  checkSize(Math.min(dev.length, train.length), 1);
  const notes = [
    `Test and dev are a tenth of the rows each, drawn with seed ${SEED}.`,
    ...droppedNote("dev", drawnDev.length - dev.length, "test"),
    ...droppedNote("train", drawnTrain.length - train.length, "test or dev"),
  ];
  return { train, dev, test, notes };
}

function checkSize(rowCount: number, least: number): void {
  if (rowCount >= least) return;
  throw new DataError(
    `Rows to train on, to select by and to test on must be different ones: expected at least ${least} to share out; got ` +
      `${rowCount}. Add rows, or give dev and test files of their own.`,
    { rowCount, least },
  );
}

function countShared(train: readonly Example[], dev: readonly Example[], test: readonly Example[]): string[] {
  const prints = { train: train.map(fingerprint), dev: dev.map(fingerprint), test: test.map(fingerprint) };
  const shown = { dev: new Set(prints.dev), test: new Set(prints.test) };
  const pairs = [
    ["train", "test"],
    ["dev", "test"],
    ["train", "dev"],
  ] as const;
  return pairs.flatMap(([split, other]) => {
    const count = prints[split].filter((print) => shown[other].has(print)).length;
    return count === 0 ? [] : [`Rows of ${split} that occur in ${other}, too: ${count}.`];
  });
}

function droppedNote(split: string, count: number, other: string): string[] {
  return count === 0 ? [] : [`Rows dropped from ${split} because ${other} shows them: ${count}.`];
}

/** The rows whose letters and digits are not those of one of `others`. */
function without(rows: readonly Example[], others: readonly Example[]): Example[] {
  const shown = new Set(others.map(fingerprint));
  return rows.filter((row) => !shown.has(fingerprint(row)));
}

function fingerprint({ text, pair }: Example): string {
  return pair === undefined ? fold(text) : `${fold(text)}\n${fold(pair)}`;
}

/** Letters and digits of any script; of a text without any, the text. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  const other = /^[\x20-\x7e]*$/.test(lower) ? /[^a-z0-9]+/g : /[^\p{L}\p{N}]+/gu; // the first is much faster
  return lower.replace(other, "") || text;
}
