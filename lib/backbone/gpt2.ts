/** GPT-2 language model: pre-norm decoder, each token sees those before it; a label word comes after the text. */

import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { attention, causalBias, geluTanh, linear } from "../engine/nn.js";
import {
  type Adapt,
  type BackboneFamily,
  type Model,
  type ModelConfig,
  parseModelConfig,
  type Weights,
} from "./family.js";
import { countPositions, nameWeights, pairShapes } from "./namedWeights.js";
import { pickRows, prependRows } from "./readout.js";

/** What the forward pass needs beyond the facts of every backbone. */
interface Gpt2Config extends ModelConfig {
  readonly layerNormEps: number;
}

const size = z.int().positive();
const configSchema = z
  .object({
    model_type: z.literal("gpt2"),
    n_layer: size,
    n_embd: size,
    n_head: size,
    n_inner: size.nullish(),
    n_positions: size,
    vocab_size: size,
    layer_norm_epsilon: z.number().positive().default(1e-5),
    activation_function: z.literal("gelu_new").default("gelu_new"),
    pad_token_id: z.int().nonnegative().nullish(),
    eos_token_id: z.int().nonnegative().default(50256),
    scale_attn_weights: z.literal(true).default(true),
    scale_attn_by_inverse_layer_idx: z.literal(false).default(false),
    add_cross_attention: z.literal(false).default(false),
    tie_word_embeddings: z.literal(true).default(true),
  })
  .refine((c) => c.n_embd % c.n_head === 0, { error: "n_embd must be a multiple of n_head" });

/** GPT-2 as the registry knows it. Padding is the end-of-text token, as the vocabulary has none of its own. */
export const gpt2Family: BackboneFamily<Gpt2Config> = {
  parseConfig: (json, path) => {
    const c = parseModelConfig(configSchema, json, path, "GPT-2");
    return {
      family: "gpt2",
      clozePosition: "last",
      layerCount: c.n_layer,
      hiddenSize: c.n_embd,
      headCount: c.n_head,
      vocabSize: c.vocab_size,
      maxLength: c.n_positions,
      padTokenId: c.pad_token_id ?? c.eos_token_id,
      positionCount: c.n_positions,
      typeVocabSize: 0,
      intermediateSize: c.n_inner ?? 4 * c.n_embd,
      layerNormEps: c.layer_norm_epsilon,
    };
  },
  requiredWeights: ({ layerCount, hiddenSize: D, intermediateSize: F, vocabSize: V, positionCount }) => ({
    "transformer.wte.weight": [V, D],
    "transformer.wpe.weight": [positionCount, D],
    ...Object.assign(
      {},
      ...Array.from({ length: layerCount }, (_, index) => {
        const prefix = layerPrefix(index);
        return {
          ...pairShapes(`${prefix}.ln_1`, D),
          ...rowMapShapes(`${prefix}.attn.c_attn`, D, 3 * D),
          ...rowMapShapes(`${prefix}.attn.c_proj`, D, D),
          ...pairShapes(`${prefix}.ln_2`, D),
          ...rowMapShapes(`${prefix}.mlp.c_fc`, D, F),
          ...rowMapShapes(`${prefix}.mlp.c_proj`, F, D),
        };
      }),
    ),
    ...pairShapes("transformer.ln_f", D),
  }),
  optionalWeights: () => ({}),
  // the hub's files are of the model without its head, which has no prefix
  canonicalName: (stored) => (/^(transformer|lm_head)\./.test(stored) ? stored : `transformer.${stored}`),
  isIgnored: (name) => /\.attn\.(bias|masked_bias)$/.test(name) || name === "lm_head.weight", // causal mask; tied head
  isInputsFirst: true,
  model: gpt2Model,
  linearMaps: (_config, index) => {
    const prefix = layerPrefix(index);
    return {
      query: `${prefix}.attn.c_attn.query`,
      value: `${prefix}.attn.c_attn.value`,
      attentionOutput: `${prefix}.attn.c_proj`,
      output: `${prefix}.mlp.c_proj`,
    };
  },
};

/**
 * The forward pass over `weights`; differentiable in all of them. B examples, T tokens, D hidden size, V vocabulary.
 *
 * @source Radford et al. 2019; GPT2LMHeadModel in Hugging Face transformers, without dropout
 */
function gpt2Model(config: Gpt2Config, weights: Weights, adapt?: Adapt): Model {
  const { hiddenSize: D, headCount } = config;
  const { weight, dense, norm, lookUp } = nameWeights(weights, config.layerNormEps, adapt);
  const rowMap = (x: tf.Tensor2D, name: string): tf.Tensor2D => dense(x, name, false); // [N, in] -> [N, out]
  const finalNorm = <T extends tf.Tensor>(hidden: T): T => norm(hidden, "transformer.ln_f");

  return {
    embed: (inputIds, _attentionMask, { positionIds = countPositions(inputIds) } = {}) =>
      tf.add(lookUp("transformer.wte", inputIds), lookUp("transformer.wpe", positionIds)),

    attentionBias: (attentionMask) => causalBias(attentionMask),

    layer(index, hidden, attentionBias, readout, prompt) {
      const prefix = layerPrefix(index);
      const [B, T] = hidden.shape;
      const x = norm(pickRows(hidden), `${prefix}.ln_1`); // [B·T, D]
      const joined = rowMap(x, `${prefix}.attn.c_attn`); // -> [B·T, 3·D]
      const [q, key, v] = tf.split(joined, 3, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const query = adapt === undefined ? q : adapt(`${prefix}.attn.c_attn.query`, x, q);
      const value = adapt === undefined ? v : adapt(`${prefix}.attn.c_attn.value`, x, v);
      const read = pickRows(tf.reshape(query, [B, T, D]), readout); // [B·T, D], or [B·R, D]
      const ofText = prompt === undefined ? attentionBias : tf.slice(attentionBias, [0, 0, prompt.key.shape[0], 0]);
      const bias = readout === undefined ? ofText : tf.matMul(tf.expandDims(readout, 1), ofText);
      const [keys, values] = [prependRows(key, prompt?.key, B), prependRows(value, prompt?.value, B)];
      const mixed = attention(read, keys, values, bias, B, headCount);
      const attended: tf.Tensor2D = tf.add(pickRows(hidden, readout), rowMap(mixed, `${prefix}.attn.c_proj`));
      const inner = geluTanh(rowMap(norm(attended, `${prefix}.ln_2`), `${prefix}.mlp.c_fc`)); // -> [B·T or B·R, F]
      return tf.reshape(tf.add(attended, rowMap(inner, `${prefix}.mlp.c_proj`)), [B, -1, D]);
    },

    finalNorm,

    logits(hidden, tokenIds) {
      const embeddings = weight("transformer.wte.weight");
      const rows = tokenIds === undefined ? embeddings : tf.gather(embeddings, tf.tensor1d([...tokenIds], "int32"));
      return linear(finalNorm(hidden), rows); // [N, D] -> [N, V or tokenIds.length]
    },
  };
}

/** Shapes of GPT-2's linear maps, whose matrices are stored as [in, out]. */
function rowMapShapes(name: string, inputs: number, outputs: number) {
  return { [`${name}.weight`]: [inputs, outputs], [`${name}.bias`]: [outputs] };
}

function layerPrefix(index: number): string {
  return `transformer.h.${index}`;
}
