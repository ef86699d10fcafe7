import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataError } from "../../../../lib/errors.js";
import { loadTask } from "../../../../lib/task/loadTask.js";
import { DataFolder } from "../dataFolder.js";

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.create();
});
afterEach(() => folder.remove());

const load = (id: string) => loadTask(id, { directory: folder.path });

/** Twenty training rows, ten of each class, from a function of index and class. */
const rows = (row: (index: number, label: number) => string): string[] =>
  Array.from({ length: 20 }, (_, index) => row(index, index % 2));

describe("GLUE's tab-separated files", () => {
  it("give SST-2 by column name, with GLUE's dev as test and a dev drawn from train", async () => {
    await folder.write("SST-2/train.tsv", ["sentence\tlabel", ...rows((i, label) => `film ${i} \t${label}`)]);
    await folder.write("SST-2/dev.tsv", ["sentence\tlabel", 'it \'s a "charming " journey . \t1', "dull\t0"]);
    await folder.write("SST-2/test.tsv", ["index\tsentence", "0\tunlabelled"]);
    const data = await load("sst2");
    expect(data.test.open("test")).toEqual([
      { text: 'it \'s a "charming " journey .', label: 1 },
      { text: "dull", label: 0 },
    ]);
    expect(data.dev.map(({ label }) => label).sort()).toEqual([0, 1]);
    expect(data.train).toHaveLength(18);
    const texts = [...data.train, ...data.dev].map(({ text }) => text);
    expect(texts.sort()).toEqual(Array.from({ length: 20 }, (_, i) => `film ${i}`).sort());
    expect(data.notes).toEqual([
      expect.stringContaining("GLUE keeps its test labels"),
      "Dev is 2 rows drawn from train with seed 13.",
    ]);
  });

  it("take quotation marks literally, even one that never closes", async () => {
    const header = "index\tquestion\tsentence\tlabel";
    await folder.write("QNLI/train.tsv", [header, ...rows((i, label) => `${i}\twho ${i}\t"He ${i}\t${names[label]}`)]);
    await folder.write("QNLI/dev.tsv", [header, '0\tWho said "no?\t"No", he said.\tentailment']);
    const data = await load("qnli");
    expect(data.test.open("test")).toEqual([{ text: 'Who said "no?', pair: '"No", he said.', label: 0 }]);
    expect(data.train.length + data.dev.length).toBe(20);
  });
  const names = ["entailment", "not_entailment"];

  it("give MNLI's matched set, whose files have other columns, and leave out rows without consensus", async () => {
    const first = ["index", "promptID", "pairID", "genre", "sentence1_binary_parse", "sentence2_binary_parse"];
    const header = (labels: string[]) =>
      [...first, "sentence1_parse", "sentence2_parse", "sentence1", "sentence2", ...labels].join("\t");
    const row = (i: number, label: string[]) =>
      [i, "p", "q", "fiction", "(a)", "(b)", "(c)", "(d)", `a ${i}`, `b ${i}`, ...label].join("\t");
    const labels = ["entailment", "neutral", "contradiction"];
    const train = Array.from({ length: 21 }, (_, i) => row(i, [labels[i % 3] ?? "", labels[i % 3] ?? ""]));
    await folder.write("glue_data/MNLI/train.tsv", [header(["label1", "gold_label"]), ...train]);
    const votes = ["label1", "label2", "label3", "label4", "label5", "gold_label"];
    const dev = [row(90, [...Array(5).fill("neutral"), "neutral"]), row(91, [...Array(5).fill("neutral"), "-"])];
    await folder.write("glue_data/MNLI/dev_matched.tsv", [header(votes), ...dev]);
    const data = await load("mnli");
    expect(data.test.open("test")).toEqual([{ text: "a 90", pair: "b 90", label: 1 }]);
    expect(data.notes).toContainEqual(
      expect.stringMatching(/Rows of .*dev_matched\.tsv left out .* consensus label \("-"\): 1\./),
    );
  });

  it("leave out QQP's rows that lack columns or a question, and count them", async () => {
    const header = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate";
    const good = rows((i, label) => `${i}\t1\t2\twhy ${i}?\thow ${i}?\t${label}`);
    await folder.write("QQP/train.tsv", [header, ...good, "77\t1\t2\tbroken over", "78\t1\t2\t\thow?\t0"]);
    await folder.write("QQP/dev.tsv", [header, "0\t1\t2\twhat?\twhich?\t1"]);
    const data = await load("qqp");
    expect(data.train.length + data.dev.length).toBe(20);
    expect(data.notes.join(" ")).toMatch(
      /left out because they lack columns: 1\. .*train\.tsv left out because a text is empty: 1\./,
    );
  });

  it("stop at a row that is cut off, a label that is none, and a missing column", async () => {
    const header = "index\tsentence1\tsentence2\tlabel";
    await folder.write("RTE/dev.tsv", [header, "0\ta\tb\tentailment"]);
    await folder.write("RTE/train.tsv", [header, "0\ta\tb\tentailment", "1\ta\tb"]);
    await expect(load("rte")).rejects.toThrow(
      /train\.tsv:3: expected 4 columns, separated by tabs; got 3\. Copy the file/,
    );
    await folder.write("RTE/train.tsv", [header, "0\ta\tb\tentailment", "1\ta\tb\tyes"]);
    await expect(load("rte")).rejects.toThrow(/train\.tsv:3: expected a label: "entailment", .* got "yes"/);
    await folder.write("RTE/train.tsv", ["index\tsentence1\tlabel", "0\ta\tentailment"]);
    await expect(load("rte")).rejects.toThrow(/train\.tsv:1: expected a column "sentence2"/);
    await expect(load("rte")).rejects.toThrow(DataError);
  });
});

describe("the paraphrase corpus", () => {
  const header = "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String";
  const train = rows((i, label) => `${label}\t${100 + i}\t${200 + i}\t"He ${i}\tShe ${i}`);

  it("has a test set with labels, a byte order mark, and the development pairs that GLUE lists", async () => {
    await folder.write("MRPC/msr_paraphrase_train.txt", [`${header}\r`, ...train.map((line) => `${line}\r`)]);
    await folder.write("MRPC/msr_paraphrase_test.txt", [`${header}\r`, "1\t1\t2\tIt rained.\tRain fell.\r"]);
    await folder.write("MRPC/dev_ids.tsv", ["103\t203", "104\t204", "105\t999"]);
    const data = await load("mrpc");
    expect(data.test.open("test")).toEqual([{ text: "It rained.", pair: "Rain fell.", label: 1 }]);
    expect(data.dev).toEqual([
      { text: '"He 3', pair: "She 3", label: 1 },
      { text: '"He 4', pair: "She 4", label: 0 },
    ]);
    expect(data.train).toHaveLength(18);
  });

  it("has its dev drawn where there is no list, and refuses a list of other pairs", async () => {
    await folder.write("MRPC/msr_paraphrase_train.txt", [header, ...train]);
    await folder.write("MRPC/msr_paraphrase_test.txt", [header, "1\t1\t2\tIt rained.\tRain fell."]);
    expect((await load("mrpc")).dev).toHaveLength(2);
    await folder.write("MRPC/dev_ids.tsv", ["1\t2"]);
    await expect(load("mrpc")).rejects.toThrow(/dev_ids\.tsv:1: expected two sentence ids of .* got "1\\t2"/);
  });

  it("is read from GLUE's copy where Microsoft's is not there", async () => {
    await folder.write("MRPC/train.tsv", [header, ...train]);
    await folder.write("MRPC/dev.tsv", [header, "0\t1\t2\tIt rained.\tSun shone."]);
    expect((await load("mrpc")).test.open("test")).toEqual([{ text: "It rained.", pair: "Sun shone.", label: 0 }]);
  });
});
