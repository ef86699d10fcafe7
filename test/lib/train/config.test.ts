import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useDevice } from "../../../lib/engine/index.js";
import { findMethod } from "../../../lib/methods/registry.js";
import { createOptimizer, learningRateAt, optimizerConfigSchema } from "../../../lib/train/config.js";
import { loadTinyBackbone } from "../tinyBackbone.js";

beforeAll(async () => {
  await useDevice("cpu");
});

describe("learningRateAt", () => {
  const rates = (input: object) => {
    const rateAt = learningRateAt(optimizerConfigSchema.parse({ steps: 10, learningRate: 0.5, ...input }));
    return [0, 1, 2, 6, 9].map((step) => Number(rateAt(step).toFixed(6)));
  };

  it("warms up and decays by default, and stays where it is when constant", () => {
    expect(rates({ warmupRatio: 0.2 })).toEqual([0, 0.25, 0.5, 0.25, 0.0625]);
    expect(rates({ warmupRatio: 0.2, schedule: "linear" })).toEqual(rates({ warmupRatio: 0.2 }));
    expect(rates({ warmupRatio: 0.2, schedule: "constant" })).toEqual([0, 0.25, 0.5, 0.5, 0.5]);
    expect(rates({ warmupRatio: 0, schedule: "constant" })).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
  });

  it("has a schedule in a run's identity only where somebody sets it", () => {
    expect(optimizerConfigSchema.parse({})).not.toHaveProperty("schedule");
  });

  it("runs IDPG as its authors do: Adam with decay, a constant rate and no clipping", async () => {
    const { config } = findMethod("idpg").configure(await loadTinyBackbone(), { phmDim: 4 });
    expect(config).toMatchObject({
      schedule: "constant",
      warmupRatio: 0,
      clipNorm: 0,
      weightDecay: 0.1,
      batchSize: 16,
    });
    expect(config).toMatchObject({ betas: [0.9, 0.98], epsilon: 1e-6, promptLength: 5, bottleneckSize: 16 });
    expect(learningRateAt(config)(config.steps - 1)).toBe(config.learningRate);
  });
});

describe("createOptimizer", () => {
  it.each([
    [1, 1],
    [0, 10],
  ])("with clipNorm %d steps on a gradient of norm 10 as on one of norm %d", (clipNorm, norm) => {
    const w = tf.variable(tf.zeros([1, 1]));
    const optimizer = createOptimizer({ w }, optimizerConfigSchema.parse({ clipNorm, betas: [0.9, 0.98] }));
    optimizer.apply({ w: tf.tensor2d([[10]]) }, tf.scalar(0.1));
    expect(optimizer.state()["m.w"]?.dataSync()[0]).toBeCloseTo((1 - 0.9) * norm, 5);
  });
});
