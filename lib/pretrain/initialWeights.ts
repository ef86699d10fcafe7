/** First weights of a RoBERTa masked language model, and deeper models made of shallower ones. */

import { type RobertaConfig, robertaWeightShapes } from "../backbone/roberta.js";
import { ConfigError } from "../errors.js";
import type { Random } from "../random.js";

/** Weight values by Hugging Face name. */
export type WeightValues = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>
>;

/** Standard deviation of random weights. */
const INITIALIZER_RANGE = 0.02;

/** Factor on GloVe vectors, whose numbers are about 0.4 large, to bring them near `INITIALIZER_RANGE` (ours). */
const GLOVE_SCALE = 0.08;

/**
 * Random weights: normal with deviation 0.02; biases 0, LayerNorm scales 1; the embedding of padding 0.
 *
 * @source Hugging Face transformers, RobertaPreTrainedModel
 */
export function initialWeights(config: RobertaConfig, random: Random): WeightValues {
  const weights: Record<string, { shape: readonly number[]; values: Float32Array }> = {};
  for (const [name, shape] of Object.entries(robertaWeightShapes(config))) {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (/(LayerNorm|layer_norm)\.weight$/.test(name)) values.fill(1);
    else if (!name.endsWith("bias")) {
      const stream = random.fork(name);
      for (let i = 0; i < values.length; i++) values[i] = INITIALIZER_RANGE * stream.normal();
    }
    if (/(word|position)_embeddings/.test(name))
      values.fill(0, config.padTokenId * config.hiddenSize, (config.padTokenId + 1) * config.hiddenSize);
    weights[name] = { shape, values };
  }
  return weights;
}

/**
 * Overwrites the first columns of word embeddings with word vectors, times 0.08; the other columns stay random.
 *
 * @param vocabulary  token string to id
 * @param vectors     by token string, each at most `hiddenSize` long
 * @returns           how many tokens got a vector
 */
export function startFromWordVectors(
  weights: WeightValues,
  vocabulary: Readonly<Record<string, number>>,
  vectors: ReadonlyMap<string, Float32Array>,
): number {
  const table = weights["roberta.embeddings.word_embeddings.weight"];
  const hiddenSize = table?.shape[1] ?? 0;
  let count = 0;
  for (const [word, vector] of vectors) {
    const id = vocabulary[word];
    if (table === undefined || id === undefined) continue;
    if (vector.length > hiddenSize) {
      throw new ConfigError(
        `Word vectors must have at most ${hiddenSize} numbers (the hidden size); got ${vector.length}.`,
        { hiddenSize },
      );
    }
    vector.forEach((value, i) => {
      table.values[id * hiddenSize + i] = GLOVE_SCALE * value;
    });
    count++;
  }
  return count;
}

/**
 * A deeper model that computes nearly the same: each of the L layers is followed by copies of itself whose two output projections are
 * zero and whose LayerNorms undo themselves, so that only the copies' way of looking is kept and training fills in the rest.
 * The plain stacking of Gong et al. 2019 (copies that compute, one on top of the other) loses at first what was learned: see the
 * measurement in docs/PRETRAINING.md, where 12 stacked layers took 0.8 M tokens to come near the loss of the 3 they were made of.
 *
 * @param layerCount    a multiple of L
 * @throws ConfigError  when it is not
 * @source zero-initialised residual branches: Zhang, Dauphin & Ma 2019 (Fixup); copies in place: Gong et al. 2019
 */
export function stackLayers(weights: WeightValues, layerCount: number): WeightValues {
  const present = new Set(Object.keys(weights).flatMap((name) => LAYER_WEIGHT.exec(name)?.[1] ?? [])).size;
  if (present === 0 || layerCount % present !== 0) {
    throw new ConfigError(`The deeper model's layer count must be a multiple of ${present}; got ${layerCount}.`, {
      layerCount,
      present,
    });
  }
  const copies = layerCount / present;
  const stacked: Record<string, { shape: readonly number[]; values: Float32Array }> = {};
  for (const [name, weight] of Object.entries(weights)) {
    const [, layer, role = ""] = LAYER_WEIGHT.exec(name) ?? [];
    if (layer === undefined) {
      stacked[name] = weight;
      continue;
    }
    for (let copy = 0; copy < copies; copy++) {
      const values = copy === 0 ? weight.values : copiedValues(weights, weight.values, Number(layer), role);
      stacked[`roberta.encoder.layer.${Number(layer) * copies + copy}.${role}`] = { shape: weight.shape, values };
    }
  }
  return stacked;
}

const LAYER_WEIGHT = /^roberta\.encoder\.layer\.(\d+)\.(.*)$/;

/** What a following copy of layer `layer` has in place of `values`. */
function copiedValues(weights: WeightValues, values: Float32Array, layer: number, role: string): Float32Array {
  if (/^(attention\.)?output\.dense\./.test(role)) return new Float32Array(values.length);
  if (!/output\.LayerNorm/.test(role)) return values.slice();
  // The layer's output is scale z + shift with z of mean 0 and variance 1, so its own mean and deviation are about these:
  const prefix = `roberta.encoder.layer.${layer}.output.LayerNorm`;
  const scale = weights[`${prefix}.weight`]?.values ?? values;
  const shift = weights[`${prefix}.bias`]?.values ?? values;
  const mean = average(shift, (x) => x);
  const deviation = Math.sqrt(average(scale, (x) => x * x) + average(shift, (x) => (x - mean) ** 2));
  return new Float32Array(values.length).fill(role.endsWith("weight") ? deviation : mean);
}

function average(values: Float32Array, of: (value: number) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0) / values.length;
}
