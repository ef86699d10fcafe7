/** GLUE's tab-separated files as its authors distribute them: no quoting, columns by the names in the first line. */

import { dirname, join } from "node:path";
import { foldSpace, type RawRow, type RawSplit, rowError } from "./rawRows.js";
import { firstFile, type TaskSource } from "./source.js";
import { readLines } from "./textFile.js";

/** `train.tsv` and `dev.tsv` (of MNLI `dev_matched.tsv`). GLUE keeps the labels of its test sets, so dev becomes test. */
export const glueTsv: TaskSource = {
  name: "GLUE TSV",
  looksFor: (id) => folders(id).map((folder) => join(folder, "train.tsv")),
  find: (directory, id) => firstFile(directory, glueTsv.looksFor(id)),
  async read(path, id) {
    const layout = layoutOf(id);
    const dev = join(dirname(path), `${layout.dev ?? "dev"}.tsv`);
    const [train, test] = await Promise.all([readTable(path, layout), readTable(dev, layout)]);
    return {
      train,
      test,
      labelNames: layout.labelNames,
      isPublished: true,
      notes: ["Test is GLUE's development set, because GLUE keeps its test labels.", ...train.notes, ...test.notes],
    };
  },
};

/** Columns of one data set. */
export interface TsvLayout {
  readonly text: string;
  readonly pair?: string;
  readonly label: string;
  /** What stands in the label column, in the index order of the task; where it is not the task's own names. */
  readonly labelNames?: readonly string[];
}

interface GlueLayout extends TsvLayout {
  readonly folder: string;
  /** Name of the development file. */
  readonly dev?: string;
  /** QQP's training file has rows that lack columns; every reader leaves them out. */
  readonly hasBrokenRows?: boolean;
}

/**
 * Reads a table; other columns are passed over. Rows without a consensus label ("-" in MultiNLI) are left out, and
 * counted in the notes.
 *
 * @param accepts  says by a row's cells whether to take it; default: all
 * @throws DataError  when a column is missing, or a row has another number of columns than the first line
 */
export async function readTable(
  path: string,
  layout: TsvLayout & { readonly hasBrokenRows?: boolean },
  accepts: (cell: (column: string) => string) => boolean = () => true,
): Promise<RawSplit & { readonly notes: readonly string[] }> {
  const [first = "", ...lines] = await readLines(path);
  const header = first.split("\t");
  const wanted = [layout.text, layout.pair ?? layout.text, layout.label];
  const missing = wanted.find((name) => !header.includes(name));
  if (missing !== undefined) {
    throw rowError({ path, line: 1 }, `a column ${JSON.stringify(missing)} among those of the first line`, first, {
      advice: "Take the file as it is distributed, with its header.",
    });
  }
  const [text = 0, pair = 0, label = 0] = wanted.map((name) => header.indexOf(name));
  const rows: RawRow[] = [];
  let broken = 0;
  let undecided = 0;
  lines.forEach((line, index) => {
    if (line === "") return;
    const cells = line.split("\t");
    const cell = (column: number): string => foldSpace(cells[column] ?? "");
    if (cells.length !== header.length) {
      if (layout.hasBrokenRows !== true) {
        throw rowError({ path, line: index + 2 }, `${header.length} columns, separated by tabs`, cells.length, {
          advice: "Copy the file again; it may be cut off.",
        });
      }
      broken++;
    } else if (cell(label) === "-") undecided++;
    else if (accepts((column) => cell(header.indexOf(column)))) {
      const second = layout.pair === undefined ? {} : { pair: cell(pair) };
      rows.push({ text: cell(text), ...second, label: cell(label), line: index + 2 });
    }
  });
  const notes = [
    ...(broken > 0 ? [`Rows of ${path} left out because they lack columns: ${broken}.`] : []),
    ...(undecided > 0 ? [`Rows of ${path} left out because they have no consensus label ("-"): ${undecided}.`] : []),
  ];
  return { path, rows, notes };
}

function folders(id: string): string[] {
  const layout = layouts[id];
  if (layout === undefined) return [];
  return [layout.folder, join("glue_data", layout.folder), join("GLUE", layout.folder), join("glue", layout.folder)];
}

function layoutOf(id: string): GlueLayout {
  const layout = layouts[id];
  if (layout === undefined) throw new RangeError(`${id} is no task of GLUE`);
  return layout;
}

/** @source Wang et al. 2019, GLUE: the first lines of the files of its download */
const layouts: Readonly<Record<string, GlueLayout>> = {
  sst2: { folder: "SST-2", text: "sentence", label: "label", labelNames: ["0", "1"] },
  mnli: { folder: "MNLI", text: "sentence1", pair: "sentence2", label: "gold_label", dev: "dev_matched" },
  mrpc: { folder: "MRPC", text: "#1 String", pair: "#2 String", label: "Quality", labelNames: ["0", "1"] },
  qnli: { folder: "QNLI", text: "question", pair: "sentence", label: "label" },
  qqp: {
    folder: "QQP",
    text: "question1",
    pair: "question2",
    label: "is_duplicate",
    labelNames: ["0", "1"],
    hasBrokenRows: true,
  },
  rte: { folder: "RTE", text: "sentence1", pair: "sentence2", label: "label" },
};
