import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../../lib/backbone/loadBackbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { METHODS } from "../../../lib/methods/registry.js";
import { trainMethod } from "../../../lib/methods/trainMethod.js";
import { pretrain } from "../../../lib/pretrain/pretrain.js";
import { search } from "../../../lib/search/search.js";
import { TestSet } from "../../../lib/task/testSet.js";
import { evaluate } from "../../../lib/train/evaluate.js";
import { promptTuning } from "../../../lib/train/promptTuning.js";
import { retrain } from "../../../lib/train/retrain.js";
import { goldenTensor, openGolden } from "../golden.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { createToyData, toyTokenizer } from "../toyTask.js";

const folder = mkdtempSync(join(tmpdir(), "kernels-test-"));
const used = new Set<string>();
const usedBy = new Map<() => Promise<void>, readonly string[]>();
beforeAll(async () => {
  await useDevice("cpu"); // it has no fused kernels, as tensorflow and wasm have none: the operations are theirs
  for (const config of tf.getKernelsForBackend("cpu")) {
    tf.unregisterKernel(config.kernelName, "cpu");
    const kernelFunc: tf.KernelFunc = (parameters) => {
      used.add(config.kernelName);
      return config.kernelFunc(parameters);
    };
    tf.registerKernel({ ...config, kernelFunc });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Kernels that the package of a fixture lacks, of those that `run` uses. */
async function lacking(fixture: string, run: () => Promise<void>): Promise<string[]> {
  if (!usedBy.has(run)) {
    used.clear();
    await run();
    usedBy.set(run, [...used]);
  }
  const names = usedBy.get(run) ?? [];
  expect(names).toContain("BatchMatMul");
  const { kernels } = JSON.parse(readFileSync(`test/fixtures/kernels/${fixture}.json`, "utf8")) as {
    kernels: string[];
  };
  return names.filter((name) => !kernels.includes(name));
}

function fewExamples() {
  const data = createToyData(8);
  return { ...data, dev: data.dev.slice(0, 4), test: new TestSet(data.test.open("test").slice(0, 4)) };
}

/** A stage's smallest run, in every variant that computes differently. */
async function searchAndTrain(): Promise<void> {
  const backbone = await loadTinyBackbone(toyTokenizer);
  const common = { backbone, data: fewExamples(), runDirectory: folder };
  const config = { steps: 1, batchSize: 2, promptLength: 3, bottleneckSize: 8 };
  for (const change of [
    {},
    { order: 2 as const },
    { order: 2 as const, secondOrder: "exact" as const },
    { isReparameterised: false, isConsistent: false },
    { generator: "static" as const },
    { generator: "naive" as const, head: "classifier" as const },
  ]) {
    await search({ ...common, config: { ...config, ...change } });
  }
  const retrained = await retrain({ ...common, layers: [1, 2], config });
  await evaluate({ ...common, retrained });
  await promptTuning({ ...common, config });
}

/** Intermediate-task training included. */
async function pretrainBriefly(): Promise<void> {
  const text = Array.from({ length: 120 }, (_, i) => `the ${i % 2 ? "old" : "young"} cat sees ${i % 3} birds .`);
  writeFileSync(join(folder, "corpus.txt"), text.join("\n"));
  const labelled = text.map((line, i) => JSON.stringify({ text: line, label: i % 2 }));
  writeFileSync(join(folder, "imdb.jsonl.gz"), gzipSync(labelled.join("\n")));
  await pretrain({
    corpus: [join(folder, "corpus.txt")],
    output: join(folder, "out"),
    vocabSize: 300,
    hiddenSize: 16,
    headCount: 2,
    intermediateSize: 32,
    maxLength: 32,
    layersSchedule: [1, 2],
    phaseShares: [0.5, 0.5],
    batchSize: 4,
    rowLength: 16,
    auxiliary: folder,
    auxiliaryShares: [0.5, 0.5],
    isGlove: false,
    heldOutShare: 0.2,
    heldOutBatches: 1,
    steps: 4,
  });
}

/** Forward and backward through one stored batch of every model fixture. */
async function everyFamily(): Promise<void> {
  for (const name of readdirSync("test/fixtures/models")) {
    const stored = readdirSync(`test/fixtures/models/${name}`).find((file) => file.endsWith(".inputs.safetensors"));
    if (stored === undefined) continue;
    const { model, config, dispose } = await loadModel(`test/fixtures/models/${name}`);
    const file = await openGolden(`models/${name}/${stored}`);
    const mask = goldenTensor<tf.Tensor2D>(file, "attention_mask");
    tf.grad((embedded: tf.Tensor) => {
      let hidden = embedded as tf.Tensor3D;
      const bias = model.attentionBias(mask, 0);
      for (let layer = 0; layer < config.layerCount; layer++) hidden = model.layer(layer, hidden, bias);
      return model.logits(hidden.reshape([-1, config.hiddenSize]), [7, 9]).sum();
    })(model.embed(goldenTensor(file, "input_ids"), mask));
    dispose();
  }
}

/** All methods that are no variant of SPT. */
async function everyMethod(): Promise<void> {
  const backbone = await loadTinyBackbone(toyTokenizer);
  const config = { steps: 2, batchSize: 2, evaluateEvery: 1 };
  for (const { id } of METHODS.filter(({ kind }) => kind === "train")) {
    await trainMethod({ method: id, backbone, data: fewExamples(), config, runDirectory: folder });
  }
}

describe("every kernel that the library uses, forward and backward,", () => {
  it.each([
    ["search, retraining and evaluation", searchAndTrain],
    ["every method", everyMethod],
    ["pre-training", pretrainBriefly],
    ["each backbone family", everyFamily],
  ])("is one of tfjs-node's in %s", async (_, run) => {
    expect(await lacking("tfjs-node-4.22.0", run)).toEqual([]);
  });

  it("is one of tfjs-wasm's in search, retraining and evaluation", async () => {
    expect(await lacking("tfjs-backend-wasm-4.22.0", searchAndTrain)).toEqual([]);
  });
});
