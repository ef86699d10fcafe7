/** MR, SUBJ, MPQA, TREC and SST as their authors and SentEval distribute them: one sentence a line. */

import { dirname, join } from "node:path";
import { foldSpace, type RawRow, type RawSplit, rowError } from "./rawRows.js";
import { firstFile, type TaskSource } from "./source.js";
import { readLines } from "./textFile.js";

/** One file for each class: `rt-polarity.neg` and `.pos`, and the like. There are no splits; they are made later. */
export const classFiles: TaskSource = {
  name: "SentEval, a file for each class",
  looksFor: (id) => places(filesByClass[id]?.folders, filesByClass[id]?.classes[0]),
  find: (directory, id) => firstFile(directory, classFiles.looksFor(id)),
  async read(path, id) {
    const rows: RawRow[] = [];
    for (const [label, names] of (filesByClass[id]?.classes ?? []).entries()) {
      const file = (await firstFile(dirname(path), names)) ?? join(dirname(path), names[0] ?? "");
      const lines = await readLines(file, "legacy");
      lines.forEach((line, index) => {
        if (line.trim() !== "") rows.push({ text: foldSpace(line), label, line: index + 1, path: file });
      });
    }
    return { train: { path: dirname(path), rows }, isPublished: true, notes: [] };
  },
};

/** `train_5500.label` and `TREC_10.label`, with lines such as `LOC:city What is the capital of Yugoslavia ?`. */
export const trecLabels: TaskSource = {
  name: "TREC",
  looksFor: (id) => (id === "trec" ? places(["TREC", "trec"], ["train_5500.label"]) : []),
  find: (directory, id) => firstFile(directory, trecLabels.looksFor(id)),
  async read(path) {
    const [train, test] = await Promise.all(
      [path, join(dirname(path), "TREC_10.label")].map((file) => readLabelled(file, /^([A-Z]+):\S+\s+(.+)$/, [2, 1])),
    );
    const labelNames = ["DESC", "ENTY", "ABBR", "HUM", "LOC", "NUM"];
    return { train: train ?? { path, rows: [] }, test, labelNames, isPublished: true, notes: [] };
  },
};

/** `SST/binary/sentiment-train`, `-dev` and `-test`, with a sentence, a tab, and 0 or 1 on each line. */
export const sstBinary: TaskSource = {
  name: "SentEval, SST binary",
  looksFor: (id) => (id === "sst2" ? places(["SST/binary", "sst2"], ["sentiment-train"]) : []),
  find: (directory, id) => firstFile(directory, sstBinary.looksFor(id)),
  async read(path) {
    const [train, dev, test] = await Promise.all(
      ["train", "dev", "test"].map((split) =>
        readLabelled(join(dirname(path), `sentiment-${split}`), /^([^\t]+)\t([01])$/, [1, 2]),
      ),
    );
    return { train: train ?? { path, rows: [] }, dev, test, labelNames: ["0", "1"], isPublished: true, notes: [] };
  },
};

/** Lines with a text and a label, at the given groups of a pattern. */
async function readLabelled(
  path: string,
  pattern: RegExp,
  [text, label]: readonly [number, number],
): Promise<RawSplit> {
  const lines = await readLines(path, "legacy");
  const rows = lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const groups = pattern.exec(line.trim());
    if (groups === null) throw rowError({ path, line: index + 1 }, `a line that fits ${pattern}`, line);
    return [{ text: foldSpace(groups[text] ?? ""), label: groups[label], line: index + 1 }];
  });
  return { path, rows };
}

/** SentEval keeps its data below `data/downstream`. */
function places(folders: readonly string[] = [], names: readonly string[] = []): string[] {
  const prefixes = ["", join("data", "downstream"), "downstream", "SentEval", "senteval"];
  return prefixes.flatMap((prefix) => folders.flatMap((folder) => names.map((name) => join(prefix, folder, name))));
}

/** Names of each class's file, in label index order: SentEval's, then those of the first release. */
const filesByClass: Readonly<
  Record<string, { readonly folders: readonly string[]; readonly classes: readonly (readonly string[])[] }>
> = {
  mr: { folders: ["MR", "rt-polaritydata", "mr"], classes: [["rt-polarity.neg"], ["rt-polarity.pos"]] },
  subj: {
    folders: ["SUBJ", "rotten_imdb", "subj"],
    classes: [
      ["subj.subjective", "quote.tok.gt9.5000"],
      ["subj.objective", "plot.tok.gt9.5000"],
    ],
  },
  mpqa: { folders: ["MPQA", "mpqa"], classes: [["mpqa.neg"], ["mpqa.pos"]] },
};
