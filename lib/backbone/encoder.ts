/** Post-norm encoders with a masked-language-model head: what BERT, RoBERTa and DeBERTa have in common. */

import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { attention, gelu, linear, paddingBias } from "../engine/nn.js";
import type { AttentionPrompt } from "./backbone.js";
import type { Adapt, LinearMaps, Model, ModelConfig, WeightShapes, Weights } from "./family.js";
import { type NamedWeights, nameWeights, pairShapes } from "./namedWeights.js";
import { pickRows, prependRows } from "./readout.js";

/** What the forward pass needs beyond the facts of every backbone. */
export interface EncoderConfig extends ModelConfig {
  readonly layerNormEps: number;
  /** Whether the vocabulary head's matrix is the word embedding. */
  readonly isTied: boolean;
}

/** What one family names, or does, in its own way. */
export interface EncoderParts {
  /** First part of the weights' names, such as "bert". */
  readonly root: string;
  /** Names of the vocabulary head's dense layer, its LayerNorm, its matrix (where not tied) and its bias. */
  readonly head: { readonly dense: string; readonly norm: string; readonly decoder: string; readonly bias: string };
  /** Row of the position table for each token, [B, T] or, where the same for all rows, [1, T] int32. */
  positionIds(inputIds: tf.Tensor2D): tf.Tensor2D;
  /** Shapes of one layer's query, key and value weights; names start with `prefix`. */
  attentionShapes(prefix: string, hiddenSize: number): WeightShapes;
  /** Names of a layer's maps to queries and to values. */
  readonly attentionMaps: Pick<LinearMaps, "query" | "value">;
  /** Mixes the rows of each example, before the output projection: [B, T, D] -> [B·T, D], or the R that `readout` picks. */
  attend(
    named: NamedWeights,
    prefix: string,
    hidden: tf.Tensor3D,
    bias: tf.Tensor,
    readout: tf.Tensor3D | undefined,
    prompt: AttentionPrompt | undefined,
  ): tf.Tensor2D;
}

const size = z.int().positive();

/** The fields of config.json that the families share; each adds its `model_type` and its defaults. */
export const encoderSchema = z
  .object({
    num_hidden_layers: size,
    hidden_size: size,
    num_attention_heads: size,
    intermediate_size: size,
    vocab_size: size,
    max_position_embeddings: size,
    layer_norm_eps: z.number().positive().default(1e-12), // as transformers where the field is absent
    hidden_act: z.literal("gelu").default("gelu"),
    position_embedding_type: z.literal("absolute").default("absolute"),
    tie_word_embeddings: z.boolean().default(true),
  })
  .refine((c) => c.hidden_size % c.num_attention_heads === 0, {
    error: "hidden_size must be a multiple of num_attention_heads",
  });

/** A config.json with the fields whose defaults differ by family. */
type EncoderFields = z.output<typeof encoderSchema> & {
  readonly type_vocab_size: number;
  readonly pad_token_id: number;
};

/** The facts as most families read them. */
export function encoderConfig(c: EncoderFields) {
  return {
    maxLength: c.max_position_embeddings,
    padTokenId: c.pad_token_id,
    positionCount: c.max_position_embeddings,
    typeVocabSize: c.type_vocab_size,
    clozePosition: "mask" as const,
    layerCount: c.num_hidden_layers,
    hiddenSize: c.hidden_size,
    headCount: c.num_attention_heads,
    vocabSize: c.vocab_size,
    intermediateSize: c.intermediate_size,
    layerNormEps: c.layer_norm_eps,
    isTied: c.tie_word_embeddings,
  };
}

/** Shape of every parameter of the masked language model, by Hugging Face name, in forward order. */
export function encoderWeightShapes(config: EncoderConfig, parts: EncoderParts): WeightShapes {
  const { hiddenSize: D, intermediateSize: F, vocabSize: V, positionCount, typeVocabSize } = config;
  const { root, head } = parts;
  const layers = Array.from({ length: config.layerCount }, (_, index) => {
    const prefix = layerPrefix(root, index);
    return {
      ...parts.attentionShapes(`${prefix}.attention.self`, D),
      ...pairShapes(`${prefix}.attention.output.dense`, D, D),
      ...pairShapes(`${prefix}.attention.output.LayerNorm`, D),
      ...pairShapes(`${prefix}.intermediate.dense`, F, D),
      ...pairShapes(`${prefix}.output.dense`, D, F),
      ...pairShapes(`${prefix}.output.LayerNorm`, D),
    };
  });
  return {
    [`${root}.embeddings.word_embeddings.weight`]: [V, D],
    ...(positionCount > 0 && { [`${root}.embeddings.position_embeddings.weight`]: [positionCount, D] }),
    ...(typeVocabSize > 0 && { [`${root}.embeddings.token_type_embeddings.weight`]: [typeVocabSize, D] }),
    ...pairShapes(`${root}.embeddings.LayerNorm`, D),
    ...Object.assign({}, ...layers),
    ...pairShapes(head.dense, D, D),
    ...pairShapes(head.norm, D),
    ...(!config.isTied && { [head.decoder]: [V, D] }),
    [head.bias]: [V],
  };
}

/**
 * The forward pass over `weights`, which may be tensors, variables, or traced values; differentiable in all of them.
 * B examples, T tokens, D hidden size, V vocabulary.
 *
 * @source Devlin et al. 2019; BertForMaskedLM in Hugging Face transformers, without dropout
 */
export function encoderModel(config: EncoderConfig, weights: Weights, parts: EncoderParts, adapt?: Adapt): Model {
  const { hiddenSize: D } = config;
  const { root, head } = parts;
  const named = nameWeights(weights, config.layerNormEps, adapt);
  const { weight, dense, norm, lookUp } = named;

  return {
    embed(inputIds, _attentionMask, { positionIds, tokenTypeIds } = {}) {
      let sum = lookUp(`${root}.embeddings.word_embeddings`, inputIds); // [B, T, D]
      if (config.typeVocabSize > 0) {
        const types = `${root}.embeddings.token_type_embeddings`;
        const first = (): tf.Tensor => tf.slice(weight(`${types}.weight`), [0, 0], [1, D]);
        sum = tf.add(sum, tokenTypeIds === undefined ? first() : lookUp(types, tokenTypeIds));
      }
      if (config.positionCount > 0) {
        const positions = positionIds ?? parts.positionIds(inputIds);
        sum = tf.add(sum, lookUp(`${root}.embeddings.position_embeddings`, positions));
      }
      return norm(sum, `${root}.embeddings.LayerNorm`);
    },

    attentionBias: (attentionMask) => paddingBias(attentionMask),

    layer(index, hidden, attentionBias, readout, prompt) {
      const prefix = layerPrefix(root, index);
      const mixed = parts.attend(named, `${prefix}.attention.self`, hidden, attentionBias, readout, prompt);
      const attended = norm(
        tf.add<tf.Tensor2D>(dense(mixed, `${prefix}.attention.output.dense`), pickRows(hidden, readout)),
        `${prefix}.attention.output.LayerNorm`,
      );
      const inner = gelu(dense(attended, `${prefix}.intermediate.dense`)); // [B·T, D] -> [B·T, F]
      const output = norm(tf.add(dense(inner, `${prefix}.output.dense`), attended), `${prefix}.output.LayerNorm`);
      return tf.reshape(output, [hidden.shape[0], -1, D]);
    },

    finalNorm: (hidden) => hidden,

    logits(hidden, tokenIds) {
      const features = norm(gelu(dense(hidden, head.dense)), head.norm);
      const decoder = weight(config.isTied ? `${root}.embeddings.word_embeddings.weight` : head.decoder);
      const bias = weight(head.bias);
      if (tokenIds === undefined) return linear(features, decoder, bias); // [N, D] -> [N, V]
      const columns = tf.tensor1d([...tokenIds], "int32");
      return linear(features, tf.gather(decoder, columns), tf.gather(bias, columns)); // -> [N, tokenIds.length]
    },

    pool: (hidden) => tf.tanh(dense(firstRows(hidden), `${root}.pooler.dense`)),
  };
}

/** Query, key and value projections of their own, as in BERT and RoBERTa. */
export function plainAttention({
  headCount,
}: EncoderConfig): Pick<EncoderParts, "attentionShapes" | "attentionMaps" | "attend"> {
  return {
    attentionMaps: { query: "query", value: "value" },
    attentionShapes: (prefix, D) =>
      Object.assign({}, ...["query", "key", "value"].map((role) => pairShapes(`${prefix}.${role}`, D, D))),
    attend: ({ dense }, prefix, hidden, bias, readout, prompt) => {
      const B = hidden.shape[0];
      const x = pickRows(hidden); // [B·T, D]
      const query = dense(pickRows(hidden, readout), `${prefix}.query`);
      const key = prependRows(dense(x, `${prefix}.key`), prompt?.key, B);
      const value = prependRows(dense(x, `${prefix}.value`), prompt?.value, B);
      return attention(query, key, value, bias, B, headCount);
    },
  };
}

/** Names of the linear maps of layer `index` that methods adapt. */
export function encoderMaps({ root, attentionMaps }: EncoderParts, index: number): LinearMaps {
  const prefix = layerPrefix(root, index);
  return {
    query: `${prefix}.attention.self.${attentionMaps.query}`,
    value: `${prefix}.attention.self.${attentionMaps.value}`,
    attentionOutput: `${prefix}.attention.output.dense`,
    output: `${prefix}.output.dense`,
  };
}

/** State of each example's first token: [B, T, D] -> [B, D]. */
export function firstRows(hidden: tf.Tensor3D): tf.Tensor2D {
  const [B, , D] = hidden.shape;
  return tf.reshape(tf.slice(hidden, [0, 0, 0], [B, 1, D]), [B, D]);
}

function layerPrefix(root: string, index: number): string {
  return `${root}.encoder.layer.${index}`;
}
