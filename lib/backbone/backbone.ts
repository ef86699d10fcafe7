/** What the rest of the library knows of a frozen language model, whatever its family. */

import type * as tf from "@tensorflow/tfjs";
import type { Tokenizer } from "./tokenizer.js";

/** The facts of a backbone that prompts, gates and tasks need. */
export interface BackboneConfig {
  /** Registry name of the model family, such as "roberta". */
  readonly family: string;
  readonly layerCount: number;
  readonly hiddenSize: number;
  readonly headCount: number;
  /** Inner size of the layers' feed-forward part. */
  readonly intermediateSize: number;
  readonly vocabSize: number;
  /** Longest text in tokens, special tokens included (prompt rows do not count). */
  readonly maxLength: number;
  readonly padTokenId: number;
  /** Nothing where the vocabulary has no mask token. */
  readonly maskTokenId: number | undefined;
  /** Where a label word is predicted: at a mask inside the text, or after the last token. */
  readonly clozePosition: "mask" | "last";
  /** Rows of the position table; 0 where the model has none. */
  readonly positionCount: number;
  /** Kinds of text that token types tell apart; 0 where the model has none. */
  readonly typeVocabSize: number;
}

/** What `embed` may be told of each token; families that have no such table leave it unread. */
export interface TokenFacts {
  /** Row of the position table, [B, T] int32; without it, the family's own rule. */
  readonly positionIds?: tf.Tensor2D;
  /** First or second text, [B, T] int32; without it, 0. */
  readonly tokenTypeIds?: tf.Tensor2D;
}

/** Keys and values that one layer's attention sees in front of the text's own, the same for every example. */
export interface AttentionPrompt {
  /** [l, D], in the order of heads */
  readonly key: tf.Tensor2D;
  /** [l, D] */
  readonly value: tf.Tensor2D;
}

/**
 * A frozen language model as a stack of layers between an embedding and a vocabulary head.
 * Shapes: B examples, T text tokens, l prompt rows, D hidden size, V vocabulary.
 * A tensor-returning method records tfjs operations, so it can run inside `jit` and under gradients.
 */
export interface Backbone {
  /** Directory or hub name it was loaded from. */
  readonly name: string;
  readonly config: BackboneConfig;
  readonly tokenizer: Tokenizer;
  /** SHA-256 (hex) over config.json and the weight bytes, and the precision where that rounds them. */
  readonly hash: string;
  /** Precision of the matrices in memory, such as "f16". */
  readonly weightStorage: string;
  /** Weight tensors by Hugging Face name; they belong to the backbone. */
  readonly weights: Readonly<Record<string, tf.Tensor>>;
  /** Embedding output (after its LayerNorm, where there is one), [B, T] int32 ids, [B, T] int32 mask -> [B, T, D]. */
  embed(inputIds: tf.Tensor2D, attentionMask: tf.Tensor2D, facts?: TokenFacts): tf.Tensor3D;
  /**
   * What the layers' attention needs to know of padding (and causality), made once per forward pass.
   * @param attentionMask  [B, l + T] int32, prompt rows first (ones)
   * @param promptLength   l, rows at the front that are no text
   */
  attentionBias(attentionMask: tf.Tensor2D, promptLength: number): tf.Tensor;
  /**
   * Transformer layer `index` (0-based): [B, l + T, D] -> [B, l + T, D].
   * @param readout  [B, R, l + T], each row 1 at one position: computes the states there and no others, -> [B, R, D];
   *                 for the last layer, of which a head reads one state
   * @param prompt   l keys and values in front of the rows' own, which `attentionBias` then counts and `hidden` does not:
   *                 [B, T, D] -> [B, T, D]
   */
  layer(
    index: number,
    hidden: tf.Tensor3D,
    attentionBias: tf.Tensor,
    readout?: tf.Tensor3D,
    prompt?: AttentionPrompt,
  ): tf.Tensor3D;
  /** The LayerNorm that some families have after the last layer, [..., D]; others hand on what they get. */
  finalNorm<T extends tf.Tensor>(hidden: T): T;
  /** Vocabulary logits of last-layer rows (`finalNorm` is part of it): [N, D] -> [N, V]; with `tokenIds`, only those columns, [N, tokenIds.length]. */
  logits(hidden: tf.Tensor2D, tokenIds?: readonly number[]): tf.Tensor2D;
  /** Frees the weights. */
  dispose(): void;
}
