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
 * A model with `layerCount` layers whose layer i is a copy of layer i mod L of a model with L layers; all else is kept.
 *
 * @throws ConfigError  when `layerCount` is no multiple of L
 * @source Gong et al. 2019, Efficient Training of BERT by Progressively Stacking
 */
export function stackLayers(weights: WeightValues, layerCount: number): WeightValues {
  const pattern = /^(roberta\.encoder\.layer\.)(\d+)(\..*)$/;
  const present = new Set(Object.keys(weights).flatMap((name) => pattern.exec(name)?.[2] ?? [])).size;
  if (present === 0 || layerCount % present !== 0) {
    throw new ConfigError(`The deeper model's layer count must be a multiple of ${present}; got ${layerCount}.`, {
      layerCount,
      present,
    });
  }
  const stacked: Record<string, { shape: readonly number[]; values: Float32Array }> = {};
  for (const [name, weight] of Object.entries(weights)) {
    const match = pattern.exec(name);
    if (!match) stacked[name] = weight;
    else {
      for (let layer = Number(match[2]); layer < layerCount; layer += present) {
        stacked[`${match[1]}${layer}${match[3]}`] = { shape: weight.shape, values: weight.values.slice() };
      }
    }
  }
  return stacked;
}
