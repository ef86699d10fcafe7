/** The layout of this project's own data: one JSON object a line, plain or gzipped, with `meta.json` beside it. */

import { dirname, join } from "node:path";
import { DataError } from "../../errors.js";
import { type Place, type RawRow, type RawSplit, rowError } from "./rawRows.js";
import { isFile, type TaskSource, taskFolders } from "./source.js";
import { findSplit } from "./splitNames.js";
import { readLines, readText } from "./textFile.js";

/** `train.jsonl` (or `.jsonl.gz`), `dev`, `test`, with lines `{"text", "label"}` or `{"text_a", "text_b", "label"}`. */
export const jsonLines: TaskSource = {
  name: "JSON lines",
  looksFor: (id) => taskFolders(id).map((folder) => join(folder, "train.jsonl[.gz]")),
  find: (directory, id) => findSplit(directory, taskFolders(id), "train", EXTENSIONS),
  async read(path) {
    const folder = dirname(path);
    const [dev, test] = await Promise.all([
      findSplit(folder, ["."], "dev", EXTENSIONS),
      findSplit(folder, ["."], "test", EXTENSIONS),
    ]);
    const read = (file: string | undefined) => (file === undefined ? undefined : readJsonLines(file));
    const splits = { train: await readJsonLines(path), dev: await read(dev), test: await read(test) };
    await checkCounts(join(folder, "meta.json"), splits);
    return { ...splits, isPublished: false, notes: [] };
  },
};

const EXTENSIONS = [".jsonl", ".jsonl.gz"];

/**
 * Reads one file.
 *
 * @throws DataError  when it cannot be read, or a line is no object with text and label
 */
export async function readJsonLines(path: string): Promise<RawSplit> {
  const lines = await readLines(path);
  const rows = lines.flatMap((line, index) => (line.trim() === "" ? [] : [parseRow(line, { path, line: index + 1 })]));
  return { path, rows };
}

/**
 * The fields of a `meta.json`; undefined when there is none.
 *
 * @throws DataError  when it is no JSON object
 */
export async function readMeta(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (!(await isFile(path))) return undefined;
  const meta = parseJson(await readText(path), { path, line: 1 });
  if (isRecord(meta)) return meta;
  throw rowError({ path, line: 1 }, "an object with labels and more", meta);
}

/** A plain file that was cut off between two lines shows no other sign than its number of rows. */
async function checkCounts(metaPath: string, splits: Readonly<Record<string, RawSplit | undefined>>): Promise<void> {
  const counts = (await readMeta(metaPath))?.counts;
  if (!isRecord(counts)) return;
  for (const [name, split] of Object.entries(splits)) {
    const count = counts[name];
    const expected = isRecord(count) ? count.rows : undefined;
    if (typeof expected !== "number" || expected === split?.rows.length) continue;
    const file = split?.path ?? join(dirname(metaPath), `${name}.jsonl`);
    const came = split?.rows.length ?? "no such file";
    throw new DataError(
      `${metaPath} says that ${file} has ${expected} rows; got ${came}. Copy the file again, or correct "counts".`,
      { path: file, expected, came },
    );
  }
}

function parseRow(line: string, place: Place): RawRow {
  const row = parseJson(line, place);
  if (!isRecord(row)) throw rowError(place, "an object with text, or text_a and text_b, and label", row);
  const fields = "text" in row || !("text_a" in row) ? ["text"] : ["text_a", "text_b"];
  const [text = "", pair] = fields.map((field) => {
    const value = row[field];
    if (typeof value === "string" && value.trim() !== "") return value;
    throw rowError(place, `a string that is not empty in ${JSON.stringify(field)}`, value);
  });
  const { label } = row;
  if (typeof label !== "string" && typeof label !== "number") {
    throw rowError(place, 'the name or the index of a class in "label"', label);
  }
  return { text, ...(pair === undefined ? {} : { pair }), label, line: place.line };
}

function parseJson(text: string, place: Place): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw rowError(place, "a JSON value", text, { cause });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
