/** Names for the exact content of a data set, for run records. How its files are compressed or named does not matter. */

import { createHash } from "node:crypto";
import type { Example, Task } from "./task.js";
import type { SealedTest } from "./testSet.js";

/** SHA-256 (hex) of rows in order, one JSON array `[text, pair or null, label]` a line. */
export function hashExamples(examples: readonly Example[]): string {
  const hash = createHash("sha256");
  for (const { text, pair, label } of examples) hash.update(`${JSON.stringify([text, pair ?? null, label])}\n`);
  return hash.digest("hex");
}

/** SHA-256 (hex) of how a task is posed (class names, template, label words) and of the rows of its three splits. */
export function hashTask(
  task: Pick<Task, "labels" | "template" | "labelWords">,
  splits: { readonly train: readonly Example[]; readonly dev: readonly Example[]; readonly test: SealedTest },
): string {
  const { labels, template, labelWords } = task;
  const { train, dev, test } = splits;
  const parts = [{ labels, template, labelWords }, hashExamples(train), hashExamples(dev), test.hash];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
