/** Tables that people make themselves: CSV with a header, from any spreadsheet. */

import { basename, dirname, join } from "node:path";
import { type Columns, findColumns } from "./columns.js";
import { foldSpace, type RawSplit, rowError } from "./rawRows.js";
import { firstFile, isBenchmark, type TaskSource, taskFolders } from "./source.js";
import { findSplit } from "./splitNames.js";
import { readText } from "./textFile.js";

/**
 * `train.csv`, and `dev.csv` and `test.csv` if there are any; or one file `<task>.csv`. Cells are separated by commas,
 * semicolons or (in `.tsv`) tabs, and may be quoted.
 */
export const csv: TaskSource = {
  name: "CSV",
  looksFor: (id) => [...taskFolders(id).map((folder) => join(folder, "train.csv")), ...wholeFiles(id)],
  find: async (directory, id) =>
    (await findSplit(directory, taskFolders(id), "train", EXTENSIONS)) ?? firstFile(directory, wholeFiles(id)),
  async read(path, _id, columns) {
    const isTrain = /^train\.[ct]sv$/.test(basename(path));
    const [dev, test] = await Promise.all(
      (["dev", "test"] as const).map((split) =>
        isTrain ? findSplit(dirname(path), ["."], split, EXTENSIONS) : undefined,
      ),
    );
    const read = (file: string | undefined) => (file === undefined ? undefined : readCsv(file, columns));
    return {
      train: await readCsv(path, columns),
      dev: await read(dev),
      test: await read(test),
      isPublished: false,
      notes: [],
    };
  },
};

const EXTENSIONS = [".csv", ".tsv"];

/**
 * Reads one table.
 *
 * @throws DataError  when columns are missing, a row has too few or too many cells, or a quotation mark stays open
 * @source RFC 4180
 */
export async function readCsv(path: string, wanted?: Partial<Columns>): Promise<RawSplit> {
  const text = await readText(path);
  const [firstLine = ""] = text.split("\n", 1);
  const delimiter = path.endsWith(".tsv") ? "\t" : firstLine.includes(";") && !firstLine.includes(",") ? ";" : ",";
  const [header, ...records] = parseCsv(path, text, delimiter);
  const names = header?.cells ?? [];
  const columns = findColumns(path, names, wanted);
  const position = (name: string): number => names.indexOf(name);
  const rows = records.map(({ cells, line }) => {
    if (cells.length !== names.length) {
      throw rowError({ path, line }, `${names.length} cells, as in the first line`, cells.length, {
        advice: `Put texts that hold ${JSON.stringify(delimiter)} in quotation marks.`,
      });
    }
    const cell = (name: string): string => foldSpace(cells[position(name)] ?? "");
    const pair = columns.pair === undefined ? {} : { pair: cell(columns.pair) };
    return { text: cell(columns.text), ...pair, label: cell(columns.label), line };
  });
  return { path, rows };
}

interface CsvRecord {
  readonly cells: readonly string[];
  /** Where it starts. */
  readonly line: number;
}

/** Splits a table into cells; empty lines are passed over. */
function parseCsv(path: string, text: string, delimiter: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  const breaks = new RegExp(`[${delimiter}\n]`, "g");
  let cells: string[] = [];
  let line = 1;
  let startLine = 1;
  const endRecord = (): void => {
    if (cells.length > 1 || cells[0] !== "") records.push({ cells, line: startLine });
    cells = [];
    startLine = line;
  };
  for (let at = 0; at <= text.length; ) {
    let cell: string;
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end < 0) {
        throw rowError({ path, line }, "a closing quotation mark", text.slice(at).split("\n", 1)[0], {
          advice: 'Close the cell with ", and write a quotation mark inside it twice.',
        });
      }
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      line += cell.split("\n").length - 1;
      at = end + 1;
      if (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r") {
        throw rowError({ path, line }, `${JSON.stringify(delimiter)} after a closing quotation mark`, text[at], {
          advice: "Write a quotation mark inside a cell twice.",
        });
      }
    } else {
      breaks.lastIndex = at;
      const end = breaks.exec(text)?.index ?? text.length;
      cell = text.slice(at, end);
      at = end;
    }
    cells.push(cell.replace(/\r$/, ""));
    if (text[at] === "\r") at++;
    if (text[at] === delimiter) at++;
    else {
      if (text[at] === "\n") line++;
      endRecord();
      at++;
    }
  }
  return records;
}

/** Position of the quotation mark that ends a cell; -1 when there is none. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

function wholeFiles(id: string): string[] {
  const inFolder = isBenchmark(id) ? [] : [join(id, `${id}.csv`), join(id, "data.csv"), "data.csv"];
  return [`${id}.csv`, join("datasets", `${id}.csv`), ...inFolder];
}
