/** BERT masked language model: post-norm encoder, token types, positions from 0. */

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
import { type BackboneFamily, parseModelConfig } from "./family.js";
import { countPositions, pairShapes } from "./namedWeights.js";

const configSchema = encoderSchema.safeExtend({
  model_type: z.literal("bert"),
  type_vocab_size: z.int().positive().default(2),
  pad_token_id: z.int().nonnegative().default(0),
  is_decoder: z.literal(false).default(false),
});

/**
 * BERT as the registry knows it.
 *
 * @source Devlin et al. 2019; BertForMaskedLM in Hugging Face transformers, without dropout
 */
export const bertFamily: BackboneFamily<EncoderConfig> = {
  parseConfig: (json, path) => {
    const c = parseModelConfig(configSchema, json, path, "BERT");
    return { family: "bert", ...encoderConfig(c) };
  },
  requiredWeights: (config) => encoderWeightShapes(config, bertParts(config)),
  optionalWeights: ({ hiddenSize: D }) => pairShapes("bert.pooler.dense", D, D),
  // the first checkpoints have TensorFlow's names for LayerNorm
  canonicalName: (stored) =>
    stored.replace(/LayerNorm\.gamma$/, "LayerNorm.weight").replace(/LayerNorm\.beta$/, "LayerNorm.bias"),
  isIgnored: (name, { isTied }) =>
    name === "bert.embeddings.position_ids" ||
    name === "cls.predictions.decoder.bias" || // the same parameter as cls.predictions.bias
    name.startsWith("cls.seq_relationship.") || // the next-sentence head
    (isTied && name === "cls.predictions.decoder.weight"),
  model: (config, weights, adapt) => encoderModel(config, weights, bertParts(config), adapt),
  linearMaps: (config, index) => encoderMaps(bertParts(config), index),
};

function bertParts(config: EncoderConfig): EncoderParts {
  return {
    root: "bert",
    head: {
      dense: "cls.predictions.transform.dense",
      norm: "cls.predictions.transform.LayerNorm",
      decoder: "cls.predictions.decoder.weight",
      bias: "cls.predictions.bias",
    },
    positionIds: countPositions,
    ...plainAttention(config),
  };
}
