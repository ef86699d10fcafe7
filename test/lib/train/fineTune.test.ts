import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { ConfigError } from "../../../lib/errors.js";
import { evaluate } from "../../../lib/train/evaluate.js";
import { type FineTuneOptions, fineTune } from "../../../lib/train/fineTune.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { createToyData, toyTokenizer } from "../toyTask.js";

const data = createToyData();
const config = { steps: 6, batchSize: 8, learningRate: 2e-3, evaluateEvery: 3 };
const folder = mkdtempSync(join(tmpdir(), "fine-tune-test-"));
let backbone: Backbone;

beforeAll(async () => {
  await useDevice("onnx");
  backbone = await loadTinyBackbone(toyTokenizer);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A short run in a folder of its own. */
function run(name: string, options: Partial<FineTuneOptions> = {}) {
  return fineTune({ backbone, data, config, runDirectory: join(folder, name), ...options });
}

describe("fineTune", () => {
  it("learns the toy task with every weight, leaves the backbone as it was, and writes a record", async () => {
    const name = "roberta.encoder.layer.0.attention.self.query.weight";
    const before = await backbone.weights[name]?.data();
    const record = await run("learn", { config: { ...config, steps: 60, evaluateEvery: 15 } });
    const { metrics } = await evaluate({ backbone, data, retrained: record, runDirectory: folder });
    expect(metrics.accuracy).toBeGreaterThan(0.9);
    const { trainLoss } = record.curves;
    expect(trainLoss).toHaveLength(60);
    expect(trainLoss.at(-1)).toBeLessThan(trainLoss[0] ?? 0);
    const read = Object.entries(backbone.weights).filter(([name]) => !/pooler|position_ids/.test(name));
    expect(record.parameterCount).toBe(read.reduce((sum, [, weight]) => sum + weight.size, 0));
    expect(await backbone.weights[name]?.data()).toEqual(before);
    expect(existsSync(join(record.directory, "record.json"))).toBe(true);
  });

  it("gives the same numbers for the same seed, and others for another", async () => {
    const [first, again, other] = [
      await run("first", { seed: 3 }),
      await run("again", { seed: 3 }),
      await run("other", { seed: 4 }),
    ];
    expect(again.curves).toEqual(first.curves);
    expect(other.curves.trainLoss).not.toEqual(first.curves.trainLoss);
  });

  it("refuses a setting that it does not know", async () => {
    await expect(run("bad", { config: { stepz: 1 } as never })).rejects.toThrow(ConfigError);
  });
});
