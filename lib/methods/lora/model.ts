/** A backbone with low-rank updates of its maps to queries and values. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../../backbone/backbone.js";
import type { Adapt } from "../../backbone/family.js";
import { linearMaps, modelOver } from "../../backbone/loadBackbone.js";
import { normalTensor } from "../../prompt/phmLinear.js";
import { type Weights, weightOf } from "../../prompt/weights.js";
import type { Random } from "../../random.js";
import type { TunableModel } from "../../train/tunableModel.js";
import { textModel } from "../textModel.js";
import type { LoraConfig } from "./config.js";

/**
 * y + (alpha / r) · (x A) B behind each map to queries and to values: A [D, r] normal, B [r, D] zero at the start.
 *
 * @source Hu et al. 2022. They draw A with PyTorch's bounds in released code; ours is normal with deviation 1 / sqrt(D)
 */
export function createLoraModel(backbone: Backbone, { rank: r, alpha }: LoraConfig): TunableModel {
  const { layerCount: L, hiddenSize: D } = backbone.config;
  const prefixes = new Map<string, string>(); // of a map's name, the prefix of its update's weights
  for (let layer = 0; layer < L; layer++) {
    const { query, value } = linearMaps(backbone, layer);
    prefixes.set(query, `lora.${layer}.query`).set(value, `lora.${layer}.value`);
  }
  const adapt = (weights: Weights): Adapt => {
    return (name, input, output) => {
      const prefix = prefixes.get(name);
      if (prefix === undefined) return output;
      const low: tf.Tensor2D = tf.matMul(input, weightOf(weights, `${prefix}.A`)); // [N, D] -> [N, r]
      return tf.add(output, tf.mul(tf.matMul(low, weightOf(weights, `${prefix}.B`)), alpha / r)); // -> [N, D]
    };
  };
  const initialWeights = (random: Random): Record<string, tf.Tensor> => {
    const weights: Record<string, tf.Tensor> = {};
    for (const prefix of prefixes.values()) {
      weights[`${prefix}.A`] = normalTensor([D, r], 1 / Math.sqrt(D), random.fork(prefix));
      weights[`${prefix}.B`] = tf.zeros([r, D]);
    }
    return weights;
  };
  return textModel({
    backbone,
    lowestLayer: 0,
    parameters: { text: `L·2·2Dr = ${L}·2·2·${D}·${r}`, count: L * 2 * 2 * D * r },
    initialWeights,
    over: (weights) => modelOver(backbone, backbone.weights, adapt(weights)),
  });
}
