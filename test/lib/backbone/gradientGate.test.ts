import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkGradients, promptGradients, smallestCosine } from "../../../lib/backbone/gradientGate.js";
import { loadBackbone, loadModel } from "../../../lib/backbone/loadBackbone.js";
import { readSafetensors, type TensorToWrite, writeSafetensors } from "../../../lib/backbone/safetensors.js";
import { useDevice } from "../../../lib/engine/index.js";
import { ConfigError } from "../../../lib/errors.js";
import { testDevices } from "../devices.js";
import { createWordTokenizer } from "../task/wordTokenizer.js";
import { MODELS } from "./storedCases.js";

const words =
  "The Ġfood Ġwas Ġgood Ġand Ġthe Ġof Ġin Ġyears Ġpeople Ġa It She How He Ġnot Ġknow Ġit Ġwill Ġtwo Ġto . ? ,";
const tokenizer = createWordTokenizer(words.split(" "));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sptlab-gate-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * A copy of roberta-tiny in whose first layer one channel is nearly silent and its weights are enormous: the function is
 * about the same, but the largest weight of every row sets the scale of all others.
 */
async function withOutliers(): Promise<string> {
  const directory = join(folder, "outliers");
  await cp(join(MODELS, "roberta-tiny"), directory, { recursive: true });
  const file = await readSafetensors(join(directory, "model.safetensors"));
  const tensors: Record<string, TensorToWrite> = Object.fromEntries(
    file.names.map((name) => [name, { shape: file.shape(name), values: file.read(name) }]),
  );
  const layer = "roberta.encoder.layer.0";
  const silence = (name: string, value: number): void => {
    const { values } = tensors[name] as TensorToWrite;
    values[0] = value;
  };
  silence(`${layer}.attention.output.LayerNorm.weight`, 1e-5);
  silence(`${layer}.attention.output.LayerNorm.bias`, 0);
  const { values, shape } = tensors[`${layer}.intermediate.dense.weight`] as TensorToWrite;
  for (let row = 0; row < (shape[0] ?? 0); row++) values[row * (shape[1] ?? 0)] = 500;
  await writeSafetensors(join(directory, "model.safetensors"), tensors);
  return directory;
}

describe.each(testDevices)("int8 weights on %s", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });

  it.each(["deberta-tiny", "gpt2-tiny"])(
    "keep the directions of %s's prompt gradients, and are loaded",
    async (name) => {
      const backbone = await loadBackbone(join(MODELS, name), { weights: "int8", tokenizer: tokenizerFor(name) });
      expect(backbone.weightStorage).toBe(device === "cpu" ? "int8, widened to f32" : "int8");
      backbone.dispose();
    },
  );

  it.each(["roberta-tiny", "bert-tiny"])(
    "turn those of %s, whose random weights amplify every rounding, by 0.25 at most",
    async (name) => {
      const [exact, rounded] = [
        await loadModel(join(MODELS, name)),
        await loadModel(join(MODELS, name), { weights: "int8" }),
      ];
      const vocabulary = tokenizerFor(name);
      const gradients = [await promptGradients(exact, vocabulary), await promptGradients(rounded, vocabulary)] as const;
      const angle = Math.acos(smallestCosine(...gradients).cosine);
      expect(angle).toBeGreaterThan(0.02); // for roberta-tiny 0.1967 on cpu, 0.1978 on onnx
      expect(angle).toBeLessThan(0.25);
      for (const model of [exact, rounded]) model.dispose();
    },
  );

  it("are refused where outliers take the precision of all other weights", async () => {
    const directory = await withOutliers();
    const before = tf.memory().numTensors;
    const error: unknown = await loadBackbone(directory, { weights: "int8", tokenizer }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toMatch(
      /at least 0\.99; for .*outliers it is -?\d\.\d{4} in layer \d\. Load it with .*"f16"/,
    );
    expect((error as ConfigError).facts.cosine).toBeLessThan(0.9);
    expect(tf.memory().numTensors).toBe(before);
    (await loadBackbone(directory, { weights: "f16", tokenizer })).dispose();
  });
});

describe("promptGradients", () => {
  beforeAll(async () => {
    await useDevice("onnx");
  });

  it("are of every layer's prompt", async () => {
    const exact = await loadModel(join(MODELS, "gpt2-tiny"));
    const gradients = await promptGradients(exact, tokenizerFor("gpt2-tiny"));
    expect(gradients.map((gradient) => gradient.length)).toEqual([4 * 32, 4 * 32, 4 * 32]);
    for (const gradient of gradients) expect(Math.hypot(...gradient)).toBeGreaterThan(1e-4);
    exact.dispose();
  });

  it("of roberta-nano survive int8 with 0.999", async () => {
    const { tokenizer: vocabulary, dispose } = await loadBackbone("roberta-nano", { weights: "int8" });
    dispose();
    const [exact, rounded] = [await loadModel("roberta-nano"), await loadModel("roberta-nano", { weights: "int8" })];
    const gradients = [await promptGradients(exact, vocabulary), await promptGradients(rounded, vocabulary)] as const;
    const { cosine } = smallestCosine(...gradients);
    expect(cosine).toBeGreaterThan(0.999); // 0.9996 when this was written
    expect(cosine).toBeLessThan(1 - 1e-6); // it is not the exact model twice
    for (const model of [exact, rounded]) model.dispose();
  });
});

describe("smallestCosine and checkGradients", () => {
  const a = [Float32Array.of(1, 0), Float32Array.of(0, 2)];

  it("take the layer that differs most, whatever the lengths", () => {
    const close = [Float32Array.of(3, 0), Float32Array.of(0.2, 2)];
    expect(smallestCosine(a, close)).toEqual({ cosine: expect.closeTo(2 / Math.hypot(0.2, 2), 6), layer: 1 });
    checkGradients("m", a, close);
    const far = [Float32Array.of(3, 3), Float32Array.of(0, 200)];
    expect(() => checkGradients("m", a, far)).toThrow(/for m it is 0\.7071 in layer 0/);
  });

  it("refuse a gradient that is no number", () => {
    const broken = [Float32Array.of(1, 0), Float32Array.of(Number.NaN, 2)];
    expect(() => checkGradients("m", a, broken)).toThrow(/NaN in layer 1/);
  });
});

/** The words' tokenizer with the padding that a model expects. */
function tokenizerFor(name: string) {
  const padTokenId = { "bert-tiny": 0, "deberta-tiny": 0, "gpt2-tiny": 119 }[name] ?? 1;
  return { ...tokenizer, padTokenId };
}
