/** A backbone of which all weights are trained. */

import type { Backbone } from "../../backbone/backbone.js";
import { modelOver, weightShapes } from "../../backbone/loadBackbone.js";
import type { HeadKind } from "../../prompt/clozeHead.js";
import { weightOf } from "../../prompt/weights.js";
import type { TunableModel } from "../../train/tunableModel.js";
import { textModel } from "../textModel.js";

/** Weights of the vocabulary head alone, which a classifier does not read. */
const VOCABULARY_HEAD = /^(lm_head|cls)\./;

/** Names of the weights that a loss through `head` reads, and their shapes. */
export function readShapes(backbone: Backbone, head: HeadKind): Record<string, readonly number[]> {
  const shapes = Object.entries(weightShapes(backbone));
  return Object.fromEntries(shapes.filter(([name]) => head === "cloze" || !VOCABULARY_HEAD.test(name)));
}

/** Trains copies of all weights that the loss reads, the vocabulary head's with the cloze; the backbone stays as it is. */
export function createFullModel(backbone: Backbone, { head }: { readonly head: HeadKind }): TunableModel {
  const shapes = readShapes(backbone, head);
  const sizes = Object.values(shapes).map((shape) => shape.reduce((product, n) => product * n, 1));
  const count = sizes.reduce((sum, size) => sum + size, 0);
  return textModel({
    backbone,
    lowestLayer: 0,
    parameters: { text: `all of the ${sizes.length} tensors that the loss reads`, count },
    initialWeights: () =>
      Object.fromEntries(Object.keys(shapes).map((name) => [name, weightOf(backbone.weights, name).clone()])),
    over: (weights) => modelOver(backbone, weights),
  });
}
