import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { METHODS } from "../../../lib/methods/registry.js";
import { trainMethod } from "../../../lib/methods/trainMethod.js";
import { hashTask } from "../../../lib/task/hashExamples.js";
import { TestSet } from "../../../lib/task/testSet.js";
import { evaluate } from "../../../lib/train/evaluate.js";
import { promptTuning } from "../../../lib/train/promptTuning.js";
import { retrain } from "../../../lib/train/retrain.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { createToyData, toyTokenizer } from "../toyTask.js";

const folder = mkdtempSync(join(tmpdir(), "test-set-"));
const config = { steps: 2, batchSize: 4, promptLength: 2, bottleneckSize: 8 };

let backbone: Backbone;
beforeAll(async () => {
  await useDevice("onnx");
  backbone = await loadTinyBackbone(toyTokenizer);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** One step of everything that a method trains. */
function smallest(id: string): Record<string, unknown> {
  const schema = METHODS.find((method) => method.id === id)?.configSchema;
  const wanted = {
    batchSize: 2,
    bottleneckSize: 8,
    phmDim: 4,
    layers: [1],
    topK: 1,
    search: { steps: 1, batchSize: 2 },
  };
  const known = Object.entries(wanted).filter(([name, value]) => schema?.safeParse({ [name]: value }).success);
  return { steps: 1, ...Object.fromEntries(known) };
}

describe("a test set", () => {
  it("is cut to the same rows each time, of all of it, with its own hash and readers", () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({ text: String(i), label: i % 2 }));
    const whole = new TestSet(rows);
    const cut = whole.sample(10);
    expect(cut.open("me")).toEqual(new TestSet(rows).sample(10).open("me"));
    expect(new Set(cut.open("me").map(({ text }) => text)).size).toBe(10);
    expect(cut.open("me")).not.toEqual(rows.slice(0, 10));
    expect(cut.hash).not.toBe(whole.hash);
    expect(whole.openedBy).toEqual([]);
    expect(whole.sample(50)).toBe(whole);
  });

  it("writes down who opens it, and is one object however the data are spread", () => {
    const data = createToyData();
    const fewer = { ...data, train: data.train.slice(0, 4) };
    expect(fewer.test.open("run-1")).toHaveLength(24);
    expect(data.test.openedBy).toEqual(["run-1"]);
  });

  it("shows no row unless it is opened", () => {
    const rows = [{ text: "unheard of", label: 1 }];
    const test = new TestSet(rows);
    expect(inspect(test, { depth: 9, showHidden: true }) + JSON.stringify(test)).not.toContain("unheard");
    expect(test.length).toBe(1);
    expect(test.hash).not.toBe(new TestSet([{ text: "unheard of", label: 0 }]).hash);
  });

  it.each(METHODS.map(({ id }) => id))("has rows that training %s does without", async (method) => {
    const full = createToyData(8);
    const data = { ...full, dev: full.dev.slice(0, 2), test: { length: full.test.length, hash: full.test.hash } };
    const { record } = await trainMethod({ method, backbone, data, config: smallest(method), runDirectory: folder });
    expect([record.status, record.dataHash]).toEqual(["completed", hashTask(data.task, data)]);
  });

  it("is opened once by the evaluation of each model", async () => {
    const data = createToyData();
    const selective = await retrain({ backbone, data, layers: [1], config, runDirectory: folder });
    const inputOnly = await promptTuning({ backbone, data, config, runDirectory: folder });
    expect(data.test.openedBy).toEqual([]);
    for (const retrained of [selective, inputOnly]) {
      const { curves } = await evaluate({ backbone, data, retrained, runDirectory: folder });
      expect(curves.predictions).toHaveLength(data.test.length);
    }
    expect(data.test.openedBy).toEqual([selective.id, inputOnly.id]);
  });

  it("is not opened to score train or dev", async () => {
    const data = createToyData();
    const retrained = await retrain({ backbone, data, layers: [1], config, runDirectory: folder });
    await evaluate({ backbone, data, retrained, split: "dev", runDirectory: folder });
    expect(data.test.openedBy).toEqual([]);
  });
});
