/** What a split is called in file names. */

import { join } from "node:path";
import { firstFile } from "./source.js";

/** The three splits. */
export type SplitName = "train" | "dev" | "test";

/** Names of each split, the most telling first; MNLI's matched sets stand for the task. */
export const splitNames: Readonly<Record<SplitName, readonly string[]>> = {
  train: ["train"],
  dev: ["dev", "validation", "valid", "val", "dev_matched", "validation_matched"],
  test: ["test", "test_matched"],
};

/** The first file of a split in some folders below `directory`. */
export function findSplit(
  directory: string,
  folders: readonly string[],
  split: SplitName,
  extensions: readonly string[],
): Promise<string | undefined> {
  const names = splitNames[split].flatMap((name) => extensions.map((extension) => `${name}${extension}`));
  return firstFile(
    directory,
    folders.flatMap((folder) => names.map((name) => join(folder, name))),
  );
}
