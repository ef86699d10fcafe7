/** Sentence vectors without training: means over tokens of a backbone's layers, and means of word vectors. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import { jit } from "../engine/jit.js";
import type { Example } from "../task/task.js";
import { normalizeBertText, splitBertWords } from "./bertText.js";
import { GLOVE_SIZE } from "./glove.js";
import type { FeatureRows } from "./linearProbe.js";

const BATCH_SIZE = 64;

/**
 * Mean over a text's tokens (special tokens included, padding not) of the hidden states after each of `layers`; layer 0 is the embedding output.
 *
 * @returns by layer, rows in the order of `examples`, [examples, hiddenSize]
 */
export async function layerMeans(
  backbone: Backbone,
  examples: readonly Example[],
  layers: readonly number[],
): Promise<Map<number, FeatureRows>> {
  const { hiddenSize: D, maxLength, padTokenId } = backbone.config;
  const encoded = examples.map(({ text, pair }) => backbone.tokenizer.encode(text, pair, { maxLength }).ids);
  const labels = examples.map(({ label }) => label);
  const means = new Map(
    layers.map((layer) => [layer, { values: new Float32Array(examples.length * D), featureCount: D, labels }]),
  );
  const forward = jit((inputs: { inputIds: tf.Tensor; attentionMask: tf.Tensor }) =>
    recordMeans(backbone, inputs, layers),
  );
  const order = encoded.map((_, n) => n).sort((a, b) => (encoded[a]?.length ?? 0) - (encoded[b]?.length ?? 0));
  for (let start = 0; start < order.length; start += BATCH_SIZE) {
    const batch = order.slice(start, start + BATCH_SIZE);
    const longest = Math.max(...batch.map((n) => encoded[n]?.length ?? 0));
    const T = Math.min(maxLength, Math.ceil(longest / 16) * 16); // few shapes to trace
    const inputIds = new Int32Array(BATCH_SIZE * T).fill(padTokenId);
    const attentionMask = new Int32Array(BATCH_SIZE * T);
    for (let row = 0; row < BATCH_SIZE; row++) {
      const ids = encoded[batch[row] ?? batch[0] ?? 0] ?? []; // a short last batch repeats its first text
      inputIds.set(ids, row * T);
      attentionMask.fill(1, row * T, row * T + ids.length);
    }
    const inputs = {
      inputIds: tf.tensor2d(inputIds, [BATCH_SIZE, T], "int32"),
      attentionMask: tf.tensor2d(attentionMask, [BATCH_SIZE, T], "int32"),
    };
    const outputs = await forward(inputs);
    for (const [layer, { values }] of means) {
      const pooled = (await (outputs[`layer${layer}`] as tf.Tensor).data()) as Float32Array; // [BATCH_SIZE · D]
      batch.forEach((n, row) => {
        values.set(pooled.subarray(row * D, (row + 1) * D), n * D);
      });
    }
    tf.dispose([inputs, outputs]);
  }
  forward.dispose();
  return means;
}

function recordMeans(
  backbone: Backbone,
  { inputIds, attentionMask }: { inputIds: tf.Tensor; attentionMask: tf.Tensor },
  layers: readonly number[],
): Record<string, tf.Tensor> {
  const mask = attentionMask as tf.Tensor2D;
  const weights = tf.cast(mask, "float32").expandDims(2); // [B, T, 1]
  const counts = tf.sum(weights, 1); // [B, 1]
  const bias = backbone.attentionBias(mask, 0);
  const pooled: Record<string, tf.Tensor> = {};
  let hidden = backbone.embed(inputIds as tf.Tensor2D, mask); // [B, T, D]
  for (let layer = 0; layer <= Math.max(...layers); layer++) {
    if (layer > 0) hidden = backbone.layer(layer - 1, hidden, bias);
    if (layers.includes(layer)) pooled[`layer${layer}`] = tf.div(tf.sum(tf.mul(hidden, weights), 1), counts); // [B, D]
  }
  return pooled;
}

/** Mean of the word vectors of a text's lower-case words that have one; zero for a text without any. [examples, 100] */
export function wordVectorMeans(examples: readonly Example[], vectors: ReadonlyMap<string, Float32Array>): FeatureRows {
  const values = new Float32Array(examples.length * GLOVE_SIZE);
  examples.forEach((example, n) => {
    const known = wordsOf(example).flatMap((word) => vectors.get(word) ?? []);
    for (const vector of known) {
      vector.forEach((value, f) => {
        values[n * GLOVE_SIZE + f] = (values[n * GLOVE_SIZE + f] ?? 0) + value / known.length;
      });
    }
  });
  return { values, featureCount: GLOVE_SIZE, labels: examples.map(({ label }) => label) };
}

/** Lower-case words and punctuation marks of an example, pair included. */
export function wordsOf({ text, pair = "" }: Example): string[] {
  return splitBertWords(normalizeBertText(`${text} ${pair}`));
}
