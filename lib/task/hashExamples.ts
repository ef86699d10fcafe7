/** A name for the exact content of a data set, for run records. */

import { createHash } from "node:crypto";
import type { Example } from "./task.js";

/**
 * SHA-256 (hex) of the canonical content: the class names, then each split's name and its rows in order, one JSON array
 * `[text, pair or null, label]` a line. How the files are compressed or named does not matter.
 */
export function hashExamples(
  labels: readonly string[],
  splits: Readonly<Record<"train" | "dev" | "test", readonly Example[]>>,
): string {
  const hash = createHash("sha256").update(`${JSON.stringify(labels)}\n`);
  for (const name of ["train", "dev", "test"] as const) {
    hash.update(`${name}\n`);
    for (const { text, pair, label } of splits[name]) hash.update(`${JSON.stringify([text, pair ?? null, label])}\n`);
  }
  return hash.digest("hex");
}
