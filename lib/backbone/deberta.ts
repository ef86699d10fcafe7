/** DeBERTa (version 1) masked language model: BERT's encoder with attention to contents and to relative positions apart. */

import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { gelu, linear } from "../engine/nn.js";
import {
  type EncoderConfig,
  type EncoderParts,
  encoderConfig,
  encoderMaps,
  encoderModel,
  encoderSchema,
  encoderWeightShapes,
  firstRows,
} from "./encoder.js";
import { type Adapt, type BackboneFamily, type Model, parseModelConfig, type Weights } from "./family.js";
import { countPositions, nameWeights, pairShapes } from "./namedWeights.js";
import { pickRows } from "./readout.js";

/** What the forward pass needs beyond an encoder's facts. */
interface DebertaConfig extends EncoderConfig {
  /** Largest distance that relative positions tell apart; their table has twice as many rows. */
  readonly maxDistance: number;
}

const RELATIVE_TABLE = "deberta.encoder.rel_embeddings";

const configSchema = encoderSchema.safeExtend({
  model_type: z.literal("deberta"),
  type_vocab_size: z.int().nonnegative().default(0),
  pad_token_id: z.int().nonnegative().default(0),
  layer_norm_eps: z.number().positive().default(1e-7),
  relative_attention: z.literal(true),
  max_relative_positions: z.int().default(-1),
  position_biased_input: z.boolean().default(true),
  pooler_hidden_act: z.literal("gelu").default("gelu"),
  pos_att_type: z
    .union([z.string().transform((types) => types.split("|")), z.array(z.string())])
    .refine((types) => String([...types].sort()) === "c2p,p2c", { error: 'must be "c2p|p2c"' }),
  talking_head: z.literal(false).default(false),
});

/** DeBERTa as the registry knows it. */
export const debertaFamily: BackboneFamily<DebertaConfig> = {
  parseConfig: (json, path) => {
    const c = parseModelConfig(configSchema, json, path, "DeBERTa");
    return {
      family: "deberta",
      ...encoderConfig(c),
      positionCount: c.position_biased_input ? c.max_position_embeddings : 0,
      maxDistance: c.max_relative_positions < 1 ? c.max_position_embeddings : c.max_relative_positions,
    };
  },
  requiredWeights: (config) => ({
    ...encoderWeightShapes(config, debertaParts(config)),
    [`${RELATIVE_TABLE}.weight`]: [2 * config.maxDistance, config.hiddenSize],
  }),
  optionalWeights: ({ hiddenSize: D }) => pairShapes("pooler.dense", D, D),
  // the authors' files name the vocabulary head otherwise than transformers does
  canonicalName: (stored) =>
    stored
      .replace(/^lm_predictions\.lm_head\.(dense|LayerNorm)\./, "cls.predictions.transform.$1.")
      .replace(/^lm_predictions\.lm_head\.bias$/, "cls.predictions.bias"),
  isIgnored: (name, { isTied, positionCount }) =>
    name === "deberta.embeddings.position_ids" ||
    name === "cls.predictions.decoder.bias" || // the same parameter as cls.predictions.bias
    (isTied && name === "cls.predictions.decoder.weight") ||
    (positionCount === 0 && name === "deberta.embeddings.position_embeddings.weight"), // stored, and not used
  model: debertaModel,
  linearMaps: (config, index) => encoderMaps(debertaParts(config), index),
};

/** @source He et al. 2021; DebertaForMaskedLM in Hugging Face transformers, without dropout */
function debertaModel(config: DebertaConfig, weights: Weights, adapt?: Adapt): Model {
  const model = encoderModel(config, weights, debertaParts(config), adapt);
  const { dense } = nameWeights(weights, config.layerNormEps);
  return {
    ...model,
    embed: (inputIds, attentionMask, facts) => {
      const isText = tf.expandDims(tf.cast(attentionMask, "float32"), 2); // [B, T] -> [B, T, 1]
      return tf.mul(model.embed(inputIds, attentionMask, facts), isText);
    },
    pool: (hidden) => gelu(dense(firstRows(hidden), "pooler.dense")),
  };
}

function debertaParts(config: DebertaConfig): EncoderParts {
  return {
    root: "deberta",
    head: {
      dense: "cls.predictions.transform.dense",
      norm: "cls.predictions.transform.LayerNorm",
      decoder: "cls.predictions.decoder.weight",
      bias: "cls.predictions.bias",
    },
    positionIds: countPositions,
    ...disentangledAttention(config),
  };
}

/**
 * softmax((q_i·k_j + q_i·Kr[i − j] + k_j·Qr[i − j]) / sqrt(3 D/H) + bias) v, where Kr and Qr are projections of one
 * table of relative positions, the same in all layers. Differences beyond the table's ends take its last row.
 * At padded queries the values are arbitrary (versions of transformers differ there, too); nothing real reads them.
 * With a readout the scores of every row are computed, a small part of the work, and those that are read go on.
 * Keys and values of a prompt are no positions: queries see what they hold, q_i·k, and nothing relative.
 *
 * @source He et al. 2021, equations 2 to 4; for prompts the released code of P-tuning v2, Liu et al. 2022
 */
function disentangledAttention(
  config: DebertaConfig,
): Pick<EncoderParts, "attentionShapes" | "attentionMaps" | "attend"> {
  const { hiddenSize: D, headCount: H, maxDistance } = config;
  const headSize = D / H;
  const scale = 1 / Math.sqrt(3 * headSize);
  return {
    attentionMaps: { query: "in_proj.query", value: "in_proj.value" },
    attentionShapes: (prefix) => ({
      [`${prefix}.in_proj.weight`]: [3 * D, D],
      [`${prefix}.q_bias`]: [D],
      [`${prefix}.v_bias`]: [D],
      [`${prefix}.pos_proj.weight`]: [D, D],
      ...pairShapes(`${prefix}.pos_q_proj`, D, D),
    }),
    attend: ({ weight, dense, adapt }, prefix, hidden, bias, readout, prompt) => {
      const [B, N] = hidden.shape;
      const perHead = (name: string): tf.Tensor => tf.reshape(weight(`${prefix}.${name}`), [H, 1, 1, headSize]);
      const x = pickRows(hidden); // [B·N, D]
      const joined = linear(x, weight(`${prefix}.in_proj.weight`)); // -> [B·N, 3·D]
      const byRole = tf.transpose(tf.reshape(joined, [B, N, H, 3, headSize]), [3, 2, 0, 1, 4]);
      const [q, key, v] = tf.unstack(byRole) as [tf.Tensor, tf.Tensor, tf.Tensor]; // each [H, B, N, D/H]
      const adapted = (heads: tf.Tensor, role: "query" | "value"): tf.Tensor => {
        if (adapt === undefined) return heads;
        const rows = tf.reshape(tf.transpose(heads, [1, 2, 0, 3]), [B * N, D]) as tf.Tensor2D; // [H, B, N, D/H] ->
        const changed = tf.reshape(adapt(`${prefix}.in_proj.${role}`, x, rows), [B, N, H, headSize]);
        return tf.transpose(changed, [2, 0, 1, 3]); // -> [H, B, N, D/H]
      };
      const query = tf.mul(tf.add(adapted(q, "query"), perHead("q_bias")), scale);
      const value = tf.add(adapted(v, "value"), perHead("v_bias"));

      const table = weight(`${RELATIVE_TABLE}.weight`) as tf.Tensor2D;
      const descending = tf.gather(table, differences(N, maxDistance, -1)); // [2·N, D], i − j from N down
      const positionKeys = linear(descending, weight(`${prefix}.pos_proj.weight`)); // [2·N, D]
      const positionQueries = dense(tf.gather(table, differences(N, maxDistance, 1)), `${prefix}.pos_q_proj`);
      const toPositions = (rows: tf.Tensor, positions: tf.Tensor2D): tf.Tensor => {
        const heads = tf.transpose(tf.reshape(positions, [2 * N, H, headSize]), [1, 0, 2]); // [H, 2·N, D/H]
        return skew(tf.matMul(tf.reshape(rows, [H, B * N, headSize]), heads, false, true), B); // -> [H, B, N, N]
      };
      const contentToPosition = toPositions(query, positionKeys);
      const positionToContent = toPositions(key, tf.mul(positionQueries, scale)); // key j first, query i second

      const content = tf.matMul(query, key, false, true); // [H, B, N, N]
      let scores = tf.add(tf.add(content, contentToPosition), tf.transpose(positionToContent, [0, 1, 3, 2]));
      const inFront = (rows: tf.Tensor2D): tf.Tensor => {
        const heads = tf.transpose(tf.reshape(rows, [-1, 1, H, headSize]), [2, 1, 0, 3]); // [l, D] -> [H, 1, l, D/H]
        return tf.add(tf.zeros([1, B, 1, 1]), heads); // -> [H, B, l, D/H]
      };
      if (prompt !== undefined) scores = tf.concat([tf.matMul(query, inFront(prompt.key), false, true), scores], 3);
      const values = prompt === undefined ? value : tf.concat([inFront(prompt.value), value], 2); // [H, B, l + N, D/H]
      if (readout !== undefined) scores = tf.matMul(tf.tile(tf.expandDims(readout, 0), [H, 1, 1, 1]), scores); // -> [H, B, R, l + N]
      const probabilities = tf.softmax(tf.add(scores, tf.reshape(bias, [1, B, 1, -1])));
      const mixed = tf.matMul(probabilities, values); // [H, B, N or R, D/H]
      return tf.reshape(tf.transpose(mixed, [1, 2, 0, 3]), [-1, D]); // -> [B·N or B·R, D]
    },
  };
}

/** Rows of the relative table for differences direction · (c − N), c = 0 .. 2·N − 1; those beyond an end take the last row. */
function differences(N: number, maxDistance: number, direction: 1 | -1): tf.Tensor1D {
  const row = (c: number): number => Math.min(Math.max(direction * (c - N) + maxDistance, 0), 2 * maxDistance - 1);
  return tf.tensor1d(
    Array.from({ length: 2 * N }, (_, c) => row(c)),
    "int32",
  );
}

/**
 * From scores by difference to scores by place: entry (i, j) of the result is entry (i, j − i + N) of the argument.
 *
 * @param scores     [H, B·N, 2·N]
 * @returns          [H, B, N, N]
 * @source Dai et al. 2019 (Transformer-XL, appendix B): cutting the rows one shorter shifts each by one more
 */
function skew(scores: tf.Tensor, batchSize: number): tf.Tensor {
  const [H = 0, rowCount = 0] = scores.shape;
  const N = rowCount / batchSize;
  const flat = tf.reshape(scores, [H * batchSize, 2 * N * N]);
  const shifted = tf.reshape(tf.slice(flat, [0, N], [-1, N * (2 * N - 1)]), [H * batchSize, N, 2 * N - 1]);
  return tf.reshape(tf.slice(shifted, [0, 0, 0], [-1, N, N]), [H, batchSize, N, N]);
}
