/** RoBERTa masked language model: configuration, weights and forward pass. */

import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { attention, gelu, layerNorm, linear, paddingBias } from "../engine/nn.js";
import { CheckpointError } from "../errors.js";
import type { BackboneFamily, Model, ModelConfig, WeightShapes, Weights } from "./family.js";

/** The fields of config.json that the forward pass needs; counts and sizes in units. */
export interface RobertaConfig extends ModelConfig {
  readonly family: "roberta";
  readonly intermediateSize: number;
  readonly layerNormEps: number;
  /** Rows of the position table: maxLength + padTokenId + 1. */
  readonly positionCount: number;
  readonly typeVocabSize: number;
  /** Whether the vocabulary head's matrix is the word embedding. */
  readonly isTied: boolean;
}

const size = z.int().positive();
const configSchema = z
  .object({
    model_type: z.literal("roberta"),
    num_hidden_layers: size,
    hidden_size: size,
    num_attention_heads: size,
    intermediate_size: size,
    vocab_size: size,
    max_position_embeddings: size,
    type_vocab_size: size.default(1),
    pad_token_id: z.int().nonnegative().default(1),
    layer_norm_eps: z.number().positive().default(1e-12), // as transformers where the field is absent; the hub's files say 1e-5
    hidden_act: z.literal("gelu").default("gelu"),
    position_embedding_type: z.literal("absolute").default("absolute"),
    tie_word_embeddings: z.boolean().default(true),
  })
  .refine((c) => c.hidden_size % c.num_attention_heads === 0, {
    error: "hidden_size must be a multiple of num_attention_heads",
  })
  .refine((c) => c.max_position_embeddings > c.pad_token_id + 1, {
    error: "max_position_embeddings must exceed pad_token_id + 1, the number of positions that no text takes",
  });

/** RoBERTa as the registry knows it. */
export const robertaFamily: BackboneFamily<RobertaConfig> = {
  parseConfig: parseRobertaConfig,
  requiredWeights: robertaWeightShapes,
  optionalWeights: ({ hiddenSize: D }) => ({
    "roberta.pooler.dense.weight": [D, D],
    "roberta.pooler.dense.bias": [D],
  }),
  isIgnored: (name, { isTied }) =>
    name === "roberta.embeddings.position_ids" ||
    name === "roberta.embeddings.token_type_ids" ||
    name === "lm_head.decoder.bias" || // the same parameter as lm_head.bias
    (isTied && name === "lm_head.decoder.weight"),
  model: robertaModel,
};

/**
 * Reads a Hugging Face config.json of `model_type` "roberta".
 *
 * @param path  where it came from, for the message
 * @throws CheckpointError  naming the field
 */
export function parseRobertaConfig(json: unknown, path: string): RobertaConfig {
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    throw new CheckpointError(
      `${path} does not describe a RoBERTa model that can be run here:\n${z.prettifyError(parsed.error)}`,
      { path, issues: parsed.error.issues },
      { cause: parsed.error },
    );
  }
  const c = parsed.data;
  return {
    family: "roberta",
    layerCount: c.num_hidden_layers,
    hiddenSize: c.hidden_size,
    headCount: c.num_attention_heads,
    vocabSize: c.vocab_size,
    maxLength: c.max_position_embeddings - c.pad_token_id - 1,
    padTokenId: c.pad_token_id,
    intermediateSize: c.intermediate_size,
    layerNormEps: c.layer_norm_eps,
    positionCount: c.max_position_embeddings,
    typeVocabSize: c.type_vocab_size,
    isTied: c.tie_word_embeddings,
  };
}

/** Shape of every parameter of the masked language model, by Hugging Face name, in forward order. */
export function robertaWeightShapes(config: RobertaConfig): WeightShapes {
  const { hiddenSize: D, intermediateSize: F, vocabSize: V } = config;
  const shapes: Record<string, readonly number[]> = {
    "roberta.embeddings.word_embeddings.weight": [V, D],
    "roberta.embeddings.position_embeddings.weight": [config.positionCount, D],
    "roberta.embeddings.token_type_embeddings.weight": [config.typeVocabSize, D],
  };
  const addLinear = (name: string, outputs: number, inputs: number): void => {
    shapes[`${name}.weight`] = [outputs, inputs];
    shapes[`${name}.bias`] = [outputs];
  };
  const addNorm = (name: string): void => {
    shapes[`${name}.weight`] = [D];
    shapes[`${name}.bias`] = [D];
  };
  addNorm("roberta.embeddings.LayerNorm");
  for (let index = 0; index < config.layerCount; index++) {
    const prefix = layerPrefix(index);
    for (const role of ["query", "key", "value"]) addLinear(`${prefix}.attention.self.${role}`, D, D);
    addLinear(`${prefix}.attention.output.dense`, D, D);
    addNorm(`${prefix}.attention.output.LayerNorm`);
    addLinear(`${prefix}.intermediate.dense`, F, D);
    addLinear(`${prefix}.output.dense`, D, F);
    addNorm(`${prefix}.output.LayerNorm`);
  }
  addLinear("lm_head.dense", D, D);
  addNorm("lm_head.layer_norm");
  if (!config.isTied) shapes["lm_head.decoder.weight"] = [V, D];
  shapes["lm_head.bias"] = [V];
  return shapes;
}

/**
 * The forward pass over `weights`, which may be tensors, variables, or traced values; differentiable in all of them.
 * B examples, T tokens, D hidden size, V vocabulary.
 *
 * @source Liu et al. 2019; RobertaForMaskedLM in Hugging Face transformers, without dropout
 */
export function robertaModel(config: RobertaConfig, weights: Weights): Model {
  const { hiddenSize: D, headCount, layerNormEps: eps } = config;
  const weight = (name: string): tf.Tensor => {
    const found = weights[name];
    if (found !== undefined) return found;
    throw new CheckpointError(`The model has no weight "${name}". Load a checkpoint that holds it.`, { name });
  };
  const dense = (x: tf.Tensor2D, name: string): tf.Tensor2D =>
    linear(x, weight(`${name}.weight`), weight(`${name}.bias`));
  const norm = <T extends tf.Tensor>(x: T, name: string): T =>
    layerNorm(x, weight(`${name}.weight`), weight(`${name}.bias`), eps);

  return {
    embed(inputIds) {
      const [B, T] = inputIds.shape;
      const lookUp = (table: string, ids: tf.Tensor2D): tf.Tensor2D =>
        tf.gather(weight(`roberta.embeddings.${table}.weight`) as tf.Tensor2D, tf.reshape(ids, [B * T])); // -> [B·T, D]
      const words = lookUp("word_embeddings", inputIds);
      const positions = lookUp("position_embeddings", positionIds(inputIds, config.padTokenId));
      const type = tf.slice(weight("roberta.embeddings.token_type_embeddings.weight"), [0, 0], [1, D]);
      const sum: tf.Tensor2D = tf.add(tf.add(words, type), positions);
      return tf.reshape(norm(sum, "roberta.embeddings.LayerNorm"), [B, T, D]);
    },

    attentionBias: (attentionMask) => paddingBias(attentionMask),

    layer(index, hidden, attentionBias) {
      const prefix = layerPrefix(index);
      const [B, T] = hidden.shape;
      const x: tf.Tensor2D = tf.reshape(hidden, [B * T, D]);
      const mixed = attention(
        dense(x, `${prefix}.attention.self.query`),
        dense(x, `${prefix}.attention.self.key`),
        dense(x, `${prefix}.attention.self.value`),
        attentionBias,
        B,
        headCount,
      );
      const attended = norm(
        tf.add<tf.Tensor2D>(dense(mixed, `${prefix}.attention.output.dense`), x),
        `${prefix}.attention.output.LayerNorm`,
      );
      const inner = gelu(dense(attended, `${prefix}.intermediate.dense`)); // [B·T, D] -> [B·T, F]
      const output = norm(tf.add(dense(inner, `${prefix}.output.dense`), attended), `${prefix}.output.LayerNorm`);
      return tf.reshape(output, [B, T, D]);
    },

    logits(hidden, tokenIds) {
      const features = norm(gelu(dense(hidden, "lm_head.dense")), "lm_head.layer_norm");
      const decoder = weight(config.isTied ? "roberta.embeddings.word_embeddings.weight" : "lm_head.decoder.weight");
      const bias = weight("lm_head.bias");
      if (tokenIds === undefined) return linear(features, decoder, bias); // [N, D] -> [N, V]
      const columns = tf.tensor1d([...tokenIds], "int32");
      return linear(features, tf.gather(decoder, columns), tf.gather(bias, columns)); // -> [N, tokenIds.length]
    },

    pool(hidden) {
      const [B] = hidden.shape;
      const first: tf.Tensor2D = tf.reshape(tf.slice(hidden, [0, 0, 0], [B, 1, D]), [B, D]);
      return tf.tanh(dense(first, "roberta.pooler.dense"));
    },
  };
}

/** Token i of a text has position pad + 1 + i; padding, on either side, has position pad. */
function positionIds(inputIds: tf.Tensor2D, padTokenId: number): tf.Tensor2D {
  const T = inputIds.shape[1];
  const isText: tf.Tensor2D = tf.sub(1, tf.cast(tf.equal(inputIds, padTokenId), "float32"));
  const from = tf.tensor2d(
    Array.from({ length: T }, (_, i) => i),
    [T, 1],
  );
  const to = tf.tensor2d(
    Array.from({ length: T }, (_, i) => i + 1),
    [1, T],
  );
  const upTo: tf.Tensor2D = tf.cast(tf.less<tf.Tensor2D>(from, to), "float32"); // [T, T], 1 where row <= column
  const count: tf.Tensor2D = tf.matMul(isText, upTo); // [B, T], tokens up to and including each
  return tf.cast(tf.add<tf.Tensor2D>(tf.mul(count, isText), padTokenId), "int32");
}

function layerPrefix(index: number): string {
  return `roberta.encoder.layer.${index}`;
}
