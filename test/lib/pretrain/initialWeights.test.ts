import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { parseRobertaConfig, robertaModel } from "../../../lib/backbone/roberta.js";
import { useDevice } from "../../../lib/engine/index.js";
import { configJson } from "../../../lib/pretrain/exportModel.js";
import {
  initialWeights,
  stackLayers,
  startFromWordVectors,
  type WeightValues,
} from "../../../lib/pretrain/initialWeights.js";
import { createRandom } from "../../../lib/random.js";

const config = (layerCount: number) =>
  parseRobertaConfig(
    configJson({
      family: "roberta",
      clozePosition: "mask",
      layerCount,
      hiddenSize: 16,
      headCount: 2,
      vocabSize: 40,
      maxLength: 16,
      padTokenId: 1,
      intermediateSize: 32,
      layerNormEps: 1e-5,
      positionCount: 18,
      typeVocabSize: 1,
      isTied: true,
    }),
    "test",
  );

function lastHidden(weights: WeightValues, layerCount: number): Float32Array {
  return tf.tidy(() => {
    const tensors = Object.fromEntries(
      Object.entries(weights).map(([name, w]) => [name, tf.tensor(w.values, [...w.shape])]),
    );
    const model = robertaModel(config(layerCount), tensors);
    const ids = tf.tensor2d([[0, 7, 9, 30, 2]], undefined, "int32");
    const mask = tf.onesLike(ids);
    const bias = model.attentionBias(mask, 0);
    let hidden = model.embed(ids, mask);
    for (let layer = 0; layer < layerCount; layer++) hidden = model.layer(layer, hidden, bias);
    return hidden.dataSync() as Float32Array;
  });
}

describe("initial weights", () => {
  beforeAll(async () => {
    await useDevice("cpu");
  });

  it("has RoBERTa's names and shapes, with zero biases, unit scales and a zero padding row", () => {
    const weights = initialWeights(config(2), createRandom(1));
    expect(weights["roberta.encoder.layer.1.intermediate.dense.weight"]?.shape).toEqual([32, 16]);
    expect(new Set(weights["lm_head.bias"]?.values)).toEqual(new Set([0]));
    expect(new Set(weights["roberta.embeddings.LayerNorm.weight"]?.values)).toEqual(new Set([1]));
    const words = weights["roberta.embeddings.word_embeddings.weight"]?.values ?? new Float32Array(0);
    expect(new Set(words.subarray(16, 32))).toEqual(new Set([0]));
    const deviation = Math.sqrt(words.reduce((sum, value) => sum + value * value, 0) / (words.length - 16));
    expect(deviation).toBeCloseTo(0.02, 2);
  });

  it("writes word vectors, times 0.08, into the first columns of their tokens", () => {
    const weights = initialWeights(config(1), createRandom(1));
    const before = weights["roberta.embeddings.word_embeddings.weight"]?.values.slice() ?? new Float32Array(0);
    expect(
      startFromWordVectors(
        weights,
        { good: 7 },
        new Map([
          ["good", Float32Array.from([1, -2])],
          ["rare", new Float32Array(2)],
        ]),
      ),
    ).toBe(1);
    const after = weights["roberta.embeddings.word_embeddings.weight"]?.values ?? new Float32Array(0);
    expect(after[7 * 16]).toBeCloseTo(0.08, 6);
    expect(after[7 * 16 + 1]).toBeCloseTo(-0.16, 6);
    expect(after.subarray(7 * 16 + 2)).toEqual(before.subarray(7 * 16 + 2));
  });

  it("stacks layers so that the deeper model computes what the shallow one does", () => {
    const weights = initialWeights(config(2), createRandom(2));
    // Larger weights, so that a layer that were applied twice would show.
    for (const [name, { values }] of Object.entries(weights)) {
      if (name.endsWith("dense.weight")) for (let i = 0; i < values.length; i++) values[i] = 20 * (values[i] ?? 0);
    }
    const [shallow, deep] = [lastHidden(weights, 2), lastHidden(stackLayers(weights, 6), 6)];
    // LayerNorm's eps enters four more times.
    for (const [i, value] of deep.entries()) expect(value).toBeCloseTo(shallow[i] ?? 0, 3);
    expect(() => stackLayers(weights, 5)).toThrow(/multiple of 2/);
  });
});
