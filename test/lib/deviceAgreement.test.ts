import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Device, useDevice } from "../../lib/engine/index.js";
import { search } from "../../lib/search/search.js";
import { TestSet } from "../../lib/task/testSet.js";
import { evaluate } from "../../lib/train/evaluate.js";
import { fineTune } from "../../lib/train/fineTune.js";
import { retrain } from "../../lib/train/retrain.js";
import { testDevices } from "./devices.js";
import { loadTinyBackbone } from "./tinyBackbone.js";
import { createToyData, toyTokenizer } from "./toyTask.js";

const folder = mkdtempSync(join(tmpdir(), "agreement-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const toy = createToyData(8);
const data = { ...toy, dev: toy.dev.slice(0, 4), test: new TestSet(toy.test.open("test").slice(0, 4)) };
const config = { steps: 2, batchSize: 2, promptLength: 3, bottleneckSize: 8, learningRate: 0.01 };

/** The main path on a device: what it plots, and what it predicts. */
async function mainPath(device: Device) {
  await useDevice(device);
  const common = { backbone: await loadTinyBackbone(toyTokenizer), data, seed: 3, runDirectory: join(folder, device) };
  const searched = await search({ ...common, config });
  const retrained = await retrain({ ...common, layers: [1, 2], config });
  const { curves } = await evaluate({ ...common, retrained });
  const tuned = await fineTune({ ...common, config: { steps: 2, batchSize: 2, evaluateEvery: 1 } });
  const scored = await evaluate({ ...common, retrained: tuned });
  return {
    numbers: [
      searched.curves.trainLoss,
      searched.curves.validLoss,
      searched.gates,
      retrained.curves.trainLoss,
      tuned.curves.trainLoss,
    ].flat(),
    predictions: [...curves.predictions, ...scored.curves.predictions],
  };
}

describe.each(testDevices.filter((device) => device !== "cpu"))("on %s", (device) => {
  it("search, retraining, evaluation and fine-tuning give what they give on cpu", async () => {
    const [ours, reference] = [await mainPath(device), await mainPath("cpu")];
    expect(ours.numbers).toHaveLength(reference.numbers.length);
    for (const [i, value] of ours.numbers.entries()) {
      // float32 sums in another order: differences below 1e-6 were seen
      expect(Math.abs(value - (reference.numbers[i] ?? Number.NaN))).toBeLessThan(1e-5);
    }
    expect(ours.predictions).toEqual(reference.predictions);
  });
});
