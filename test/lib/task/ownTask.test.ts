import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "../../../lib/errors.js";
import { loadTask } from "../../../lib/task/loadTask.js";
import { createVerbalizer } from "../../../lib/task/verbalizer.js";
import { DataFolder } from "./dataFolder.js";
import { createWordTokenizer } from "./wordTokenizer.js";

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.create();
});
afterEach(() => folder.remove());

const load = (id: string, options = {}) => loadTask(id, { directory: folder.path, ...options });
const csv = (label: (i: number) => string, count = 30): string[] => [
  "text,label",
  ...Array.from({ length: count }, (_, i) => `text ${i},${label(i)}`),
];

describe("a task of one's own", () => {
  it("may be one CSV file: classes from its labels, splits of ours", async () => {
    await folder.write(
      "mood.csv",
      csv((i) => ["sad", "glad"][i % 2] ?? ""),
    );
    const data = await load("mood", { definition: { labelWords: ["great", "terrible"] } });
    expect(data.task).toEqual({
      id: "mood",
      title: "mood",
      labels: ["glad", "sad"],
      labelWords: ["great", "terrible"],
      template: "{x} . It was <mask> .",
      metric: "accuracy",
      isPair: false,
      citation: "the user's own data",
    });
    expect([data.train.length, data.dev.length, data.test.length]).toEqual([24, 3, 3]);
    expect(data.train.every(({ text, label }) => label === (Number(text.slice(5)) % 2 === 0 ? 1 : 0))).toBe(true);
  });

  it("may be a folder in the benchmarks' layout, with everything in its meta.json", async () => {
    const row = (i: number) => JSON.stringify({ text_a: `a ${i}`, text_b: `b ${i}`, label: i % 2 });
    for (const split of ["train", "dev", "test"]) await folder.write(`pairs/${split}.jsonl`, [row(0), row(1)]);
    const meta = {
      task: "pairs",
      kind: "pair",
      labels: ["other", "same"],
      label_words: ["No", "Yes"],
      template: "{a} <mask> , {b}",
      metric: "accuracy and F1 (F1 of the same class)",
      licence: "mine",
    };
    await folder.write("pairs/meta.json", [JSON.stringify(meta)]);
    const data = await load("pairs");
    expect(data.task).toMatchObject({
      labels: ["other", "same"],
      labelWords: ["No", "Yes"],
      metric: "f1",
      isPair: true,
    });
    expect(data.train[1]).toEqual({ text: "a 1", pair: "b 1", label: 1 });
    const changed = await load("pairs", { definition: { template: "{a} ? <mask> , {b}" } });
    expect(changed.task.template).toBe("{a} ? <mask> , {b}");
    expect(changed.hash).not.toBe(data.hash);
  });

  it("may be the data directory itself; a benchmark is not taken from there", async () => {
    await folder.write(
      "train.csv",
      csv((i) => `${i % 2}`),
    );
    await folder.write(
      "test.csv",
      csv((i) => `${i % 2}`, 4).map((line) => line.replace("text ", "other ")),
    );
    const data = await load("anything", { definition: { labels: ["no", "yes"], labelWords: ["No", "Yes"] } });
    expect([data.test.length, data.dev.length, data.task.labels]).toEqual([4, 3, ["no", "yes"]]);
    await expect(load("sst2")).rejects.toThrow(/there is none of/);
  });

  it("keeps numbers as class names in their order", async () => {
    await folder.write(
      "stars.csv",
      csv((i) => `${[10, 2, 1][i % 3]}`),
    );
    const words = { labelWords: ["bad", "fine", "good"] };
    const data = await load("stars", { definition: words });
    expect(data.task.labels).toEqual(["1", "2", "10"]);
    expect(data.train.every(({ text, label }) => label === 2 - (Number(text.slice(5)) % 3))).toBe(true);
  });

  it("stops at an unknown label and an empty text, by line", async () => {
    await folder.write("mood.csv", [...csv((i) => `${i % 2}`), "odd,maybe"]);
    const definition = { labels: ["no", "yes"] };
    await expect(load("mood", { definition })).rejects.toThrow(
      /mood\.csv:32: expected a label: "no", "yes".*got "maybe"/,
    );
    await folder.write("mood.csv", [...csv((i) => `${i % 2}`), ' " ",yes'.trim()]);
    await expect(load("mood", { definition })).rejects.toThrow(/mood\.csv:32: expected a string that is not empty/);
  });

  it.each([
    ["label words for other classes", { labelWords: ["Yes"] }, /a label word for each of 0, 1; got \["Yes"\]/],
    ["a template for pairs", { template: "{a} ? <mask> , {b}" }, /a template with \{x\}, as the rows have one text/],
    ["a template without a mask", { template: "{x}" }, /exactly one <mask>/],
    ["a setting that there is not", { words: ["a"] }, /words/],
    ["one class", { labels: ["only"] }, /labels/],
  ])("refuses %s", async (_, definition, message) => {
    await folder.write(
      "mood.csv",
      csv((i) => `${i % 2}`),
    );
    const loading = load("mood", { definition });
    await expect(loading).rejects.toThrow(ConfigError);
    await expect(loading).rejects.toThrow(message);
  });

  it("refuses F1 for three classes, and a meta.json with a field of another form", async () => {
    await folder.write(
      "stars/train.csv",
      csv((i) => `${i % 3}`),
    );
    await expect(load("stars", { definition: { metric: "f1" } })).rejects.toThrow(/two classes for the metric f1/);
    await folder.write("stars/meta.json", ['{"labels": "a b c"}']);
    await expect(load("stars")).rejects.toThrow(/meta\.json: "labels": .*array/);
    await folder.write("stars/meta.json", ["{"]);
    await expect(load("stars")).rejects.toThrow(/meta\.json:1: expected a JSON value/);
  });

  it("needs label words of one token, which training checks before it starts", async () => {
    await folder.write(
      "mood.csv",
      csv((i) => ["sad", "glad"][i % 2] ?? ""),
    );
    const { task } = await load("mood");
    expect(task.labelWords).toEqual(["glad", "sad"]);
    expect(() => createVerbalizer(createWordTokenizer(["glad"]), task.labelWords)).toThrow(/"glad"|"sad"/);
  });
});

describe("a benchmark", () => {
  it("may be posed in another way, which makes it another data set to run on, but not with other classes", async () => {
    const standard = await loadTask("sample/sst2");
    const posed = await loadTask("sample/sst2", {
      definition: { template: "<mask> : {x}", labelWords: ["bad", "good"] },
    });
    expect(posed.task).toMatchObject({ title: standard.task.title, template: "<mask> : {x}" });
    expect(posed.hash).not.toBe(standard.hash);
    const swapped = loadTask("sample/sst2", { definition: { labels: ["positive", "negative"] } });
    await expect(swapped).rejects.toThrow(/expected "labels" \["negative","positive"\], in this order/);
  });
});
