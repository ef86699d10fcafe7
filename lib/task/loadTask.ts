/** Finds a task's rows, wherever they are and however they are written, and checks every one. */

import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DataError } from "../errors.js";
import type { HubOptions } from "../hub/index.js";
import { packageRoot } from "../packageRoot.js";
import { completeSplits } from "./completeSplits.js";
import { defineTask, definitionFromMeta, parseTaskDefinition, type TaskDefinition } from "./defineTask.js";
import { hashTask } from "./hashExamples.js";
import type { Columns } from "./sources/columns.js";
import { hubPrefix, parseHubTask, readHubTask } from "./sources/hubTask.js";
import { findRows, sources } from "./sources/index.js";
import { jsonLines, readMeta } from "./sources/jsonLines.js";
import { labelsOf, type RawSplit, type RawSplits, toExamples } from "./sources/rawRows.js";
import { isBenchmark, type TaskSource } from "./sources/source.js";
import type { Example, Task, TaskData } from "./task.js";
import { findTask, samplePrefix, taskIds } from "./tasks.js";
import { TestSet } from "./testSet.js";

/** Where a task's rows are, and how it is posed. */
export interface LoadTaskOptions extends Omit<HubOptions, "revision"> {
  /** Where data are; default: the environment variable SPTLAB_DATA. */
  readonly directory?: string;
  /** What the data do not say about a task of one's own, or another way to pose a benchmark. */
  readonly definition?: TaskDefinition;
  /** Columns of CSV and parquet files, where their names are not the usual ones. */
  readonly columns?: Partial<Columns>;
}

/**
 * Loads a task with its train, dev and test rows.
 *
 * - "sst2" and the others of the ten: from a directory with JSON lines, GLUE's or SentEval's files, CSV or parquet;
 * - "reviews", or whatever a folder of one's own is called: the same; labels, template and label words from `meta.json`
 *   or `definition`;
 * - "hf:sst2@revision", "hf:organisation/name/config@revision": from the Hugging Face hub;
 * - "sample/sst2": the embedded stand-in, which needs no files.
 *
 * Splits that the data lack are made, see `completeSplits`; `notes` of the result say so.
 *
 * @throws DataError    when the task is unknown, its files are not there, or a row is not usable: with file, line and fix
 * @throws ConfigError  when template, label words and data do not fit each other
 */
export async function loadTask(id: string, options: LoadTaskOptions = {}): Promise<TaskData> {
  const definition = parseTaskDefinition(options.definition);
  if (id.startsWith(samplePrefix)) {
    findTask(id);
    const folder = id.slice(samplePrefix.length);
    return { ...(await fromDirectory(folder, sampleDirectory(), { definition }, id)), isSynthetic: true };
  }
  if (id.startsWith(hubPrefix)) return fromHub(id, definition, options);
  return fromDirectory(id, options.directory ?? process.env.SPTLAB_DATA, { ...options, definition });
}

/** The folder of the embedded stand-ins, `data/samples` of this package. */
export function sampleDirectory(): string {
  return join(packageRoot(), "data", "samples");
}

async function fromHub(id: string, definition: TaskDefinition, options: LoadTaskOptions): Promise<TaskData> {
  const hubTask = parseHubTask(id, options.columns);
  const { splits, id: pinned } = await readHubTask(hubTask, options);
  const { benchmark } = hubTask;
  const task = benchmark === undefined ? describe(pinned, definition, splits) : describe(benchmark, definition, splits);
  return assemble({ ...task, id: pinned }, splits, pinned);
}

async function fromDirectory(
  name: string,
  directory: string | undefined,
  { definition = {}, columns }: Pick<LoadTaskOptions, "definition" | "columns">,
  id = name,
): Promise<TaskData> {
  const isName = /^\w[\w.-]*$/.test(name);
  const found = directory === undefined || !isName ? undefined : await findRows(directory, name);
  if (found === undefined) throw unknownTask(id, directory);
  const { source, path } = found;
  const splits = await source.read(path, name, columns);
  const folder = statSync(path).isDirectory() ? path : dirname(path);
  const metaPath = join(folder, "meta.json");
  const meta = await readMeta(metaPath);
  if (isBenchmark(name)) checkLabels(metaPath, meta, findTask(name).labels, source);
  const fromMeta = meta === undefined || isBenchmark(name) ? {} : definitionFromMeta(meta, metaPath);
  const task = describe(id, { ...fromMeta, ...definition }, splits);
  return { ...assemble(task, splits, folder), isSynthetic: meta?.synthetic === true };
}

function describe(id: string, definition: TaskDefinition, splits: RawSplits): Task {
  const { train, labelNames } = splits;
  return defineTask(id, definition, {
    labels: labelNames ?? labelsOf(train),
    isPair: train.rows[0]?.pair !== undefined,
  });
}

/** Looks labels up, leaves the empty texts of published data out, makes the missing splits, and hashes the whole. */
function assemble(task: Task, splits: RawSplits, source: string): TaskData {
  const { labelNames } = splits;
  if (labelNames !== undefined && labelNames.length !== task.labels.length) {
    throw new DataError(
      `The classes of ${splits.train.path} are ${labelNames.join(", ")}; expected ${task.labels.length}: ` +
        `${task.labels.join(", ")}. Give a name for each class of the data in labels.`,
      { expected: task.labels, came: labelNames },
    );
  }
  const leftOut: string[] = [];
  const read = (split: RawSplit): Example[] => {
    const rows = splits.isPublished ? split.rows.filter(({ text, pair }) => text !== "" && pair !== "") : split.rows;
    const count = split.rows.length - rows.length;
    if (count > 0) leftOut.push(`Rows of ${split.path} left out because a text is empty: ${count}.`);
    return toExamples({ path: split.path, rows }, task, labelNames);
  };
  const complete = completeSplits({
    train: read(splits.train),
    dev: splits.dev && read(splits.dev),
    test: splits.test && read(splits.test),
  });
  const { train, dev } = complete;
  const test = new TestSet(complete.test);
  const hash = hashTask(task, { train, dev, test });
  const notes = [...splits.notes, ...leftOut, ...complete.notes];
  return { task, id: task.id, hash, isSynthetic: false, train, dev, test, source, notes };
}

/** Class indices mean nothing without the names that they stand for. */
function checkLabels(
  path: string,
  meta: Readonly<Record<string, unknown>> | undefined,
  labels: readonly string[],
  source: TaskSource,
): void {
  if (meta === undefined && source !== jsonLines) return;
  if (JSON.stringify(meta?.labels) === JSON.stringify(labels)) return;
  const came = meta === undefined ? "no such file" : JSON.stringify(meta.labels);
  throw new DataError(
    `${path}: "labels" must be ${JSON.stringify(labels)}, in this order; got ${came}. Reorder the labels of the data, ` +
      "and their indices in the rows.",
    { path, expected: labels, came: meta?.labels },
  );
}

function unknownTask(id: string, directory: string | undefined): DataError {
  const embedded = taskIds.map((known) => `${samplePrefix}${known}`);
  if (directory === undefined) {
    return new DataError(
      `The task must be one of ${taskIds.join(", ")}, or a folder of your own, and its data in a directory, or one of ` +
        `${embedded.join(", ")}, which are embedded; got ${JSON.stringify(id)} and no directory. Set SPTLAB_DATA or pass ` +
        "directory.",
      { id, expected: taskIds },
    );
  }
  const tried = sources.map((source) => ({ name: source.name, paths: source.looksFor(id) }));
  const list = tried.filter(({ paths }) => paths.length > 0).map(({ name, paths }) => `${name}: ${paths.join(", ")}`);
  return new DataError(
    `The rows of ${JSON.stringify(id)} must be in ${resolve(directory)}; there is none of\n  ${list.join("\n  ")}\nCopy ` +
      `the data there, set SPTLAB_DATA or pass another directory${isBenchmark(id) ? `, or use "${samplePrefix}${id}", which is embedded` : ""}.`,
    { id, directory, tried },
  );
}
