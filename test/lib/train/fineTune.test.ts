import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { ConfigError } from "../../../lib/errors.js";
import { accuracy } from "../../../lib/metrics.js";
import { fineTune } from "../../../lib/train/fineTune.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { createToyData, toyTokenizer } from "../toyTask.js";

const data = createToyData();
const labels = data.test.open("test").map(({ label }) => label);
const config = { steps: 6, batchSize: 8, learningRate: 2e-3, evaluateEvery: 3 };
let backbone: Backbone;

beforeAll(async () => {
  await useDevice("onnx");
  backbone = await loadTinyBackbone(toyTokenizer);
});

describe("fineTune", () => {
  it("learns the toy task with every weight, and leaves the backbone as it was", async () => {
    const name = "roberta.encoder.layer.0.attention.self.query.weight";
    const before = await backbone.weights[name]?.data();
    const result = await fineTune({ backbone, data, config: { ...config, steps: 60, evaluateEvery: 15 } });
    expect(accuracy(labels, result.predictions)).toBeGreaterThan(0.9);
    expect(result.trainLoss).toHaveLength(60);
    expect(result.trainLoss.at(-1)).toBeLessThan(result.trainLoss[0] ?? 0);
    const read = Object.entries(backbone.weights).filter(([name]) => !/pooler|position_ids/.test(name));
    const size = read.reduce((sum, [, weight]) => sum + weight.size, 0);
    expect(result.parameterCount).toBe(size);
    expect(await backbone.weights[name]?.data()).toEqual(before);
  });

  it("gives the same numbers for the same seed, and others for another", async () => {
    const [first, again, other] = [
      await fineTune({ backbone, data, config, seed: 3 }),
      await fineTune({ backbone, data, config, seed: 3 }),
      await fineTune({ backbone, data, config, seed: 4 }),
    ];
    expect(again).toEqual(first);
    expect(other.trainLoss).not.toEqual(first.trainLoss);
  });

  it("stops between two steps and scores what there is", async () => {
    const controller = new AbortController();
    const onProgress = ({ step }: { step: number }): void => {
      if (step === 2) controller.abort();
    };
    const result = await fineTune({ backbone, data, config, signal: controller.signal, onProgress });
    expect(result.trainLoss).toHaveLength(2);
    expect(result.predictions).toHaveLength(data.test.length);
  });

  it("leaves no tensor behind", async () => {
    await fineTune({ backbone, data, config });
    const before = tf.memory().numTensors;
    await fineTune({ backbone, data, config });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses a setting that it does not know", async () => {
    await expect(fineTune({ backbone, data, config: { stepz: 1 } as never })).rejects.toThrow(ConfigError);
  });
});
