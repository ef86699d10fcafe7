/** A backbone of which the bias vectors are trained. */

import type { Backbone } from "../../backbone/backbone.js";
import { modelOver } from "../../backbone/loadBackbone.js";
import { weightOf } from "../../prompt/weights.js";
import type { TunableModel } from "../../train/tunableModel.js";
import { readShapes } from "../full/model.js";
import { textModel } from "../textModel.js";

/** Trains the biases of the embedding's LayerNorm and of all layers, LayerNorm's among them; not the vocabulary head's. */
export function createBitfitModel(backbone: Backbone): TunableModel {
  const names = Object.keys(readShapes(backbone, "classifier")).filter((name) => name.endsWith("bias"));
  const { layerCount: L, hiddenSize: D, intermediateSize: F } = backbone.config;
  return textModel({
    backbone,
    lowestLayer: 0,
    parameters: { text: `D + L(7D + F) = ${D} + ${L}(7·${D} + ${F})`, count: D + L * (7 * D + F) },
    initialWeights: () => Object.fromEntries(names.map((name) => [name, weightOf(backbone.weights, name).clone()])),
    over: (weights) => modelOver(backbone, { ...backbone.weights, ...weights }),
  });
}
