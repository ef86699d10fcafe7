/** A backbone with small networks inside its layers. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../../backbone/backbone.js";
import type { Adapt } from "../../backbone/family.js";
import { linearMaps, modelOver } from "../../backbone/loadBackbone.js";
import { PhmLinear } from "../../prompt/phmLinear.js";
import { type Activation, activate } from "../../prompt/promptGenerator.js";
import type { Weights } from "../../prompt/weights.js";
import type { Random } from "../../random.js";
import type { ParameterFormula, TunableModel } from "../../train/tunableModel.js";
import { textModel } from "../textModel.js";

/** What an adapter is made of. */
export interface AdapterOptions {
  /** Layers below this one have none. */
  readonly lowestLayer: number;
  /** m */
  readonly bottleneckSize: number;
  readonly activation: Activation;
}

/**
 * y + W_up g(W_down y + b_down) + b_up behind each layer's attention and behind its feed-forward part, before the
 * residual sums. W_up is zero at the start, so that the model is the frozen one.
 *
 * @source Houlsby et al. 2019. They start W_up near zero, and train each layer's LayerNorm as well; ours stays frozen, so
 *         that the parameters are the adapters'
 */
export function createAdapterModel(backbone: Backbone, options: AdapterOptions): TunableModel {
  const { lowestLayer, bottleneckSize: m, activation } = options;
  const { layerCount: L, hiddenSize: D } = backbone.config;
  const adapters = new Map<string, Adapter>();
  for (let layer = lowestLayer; layer < L; layer++) {
    const { attentionOutput, output } = linearMaps(backbone, layer);
    adapters.set(attentionOutput, createAdapter(`adapter.${layer}.attention`, D, m));
    adapters.set(output, createAdapter(`adapter.${layer}.output`, D, m));
  }
  const adapt = (weights: Weights): Adapt => {
    return (name, _input, output) => {
      const adapter = adapters.get(name);
      if (adapter === undefined) return output;
      const low = activate(activation, adapter.down.apply(weights, output)); // [N, D] -> [N, m]
      return tf.add(output, adapter.up.apply(weights, low)); // -> [N, D]
    };
  };
  const initialWeights = (random: Random): Record<string, tf.Tensor> =>
    Object.assign(
      {},
      ...[...adapters.values()].map(({ name, down, up }) => ({
        ...down.initialWeights(random.fork(name)),
        ...up.initialWeights(random.fork(name), 0),
      })),
    );
  return textModel({
    backbone,
    lowestLayer,
    parameters: adapterParameters(L - lowestLayer, D, m),
    initialWeights,
    over: (weights) => modelOver(backbone, backbone.weights, adapt(weights)),
  });
}

interface Adapter {
  readonly name: string;
  readonly down: PhmLinear;
  readonly up: PhmLinear;
}

function createAdapter(name: string, D: number, m: number): Adapter {
  const down = new PhmLinear({ name: `${name}.down`, inSize: D, outSize: m, phmDim: 1 });
  return { name, down, up: new PhmLinear({ name: `${name}.up`, inSize: m, outSize: D, phmDim: 1 }) };
}

function adapterParameters(layers: number, D: number, m: number): ParameterFormula {
  return {
    text: `${layers} layers × 2(2Dm + m + D) = ${layers}·2(2·${D}·${m} + ${m} + ${D})`,
    count: layers * 2 * (2 * D * m + m + D),
  };
}
