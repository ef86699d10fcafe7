/** A backbone with prompts that are made from its own reading of the text. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../../backbone/backbone.js";
import { PhmLinear, phmParameters } from "../../prompt/phmLinear.js";
import { promptedPass } from "../../prompt/promptedPass.js";
import { activate } from "../../prompt/promptGenerator.js";
import { type Weights, weightOf } from "../../prompt/weights.js";
import {
  type FrozenPart,
  type ModelInputs,
  type ParameterFormula,
  statesEntering,
  type TunableModel,
} from "../../train/tunableModel.js";
import { allLayers } from "../layers.js";
import type { IdpgConfig } from "./config.js";

/**
 * p_i = W_up g(W_down s + b_down) + b_i with s the frozen model's sentence vector: PHM layers D -> m -> l·D that all prompt
 * layers share, and an output bias for each. Prompt layers are the first alone, or all.
 *
 * @source Wu et al. 2022 (IDPG with PHM; S-IDPG and M-IDPG). Sentence vector: the first token's last state, a decoder's
 *         last token's, behind the final LayerNorm where there is one. Their dropout of 0.1 is left out, as all dropout here
 */
export function createIdpgModel(backbone: Backbone, options: IdpgConfig): TunableModel {
  const { isMultiLayer, promptLength: l, bottleneckSize: m, phmDim, activation } = options;
  const { hiddenSize: D } = backbone.config;
  const layers = isMultiLayer ? allLayers(backbone.config) : [0];
  const down = new PhmLinear({ name: "gen.down", inSize: D, outSize: m, phmDim });
  const up = new PhmLinear({ name: "gen.up", inSize: m, outSize: l * D, phmDim });
  const frozenPart = sentencePart(backbone);
  return {
    backbone,
    frozenPart,
    parameters: idpgParameters(options, D, layers.length),
    initialWeights(random) {
      const { "gen.up.b": bias, ...shared } = up.initialWeights(random.fork("up")); // each layer has its own
      bias?.dispose();
      const biases = Object.fromEntries(layers.map((layer) => [`gen.${layer}.b`, tf.zeros([l * D])]));
      return { ...down.initialWeights(random.fork("down")), ...shared, ...biases };
    },
    forward(weights, batch) {
      const sentence = batch.sentence ?? frozenPart.compute(batch); // [B, D]
      const low = activate(activation, down.apply(weights, sentence)); // -> [B, m]
      const raised = up.apply({ ...weights, "gen.up.b": tf.zeros([l * D]) }, low); // -> [B, l·D]
      const text = backbone.embed(batch.inputIds, batch.attentionMask); // [B, T, D]
      const inputs = { ...batch, text, promptLength: l, firstLayer: 0 };
      return promptedPass(backbone, inputs, (layer, previous) =>
        layers.includes(layer)
          ? (raised.add(biasOf(weights, layer)).reshape([-1, l, D]) as tf.Tensor3D)
          : (previous as tf.Tensor3D),
      );
    },
    headModel: () => backbone,
  };
}

function biasOf(weights: Weights, layer: number): tf.Tensor {
  return weightOf(weights, `gen.${layer}.b`);
}

/** A pass of the frozen backbone over the text alone, to one vector per example. */
function sentencePart(backbone: Backbone): FrozenPart {
  const { layerCount, clozePosition } = backbone.config;
  const last = layerCount - 1;
  const compute = (batch: Pick<ModelInputs, "inputIds" | "attentionMask" | "readout">): tf.Tensor2D => {
    const [B, T] = batch.inputIds.shape;
    const first = (): tf.Tensor3D => tf.concat3d([tf.ones([B, 1, 1]), tf.zeros([B, 1, T - 1])], 2);
    const bias = backbone.attentionBias(batch.attentionMask, 0);
    const readout = clozePosition === "mask" ? first() : batch.readout;
    const state = backbone.layer(last, statesEntering(backbone, last, batch), bias, readout); // [B, 1, D]
    return tf.squeeze(backbone.finalNorm(state), [1]); // -> [B, D]
  };
  return { key: "sentence", input: "sentence", compute };
}

function idpgParameters(
  { promptLength: l, bottleneckSize: m, phmDim: n }: IdpgConfig,
  D: number,
  layers: number,
): ParameterFormula {
  const down = phmParameters(D, m, n);
  const up = phmParameters(m, l * D, n);
  return {
    text: `down ${down.text} + up ${up.text} + ${layers - 1} further biases of ${l}·${D}`,
    count: down.count + up.count + (layers - 1) * l * D,
  };
}
