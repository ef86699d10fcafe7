import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataError } from "../../../../lib/errors.js";
import { loadTask } from "../../../../lib/task/loadTask.js";
import { chooseParquetFiles, readParquet, readParquetSplits } from "../../../../lib/task/sources/parquet.js";
import { toExamples } from "../../../../lib/task/sources/rawRows.js";
import { DataFolder } from "../dataFolder.js";

const FIXTURES = "test/fixtures/parquet";

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.create();
});
afterEach(() => folder.remove());

describe("a parquet file", () => {
  it("gives texts and class names, in snappy, zstd, gzip, brotli and plain, over row groups", async () => {
    const { rows, classNames } = await readParquet(join(FIXTURES, "sst2-train-00000-of-00002.parquet"));
    expect(classNames).toEqual(["negative", "positive"]);
    expect(rows).toHaveLength(25);
    expect(rows[5]).toEqual({ text: "a fine café , number 5", label: "positive", line: 6 });
    expect(rows[24]).toEqual({
      text: "a dull tale , number 24",
      label: "negative",
      line: 25,
    });
    const texts = async (name: string) => (await readParquet(join(FIXTURES, name))).rows.map(({ text }) => text);
    expect(await texts("sst2-validation-00000-of-00001.parquet")).toEqual([
      "a rich tale",
      "a poor tale",
      "a rich song",
    ]);
    expect(await texts("sst2-test-00000-of-00001.parquet")).toEqual(["unlabelled"]);
    expect((await texts("trec-train.parquet")).at(-1)).toBe("How many are there , question 35 ?");
    expect(await texts("trec-test.parquet")).toEqual(["Who asks ?", "Where to ?"]);
  });

  it("has an error for a missing cell, a label that is none, and a missing column", async () => {
    const broken = join(FIXTURES, "broken.parquet");
    await expect(readParquet(broken)).rejects.toThrow(/broken\.parquet:2: expected a string in the column "premise"/);
    await expect(readParquet(join(FIXTURES, "odd.parquet"))).rejects.toThrow(
      /odd\.parquet:1: .*class index.* got 0\.5/,
    );
    await expect(readParquet(broken, { columns: { text: "body" } })).rejects.toThrow(
      /expected columns "body"; got "premise"/,
    );
  });

  it("that is cut off, empty, or something else says so", async () => {
    const whole = await readFile(join(FIXTURES, "sst2-train-00000-of-00002.parquet"));
    const path = join(folder.path, "x.parquet");
    for (const content of [
      whole.subarray(0, whole.length - 20),
      whole.subarray(0, 30),
      Buffer.alloc(0),
      Buffer.from("text"),
    ]) {
      await writeFile(path, content);
      const reading = readParquet(path);
      await expect(reading).rejects.toThrow(DataError);
      await expect(reading).rejects.toThrow(/Expected a whole parquet file at .*x\.parquet; .* it may be cut off/);
    }
    const metadata = Buffer.from(whole);
    metadata[whole.indexOf('{"info"')] = 1;
    await writeFile(path, metadata);
    await expect(readParquet(path)).rejects.toThrow(/Expected a whole parquet file .* JSON/);
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 8, 60);
    await writeFile(path, damaged);
    await expect(readParquet(path)).rejects.toThrow(/Expected a whole parquet file/);
  });
});

describe("the parquet files of a task", () => {
  it("are found in the hub's layouts, parts in order", () => {
    const names = ["train-00001-of-00002.parquet", "train-00000-of-00002.parquet", "validation_matched.parquet"];
    const of = (prefix: string) => names.map((name) => `${prefix}${name}`);
    const expected = (prefix: string) => ({
      train: [...of(prefix)].sort().slice(0, 2),
      dev: [`${prefix}validation_matched.parquet`],
      test: [],
    });
    expect(chooseParquetFiles(of(""))).toEqual(expected(""));
    expect(chooseParquetFiles(of("data/"))).toEqual(expected("data/"));
    expect(chooseParquetFiles([...of("mnli/"), "sst2/train.parquet"], "mnli")).toEqual(expected("mnli/"));
    const converted = ["default/test/0000.parquet", "default/train/0001.parquet", "default/train/0000.parquet"];
    expect(chooseParquetFiles([...converted, "default/partial-train/0000.parquet"])).toEqual({
      train: ["default/train/0000.parquet", "default/train/0001.parquet"],
      dev: [],
      test: ["default/test/0000.parquet"],
    });
    expect(chooseParquetFiles(["training.parquet", "train.csv"]).train).toEqual([]);
  });

  it("name the part that a row is in", async () => {
    const train = ["sst2-train-00000-of-00002.parquet", "sst2-train-00001-of-00002.parquet"];
    const splits = await readParquetSplits((name) => join(FIXTURES, name), { train, dev: [], test: [] });
    expect(splits.train.rows).toHaveLength(40);
    expect(splits.train.rows[39]).toMatchObject({ line: 15, path: join(FIXTURES, train[1] ?? "") });
    const last = { ...splits.train, rows: splits.train.rows.slice(-1) };
    const others = { labels: ["new", "old"], isPair: false };
    expect(() => toExamples(last, others)).toThrow(/00001-of-00002\.parquet:15: expected a label: .* got "positive"/);
  });

  it("must be there in all their parts", () => {
    expect(() => chooseParquetFiles(["train-00000-of-00002.parquet"])).toThrow(/Expected 2 parts of train-.* got 1/);
  });

  it("load from a directory like any other, in our order of classes", async () => {
    await mkdir(join(folder.path, "trec"));
    for (const split of ["train", "test"]) {
      await copyFile(join(FIXTURES, `trec-${split}.parquet`), join(folder.path, "trec", `${split}.parquet`));
    }
    const data = await loadTask("trec", { directory: folder.path });
    expect(data.test.open("test")).toEqual([
      { text: "Who asks ?", label: 3 },
      { text: "Where to ?", label: 4 },
    ]);
    const [what] = data.train.filter(({ text }) => text.startsWith("Why"));
    expect(data.task.labels[what?.label ?? -1]).toBe("description");
  });
});
