import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadTask, sampleDirectory } from "../../../../lib/task/loadTask.js";
import { generateSamples, sampleSizes } from "../../../../lib/task/sample/index.js";
import { taskIds } from "../../../../lib/task/tasks.js";

const files = generateSamples();

describe("generateSamples", () => {
  it("makes the committed files again, byte for byte", async () => {
    for (const [path, text] of files) {
      expect(await readFile(join(sampleDirectory(), path), "utf8"), path).toBe(text);
    }
    const folders = (await readdir(sampleDirectory(), { withFileTypes: true })).filter((entry) => entry.isDirectory());
    expect(folders.map((folder) => folder.name).sort()).toEqual([...taskIds].sort());
  });

  it("makes other rows of another seed", () => {
    const other = generateSamples(7);
    expect([...other.keys()]).toEqual([...files.keys()]);
    expect(other.get("rte/train.jsonl")).not.toBe(files.get("rte/train.jsonl"));
  });
});

describe.each(taskIds)("the stand-in for %s", (id) => {
  it("loads as synthetic, with its sizes and every class in every split", async () => {
    const data = await loadTask(`sample/${id}`);
    expect(data.isSynthetic).toBe(true);
    expect(JSON.parse(files.get(`${id}/meta.json`) ?? "")).toMatchObject({ synthetic: true });
    for (const split of ["train", "dev", "test"] as const) {
      const rows = split === "test" ? data.test.open("test") : data[split];
      expect(rows).toHaveLength(sampleSizes[data.task.isPair ? "pair" : "single"][split]);
      expect(new Set(rows.map((example) => example.label)).size).toBe(data.task.labels.length);
    }
  });

  it("shows no row twice", async () => {
    const { train, dev, test } = await loadTask(`sample/${id}`);
    const keys = [...train, ...dev, ...test.open("test")].map(({ text, pair }) => JSON.stringify([text, pair]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("keeps words back: most test rows have one that no train row shows", async () => {
    const { train, test } = await loadTask(`sample/${id}`);
    const wordsOf = ({ text, pair }: { text: string; pair?: string }): string[] =>
      `${text} ${pair ?? ""}`.toLowerCase().match(/[a-z]+/g) ?? [];
    const known = new Set(train.flatMap(wordsOf));
    const withNew = test.open("test").filter((example) => wordsOf(example).some((word) => !known.has(word)));
    expect(withNew.length / test.length).toBeGreaterThan(0.6);
  });
});
