/** Reads and checks the files of a task folder; a message names the file, the line, what was expected and what came. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { DataError } from "../errors.js";
import type { Example, Task } from "./task.js";

/**
 * Reads a split: one JSON object a line, plain, or gzipped beside it with `.gz` after the name.
 *
 * @param file  path ending in `.jsonl`
 * @throws DataError  when there is no such file, it holds no rows, or a row does not fit the task
 */
export async function readExamples(file: string, task: Pick<Task, "isPair" | "labels">): Promise<Example[]> {
  const path = existsSync(file) ? file : `${file}.gz`;
  const lines = (await readText(path)).split("\n");
  const examples: Example[] = [];
  lines.forEach((line, index) => {
    if (line.trim() !== "") examples.push(parseRow(line, { path, line: index + 1 }, task));
  });
  if (examples.length > 0) return examples;
  throw new DataError(`A split must hold at least one row; ${path} holds none. Write the file again.`, { path });
}

/**
 * Checks that the class names of a `meta.json` are those of the task, in the same order.
 *
 * @throws DataError  when they are not, or the file cannot be read
 */
export async function readLabels(path: string, labels: readonly string[]): Promise<void> {
  const meta = parseJson(await readText(path), { path, line: 1 });
  const came = isRecord(meta) ? meta.labels : undefined;
  if (JSON.stringify(came) === JSON.stringify(labels)) return;
  throw new DataError(
    `${path}: "labels" must be ${JSON.stringify(labels)}, in this order; got ${JSON.stringify(came)}. Reorder the ` +
      "labels of the data, and their indices in the rows.",
    { path, expected: labels, came },
  );
}

interface Place {
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

function parseRow(line: string, place: Place, task: Pick<Task, "isPair" | "labels">): Example {
  const row = parseJson(line, place);
  const fields = task.isPair ? ["text_a", "text_b"] : ["text"];
  if (!isRecord(row)) throw rowError(place, `an object with ${fields.join(", ")} and label`, row);
  const [text, pair] = fields.map((field) => {
    const value = row[field];
    if (typeof value === "string" && value.trim() !== "") return value;
    throw rowError(place, `a string that is not empty in ${JSON.stringify(field)}`, value);
  });
  const { label } = row;
  if (typeof label !== "number" || !Number.isInteger(label) || label < 0 || label >= task.labels.length) {
    throw rowError(place, `a whole number from 0 to ${task.labels.length - 1} in "label"`, label);
  }
  return pair === undefined ? { text: text ?? "", label } : { text: text ?? "", pair, label };
}

function parseJson(text: string, place: Place): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw rowError(place, "a JSON value", text.length > 80 ? `${text.slice(0, 80)}…` : text, { cause });
  }
}

function rowError(place: Place, expected: string, came: unknown, options?: ErrorOptions): DataError {
  return new DataError(
    `${place.path}:${place.line}: expected ${expected}; got ${JSON.stringify(came) ?? "nothing"}. Correct this line.`,
    { ...place, expected, came },
    options,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readText(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    return (path.endsWith(".gz") ? await promisify(gunzip)(bytes) : bytes).toString("utf8");
  } catch (cause) {
    throw new DataError(
      `Expected a readable file at ${path}; ${cause instanceof Error ? cause.message : "it cannot be read"}. ` +
        "Check the path, or copy the file again.",
      { path },
      { cause },
    );
  }
}
