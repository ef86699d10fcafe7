/** The hyper-network of a search as it is after it: every layer has a generator, and a gate between 0 and 1. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../../backbone/backbone.js";
import { gates } from "../../prompt/gate.js";
import { type HypernetworkOptions, PromptHypernetwork } from "../../prompt/promptHypernetwork.js";
import { type Weights, weightOf } from "../../prompt/weights.js";
import type { TunableModel } from "../../train/tunableModel.js";
import { allLayers } from "../layers.js";

/** Weights are those that a search saves: the generators', and the gate logits `alphas`, [L]. */
export function createGatedModel(backbone: Backbone, options: Omit<HypernetworkOptions, "layers">): TunableModel {
  const layers = allLayers(backbone.config);
  const network = new PromptHypernetwork(backbone, { ...options, layers });
  const { text, count } = network.parameters;
  return {
    backbone,
    frozenPart: network.frozenPart,
    parameters: { text: `${text} + ${layers.length} gates`, count: count + layers.length },
    initialWeights: (random) => ({ ...network.initialWeights(random), alphas: tf.zeros([layers.length]) }),
    forward(weights: Weights, batch) {
      const gate = gates(weightOf(weights, "alphas"), { isReparameterised: false }); // the same values either way
      return network.forward(weights, batch, tf.expandDims(gate, 0) as tf.Tensor2D); // [L] -> [1, L]: one pass
    },
    headModel: () => backbone,
  };
}
