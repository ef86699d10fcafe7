import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadTask } from "../../../../lib/task/loadTask.js";
import { DataFolder } from "../dataFolder.js";

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.create();
});
afterEach(() => folder.remove());

const load = (id: string) => loadTask(id, { directory: folder.path });
const lines = (word: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${word} ${i} .`);

describe("files of one class each", () => {
  it("give MR in splits of ours, eight to one to one, the same every time", async () => {
    await folder.write("MR/rt-polarity.neg", lines("dull", 50));
    await folder.write("MR/rt-polarity.pos", lines("fine", 50));
    const data = await load("mr");
    const test = data.test.open("test");
    expect([data.train.length, data.dev.length, test.length]).toEqual([80, 10, 10]);
    const all = [...data.train, ...data.dev, ...test];
    expect(new Set(all.map(({ text }) => text)).size).toBe(100);
    expect(all.every(({ text, label }) => label === (text.startsWith("fine") ? 1 : 0))).toBe(true);
    expect(all.slice(0, 10).map(({ label }) => label)).not.toEqual(Array(10).fill(0));
    expect((await load("mr")).hash).toBe(data.hash);
  });

  it("drop rows that another split shows, but for case and punctuation", async () => {
    await folder.write("MPQA/mpqa.neg", lines("war", 30));
    await folder.write("MPQA/mpqa.pos", [...lines("Peace", 30), ...lines("peace", 30).map((line) => `${line} !`)]);
    const { train, dev, test, notes } = await load("mpqa");
    const fold = (text: string): string => text.toLowerCase().replace(/\W/g, "");
    const seen = (rows: readonly { text: string }[]) => new Set(rows.map(({ text }) => fold(text)));
    const [inTrain, inDev, inTest] = [seen(train), seen(dev), seen(test.open("test"))];
    for (const text of inTest) expect(inTrain.has(text) || inDev.has(text)).toBe(false);
    for (const text of inDev) expect(inTrain.has(text)).toBe(false);
    expect(notes.join(" ")).toMatch(/Rows dropped from train because test or dev shows them: \d+\./);
  });

  it("are Windows-1252 where they are no UTF-8", async () => {
    const latin = Buffer.from([...Buffer.from("a caf\xe9 \x97 the film\x92s best \x85\n", "latin1")]);
    await folder.write(
      "rotten_imdb/quote.tok.gt9.5000",
      Buffer.concat([latin, Buffer.from(`${lines("I like", 9).join("\n")}\n`)]),
    );
    await folder.write("rotten_imdb/plot.tok.gt9.5000", ["un café", ...lines("He goes", 9)]);
    const { train, dev, test } = await load("subj");
    const all = [...train, ...dev, ...test.open("test")];
    expect(all).toContainEqual({ text: "a café — the film’s best …", label: 0 });
    expect(all).toContainEqual({ text: "un café", label: 1 });
  });

  it("name the file that is missing", async () => {
    await folder.write("data/downstream/MR/rt-polarity.neg", lines("dull", 5));
    await expect(load("mr")).rejects.toThrow(/Expected a readable file at .*rt-polarity\.pos/);
  });
});

describe("TREC", () => {
  const train = [
    "NUM:count How many ?",
    "DESC:def What is it ?",
    "ENTY:cremat What film ?",
    "HUM:ind Who ?",
    "ABBR:exp What is NATO ?",
    "LOC:city Where : here ?",
  ];

  it("has the classes in our order, and text that may hold colons", async () => {
    await folder.write("TREC/train_5500.label", Array(3).fill(train).flat());
    await folder.write("TREC/TREC_10.label", Buffer.from(`${train.join("\n")}\nHUM:ind Sister\xf0city ?\n`, "latin1"));
    const { test, dev } = await load("trec");
    expect(test.open("test").map(({ label }) => label)).toEqual([5, 0, 1, 3, 2, 4, 3]);
    expect(test.open("test").slice(5)).toEqual([
      { text: "Where : here ?", label: 4 },
      { text: "Sisterðcity ?", label: 3 },
    ]);
    expect(dev).toHaveLength(2);
  });

  it("stops at a line without a class, and at a class that there is not", async () => {
    await folder.write("TREC/TREC_10.label", train);
    await folder.write("TREC/train_5500.label", [...train, "What is it ?"]);
    await expect(load("trec")).rejects.toThrow(/train_5500\.label:7: expected a line that fits .* got "What is it \?"/);
    await folder.write("TREC/train_5500.label", [...train, "", "ABC:x What is it ?"]);
    await expect(load("trec")).rejects.toThrow(/train_5500\.label:8: expected a label: "DESC".* got "ABC"/);
  });
});

describe("SST's binary sentences", () => {
  it("come in three splits with tabs", async () => {
    for (const split of ["train", "dev", "test"]) {
      await folder.write(`SST/binary/sentiment-${split}`, [`a fine ${split}\t1`, `a dull ${split}\t0`]);
    }
    const { train, dev, test, notes } = await load("sst2");
    expect(train).toEqual([
      { text: "a fine train", label: 1 },
      { text: "a dull train", label: 0 },
    ]);
    expect([dev.length, test.length, notes]).toEqual([2, 2, []]);
    await folder.write("SST/binary/sentiment-dev", ["fine\t1", "very fine\t3"]);
    await expect(load("sst2")).rejects.toThrow(/sentiment-dev:2: expected a line/);
  });
});
