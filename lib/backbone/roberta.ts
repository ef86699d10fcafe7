/** RoBERTa masked language model: BERT's encoder with names, positions and special tokens of its own. */

import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import {
  type EncoderConfig,
  type EncoderParts,
  encoderConfig,
  encoderMaps,
  encoderModel,
  encoderSchema,
  encoderWeightShapes,
  plainAttention,
} from "./encoder.js";
import {
  type Adapt,
  type BackboneFamily,
  type Model,
  parseModelConfig,
  type WeightShapes,
  type Weights,
} from "./family.js";
import { pairShapes } from "./namedWeights.js";

/** The fields of config.json that the forward pass needs; `positionCount` is maxLength + padTokenId + 1. */
export interface RobertaConfig extends EncoderConfig {
  readonly family: "roberta";
}

const configSchema = encoderSchema
  .safeExtend({
    model_type: z.literal("roberta"),
    type_vocab_size: z.int().positive().default(1),
    pad_token_id: z.int().nonnegative().default(1),
  })
  .refine((c) => c.max_position_embeddings > c.pad_token_id + 1, {
    error: "max_position_embeddings must exceed pad_token_id + 1, the number of positions that no text takes",
  });

/** RoBERTa as the registry knows it. */
export const robertaFamily: BackboneFamily<RobertaConfig> = {
  parseConfig: parseRobertaConfig,
  requiredWeights: robertaWeightShapes,
  optionalWeights: ({ hiddenSize: D }) => pairShapes("roberta.pooler.dense", D, D),
  isIgnored: (name, { isTied }) =>
    name === "roberta.embeddings.position_ids" ||
    name === "roberta.embeddings.token_type_ids" ||
    name === "lm_head.decoder.bias" || // the same parameter as lm_head.bias
    (isTied && name === "lm_head.decoder.weight"),
  model: robertaModel,
  linearMaps: (config, index) => encoderMaps(robertaParts(config), index),
};

/**
 * Reads a Hugging Face config.json of `model_type` "roberta".
 *
 * @param path  where it came from, for the message
 * @throws CheckpointError  naming the field
 */
export function parseRobertaConfig(json: unknown, path: string): RobertaConfig {
  const c = parseModelConfig(configSchema, json, path, "RoBERTa");
  return {
    family: "roberta",
    ...encoderConfig(c),
    maxLength: c.max_position_embeddings - c.pad_token_id - 1,
  };
}

/** Shape of every parameter of the masked language model, by Hugging Face name, in forward order. */
export function robertaWeightShapes(config: RobertaConfig): WeightShapes {
  return encoderWeightShapes(config, robertaParts(config));
}

/**
 * The forward pass over `weights`; see `encoderModel`.
 *
 * @source Liu et al. 2019; RobertaForMaskedLM in Hugging Face transformers, without dropout
 */
export function robertaModel(config: RobertaConfig, weights: Weights, adapt?: Adapt): Model {
  return encoderModel(config, weights, robertaParts(config), adapt);
}

function robertaParts(config: RobertaConfig): EncoderParts {
  return {
    root: "roberta",
    head: {
      dense: "lm_head.dense",
      norm: "lm_head.layer_norm",
      decoder: "lm_head.decoder.weight",
      bias: "lm_head.bias",
    },
    positionIds: (inputIds) => positionIds(inputIds, config.padTokenId),
    ...plainAttention(config),
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
