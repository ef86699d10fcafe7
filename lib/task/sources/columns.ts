/** Which columns of a table are the texts and the label. */

import { DataError } from "../../errors.js";

/** Names of columns. */
export interface Columns {
  readonly text: string;
  /** The second text of a pair. */
  readonly pair?: string;
  readonly label: string;
}

/** Names that tables use, pairs first, as "sentence" may stand alone or beside a question. */
const PAIRS = [
  ["text_a", "text_b"],
  ["a", "b"],
  ["sentence1", "sentence2"],
  ["premise", "hypothesis"],
  ["question1", "question2"],
  ["question", "sentence"],
  ["text1", "text2"],
] as const;
const TEXTS = ["text", "sentence", "content", "x"];
const LABELS = ["label", "labels", "class", "coarse_label"];

/**
 * Finds the columns by the names that are usual for them, upper or lower case.
 *
 * @param path    names the table in messages
 * @param wanted  names that the caller knows better
 * @throws DataError  when there are none, or a wanted one is missing
 */
export function findColumns(path: string, names: readonly string[], wanted: Partial<Columns> = {}): Columns {
  const find = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : names.find((other) => other.toLowerCase() === name.toLowerCase());
  const missing = Object.values(wanted).find((name) => name !== undefined && find(name) === undefined);
  const label = find(wanted.label) ?? LABELS.map(find).find((name) => name !== undefined);
  const single = find(wanted.text) ?? TEXTS.map(find).find((name) => name !== undefined);
  const usual = PAIRS.find(([a, b]) => find(a) !== undefined && find(b) !== undefined);
  const [first, second] = wanted.text === undefined ? (usual ?? []) : [];
  const text = find(first) ?? single;
  const pair = find(second) ?? find(wanted.pair);
  if (missing === undefined && label !== undefined && text !== undefined) {
    return { text, ...(pair === undefined ? {} : { pair }), label };
  }
  const expected = missing === undefined ? '"text", or "a" and "b", and "label"' : JSON.stringify(missing);
  throw new DataError(
    `${path}:1: expected columns ${expected}; got ${names.map((name) => JSON.stringify(name)).join(", ") || "none"}. ` +
      "Rename the columns, or say which they are with the option columns: { text, pair, label }.",
    { path, line: 1, expected: missing ?? ["text", "label"], came: names },
  );
}
