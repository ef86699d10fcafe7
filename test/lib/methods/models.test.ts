/** What each method changes in a backbone, and nothing else. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { linearMaps, modelOver } from "../../../lib/backbone/loadBackbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { createHead } from "../../../lib/prompt/clozeHead.js";
import { createGenerator } from "../../../lib/prompt/promptGenerator.js";
import type { Weights } from "../../../lib/prompt/weights.js";
import { createRandom } from "../../../lib/random.js";
import { valueAndGradients } from "../../../lib/train/gradients.js";
import type { ModelInputs } from "../../../lib/train/tunableModel.js";
import { relativeError } from "../golden.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { lossOf, noisyWeights, TINY_BACKBONES, tinyBatch, tinyModel } from "./tinyModels.js";

beforeAll(async () => {
  await useDevice("cpu");
});

/** Last-layer states that `readout` picks, of the backbone over some weights and without any method. */
function plainStates(
  backbone: Backbone,
  weights: Weights,
  { inputIds, attentionMask, readout }: ModelInputs,
): tf.Tensor {
  const model = modelOver(backbone, weights);
  const bias = model.attentionBias(attentionMask, 0);
  let hidden = model.embed(inputIds, attentionMask);
  for (let layer = 0; layer < backbone.config.layerCount; layer++) hidden = model.layer(layer, hidden, bias);
  return tf.matMul(readout, hidden).squeeze([1]);
}

describe.each(TINY_BACKBONES)("on %s", (name) => {
  it.each(["full", "bitfit", "lora", "adapter", "adapter-drop"])("a fresh %s is the frozen backbone", async (id) => {
    const backbone = await loadTinyBackbone(undefined, name);
    const { model, head } = tinyModel(backbone, id);
    const batch = tinyBatch(backbone);
    const weights = model.initialWeights(createRandom(2));
    const states = model.forward(weights, batch);
    const expected = plainStates(backbone, backbone.weights, batch);
    expect(relativeError(states, expected)).toBeLessThan(1e-6);
    const logits = head.logits(weights, states, model.headModel(weights));
    expect(relativeError(logits, backbone.logits(expected as tf.Tensor2D, [17, 42]))).toBeLessThan(1e-6);
  });

  it("LoRA is the backbone with its update added to the rows of queries and of values", async () => {
    const backbone = await loadTinyBackbone(undefined, name);
    const { model, head, config } = tinyModel(backbone, "lora");
    const weights = noisyWeights(model, head);
    const scale = Number(config.alpha) / Number(config.rank);
    const merged: Record<string, tf.Tensor> = { ...backbone.weights };
    for (let layer = 0; layer < backbone.config.layerCount; layer++) {
      for (const role of ["query", "value"] as const) {
        const [A, B] = ["A", "B"].map((part) => weights[`lora.${layer}.${role}.${part}`] as tf.Tensor2D);
        const update = tf.matMul(A as tf.Tensor2D, B as tf.Tensor2D).mul(scale); // [in, out]
        const [stored, whole] = placed(linearMaps(backbone, layer)[role], role, update as tf.Tensor2D, backbone);
        merged[stored] = (merged[stored] as tf.Tensor).add(whole);
      }
    }
    const batch = tinyBatch(backbone);
    const states = model.forward(weights, batch);
    expect(relativeError(states, plainStates(backbone, merged, batch))).toBeLessThan(2e-5);
    expect(relativeError(states, plainStates(backbone, backbone.weights, batch))).toBeGreaterThan(1e-2);
  });

  it("an adapter that only shifts is the backbone with other biases", async () => {
    const backbone = await loadTinyBackbone(undefined, name);
    const { model } = tinyModel(backbone, "adapter-drop");
    const random = createRandom(3);
    const weights = model.initialWeights(random);
    const shifted: Record<string, tf.Tensor> = { ...backbone.weights };
    for (let layer = 1; layer < backbone.config.layerCount; layer++) {
      const maps = linearMaps(backbone, layer);
      for (const [part, map] of [
        ["attention", maps.attentionOutput],
        ["output", maps.output],
      ] as const) {
        const shift = tf.tensor1d(Float32Array.from({ length: 32 }, () => random.normal()));
        weights[`adapter.${layer}.${part}.up.b`] = shift;
        shifted[`${map}.bias`] = (shifted[`${map}.bias`] as tf.Tensor).add(shift);
      }
    }
    expect(Object.keys(weights).some((key) => key.startsWith("adapter.0."))).toBe(false); // 5 of 12 of 4 layers: 1
    const batch = tinyBatch(backbone);
    expect(relativeError(model.forward(weights, batch), plainStates(backbone, shifted, batch))).toBeLessThan(2e-5);
  });

  it.each(["adapter-drop", "idpg", "idpg, all layers", "lpt-mppg"])(
    "%s trains on what its frozen part gives",
    async (id) => {
      const backbone = await loadTinyBackbone(undefined, name);
      const tiny = tinyModel(backbone, id);
      const batch = tinyBatch(backbone, tiny.config.promptLength);
      const { frozenPart } = tiny.model;
      if (frozenPart === undefined) throw new Error(`${id} must have a frozen part`);
      const cached = { ...batch, [frozenPart.input]: frozenPart.compute(batch) };
      const weights = noisyWeights(tiny.model, tiny.head);
      const [own, given] = [
        valueAndGradients(lossOf(tiny, batch), weights),
        valueAndGradients(lossOf(tiny, cached), weights),
      ];
      expect(relativeError(given.losses.logits, own.losses.logits)).toBeLessThan(1e-6);
      for (const [key, gradient] of Object.entries(own.gradients)) {
        expect(relativeError(given.gradients[key] as tf.Tensor, gradient), key).toBeLessThan(1e-5);
      }
    },
  );
});

/** A [in, out] update of a map as a change of the stored weight that it is part of, by that weight's name. */
function placed(map: string, role: "query" | "value", update: tf.Tensor2D, backbone: Backbone): [string, tf.Tensor] {
  const { headCount: H, hiddenSize: D } = backbone.config;
  const zeros = tf.zeros([D, D]);
  const fused = (a: tf.Tensor) =>
    role === "query" ? [a, tf.zerosLike(a), tf.zerosLike(a)] : [tf.zerosLike(a), tf.zerosLike(a), a];
  if (map.includes("c_attn")) return [`${map.replace(/\.\w+$/, "")}.weight`, tf.concat(fused(update), 1)]; // [in, 3·out]
  if (!map.includes("in_proj")) return [`${map}.weight`, update.transpose().add(zeros)];
  const perHead = update.transpose().reshape([H, 1, D / H, D]); // rows grouped per head as q, k, v
  return [`${map.replace(/\.\w+$/, "")}.weight`, tf.concat(fused(perHead), 1).reshape([3 * D, D])];
}

describe("IDPG", () => {
  it("gives each layer the shared rows plus a bias of its own, made from the sentence vector", async () => {
    const backbone = await loadTinyBackbone();
    const entered: tf.Tensor[] = [];
    const watched: Backbone = {
      ...backbone,
      layer: (index, hidden, bias, readout) => {
        if (hidden.shape[1] === 12) entered[index] = hidden.slice([0, 0, 0], [3, 4, 32]);
        return backbone.layer(index, hidden, bias, readout);
      },
    };
    const { model, head } = tinyModel(watched, "idpg, all layers");
    const weights = { ...noisyWeights(model, head) };
    const batch = tinyBatch(backbone, 4);
    model.forward(weights, batch);
    const first = entered[0] as tf.Tensor;
    const gap = (layer: number) => (weights[`gen.${layer}.b`] as tf.Tensor).sub(weights["gen.0.b"] as tf.Tensor);
    for (const layer of [1, 2, 3]) {
      const difference = (entered[layer] as tf.Tensor).sub(first).reshape([3, 128]);
      expect(difference.sub(gap(layer)).abs().max().dataSync<"float32">()[0]).toBeLessThan(1e-5);
    }
    const rows = tf.unstack(first.reshape([3, 128]));
    expect(relativeError(rows[0] as tf.Tensor, rows[1] as tf.Tensor)).toBeGreaterThan(1e-3); // they depend on the text
  });
});

describe("the max-pooled generator", () => {
  it("takes the greatest of each bin behind the lower map, padding left out", () => {
    const generator = createGenerator({
      name: "g",
      kind: "max-pooled",
      hiddenSize: 2,
      promptLength: 2,
      bottleneckSize: 2,
      phmDim: 1,
      activation: "identity",
    });
    const identity = tf.tensor3d([1, 0, 0, 1], [1, 2, 2]);
    const weights = {
      "g.down.B": identity.neg(),
      "g.down.b": tf.zeros([2]),
      "g.up.B": identity,
      "g.up.b": tf.tensor1d([10, 0]),
    };
    // three rows of text and one of padding; bins: rows 0 and 1, rows 1 and 2
    const text = tf.tensor3d([1, -4, 2, 5, -3, 6, -100, -100], [1, 4, 2]);
    const pooling = tf.tensor3d([0.5, 0.5, 0, 0, 0, 0.5, 0.5, 0], [1, 2, 4]);
    expect(generator.generate(weights, text, pooling).arraySync()).toEqual([
      [
        [9, 4],
        [13, -5],
      ],
    ]);
  });
});

describe("the classifier head", () => {
  it("leaves the vocabulary head's weights out of full fine-tuning", async () => {
    const backbone = await loadTinyBackbone();
    const { model } = tinyModel(backbone, "full, classifier");
    const names = Object.keys(model.initialWeights(createRandom(1)));
    expect(names.filter((weight) => weight.startsWith("lm_head"))).toEqual([]);
    expect(createHead("classifier", backbone, [17, 42]).initialWeights(createRandom(1))).toHaveProperty("head.W");
  });
});
