/** A backbone whose attention sees free keys and values in front of the text's, at every layer. */

import * as tf from "@tensorflow/tfjs";
import type { AttentionPrompt, Backbone } from "../../backbone/backbone.js";
import { normalTensor } from "../../prompt/phmLinear.js";
import { promptMask } from "../../prompt/promptedPass.js";
import { type Weights, weightOf } from "../../prompt/weights.js";
import type { TunableModel } from "../../train/tunableModel.js";
import { allLayers } from "../layers.js";
import type { PTuningV2Config } from "./config.js";

/** Of the weights at the start: what transformers gives embeddings that a checkpoint lacks, as theirs are. */
const DEVIATION = 0.02;

/**
 * `prompt.<layer>.key` and `prompt.<layer>.value`, [l, D] each, the same for every example.
 *
 * @source Liu et al. 2022, "P-Tuning v2", without the optional MLP. In their code the text's position ids begin behind the
 *         prompt; ours stay where they are, as with all prompts here
 */
export function createPTuningV2Model(backbone: Backbone, { promptLength: l }: PTuningV2Config): TunableModel {
  const { layerCount: L, hiddenSize: D } = backbone.config;
  const promptOf = (weights: Weights, layer: number): AttentionPrompt => ({
    key: weightOf(weights, `prompt.${layer}.key`),
    value: weightOf(weights, `prompt.${layer}.value`),
  });
  return {
    backbone,
    frozenPart: undefined,
    parameters: { text: `2·L·l·D = 2·${L}·${l}·${D}`, count: 2 * L * l * D },
    initialWeights(random) {
      const names = allLayers(backbone.config).flatMap((layer) => [`prompt.${layer}.key`, `prompt.${layer}.value`]);
      return Object.fromEntries(names.map((name) => [name, normalTensor([l, D], DEVIATION, random.fork(name))]));
    },
    forward(weights, { inputIds, attentionMask, readout }) {
      const bias = backbone.attentionBias(promptMask(attentionMask, l), l);
      let hidden = backbone.embed(inputIds, attentionMask); // [B, T, D]
      const last = L - 1;
      for (let layer = 0; layer < last; layer++) {
        hidden = backbone.layer(layer, hidden, bias, undefined, promptOf(weights, layer));
      }
      return tf.squeeze(backbone.layer(last, hidden, bias, readout, promptOf(weights, last)), [1]); // -> [B, D]
    },
    headModel: () => backbone,
  };
}
