/** Finds a task's rows on disk, reads them, and checks every one. */

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DataError } from "../errors.js";
import { hashTask } from "./hashExamples.js";
import { readExamples, readLabels } from "./readExamples.js";
import type { TaskData } from "./task.js";
import { findTask, samplePrefix } from "./tasks.js";
import { TestSet } from "./testSet.js";

/**
 * Loads a task with its train, dev and test rows.
 *
 * Real data lie in `<directory>/<id>/` or `<directory>/datasets/<id>/`: `meta.json` (with `labels`) and `train`, `dev`
 * and `test`, each `.jsonl.gz` or `.jsonl`, with lines `{"text", "label"}` or `{"text_a", "text_b", "label"}`.
 *
 * @param id  such as "sst2", or "sample/sst2" for the embedded stand-in, which needs no directory
 * @param options.directory  where real data are; default: the environment variable SPTLAB_DATA
 * @throws DataError  when the task is unknown, its files are not there, or a row is not usable
 */
export async function loadTask(id: string, options: { readonly directory?: string } = {}): Promise<TaskData> {
  const task = findTask(id);
  const isSynthetic = id.startsWith(samplePrefix);
  const source = isSynthetic
    ? join(sampleDirectory(), id.slice(samplePrefix.length))
    : findDataFolder(id, options.directory ?? process.env.SPTLAB_DATA);
  await readLabels(join(source, "meta.json"), task.labels);
  const [train, dev, testRows] = await Promise.all([
    readExamples(join(source, "train.jsonl"), task),
    readExamples(join(source, "dev.jsonl"), task),
    readExamples(join(source, "test.jsonl"), task),
  ]);
  const test = new TestSet(testRows);
  const hash = hashTask(task, { train, dev, test });
  return { task, id, hash, isSynthetic, train, dev, test, source };
}

/** The folder of the embedded stand-ins, `data/samples` of this package. */
export function sampleDirectory(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, "data", "samples");
}

function findDataFolder(id: string, directory: string | undefined): string {
  const tried = directory === undefined ? [] : [join(directory, id), join(directory, "datasets", id)];
  const found = tried.find((folder) => existsSync(join(folder, "meta.json")));
  if (found !== undefined) return found;
  throw new DataError(
    `The rows of ${JSON.stringify(id)} must be in <directory>/${id} or <directory>/datasets/${id}, with a meta.json; ` +
      `${directory === undefined ? "no directory was given" : `nothing is there in ${resolve(directory)}`}. Set ` +
      `SPTLAB_DATA or pass directory, or use ${JSON.stringify(samplePrefix + id)}, which is embedded.`,
    { id, tried },
  );
}
