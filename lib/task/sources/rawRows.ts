/** Rows as a file has them, and how they become examples of a task: every row checked, none guessed. */

import { DataError } from "../../errors.js";
import type { Example, Task } from "../task.js";

/** One row of a file. */
export interface RawRow {
  readonly text: string;
  readonly pair?: string;
  /** The name or the index of a class; undefined where the authors keep the label to themselves. */
  readonly label: string | number | undefined;
  /** From 1; of a file without lines, the row. */
  readonly line: number;
  /** The file, where a split has several. */
  readonly path?: string;
}

/** The rows of one split, and the file that a message about them names. */
export interface RawSplit {
  readonly path: string;
  readonly rows: readonly RawRow[];
}

/** What a source has of a task. Splits that are not there are made later, by `completeSplits`. */
export interface RawSplits {
  readonly train: RawSplit;
  readonly dev?: RawSplit;
  readonly test?: RawSplit;
  /** What this source calls the classes, in the order of its class indices; of a benchmark, in the order of its labels. */
  readonly labelNames?: readonly string[];
  /** A published data set: its empty texts are left out and counted, where a user's own are errors. */
  readonly isPublished: boolean;
  /** What the reader left out or took for something else, one sentence each. */
  readonly notes: readonly string[];
}

/** Where a row stands. */
export interface Place {
  readonly path: string;
  readonly line: number;
}

/** "file:line: expected …; got …. What to do." */
export function rowError(
  place: Place,
  expected: string,
  came: unknown,
  options: ErrorOptions & { readonly advice?: string } = {},
): DataError {
  const { advice = "Correct this line.", ...rest } = options;
  const shown = typeof came === "string" && came.length > 80 ? `${came.slice(0, 80)}…` : came;
  const message = `${place.path}:${place.line}: expected ${expected}; got ${JSON.stringify(shown) ?? "nothing"}. ${advice}`;
  return new DataError(message, { ...place, expected, came }, rest);
}

/**
 * Looks every label up and checks every text.
 *
 * @param names  what the file calls the classes, in label index order; default: the task's labels
 * @throws DataError  when a label is unknown, a text is empty or missing, or there is no row
 */
export function toExamples(
  { path, rows }: RawSplit,
  task: Pick<Task, "isPair" | "labels">,
  names: readonly string[] = task.labels,
): Example[] {
  if (rows.length === 0) {
    throw new DataError(`A split must hold at least one row; ${path} holds none. Write the file again.`, { path });
  }
  return rows.map(({ text, pair, label: name, line, path: part = path }) => {
    const place = { path: part, line };
    if (task.isPair !== (pair !== undefined)) {
      const came = `${pair === undefined ? "one text" : "two texts"}: ${text}`;
      throw rowError(place, task.isPair ? "two texts" : "one text", came, {
        advice: "Use the template and the columns of this data set.",
      });
    }
    if (text.trim() === "" || pair?.trim() === "") {
      throw rowError(place, "a string that is not empty in every text", text.trim() === "" ? text : pair);
    }
    const label = labelIndex(name, names);
    if (label !== undefined) return pair === undefined ? { text, label } : { text, pair, label };
    const known = names.map((other) => JSON.stringify(other)).join(", ");
    throw rowError(place, `a label: ${known}, or a whole number from 0 to ${names.length - 1}`, name);
  });
}

/** Index of a class that is given by name or by index; a name counts first. */
export function labelIndex(label: string | number | undefined, names: readonly string[]): number | undefined {
  const name = String(label);
  const index = names.indexOf(name);
  if (index >= 0) return index;
  return /^\d+$/.test(name) && Number(name) < names.length ? Number(name) : undefined;
}

/** Class names as the rows show them: numbers in their order, words in alphabetical order. */
export function labelsOf({ rows }: RawSplit): string[] {
  const names = [...new Set(rows.flatMap(({ label }) => (label === undefined ? [] : [String(label)])))];
  const isNumeric = names.every((name) => /^\d+$/.test(name));
  return names.sort((a, b) => (isNumeric ? Number(a) - Number(b) : a < b ? -1 : 1));
}

/** A text with every run of white space as one space, and none at its ends. A byte order mark is no space. */
export function foldSpace(text: string): string {
  return text.replace(/[^\S\ufeff]+/g, " ").replace(/^ | $/g, "");
}
