/** All kinds of data directories, in the order in which they are looked for. */

import { csv } from "./csv.js";
import { glueTsv } from "./glueTsv.js";
import { jsonLines } from "./jsonLines.js";
import { paraphraseCorpus } from "./paraphraseCorpus.js";
import { parquet } from "./parquet.js";
import { classFiles, sstBinary, trecLabels } from "./sentEval.js";
import type { TaskSource } from "./source.js";

/** Every kind. */
export const sources: readonly TaskSource[] = [
  jsonLines,
  paraphraseCorpus,
  glueTsv,
  sstBinary,
  trecLabels,
  classFiles,
  csv,
  parquet,
];

/** The first kind that has the rows of a task in `directory`, and where; undefined when none has. */
export async function findRows(
  directory: string,
  id: string,
): Promise<{ readonly source: TaskSource; readonly path: string } | undefined> {
  for (const source of sources) {
    const path = await source.find(directory, id);
    if (path !== undefined) return { source, path };
  }
  return undefined;
}
