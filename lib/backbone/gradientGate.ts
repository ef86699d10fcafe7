/** Whether a backbone of rounded weights still gives the gradients that prompts are trained with. */

import * as tf from "@tensorflow/tfjs";
import { jit } from "../engine/index.js";
import { ConfigError } from "../errors.js";
import type { Model, ModelConfig } from "./family.js";
import type { Tokenizer } from "./tokenizer.js";

/** Below this cosine prompts are not trained on what the text says; ours. */
const SMALLEST_COSINE = 0.99;

/** Rows of the prompt whose gradients are compared. */
const PROMPT_LENGTH = 4;

/** Ours; ordinary words, so that each is a token of most vocabularies. */
const SENTENCES = [
  "The food was good and the people who work here are very nice.",
  "It was a long and boring film with no story at all.",
  "She has lived in the city since she was ten years old.",
  "How many people live in the north of the country?",
  "The company said that it will close two of its offices next year.",
  "He did not know what to do, so he called his mother.",
];

/**
 * Gradients of a language-model loss in prompts at every layer: one token of each of a few sentences is predicted from
 * the others or, by a decoder, from those before it. The prompts are the embeddings of the first sentence's start.
 *
 * @returns  per layer, [4 · D]
 */
export async function promptGradients(
  { model, config }: { readonly model: Model; readonly config: ModelConfig },
  tokenizer: Tokenizer,
): Promise<Float32Array[]> {
  const { batch, rows, targets } = createBatch(config, tokenizer);
  const l = PROMPT_LENGTH;
  const { layerCount, hiddenSize: D } = config;
  const step = jit(({ inputIds, attentionMask }: typeof batch) => {
    const [B, T] = inputIds.shape;
    const text = model.embed(inputIds, attentionMask); // [B, T, D]
    const prompt = tf.slice(text, [0, 0, 0], [1, l, D]);
    const bias = model.attentionBias(tf.concat([tf.ones([B, l], "int32"), attentionMask], 1), l);
    const loss = (...prompts: tf.Tensor[]): tf.Scalar => {
      let hidden = text;
      for (const [layer, rowsOf] of prompts.entries()) {
        const above = layer === 0 ? text : tf.slice(hidden, [0, l, 0], [B, T, D]);
        hidden = model.layer(layer, tf.concat([tf.tile(rowsOf as tf.Tensor3D, [B, 1, 1]), above], 1), bias);
      }
      const states = tf.gather<tf.Tensor2D>(tf.reshape(hidden, [B * (l + T), D]), tf.tensor1d(rows, "int32")); // [B, D]
      const chosen = tf.oneHot(tf.tensor1d(targets, "int32"), config.vocabSize); // [B, V]
      const logits = model.logits(states);
      return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), chosen))) as tf.Scalar;
    };
    const gradients = tf.grads(loss)(Array.from({ length: layerCount }, () => tf.clone(prompt)));
    return Object.fromEntries(gradients.map((gradient, layer) => [String(layer), gradient]));
  });
  try {
    const results = await step(batch);
    const values = await Promise.all(Object.values(results).map((gradient) => gradient.data<"float32">()));
    tf.dispose(results);
    return values;
  } finally {
    step.dispose();
    tf.dispose(batch);
  }
}

/** Smallest cosine of two gradients over the layers, and where it is. */
export function smallestCosine(
  exact: readonly Float32Array[],
  rounded: readonly Float32Array[],
): { readonly cosine: number; readonly layer: number } {
  const cosines = exact.map((gradient, layer) => cosineOf(gradient, rounded[layer] ?? new Float32Array()));
  const cosine = Math.min(...cosines); // not a number where one is
  return { cosine, layer: cosines.findIndex((value) => Object.is(value, cosine)) };
}

/** @throws ConfigError  naming the smallest cosine and its layer, when it is below 0.99 */
export function checkGradients(name: string, exact: readonly Float32Array[], rounded: readonly Float32Array[]): void {
  const { cosine, layer } = smallestCosine(exact, rounded);
  if (cosine >= SMALLEST_COSINE) return;
  throw new ConfigError(
    `{ weights: "int8" } needs prompt gradients that point where those of the exact weights do, with a cosine of at ` +
      `least ${SMALLEST_COSINE}; for ${name} it is ${cosine.toFixed(4)} in layer ${layer}. ` +
      `Load it with { weights: "f16" }, or as stored.`,
    { name, cosine, layer, smallest: SMALLEST_COSINE },
  );
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  const dot = (left: Float32Array, right: Float32Array): number =>
    left.reduce((sum, value, i) => sum + value * (right[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** The sentences as token ids, the place in the last layer's [B · (l + T)] rows where each is read, and what belongs there. */
function createBatch({ clozePosition, padTokenId }: ModelConfig, tokenizer: Tokenizer) {
  const encoded = SENTENCES.map((sentence) => [...tokenizer.encode(sentence).ids]);
  const T = Math.max(...encoded.map((ids) => ids.length));
  const rows: number[] = [];
  const targets = encoded.map((ids, b) => {
    const place = Math.floor(ids.length / 2);
    const target = ids[place] ?? 0;
    if (clozePosition === "mask") ids[place] = tokenizer.maskTokenId ?? target;
    rows.push(b * (PROMPT_LENGTH + T) + PROMPT_LENGTH + place - (clozePosition === "mask" ? 0 : 1));
    return target;
  });
  const padded = encoded.map((ids) => Array.from({ length: T }, (_, at) => ids[at] ?? padTokenId));
  const isText = encoded.map((ids) => Array.from({ length: T }, (_, at) => (at < ids.length ? 1 : 0)));
  const batch = {
    inputIds: tf.tensor2d(padded, undefined, "int32"),
    attentionMask: tf.tensor2d(isText, undefined, "int32"),
  };
  return { batch, rows, targets };
}
