/** Every task that can be loaded here: the ten, a user's own beside them, and the embedded stand-ins. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { loadTask } from "./loadTask.js";
import { hubLayouts } from "./sources/hubLayouts.js";
import { hubPrefix } from "./sources/hubTask.js";
import { findRows } from "./sources/index.js";
import { isFile } from "./sources/source.js";
import type { Task } from "./task.js";
import { findTask, samplePrefix, taskIds } from "./tasks.js";

/** A task, and its rows where they are at hand. */
export interface TaskSummary extends Task {
  readonly isSynthetic: boolean;
  /** Rows of each split; undefined where there are no data. */
  readonly sizes: { readonly train: number; readonly dev: number; readonly test: number } | undefined;
  /** The folder that the rows are in. */
  readonly source: string | undefined;
  /** SHA-256 (hex) of the content. */
  readonly hash: string | undefined;
  /** What was left out or made while reading. */
  readonly notes: readonly string[];
  /** The id under which the hub has it. */
  readonly hubId: string | undefined;
  /** Why its files cannot be read. */
  readonly error: string | undefined;
}

/**
 * Lists tasks, and reads the data that are there. A user's own are the folders below `directory` (or its `datasets`) that
 * have a `meta.json`.
 *
 * @param directory  where data are; without it, only the stand-ins have rows
 */
export async function listTasks(directory?: string): Promise<TaskSummary[]> {
  const own = directory === undefined ? [] : await ownTaskIds(directory);
  const samples = taskIds.map((id) => `${samplePrefix}${id}`);
  const summaries: TaskSummary[] = [];
  for (const id of [...taskIds, ...own, ...samples]) summaries.push(await summarize(id, directory));
  return summaries;
}

async function summarize(id: string, directory: string | undefined): Promise<TaskSummary> {
  const isSample = id.startsWith(samplePrefix);
  const isKnown = isSample || taskIds.some((known) => known === id);
  const isHere = isSample || (directory !== undefined && (await findRows(directory, id)) !== undefined);
  const task: Task = isKnown ? findTask(id) : { ...findTask("sst2"), ...UNREAD, id, title: id };
  const hubId = hubLayouts[id] === undefined ? undefined : `${hubPrefix}${id}`;
  const absent = { sizes: undefined, source: undefined, hash: undefined, notes: [], hubId, error: undefined };
  if (!isHere) return { ...task, isSynthetic: isSample, ...absent };
  try {
    const { train, dev, test, ...data } = await loadTask(id, { directory });
    const sizes = { train: train.length, dev: dev.length, test: test.length };
    const { isSynthetic, source, hash, notes } = data;
    return { ...data.task, isSynthetic, sizes, source, hash, notes, hubId, error: undefined };
  } catch (error) {
    return { ...task, isSynthetic: isSample, ...absent, error: error instanceof Error ? error.message : String(error) };
  }
}

/** What is not known of a task whose files cannot be read. */
const UNREAD = { template: "", labels: [], labelWords: [], citation: "the user's own data" };

async function ownTaskIds(directory: string): Promise<string[]> {
  const ids = new Set<string>();
  for (const folder of [directory, join(directory, "datasets")]) {
    for (const name of (await readdir(folder).catch(() => [])).sort()) {
      const isOwn = /^\w[\w.-]*$/.test(name) && !taskIds.some((known) => known === name);
      if (isOwn && (await isFile(join(folder, name, "meta.json")))) ids.add(name);
    }
  }
  return [...ids];
}
