/** What every kind of data directory has in common. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { taskIds } from "../tasks.js";
import type { Columns } from "./columns.js";
import type { RawSplits } from "./rawRows.js";

/** A way in which the rows of a task lie on disk. */
export interface TaskSource {
  /** As messages call it. */
  readonly name: string;
  /** The file that `find` looks for, below a data directory, in all the places where it may be. */
  looksFor(id: string): readonly string[];
  /** Path of the file with the training rows, or undefined when this source has nothing of the task. */
  find(directory: string, id: string): Promise<string | undefined>;
  /**
   * Reads all splits, given what `find` found.
   *
   * @param columns  which columns a table's texts and labels are in, where their names do not say
   * @throws DataError  naming file and line
   */
  read(path: string, id: string, columns?: Partial<Columns>): Promise<RawSplits>;
}

/** Where a task's own folder may be; a task that is no benchmark may also be the data directory itself. */
export function taskFolders(id: string): string[] {
  return [id, join("datasets", id), ...(isBenchmark(id) ? [] : ["."])];
}

/** Whether an id is one of the ten. */
export function isBenchmark(id: string): boolean {
  return taskIds.some((known) => known === id);
}

/** The first of some paths below `directory` that is a file. */
export async function firstFile(directory: string, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isFile(join(directory, path))) return join(directory, path);
  return undefined;
}

/** Whether there is a file of this name. */
export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
