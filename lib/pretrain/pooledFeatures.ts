/** Sentence vectors without training: states of a backbone's layers, and means of word vectors. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import { jit } from "../engine/jit.js";
import type { Example, Task } from "../task/task.js";
import { encodeCloze, parseTemplate } from "../task/template.js";
import { normalizeBertText, splitBertWords } from "./bertText.js";
import { GLOVE_SIZE } from "./glove.js";
import type { FeatureRows } from "./linearProbe.js";

const BATCH_SIZE = 64;

/** A text in tokens, and which of its states make the feature. */
export interface PooledText {
  readonly ids: readonly number[];
  /** Positions whose states are averaged. */
  readonly positions: readonly number[];
  readonly label: number;
}

/** Texts as they are; every token counts, special ones included. */
export function wholeTexts({ tokenizer, config }: Backbone, examples: readonly Example[]): PooledText[] {
  return examples.map(({ text, pair, label }) => {
    const { ids } = tokenizer.encode(text, pair, { maxLength: config.maxLength });
    return { ids, positions: ids.map((_, position) => position), label };
  });
}

/** Texts in the template of a task; what counts is the state that answers the cloze. */
export function clozeTexts({ tokenizer, config }: Backbone, task: Task, examples: readonly Example[]): PooledText[] {
  const template = parseTemplate(task.template);
  return examples.map((example) => {
    const { ids, maskPosition } = encodeCloze(template, tokenizer, example, config.maxLength);
    return { ids, positions: [maskPosition], label: example.label };
  });
}

/**
 * Mean over a text's `positions` of the hidden states after each of `layers`; layer 0 is the embedding output.
 *
 * @returns by layer, rows in the order of `texts`, [texts, hiddenSize]
 */
export async function layerMeans(
  backbone: Backbone,
  texts: readonly PooledText[],
  layers: readonly number[],
): Promise<Map<number, FeatureRows>> {
  const { hiddenSize: D, maxLength, padTokenId } = backbone.config;
  const labels = texts.map(({ label }) => label);
  const means = new Map(
    layers.map((layer) => [layer, { values: new Float32Array(texts.length * D), featureCount: D, labels }]),
  );
  const forward = jit((inputs: PooledBatch) => recordMeans(backbone, inputs, layers));
  const byLength = texts.map((text, n) => ({ ...text, n })).sort((a, b) => a.ids.length - b.ids.length);
  for (let start = 0; start < byLength.length; start += BATCH_SIZE) {
    const batch = byLength.slice(start, start + BATCH_SIZE);
    const longest = Math.max(...batch.map(({ ids }) => ids.length));
    const T = Math.min(maxLength, Math.ceil(longest / 16) * 16); // few shapes to trace
    const inputIds = new Int32Array(BATCH_SIZE * T).fill(padTokenId);
    const attentionMask = new Int32Array(BATCH_SIZE * T);
    const shares = new Float32Array(BATCH_SIZE * T);
    for (let row = 0; row < BATCH_SIZE; row++) {
      const { ids = [], positions = [] } = batch[row] ?? batch[0] ?? {}; // a short last batch repeats its first text
      inputIds.set(ids, row * T);
      attentionMask.fill(1, row * T, row * T + ids.length);
      for (const position of positions) shares[row * T + position] = 1 / positions.length;
    }
    const inputs = {
      inputIds: tf.tensor2d(inputIds, [BATCH_SIZE, T], "int32"),
      attentionMask: tf.tensor2d(attentionMask, [BATCH_SIZE, T], "int32"),
      shares: tf.tensor3d(shares, [BATCH_SIZE, 1, T]),
    };
    const outputs = await forward(inputs);
    for (const [layer, { values }] of means) {
      const pooled = (await (outputs[`layer${layer}`] as tf.Tensor).data()) as Float32Array; // [BATCH_SIZE · D]
      batch.forEach(({ n }, row) => {
        values.set(pooled.subarray(row * D, (row + 1) * D), n * D);
      });
    }
    tf.dispose([inputs, outputs]);
  }
  forward.dispose();
  return means;
}

type PooledBatch = {
  /** [B, T] int32 */
  readonly inputIds: tf.Tensor2D;
  /** [B, T] int32 */
  readonly attentionMask: tf.Tensor2D;
  /** [B, 1, T], the weights of the mean */
  readonly shares: tf.Tensor3D;
};

function recordMeans(
  backbone: Backbone,
  { inputIds, attentionMask, shares }: PooledBatch,
  layers: readonly number[],
): Record<string, tf.Tensor> {
  const bias = backbone.attentionBias(attentionMask, 0);
  const pooled: Record<string, tf.Tensor> = {};
  let hidden = backbone.embed(inputIds, attentionMask); // [B, T, D]
  for (let layer = 0; layer <= Math.max(...layers); layer++) {
    if (layer > 0) hidden = backbone.layer(layer - 1, hidden, bias);
    if (layers.includes(layer)) pooled[`layer${layer}`] = tf.squeeze(tf.matMul(shares, hidden), [1]); // [B, D]
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
