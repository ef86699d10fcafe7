/** MRPC as Microsoft distributes it, which has labels for the test set, with GLUE's list of development pairs. */

import { dirname, join } from "node:path";
import { readTable, type TsvLayout } from "./glueTsv.js";
import { rowError } from "./rawRows.js";
import { firstFile, type TaskSource } from "./source.js";
import { readLines } from "./textFile.js";

/**
 * `msr_paraphrase_train.txt` and `msr_paraphrase_test.txt`. Where `dev_ids.tsv` (or `mrpc_dev_ids.tsv`) lies beside them,
 * dev is the pairs that it lists, else it is drawn from train.
 */
export const paraphraseCorpus: TaskSource = {
  name: "Microsoft Research Paraphrase Corpus",
  looksFor: (id) => (id === "mrpc" ? FOLDERS.map((folder) => join(folder, "msr_paraphrase_train.txt")) : []),
  find: (directory, id) => firstFile(directory, paraphraseCorpus.looksFor(id)),
  async read(path) {
    const folder = dirname(path);
    const idFile = await firstFile(folder, ["dev_ids.tsv", "mrpc_dev_ids.tsv"]);
    const test = await readTable(join(folder, "msr_paraphrase_test.txt"), LAYOUT);
    const shared = { test, labelNames: ["0", "1"], isPublished: true, notes: [] };
    if (idFile === undefined) return { ...shared, train: await readTable(path, LAYOUT) };
    const pairs = new Set(await readLines(idFile));
    const isDev = (cell: (column: string) => string): boolean => pairs.has(`${cell("#1 ID")}\t${cell("#2 ID")}`);
    const train = await readTable(path, LAYOUT, (cell) => !isDev(cell));
    const dev = await readTable(path, LAYOUT, isDev);
    if (dev.rows.length > 0) return { ...shared, train, dev };
    throw rowError({ path: idFile, line: 1 }, `two sentence ids of ${path}, separated by a tab`, [...pairs][0], {
      advice: "Take GLUE's mrpc_dev_ids.tsv, or remove the file to have dev drawn from train.",
    });
  },
};

const FOLDERS = ["MRPC", "glue_data/MRPC", "GLUE/MRPC", "glue/MRPC", "data/downstream/MRPC", "mrpc"];
const LAYOUT: TsvLayout = { text: "#1 String", pair: "#2 String", label: "Quality" };
