/** Parquet files, as the Hugging Face hub keeps data sets in. */

import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { FileMetaData } from "hyparquet";
import { z } from "zod";
import { DataError } from "../../errors.js";
import { findColumns } from "./columns.js";
import { hubLayouts, type ParquetLayout } from "./hubLayouts.js";
import { foldSpace, type RawRow, type RawSplit, type RawSplits, rowError } from "./rawRows.js";
import { isBenchmark, type TaskSource, taskFolders } from "./source.js";
import { type SplitName, splitNames } from "./splitNames.js";

/** `train.parquet` or `train-00000-of-00002.parquet` and so on, `dev` or `validation`, and `test`. */
export const parquet: TaskSource = {
  name: "parquet",
  looksFor: (id) => taskFolders(id).map((folder) => join(folder, "train*.parquet")),
  async find(directory, id) {
    for (const folder of taskFolders(id)) {
      const names = await readdir(join(directory, folder)).catch(() => []);
      if (chooseParquetFiles(names).train.length > 0) return join(directory, folder);
    }
    return undefined;
  },
  async read(folder, id, columns) {
    const files = chooseParquetFiles(await readdir(folder));
    const layout = hubLayouts[id];
    const named = { ...layout, columns: { ...layout?.columns, ...columns } };
    const splits = await readParquetSplits((name) => join(folder, name), files, named);
    return { ...splits, isPublished: isBenchmark(id) };
  },
};

/** File names of each split, in the order of their rows; none where there is no such split. */
export type ParquetFiles = Readonly<Record<SplitName, readonly string[]>>;

/**
 * The files of each split among others: `train-00000-of-00001.parquet` or `train.parquet` in `folder` (or its `data`), or
 * the hub's own conversion `folder/train/0000.parquet`.
 *
 * @param folder  such as a configuration of a data set, "sst2"; default: the top
 * @throws DataError  when one of several parts is not there
 */
export function chooseParquetFiles(names: readonly string[], folder = ""): ParquetFiles {
  const prefixes =
    folder === "" ? ["", "data/", "default/"] : [`${folder}/`, `${folder}/data/`, `data/${folder}-`, `${folder}-`];
  const sorted = [...names].sort();
  const of = (split: SplitName): string[] => {
    for (const name of splitNames[split]) {
      for (const prefix of prefixes) {
        const found = sorted.filter((file) => {
          const rest = file.startsWith(prefix) ? file.slice(prefix.length) : "";
          return rest.startsWith(name) && /^(-\d{5}-of-\d{5}\S*|\/\d{4})?\.parquet$/.test(rest.slice(name.length));
        });
        if (found.length > 0) return checkParts(found);
      }
    }
    return [];
  };
  return { train: of("train"), dev: of("dev"), test: of("test") };
}

function checkParts(names: string[]): string[] {
  const count = Number(/-of-(\d{5})/.exec(names[0] ?? "")?.[1] ?? names.length);
  if (names.length === count) return names;
  const expected = `${count} parts of ${names[0]}`;
  throw new DataError(`Expected ${expected}; got ${names.length}: ${names.join(", ")}. Copy the missing files.`, {
    expected: count,
    came: names,
  });
}

/**
 * Reads the splits. A test set whose labels are all -1 is one that its makers keep the labels of: it is left out.
 *
 * @param pathOf  where a file is on this machine
 * @throws DataError  when a file is cut off or lacks columns, or a cell is no text or label
 */
export async function readParquetSplits(
  pathOf: (name: string) => string,
  files: ParquetFiles,
  layout: ParquetLayout = {},
): Promise<RawSplits> {
  const read = async (names: readonly string[]): Promise<ParquetSplit | undefined> => {
    const parts: ParquetSplit[] = [];
    for (const name of names) parts.push(await readParquet(pathOf(name), layout));
    const [first] = parts;
    return first && { ...first, rows: parts.flatMap(({ path, rows }) => rows.map((row) => ({ ...row, path }))) };
  };
  const [train, dev, test] = [await read(files.train), await read(files.dev), await read(files.test)];
  const shared = {
    train: train ?? { path: pathOf(""), rows: [] },
    dev,
    labelNames: layout.labelNames ?? train?.classNames,
    isPublished: true,
  };
  if (test === undefined || test.rows.some(({ label }) => label !== undefined)) return { ...shared, test, notes: [] };
  return { ...shared, notes: [`The labels of ${basename(test.path)} are not public: test is the development set.`] };
}

interface ParquetSplit extends RawSplit {
  readonly classNames: readonly string[] | undefined;
}

/** Reads one file. Throws as `readParquetSplits` does. */
export async function readParquet(path: string, layout: ParquetLayout = {}): Promise<ParquetSplit> {
  const [{ asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema }, { compressors }] =
    await Promise.all([import("hyparquet"), import("hyparquet-compressors")]); // loaded by whoever has such files
  const file = await asyncBufferFromFile(path).catch((cause: unknown) => Promise.reject(unreadable(path, cause)));
  const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => Promise.reject(unreadable(path, cause)));
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const columns = findColumns(path, names, layout.columns);
  const classNames = classNamesIn(path, metadata, columns.label) ?? layout.classNames;
  const cells = await parquetReadObjects({ file, metadata, columns: Object.values(columns), compressors }).catch(
    (cause: unknown) => Promise.reject(unreadable(path, cause)),
  );
  if (cells.length !== Number(metadata.num_rows)) {
    throw unreadable(path, new RangeError(`it says that it has ${metadata.num_rows} rows and has ${cells.length}`));
  }
  const rows = cells.map((row, index): RawRow => {
    const place = { path, line: index + 1 };
    const text = (name: string): string => {
      const value: unknown = row[name];
      if (typeof value === "string") return foldSpace(value);
      throw rowError(place, `a string in the column ${JSON.stringify(name)} of this row`, value, ADVICE);
    };
    const pair = columns.pair === undefined ? {} : { pair: text(columns.pair) };
    return {
      text: text(columns.text),
      ...pair,
      label: labelIn(row[columns.label], place, classNames),
      line: index + 1,
    };
  });
  return { path, rows, classNames };
}

const ADVICE = { advice: "Choose other columns, or another revision of the data set." };

/** A class by name where the file or the layout has names; undefined for -1. */
function labelIn(
  value: unknown,
  place: { readonly path: string; readonly line: number },
  classNames: readonly string[] | undefined,
): string | number | undefined {
  if (typeof value === "string") return value;
  const index = typeof value === "bigint" || typeof value === "boolean" ? Number(value) : value;
  if (typeof index !== "number" || !Number.isInteger(index) || index < -1) {
    throw rowError(place, "a class index or name in the label column of this row", value, ADVICE);
  }
  return index === -1 ? undefined : (classNames?.[index] ?? index);
}

/** Names of a ClassLabel column, which the `datasets` library writes beside the schema. */
function classNamesIn(path: string, metadata: FileMetaData, column: string): readonly string[] | undefined {
  const text = metadata.key_value_metadata?.find(({ key }) => key === "huggingface")?.value;
  if (text === undefined) return undefined;
  try {
    return featuresSchema.safeParse(JSON.parse(text)).data?.info.features[column]?.names;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

const featuresSchema = z.object({
  info: z.object({ features: z.record(z.string(), z.object({ names: z.array(z.string()).optional() })) }),
});

function unreadable(path: string, cause: unknown): DataError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataError(
    `Expected a whole parquet file at ${path}; ${reason}. Copy or download it again: it may be cut off.`,
    { path },
    { cause },
  );
}
