/** A backbone whose own weights or linear maps are changed, and that reads the text alone. */

import * as tf from "@tensorflow/tfjs";
import type { Model } from "../backbone/family.js";
import type { Weights } from "../prompt/weights.js";
import { layersBelow, type TunableModel } from "../train/tunableModel.js";

/** What sets one such model apart from another. */
export interface TextModelOptions extends Pick<TunableModel, "backbone" | "parameters" | "initialWeights"> {
  /** The lowest layer that is changed; what enters it is the frozen backbone's. 0 where the embedding is changed, too. */
  readonly lowestLayer: number;
  /** The changed backbone. */
  over(weights: Weights): Model;
}

/** The model of `options`. */
export function textModel(options: TextModelOptions): TunableModel {
  const { backbone, parameters, lowestLayer, over } = options;
  return {
    backbone,
    parameters,
    frozenPart: layersBelow(backbone, lowestLayer),
    initialWeights: (random) => options.initialWeights(random),
    forward(weights, { inputIds, attentionMask, readout, text }) {
      const model = over(weights);
      const bias = model.attentionBias(attentionMask, 0);
      let hidden = text ?? model.embed(inputIds, attentionMask); // [B, T, D]
      const last = backbone.config.layerCount - 1;
      for (let layer = text === undefined ? 0 : lowestLayer; layer < last; layer++) {
        hidden = model.layer(layer, hidden, bias);
      }
      return tf.squeeze(model.layer(last, hidden, bias, readout), [1]); // [B, 1, D] -> [B, D]
    },
    headModel: over,
  };
}
