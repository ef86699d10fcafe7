/** Heads: class logits and loss from the last layer, by label words at the mask or by a trained linear layer. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import type { Model } from "../backbone/family.js";
import { ConfigError } from "../errors.js";
import type { Random } from "../random.js";
import { normalTensor } from "./phmLinear.js";
import { type Weights, weightOf } from "./weights.js";

/** "cloze" scores label words where one is missing; "classifier" trains a linear layer on the first (or last) token. */
export type HeadKind = "cloze" | "classifier";

/** Turns the state that a batch's `readout` picks into class logits. */
export interface Head {
  readonly kind: HeadKind;
  readonly classCount: number;
  /** Trained weights of the head; none for "cloze". */
  initialWeights(random: Random): Record<string, tf.Tensor>;
  /**
   * [B, D] -> [B, C]
   * @param model  whose vocabulary head and final LayerNorm are read; default: the backbone
   */
  logits(weights: Weights, state: tf.Tensor2D, model?: Pick<Model, "logits" | "finalNorm">): tf.Tensor2D;
}

/**
 * @param labelTokenIds  token id of each class's label word, in label order
 * @throws ConfigError   when there are fewer than two classes
 */
export function createHead(kind: HeadKind, backbone: Backbone, labelTokenIds: readonly number[]): Head {
  const classCount = labelTokenIds.length;
  if (classCount < 2) {
    throw new ConfigError(`a task needs at least two label words; got ${classCount}. Give one word per class.`, {
      classCount,
    });
  }
  if (kind === "cloze") {
    return {
      kind,
      classCount,
      initialWeights: () => ({}),
      logits: (_weights, state, model = backbone) => model.logits(state, labelTokenIds),
    };
  }
  const D = backbone.config.hiddenSize;
  return {
    kind,
    classCount,
    initialWeights: (random) => ({
      "head.W": normalTensor([D, classCount], 0.02, random),
      "head.b": tf.zeros([classCount]),
    }),
    logits: (weights, state, model = backbone) =>
      tf.matMul<tf.Tensor2D>(model.finalNorm(state), weightOf(weights, "head.W")).add(weightOf(weights, "head.b")),
  };
}

/**
 * Mean cross entropy over the batch.
 *
 * @param logits   [B, C]
 * @param targets  one-hot labels, [B, C]
 */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  return logits.logSoftmax().mul(targets).sum(-1).mean().neg().asScalar();
}
