/** Every method from a fresh model to a score: it learns, stops and goes on, and is read back. */

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { readSafetensors } from "../../../lib/backbone/safetensors.js";
import { useDevice } from "../../../lib/engine/index.js";
import { CheckpointError, ConfigError } from "../../../lib/errors.js";
import { readRecordedResults } from "../../../lib/experiments/recordedResults.js";
import { recordedSettings } from "../../../lib/methods/recordedSettings.js";
import { METHODS } from "../../../lib/methods/registry.js";
import { loadTrained } from "../../../lib/methods/trainedModel.js";
import { type TrainMethodOptions, trainMethod } from "../../../lib/methods/trainMethod.js";
import type { Progress } from "../../../lib/progress.js";
import { gates } from "../../../lib/prompt/gate.js";
import { PromptHypernetwork } from "../../../lib/prompt/promptHypernetwork.js";
import { type RunRecord, readRecord, writeRecord } from "../../../lib/runRecord.js";
import type { SearchRecord } from "../../../lib/search/search.js";
import { selectLayers } from "../../../lib/search/selectLayers.js";
import { createVerbalizer } from "../../../lib/task/verbalizer.js";
import { evaluate } from "../../../lib/train/evaluate.js";
import { relativeError } from "../golden.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { createToyData, toyTokenizer } from "../toyTask.js";

const folder = mkdtempSync(join(tmpdir(), "methods-test-"));
const data = createToyData();
const testRows = data.test.open("test");
let backbone: Backbone;
beforeAll(async () => {
  await useDevice("onnx");
  backbone = await loadTinyBackbone(toyTokenizer);
});
afterAll(() => rmSync(folder, { recursive: true }));

const PROMPTS = { promptLength: 3, bottleneckSize: 8, learningRate: 0.03 };

/** Settings with which each method learns the toy task on a random backbone in about a hundred steps. */
function settings(id: string, steps: number): Record<string, unknown> {
  const common = { steps, batchSize: 8, evaluateEvery: Math.ceil(steps / 4) };
  if (id === "full") return { ...common, learningRate: 2e-3 };
  if (id === "bitfit") return { ...common, learningRate: 0.02 };
  if (id === "lora" || id.startsWith("adapter")) return { ...common, learningRate: 0.02 };
  if (id === "idpg") return { ...common, ...PROMPTS, phmDim: 4 };
  if (id.startsWith("lpt")) return { ...common, ...PROMPTS, promptLength: 6, layers: [1] };
  if (id === "spt-hypernetwork") return { ...PROMPTS, batchSize: 8, steps };
  if (id === "p-tuning-v2") return { ...common, promptLength: 3, learningRate: 0.03 };
  if (["prompt-tuning", "all-layers"].includes(id)) return { ...common, ...PROMPTS };
  const isSearched = METHODS.find((method) => method.id === id)?.configSchema.safeParse({
    search: { steps: 2 },
  }).success;
  return {
    ...common,
    ...PROMPTS,
    topK: 2,
    ...(isSearched ? { search: { steps: Math.min(4, steps), batchSize: 8 } } : {}),
  };
}

/** Trains in a folder of the method's own. */
function run(id: string, steps: number, options: Partial<TrainMethodOptions> = {}) {
  const config = { ...settings(id, steps), ...options.config };
  return trainMethod({ method: id, backbone, data, seed: 3, runDirectory: join(folder, id), ...options, config });
}

/** Stops a stage after `step` steps of it. */
function stopAfter(step: number, stage?: string): Pick<TrainMethodOptions, "signal" | "onProgress"> {
  const controller = new AbortController();
  const onProgress = (progress: Progress) => {
    if (progress.stage === (stage ?? progress.stage) && progress.stage !== "activations" && progress.step === step)
      controller.abort();
  };
  return { signal: controller.signal, onProgress };
}

describe.each(METHODS.map(({ id }) => id))("%s", (id) => {
  it("learns the toy task well above the majority, and leaves no tensor behind", async () => {
    await run(id, 1, { runDirectory: join(folder, "warm") });
    const before = tf.memory().numTensors;
    const opened = data.test.openedBy.length;
    const { record } = await run(id, 160);
    expect(data.test.openedBy).toHaveLength(opened); // training has not seen the test set
    expect(record.status).toBe("completed");
    const { metrics, curves, parameterCount } = await evaluate({
      backbone,
      data,
      retrained: record,
      runDirectory: folder,
    });
    expect(metrics.majority).toBe(0.5);
    expect(metrics.accuracy).toBeGreaterThan(0.7);
    expect(parameterCount).toBe(record.parameterCount);
    expect(record.parameterFormula).toEqual({ text: expect.stringMatching(/\d/), count: parameterCount });
    expect(record.metrics.devMetric).toBeGreaterThan(0.7);
    const trained = await loadTrained({ record, backbone, task: data.task });
    expect(await trained.predict(testRows)).toEqual(curves.predictions);
    trained.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.each(["full", "lora", "adapter-drop", "prompt-tuning", "p-tuning-v2", "idpg", "lpt-mppg", "spt"])(
  "%s",
  (id) => {
    it("goes on after a stop with the same curve, and is read back from another folder with the same logits", async () => {
      const whole = await run(id, 4, { runDirectory: join(folder, "whole") });
      const kind = whole.record.kind;
      const stopped = await run(id, 4, { runDirectory: join(folder, "parts"), ...stopAfter(2, kind) });
      expect([stopped.record.status, stopped.record.finishedSteps]).toEqual(["stopped", 2]);
      const resumed = await run(id, 4, { runDirectory: join(folder, "parts"), resume: true });
      expect(resumed.record.curves).toEqual(whole.record.curves);

      const logits = await logitsOf(whole.record);
      expect(logits.flat().every(Number.isFinite)).toBe(true);
      const moved = join(folder, "moved", id);
      cpSync(resumed.record.directory, moved, { recursive: true });
      const record = await readRecord(moved);
      if (record === undefined) throw new Error("no record");
      expect(await logitsOf(record)).toEqual(logits);
    });
  },
);

/** Class logits of the test examples, by the weights that lie beside a record. */
async function logitsOf(record: RunRecord) {
  const trained = await loadTrained({ record, backbone, task: data.task });
  const logits = await trained.logits(testRows);
  trained.dispose();
  return logits;
}

describe("a trained model", () => {
  it("has the rate that is recorded for its backbone, below a caller's own", async () => {
    const hash = readRecordedResults("defaults")[0]?.modelHash ?? "";
    const options = {
      method: "bitfit",
      backbone: Object.create(backbone, { hash: { value: hash } }) as Backbone,
      data,
      runDirectory: join(folder, "recorded"),
    };
    const rateWith = async (config: object): Promise<unknown> =>
      (await trainMethod({ ...options, config: { steps: 1, batchSize: 8, ...config } })).record.config.learningRate;
    expect(await rateWith({})).toBe(recordedSettings("bitfit", hash).learningRate);
    expect(await rateWith({ learningRate: 0.5 })).toBe(0.5);
  });

  it("keeps its head, and scores on dev what its record says", async () => {
    const { record } = await run("lora", 12, { config: { head: "classifier" } });
    expect(record.parameterCount).toBe(4 * 2 * 2 * 32 * 8 + 32 * 2 + 2);
    expect(record.parameterFormula.text).toBe("L·2·2Dr = 4·2·2·32·8 + head D·C + C = 32·2 + 2");
    expect(record.parameterFormula.count).toBe(record.parameterCount);
    const onDev = await evaluate({ backbone, data, retrained: record, split: "dev", runDirectory: folder });
    expect(onDev.metrics.accuracy).toBe(record.metrics.devMetric);
  });

  it("refuses another backbone, a stopped run, and weights that are gone", async () => {
    const { record } = await run("lora", 1);
    const task = data.task;
    const other = { ...backbone, name: "other", hash: "other" };
    await expect(loadTrained({ record, backbone: other, task })).rejects.toThrow(
      /was trained on roberta-tiny; got other, which has other weights/,
    );
    const stopped = { ...record, status: "stopped" as const };
    await expect(loadTrained({ record: stopped, backbone, task })).rejects.toThrow(ConfigError);
    rmSync(join(record.directory, "weights.safetensors"));
    await expect(loadTrained({ record, backbone, task })).rejects.toThrow(CheckpointError);
  });
});

describe("methods that choose layers", () => {
  it("retrain the layers that their search found", async () => {
    const { record, searched } = await run("darts", 2);
    if (searched === undefined) throw new Error("there was no search");
    expect(searched.config).toMatchObject({ isReparameterised: false, isConsistent: false, topK: 2, promptLength: 3 });
    expect(record.config.layers).toEqual(selectLayers(searched));
  });

  it("fix what makes them ablations", async () => {
    const searchOf = async (id: string) => (await run(id, 2)).searched?.config;
    expect(await searchOf("spt")).toMatchObject({ isReparameterised: true, isConsistent: true });
    expect(await searchOf("spt-no-reparam")).toMatchObject({ isReparameterised: false, isConsistent: true });
    expect(await searchOf("spt-no-consistency")).toMatchObject({ isReparameterised: true, isConsistent: false });
    expect(await searchOf("spt-single-level")).toMatchObject({ isSingleLevel: true });
  });

  it("train both levels on the same batches where there is one level", async () => {
    const losses = async (id: string) => {
      const { searched } = await run(id, 1, { config: { search: { steps: 1, batchSize: 8, isConsistent: false } } });
      return [searched?.curves.validLoss[0], searched?.curves.trainLoss[0]] as [number, number];
    };
    // One batch, before and after a step on the gates alone, which moves the loss little; then two batches.
    const [valid, train] = await losses("spt-single-level");
    expect(valid).not.toBe(train);
    expect(Math.abs(valid - train)).toBeLessThan(0.02);
    const [otherValid, otherTrain] = await losses("spt");
    expect(Math.abs(otherValid - otherTrain)).toBeGreaterThan(0.02);
  });

  it("draw random layers by the seed, and take all of them where none is chosen", async () => {
    const layersOf = async (id: string, seed: number, config: object = { topK: 2 }) =>
      (await run(id, 1, { seed, config: { ...config } })).record.config.layers;
    const drawn = await Promise.all([1, 2, 3, 4, 5].map((seed) => layersOf("random-k", seed)));
    expect(new Set(drawn.map(String)).size).toBeGreaterThan(1);
    expect(await layersOf("random-k", 2)).toEqual(drawn[1]);
    for (const layers of drawn as number[][]) {
      expect(layers).toHaveLength(2);
      expect(layers).toEqual([...new Set(layers)].sort((a, b) => a - b));
    }
    expect(await layersOf("all-layers", 1, {})).toEqual([0, 1, 2, 3]);
  });

  it("stop during the search, and go on with it", async () => {
    const runDirectory = join(folder, "search-stop");
    const stopped = await run("spt", 3, { runDirectory, ...stopAfter(2, "search") });
    expect([stopped.record.kind, stopped.record.status]).toEqual(["search", "stopped"]);
    const resumed = await run("spt", 3, { runDirectory, resume: true });
    expect(resumed.record.curves).toEqual((await run("spt", 3)).record.curves);
  });
});

describe("the hyper-network that is not discretised", () => {
  it("is scored on dev once, also when its search had been run before", async () => {
    const { record } = await run("spt-hypernetwork", 4);
    const common = { backbone, data, runDirectory: join(folder, "spt-hypernetwork") };
    const { metrics } = await evaluate({ ...common, retrained: record, split: "dev" });
    expect(record.metrics.devMetric).toBe(metrics.accuracy);
    expect(await readRecord(record.directory)).toEqual(record);
    expect((await run("spt-hypernetwork", 4, { resume: true })).record).toEqual(record);
    const { devMetric: _, ...unscored } = record.metrics;
    await writeRecord({ ...record, metrics: unscored });
    expect((await run("spt-hypernetwork", 4, { resume: true })).record).toEqual(record);
  });

  it("predicts with its gates as the search left them", async () => {
    const { record } = await run("spt-hypernetwork", 4);
    const file = await readSafetensors(join(record.directory, "weights.safetensors"));
    const alphas = tf.tensor1d(file.readFloats("alphas"));
    const weights = Object.fromEntries(
      file.names
        .filter((name) => name !== "alphas")
        .map((name) => [name, tf.tensor(file.readFloats(name), [...file.shape(name)])]),
    );
    const { tokenIds } = createVerbalizer(toyTokenizer, data.task.labelWords);
    const network = new PromptHypernetwork(backbone, { ...(record as SearchRecord).config, layers: [0, 1, 2, 3] });
    const trained = await loadTrained({ record, backbone, task: data.task });
    const examples = trained.reader.encode(testRows.slice(0, 4));
    const gate = gates(alphas, { isReparameterised: true }).reshape<tf.Tensor2D>([1, 4]);
    expect([...gate.dataSync()]).not.toEqual([0.5, 0.5, 0.5, 0.5]);
    const expected = backbone.logits(network.forward(weights, trained.reader.batch(examples), gate), tokenIds);
    expect(relativeError(tf.tensor(await trained.predictor.logits(examples)), expected)).toBeLessThan(1e-5);
    trained.dispose();
  });
});
