/** The prompt hyper-network: a frozen backbone whose prompt rows are renewed before some or all of its layers. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import { ConfigError } from "../errors.js";
import type { Random } from "../random.js";
import {
  type FrozenPart,
  layersBelow,
  type ModelInputs,
  type ParameterFormula,
  statesEntering,
  type TunableModel,
} from "../train/tunableModel.js";
import { promptedPass } from "./promptedPass.js";
import {
  type Activation,
  createGenerator,
  type GeneratorKind,
  generatorParameters,
  type PromptGenerator,
} from "./promptGenerator.js";
import type { Weights } from "./weights.js";

/** Shape of the hyper-network, in the order of METHOD.md. */
export interface HypernetworkOptions {
  /** Layers that have a generator, ascending; all of them during a search. */
  readonly layers: readonly number[];
  readonly generator: GeneratorKind;
  readonly tau: number;
  readonly promptLength: number;
  readonly bottleneckSize: number;
  readonly phmDim: number;
  readonly activation: Activation;
}

/**
 * Layer i of the prompt layers sets its prompt rows to p_i = (1 - tau·gate_i)·p_prev + tau·gate_i·p_gen_i; other layers
 * hand on what they got. p_prev is what the layer below left in the prompt rows, zero at the lowest prompt layer.
 *
 * Rows exist from the lowest prompt layer up: below it the text runs alone, nothing depends on a trained weight, and so
 * nothing has a gradient. Without `gates` every prompt layer has gate 1, which is the discretised model.
 * With `generator: "static"` and tau 1 this is also prompt tuning (layer 0 only) and deep prompt tuning (all layers).
 *
 * @source METHOD.md, section 3
 */
export class PromptHypernetwork implements TunableModel {
  readonly #generators: ReadonlyMap<number, PromptGenerator>;

  /** @throws ConfigError  when a layer does not exist, or a size does not fit the generator */
  constructor(
    readonly backbone: Backbone,
    readonly options: HypernetworkOptions,
  ) {
    const { layerCount, hiddenSize } = backbone.config;
    const outside = options.layers.find((layer) => !Number.isInteger(layer) || layer < 0 || layer >= layerCount);
    if (outside !== undefined || options.layers.length === 0) {
      throw new ConfigError(
        `layers must name at least one of the layers 0 to ${layerCount - 1}; got [${options.layers}]. Name layers that the backbone has.`,
        { layers: options.layers, layerCount },
      );
    }
    this.#generators = new Map(
      options.layers.map((layer) => [
        layer,
        createGenerator({ ...options, name: `gen.${layer}`, kind: options.generator, hiddenSize }),
      ]),
    );
  }

  /** Fresh generator weights, each layer from its own stream, so that a layer's start does not depend on the others. */
  initialWeights(random: Random): Record<string, tf.Tensor> {
    const weights: Record<string, tf.Tensor> = {};
    for (const [layer, generator] of this.#generators) {
      Object.assign(weights, generator.initialWeights(random.fork(`generator ${layer}`)));
    }
    return weights;
  }

  /** The lowest layer with a prompt: no trained weight changes what enters it. */
  get lowestLayer(): number {
    return Math.min(...this.options.layers);
  }

  get frozenPart(): FrozenPart | undefined {
    return layersBelow(this.backbone, this.lowestLayer);
  }

  /** The prompts change nothing of what the head reads states with. */
  headModel(): Backbone {
    return this.backbone;
  }

  get parameters(): ParameterFormula {
    const { layers, generator: kind } = this.options;
    const each = generatorParameters({ ...this.options, kind, hiddenSize: this.backbone.config.hiddenSize });
    const count = layers.length * each.count;
    return { text: `${layers.length} layers × (${each.text})`, count };
  }

  /**
   * @param gates  [P, L]: P passes over the batch at once, each with gates of its own; nothing for the discretised model
   * @returns      last-layer states that `readout` picks, [P · B, D], pass by pass; P is 1 without `gates`
   */
  forward(weights: Weights, batch: ModelInputs, gates?: tf.Tensor2D): tf.Tensor2D {
    const P = gates?.shape[0] ?? 1;
    const lower = batch.text ?? statesEntering(this.backbone, this.lowestLayer, batch);
    const text = repeatBatch(lower, P); // [B, T, D] -> [P·B, T, D]
    const [attentionMask, pooling, readout] = [batch.attentionMask, batch.pooling, batch.readout].map((tensor) =>
      repeatBatch<tf.Tensor>(tensor, P),
    ) as [tf.Tensor2D, tf.Tensor3D, tf.Tensor3D];
    const { promptLength, tau } = this.options;
    const inputs = { text, attentionMask, readout, promptLength, firstLayer: this.lowestLayer };
    return promptedPass(this.backbone, inputs, (layer, previous, text) => {
      const fresh = this.#generators.get(layer)?.generate(weights, text, pooling);
      if (fresh === undefined) return previous as tf.Tensor3D; // the lowest layer has a generator
      return mixPrompts(previous, fresh, tau, gates?.slice([0, layer], [P, 1]));
    });
  }
}

/** `count` copies of a tensor, one after the other along its first axis. */
function repeatBatch<T extends tf.Tensor>(tensor: T, count: number): T {
  return count === 1 ? tensor : (tf.concat(Array<T>(count).fill(tensor), 0) as T);
}

/** (1 - rate)·previous + rate·fresh with rate = tau·gate, a gate for each pass; no previous prompt counts as zero. */
function mixPrompts(
  previous: tf.Tensor3D | undefined,
  fresh: tf.Tensor3D,
  tau: number,
  gate: tf.Tensor2D | undefined,
): tf.Tensor3D {
  if (gate === undefined) {
    if (tau === 1) return fresh;
    return previous === undefined ? fresh.mul(tau) : previous.mul(1 - tau).add(fresh.mul(tau));
  }
  const passes = (prompts: tf.Tensor3D): tf.Tensor => prompts.reshape([gate.shape[0], -1]); // [P·B, l, D] -> [P, B·l·D]
  const rate = gate.mul(tau); // [P, 1]
  const renewed = passes(fresh).mul(rate);
  const mixed = previous === undefined ? renewed : passes(previous).mul(tf.sub(1, rate)).add(renewed);
  return mixed.reshape(fresh.shape);
}
