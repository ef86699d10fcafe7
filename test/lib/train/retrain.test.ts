import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { CheckpointError, ConfigError } from "../../../lib/errors.js";
import type { Progress } from "../../../lib/progress.js";
import { evaluate } from "../../../lib/train/evaluate.js";
import { promptTuning } from "../../../lib/train/promptTuning.js";
import { type RetrainOptions, retrain } from "../../../lib/train/retrain.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { createToyData, toyTokenizer } from "../toyTask.js";

const config = { steps: 6, batchSize: 8, promptLength: 3, bottleneckSize: 8, learningRate: 0.02, evaluateEvery: 3 };
const data = createToyData();
const folder = mkdtempSync(join(tmpdir(), "retrain-test-"));

let backbone: Backbone;
beforeAll(async () => {
  await useDevice("onnx");
  backbone = await loadTinyBackbone(toyTokenizer);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A short retraining in a folder of its own. */
function run(name: string, options: Partial<RetrainOptions> = {}) {
  return retrain({ backbone, data, layers: [1, 2], config, seed: 3, runDirectory: join(folder, name), ...options });
}

/** Aborts once `step` steps are finished. */
function stopAfter(step: number) {
  const controller = new AbortController();
  const onProgress = (progress: Progress) => {
    if (progress.stage !== "activations" && progress.step === step) controller.abort();
  };
  return { signal: controller.signal, onProgress };
}

describe("retrain", () => {
  it("learns the toy task and keeps the best weights on dev", async () => {
    const record = await run("learn", { config: { ...config, steps: 60, evaluateEvery: 15 } });
    expect(record.metrics.devMetric).toBe(Math.max(...record.curves.devMetric));
    expect(record.metrics.devMetric).toBeGreaterThan(0.8);
    expect(record.metrics.bestStep).toBe(
      record.curves.devStep[record.curves.devMetric.indexOf(record.metrics.devMetric ?? 0)],
    );
    // The weights that were kept score on dev what the record says.
    const onDev = await evaluate({
      backbone,
      data,
      retrained: record,
      split: "dev",
      runDirectory: join(folder, "learn"),
    });
    expect(onDev.metrics.accuracy).toBe(record.metrics.devMetric);
  });

  it("goes to the folder that SPTLAB_RUNS names, unless told another one", async () => {
    vi.stubEnv("SPTLAB_RUNS", join(folder, "by-environment"));
    const { directory, id } = await retrain({ backbone, data, layers: [1], config: { ...config, steps: 1 }, seed: 3 });
    vi.unstubAllEnvs();
    expect(directory).toBe(join(folder, "by-environment", id));
  });

  it("gives the same numbers twice, and after a stop", async () => {
    const whole = await run("whole");
    const stopped = await run("resumed", stopAfter(4));
    expect(stopped.status).toBe("stopped");
    const resumed = await run("resumed", { resume: true });
    expect(resumed.curves).toEqual(whole.curves);
    expect(resumed.metrics).toEqual(whole.metrics);
    const weights = (record: typeof whole) => readFileSync(join(record.directory, "weights.safetensors"));
    expect(weights(resumed).equals(weights(whole))).toBe(true);
  });

  it("leaves no tensor behind", async () => {
    await run("warm");
    const before = tf.memory().numTensors;
    const record = await run("counted");
    await evaluate({ backbone, data, retrained: record, runDirectory: join(folder, "counted") });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("counts the parameters of the selected layers only", async () => {
    // One layer: A and B of both PHM layers (n = 4, 32 -> 8 and 8 -> 32) and their biases.
    const perLayer = 64 + 4 * 2 * 8 + 8 + (64 + 4 * 8 * 2 + 32);
    expect((await run("count", { layers: [1, 2] })).parameterCount).toBe(2 * perLayer);
  });

  it("says so when training diverges", async () => {
    const diverging = { ...config, learningRate: 1e38, warmupRatio: 0, clipNorm: 1e30 };
    await expect(run("diverging", { config: diverging })).rejects.toThrow(
      /trainLoss must stay finite.*Lower learningRate/,
    );
  });

  it("refuses layers that the backbone does not have", async () => {
    await expect(run("bad", { layers: [4] })).rejects.toThrow(ConfigError);
  });
});

describe("promptTuning", () => {
  it("trains one static prompt at the input layer", async () => {
    const record = await promptTuning({ backbone, data, config, runDirectory: join(folder, "baseline") });
    expect(record.kind).toBe("prompt-tuning");
    expect(record.config).toMatchObject({ layers: [0], generator: "static", tau: 1 });
    expect(record.parameterCount).toBe(3 * 32);
  });
});

describe("evaluate", () => {
  it("predicts every example, and goes on after a stop", async () => {
    const many = createToyData(80);
    const retrained = await run("scored");
    const options = { backbone, data: many, retrained, split: "train" as const };
    const whole = await evaluate({ ...options, runDirectory: join(folder, "scores") });
    expect(whole.curves.predictions).toHaveLength(80);
    expect(whole.metrics.majority).toBe(0.5);
    const hits = whole.curves.predictions.filter((prediction, i) => prediction === many.train[i]?.label).length;
    expect(whole.metrics.accuracy).toBe(hits / 80);
    const stopped = await evaluate({ ...options, runDirectory: join(folder, "scores-2"), ...stopAfter(1) });
    expect(stopped.status).toBe("stopped");
    const resumed = await evaluate({ ...options, runDirectory: join(folder, "scores-2"), resume: true });
    expect(resumed.curves).toEqual(whole.curves);
    expect(resumed.metrics).toEqual(whole.metrics);
  });

  it("refuses a stopped retraining, another backbone, and weights that are gone", async () => {
    const stopped = await run("stopped", stopAfter(1));
    await expect(evaluate({ backbone, data, retrained: stopped })).rejects.toThrow(/was stopped after 1 steps/);
    const retrained = await run("gone");
    await expect(evaluate({ backbone: { ...backbone, hash: "other" }, data, retrained })).rejects.toThrow(ConfigError);
    rmSync(join(retrained.directory, "weights.safetensors"));
    await expect(evaluate({ backbone, data, retrained })).rejects.toThrow(CheckpointError);
    expect(existsSync("runs/evaluate-toy")).toBe(false);
  });
});
