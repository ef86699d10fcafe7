import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DataError } from "../../../lib/errors.js";
import { loadTask } from "../../../lib/task/loadTask.js";
import { findTask, taskIds } from "../../../lib/task/tasks.js";
import { parseTemplate } from "../../../lib/task/template.js";

const row = (text: string, label: unknown): string => JSON.stringify({ text, label });
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "sptlab-task-"));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(() => writeTask("train", [row("good", 1), row("bad", 0)]));

async function writeTask(changed: "train" | "dev" | "test", lines: readonly string[]): Promise<void> {
  const folder = join(root, "datasets", "sst2");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "meta.json"), JSON.stringify({ labels: ["negative", "positive"] }));
  for (const split of ["train", "dev", "test"]) {
    const text = (split === changed ? lines : [row("fine", 1)]).map((line) => `${line}\n`).join("");
    await writeFile(join(folder, `${split}.jsonl.gz`), gzipSync(text));
  }
}

describe("the ten tasks", () => {
  it("have a template that parses, and a label word for every class", () => {
    expect(taskIds).toHaveLength(10);
    for (const id of taskIds) {
      const task = findTask(id);
      expect(parseTemplate(task.template).isPair).toBe(task.isPair);
      expect(task.labelWords).toHaveLength(task.labels.length);
    }
  });

  it("are called synthetic where they are the embedded stand-ins", () => {
    expect(findTask("sample/rte")).toMatchObject({ id: "sample/rte", title: "Entailment (synthetic stand-in)" });
  });

  it("fail by name when there is no such benchmark", () => {
    expect(() => findTask("sst5")).toThrow(/sst2, mpqa.*got "sst5"/s);
  });
});

describe("loadTask", () => {
  it("reads a folder that holds the tasks, or the folder above it", async () => {
    const above = await loadTask("sst2", { directory: root });
    const direct = await loadTask("sst2", { directory: join(root, "datasets") });
    expect(above.train).toEqual([
      { text: "good", label: 1 },
      { text: "bad", label: 0 },
    ]);
    expect(above).toEqual(direct);
    expect(above.isSynthetic).toBe(false);
  });

  it("hashes the content: the same for the same rows, another for another order", async () => {
    const { hash } = await loadTask("sst2", { directory: root });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect((await loadTask("sst2", { directory: root })).hash).toBe(hash);
    await writeTask("train", [row("bad", 0), row("good", 1)]);
    expect((await loadTask("sst2", { directory: root })).hash).not.toBe(hash);
  });

  it.each([
    ["a label out of range", row("x", 2), /train\.jsonl\.gz:2: expected a label: .* whole number from 0 to 1; got 2/],
    ["a label of no class", row("x", "neutral"), /:2: expected a label: "negative", "positive", .* got "neutral"/],
    ["no label", '{"text":"x"}', /train\.jsonl\.gz:2: expected the name .* in "label"; got nothing/],
    ["two texts", '{"text_a":"x","text_b":"y","label":1}', /train\.jsonl\.gz:2: expected one text; got "two texts: x"/],
    ["no text", '{"label":1}', /train\.jsonl\.gz:2: expected a string .* "text"; got nothing/],
    ["an empty text", row(" ", 1), /train\.jsonl\.gz:2: expected a string that is not empty/],
    ["broken JSON", '{"text":', /train\.jsonl\.gz:2: expected a JSON value/],
    ["an array", "[]", /train\.jsonl\.gz:2: expected an object/],
  ])("names file, line, what it expected and what came for %s", async (_, line, message) => {
    await writeTask("train", [row("good", 1), line]);
    const loading = loadTask("sst2", { directory: root });
    await expect(loading).rejects.toThrow(DataError);
    await expect(loading).rejects.toThrow(message);
  });

  it("refuses a split without rows, a file that is no gzip, and classes in another order", async () => {
    await writeTask("dev", []);
    await expect(loadTask("sst2", { directory: root })).rejects.toThrow(/dev\.jsonl\.gz holds none/);
    await writeTask("train", [row("good", 1)]);
    const folder = join(root, "datasets", "sst2");
    await writeFile(join(folder, "dev.jsonl.gz"), "no gzip");
    await expect(loadTask("sst2", { directory: root })).rejects.toThrow(/readable file at .*dev\.jsonl\.gz/);
    await writeTask("train", [row("good", 1)]);
    await writeFile(join(folder, "meta.json"), JSON.stringify({ labels: ["positive", "negative"] }));
    await expect(loadTask("sst2", { directory: root })).rejects.toThrow(/"labels" must be \["negative","positive"\]/);
  });

  it("notices a gzip and a plain file that are cut off", async () => {
    const folder = join(root, "datasets", "sst2");
    const whole = gzipSync(Array.from({ length: 200 }, (_, i) => row(`text ${i * 7919}`, i % 2)).join("\n"));
    await writeFile(join(folder, "dev.jsonl.gz"), whole.subarray(0, whole.length / 2));
    await expect(loadTask("sst2", { directory: root })).rejects.toThrow(/dev\.jsonl\.gz; unexpected end .* cut off/);
    await writeTask("train", [row("good", 1)]);
    const counts = { train: { rows: 2 }, dev: { rows: 1 } };
    await writeFile(join(folder, "meta.json"), JSON.stringify({ labels: ["negative", "positive"], counts }));
    await expect(loadTask("sst2", { directory: root })).rejects.toThrow(
      /meta\.json says that .*train\.jsonl\.gz has 2 rows; got 1\. Copy the file again/,
    );
  });

  it("says everywhere it looked when there are no data", async () => {
    const missing = loadTask("trec", { directory: root });
    await expect(missing).rejects.toThrow(/JSON lines: trec\/train\.jsonl\[\.gz\], datasets\/trec/);
    await expect(missing).rejects.toThrow(/TREC: TREC\/train_5500\.label.*SPTLAB_DATA .*"sample\/trec"/s);
    await expect(loadTask("../sst2", { directory: root })).rejects.toThrow(DataError);
  });
});

const shared = [process.env.SPTLAB_DATA, "../shared"].find((path) => path !== undefined && existsSync(path));
if (shared === undefined) console.log("skipped: real task data (set SPTLAB_DATA to the folder that holds datasets/)");

describe.skipIf(shared === undefined)("the real data", () => {
  it.each([
    ["sst2", [6916, 872, 1821]],
    ["trec", [4886, 545, 500]],
    ["mrpc", [3662, 408, 1725]],
    ["rte", [2240, 249, 277]],
    ["mnli", [12393, 1000, 9815]],
  ] as const)("of %s load with the published numbers of rows", async (id, sizes) => {
    const data = await loadTask(id, { directory: shared ?? "" });
    expect([data.train.length, data.dev.length, data.test.length]).toEqual(sizes);
  });
});
